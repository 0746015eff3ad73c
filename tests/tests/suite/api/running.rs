//! A running server: health, metrics, overload, a database that is away, other processes, and the end.

use std::io::Write as _;
use std::time::Duration;

use cairn_domain::identity::{Role, Scope};
use cairn_http::{AppState, ListenError, Listeners, Settings, listen};
use reqwest::Method;
use serde_json::json;

use super::client::{Caller, get, send};
use super::learning::enrol;
use super::pack;
use super::server::{Backing, Server};

/// Asks until it is so, and gives up after very many times.
#[track_caller]
pub(super) fn until(so: impl Fn() -> bool) {
    for _ in 0..20_000 {
        if so() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it never was so");
}

/// A second server on a server's store, as another process would be.
pub(super) struct Second {
    pub(super) api: std::net::SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

pub(super) fn second(first: &Server) -> Second {
    second_changed(first, |_| {})
}

/// As [`second`], with other settings.
pub(super) fn second_changed(first: &Server, change: impl FnOnce(&mut Settings)) -> Second {
    let mut settings = Settings { workers: 1, refresh_every: Duration::from_millis(5), ..Settings::default() };
    change(&mut settings);
    let state = AppState::new(first.ports(), settings).unwrap();
    let free = || listen("127.0.0.1:0".parse().unwrap(), "a test").unwrap();
    let listeners = Listeners { api: free(), operator: free() };
    let api = listeners.api.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(cairn_http::serve(state, listeners, async move { _ = stopped.await })).unwrap();
    });
    Second { api, stop: Some(stop), thread: Some(thread) }
}

impl Drop for Second {
    fn drop(&mut self) {
        _ = self.stop.take().unwrap().send(());
        _ = self.thread.take().unwrap().join();
    }
}

pub(super) fn health_and_metrics_are_told_on_the_operators_port(on: Backing) {
    let server = Server::start(on);
    for port in [server.api, server.operator] {
        assert_eq!(get(port, "/livez").expect(200), json!({ "status": "ok" }));
        assert_eq!(get(port, "/readyz").expect(200), json!({ "status": "ok" }));
    }
    server.anybody().get("/api/v1/lessons/first-steps").expect(200);
    server.anybody().get("/api/v1/lessons/nothing").problem(404, "not_found");
    server.anybody().get("/nothing").problem(404, "no_route");
    get(server.api, "/metrics").problem(404, "no_route");
    get(server.operator, "/api/v1/lessons").problem(404, "no_route");
    let metrics = get(server.operator, "/metrics");
    let text = metrics.text();
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    for line in [
        "cairn_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/lessons/{name}\"} 2",
        "cairn_http_errors_total{class=\"4xx\",method=\"GET\",route=\"/api/v1/lessons/{name}\"} 1",
        "cairn_http_errors_total{class=\"4xx\",method=\"any\",route=\"none\"}",
        "cairn_http_in_flight 0",
    ] {
        assert!(text.contains(line), "{line} is missing:\n{text}");
    }
    assert!(!text.contains("first-steps") && !text.contains("/nothing"), "labels are routes, not addresses");
}

pub(super) fn the_operators_port_keeps_to_the_rules_of_the_api(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let ask = |method, path: &str| {
        let url = format!("http://{}{path}", server.operator);
        send(reqwest::blocking::Client::new().request(method, url))
    };
    for path in ["/metrics", "/livez"] {
        for method in [Method::POST, Method::DELETE, Method::OPTIONS] {
            let refused = ask(method, path);
            refused.problem(405, "method_not_allowed");
            assert_eq!(refused.header("allow"), "GET, HEAD");
        }
        let (head, got) = (ask(Method::HEAD, path), ask(Method::GET, path));
        assert_eq!((head.status, head.bytes.len()), (200, 0));
        assert_eq!(head.header("content-type"), got.header("content-type"));
        assert_ne!(head.header("content-length"), "0");
    }
    ask(Method::GET, "/nothing").problem(404, "no_route");
}

pub(super) fn a_hot_credential_is_looked_up_once(on: Backing) {
    let server = Server::start(on);
    let program = server.program("ada@example.org", &[]);
    for _ in 0..5 {
        program.get("/api/v1/users/me").expect(200);
    }
    let text = get(server.operator, "/metrics").text().to_owned();
    assert!(text.contains("cairn_http_credentials_total{result=\"database\"} 1\n"), "{text}");
    assert!(text.contains("cairn_http_credentials_total{result=\"memory\"} 4\n"), "{text}");
    server.clock.advance(Duration::from_secs(1));
    program.get("/api/v1/users/me").expect(200);
    let text = get(server.operator, "/metrics").text().to_owned();
    assert!(text.contains("cairn_http_credentials_total{result=\"database\"} 2\n"), "{text}");
}

pub(super) fn published_answers_outlive_the_database(on: Backing) {
    let server = Server::start(on);
    let program = server.program("ada@example.org", &[]);
    until(|| server.anybody().get("/api/v1/lessons/first-steps").status == 200);
    let list = server.anybody().get("/api/v1/lessons");
    server.store.take_away(true);
    assert!(server.anybody().get("/api/v1/lessons/first-steps").text().contains("somewhere"));
    assert_eq!(server.anybody().get("/api/v1/lessons").bytes, list.bytes);
    server.anybody().get("/api/v1/courses").expect(200);
    program.get("/api/v1/users/me").problem(503, "store_unavailable");
    get(server.operator, "/readyz").problem(503, "store_unavailable");
    get(server.operator, "/livez").expect(200);
    server.store.take_away(false);
    program.get("/api/v1/users/me").expect(200);
    get(server.operator, "/readyz").expect(200);
}

pub(super) fn what_is_not_kept_ready_is_kept_once_it_was_asked_for(on: Backing) {
    // Room for the guide, the track and the course, which come first, and for one answer that was asked for.
    let server = Server::start_changed(on, |settings| settings.published_budget = 2_600);
    let (asked, other) = ("/api/v1/lessons/first-steps", "/api/v1/lessons/steps-quiz");
    let first = server.anybody().get(asked);
    first.expect(200);
    server.store.take_away(true);
    assert_eq!(server.anybody().get(asked).bytes, first.bytes);
    server.anybody().get(other).problem(503, "store_unavailable");
}

pub(super) fn a_release_of_another_process_is_noticed(on: Backing) {
    let first = Server::start(on);
    let second = second(&first);
    until(|| get(second.api, "/api/v1/lessons/first-steps").status == 200);
    let author = first.program("author@example.org", &[Role::Author]);
    let archive = pack::changed(&[("courses/paths/first-steps.md", "leads", "always leads")]);
    author.send_pack("/api/v1/packs/examples/releases", archive).expect(201);
    until(|| get(second.api, "/api/v1/lessons/first-steps").text().contains("always leads"));
}

pub(super) fn a_full_queue_answers_in_time(on: Backing) {
    let server = Server::start_with(on, |settings| {
        settings.readers = 1;
        settings.database_waiting = 0;
        settings.refresh_every = Duration::from_secs(3600);
    });
    let program = server.program("ada@example.org", &[]);
    until(|| program.get("/api/v1/users/me").status == 200);
    std::thread::scope(|scope| {
        let gate = server.store.hold();
        let first = scope.spawn(|| program.get("/api/v1/users/me").status);
        until(|| get(server.operator, "/metrics").text().contains("cairn_http_reading_at_work 1"));
        program.get("/api/v1/enrolments").problem(503, "busy");
        assert_eq!(program.get("/api/v1/enrolments").header("retry-after"), "1");
        server.anybody().get("/livez").expect(200);
        drop(gate);
        assert_eq!(first.join().unwrap(), 200);
    });
    until(|| program.get("/api/v1/enrolments").status == 200);
}

pub(super) fn work_that_takes_too_long_is_not_waited_for(on: Backing) {
    let server = Server::start_with(on, |settings| settings.work_within = Duration::from_millis(700));
    let program = server.program("ada@example.org", &[]);
    let gate = server.store.hold();
    program.get("/api/v1/users/me").problem(503, "too_slow");
    drop(gate);
    until(|| program.get("/api/v1/users/me").status == 200);
}

pub(super) fn who_goes_before_the_answer_is_counted(on: Backing) {
    let server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let token = server.token(&user, &Scope::ALL);
    let metrics = || get(server.operator, "/metrics").text().to_owned();
    let gate = server.store.hold();
    let mut leaving = std::net::TcpStream::connect(server.api).unwrap();
    let request = format!("GET /api/v1/users/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    // What is left unread in a socket makes its closing a break, not only the end of what is sent.
    leaving.write_all(format!("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n{request}").as_bytes()).unwrap();
    let first = "cairn_http_request_duration_seconds_count{method=\"GET\",route=\"/livez\"} 1\n";
    until(|| [first, "cairn_http_in_flight 1\n"].iter().all(|line| metrics().contains(line)));
    drop(leaving);
    let gone = "cairn_http_errors_total{class=\"gone\",method=\"GET\",route=\"/api/v1/users/{id}\"} ";
    until(|| metrics().contains(&format!("{gone}1\n")));
    drop(gate);
    until(|| metrics().contains("cairn_http_in_flight 0\n"));
}

pub(super) fn a_stop_finishes_what_is_in_flight(on: Backing) {
    let mut server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let token = server.token(&user, &Scope::ALL);
    let (api, operator) = (server.api, server.operator);
    let store = server.store.clone();
    let gate = store.hold();
    let slow = std::thread::spawn(move || {
        let client = reqwest::blocking::Client::new();
        let answer = client.get(format!("http://{api}/api/v1/users/me")).bearer_auth(token).send().unwrap();
        answer.status().as_u16()
    });
    until(|| get(operator, "/metrics").text().contains("cairn_http_in_flight 1"));
    server.begin_stop();
    until(|| get(operator, "/readyz").status == 503);
    get(operator, "/readyz").problem(503, "draining");
    drop(gate);
    assert_eq!(slow.join().unwrap(), 200);
    server.join();
    assert!(std::net::TcpStream::connect(api).is_err(), "nobody listens any more");
}

pub(super) fn uses_of_tokens_are_written_to_the_hour(on: Backing) {
    let mut server = Server::start(on);
    let user = server.user("ada@example.org", &[]);
    let token = server.token(&user, &Scope::ALL);
    {
        let program = Caller::program(&server, &user, &token);
        server.clock.advance(Duration::from_secs(90));
        program.get("/api/v1/users/me").expect(200);
    }
    server.begin_stop();
    server.join();
    use cairn_domain::StoreExt as _;
    let page = cairn_domain::shared::PageRequest::first();
    let tokens = server.store.read(|tx| tx.tokens().page(user.id, &page)).unwrap();
    assert_eq!(tokens.items[0].last_used, Some("2026-01-31T12:00:00Z".parse().unwrap()));
}

pub(super) fn a_port_in_use_is_told(on: Backing) {
    let server = Server::start_with(on, |_| {});
    let error = listen(server.api, "the API").unwrap_err();
    assert!(matches!(error, ListenError::InUse { .. }));
    let text = error.to_string();
    assert!(
        text.contains(&server.api.to_string()) && text.contains("the API") && text.contains("choose another"),
        "{text}"
    );
}

pub(super) fn progress_survives_a_release(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let author = server.program("author@example.org", &[Role::Author]);
    let enrolment = enrol(&learner);
    let path = |rest: &str| super::learning::path(&enrolment, rest);
    learner.put(&path("/lessons/first-steps/completion"), &json!({})).expect(200);
    let renamed = pack::changed(&[
        ("courses/paths/first-steps.md", "id: first-steps\n", "id: steps.first\n"),
        ("courses/paths/course.md", "[first-steps,", "[steps.first,"),
        ("pack.yaml", "skills:\n", "moved:\n  - { kind: lesson, from: first-steps, to: steps.first }\nskills:\n"),
    ]);
    let applied = author.send_pack("/api/v1/packs/examples/releases", renamed).expect(201);
    assert_eq!(applied["learners"], 1);
    let progress = learner.get(&path("/progress")).expect(200);
    assert_eq!(
        (&progress["lessons"][0]["id"], &progress["lessons"][0]["state"]),
        (&json!("steps.first"), &json!("completed"))
    );
    assert_eq!(progress["percent"], 50);
}
