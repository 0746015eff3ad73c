//! The one file that reads the environment, so that `cairn config show` can tell where each value came from.

use std::env;
use std::path::{Path, PathBuf};

/// What the environment says, read once at the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// Variables `CAIRN__SECTION__KEY`, with their values, in order.
    pub(crate) settings: Vec<(String, String)>,
    /// `CAIRN_CONFIG`: the configuration file.
    pub(crate) config: Option<PathBuf>,
    /// `CAIRN_SERVER`: the server that learners' and authors' commands speak to.
    pub(crate) server: Option<String>,
    /// `CAIRN_TOKEN`: the token they speak with.
    pub(crate) token: Option<String>,
    /// `NO_COLOR`: set to anything, there are no colours.
    pub(crate) no_color: bool,
    /// Where a user's own settings are: `XDG_CONFIG_HOME`, or `.config` in `HOME`.
    pub(crate) config_home: Option<PathBuf>,
    /// How this program was called.
    pub(crate) program: String,
}

impl Environment {
    /// Reads it.
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the environment")]
    pub(crate) fn read() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let mut settings: Vec<(String, String)> = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .filter(|(name, _)| name.starts_with(super::config::PREFIX))
            .collect();
        settings.sort();
        Self {
            settings,
            config: path("CAIRN_CONFIG"),
            server: text("CAIRN_SERVER"),
            token: text("CAIRN_TOKEN"),
            no_color: env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
            config_home: path("XDG_CONFIG_HOME").or_else(|| path("HOME").map(|home| home.join(".config"))),
            program: program(env::args_os().next().map(PathBuf::from).as_deref()),
        }
    }
}

/// How to call this program again: its path as it was typed, or its name when it was found by that.
fn program(called: Option<&Path>) -> String {
    called
        .map(|path| path.display().to_string())
        .filter(|path| !path.contains(' '))
        .unwrap_or_else(|| "cairn".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_called_again_as_it_was_called() {
        assert_eq!(program(Some(Path::new("target/release/cairn"))), "target/release/cairn");
        assert_eq!(program(Some(Path::new("cairn"))), "cairn");
        assert_eq!(program(None), "cairn");
    }
}
