//! The two dialects of the schema go together.

use std::{collections::BTreeSet, fs, path::Path};

use super::{assert_none, root};

/// Compares the folders of two dialects: the same names, each with its `up.sql` and `down.sql`.
fn unpaired(one: &Path, other: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let (names, others) = (folders(one), folders(other));
    for (from, to, missing) in [(one, other, &names - &others), (other, one, &others - &names)] {
        for name in missing {
            faults.push(format!("{} has {name} and {} has not: write it for both", from.display(), to.display()));
        }
    }
    for (dialect, names) in [(one, names), (other, others)] {
        for name in names {
            for file in ["up.sql", "down.sql"] {
                let path = dialect.join(&name).join(file);
                // An empty file would make a migration that cannot be undone look as if it could.
                if fs::read_to_string(&path).unwrap_or_default().trim().is_empty() {
                    faults.push(format!("{} is missing or empty", path.display()));
                }
            }
        }
    }
    faults
}

fn folders(dialect: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dialect).into_iter().flatten().flatten();
    entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap()).collect()
}

#[test]
fn every_migration_exists_in_both_dialects_and_both_directions() {
    let (sqlite, postgres) = (root().join("migrations/sqlite"), root().join("migrations/postgres"));
    assert!(!folders(&sqlite).is_empty(), "there is no migration in {}, so nothing was checked", sqlite.display());
    assert_none(&unpaired(&sqlite, &postgres));
}

#[test]
fn a_missing_dialect_or_direction_is_found() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("sqlite/0001_a/up.sql", "x");
    write("sqlite/0001_a/down.sql", "x");
    write("postgres/0001_a/up.sql", "x");
    write("postgres/0001_a/down.sql", "\n");
    write("postgres/0002_b/up.sql", "x");
    write("postgres/0002_b/down.sql", "x");
    let faults = unpaired(&root.path().join("sqlite"), &root.path().join("postgres"));
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("postgres has 0002_b"), "{faults:?}");
    assert!(faults[1].ends_with("0001_a/down.sql is missing or empty"), "{faults:?}");
}
