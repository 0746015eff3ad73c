//! axe-core, which looks for what keeps people from using a page: fetched once into `target/tools`, from the version and
//! under the checksum that `axe.txt` names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::{Tab, target_folder};

/// As pip reads it: a package, its version and its digest.
const SOURCE: &str = include_str!("axe.txt");
/// Where it is in the package.
const SCRIPT: &str = "axe_playwright_python/axe.min.js";

impl Tab {
    /// What axe finds wrong with the page as it is shown now, each with its impact (`minor`, `moderate`, `serious` or
    /// `critical`), what it is, and where.
    ///
    /// # Panics
    /// When axe cannot be fetched, with the remedy.
    #[track_caller]
    pub fn axe(&self) -> Vec<String> {
        if self.run("return typeof axe") != "object" {
            self.run(script());
        }
        let found = self.run_until_done(
            "axe.run({ resultTypes: ['violations'] }).then(
                found => done(found.violations.map(fault => `${fault.impact}: ${fault.id}: ${fault.help}: `
                    + fault.nodes.map(node => `${node.target} (${node.failureSummary})`).join('; '))),
                error => done([`critical: axe itself failed: ${error}`]));",
        );
        let text = |fault: &serde_json::Value| fault.as_str().unwrap_or_default().to_owned();
        found.as_array().map(|faults| faults.iter().map(text).collect()).unwrap_or_default()
    }
}

fn script() -> &'static str {
    static SCRIPT: OnceLock<Result<String, String>> = OnceLock::new();
    match SCRIPT.get_or_init(fetch) {
        Ok(script) => script,
        Err(reason) => panic!(
            "no axe-core to test pages with: {reason}\nRun tests/run, which sets up what the tests need, with PyPI in \
             reach; or make pip work for python3 (Debian's `python3-pip`)."
        ),
    }
}

fn fetch() -> Result<String, String> {
    let target = target_folder();
    // Another version gets another folder.
    let digest = SOURCE.trim_end().rsplit(':').next().and_then(|digest| digest.get(..16)).unwrap_or_default();
    let folder = target.join("tools").join(format!("axe-{digest}"));
    let script = folder.join(SCRIPT);
    if !script.is_file() {
        // Another run may be fetching it at the same time: whoever is first is right.
        let own = target.join("tools").join(format!("axe-{digest}-{}", std::process::id()));
        let fetched = download(&own);
        if fetched.is_ok() {
            let _ = fs::rename(&own, &folder);
        }
        let _ = fs::remove_dir_all(&own);
        fetched?;
    }
    fs::read_to_string(&script).map_err(|error| format!("{}: {error}", script.display()))
}

fn download(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let list = folder.join("axe.txt");
    fs::write(&list, SOURCE).map_err(|error| format!("{}: {error}", list.display()))?;
    let python = |arguments: &[&str]| {
        let output = Command::new("python3").args(arguments).current_dir(folder).output();
        let output = output.map_err(|error| format!("python3 could not be run: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("`python3 {}`: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim_end()))
    };
    python(&["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--requirement", "axe.txt"])?;
    let wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    let files = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let wheel = files.flatten().map(|entry| entry.path()).find(wheel).ok_or("pip left no wheel")?;
    python(&["-m", "zipfile", "-e", &wheel.display().to_string(), "."])
}
