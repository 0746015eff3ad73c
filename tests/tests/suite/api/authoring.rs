//! Plans, releases, roll backs and exports.

use cairn_content::TarGz;
use cairn_domain::catalog::PackFormat;
use cairn_domain::identity::{Role, Scope};
use reqwest::Method;
use serde_json::json;
use std::cell::RefCell;
use std::io::Write as _;
use std::net::TcpStream;

use super::client::{Caller, send};
use super::learning::enrol;
use super::pack;
use super::running::until;
use super::server::{Backing, Server};

const RELEASES: &str = "/api/v1/packs/examples/releases";
const PLANS: &str = "/api/v1/packs/examples/plans";

fn second() -> Vec<u8> {
    pack::changed(&[("courses/paths/first-steps.md", "leads", "always leads")])
}

pub(super) fn a_plan_shows_and_writes_nothing(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    enrol(&server.program("learner@example.org", &[]));
    let plan = author.send_pack(PLANS, second()).expect(200);
    assert_eq!((&plan["from"], &plan["number"], &plan["enrolments"]), (&json!(1), &json!(2), &json!(1)));
    assert_eq!(
        plan["changes"],
        json!([{
            "action": "changed", "kind": "lesson", "id": "first-steps", "title": "First steps", "parts": ["text"],
            "enrolments": 1,
        }])
    );
    assert_eq!(server.anybody().all(RELEASES, 50).len(), 1);
}

pub(super) fn a_release_is_seen_at_once_and_rolled_back(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let anybody = server.anybody();
    let before = anybody.get("/api/v1/lessons/first-steps");
    assert_eq!(anybody.get("/api/v1/packs/examples").etag(), "\"r1\"");
    let request = author.pack_request(&format!("{RELEASES}?note=Better%20words"), second());
    let applied = send(request.header("if-match", "\"r1\""));
    let body = applied.expect(201);
    assert_eq!((&body["release"]["number"], &body["release"]["note"]), (&json!(2), &json!("Better words")));
    assert_eq!(body["release"]["created_by"], author.id);
    assert_eq!(applied.header("location"), "/api/v1/packs/examples/releases/2");
    assert_eq!(anybody.get(applied.header("location")).expect(200), body["release"]);
    let after = anybody.get("/api/v1/lessons/first-steps");
    assert!(after.text().contains("always leads") && after.etag() != before.etag());
    assert_eq!(anybody.get("/api/v1/packs/examples").etag(), "\"r2\"");
    let unchanged = author.send_pack(RELEASES, second());
    assert_eq!(unchanged.expect(200)["created"], false);
    let late = author.pack_request(RELEASES, pack::examples()).header("if-match", "\"r1\"");
    send(late).problem(412, "release_moved");
    let later = author.pack_request(RELEASES, pack::examples()).header("if-match", "\"r0\", \"r1\"");
    send(later).problem(412, "release_moved");
    let never = author.pack_request(RELEASES, second()).header("if-match", "\"r1\", \"r2\"");
    assert_eq!(send(never).expect(200)["created"], false, "one of the two is the present one");
    let back = author.post(&format!("{RELEASES}/1/rollback"), &json!({ "note": "Worse words" })).expect(201);
    assert_eq!((&back["release"]["number"], &back["release"]["rolled_back_to"]), (&json!(3), &json!(1)));
    assert_eq!(anybody.get("/api/v1/lessons/first-steps").etag(), before.etag());
    author.post(&format!("{RELEASES}/3/rollback"), &json!({})).problem(409, "duplicate");
    author.post(&format!("{RELEASES}/9/rollback"), &json!({})).problem(404, "not_found");
    let numbers: Vec<_> = anybody.all(RELEASES, 1).iter().map(|release| release["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [3, 2, 1]);
}

pub(super) fn a_release_that_was_made_is_told_although_it_cannot_be_shown_yet(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let anybody = server.anybody();
    let shown = |text: &str| anybody.get("/api/v1/lessons/first-steps").text().contains(text);
    let all_shown = |text: &str| {
        server.store.take_away(false);
        until(|| shown(text));
    };
    until(|| shown("leads"));
    server.store.take_away_after_release();
    assert_eq!(author.send_pack(RELEASES, second()).expect(201)["release"]["number"], 2);
    assert!(!shown("always leads"));
    all_shown("always leads");
    server.store.take_away_after_release();
    let back = author.post(&format!("{RELEASES}/1/rollback"), &json!({})).expect(201);
    assert_eq!(back["release"]["number"], 3);
    all_shown("A path leads");
}

pub(super) fn a_pack_comes_back_byte_for_byte(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let exported = author.get("/api/v1/packs/examples/archive");
    assert_eq!((exported.status, exported.header("content-type")), (200, "application/gzip"));
    assert!(exported.header("content-disposition").contains("examples-1.tar.gz"));
    let mut files: Vec<_> = cairn_content::unpack(&exported.bytes)
        .unwrap()
        .into_iter()
        .map(|file| (file.path, file.bytes.to_vec()))
        .collect();
    files.sort();
    assert_eq!(files, pack::files());
    assert_eq!(author.get("/api/v1/packs/examples/releases/1/archive").bytes, exported.bytes);
    author.get("/api/v1/packs/examples/releases/2/archive").problem(404, "not_found");
    author.get("/api/v1/packs/nothing/archive").problem(404, "not_found");
}

pub(super) fn faults_of_a_pack_are_told_with_their_places(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let broken = pack::changed(&[
        ("courses/paths/first-steps.md", "minutes: 10", "minutes: 0"),
        ("courses/paths/first-steps.md", "A path leads", "<script>alert(1)</script>\n\nA path leads"),
        ("courses/paths/steps-quiz.md", "skills: [paths.reading]", "skills: [nothing]"),
    ]);
    for path in [PLANS, RELEASES] {
        let problem = author.send_pack(path, broken.clone()).problem(422, "pack_invalid");
        let errors = problem["errors"].as_array().unwrap();
        assert!(errors.len() >= 3, "{problem}");
        for error in errors {
            assert!(error["file"].as_str().unwrap().starts_with("courses/paths/"), "{error}");
            assert!(error["line"].as_u64().unwrap() > 0 && !error["code"].as_str().unwrap().is_empty());
            assert!(!error["help"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(server.anybody().all(RELEASES, 50).len(), 1);
}

/// A gzipped tar with one member beside the pack's own files.
fn with_member(path: &[u8], kind: tar::EntryType, link: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, content) in pack::files() {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, content.as_slice()).unwrap();
    }
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    // Past the library's own care for names.
    header.as_old_mut().name[..path.len()].copy_from_slice(path);
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    archive.append(&header, content).unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

pub(super) fn hostile_archives_are_refused(on: Backing) {
    use tar::EntryType as Kind;
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let bomb = with_member(b"courses/paths/bomb.png", Kind::Regular, "", &vec![0; 200 << 20]);
    assert!(bomb.len() < 4 << 20, "it is small until it is unpacked");
    let hostile: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no archive", b"hello".to_vec()),
        ("cut short", second()[..200].to_vec()),
        ("an empty pack", TarGz.write(&[]).unwrap()),
        ("a way up", with_member(b"../../../tmp/owned.md", Kind::Regular, "", b"x")),
        ("a way from the root", with_member(b"/etc/cron.d/owned", Kind::Regular, "", b"x")),
        ("a link", with_member(b"courses/paths/passwd.txt", Kind::Symlink, "/etc/passwd", b"")),
        ("a hard link", with_member(b"courses/paths/passwd.txt", Kind::Link, "/etc/passwd", b"")),
        ("a device", with_member(b"courses/paths/zero.txt", Kind::Char, "", b"")),
        ("a file twice", with_member(b"pack.yaml", Kind::Regular, "", b"id: other")),
        ("a bomb", bomb),
    ];
    for (what, archive) in hostile {
        for path in [PLANS, RELEASES] {
            let problem = author.send_pack(path, archive.clone()).problem(422, "pack_invalid");
            assert!(!problem["errors"].as_array().unwrap().is_empty(), "{what}: {problem}");
        }
    }
    author.send_pack("/api/v1/packs/other/plans", second()).problem(422, "invalid");
    author.send_pack("/api/v1/packs/NO/plans", second()).problem(404, "not_found");
    assert_eq!(server.anybody().all(RELEASES, 50).len(), 1);
}

pub(super) fn hostile_markdown_never_reaches_a_reader(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    for text in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href=\"https://example.org\" onclick=\"alert(1)\">a</a>",
        "![a](https://tracker.example/pixel.gif)",
        "<iframe src=\"https://example.org\"></iframe>",
    ] {
        let archive = pack::changed(&[("courses/paths/first-steps.md", "A path leads *somewhere*.", text)]);
        author.send_pack(RELEASES, archive).problem(422, "pack_invalid");
    }
    // What is text stays text, wherever it stands.
    let archive = pack::changed(&[
        ("courses/paths/first-steps.md", "title: First steps", "title: '<script>alert(1)</script>'"),
        ("courses/paths/first-steps.md", "A path leads", "A path `<script>alert(1)</script>` leads"),
        ("courses/paths/steps-quiz.md", "text: Nowhere", "text: '`<img src=x>`'"),
    ]);
    author.send_pack(RELEASES, archive).expect(201);
    let lesson = server.anybody().get("/api/v1/lessons/first-steps").expect(200);
    assert!(!lesson["html"].as_str().unwrap().contains("<script"), "{lesson}");
    assert_eq!(lesson["title"], "<script>alert(1)</script>");
}

pub(super) fn an_id_of_another_pack_is_not_taken(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let other = pack::changed(&[("pack.yaml", "id: examples", "id: other")]);
    author.send_pack("/api/v1/packs/other/plans", other.clone()).problem(409, "id_taken");
    author.send_pack("/api/v1/packs/other/releases", other).problem(409, "id_taken");
    assert_eq!(server.anybody().all("/api/v1/packs", 50).len(), 1);
}

pub(super) fn only_so_many_archives_are_taken_in_at_a_time(on: Backing) {
    let server = Server::start(on);
    let user = server.user("author@example.org", &[Role::Author]);
    let author = Caller::program(&server, &user, &server.token(&user, &Scope::ALL));
    let token = server.token(&user, &Scope::ALL);
    let head = format!(
        "POST {PLANS} HTTP/1.1\r\nHost: cairn\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/gzip\r\nContent-Length: 1000\r\n\r\n"
    );
    let slow = || {
        let mut stream = TcpStream::connect(server.api).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let held = RefCell::new((0..5).map(|_| slow()).collect::<Vec<_>>());
    until(|| {
        let full = author.send_pack(PLANS, second()).status == 503;
        if !full {
            // One that came while this had a place was sent away; another takes it.
            held.borrow_mut().push(slow());
        }
        full
    });
    author.send_pack(PLANS, second()).problem(503, "busy");
    drop(held);
    until(|| author.send_pack(PLANS, second()).status == 200);
}

pub(super) fn nobody_sends_megabytes_who_may_not(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    // The body is not even looked at: it would be of the wrong type.
    let request = learner.request(Method::POST, RELEASES).header("content-type", "text/plain").body("x");
    send(request).problem(403, "role_missing");
}
