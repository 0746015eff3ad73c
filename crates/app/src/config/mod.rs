//! Configuration: defaults, then a file, then the environment, then flags.

mod keys;
mod settings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cairn_cli::{Exit, Failure};
use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};
use serde::Serialize;

pub(crate) use keys::{KEYS, Key};
pub(crate) use settings::{LogFormat, Settings};

/// How the names of variables with settings begin.
pub(crate) const PREFIX: &str = "CAIRN__";

/// The file that is read when nobody names one.
pub(crate) const DEFAULT_FILE: &str = "cairn.toml";

/// A setting given on the command line: its key, the flag, and the value.
pub(crate) type Override = (&'static str, &'static str, String);

/// The effective configuration.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// The values, typed.
    pub(crate) settings: Settings,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    origins: BTreeMap<&'static str, String>,
}

/// A setting as `cairn config show` tells it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    /// Its key, such as `http.address`.
    pub(crate) key: &'static str,
    /// Its value; passwords are hidden.
    pub(crate) value: serde_json::Value,
    /// Where it came from: `default`, a file, a variable or a flag.
    pub(crate) origin: String,
    /// What it is for.
    pub(crate) meaning: &'static str,
}

impl Configuration {
    /// Reads the file, which must exist when it was asked for, and lays the environment and the flags over it.
    ///
    /// # Errors
    /// [`Exit::Configuration`]: a file that can't be read, an unknown key, a value that is not of the setting's kind.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: &[(String, String)],
        flags: &[Override],
    ) -> Result<Self, Failure> {
        let file = match file {
            Some(file) => Some(file.to_owned()),
            None => Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists()),
        };
        let mut builder = config::Config::builder().add_source(Layer::defaults());
        if let Some(file) = &file {
            builder = builder.add_source(read_file(file)?);
        }
        let merged = builder
            .add_source(Layer::environment(environment))
            .add_source(Layer::flags(flags))
            .build()
            .map_err(|error| refused(&error))?;
        let mut origins = BTreeMap::new();
        for (key, value) in leaves(&merged.cache) {
            let origin = value.origin().unwrap_or("?").to_owned();
            let known = KEYS.iter().find(|known| known.name == key).ok_or_else(|| unknown(&key, &origin))?;
            origins.insert(known.name, origin);
        }
        let settings = Settings::from(&merged, &origins)?;
        Ok(Self { settings, file, origins })
    }

    /// Every setting with its value and where it came from.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        KEYS.iter()
            .map(|key| Shown {
                key: key.name,
                value: self.settings.shown(key.name),
                origin: self.origins.get(key.name).cloned().unwrap_or_else(|| "default".to_owned()),
                meaning: key.meaning,
            })
            .collect()
    }
}

/// Values with one kind of origin.
#[derive(Debug, Clone)]
struct Layer(Vec<(String, String, ValueKind)>);

impl Layer {
    fn defaults() -> Self {
        let value = |key: &Key| (key.name.to_owned(), "default".to_owned(), key.default.into());
        Self(KEYS.iter().map(value).collect())
    }

    fn environment(variables: &[(String, String)]) -> Self {
        let value = |(name, value): &(String, String)| {
            let key = name.trim_start_matches(PREFIX).to_lowercase().replace("__", ".");
            (key, name.clone(), ValueKind::from(value.as_str()))
        };
        Self(variables.iter().map(value).collect())
    }

    fn flags(flags: &[Override]) -> Self {
        Self(flags.iter().map(|(key, flag, v)| ((*key).to_owned(), (*flag).to_owned(), v.as_str().into())).collect())
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        // A dotted key is a path: the library makes the tables.
        Ok(self.0.iter().map(|(key, origin, kind)| (key.clone(), Value::new(Some(origin), kind.clone()))).collect())
    }
}

fn read_file(file: &Path) -> Result<Layer, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::new(Exit::Configuration, "configuration", format!("Could not read {}: {error}.", file.display()))
            .help("Name a file that can be read with --config or CAIRN_CONFIG, or none.")
    })?;
    let path = file.display().to_string();
    let parsed = config::Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
    let parsed = parsed.map_err(|error| {
        Failure::new(Exit::Configuration, "configuration", format!("{path} can't be read as TOML: {error}"))
            .help("docs/cairn.example.toml has every setting.")
    })?;
    Ok(Layer(leaves(&parsed.cache).into_iter().map(|(key, value)| (key, path.clone(), value.kind)).collect()))
}

/// Every value with its dotted key.
fn leaves(value: &Value) -> Vec<(String, Value)> {
    fn walk(prefix: &str, value: &Value, into: &mut Vec<(String, Value)>) {
        match &value.kind {
            ValueKind::Table(table) => {
                for (key, value) in table {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    walk(&path, value, into);
                }
            }
            _ => into.push((prefix.to_owned(), value.clone())),
        }
    }
    let mut all = Vec::new();
    walk("", value, &mut all);
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

fn unknown(key: &str, origin: &str) -> Failure {
    let nearest = KEYS
        .iter()
        .map(|known| (strsim::jaro_winkler(known.name, key), known.name))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(likeness, _)| *likeness > 0.8);
    let help = match nearest {
        Some((_, name)) => format!("Did you mean `{name}`? `cairn config show` has every setting."),
        None => "`cairn config show` has every setting.".to_owned(),
    };
    Failure::new(Exit::Configuration, "configuration", format!("There is no setting `{key}` (from {origin})."))
        .help(help)
}

fn refused(error: &ConfigError) -> Failure {
    Failure::new(Exit::Configuration, "configuration", format!("The configuration can't be used: {error}."))
        .help("docs/cairn.example.toml has every setting.")
}

#[cfg(test)]
mod tests;
