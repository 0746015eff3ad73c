use cairn_drill::HttpSolution;
use cairn_drill::data::Cell;
use cairn_drill::http::{Exchange, HttpDrill, Response, Transcript};
use cairn_drill::run::{Job, Report, ResultSet, Work};

use super::*;
use crate::pack_file;

fn read(yaml: &str) -> (Option<Authored>, Vec<String>) {
    let mut faults = Faults::of("d.yaml", Guesses::OF_PACK);
    let drill = read_drill(yaml.as_bytes(), &mut faults);
    (
        drill,
        faults.into_vec().into_iter().map(|f| format!("{}:{} {} {}", f.line, f.column, f.code, f.message)).collect(),
    )
}

const GOOD: &str = "\
drill: http/v1
vars: { title: \"{{random.word}}\" }
steps:
  - id: create
    request: { method: POST, path: /notes, json: { title: \"{{title}}\" } }
    expect:
      - status: 201
      - jsonpath: { path: \"$.title\", eq: \"{{title}}\" }
solutions:
  good:
    - { name: reference, transcript: reference.json }
  bad:
    - name: silent
      transcript: silent.json
      fails: create/status
";

#[test]
fn a_drill_is_read_with_its_solutions() {
    let (drill, faults) = read(GOOD);
    assert!(faults.is_empty(), "{faults:?}");
    assert!(matches!(drill.unwrap().solutions, cairn_drill::Solutions::Http(cases) if cases.bad.len() == 1));
}

/// The first fault after a change, which has to begin so.
#[track_caller]
fn told(from: &str, to: &str, begins: &str) {
    assert!(GOOD.contains(from), "{from}");
    let (drill, faults) = read(&GOOD.replacen(from, to, 1));
    assert!(drill.is_none());
    assert!(faults.first().is_some_and(|fault| fault.starts_with(begins)), "{faults:?} do not begin with {begins:?}");
}

#[test]
fn faults_of_the_grammar_have_their_place() {
    told("- status: 201", "- stats: 201", "7:9 bad-drill steps[0].expect[0].stats: ");
    told("id: create", "id: Create", "4:5 bad-drill steps[0].id: ");
    told("method: POST", "method: post", "5:16 bad-drill steps[0].request.method: ");
    told("eq: \"{{title}}\"", "eq: \"{{titel}}\"", "8:9 bad-drill steps[0].expect[1].jsonpath");
    told("http/v1", "http/v2", "1:1 bad-drill drill: ");
    told("      fails: create/status\n", "", "13:");
    told("vars:", "colour:", "2:1 bad-drill colour: ");
}

#[test]
fn faults_of_the_file_are_those_of_yaml() {
    told("/notes", "\"/not\\0es\"", "5:36 control-character");
    assert_eq!(read("").1, ["1:1 bad-drill The file is empty."]);
    assert_eq!(read("[]").1, ["1:1 bad-drill A drill is a record of fields."]);
    assert_eq!(read("drill: http/v1\ndrill: http/v1\n").1[0].split(' ').nth(1), Some("duplicate-field"));
}

/// Takes recordings from the pack, and gives a report for each script.
struct Files<'a> {
    files: &'a [SourceFile],
    tried: Vec<String>,
}

impl Bench for Files<'_> {
    fn begin(&mut self, drill: &PackDrill, solution: &str) {
        self.tried.push(format!("{} {solution}", drill.lesson));
    }

    fn run(&mut self, job: &Job) -> Result<Report, String> {
        let Work::Script { sql, .. } = &job.work else { return Err("Not a script.".into()) };
        let number = sql.parse().map_err(|_| "The sandbox is away.".to_owned())?;
        let result = ResultSet { columns: vec!["n".into()], rows: vec![vec![Cell::Integer(number)]], omitted: 0 };
        Ok(Report { statements: 1, result: Some(result), ..Report::default() })
    }

    fn observe(&mut self, drill: &PackDrill, _: &HttpDrill, solution: &HttpSolution) -> Result<Recording, String> {
        Recording::read(drill, solution, self.files)
    }
}

/// What is found of a drill in a pack with these recordings, with its place.
fn held(yaml: &str, recordings: &[(&str, &str)]) -> Vec<String> {
    let mut files = vec![pack_file("c/d.yaml", yaml.as_bytes())];
    files.extend(recordings.iter().map(|(path, text)| pack_file(format!("c/{path}"), text.as_bytes())));
    let (authored, faults) = read(yaml);
    let authored = authored.unwrap_or_else(|| panic!("{faults:?}"));
    let drill = PackDrill { lesson: "d".parse().unwrap(), file: "c/d.yaml".into(), authored };
    let found = hold(&[drill], &files, &mut Files { files: &files, tried: Vec::new() });
    found.into_iter().map(|f| format!("{}:{} {} {}", f.line, f.column, f.code, f.message)).collect()
}

/// A recording in which the note is created with this status.
fn recording(status: u16) -> String {
    let response = Response { status, headers: vec![], body: "eyJ0aXRsZSI6ICJhIn0=".into(), cut: false };
    let exchange = Exchange {
        step: "create".into(),
        turn: 0,
        url: "http://127.0.0.1:1/notes".into(),
        duration_ms: 1,
        response: Some(response),
        error: None,
    };
    let vars = [("title".to_owned(), "a".into())].into();
    let recording = Recording { vars, transcript: Transcript { exchanges: vec![exchange] } };
    let bytes = recording.to_bytes().unwrap();
    assert_eq!(serde_json::from_slice::<Recording>(&bytes).unwrap(), recording);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_drill_tells_its_good_solutions_from_its_bad_ones() {
    let (good, bad) = (recording(201), recording(200));
    assert!(held(GOOD, &[("reference.json", &good), ("silent.json", &bad)]).is_empty());
    assert_eq!(
        held(GOOD, &[("reference.json", &bad), ("silent.json", &good)]),
        [
            "11:7 reference-fails `reference` does not pass. create/0 (status): expected 201, got 200.",
            "15:7 known-bad-passes `silent` passes, though it is known to be bad.",
        ]
    );
    let elsewhere = GOOD.replace("create/status", "create/$.title");
    assert_eq!(
        held(&elsewhere, &[("reference.json", &good), ("silent.json", &bad)]),
        ["15:7 known-bad-passes `silent` does not fail at `create/$.title`. create/0 (status): expected 201, got 200."]
    );
}

#[test]
fn a_service_needs_its_recordings() {
    let good = recording(201);
    let other = good.replace("\"create\"", "\"other\"");
    let found = held(GOOD, &[("reference.json", "{}"), ("silent.json", &other)]);
    assert!(
        found[0].starts_with("11:7 no-transcript `reference` could not be tried. `reference.json` is no rec"),
        "{found:?}"
    );
    assert_eq!(found[1], "13:7 no-transcript `silent` could not be tried. There is no step `other`.");
    let found = held(GOOD, &[("silent.json", &recording(200))]);
    assert_eq!(found, ["11:7 no-transcript `reference` could not be tried. There is no file `reference.json`."]);
}

#[test]
fn a_drill_needs_solutions_of_both_kinds() {
    let at = GOOD.find("solutions:").unwrap();
    let codes = |yaml: &str, recordings: &[(&str, &str)]| -> Vec<String> {
        held(yaml, recordings).iter().map(|fault| fault.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(codes(&GOOD[..at], &[]), ["1:1 unproven-drill", "1:1 unproven-drill"]);
    let without = GOOD[..GOOD.find("  bad:").unwrap()].to_owned();
    assert_eq!(codes(&without, &[("reference.json", &recording(201))]), ["9:1 unproven-drill"]);
}

const SQL: &str = "\
drill: sql/v1
data: { seed: 1, tables: [{ name: t, create: CREATE TABLE t (n) }] }
reference: '1'
solutions:
  bad:
    - { name: two, sql: '2', fails: result/rows }
";

#[test]
fn scripts_are_compared_with_the_reference() {
    assert!(held(SQL, &[]).is_empty());
    let found = held(&SQL.replace("sql: '2'", "sql: '1'"), &[]);
    assert_eq!(found, ["6:30 known-bad-passes `two` passes, though it is known to be bad."]);
    let found = held(&SQL.replace("sql: '2'", "sql: two"), &[]);
    assert_eq!(found, ["6:7 reference-fails `two` could not be tried. The sandbox is away."]);
    let found = held(&SQL.replace("reference: '1'", "reference: one"), &[]);
    assert_eq!(found, ["3:1 reference-fails `reference` could not be tried. The sandbox is away."]);
    let good = SQL.replace("  bad:", "  good:\n    - { name: other, sql: '3' }\n  bad:");
    let found = held(&good, &[]);
    assert!(found[0].starts_with("6:7 reference-fails `other` does not pass. result/"), "{found:?}");
}
