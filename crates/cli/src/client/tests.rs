use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::output::Manner;

/// A request as it arrived: its first line, its headers in lower case, and its body.
pub(crate) struct Seen {
    pub(crate) line: String,
    headers: Vec<String>,
    pub(crate) body: String,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|header| header.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// What a server says: status line, headers, body.
pub(crate) type Answer = (&'static str, &'static str, &'static str);

/// A server that gives these answers in turn. It tells what it was asked.
pub(crate) fn server(answers: Vec<Answer>) -> (String, mpsc::Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for (status, headers, body) in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim_end().is_empty() {
                    break;
                }
                lines.push(line.trim_end().to_owned());
            }
            let line = lines.remove(0);
            let headers_seen: Vec<String> = lines
                .iter()
                .map(|line| line.split_once(": ").map_or(line.clone(), |(n, v)| format!("{}: {v}", n.to_lowercase())))
                .collect();
            let mut seen = Seen { line, headers: headers_seen, body: String::new() };
            let length: u64 = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
            reader.by_ref().take(length).read_to_string(&mut seen.body).unwrap();
            tell.send(seen).unwrap();
            let length = body.len();
            let mut stream = reader.into_inner();
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
                .unwrap();
        }
    });
    (address, told)
}

pub(crate) const JSON: &str = "content-type: application/json\r\n";
pub(crate) const PROBLEM: &str = "content-type: application/problem+json\r\n";

fn output() -> Output {
    Output::captured(Manner::default()).0
}

fn refusal(answer: Answer) -> Failure {
    let (address, _told) = server(vec![answer]);
    Client::new(&address, Some("cairn_x"), &output()).unwrap().get(&["me"]).unwrap_err()
}

#[test]
fn a_token_goes_in_the_header_and_a_name_cannot_lead_elsewhere() {
    let (address, told) = server(vec![("200 OK", JSON, r#"{"id":"x"}"#)]);
    let output = output();
    let client = Client::new(&format!("{address}/"), Some("cairn_abc"), &output).unwrap();
    assert_eq!(client.get(&["lessons", "../users?x"]).unwrap().body["id"], "x");
    let seen = told.recv().unwrap();
    assert_eq!(seen.line, "GET /api/v1/lessons/..%2Fusers%3Fx HTTP/1.1");
    assert_eq!(seen.header("authorization"), Some("Bearer cairn_abc"));
}

#[test]
fn a_list_is_read_to_its_end() {
    let (address, told) = server(vec![
        ("200 OK", JSON, r#"{"items":[1,2],"next":"c&1"}"#),
        ("200 OK", JSON, r#"{"items":[3],"next":null}"#),
    ]);
    let output = output();
    let client = Client::new(&address, None, &output).unwrap();
    assert_eq!(client.list(&["courses"], &[("pack", "p")]).unwrap(), [1, 2, 3]);
    assert_eq!(told.recv().unwrap().line, "GET /api/v1/courses?pack=p&limit=200 HTTP/1.1");
    assert_eq!(told.recv().unwrap().line, "GET /api/v1/courses?pack=p&limit=200&cursor=c%261 HTTP/1.1");
}

#[test]
fn a_problem_becomes_a_failure_with_its_code_and_advice() {
    let body = r#"{"title":"You are already enrolled","status":409,"detail":"You are enrolled on `http`.","code":"already_enrolled","instance":"r1"}"#;
    let failure = refusal(("409 Conflict", PROBLEM, body));
    assert_eq!((failure.exit, failure.code.as_str(), failure.status), (Exit::Failed, "already_enrolled", Some(409)));
    assert_eq!(failure.detail, "You are enrolled on `http`.");
    assert!(failure.help.clone().unwrap().contains("cairn next"));
    assert_eq!(failure.request, None, "an id in the log is of use only where the fault is the server's");
}

#[test]
fn each_kind_of_refusal_has_its_exit() {
    let problem = r#"{"title":"T","detail":"D","code":"credential_expired"}"#;
    assert_eq!(refusal(("401 Unauthorized", PROBLEM, problem)).exit, Exit::SignedOut);
    let problem = r#"{"title":"T","detail":"D","code":"busy","instance":"r7"}"#;
    let busy =
        refusal(("503 Service Unavailable", "content-type: application/problem+json\r\nretry-after: 120\r\n", problem));
    assert_eq!((busy.exit, busy.request.as_deref()), (Exit::Unavailable, Some("r7")));
    assert_eq!(busy.help.as_deref(), Some("Try again in 2 minutes."));
    let not_cairn = refusal(("502 Bad Gateway", "content-type: text/html\r\n", "<html>"));
    assert_eq!((not_cairn.exit, not_cairn.status), (Exit::Unavailable, Some(502)));
    assert_eq!(refusal(("200 OK", "content-type: text/html\r\n", "<html>")).exit, Exit::Unavailable);
}

#[test]
fn faults_keep_their_places_and_fields_are_listed() {
    let body = r#"{"title":"T","detail":"2 faults.","code":"pack_invalid","errors":[
        {"pointer":"","detail":"No such file.","file":"a.md","line":3,"column":4,"code":"dangling-link","help":"Mend it."}]}"#;
    let failure = refusal(("422 Unprocessable Content", PROBLEM, body));
    assert_eq!(failure.exit, Exit::Found);
    assert_eq!(failure.faults[0].to_string(), "a.md:3:4: No such file. [dangling-link]");
    let body = r#"{"title":"T","detail":"2 fields break a rule.","code":"invalid","errors":[
        {"pointer":"/name","detail":"Too long.","code":"too_long"},{"pointer":"/days","detail":"Too many.","code":"range"}]}"#;
    let failure = refusal(("422 Unprocessable Content", PROBLEM, body));
    assert_eq!(failure.detail, "2 fields break a rule.\n  name: Too long.\n  days: Too many.");
    assert!(failure.faults.is_empty());
}

#[test]
fn no_answer_is_told_with_a_remedy() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = output();
    let failure = Client::new(&format!("http://{free}"), None, &output).unwrap().get(&["me"]).unwrap_err();
    assert_eq!(failure.exit, Exit::Unavailable);
    assert!(failure.detail.contains(&free.to_string()) && failure.help.clone().unwrap().contains("cairn serve"));
}

#[test]
fn only_addresses_of_servers_are_taken() {
    let output = output();
    for bad in ["learn.example.org", "ftp://x", "", "http://", "file:///etc/passwd"] {
        assert_eq!(Client::new(bad, None, &output).err().map(|failure| failure.exit), Some(Exit::Usage), "{bad}");
    }
}

#[test]
fn plain_http_beyond_this_machine_can_be_read() {
    let output = output();
    let readable = |server: &str| Client::new(server, None, &output).unwrap().is_readable_on_the_way();
    assert!(readable("http://learn.example.org") && readable("http://10.0.0.1:8080"));
    assert!(!readable("https://learn.example.org") && !readable("http://127.0.0.1:8080"));
    assert!(!readable("http://[::1]:8080") && !readable("http://localhost:8080"));
}

#[test]
fn a_session_sends_its_cookie_its_csrf_token_and_its_origin() {
    let opened = r#"{"user":{"id":"u"},"csrf_token":"c1","expires_at":"2026-12-01T00:00:00Z"}"#;
    let headers = "content-type: application/json\r\nset-cookie: __Host-cairn=s1; Path=/; Secure; HttpOnly\r\n";
    let (address, told) =
        server(vec![("201 Created", headers, opened), ("201 Created", JSON, "{}"), ("204 No Content", "", "")]);
    let output = output();
    let client = Client::new(&address, Some("cairn_old"), &output).unwrap();
    let session = client.sign_in("a@example.org", "secret").unwrap();
    let seen = told.recv().unwrap();
    assert_eq!(seen.header("authorization"), None, "whoever signs in does so anew");
    assert_eq!(seen.body, r#"{"email":"a@example.org","password":"secret"}"#);
    session.client().write(Method::POST, &["tokens"], &serde_json::json!({})).unwrap();
    let seen = told.recv().unwrap();
    assert_eq!(seen.header("cookie"), Some("__Host-cairn=s1"));
    assert_eq!(seen.header("x-csrf-token"), Some("c1"));
    assert_eq!(seen.header("origin"), Some(address.as_str()));
    session.end().unwrap();
    assert_eq!(told.recv().unwrap().line, "DELETE /api/v1/session HTTP/1.1");
}

#[test]
fn an_upload_is_sent_whole_with_its_type_and_condition() {
    let (address, told) = server(vec![("200 OK", JSON, "{}")]);
    let output = output();
    let client = Client::new(&address, Some("cairn_x"), &output).unwrap();
    let archive = (b"archive".to_vec(), "application/gzip");
    client
        .upload(&["packs", "p", "releases"], &[("note", "a b")], archive, Some("\"r2\""), Progress::hidden())
        .unwrap();
    let seen = told.recv().unwrap();
    assert_eq!(seen.line, "POST /api/v1/packs/p/releases?note=a+b HTTP/1.1");
    assert_eq!((seen.header("content-type"), seen.header("if-match")), (Some("application/gzip"), Some("\"r2\"")));
    assert_eq!(seen.body, "archive");
}
