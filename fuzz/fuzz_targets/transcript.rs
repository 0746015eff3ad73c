//! Any transcript of a drill that looks at everything: a verdict comes of it, the same each time, with every assertion.
//! The first line is the transcript without its answers' bodies, or nothing of use; each further line is a body as it is.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cairn_drill::http::{Exchange, HttpDrill, Response, Transcript, evaluate};
use cairn_drill::{Drill, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static DRILL: LazyLock<HttpDrill> = LazyLock::new(|| {
    let drill = json!({
        "drill": "http/v1",
        "vars": {"title": "note {{random.text}}"},
        "steps": [
            {
                "id": "a",
                "request": {"method": "POST", "path": "/notes", "json": {"title": "{{title}}"}},
                "capture": {
                    "id": {"jsonpath": "$.id", "redact": true}, "at": {"header": "Location"}, "sid": {"cookie": "sid"},
                },
                "expect": [
                    {"status": {"class": "2xx"}},
                    {"jsonpath": {"path": "$", "json_subset": {"title": "{{title}}", "tags": [{"n": 1}]}}},
                    {"jsonpath": {"path": "$..n", "sorted_by": {}, "unique": true, "each": {"gt": 0}}},
                    {"jsonpath": {"path": "$[?@.a == 1 || length(@.b) > 2]", "count": {"ge": 1}}},
                    {"cookie": {"name": "sid", "attribute": "HttpOnly", "exists": true}},
                    {"cookie": {"name": "sid", "attribute": "Max-Age", "gt": 60}},
                    {"header": {"name": "Retry-After", "le": 30}},
                    {"body": {"matches": "(a|b)+$", "not": {"contains": "{{id}}"}}},
                ],
            },
            {
                "id": "b",
                "request": {"method": "GET", "path": "{{at}}", "query": {"q": "{{id}}"}, "headers": {"X": "{{sid}}"}},
                "expect": [{"jsonpath": {"path": "$", "eq": {"id": "{{id}}"}}}, {"url": {"contains": "{{id}}"}}],
            },
            {
                "id": "c",
                "request": {"same_as": "a"},
                "burst": 3,
                "expect_group": [
                    {"distinct": {"jsonpath": "$"}, "le": 2},
                    {"count_where": {"header": {"name": "x", "ends_with": "{{sid}}"}}, "ge": 1},
                    {"all": {"jsonpath": {"path": "$.id", "type": "integer"}}},
                ],
            },
        ],
    });
    match parse(drill).unwrap().drill {
        Drill::Http(drill) => drill,
        other => panic!("{other:?}"),
    }
});

fuzz_target!(|data: &[u8]| {
    let mut pieces = data.split(|byte| *byte == b'\n');
    let mut transcript = serde_json::from_slice::<Transcript>(pieces.next().unwrap_or_default()).unwrap_or_default();
    for (body, step) in pieces.take(5).zip(["a", "b", "c", "c", "c"]) {
        let turn = transcript.exchanges.iter().filter(|exchange| exchange.step == step).count() as u32;
        let headers = [("set-cookie", body), ("location", body), ("x", body)]
            .map(|(name, value)| (name.to_owned(), value.iter().map(|byte| char::from(*byte)).collect()))
            .into();
        let response = Response { status: 200, headers, body: STANDARD.encode(body), cut: false };
        let (step, url) = (step.to_owned(), String::new());
        transcript.exchanges.push(Exchange { step, turn, url, duration_ms: 0, response: Some(response), error: None });
    }
    let vars = DRILL.vars(1);
    let verdict = evaluate(&DRILL, &vars, &transcript);
    assert_eq!(verdict.assertions.len(), 16);
    assert_eq!(evaluate(&DRILL, &vars, &transcript), verdict);
    let _ = DRILL.check(&transcript);
});
