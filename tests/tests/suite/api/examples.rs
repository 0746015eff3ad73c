//! The examples of the API's document, sent to a server: each operation does what its example shows.

use std::collections::{BTreeMap, BTreeSet};

use cairn_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, send};
use super::learning::{enrol, path};
use super::pack;
use super::practice;
use super::server::{Backing, PASSWORD, Server};

fn document() -> Value {
    serde_json::from_str(&cairn_http::openapi()).unwrap()
}

/// A schema of the document as one of its own, with what it refers to.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[track_caller]
fn fits(document: &Value, schema: &Value, value: &Value, what: &str) {
    let validator = validator(document, schema);
    let faults: Vec<_> =
        validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{what}: {faults:?}\n{value:#}");
}

/// Every example in the document has the form that it is an example of.
pub(super) fn examples_fit_their_schemas(_: Backing) {
    let document = document();
    let (mut seen, mut problems) = (0, BTreeSet::new());
    for route in cairn_http::routes() {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        let responses = operation["responses"].as_object().unwrap();
        let contents = responses.values().chain([&operation["requestBody"]]).filter_map(|of| of["content"].as_object());
        for content in contents.flat_map(|content| content.values()) {
            if let Some(example) = content.get("example") {
                fits(&document, &content["schema"], example, route.operation);
                seen += 1;
            }
            for shared in content["examples"].as_object().into_iter().flat_map(|all| all.values()) {
                problems.insert(shared["$ref"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(seen > 40);
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    for pointer in problems {
        let example = document.pointer(pointer.strip_prefix('#').unwrap()).unwrap();
        fits(&document, &problem, &example["value"], &pointer);
    }
}

/// What an operation finds when its example is sent.
struct Prepared<'a> {
    caller: Caller<'a>,
    id: String,
    number: &'static str,
    body: Option<Value>,
    file: Option<String>,
    etag: Option<String>,
}

fn prepare<'a>(server: &'a Server, operation: &str) -> Prepared<'a> {
    let caller = server.browser("ada@example.org", &[Role::Author, Role::Admin, Role::Instructor]);
    let nothing = String::new();
    let mut prepared = Prepared { caller, id: nothing, number: "1", body: None, file: None, etag: None };
    let caller = &prepared.caller;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match operation {
        "get_user" | "change_user" => prepared.id = caller.id.clone(),
        "get_token" | "revoke_token" | "list_tokens" => {
            let body = json!({ "name": "desktop", "scopes": ["account:read"], "days": 1 });
            prepared.id = text(&caller.post("/api/v1/tokens", &body).expect(201)["id"]);
        }
        "sign_in" => {
            server.user("lovelace@example.org", &[]);
            prepared.body = Some(json!({ "email": "lovelace@example.org", "password": PASSWORD }));
        }
        "get_progress"
        | "complete_lesson"
        | "get_next_lesson"
        | "list_enrolments"
        | "get_enrolment"
        | "change_enrolment"
        | "start_attempt"
        | "list_attempts"
        | "get_attempt"
        | "answer_attempt"
        | "list_events"
        | "get_lesson_standing"
        | "waive_prerequisites"
        | "take_waiver_back"
        | "get_study_plan"
        | "set_study_plan"
        | "remove_study_plan"
        | "get_study_calendar" => {
            let enrolment = enrol(caller);
            prepared.id = text(&enrolment["id"]);
            if operation.contains("study") && operation != "set_study_plan" {
                let plan = json!({ "minutes_a_week": 30, "start": "2026-12-01" });
                caller.put(&path(&enrolment, "/plan"), &plan).expect(201);
            }
            if operation.contains("attempt") {
                caller.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
            }
            if operation == "take_waiver_back" {
                let reason = json!({ "reason": "She knows it." });
                caller.put(&path(&enrolment, "/lessons/steps-quiz/waiver"), &reason).expect(200);
            }
            if operation.contains("attempt") && operation != "start_attempt" {
                let attempt = caller.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
                if operation != "list_attempts" {
                    prepared.id = text(&attempt["id"]);
                }
            }
        }
        "start_drill_attempt"
        | "list_drill_attempts"
        | "get_drill_attempt"
        | "hand_in_transcript"
        | "hand_in_solution"
        | "replay_drill_attempt"
        | "get_drill"
        | "plan_re_evaluation"
        | "apply_re_evaluation"
        | "get_submission"
        | "hand_in_work"
        | "comment_on_work"
        | "review_work"
        | "list_submissions" => prepare_practice(server, operation, &mut prepared),
        "roll_back" => {
            let other = pack::changed(&[("courses/paths/first-steps.md", "leads", "always leads")]);
            caller.send_pack("/api/v1/packs/examples/releases", other).expect(201);
        }
        "get_asset" => {
            let lesson = caller.get("/api/v1/lessons/first-steps").expect(200);
            let html = text(&lesson["html"]);
            prepared.file = Some(html.split("/assets/").nth(1).unwrap().split('"').next().unwrap().to_owned());
        }
        _ => {}
    }
    prepared
}

/// As [`prepare`], for drills and capstones.
fn prepare_practice(server: &Server, operation: &str, prepared: &mut Prepared<'_>) {
    server.apply(&pack::practice(&[]));
    // The work is another one's, so that it may be reviewed, unless it is to be handed in.
    let learner = server.browser("lovelace@example.org", &[]);
    let caller = &prepared.caller;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match operation {
        "start_drill_attempt" => prepared.id = text(&practice::enrol(caller)["id"]),
        "list_drill_attempts" => {
            let enrolment = practice::enrol(caller);
            practice::start(caller, &enrolment, "steps-drill");
            prepared.id = text(&enrolment["id"]);
        }
        "get_drill_attempt" | "replay_drill_attempt" => {
            prepared.id = text(&practice::try_drill(caller, &practice::enrol(caller), 200)["id"]);
        }
        "hand_in_transcript" => {
            let attempt = practice::start(caller, &practice::enrol(caller), "steps-drill");
            prepared.id = text(&attempt["id"]);
            prepared.body = Some(practice::seen(&attempt, 200));
        }
        "hand_in_solution" => {
            prepared.id = text(&practice::start(caller, &practice::enrol(caller), "steps-sql")["id"]);
        }
        "plan_re_evaluation" | "apply_re_evaluation" => {
            practice::try_drill(&learner, &practice::enrol(&learner), 204);
            server.apply(&pack::practice(&[("courses/fords/notes.yaml", "status: 200", "status: 204")]));
            if operation == "apply_re_evaluation" {
                prepared.etag = Some(caller.get("/api/v1/lessons/steps-drill/drill/re-evaluation").etag());
            }
        }
        "hand_in_work" => {
            let enrolment = practice::enrol(caller);
            practice::try_drill(caller, &enrolment, 200);
            prepared.id = text(&enrolment["id"]);
        }
        "get_submission" | "comment_on_work" | "review_work" | "list_submissions" => {
            let enrolment = practice::enrol(&learner);
            practice::try_drill(&learner, &enrolment, 200);
            let address = path(&enrolment, "/lessons/steps-capstone/submission");
            learner.put(&address, &json!({ "text": "How I went." })).expect(200);
            prepared.id = text(&enrolment["id"]);
        }
        _ => {}
    }
}

fn address(operation: &Value, path: &str, prepared: &Prepared<'_>) -> String {
    let mut address = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let example = parameter["example"].as_str().map_or_else(|| parameter["example"].to_string(), str::to_owned);
        match (parameter["in"].as_str().unwrap(), name) {
            ("path", "id") => address = address.replace("{id}", &prepared.id),
            ("path", "number") => address = address.replace("{number}", prepared.number),
            ("path", "file") if prepared.file.is_some() => {
                address = address.replace("{file}", prepared.file.as_ref().unwrap());
            }
            ("path", _) => address = address.replace(&format!("{{{name}}}"), &example),
            ("query", _) if example != "null" => query.push(format!("{name}={}", example.replace(' ', "%20"))),
            _ => {}
        }
    }
    if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
}

fn call(operation: &Value, method: &str, path: &str, prepared: &Prepared<'_>) -> Answer {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = prepared.caller.request(method, &address(operation, path, prepared));
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, needed) = (parameter["name"].as_str().unwrap(), parameter["required"] == true);
        // A roll back goes to another release than the present one, which the example's version would name; a plan is made
        // anew.
        let versions = !["roll_back", "set_study_plan"].contains(&operation["operationId"].as_str().unwrap());
        let wanted = name == "Idempotency-Key" || name == "If-Match" && versions;
        if parameter["in"] == "header" && (needed || wanted) {
            let named = prepared.etag.as_deref().filter(|_| name == "If-Match");
            request = request.header(name, named.unwrap_or_else(|| parameter["example"].as_str().unwrap()));
        }
    }
    if let Some(content) = operation["requestBody"]["content"].as_object() {
        let (media_type, content) = content.iter().next().unwrap();
        request = request.header("content-type", media_type);
        request = match (&prepared.body, content.get("example")) {
            (Some(body), _) => request.body(body.to_string()),
            (None, Some(example)) => request.body(example.to_string()),
            (None, None) if media_type == "application/gzip" => {
                request.body(pack::changed(&[("courses/paths/first-steps.md", "leads", "never leads")]))
            }
            (None, None) => request.body("{}"),
        };
    }
    send(request)
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

/// Every operation's example request is sent to a server that has what it speaks of; the answer has the documented
/// status, type, headers and form, and the fields that the example shows.
pub(super) fn examples_work(on: Backing) {
    send_all(on);
}

/// Sends each operation's example; gives every statement that the database was given for one, with which one that was.
pub(super) fn send_all(on: Backing) -> BTreeMap<String, &'static str> {
    let mut statements = BTreeMap::new();
    let document = document();
    let shared = Server::start(on);
    for route in cairn_http::routes() {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        // Whoever only reads can share a server; whoever prepares something gets one alone.
        let quiet = route.method == "GET" && operation.get("security").is_none();
        let own = (!quiet).then(|| Server::start(on));
        let server = own.as_ref().unwrap_or(&shared);
        let prepared = if quiet && route.operation != "get_asset" {
            Prepared { caller: server.anybody(), id: String::new(), number: "1", body: None, file: None, etag: None }
        } else {
            prepare(server, route.operation)
        };
        let answer = call(operation, route.method, route.path, &prepared);
        for text in server.statements.texts() {
            statements.entry(text).or_insert(route.operation);
        }
        let responses = operation["responses"].as_object().unwrap();
        // Of several successes the example is of the one that makes something.
        let expected = if responses.contains_key("201") {
            "201"
        } else if responses.contains_key("200") {
            "200"
        } else {
            "204"
        };
        let what = format!("{} {}", route.operation, answer.status);
        let body = if answer.status == 204 || !answer.header("content-type").contains("json") {
            Value::Null
        } else {
            answer.json()
        };
        assert_eq!(answer.status.to_string(), expected, "{what}: {body:#}");
        let response = &responses[expected];
        for (name, _) in response["headers"].as_object().into_iter().flatten() {
            assert!(name == "Link" || answer.headers.contains_key(name.as_str()), "{what} has no {name}");
        }
        let Some(content) = response["content"].as_object() else { continue };
        let (media_type, content) = content.iter().next().unwrap();
        assert!(media_type == "*/*" || answer.header("content-type") == media_type, "{what}: {:?}", answer.headers);
        if !media_type.contains("json") || route.operation == "get_openapi" {
            continue;
        }
        fits(&document, &content["schema"], &body, &what);
        let (mut shown, mut got) = (&content["example"], &body);
        if shown.get("items").is_some() {
            assert_eq!(keys(shown), keys(got), "{what}");
            (shown, got) = (&shown["items"][0], &got["items"][0]);
        }
        let optional: BTreeSet<String> =
            ["lesson", "reason", "enrolment", "pack", "release", "revision", "target"].map(str::to_owned).into();
        if route.operation == "list_events" {
            assert!(keys(shown).difference(&keys(got)).all(|key| optional.contains(key)), "{what}: {got}");
        } else {
            assert_eq!(keys(shown), keys(got), "{what} has other fields than its example");
        }
    }
    statements
}
