//! Files of `docs` that follow from the code are what the code says; `CAIRN_UPDATE=1` writes them.

use std::collections::BTreeSet;
use std::fs;

use cairn_tests::generated::{assert_same, root};

#[test]
fn schemas_are_those_of_the_code() {
    let mut names = BTreeSet::new();
    for (name, schema) in cairn_content::schemas() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        assert_same(&format!("docs/schemas/{name}"), &text, "schemas");
        names.insert(name.to_owned());
    }
    let there = fs::read_dir(root().join("docs/schemas")).unwrap();
    let there: BTreeSet<_> = there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, names, "docs/schemas has no other files");
}

#[test]
fn the_checked_in_openapi_document_is_that_of_the_code() {
    assert_same("docs/openapi.json", &cairn_http::openapi(), "openapi");
}

#[test]
fn the_checked_in_openapi_errors_are_those_of_the_code() {
    assert_same("docs/errors.md", &cairn_http::errors(), "openapi");
}

/// An author's archive fits through the API: what is checked can be sent.
#[test]
fn the_api_takes_the_archives_of_all_packs() {
    let taken = cairn_http::Settings::default().archive_limit as u64;
    assert_eq!(taken, cairn_content::Limits::PACK.archive);
}
