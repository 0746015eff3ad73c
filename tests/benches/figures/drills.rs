//! The evaluation of a transcript, against reading the same transcript as JSON.

use std::hint::black_box;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cairn_drill::http::{Exchange, HttpDrill, Response, Transcript, evaluate};
use cairn_drill::{Drill, parse};
use serde_json::{Value, json};

use crate::report::{alternate, line, note};

const STEPS: usize = 30;

/// Steps that look at everything a drill can look at, each with what the step before it captured.
fn drill() -> HttpDrill {
    let step = |number: usize| {
        let before =
            number.checked_sub(1).map_or_else(|| "{{title}}".to_owned(), |before| format!("{{{{id_{before}}}}}"));
        json!({
            "id": format!("step-{number}"),
            "request": {"method": "POST", "path": format!("/notes/{before}"), "json": {"title": "{{title}}"}},
            "capture": {format!("id_{number}"): {"jsonpath": "$.id"}},
            "expect": [
                {"status": {"in": [200, 201]}},
                {"header": {"name": "Content-Type", "starts_with": "application/json"}},
                {"jsonpath": {"path": "$", "json_subset": {"title": "a title", "owner": {"name": "Ada"}}}},
                {"jsonpath": {"path": "$.items[*].id", "count": 20, "unique": true, "sorted_by": {}}},
                {"jsonpath": {"path": "$.items[?@.done == true].title", "each": {"matches": "^item [0-9]+$"}}},
                {"body": {"not": {"contains": "password"}}},
            ],
        })
    };
    let steps: Vec<Value> = (0..STEPS).map(step).collect();
    match parse(json!({"drill": "http/v1", "vars": {"title": "a title"}, "steps": steps})).unwrap().drill {
        Drill::Http(drill) => drill,
        other => panic!("{other:?}"),
    }
}

fn transcript() -> Transcript {
    let item =
        |number: usize| json!({"id": number, "title": format!("item {number}"), "done": number.is_multiple_of(2)});
    let exchange = |number: usize| {
        let items: Vec<Value> = (0..20).map(item).collect();
        let body = json!({"id": number, "title": "a title", "owner": {"name": "Ada", "id": 1}, "items": items});
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let response = Response { status: 200, headers, body: STANDARD.encode(body.to_string()), cut: false };
        let (step, url) = (format!("step-{number}"), "http://127.0.0.1:8080/notes".to_owned());
        Exchange { step, turn: 0, url, duration_ms: 1, response: Some(response), error: None }
    };
    Transcript { exchanges: (0..STEPS).map(exchange).collect() }
}

/// A verdict on thirty answers with seven assertions each.
pub(crate) fn drills() {
    let (drill, transcript) = (drill(), transcript());
    let vars = drill.vars(1);
    assert!(evaluate(&drill, &vars, &transcript).passed());
    let json = serde_json::to_vec(&transcript).unwrap();

    let micros = |work: &dyn Fn()| {
        const TIMES: u32 = 20;
        let began = Instant::now();
        (0..TIMES).for_each(|_| work());
        began.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
    };
    let (ours, read) = alternate(
        51,
        || micros(&|| _ = black_box(evaluate(black_box(&drill), &vars, &transcript))),
        || micros(&|| _ = black_box(serde_json::from_slice::<Transcript>(black_box(&json)))),
    );
    line("a verdict on a transcript of 30 steps", &format!("{ours:.0} µs"), "< 2000 µs", ours < 2_000.0);
    note(&format!("{:.1} of reading the transcript, {read:.0} µs for {} kB", ours / read, json.len() / 1_000));
}
