use super::*;

fn read(yaml: &str) -> (Option<Authored>, Vec<String>) {
    let mut faults = Faults::of("d.yaml", Guesses::OF_PACK);
    let drill = read_drill(yaml.as_bytes(), &mut faults);
    (drill, faults.into_vec().into_iter().map(|f| format!("{}:{} {} {}", f.line, f.column, f.code, f.message)).collect())
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
