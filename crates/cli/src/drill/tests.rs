//! A drill is run against small services that answer as they are told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use cairn_drill::http::evaluate;
use cairn_drill::{Drill, Verdict, parse};
use serde_json::{Value, json};

use super::*;

/// A service: each request's first line and what follows it, to the whole answer.
fn service(answer: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, answer) = (stream.unwrap(), Arc::clone(&answer));
            thread::spawn(move || serve(stream, &*answer));
        }
    });
    address
}

fn serve(stream: TcpStream, answer: &dyn Fn(&str, &str) -> String) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let (mut rest, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        rest.push_str(&line);
    }
    let mut body = String::new();
    reader.by_ref().take(length).read_to_string(&mut body).unwrap();
    rest.push_str(&body);
    let _ = reader.into_inner().write_all(answer(first.trim_end(), &rest).as_bytes());
}

fn said(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

fn drill(value: Value) -> HttpDrill {
    let mut value = value;
    value["drill"] = json!("http/v1");
    match parse(value).unwrap().drill {
        Drill::Http(drill) => drill,
        other => panic!("{other:?}"),
    }
}

fn ran(drill: &HttpDrill, address: &str) -> (Performed, Verdict) {
    let vars = drill.vars(1);
    let service = Service::new(drill, Some(address), &[]).unwrap();
    let performed = perform(drill, &vars, &service, &Progress::hidden());
    assert_eq!(drill.check(&performed.transcript), Ok(()));
    let verdict = evaluate(drill, &vars, &performed.transcript);
    (performed, verdict)
}

#[test]
fn captures_and_cookies_go_from_step_to_step() {
    let address = service(|first, rest| match first {
        "POST /login HTTP/1.1" => said("204 No Content", "set-cookie: sid=7; Path=/; HttpOnly\r\n", ""),
        "POST /notes HTTP/1.1" if rest.contains("cookie: sid=7") && rest.ends_with(r#"{"title":"ü"}"#) => {
            said("201 Created", "location: /notes/a%20b\r\n", r#"{"id":"a b"}"#)
        }
        "GET /notes/a%20b HTTP/1.1" => said("200 OK", "content-type: application/json\r\n", r#"{"id":"a b"}"#),
        _ => said("400 Bad Request", "", first),
    });
    let drill = drill(json!({"steps": [
        {"id": "login", "request": {"method": "POST", "path": "/login"},
         "expect": [{"status": 204}, {"cookie": {"name": "sid", "attribute": "HttpOnly", "exists": true}}]},
        {"id": "make", "request": {"method": "POST", "path": "/notes", "json": {"title": "ü"}},
         "capture": {"at": {"header": "Location"}, "id": {"jsonpath": "$.id"}}, "expect": [{"status": 201}]},
        {"id": "read", "request": {"method": "GET", "path": "{{at}}"}, "expect": [{"jsonpath": {"path": "$.id", "eq": "{{id}}"}}]},
        {"id": "again", "request": {"method": "GET", "path": "/notes/{{id}}"}, "expect": [{"status": 200}]},
    ]}));
    let (performed, verdict) = ran(&drill, &address);
    assert!(verdict.passed(), "{verdict:#?}");
    assert_eq!(performed.called[3].url, format!("{address}/notes/a%20b"));
}

#[test]
fn a_redirect_is_seen_and_not_followed() {
    let address = service(|_, _| said("302 Found", "location: http://example.org/\r\n", ""));
    let drill = drill(json!({"steps": [
        {"id": "a", "request": {"method": "GET", "path": "/"}, "capture": {"at": {"header": "location"}},
         "expect": [{"status": 302}, {"header": {"name": "Location", "eq": "http://example.org/"}}]},
        {"id": "b", "request": {"method": "GET", "path": "{{at}}"}, "expect": [{"status": 200}]},
    ]}));
    let (performed, verdict) = ran(&drill, &address);
    assert!(verdict.assertions[..3].iter().all(|one| one.outcome == cairn_drill::Outcome::Passed), "{verdict:#?}");
    let error = performed.transcript.exchanges[1].error.as_deref().unwrap();
    assert_eq!(error, "not sent, since an answer led away from the service to http://example.org/");
}

/// No request of the burst is answered before all of them have come, so they have to be under way together.
#[test]
fn a_burst_is_sent_at_once() {
    const TIMES: usize = 20;
    let here = Arc::new((Mutex::new(0), Condvar::new()));
    let address = service(move |_, _| {
        let (count, changed) = &*here;
        let mut count = count.lock().unwrap();
        *count += 1;
        changed.notify_all();
        drop(changed.wait_while(count, |count| *count < TIMES).unwrap());
        said("200 OK", "", r#"{"id":1}"#)
    });
    let drill = drill(json!({"steps": [{"id": "race", "request": {"method": "POST", "path": "/"}, "burst": TIMES,
        "expect_group": [{"distinct": {"jsonpath": "$.id"}, "eq": 1}, {"all": {"status": 200}}]}]}));
    let (performed, verdict) = ran(&drill, &address);
    assert!(verdict.passed(), "{verdict:#?}");
    assert_eq!((performed.transcript.exchanges.len(), performed.called[0].times), (TIMES, TIMES as u32));
}

#[test]
fn what_comes_later_is_waited_for() {
    let asked = AtomicUsize::new(0);
    let address = service(move |_, _| {
        let ready = asked.fetch_add(1, Ordering::SeqCst) == 2;
        said(if ready { "200 OK" } else { "404 Not Found" }, "", "")
    });
    let drill = drill(json!({"steps": [{"id": "job", "request": {"method": "GET", "path": "/job"},
        "eventually": {"timeout_ms": 4_950, "every_ms": 50}, "expect": [{"status": 200}]}]}));
    let (performed, verdict) = ran(&drill, &address);
    assert!(verdict.passed(), "{verdict:#?}");
    let turns: Vec<u32> = performed.transcript.exchanges.iter().map(|exchange| exchange.turn).collect();
    assert_eq!((turns, performed.called[0].times), (vec![2], 3), "it stops as soon as it holds");
}

#[test]
fn bodies_and_headers_are_cut_to_what_a_transcript_may_have() {
    let address = service(|first, _| match first {
        "GET /long HTTP/1.1" => said("200 OK", "", &"x".repeat(100_000)),
        _ => said("200 OK", &format!("a: {}\r\nb: c\r\n", "y".repeat(9_000)), "fits"),
    });
    let drill = drill(json!({"body_bytes": 100, "steps": [
        {"id": "long", "request": {"method": "GET", "path": "/long"}, "expect": [{"body": {"count": 100}}]},
        {"id": "flood", "request": {"method": "GET", "path": "/flood"}, "expect": [{"body": "fits"}]},
    ]}));
    let (performed, verdict) = ran(&drill, &address);
    assert!(verdict.passed(), "{verdict:#?}");
    let cut: Vec<bool> = performed.transcript.exchanges.iter().map(|one| one.response.as_ref().unwrap().cut).collect();
    assert_eq!(cut, [true, false]);
}

#[test]
fn a_service_that_is_not_there_is_told() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let drill =
        drill(json!({"steps": [{"id": "a", "request": {"method": "GET", "path": "/"}, "expect": [{"status": 200}]}]}));
    let (performed, verdict) = ran(&drill, &address);
    assert!(!verdict.passed() && performed.silence().unwrap().contains("refused"), "{:?}", performed.silence());
}

#[test]
fn only_this_machine_is_called_unless_a_host_is_allowed() {
    let drill =
        drill(json!({"steps": [{"id": "a", "request": {"method": "GET", "path": "/"}, "expect": [{"status": 200}]}]}));
    let service = |address: &str, allowed: &[&str]| {
        let allowed: Vec<String> = allowed.iter().map(|host| (*host).to_owned()).collect();
        Service::new(&drill, Some(address), &allowed)
    };
    for address in
        ["http://127.0.0.1:1", "http://localhost:1/", "https://[::1]:1", "http://127.9.9.9", "http://notes.localhost"]
    {
        assert!(service(address, &[]).is_ok(), "{address}");
    }
    for address in [
        "http://example.org",
        "http://192.168.1.5:80",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "127.0.0.1:1",
        "http://u:p@127.0.0.1",
        "http://127.0.0.1/?q",
        "",
    ] {
        assert_eq!(service(address, &[]).err().map(|failure| failure.exit), Some(crate::Exit::Usage), "{address}");
    }
    assert!(service("http://Example.org:8080", &["example.ORG"]).is_ok());
    assert!(service("http://other.org", &["example.org"]).is_err());
}

#[test]
fn a_drill_may_keep_its_address() {
    let drill = drill(json!({"base_url": {"default": "http://127.0.0.1:1", "override": false},
        "steps": [{"id": "a", "request": {"method": "GET", "path": "/"}, "expect": [{"status": 200}]}]}));
    assert!(Service::new(&drill, None, &[]).is_ok() && Service::new(&drill, Some("http://127.0.0.1:1/"), &[]).is_ok());
    assert!(Service::new(&drill, Some("http://127.0.0.1:2"), &[]).err().unwrap().detail.contains("only"));
}

#[test]
fn a_plan_of_requests_has_names_for_what_is_not_known_yet() {
    let drill = drill(json!({"steps": [
        {"id": "a", "request": {"method": "POST", "path": "/a"}, "capture": {"id": {"jsonpath": "$.id"}}, "expect": [{"status": 200}]},
        {"id": "b", "request": {"method": "PUT", "path": "/a/{{id}}", "headers": {"X": "<{{id}}>"}, "json": ["{{id}}"]}, "burst": 3},
        {"id": "c", "request": {"method": "GET", "path": "{{id}}"}},
    ]}));
    let planned = planned(&drill, &Vars::new(), &Service::new(&drill, None, &[]).unwrap());
    let b = planned[1].2.as_ref().unwrap();
    assert_eq!((b.url.as_str(), planned[1].1), ("http://127.0.0.1:8080/a/{id}", 3));
    assert_eq!((b.headers[0].1.as_str(), b.body.as_deref()), ("<{id}>", Some(&br#"["{id}"]"#[..])));
    assert_eq!(planned[2].2, Err("{id}".to_owned()));
}
