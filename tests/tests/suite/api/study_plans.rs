//! Study plans: made, changed, looked at, taken to a calendar.

use cairn_domain::identity::Role;
use icalendar::{Calendar, Component as _, DatePerhapsTime};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Caller, send};
use super::learning::{enrol, path};
use super::server::{Backing, Server};

/// Far ahead, so that the present day is before it.
const START: &str = "2120-12-02";

fn settings(minutes: u32, missed: &[&str]) -> Value {
    json!({ "minutes_a_week": minutes, "start": START, "missed": missed })
}

fn put(caller: &Caller<'_>, path: &str, header: Option<(&str, &str)>, body: &Value) -> super::client::Answer {
    let request = caller.request(Method::PUT, path).json(body);
    send(match header {
        Some((name, value)) => request.header(name, value),
        None => request,
    })
}

pub(super) fn a_plan_is_made_changed_and_removed(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let plan = path(&enrolment, "/plan");
    learner.get(&plan).problem(404, "not_found");
    let made = put(&learner, &plan, Some(("if-none-match", "*")), &settings(30, &[]));
    let body = made.expect(201);
    assert_eq!(made.header("location"), plan);
    assert!(made.etag().starts_with("\"v1-"), "{}", made.etag());
    let weeks: Vec<_> = body["weeks"].as_array().unwrap().iter().map(|week| &week["begins"]).collect();
    assert_eq!((weeks, &body["finish"]), (vec![&json!(START)], &json!("2120-12-08")));
    let of = |body: &Value, what: &str| {
        body["lessons"].as_array().unwrap().iter().map(|lesson| lesson[what].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(&body, "id"), ["first-steps", "steps-quiz"]);
    assert_eq!(body["critical_path"], json!({ "minutes": 15, "lessons": ["first-steps", "steps-quiz"] }));

    // A plan that is there is replaced by whoever has seen it.
    put(&learner, &plan, Some(("if-none-match", "*")), &settings(60, &[])).problem(412, "stale");
    put(&learner, &plan, None, &settings(60, &[])).problem(428, "precondition_required");
    put(&learner, &plan, Some(("if-match", "*")), &settings(60, &[])).problem(428, "precondition_required");
    put(&learner, &plan, Some(("if-match", "\"v2\"")), &settings(60, &[])).problem(412, "stale");
    put(&learner, &plan, Some(("if-match", "\"v2\", \"v3\"")), &settings(60, &[])).problem(412, "stale");
    // What was learnt since then makes another answer, and the settings are still those.
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    let seen = learner.get(&plan);
    assert_eq!(of(&seen.expect(200), "id"), ["steps-quiz"]);
    assert_ne!(seen.etag(), made.etag());
    let known = |tag: String| send(learner.request(Method::GET, &plan).header("if-none-match", tag)).status;
    assert_eq!((known(seen.etag()), known(made.etag())), (304, 200));
    let changed = put(&learner, &plan, Some(("if-match", &made.etag())), &settings(60, &["2120-12-25"]));
    assert_eq!((changed.expect(200)["missed"].clone(), &changed.etag()[..4]), (json!(["2120-12-23"]), "\"v2-"));

    let remove = |tag: Option<&str>| {
        let request = learner.request(Method::DELETE, &plan);
        send(match tag {
            Some(tag) => request.header("if-match", tag),
            None => request,
        })
    };
    remove(None).problem(428, "precondition_required");
    remove(Some("\"v1\"")).problem(412, "stale");
    assert_eq!(remove(Some(&changed.etag())).status, 204);
    remove(Some("\"v2\"")).problem(404, "not_found");
    put(&learner, &plan, Some(("if-match", "\"v2\"")), &settings(60, &[])).problem(412, "stale");
    assert_eq!(put(&learner, &plan, None, &settings(60, &[])).status, 201);
}

pub(super) fn what_a_missed_week_moves_is_told_and_not_kept(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let plan = path(&enrol(&learner), "/plan");
    let made = put(&learner, &plan, None, &settings(30, &[]));
    assert_eq!(made.expect(201)["difference"], Value::Null);
    let with = learner.get(&format!("{plan}?missing={START},2120-12-20")).expect(200);
    let difference = &with["difference"];
    assert_eq!(
        (&difference["finish_before"], &difference["finish_after"]),
        (&json!("2120-12-08"), &json!("2120-12-15"))
    );
    let moved = difference["moved"].as_array().unwrap();
    assert_eq!(moved.len(), 2);
    assert_eq!(moved[0]["before"], json!({ "begins": START, "ends": "2120-12-08" }));
    assert_eq!(moved[0]["after"], json!({ "begins": "2120-12-09", "ends": "2120-12-15" }));
    assert_eq!((&with["missed"], &with["weeks"][0]["missed"]), (&json!([]), &json!(true)));
    assert_eq!(learner.get(&plan).etag(), made.etag(), "nothing was written");
    let faults = |query: &str| learner.get(&format!("{plan}?missing={query}")).faults(422, "invalid");
    let expected = [("/missing/0", "not_a_date"), ("/missing/2", "not_a_date")];
    assert_eq!(faults(&format!("x,{START},2120-13-01")), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(faults("2120-12-01"), [("/missing/0".to_owned(), "before_start".to_owned())]);
}

pub(super) fn faults_of_a_plan_are_told_at_once(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let plan = path(&enrolment, "/plan");
    let faults = |body: Value| put(&learner, &plan, None, &body).faults(422, "invalid");
    let told = |expected: &[(&str, &str)]| -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    let body = json!({ "minutes_a_week": 29, "start": START, "missed": [START, "2120-12-01"] });
    assert_eq!(faults(body), told(&[("/minutes_a_week", "range"), ("/missed/1", "before_start")]));
    let body = json!({ "minutes_a_week": "60", "start": "tomorrow", "missed": [1], "hours": 5 });
    let expected = told(&[
        ("/minutes_a_week", "type"),
        ("/start", "not_a_date"),
        ("/missed/0", "type"),
        ("/hours", "unknown_field"),
    ]);
    assert_eq!(faults(body), expected);
    let state = json!({ "state": "withdrawn" });
    learner.patch(&path(&enrolment, ""), Some("\"v1\""), &state).expect(200);
    put(&learner, &plan, None, &settings(60, &[])).problem(409, "wrong_state");
}

pub(super) fn anothers_plan_is_not_found_but_by_an_instructor(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let plan = path(&enrolment, "/plan");
    let made = put(&learner, &plan, None, &settings(60, &[])).expect(201);
    let stranger = server.program("stranger@example.org", &[Role::Author]);
    let instructor = server.program("instructor@example.org", &[Role::Instructor]);
    let calendar = path(&enrolment, "/plan.ics");
    for address in [&plan, &calendar] {
        stranger.get(address).problem(404, "not_found");
        assert_eq!(instructor.get(address).status, 200);
    }
    assert_eq!(instructor.get(&plan).expect(200), made);
    for other in [&stranger, &instructor] {
        put(other, &plan, Some(("if-match", "\"v1\"")), &settings(30, &[])).problem(404, "not_found");
        let request = other.request(Method::DELETE, &plan).header("if-match", "\"v1\"");
        send(request).problem(404, "not_found");
    }
    put(&stranger, &plan, Some(("if-match", "*")), &settings(30, &[])).problem(404, "not_found");
}

pub(super) fn a_plan_goes_into_a_calendar(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let (plan, address) = (path(&enrolment, "/plan"), path(&enrolment, "/plan.ics"));
    learner.get(&address).problem(404, "not_found");
    let made = put(&learner, &plan, None, &settings(30, &[]));
    let read = || {
        let answer = learner.get(&address);
        assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
        let text = answer.text();
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
        (answer.etag(), text.parse::<Calendar>().unwrap())
    };
    let (tag, calendar) = read();
    assert_eq!(read().0, tag, "the same plan gives the same bytes");
    let events: Vec<_> = calendar.events().collect();
    let [event] = &events[..] else { panic!("{events:?}") };
    let day = |of: Option<DatePerhapsTime>| match of {
        Some(DatePerhapsTime::Date(date)) => date.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!((day(event.get_start()), day(event.get_end())), (START.to_owned(), "2120-12-09".to_owned()));
    assert_eq!(event.get_summary(), Some("Paths: 2 lessons, 15 min"));
    let description = event.get_description().unwrap();
    assert_eq!(description, "First steps (reading, 10 min)\nSteps: quiz (quiz, 5 min)");
    let (uid, sequence) = (event.get_uid().unwrap().to_owned(), event.get_sequence().unwrap());
    assert!(event.get_timestamp().is_some());

    // A week that is missed keeps its event, cancelled and newer.
    put(&learner, &plan, Some(("if-match", &made.etag())), &settings(30, &[START])).expect(200);
    let (_, calendar) = read();
    let events: Vec<_> = calendar.events().collect();
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].get_uid(), events[0].property_value("STATUS")), (Some(uid.as_str()), Some("CANCELLED")));
    assert!(events[0].get_sequence().unwrap() > sequence);
    assert_eq!(events[1].property_value("STATUS"), Some("CONFIRMED"));
    assert_ne!(events[1].get_uid(), Some(uid.as_str()));
}
