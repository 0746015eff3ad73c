//! `docs/content-format.md` against the code: its tables, its list of faults, its limits and its example.

use std::path::Path;

use crate::files::PackFile;
use crate::format::{COURSE, GUIDE, LESSON, PACK, TRACK};
use crate::limits::Limits;
use crate::yaml::{Field, Record, Shape, expected};
use crate::{check, pack_file, rules};

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/content-format.md");
    std::fs::read_to_string(path).unwrap()
}

/// The rows of every table with this head.
fn tables<'a>(text: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let mut lines = text.lines();
    let mut tables = Vec::new();
    while lines.any(|line| line == head) {
        tables.push(lines.by_ref().skip(1).take_while(|line| line.starts_with('|')).collect());
    }
    tables
}

/// A record and those within it, each once, in the order of the documentation.
fn records(record: &'static Record, all: &mut Vec<&'static Record>) {
    if all.iter().any(|known| std::ptr::eq(*known, record)) {
        return;
    }
    all.push(record);
    for field in record.fields {
        let mut shape = &field.shape;
        while let Shape::List { of, .. } = shape {
            shape = of;
        }
        if let Shape::Record(inner) = shape {
            records(inner, all);
        }
    }
}

fn row(field: &Field, record: &Record) -> String {
    let by = record.decided_by.unwrap_or_default();
    let with = field.with.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let needed = match (field.required, field.with) {
        (true, []) => "yes".to_owned(),
        (false, []) => "no".to_owned(),
        (true, _) => format!("with `{by}` {with}"),
        (false, _) => format!("no; only with `{by}` {with}"),
    };
    format!("| `{}` | {needed} | {} | {} |", field.name, expected(&field.shape), field.doc)
}

#[test]
fn every_field_has_its_row_and_no_row_is_of_another() {
    let text = text();
    let mut all = Vec::new();
    for record in [&PACK, &GUIDE, &TRACK, &COURSE, &LESSON] {
        records(record, &mut all);
    }
    let tables = tables(&text, "| field | needed | takes | |");
    let expected = |record: &Record| record.fields.iter().map(|field| row(field, record)).collect::<Vec<_>>();
    let names: Vec<_> = all.iter().map(|record| record.name).collect();
    assert_eq!(tables.len(), all.len(), "a table for each of {names:?}");
    for (table, record) in tables.iter().zip(all) {
        assert_eq!(*table, expected(record), "{}", record.name);
    }
}

#[test]
fn every_fault_has_its_row_and_no_row_is_of_another() {
    let text = text();
    let rows: Vec<_> =
        rules().map(|rule| format!("| `{}` | {} | {} |", rule.code, rule.meaning, rule.remedy)).collect();
    assert_eq!(tables(&text, "| code | means | remedy |"), [rows]);
}

#[test]
fn the_limits_are_told() {
    let flat = text().split_whitespace().collect::<Vec<_>>().join(" ");
    let Limits { text, asset, pack, archive, files } = Limits::PACK;
    for told in [
        format!("{} MiB for a Markdown or YAML file", text >> 20),
        format!("{} MiB for any other file", asset >> 20),
        format!("{files} files and {} MiB, to which each file adds {} KiB", pack >> 20, Limits::PER_FILE >> 10),
        format!("An archive may have {} MiB", archive >> 20),
    ] {
        assert!(flat.contains(&told), "{told:?} is not in docs/content-format.md");
    }
}

/// The files that the page shows, each below a line ``File `…`:``.
fn shown(text: &str) -> Vec<PackFile> {
    let mut lines = text.lines();
    let mut files = Vec::new();
    while let Some(line) = lines.next() {
        let Some(path) = line.strip_prefix("File `").and_then(|rest| rest.strip_suffix("`:")) else { continue };
        let opening = lines.by_ref().find(|line| line.starts_with("```")).unwrap();
        let fence = &opening[..opening.rfind('`').unwrap() + 1];
        let content: String = lines.by_ref().take_while(|line| *line != fence).flat_map(|line| [line, "\n"]).collect();
        files.push(pack_file(path, content.into_bytes()));
    }
    files
}

#[test]
fn the_example_is_a_sound_pack() {
    let files = shown(&text());
    assert!(files.len() >= 8, "{} files", files.len());
    let draft = check(&files).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(draft.files.len(), files.len());
}

#[test]
fn tables_and_files_are_found_in_a_page() {
    let page = "| a |\n|---|\n| 1 |\n| 2 |\n\ntext\n\n| a |\n|---|\nFile `x/y`:\n\n````md\n```\nz\n```\n````\n";
    assert_eq!(tables(page, "| a |"), [vec!["| 1 |", "| 2 |"], vec![]]);
    assert_eq!(shown(page), [pack_file("x/y", *b"```\nz\n```\n")]);
}
