//! Drills as a whole: what is evaluated, and that it is total, the same each time, and blind to what the client claims.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Assertion, Drill, Outcome, Verdict, parse};

fn drill(value: Value) -> HttpDrill {
    let mut value = value;
    value["drill"] = json!("http/v1");
    match parse(value).unwrap().drill {
        Drill::Http(drill) => drill,
        other => panic!("{other:?}"),
    }
}

fn exchange(step: &str, turn: u32, status: u16, headers: &[(&str, &str)], body: &Value) -> Exchange {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = if body.is_null() { String::new() } else { STANDARD.encode(body.to_string()) };
    let response = Response { status, headers, body, cut: false };
    let url = "http://somewhere/else".into();
    Exchange { step: step.into(), turn, url, duration_ms: 3, response: Some(response), error: None }
}

fn judged(drill: &HttpDrill, exchanges: Vec<Exchange>) -> Verdict {
    evaluate(drill, &drill.vars(7), &Transcript { exchanges })
}

/// Each assertion in short: `step/index outcome subject: got`.
fn told(verdict: &Verdict) -> Vec<String> {
    let mark = |outcome| match outcome {
        Outcome::Passed => "+",
        Outcome::Failed => "-",
        Outcome::Skipped => "?",
    };
    let line =
        |one: &Assertion| format!("{} {}/{} {}: {}", mark(one.outcome), one.step, one.index, one.subject, one.got);
    verdict.assertions.iter().map(line).collect()
}

/// The drill of notes: make one, make it again, read it, all at once.
fn notes() -> HttpDrill {
    drill(json!({
        "vars": {"title": "note {{random.word}}", "key": "{{random.uuid}}"},
        "steps": [
            {
                "id": "create",
                "request": {
                    "method": "POST", "path": "/notes", "headers": {"Idempotency-Key": "{{key}}"},
                    "json": {"title": "{{title}}"},
                },
                "capture": {"note_id": {"jsonpath": "$.id"}},
                "expect": [
                    {"status": 201},
                    {"header": {"name": "Content-Type", "starts_with": "application/json"}},
                    {"jsonpath": {"path": "$.title", "eq": "{{title}}"}, "hint": "Answer with the note.", "weight": 3},
                ],
            },
            {
                "id": "read",
                "request": {"method": "GET", "path": "/notes/{{note_id}}"},
                "expect": [
                    {"jsonpath": {"path": "$", "json_subset": {"id": "{{note_id}}", "title": "{{title}}"}}},
                    {"url": {"ends_with": "/notes/{{note_id}}"}},
                    {"duration_ms": {"lt": 100}, "advice": true},
                ],
            },
            {
                "id": "race",
                "burst": 3,
                "request": {"same_as": "create"},
                "expect_group": [
                    {"distinct": {"jsonpath": "$.id"}, "eq": 1},
                    {"count_where": {"status": {"class": "2xx"}}, "ge": 2},
                    {"all": {"jsonpath": {"path": "$.id", "eq": "{{note_id}}"}}},
                ],
            },
        ],
    }))
}

fn good(drill: &HttpDrill) -> Vec<Exchange> {
    let note = json!({"id": 5, "title": drill.vars(7)["title"], "more": true});
    let json = [("content-type", "application/json; charset=utf-8")];
    let mut exchanges = vec![exchange("create", 0, 201, &json, &note), exchange("read", 0, 200, &json, &note)];
    exchanges.extend((0..3).map(|turn| exchange("race", turn, 200, &json, &note)));
    exchanges
}

#[test]
fn a_service_that_does_it_passes() {
    let drill = notes();
    let verdict = judged(&drill, good(&drill));
    assert!(verdict.passed(), "{:#?}", told(&verdict));
    assert_eq!(verdict.assertions.len(), 10);
    assert_eq!(told(&verdict)[3], "+ create/3 capture note_id: 5");
}

#[test]
fn every_assertion_is_told_not_only_the_first_that_fails() {
    let drill = notes();
    let mut exchanges = good(&drill);
    exchanges[0] = exchange("create", 0, 200, &[], &json!({"id": 5, "title": "other"}));
    exchanges[1] = exchange("read", 0, 200, &[], &json!({"id": 5, "title": 3}));
    let title = drill.vars(7)["title"].as_str().unwrap().to_owned();
    exchanges[4] = exchange("race", 2, 500, &[], &json!({"id": 6}));
    let verdict = judged(&drill, exchanges);
    assert_eq!(
        told(&verdict),
        [
            "- create/0 status: 200",
            "- create/1 header Content-Type: nothing",
            "- create/2 $.title: \"other\"",
            "+ create/3 capture note_id: 5",
            &format!("- read/0 $: $.title is 3, not \"{title}\""),
            "+ read/1 url: \"http://127.0.0.1:8080/notes/5\"",
            "+ read/2 duration_ms: 3",
            "- race/0 distinct $.id: 2: 5, 6",
            "+ race/1 answers whose status is 2xx: 2 of 3",
            "- race/2 $.id of all: 1 of 3 do not; the first is answer 2: 6",
        ]
    );
    assert_eq!(verdict.assertions[2].hint.as_deref(), Some("Answer with the note."));
    assert_eq!(verdict.assertions[2].expected, format!("\"{title}\""));
    assert_eq!(verdict.percent(), 27, "3 of 11 weights");
}

#[test]
fn what_needs_a_missing_capture_is_skipped() {
    let drill = notes();
    let mut exchanges = good(&drill);
    exchanges[0] = exchange("create", 0, 500, &[], &json!({"error": "x"}));
    let told = told(&judged(&drill, exchanges));
    assert_eq!(told[3], "- create/3 capture note_id: nothing");
    assert_eq!(told[4], "? read/0 $: step `create` gave no `note_id`");
    assert_eq!(told[5], "? read/1 url: step `create` gave no `note_id`");
    assert_eq!(told[7], "+ race/0 distinct $.id: 1: 5", "this one needs nothing");
    assert_eq!(told[9], "? race/2 $.id of all: step `create` gave no `note_id`");
}

#[test]
fn an_empty_transcript_fails_everything() {
    let verdict = judged(&notes(), Vec::new());
    assert!(
        verdict.assertions.iter().all(|one| one.outcome != Outcome::Passed || one.subject.contains("distinct")),
        "{verdict:#?}"
    );
    assert_eq!(told(&verdict)[0], "- create/0 status: no such request was sent");
    assert!(!verdict.passed());
}

#[test]
fn a_request_that_was_not_answered_fails_with_the_reason() {
    let drill = notes();
    let mut exchanges = good(&drill);
    (exchanges[0].response, exchanges[0].error) = (None, Some("connection refused\u{1b}[2J".into()));
    assert_eq!(told(&judged(&drill, exchanges))[0], "- create/0 status: no answer: connection refused\u{FFFD}[2J");
}

#[test]
fn of_two_exchanges_of_a_turn_the_first_counts_and_strange_ones_are_passed_over() {
    let drill = notes();
    let mut exchanges = good(&drill);
    let before = judged(&drill, exchanges.clone());
    exchanges.push(exchange("create", 0, 500, &[], &Value::Null));
    exchanges.push(exchange("create", 9, 500, &[], &Value::Null));
    exchanges.push(exchange("strange", 0, 500, &[], &Value::Null));
    assert_eq!(judged(&drill, exchanges.clone()), before);
    assert!(drill.check(&Transcript { exchanges }).is_err());
}

#[test]
fn of_a_step_that_waits_the_last_try_counts() {
    let drill = drill(json!({"steps": [{
        "id": "wait", "request": {"method": "GET", "path": "/job"},
        "eventually": {"timeout_ms": 200, "every_ms": 100},
        "expect": [{"status": 200}],
    }]}));
    let tries = |statuses: &[u16]| -> Vec<Exchange> {
        statuses.iter().zip(0..).map(|(status, turn)| exchange("wait", turn, *status, &[], &Value::Null)).collect()
    };
    assert!(judged(&drill, tries(&[404, 200])).passed());
    assert!(!judged(&drill, tries(&[200, 404])).passed());
    assert!(!judged(&drill, tries(&[404, 404, 404, 200])).passed(), "there is no fourth try");
    let run = Run::new(&drill, &Vars::new(), "http://x");
    assert!(run.is_settled(&drill.steps[0], &tries(&[200])[0]) && !run.is_settled(&drill.steps[0], &tries(&[404])[0]));
}

fn secret() -> HttpDrill {
    drill(json!({"steps": [
        {
            "id": "login", "request": {"method": "POST", "path": "/login"},
            "capture": {"token": {"jsonpath": "$.token", "redact": true}},
            "expect": [{"body": "nothing"}, {"jsonpath": {"path": "$", "eq": {"token": "x"}}}],
        },
        {
            "id": "use", "request": {"method": "GET", "path": "/me", "headers": {"Authorization": "Bearer {{token}}"}},
            "expect": [{"header": {"name": "X-Echo", "ne": "{{token}}"}}],
        },
    ]}))
}

#[test]
fn what_is_redacted_is_not_shown_not_even_its_beginning() {
    for token in ["s3\"cr\\et", &format!("0123456789{}", "abcdefghij".repeat(40))] {
        let exchanges = vec![
            exchange("login", 0, 200, &[], &json!({"token": token})),
            exchange("use", 0, 200, &[("x-echo", token)], &Value::Null),
        ];
        let verdict = judged(&secret(), exchanges);
        let text = serde_json::to_string(&verdict).unwrap();
        assert!(text.contains("•••") && !text.contains("cr") && !text.contains("0123"), "{text}");
        assert_eq!(verdict.assertions[3].expected, "something else than \"•••\"");
    }
}

#[test]
fn cookies_and_captures_go_on_in_a_run() {
    let drill = secret();
    let mut run = Run::new(&drill, &Vars::new(), "http://localhost:1/");
    assert_eq!(run.request(&drill.steps[1]), Err(Obstacle::Missing("token".into())));
    assert_eq!(run.request(&drill.steps[0]).unwrap().url, "http://localhost:1/login");
    let answer = exchange("login", 0, 200, &[("set-cookie", "sid=9; Path=/")], &json!({"token": "t"}));
    run.take(&drill.steps[0], &[answer]);
    let headers = run.request(&drill.steps[1]).unwrap().headers;
    assert_eq!(headers, [("Authorization".into(), "Bearer t".into()), ("Cookie".into(), "sid=9".into())]);
}

#[test]
fn what_is_shown_is_bounded() {
    let drill = notes();
    let mut exchanges = good(&drill);
    exchanges[0] =
        exchange("create", 0, 201, &[("content-type", &"ü".repeat(5_000))], &json!({"id": "i".repeat(9_000)}));
    for one in judged(&drill, exchanges).assertions {
        assert!(one.got.chars().count() <= 200 && one.expected.chars().count() <= 200, "{one:?}");
    }
}

#[test]
fn thirty_steps_are_evaluated() {
    let step = |number: usize| {
        json!({
            "id": format!("s{number}"), "request": {"method": "GET", "path": format!("/items/{number}")},
            "capture": {format!("id_{number}"): {"jsonpath": "$.id"}},
            "expect": [{"status": 200}, {"jsonpath": {"path": "$.items[*].n", "sorted_by": {}, "unique": true}}],
        })
    };
    let drill = drill(json!({"steps": (0..30).map(step).collect::<Vec<_>>()}));
    let body = |number: usize| json!({"id": number, "items": (0..20).map(|n| json!({"n": n})).collect::<Vec<_>>()});
    let exchanges = (0..30).map(|number| exchange(&format!("s{number}"), 0, 200, &[], &body(number))).collect();
    let verdict = judged(&drill, exchanges);
    assert!(verdict.passed() && verdict.assertions.len() == 90);
}

fn any_response() -> impl Strategy<Value = Response> {
    let body = prop_oneof![
        any::<String>(),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| STANDARD.encode(bytes)),
        Just(STANDARD.encode(r#"{"id": 5, "title": [1, {"a": null}]}"#)),
        Just(STANDARD.encode("[".repeat(3_000))),
        Just(STANDARD.encode(r#"{"id": 1e999}"#)),
        Just(STANDARD.encode(r#"{"id": 123456789012345678901234567890}"#)),
    ];
    let names = prop_oneof![Just("set-cookie".to_owned()), Just("Content-Type".to_owned()), any::<String>()];
    let headers = prop::collection::vec((names, any::<String>()), 0..5);
    (any::<u16>(), headers, body, any::<bool>()).prop_map(|(status, headers, body, cut)| Response {
        status,
        headers,
        body,
        cut,
    })
}

fn any_transcript() -> impl Strategy<Value = Transcript> {
    let step = prop_oneof![Just("create"), Just("read"), Just("race"), Just("other"), Just("")].prop_map(str::to_owned);
    let turn = prop_oneof![0..4_u32, any::<u32>()];
    let response = prop::option::of(any_response());
    let exchange = (step, turn, any::<String>(), any::<u32>(), response, prop::option::of(any::<String>())).prop_map(
        |(step, turn, url, duration_ms, response, error)| Exchange { step, turn, url, duration_ms, response, error },
    );
    prop::collection::vec(exchange, 0..12).prop_map(|exchanges| Transcript { exchanges })
}

proptest! {
    #[test]
    fn evaluation_is_total_and_the_same_each_time(transcript in any_transcript(), seed: u128) {
        let drill = notes();
        let vars = drill.vars(seed);
        let verdict = evaluate(&drill, &vars, &transcript);
        prop_assert_eq!(verdict.assertions.len(), 10);
        prop_assert_eq!(&evaluate(&drill, &vars, &transcript), &verdict);
        let _ = drill.check(&transcript);
    }

    #[test]
    fn addresses_and_times_that_a_client_claims_decide_nothing(transcript in any_transcript(), url: String, duration_ms: u32) {
        let drill = notes();
        let vars = drill.vars(1);
        let mut other = transcript.clone();
        for exchange in &mut other.exchanges {
            (exchange.url, exchange.duration_ms) = (url.clone(), duration_ms);
        }
        let counted = |transcript| {
            let verdict = evaluate(&drill, &vars, transcript);
            verdict.assertions.into_iter().filter(|one| !one.advice).collect::<Vec<_>>()
        };
        prop_assert_eq!(counted(&transcript), counted(&other));
    }

    #[test]
    fn the_order_of_exchanges_of_different_turns_decides_nothing(transcript in any_transcript()) {
        let drill = notes();
        let mut seen = std::collections::BTreeSet::new();
        let mut once = transcript;
        once.exchanges.retain(|exchange| seen.insert((exchange.step.clone(), exchange.turn)));
        let mut turned = once.clone();
        turned.exchanges.reverse();
        prop_assert_eq!(evaluate(&drill, &Vars::new(), &once), evaluate(&drill, &Vars::new(), &turned));
    }

    #[test]
    fn reading_a_drill_is_total(text in "\\PC*", number: f64) {
        let values = [json!(text), json!(number), json!([text]), json!({text.clone(): text})];
        for value in values {
            for name in ["steps", "vars", "base_url", "body_bytes"] {
                let _ = parse(json!({"drill": "http/v1", "steps": [], name: value}));
            }
            let step = json!({"id": text, "request": {"method": "GET", "path": text, "json": value}, "expect": [{"body": value}]});
            let _ = parse(json!({"drill": "http/v1", "steps": [step]}));
            let path = json!({"id": "a", "request": {"method": "GET", "path": "/"}, "expect": [{"jsonpath": {"path": text}}]});
            let _ = parse(json!({"drill": "http/v1", "steps": [path]}));
        }
    }
}
