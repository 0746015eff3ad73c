//! The threat model names tests: each of them is there.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path);
        }
    }
}

/// The tests that a text names, as `` `file::function` ``.
fn named(text: &str) -> Vec<(&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|code| code.rsplit_once("::")).collect()
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let mut files = Vec::new();
    sources(&root.join("tests/tests"), &mut files);
    sources(&root.join("crates"), &mut files);
    let named = named(&text);
    assert!(named.len() > 20, "too few tests are named");
    for (place, function) in named {
        let last = place.rsplit("::").next().unwrap();
        let there = files.iter().any(|path| {
            let at = path.file_stem().unwrap() == last || path.parent().unwrap().ends_with(last);
            at && fs::read_to_string(path).unwrap().contains(&format!("fn {function}("))
        });
        assert!(there, "docs/threat-model.md names {place}::{function}, which is not there");
    }
}

#[test]
fn names_are_found_in_a_text() {
    assert_eq!(named("a `GET`, `api::access::one` and `two::three`."), [("api::access", "one"), ("two", "three")]);
}
