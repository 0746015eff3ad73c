//! What is published.

use reqwest::Method;
use serde_json::json;

use super::client::{get, send};
use super::pack;
use super::server::{Backing, Server};

pub(super) fn documents_are_shown_by_id_with_all_that_they_name(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let lesson = anybody.get("/api/v1/lessons/first-steps").expect(200);
    assert_eq!(lesson["title"], "First steps");
    assert!(lesson["html"].as_str().unwrap().contains("<em>somewhere</em>"));
    assert_eq!(lesson["course"]["id"], "paths");
    assert_eq!(lesson["previous"], json!(null));
    assert_eq!(lesson["next"]["id"], "steps-quiz");
    assert_eq!(lesson["teaches"][0]["id"], "paths.reading");
    assert_eq!(lesson["retired"], false);
    let quiz = anybody.get("/api/v1/lessons/steps-quiz").expect(200);
    assert_eq!(quiz["requires"][0]["taught_by"][0]["id"], "first-steps");
    assert_eq!(quiz["quiz"]["pass_mark"], 80);
    assert_eq!(quiz["quiz"]["attempts"], json!(null));
    let course = anybody.get("/api/v1/courses/paths").expect(200);
    assert_eq!((course["minutes"].clone(), course["lessons"].as_array().unwrap().len()), (json!(15), 2));
    assert_eq!(course["tracks"][0]["id"], "walking");
    assert_eq!(anybody.get("/api/v1/tracks/walking").expect(200)["courses"][0]["id"], "paths");
    let guide = anybody.get("/api/v1/guides/outdoors").expect(200);
    assert_eq!(guide["stages"][0]["target"]["id"], "walking");
    assert_eq!(
        (guide["stages"][1]["status"].clone(), guide["stages"][1]["target"].clone()),
        (json!("planned"), json!(null))
    );
    assert_eq!(anybody.get("/api/v1/skills/paths.reading").expect(200)["taught_by"][0]["id"], "first-steps");
}

pub(super) fn nothing_published_tells_an_answer(on: Backing) {
    let server = Server::start(on);
    for path in ["/api/v1/lessons/steps-quiz", "/api/v1/lessons", "/api/v1/courses/paths", "/api/v1/packs/examples"] {
        let text = server.anybody().get(path).text().to_owned();
        assert!(!text.contains("Somewhere") && !text.contains("The lesson says so"), "{path}: {text}");
    }
}

pub(super) fn what_is_published_may_be_kept_and_is_spared_when_it_is_known(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    for path in [
        "/api/v1/lessons/first-steps",
        "/api/v1/lessons",
        "/api/v1/packs",
        "/api/v1/packs/examples",
        "/api/v1/packs/examples/releases",
        "/api/v1/packs/examples/releases/1",
        "/api/v1/tracks?limit=1",
    ] {
        // Once rendered, once from memory: both are one answer.
        let (first, again) = (anybody.get(path), anybody.get(path));
        first.expect(200);
        assert_eq!(first.bytes, again.bytes);
        assert_eq!(first.etag(), again.etag());
        assert_eq!(first.header("cache-control"), "public, max-age=60");
        for tag in [first.etag(), format!("\"x\", W/{}", first.etag()), "*".to_owned()] {
            let spared = send(anybody.bare(Method::GET, path).header("if-none-match", &tag));
            assert_eq!((spared.status, spared.bytes.len(), spared.etag()), (304, 0, first.etag()), "{path} {tag}");
        }
        send(anybody.bare(Method::GET, path).header("if-none-match", "\"other\"")).expect(200);
        let head = send(anybody.bare(Method::HEAD, path));
        assert_eq!((head.status, head.bytes.len(), head.etag()), (200, 0, first.etag()));
        assert_eq!(head.header("content-length"), first.bytes.len().to_string());
    }
}

pub(super) fn what_is_not_there_is_not_found(on: Backing) {
    let server = Server::start(on);
    for path in [
        "/api/v1/lessons/nothing",
        "/api/v1/courses/first-steps",
        "/api/v1/lessons/NOT-AN-ID",
        "/api/v1/packs/nothing",
        "/api/v1/packs/nothing/releases",
        "/api/v1/packs/examples/releases/2",
        "/api/v1/packs/examples/releases/0",
        "/api/v1/packs/examples/releases/01",
        "/api/v1/packs/examples/releases/x",
    ] {
        server.anybody().get(path).problem(404, "not_found");
    }
}

pub(super) fn filters_are_documented_ones(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let ids = |path: &str| -> Vec<_> {
        let page = anybody.get(path).expect(200);
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("/api/v1/lessons?course=paths"), ["first-steps", "steps-quiz"]);
    assert_eq!(ids("/api/v1/lessons?pack=examples"), ["first-steps", "steps-quiz"]);
    let unknown = |path: &str, pointer: &str, code: &str| {
        assert_eq!(anybody.get(path).faults(422, "invalid"), [(pointer.to_owned(), code.to_owned())], "{path}");
    };
    unknown("/api/v1/lessons?course=nothing", "/course", "unknown");
    unknown("/api/v1/lessons?pack=nothing", "/pack", "unknown");
    unknown("/api/v1/lessons?pack=NO", "/pack", "not_an_id");
    unknown("/api/v1/lessons?colour=red", "/colour", "unknown_parameter");
    unknown("/api/v1/lessons/first-steps?colour=red", "/colour", "unknown_parameter");
}

pub(super) fn former_slugs_and_moved_ids_lead_on(on: Backing) {
    let server = Server::start(on);
    server.apply(&pack::changed(&[(
        "courses/paths/first-steps.md",
        "id: first-steps\n",
        "id: first-steps\nslug: the-very-first-steps\n",
    )]));
    let author = server.program("author@example.org", &[cairn_domain::identity::Role::Author]);
    // The refresh runs in the background; one request for it makes sure.
    super::running::until(|| server.anybody().get("/api/v1/lessons/the-very-first-steps").status == 200);
    let renamed = pack::changed(&[
        ("courses/paths/first-steps.md", "id: first-steps\n", "id: steps.first\nslug: the-very-first-steps\n"),
        ("courses/paths/course.md", "[first-steps,", "[steps.first,"),
        ("pack.yaml", "skills:\n", "moved:\n  - { kind: lesson, from: first-steps, to: steps.first }\nskills:\n"),
    ]);
    author.send_pack("/api/v1/packs/examples/releases", renamed).expect(201);
    let anybody = server.anybody();
    anybody.get("/api/v1/lessons/steps.first").expect(200);
    let moved = anybody.get("/api/v1/lessons/first-steps");
    assert_eq!((moved.status, moved.header("location")), (308, "/api/v1/lessons/the-very-first-steps"));
    assert!(anybody.get(moved.header("location")).status == 200);
}

pub(super) fn a_retired_document_is_shown_and_not_listed(on: Backing) {
    let server = Server::start(on);
    let author = server.program("author@example.org", &[cairn_domain::identity::Role::Author]);
    let smaller = pack::without("courses/paths/steps-quiz.md", &[("courses/paths/course.md", ", steps-quiz]", "]")]);
    author.send_pack("/api/v1/packs/examples/releases", smaller).expect(201);
    let anybody = server.anybody();
    assert_eq!(anybody.get("/api/v1/lessons/steps-quiz").expect(200)["retired"], true);
    assert_eq!(anybody.all("/api/v1/lessons", 50).len(), 1);
}

pub(super) fn images_are_served_for_good_in_a_box_of_their_own(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let lesson = anybody.get("/api/v1/lessons/first-steps").expect(200);
    let html = lesson["html"].as_str().unwrap();
    let path = html.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let image = anybody.get(path);
    assert_eq!((image.status, image.header("content-type")), (200, "image/svg+xml"));
    assert!(image.header("cache-control").contains("immutable"));
    assert!(image.header("content-security-policy").contains("sandbox"));
    assert_eq!(send(anybody.bare(Method::GET, path).header("if-none-match", image.etag())).status, 304);
    // A lesson's source holds its answers: no file of it is served under any name.
    let digest = path.trim_start_matches("/assets/").split('.').next().unwrap();
    for other in ["md", "yaml", "png", "txt"] {
        anybody.get(&format!("/assets/{digest}.{other}")).problem(404, "not_found");
    }
    for bad in ["x.svg", "svg", "..%2fpack.yaml"] {
        assert_eq!(anybody.get(&format!("/assets/{bad}")).status, 404);
    }
}

pub(super) fn an_answer_is_kept_once_however_its_address_is_written(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let first = anybody.get("/api/v1/lessons?limit=1&pack=examples");
    let link = "</api/v1/lessons?limit=1&pack=examples&cursor=";
    assert!(first.header("link").starts_with(link), "{}", first.header("link"));
    for same in [
        "/api/v1/lessons?pack=examples&limit=1",
        "/api/v1/lessons?limit=1&pack=examples&",
        "/api/v1/lessons?&&&limit=1&&&pack=examples&&&",
        "/api/v1/lessons?l%69mit=%31&pack=ex%61mples",
        "/api/v1/%6cessons?limit=1&pack=examples",
    ] {
        let again = anybody.get(same);
        assert_eq!((&again.bytes, again.header("link")), (&first.bytes, first.header("link")), "{same}");
    }
    for refused in ["limit=1&limit=1", "limit=1&more=1", "limit=01"] {
        let path = format!("/api/v1/lessons?{refused}");
        anybody.get(&path).problem(422, "invalid");
        anybody.get(&path).problem(422, "invalid");
    }
    let metrics = get(server.operator, "/metrics");
    assert!(metrics.text().contains("cairn_http_published_total{result=\"rendered\"} 1\n"), "{}", metrics.text());
}
