//! The log: structured lines on standard error.

use std::io;

use cairn_cli::{Exit, Failure};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Sends what the program's parts log to standard error. To be called once.
///
/// # Errors
/// When the level is not one, or a log has been set up already.
pub(crate) fn start(settings: &Settings, colours: bool) -> Result<(), Failure> {
    let failed = |why: String| Failure::new(Exit::Configuration, "log", format!("The log could not be set up: {why}."));
    let filter = EnvFilter::try_new(directives(&settings.log_level)).map_err(|error| failed(error.to_string()))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => builder.with_ansi(colours).with_target(true).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
    }
    .map_err(|error| failed(error.to_string()))
}

/// What is let through. At a plain level the web server's account of its own threads is left out: nobody needs it.
fn directives(level: &str) -> String {
    match level {
        "error" | "warn" | "info" => format!("{level},actix_server=warn"),
        _ => level.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_can_be_directives_of_its_own() {
        assert_eq!(directives("info"), "info,actix_server=warn");
        assert_eq!(directives("info,actix_server=info"), "info,actix_server=info");
        assert_eq!(directives("debug"), "debug");
    }
}
