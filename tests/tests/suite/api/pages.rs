//! Lists in pages.

use cairn_domain::identity::Role;

use super::client::send;
use super::server::{Backing, Server};
use reqwest::Method;

pub(super) fn pages_tile_a_list(on: Backing) {
    let server = Server::start(on);
    let admin = server.program("admin@example.org", &[Role::Admin]);
    for n in 0..7 {
        server.user(&format!("user{n}@example.org"), &[]);
    }
    for sort in ["created", "email"] {
        let path = format!("/api/v1/users?sort={sort}");
        let whole = admin.all(&path, 200);
        assert_eq!(whole.len(), 8);
        assert_eq!(admin.all(&path, 3), whole, "{sort}");
    }
    // Somebody who comes in between is neither shown twice nor does anybody get lost.
    let first = admin.get("/api/v1/users?sort=email&limit=4").expect(200);
    server.user("aaa@example.org", &[]);
    let rest = admin.get(&format!("/api/v1/users?sort=email&cursor={}", first["next"].as_str().unwrap())).expect(200);
    assert_eq!(first["items"].as_array().unwrap().len() + rest["items"].as_array().unwrap().len(), 8);
}

pub(super) fn a_page_links_to_the_next(on: Backing) {
    let server = Server::start(on);
    let page = server.anybody().get("/api/v1/lessons?course=paths&limit=1");
    let next = page.expect(200)["next"].as_str().unwrap().to_owned();
    let link = page.header("link");
    assert_eq!(link, format!("</api/v1/lessons?course=paths&limit=1&cursor={next}>; rel=\"next\""));
    let second = server.anybody().get(link.trim_start_matches('<').split('>').next().unwrap());
    assert_eq!(second.expect(200)["items"][0]["id"], "steps-quiz");
    assert!(!second.headers.contains_key("link"));
}

pub(super) fn a_limit_has_its_range(on: Backing) {
    let server = Server::start(on);
    for bad in ["0", "201", "-1", "ten", ""] {
        let faults = server.anybody().get(&format!("/api/v1/lessons?limit={bad}")).faults(422, "invalid");
        assert_eq!(faults, [("/limit".to_owned(), "range".to_owned())], "{bad}");
    }
    server.anybody().get("/api/v1/lessons?limit=200").expect(200);
}

pub(super) fn a_tampered_cursor_is_refused(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let page = anybody.get("/api/v1/lessons?limit=1").expect(200);
    let cursor = page["next"].as_str().unwrap();
    anybody.get(&format!("/api/v1/lessons?cursor={cursor}")).expect(200);
    let mut changed = cursor.as_bytes().to_vec();
    changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for bad in [changed.as_str(), &cursor[1..], "", "x", &"A".repeat(5000)] {
        anybody.get(&format!("/api/v1/lessons?cursor={bad}")).problem(422, "bad_cursor");
    }
    // Of another list, or of the same with another filter.
    for path in ["/api/v1/courses?", "/api/v1/lessons?course=paths&", "/api/v1/lessons?pack=examples&"] {
        anybody.get(&format!("{path}cursor={cursor}")).problem(422, "bad_cursor");
    }
    let empty = send(anybody.bare(Method::GET, "/api/v1/lessons?cursor=a&cursor=b"));
    assert_eq!(empty.faults(422, "invalid"), [("/cursor".to_owned(), "duplicate".to_owned())]);
}
