//! Searching as callers see it.

use cairn_domain::identity::Role;
use serde_json::{Value, json};

use super::client::get;
use super::pack;
use super::server::{Backing, Server};

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

pub(super) fn what_is_found_says_where_it_stands_and_why(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let page = anybody.get("/api/v1/search?q=paths%20lead&kind=lesson").expect(200);
    assert_eq!(
        page,
        json!({
            "items": [{
                "kind": "lesson", "id": "first-steps", "slug": "first-steps", "title": "First steps",
                "summary": "What a path is.", "pack": "examples",
                "course": { "kind": "course", "id": "paths", "slug": "paths", "title": "Paths" },
                "excerpt": [
                    { "text": "A ", "match": false }, { "text": "path", "match": true }, { "text": " ", "match": false },
                    { "text": "leads", "match": true }, { "text": " somewhere.", "match": false },
                ],
            }],
            "next": null, "corrected": [], "all_words": true, "more": false,
        })
    );
    assert_eq!(ids(&anybody.get("/api/v1/search?q=walk&pack=examples").expect(200)), ["walking"]);
    let page = anybody.get("/api/v1/search?q=wlaking").expect(200);
    assert_eq!((ids(&page), &page["corrected"]), (vec!["walking"], &json!([{ "from": "wlaking", "to": "walking" }])));
    let page = anybody.get("/api/v1/search?q=outdoors+zzzz").expect(200);
    assert_eq!((ids(&page), &page["all_words"]), (vec!["outdoors"], &json!(false)));
    let none = anybody.get("/api/v1/search?q=zzzz").expect(200);
    assert_eq!((ids(&none).len(), &none["next"]), (0, &Value::Null));
    // Of the quiz: a choice, and the explanation.
    for secret in ["nowhere", "says"] {
        assert!(ids(&anybody.get(&format!("/api/v1/search?q={secret}")).expect(200)).is_empty(), "{secret}");
    }
}

pub(super) fn a_query_has_its_form(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let long = format!("q={}", "x".repeat(201));
    for (query, pointer, code) in [
        ("", "/q", "too_short"),
        ("q=", "/q", "too_short"),
        ("q=%20?!", "/q", "too_short"),
        ("q=x", "/q", "too_short"),
        (long.as_str(), "/q", "too_long"),
        ("q=a+b+c+d+e+f+g+h+i", "/q", "too_many"),
        ("q=path&kind=pack", "/kind", "unknown_value"),
        ("q=path&pack=nothing", "/pack", "unknown"),
        ("q=path&limit=0", "/limit", "range"),
        ("q=path&colour=red", "/colour", "unknown_parameter"),
    ] {
        let faults = anybody.get(&format!("/api/v1/search?{query}")).faults(422, "invalid");
        assert_eq!(faults, [(pointer.to_owned(), code.to_owned())], "{query}");
    }
}

pub(super) fn what_is_found_comes_in_pages_of_one_search(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let whole = anybody.all("/api/v1/search?q=path", 200);
    let ids: Vec<_> = whole.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["paths", "paths.reading", "first-steps"]);
    assert_eq!(anybody.all("/api/v1/search?q=path", 1), whole);
    let first = anybody.get("/api/v1/search?q=path&limit=1");
    let cursor = first.expect(200)["next"].as_str().unwrap().to_owned();
    assert_eq!(first.header("link"), format!("</api/v1/search?limit=1&q=path&cursor={cursor}>; rel=\"next\""));
    for other in ["q=paths", "q=path&kind=lesson", "q=path&pack=examples"] {
        anybody.get(&format!("/api/v1/search?{other}&cursor={cursor}")).problem(422, "bad_cursor");
    }
    anybody.get(&format!("/api/v1/search?q=path&cursor=x{}", &cursor[1..])).problem(422, "bad_cursor");
}

pub(super) fn what_was_found_is_kept_until_the_next_release(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let path = "/api/v1/search?q=somewhere";
    let (first, again) = (anybody.get(path), anybody.get(path));
    assert_eq!(
        (ids(&first.expect(200)), &first.bytes, first.etag()),
        (vec!["first-steps"], &again.bytes, again.etag())
    );
    assert_eq!(first.header("cache-control"), "public, max-age=60");
    let metrics = get(server.operator, "/metrics");
    assert!(metrics.text().contains("cairn_http_published_total{result=\"rendered\"} 1\n"), "{}", metrics.text());
    let author = server.program("author@example.org", &[Role::Author]);
    let changed = pack::changed(&[("courses/paths/first-steps.md", "*somewhere*", "*home*")]);
    author.send_pack("/api/v1/packs/examples/releases", changed).expect(201);
    assert!(ids(&anybody.get(path).expect(200)).is_empty(), "a release is seen at once");
    assert_eq!(ids(&anybody.get("/api/v1/search?q=leads+home").expect(200)), ["first-steps"]);
}
