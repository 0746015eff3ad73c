//! What stands in one place only: SQL, the environment, status codes, answer keys as text; and what stands nowhere.

use std::{collections::BTreeSet, fs};

use super::{
    assert_none, root,
    source::{Source, sources},
};

/// The crate with the store's SQL in it, and the one that asks learners' databases what is in them.
const SQL: &[&str] = &["crates/storage/", "crates/sandbox/"];

/// The one crate that may say `unsafe`; its own lints ask for the reason at each place.
const UNSAFE: &str = "crates/sandbox/";

/// The one file that reads environment variables.
const ENVIRONMENT: &[&str] = &["crates/app/src/environment.rs"];

/// The one file that knows HTTP's status codes.
const STATUS: &[&str] = &["crates/http/src/problem.rs"];

/// Who may turn the answers of a quiz or the key of a drill into text: the modules that have them, and the crate that stores
/// them.
const ANSWERS: &[&str] = &["crates/domain/src/catalog/", "crates/drill/src/", "crates/storage/"];

/// Who may have the key of a drill as text to make a digest of it: also who computes revisions, and the store in memory, which
/// looks for what a database refuses.
const DIGESTS: &[&str] = &["crates/drill/src/drill.rs", "crates/content/src/revision.rs", "crates/memory/src/nul.rs"];

fn within(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| if place.ends_with('/') { path.starts_with(place) } else { path == *place })
}

/// Whether a string is a statement. SELECT, WITH and PRAGMA count in capitals alone, because they begin English sentences.
fn is_sql(string: &str) -> bool {
    let flat = string.split_whitespace().collect::<Vec<_>>().join(" ");
    let upper = flat.to_uppercase();
    let begins = |words: &[&str]| words.iter().any(|word| upper.starts_with(&format!("{word} ")));
    ["SELECT ", "WITH ", "PRAGMA ", "VACUUM", "BEGIN IMMEDIATE", "SAVEPOINT "].iter().any(|word| flat.starts_with(word))
        || begins(&["INSERT INTO", "DELETE FROM", "CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX", "ALTER TABLE"])
        || begins(&["DROP TABLE", "DROP INDEX", "TRUNCATE TABLE"])
        || upper.starts_with("UPDATE ") && upper.split(' ').nth(2) == Some("SET")
        || upper.starts_with("SELECT ") && upper.contains(" FROM ") && upper.contains(" WHERE ")
}

fn sql_outside_its_crate(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !within(&source.path, SQL)) {
        for (line, string) in source.strings.iter().filter(|(_, string)| is_sql(string)) {
            let first: String = string.chars().take(60).collect();
            faults.push(format!(
                "{}:{line}: SQL (\"{first}\") outside {}: ask through a port",
                source.path,
                SQL.join(", ")
            ));
        }
    }
    faults
}

fn environment_read_elsewhere(sources: &[Source]) -> Vec<String> {
    const READS: &[&str] =
        &["env::var", "env::var_os", "env::vars", "env::vars_os", "Environment::with_prefix", "Environment::default"];
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !within(&source.path, ENVIRONMENT)) {
        for (line, read) in source.lines_with(READS) {
            faults.push(format!(
                "{}:{line}: {read} reads the environment outside {}: take the value as an argument",
                source.path,
                ENVIRONMENT.join(", ")
            ));
        }
        for line in arguments_from_the_environment(&source.code) {
            faults.push(format!(
                "{}:{line}: an argument that clap fills from the environment: let {} read it",
                source.path,
                ENVIRONMENT.join(", ")
            ));
        }
    }
    faults
}

/// The lines of clap's attributes that hold `env` or `env = …`.
fn arguments_from_the_environment(code: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (at, mark) in code.match_indices("#[arg(") {
        let inside = &code[at + mark.len()..];
        let inside = &inside[..inside.find(")]").unwrap_or(inside.len())];
        let names = inside.split(',').filter_map(|part| part.split('=').next());
        if names.map(str::trim).any(|name| name == "env") {
            lines.push(code[..at].matches('\n').count() + 1);
        }
    }
    lines
}

fn status_known_elsewhere(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !within(&source.path, STATUS)) {
        let mut fault = |line: usize, what: &str| {
            faults.push(format!(
                "{}:{line}: {what} names a status code outside {}: say what happened (a problem, or a helper of that \
                 file), and let it choose the code",
                source.path,
                STATUS.join(", ")
            ));
        };
        for (line, _) in source.lines_with(&["StatusCode::"]) {
            fault(line, "StatusCode::");
        }
        // HttpResponse::NotFound() and its like.
        for (at, name) in source.code.match_indices("HttpResponse::") {
            if source.code[at + name.len()..].starts_with(|c: char| c.is_ascii_uppercase()) {
                fault(source.code[..at].matches('\n').count() + 1, "HttpResponse::");
            }
        }
    }
    faults
}

fn answers_written_elsewhere(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !within(&source.path, ANSWERS)) {
        for (line, name) in source.lines_with(&["AnswerKeyRecord", "DrillKeyRecord", "to_record"]) {
            faults.push(format!(
                "{}:{line}: {name} makes the answers of a quiz or drill serialisable outside {}: no learner may get them",
                source.path,
                ANSWERS.join(", ")
            ));
        }
    }
    for source in sources.iter().filter(|source| !within(&source.path, DIGESTS)) {
        for (line, name) in source.lines_with(&["digest_text"]) {
            let places = DIGESTS.join(", ");
            faults.push(format!("{}:{line}: {name} is the key of a drill as text, outside {places}", source.path));
        }
    }
    faults
}

fn unsafe_elsewhere(sources: &[Source]) -> Vec<String> {
    let faults = sources.iter().filter(|source| !source.path.starts_with(UNSAFE)).flat_map(|source| {
        let lines = source.lines_with(&["unsafe"]);
        lines.into_iter().map(|(line, _)| format!("{}:{line}: unsafe outside {UNSAFE}", source.path))
    });
    faults.collect()
}

fn manifest_without_lints(path: &str, manifest: &str) -> Option<String> {
    let lines: Vec<&str> = manifest.lines().map(str::trim).collect();
    let takes = lines.windows(2).any(|pair| pair == ["[lints]", "workspace = true"])
        || lines.contains(&"lints.workspace = true");
    (!takes).then(|| format!("{path} does not take the workspace's lints: add `[lints]` and `workspace = true`"))
}

/// What the crate with `unsafe` in it must have instead: each lint of the workspace, and a reason at each `unsafe`.
fn lints_that_differ(workspace: &str, own: &str) -> Vec<String> {
    let of = |text: &str, heading: &str| -> BTreeSet<String> {
        let after = text.lines().skip_while(|line| line.trim() != heading).skip(1);
        let lines = after.take_while(|line| !line.starts_with('[')).map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
    };
    let mut wanted = of(workspace, "[workspace.lints.rust]");
    if wanted.remove("unsafe_code = \"forbid\"") {
        wanted.insert("unsafe_code = \"deny\"".to_owned());
    }
    let mut lints = of(workspace, "[workspace.lints.clippy]");
    lints.insert("undocumented_unsafe_blocks = \"deny\"".to_owned());
    let rust = wanted.symmetric_difference(&of(own, "[lints.rust]")).cloned().collect::<Vec<_>>();
    let clippy = lints.symmetric_difference(&of(own, "[lints.clippy]")).cloned().collect::<Vec<_>>();
    [rust, clippy].concat()
}

fn program() -> Vec<Source> {
    sources(&root(), "crates")
}

#[test]
fn sql_stands_in_one_crate() {
    assert_none(&sql_outside_its_crate(&program()));
}

#[test]
fn the_environment_is_read_in_one_file() {
    assert_none(&environment_read_elsewhere(&program()));
}

#[test]
fn status_codes_are_known_in_one_file() {
    assert_none(&status_known_elsewhere(&sources(&root(), "crates/http/src")));
}

#[test]
fn answer_keys_become_text_for_the_store_alone() {
    let program = program();
    assert_none(&answers_written_elsewhere(&program));
    // The names are still those that are looked for.
    let named = |name| program.iter().any(|source| !source.lines_with(&[name]).is_empty());
    assert!(["AnswerKeyRecord", "DrillKeyRecord", "to_record", "digest_text"].into_iter().all(named));
}

#[test]
fn unsafe_is_in_one_crate_with_its_reasons() {
    let mut all = program();
    all.extend(sources(&root(), "tests/src"));
    assert_none(&unsafe_elsewhere(&all));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""), "Cargo.toml no longer forbids unsafe_code");
    let mut folders: Vec<_> = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.push(root().join("tests"));
    let faults = folders.iter().filter_map(|folder| {
        let path = folder.join("Cargo.toml");
        let own = fs::read_to_string(&path).unwrap();
        let differ = lints_that_differ(&manifest, &own);
        if folder.ends_with("crates/sandbox") {
            (!differ.is_empty()).then(|| format!("{UNSAFE}Cargo.toml differs from the workspace's lints in {differ:?}"))
        } else {
            manifest_without_lints(&path.display().to_string(), &own)
        }
    });
    assert_none(&faults.collect::<Vec<_>>());
}

mod can_fail {
    use super::*;

    fn at(path: &str, text: &str) -> Vec<Source> {
        vec![Source::parse(path, text)]
    }

    #[test]
    fn sql_in_a_handler() {
        for bad in [
            "SELECT 1",
            "select id from users where id = $1",
            "\n  insert into users (id) values (1)",
            "UPDATE users\n SET a = 1",
            "PRAGMA foreign_keys = ON",
            "delete from users",
        ] {
            let text = format!("fn f() {{\n run(r#\"{bad}\"#) }}");
            let faults = sql_outside_its_crate(&at("crates/http/src/users.rs", &text));
            assert!(faults.len() == 1 && faults[0].starts_with("crates/http/src/users.rs:2: SQL"), "{bad}: {faults:?}");
            assert!(sql_outside_its_crate(&at("crates/storage/src/users.rs", &text)).is_empty());
        }
    }

    #[test]
    fn sentences_are_not_sql() {
        for good in [
            "Select a track from the list.",
            "Update the pack and set its id.",
            "Update set",
            "with",
            "Insert coins",
            "pragma",
        ] {
            assert!(!is_sql(good), "{good}");
        }
    }

    #[test]
    fn the_environment_in_another_file() {
        for bad in [
            "use std::env; fn f() { env::var(\"X\") }",
            "fn f() { std::env::vars() }",
            "#[arg(long, env = \"CAIRN_URL\")] url: String,",
            "#[arg(env)] url: String,",
            "#[arg(\n long,\n env = \"CAIRN_URL\",\n)] url: String,",
            "Environment::with_prefix(\"CAIRN\")",
        ] {
            assert_eq!(environment_read_elsewhere(&at("crates/cli/src/lib.rs", bad)).len(), 1, "{bad}");
            assert!(environment_read_elsewhere(&at("crates/app/src/environment.rs", bad)).is_empty(), "{bad}");
        }
        let good = "env!(\"CARGO_PKG_VERSION\"); std::env::args(); #[arg(long, help = \"env\")] let environment = 1;";
        assert_eq!(environment_read_elsewhere(&at("crates/cli/src/lib.rs", good)), [""; 0]);
    }

    #[test]
    fn a_status_code_in_a_handler() {
        let bad = "fn f() {\n HttpResponse::NotFound().finish();\n g(StatusCode::CONFLICT) }";
        let faults = status_known_elsewhere(&at("crates/http/src/users.rs", bad));
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(status_known_elsewhere(&at(STATUS[0], bad)).is_empty());
        let good = "fn f(status: StatusCode) { HttpResponse::build(status) }";
        assert_eq!(status_known_elsewhere(&at("crates/http/src/users.rs", good)), [""; 0]);
    }

    #[test]
    fn an_answer_key_in_a_handler() {
        for bad in [
            "fn f(key: &AnswerKey) { json(&key.to_record()) }",
            "struct View { key: AnswerKeyRecord }",
            "struct View { key: DrillKeyRecord }",
        ] {
            assert_eq!(answers_written_elsewhere(&at("crates/http/src/quizzes.rs", bad)).len(), 1, "{bad}");
            assert_eq!(answers_written_elsewhere(&at("crates/storage/src/catalog/write.rs", bad)), [""; 0]);
        }
        let digest = "fn f(key: &DrillKey) { show(key.digest_text()) }";
        assert_eq!(answers_written_elsewhere(&at("crates/storage/src/catalog/write.rs", digest)).len(), 1);
        assert_eq!(answers_written_elsewhere(&at("crates/content/src/revision.rs", digest)), [""; 0]);
        let good = "fn f(key: &AnswerKey, id: &QuestionId) { key.explanation(id); bigint_to_recordset() }";
        assert_eq!(answers_written_elsewhere(&at("crates/http/src/quizzes.rs", good)), [""; 0]);
    }

    #[test]
    fn unsafe_in_code_but_not_in_words() {
        assert_eq!(unsafe_elsewhere(&at("crates/a/src/lib.rs", "fn f() { unsafe { g() } }")).len(), 1);
        assert_eq!(
            unsafe_elsewhere(&at("crates/a/src/lib.rs", "// unsafe\nconst A: &str = \"unsafe-html\";")),
            [""; 0]
        );
    }

    #[test]
    fn unsafe_in_its_crate() {
        assert_eq!(unsafe_elsewhere(&at("crates/sandbox/src/lib.rs", "fn f() { unsafe { g() } }")), [""; 0]);
    }

    #[test]
    fn a_lint_that_the_crate_with_unsafe_leaves_out() {
        let workspace = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\na = \"warn\"\n\n[workspace.lints.clippy]\nb = \"warn\"\n";
        let own = "[lints.rust]\nunsafe_code = \"deny\"\na = \"warn\"\n[lints.clippy]\nb = \"warn\"\n";
        assert_eq!(lints_that_differ(workspace, own), ["undocumented_unsafe_blocks = \"deny\""]);
        let whole = format!("{own}undocumented_unsafe_blocks = \"deny\"\n");
        assert_eq!(lints_that_differ(workspace, &whole), [""; 0]);
        assert_eq!(lints_that_differ(workspace, &whole.replace("\na = ", "\nc = ")).len(), 2);
    }

    #[test]
    fn a_manifest_without_the_lints() {
        assert!(manifest_without_lints("x", "[package]\nname = \"x\"\n[lints]\n").is_some());
        assert!(manifest_without_lints("x", "[lints]\nworkspace = true\n").is_none());
    }
}
