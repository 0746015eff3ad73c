use serde_json::json;

use super::*;
use crate::{Drill, parse};

fn drill() -> Value {
    json!({
        "drill": "http/v1",
        "vars": {"title": "note {{random.word}}"},
        "steps": [
            {
                "id": "create",
                "request": {"method": "POST", "path": "/notes", "json": {"title": "{{title}}"}},
                "capture": {"note_id": {"jsonpath": "$.id"}},
                "expect": [{"status": 201}],
            },
            {
                "id": "read",
                "request": {"method": "GET", "path": "/notes/{{note_id}}"},
                "expect": [{"jsonpath": {"path": "$.title", "eq": "{{title}}"}, "hint": "As it was."}],
            },
            {
                "id": "race",
                "request": {"same_as": "create"},
                "burst": 20,
                "expect_group": [{"distinct": {"jsonpath": "$.id"}, "eq": 1}],
            },
        ],
    })
}

/// The faults after setting a value at a place, as `field: message`; nulls take away.
#[track_caller]
fn told(place: &str, value: Value) -> Vec<String> {
    let mut drill = drill();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = drill.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items.push(value),
        Value::Object(fields) if value.is_null() => _ = fields.remove(name),
        Value::Object(fields) => _ = fields.insert(name.to_owned(), value),
        _ => panic!("{place}"),
    }
    let faults = parse(drill).err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn refused(place: &str, value: Value, begins: &str) {
    let told = told(place, value.clone());
    assert!(told.iter().any(|fault| fault.starts_with(begins)), "{place}: {value} gave {told:?}, not {begins}");
}

#[test]
fn a_good_drill_is_taken_and_reads_back_the_same() {
    let authored = parse(drill()).unwrap();
    let Drill::Http(http) = &authored.drill else { panic!() };
    assert_eq!(http.steps[2].turns(), 20);
    let text = serde_json::to_string(&authored.drill).unwrap();
    assert_eq!(serde_json::from_str::<Drill>(&text).unwrap(), authored.drill);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    refused("/steps/0/x", json!(1), "steps[0].x: unknown field");
    refused(
        "/steps/0/expect/x",
        json!({"status": {"equals": 1}}),
        "steps[0].expect[1].status: unknown variant `equals`",
    );
    refused("/steps/0/expect/x", json!({"status": {"in": 1}}), "steps[0].expect[1].status.in: invalid type");
    refused("/steps/0/expect/x", json!({"stats": 1}), "steps[0].expect[1].stats: unknown field");
    refused("/steps/0/expect/x", json!({"status": 1, "body": "a"}), "steps[0].expect[1]: there are several");
    refused("/steps/0/expect/x", json!({"hint": "a"}), "steps[0].expect[1]: there is none");
    refused(
        "/steps/0/expect/x",
        json!({"jsonpath": {"path": "$["}}),
        "steps[0].expect[1].jsonpath.path: `$[` is no path",
    );
    refused("/steps/0/expect/x", json!({"jsonpath": {"eq": 1}}), "steps[0].expect[1].jsonpath: missing field `path`");
    refused("/steps/0/expect/x", json!({"header": "a"}), "steps[0].expect[1].header: ");
    refused("/steps/0/expect/x", json!({"header": {"path": "$"}}), "steps[0].expect[1].header: unknown variant `path`");
    refused(
        "/steps/0/expect/x",
        json!({"body": {"matches": "("}}),
        "steps[0].expect[1].body.matches: `(` is no regular",
    );
    refused("/steps/0/expect/x", json!({"body": {"matches": "(a{1000}){1000}"}}), "steps[0].expect[1].body.matches: ");
    refused("/steps/0/capture/b", json!({"redact": true}), "steps[0].capture.b: there is none");
    refused("/steps/0/request/method", json!("get"), "steps[0].request.method: unknown variant");
    refused(
        "/steps/2/expect_group/x",
        json!({"distinct": {"jsonpath": "$"}}),
        "steps[2].expect_group[1]: there has to",
    );
    refused(
        "/steps/2/expect_group/x",
        json!({"all": {"status": 1}, "eq": 1}),
        "steps[2].expect_group[1]: `all` needs no",
    );
    refused(
        "/steps/2/expect_group/x",
        json!({"distinct": {"body": true, "redact": true}, "eq": 1}),
        "steps[2].expect_group[1].distinct: only a",
    );
    refused("/steps", json!("x"), "steps: invalid type");
}

#[test]
fn names_are_known_where_they_stand() {
    refused("/steps/0/request/path", json!("/{{nope}}"), "steps[0].request.path: `{{nope}}` is not known");
    refused("/steps/0/request/path", json!("/{{note_id}}"), "steps[0].request.path: `{{note_id}}` is not known");
    refused(
        "/steps/0/request/json",
        json!([{"a": "{{random.int}}"}]),
        "steps[0].request.json: `{{random.int}}` is not known",
    );
    refused("/steps/0/request/body", json!("{{"), "steps[0].request.body: `{{` without `}}`");
    refused("/steps/0/request/headers", json!({"A": "{{x}}"}), "steps[0].request.headers.A: `{{x}}`");
    refused("/steps/0/request/query", json!({"a": ["{{x}}"]}), "steps[0].request.query.a: `{{x}}`");
    refused(
        "/steps/0/expect/x",
        json!({"body": {"not": {"starts_with": "{{x}}"}}}),
        "steps[0].expect[1].body.not: `{{x}}`",
    );
    refused("/vars/a", json!({"b": ["{{random.nope}}"]}), "vars.a: `{{random.nope}}` is not known");
    refused("/vars/a", json!("{{title}}"), "vars.a: `{{title}}` is not known");
    refused("/vars/A", json!(1), "vars.A: `A` is no name");
    refused("/steps/0/capture/title", json!({"status": true}), "steps[0].capture.title: There is a variable");
    refused("/steps/1/capture", json!({"note_id": {"status": true}}), "steps[1].capture.note_id: There is a variable");
    assert!(told("/steps/0/expect/x", json!({"header": {"name": "Location", "ends_with": "{{note_id}}"}})).is_empty());
}

#[test]
fn requests_keep_to_their_rules() {
    refused("/steps/0/request/method", Value::Null, "steps[0].request.method: This is missing");
    refused("/steps/0/request/path", Value::Null, "steps[0].request.path: This is missing");
    refused("/steps/0/request/same_as", json!("read"), "steps[0].request.same_as: There is no step `read` before");
    refused("/steps/0/request/path", json!("notes"), "steps[0].request.path: A path begins");
    refused("/steps/0/request/path", json!("//host/x"), "steps[0].request.path: A path begins");
    refused("/steps/0/request/path", json!("/a b"), "steps[0].request.path: There is a character");
    refused("/steps/0/request/form", json!({"a": 1}), "steps[0].request: There is one body");
    refused("/steps/0/request/query", json!({"a": {}}), "steps[0].request.query.a: This has to be a scalar");
    refused("/steps/0/request/headers", json!({"A": []}), "steps[0].request.headers.A: This has to be a scalar");
    refused("/steps/0/request/headers", json!({"A B": 1}), "steps[0].request.headers.A B: `A B` is no name");
    refused(
        "/steps/0/request/headers",
        json!({"Content-Length": 1}),
        "steps[0].request.headers.Content-Length: This header",
    );
    refused("/steps/0/request/json", json!("x".repeat(70_000)), "steps[0].request: It has more than");
}

#[test]
fn expectations_keep_to_their_rules() {
    refused("/steps/0/expect/x", json!({"status": {}}), "steps[0].expect[1].status: Nothing is said");
    refused("/steps/0/expect/x", json!({"duration_ms": {"lt": 5}}), "steps[0].expect[1].duration_ms: How long");
    refused("/steps/0/expect/x", json!({"body": {"class": "2xx"}}), "steps[0].expect[1].body.class: Only a status");
    refused("/steps/0/expect/x", json!({"body": {"in": []}}), "steps[0].expect[1].body.in: Nothing is one");
    refused("/steps/0/expect/x", json!({"body": {"lt": true}}), "steps[0].expect[1].body: Only numbers");
    refused("/steps/0/expect/x", json!({"body": {"matches": "{{title}}"}}), "steps[0].expect[1].body.matches: ");
    refused("/steps/0/expect/x", json!({"status": 1, "weight": 101}), "steps[0].expect[1].weight: ");
    refused("/steps/0/expect/x", json!({"status": 1, "hint": "x".repeat(501)}), "steps[0].expect[1].hint: ");
    refused(
        "/steps/0/expect/x",
        json!({"cookie": {"name": "", "exists": true}}),
        "steps[0].expect[1].cookie: `` is no name",
    );
    let deep = json!({"body": {"not": {"not": {"not": {"not": {"not": {"not": "x"}}}}}}});
    refused("/steps/0/expect/x", deep, "steps[0].expect[1].body.not.not.not.not.not: Conditions stand");
    assert!(told("/steps/0/expect/x", json!({"duration_ms": {"lt": 5}, "advice": true})).is_empty());
    refused(
        "/steps/2/expect_group/x",
        json!({"all": {"duration_ms": {"lt": 5}}}),
        "steps[2].expect_group[1].all.duration_ms: ",
    );
}

#[test]
fn turns_keep_to_their_rules() {
    refused("/steps/2/burst", json!(1), "steps[2].burst: This has to be");
    refused("/steps/2/burst", json!(101), "steps[2].burst: This has to be");
    refused("/steps/2/burst", Value::Null, "steps[2].expect_group: Only a burst");
    refused("/steps/2/expect", json!([{"status": 200}]), "steps[2].expect: A burst has no");
    refused("/steps/2/capture", json!({"x": {"status": true}}), "steps[2].capture: A burst has no");
    let wait = |timeout: u32, every: u32| json!({"timeout_ms": timeout, "every_ms": every});
    refused("/steps/2/eventually", wait(100, 50), "steps[2].eventually: A burst has no");
    refused("/steps/0/eventually", wait(30_001, 1_000), "steps[0].eventually.timeout_ms: ");
    refused("/steps/0/eventually", wait(1_000, 0), "steps[0].eventually.every_ms: ");
    refused("/steps/0/eventually", wait(100, 200), "steps[0].eventually.every_ms: ");
    refused("/steps/0/eventually", wait(30_000, 100), "steps[0].eventually: That is more than 100 tries");
    let step = json!({"id": "w", "request": {"same_as": "read"}, "eventually": wait(100, 50)});
    refused("/steps/x", step, "steps[3].eventually: There is nothing to wait for");
}

#[test]
fn there_are_bounds() {
    refused("/steps", json!([]), "steps: There have to be");
    refused("/body_bytes", json!(0), "body_bytes: ");
    refused("/body_bytes", json!(MAX_BODY_BYTES), "body_bytes: 22 answers of so many bytes");
    refused("/base_url", json!({"default": "127.0.0.1"}), "base_url.default: ");
    refused("/base_url", json!({"default": "http://a b"}), "base_url.default: ");
    refused("/base_url", json!({"default": "http://u:p@host"}), "base_url.default: ");
    let vars: serde_json::Map<String, Value> = (0..51).map(|number| (format!("v{number}"), json!(1))).collect();
    refused("/vars", Value::Object(vars), "vars: There are more than 50");
    refused("/steps/x", json!({"id": "read", "request": {"same_as": "create"}}), "steps[3].id: steps[1] has this id");
    refused("/steps/x", json!({"id": "A", "request": {"same_as": "create"}}), "steps[3].id: This is no id");
    let step =
        |number: usize| json!({"id": format!("s{number}"), "request": {"method": "GET", "path": "/"}, "burst": 100});
    refused("/steps", (0..4).map(step).collect(), "steps: They send 400 requests");
    refused("/steps", (0..1).map(step).collect(), "steps: Nothing that counts");
    let step = |number: usize| json!({"id": format!("s{number}"), "request": {"method": "GET", "path": "/"}});
    refused("/steps", (0..101).map(step).collect(), "steps: There have to be from 1 to 100");
    let many: Vec<Value> = (0..501).map(|_| json!({"status": 200})).collect();
    refused("/steps/0/expect", many.into(), "steps: They have more than 500");
    let many: serde_json::Map<String, Value> =
        (0..51).map(|number| (format!("c{number}"), json!({"status": true}))).collect();
    refused("/steps/0/capture", many.into(), "steps: They capture more than 50");
}

#[test]
fn all_faults_are_told_at_once() {
    let mut broken = drill();
    broken["steps"][0]["request"]["path"] = json!("a b");
    broken["steps"][1]["id"] = json!("create");
    broken["steps"][2]["burst"] = json!(0);
    assert!(parse(broken).unwrap_err().len() >= 3);
}
