//! What is published, as pages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use cairn_content::TarGz;
use cairn_domain::catalog::PackFormat as _;
use cairn_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, send};
use super::pack;
use super::server::{Backing, Server};

const DOCUMENTS: [(&str, &str, &str); 5] = [
    ("/guides/outdoors", "Outdoors", "LearningResource"),
    ("/tracks/walking", "Walking", "Course"),
    ("/courses/paths", "Paths", "Course"),
    ("/lessons/first-steps", "First steps", "LearningResource"),
    ("/skills/paths.reading", "Reading a path", "DefinedTerm"),
];

/// Publishes through the API, so that it is served at once.
fn publish(server: &Server, pack: &str, archive: Vec<u8>) {
    static AUTHORS: AtomicUsize = AtomicUsize::new(0);
    let email = format!("author{}@example.org", AUTHORS.fetch_add(1, Ordering::Relaxed));
    let author = server.program(&email, &[Role::Author]);
    author.send_pack(&format!("/api/v1/packs/{pack}/releases"), archive).expect(201);
}

/// The structured data of a page.
#[track_caller]
fn structured(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/ld+json\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// Every value of an attribute, as it is meant.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let begins = format!(" {name}=\"");
    let values = page.split(begins.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap());
    values.map(|value| value.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

pub(super) fn every_kind_of_document_has_a_page(on: Backing) {
    let server = Server::start(on);
    for (path, title, _) in DOCUMENTS {
        let answer = server.anybody().get(path);
        let page = answer.page(200);
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{path}: {page}");
        assert!(page.len() < 60_000);
    }
    let lesson = server.anybody().get("/lessons/first-steps");
    assert!(lesson.page(200).contains("<em>somewhere</em>") && lesson.text().contains("/skills/paths.reading"));
    assert!(lesson.text().contains("rel=\"next\" href=\"/lessons/steps-quiz\""));
    assert!(lesson.text().contains("/sign-in?return_to=%2Flessons%2Ffirst-steps"));
    let quiz = server.anybody().get("/lessons/steps-quiz");
    assert!(quiz.page(200).contains("1 question; 80 % of the points pass."));
    assert!(!quiz.text().contains("Somewhere"), "the questions come with an attempt");
    let home = server.anybody().get("/");
    for (path, title, _) in &DOCUMENTS[..3] {
        assert!(home.page(200).contains(&format!("<a href=\"{path}\">{title}</a>")), "{path}");
    }
    for missing in ["/lessons/nothing", "/guides/first-steps", "/lessons/Not%20A%20Name", "/style/x.css"] {
        server.anybody().get(missing).page(404);
    }
}

pub(super) fn a_page_has_one_address(on: Backing) {
    let server = Server::start(on);
    publish(
        &server,
        "examples",
        pack::changed(&[("courses/paths/first-steps.md", "kind: reading", "slug: step-one\nkind: reading")]),
    );
    let anybody = server.anybody();
    anybody.get("/lessons/step-one").page(200);
    let moved = anybody.get("/lessons/first-steps");
    assert_eq!((moved.status, moved.header("location")), (308, "/lessons/step-one"));
    let known = server.browser("ada@example.org", &[]).get("/lessons/first-steps");
    assert_eq!((known.status, known.header("location")), (308, "/lessons/step-one"));
    // What others add to an address means nothing.
    assert_eq!(
        anybody.get("/lessons/step-one?utm_source=x&fbclid=y").page(200),
        anybody.get("/lessons/step-one").text()
    );
}

pub(super) fn a_page_is_kept_for_those_who_are_not_signed_in_and_for_nobody_else(on: Backing) {
    let server = Server::start(on);
    let (anybody, browser) = (server.anybody(), server.browser("ada@example.org", &[]));
    for path in ["/lessons/first-steps", "/tracks/walking", "/", "/courses"] {
        let first = anybody.get(path);
        assert_eq!((first.header("cache-control"), first.header("vary")), ("public, max-age=60", "cookie"), "{path}");
        let again = send(anybody.request(Method::GET, path).header("if-none-match", first.etag()));
        assert_eq!((again.status, again.bytes.len()), (304, 0), "{path}");
        let own = browser.get(path);
        assert!(own.page(200).contains("Sign out"), "{path}");
        assert_eq!((own.header("cache-control"), own.headers.contains_key("etag")), ("no-store", false));
        let last = anybody.get(path);
        assert_eq!((last.text(), last.etag()), (first.text(), first.etag()), "{path}");
        assert!(!last.text().contains("Sign out") && !last.text().contains("csrf_token"));
    }
    let style = attributes(anybody.get("/").text(), "href").into_iter().find(|href| href.ends_with(".css")).unwrap();
    let style = anybody.get(&style);
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

pub(super) fn heads_tell_what_a_page_is(on: Backing) {
    let server = Server::start_with(on, |settings| settings.public_origin = Some("https://learn.example.org".into()));
    publish(&server, "examples", pack::examples());
    for (path, title, kind) in DOCUMENTS {
        let answer = server.anybody().get(path);
        let page = answer.page(200);
        let own = format!("https://learn.example.org{path}");
        for head in [
            format!("<title>{title} · Cairn</title>"),
            format!("<link rel=\"canonical\" href=\"{own}\">"),
            format!("<meta property=\"og:title\" content=\"{title}\">"),
            format!("<meta property=\"og:url\" content=\"{own}\">"),
            format!("<span aria-current=\"page\">{title}</span>"),
            "<article class=\"reading\" lang=\"en\">".to_owned(),
        ] {
            assert!(page.contains(&head), "{path} has no {head}");
        }
        let data = structured(page);
        assert_eq!((&data["@graph"][0]["@type"], &data["@graph"][0]["url"]), (&json!(kind), &json!(own)), "{data}");
        assert_eq!(data["@graph"][0]["inLanguage"], "en");
        let steps = data["@graph"][1]["itemListElement"].as_array().unwrap();
        assert_eq!(data["@graph"][1]["@type"], "BreadcrumbList");
        assert_eq!(
            (&steps[0]["item"], &steps.last().unwrap()["name"]),
            (&json!("https://learn.example.org/"), &json!(title))
        );
    }
    let lesson = structured(server.anybody().get("/lessons/first-steps").text());
    assert_eq!(lesson["@graph"][0]["isPartOf"]["url"], "https://learn.example.org/courses/paths");
    assert!(server.anybody().get("/guides/outdoors").text().contains("content=\"Where to begin.\""));
    assert!(server.anybody().get("/sign-in").page(200).contains("<meta name=\"robots\" content=\"noindex\">"));
}

pub(super) fn a_guide_has_contents_links_back_and_a_way_on(on: Backing) {
    let server = Server::start(on);
    let text = "Go out.\n\n## Shoes & `laces`\n\nOn.\n\n### Knots\n\nTie.\n\n## Maps\n\nLook.";
    let link =
        ("courses/paths/course.md", "Two lessons.", "Two lessons, from [outdoors](../../guides/outdoors.md#maps).");
    publish(&server, "examples", pack::changed(&[("guides/outdoors.md", "Go out.", text), link]));
    let answer = server.anybody().get("/guides/outdoors");
    let page = answer.page(200);
    for part in [
        "<li class=\"level-2\"><a href=\"#shoes--laces\">Shoes &amp; laces</a></li>",
        "<li class=\"level-3\"><a href=\"#knots\">Knots</a></li>",
        "<h2 id=\"page:linked-from\">Pages that lead here</h2>",
        "<a href=\"/courses/paths\">Paths</a>",
        "<a href=\"/tracks/walking\">On foot</a>",
        "By boat <span class=\"kind\">planned</span>",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    let course = server.anybody().get("/courses/paths");
    assert!(course.page(200).contains("href=\"/guides/outdoors#maps\""));
}

pub(super) fn no_text_of_an_author_or_a_user_becomes_markup(on: Backing) {
    let server = Server::start(on);
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onfocus=\"alert(3)";
    let quoted = format!("'{}'", hostile.replace('\'', "''"));
    let (title, summary) = (format!("title: {quoted}"), format!("summary: {quoted}"));
    publish(
        &server,
        "examples",
        pack::changed(&[
            ("guides/outdoors.md", "title: Outdoors", &title),
            ("guides/outdoors.md", "summary: Where to begin.", &summary),
            ("guides/outdoors.md", "{ title: On foot, summary: Step by step.,", &format!("{{ {title}, {summary},")),
            ("tracks/walking.md", "title: Walking", &title),
            ("tracks/walking.md", "summary: All about walking.", &summary),
            ("courses/paths/course.md", "title: Paths", &title),
            ("courses/paths/course.md", "summary: From the first step to the last.", &summary),
            ("courses/paths/first-steps.md", "title: First steps", &title),
            ("courses/paths/first-steps.md", "summary: What a path is.", &summary),
            ("pack.yaml", "title: Examples", &title),
            ("pack.yaml", "summary: What the documentation shows.", &summary),
            ("pack.yaml", "title: Reading a path", &title),
            ("pack.yaml", "authors: [Ada]", &format!("authors: [{quoted}]")),
        ]),
    );
    let browser = server.browser("ada@example.org", &[]);
    let renamed = browser.form("/account", &[("name", hostile), ("version", "1")]);
    assert_eq!(renamed.led_to(), "/account?saved=name");
    browser.form("/account/tokens", &[("name", hostile), ("days", "1"), ("scopes", "account:read")]).page(200);
    let anybody = server.anybody();
    let paths = ["/", "/guides", "/tracks", "/courses", "/account", "/account/tokens", "/lessons/steps-quiz"];
    for path in paths.into_iter().chain(DOCUMENTS.iter().map(|(path, ..)| *path)) {
        for caller in [&anybody, &browser] {
            let answer = caller.get(path);
            if answer.status == 303 {
                continue;
            }
            let page = answer.page(200);
            // Escaped, it stands in the text of a page or in its structured data; nowhere else is there a `<` of it.
            assert!(page.contains("alert(1)"), "{path} does not show it");
            assert!(!page.contains("<script>") && !page.contains("<img src=x"), "{path}: {page}");
            let (before, data) = page.split_once("application/ld+json").unwrap_or((page, ""));
            let after = data.split_once("</script>").map_or("", |(_, after)| after);
            assert!(!before.contains("\" onfocus") && !after.contains("\" onfocus"), "{path}: {page}");
            assert_eq!(page.matches("<script").count(), page.matches("application/ld+json").count(), "{path}");
            if page.contains("application/ld+json") {
                structured(page);
            }
        }
    }
    let name = server.anybody().get("/guides/outdoors");
    assert_eq!(structured(name.text())["@graph"][0]["name"], hostile, "and it says what was written");
    let feed = anybody.get("/releases.atom");
    assert!(feed.text().contains("&#60;script&#62;") || feed.text().contains("&lt;script&gt;"), "{}", feed.text());
    for query in ["return_to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "return_to=/%22%3E%3Cscript%3E"] {
        let page = anybody.get(&format!("/sign-in?{query}"));
        assert!(!page.page(200).contains("<script"), "{}", page.text());
    }
}

pub(super) fn a_track_shows_where_its_learner_stands(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser("ada@example.org", &[]);
    let states = |page: &str| -> Vec<String> {
        let list = page.split_once("id=\"page:courses\"").unwrap().1;
        list.split("class=\"state\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    };
    let drawn = |page: &str, words: &str| page.split_once("<svg viewBox").is_some_and(|(_, svg)| svg.contains(words));
    let before = browser.get("/tracks/walking");
    assert!(states(before.page(200)).is_empty() && drawn(before.text(), ">reading<"));
    assert!(before.text().contains("aria-hidden=\"true\" focusable=\"false\""));
    let body = json!({ "kind": "track", "id": "walking" });
    let id = browser.post("/api/v1/enrolments", &body).expect(201)["id"].as_str().unwrap().to_owned();
    let enrolled = browser.get("/tracks/walking");
    assert_eq!(states(enrolled.page(200)), ["next", "locked"]);
    assert!(drawn(enrolled.text(), "reading · next") && drawn(enrolled.text(), "quiz · locked"), "{}", enrolled.text());
    browser.put(&format!("/api/v1/enrolments/{id}/lessons/first-steps/completion"), &json!({})).expect(200);
    let on_the_way = browser.get("/tracks/walking");
    assert_eq!(states(on_the_way.page(200)), ["done", "next"]);
    let other = server.browser("grace@example.org", &[]).get("/tracks/walking");
    assert!(states(other.page(200)).is_empty(), "nobody sees how far another is");
    // Who gave up stands nowhere.
    let etag = browser.get(&format!("/api/v1/enrolments/{id}")).etag();
    browser.patch(&format!("/api/v1/enrolments/{id}"), Some(&etag), &json!({ "state": "withdrawn" })).expect(200);
    assert!(states(browser.get("/tracks/walking").page(200)).is_empty());
}

pub(super) fn pages_outlive_the_database(on: Backing) {
    let server = Server::start(on);
    let (anybody, browser) = (server.anybody(), server.browser("ada@example.org", &[]));
    let before = anybody.get("/lessons/first-steps");
    before.page(200);
    server.store.take_away(true);
    assert_eq!(anybody.get("/lessons/first-steps").text(), before.text());
    let refused = browser.get("/account");
    assert!(refused.page(503).contains("Try again in a moment.") && refused.headers.contains_key("retry-after"));
    assert!(!refused.text().contains("db.internal"));
    server.store.take_away(false);
}

pub(super) fn lists_go_on_where_they_are_long(on: Backing) {
    let server = Server::start(on);
    let mut files = cairn_content::unpack(&pack::examples()).unwrap();
    for n in 0..60 {
        let text = format!("---\nid: guide-{n:02}\ntitle: Guide {n:02}\nsummary: One.\n---\nText.\n");
        files.push(cairn_content::pack_file(format!("guides/guide-{n:02}.md"), text.into_bytes()));
    }
    publish(&server, "examples", TarGz.write(&files).unwrap());
    let anybody = server.anybody();
    let (mut path, mut seen) = ("/guides".to_owned(), 0);
    loop {
        let answer = anybody.get(&path);
        let page = answer.page(200);
        seen += page.matches("<h3><a href=\"/guides/").count();
        match page.split_once("<a rel=\"next\" href=\"") {
            Some((_, rest)) => path = rest.split('"').next().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, 61);
    assert!(anybody.get("/").page(200).contains("49 more"));
    anybody.get("/guides?cursor=x").page(422);
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, begins: &str, ends: &str) -> Vec<&'a str> {
    text.split(begins).skip(1).map(|rest| rest.split(ends).next().unwrap()).collect()
}

pub(super) fn the_sitemap_lists_every_page_and_the_feed_every_release(on: Backing) {
    let server = Server::start_with(on, |settings| settings.public_origin = Some("https://learn.example.org".into()));
    publish(&server, "examples", pack::examples());
    server.clock.advance(std::time::Duration::from_secs(60));
    publish(&server, "examples", pack::changed(&[("guides/outdoors.md", "Go out.", "Go.")]));
    let anybody = server.anybody();
    let map = anybody.get("/sitemap.xml");
    assert_eq!((map.status, map.header("content-type")), (200, "application/xml; charset=utf-8"));
    let listed: BTreeSet<_> = between(map.text(), "<loc>", "</loc>").into_iter().collect();
    for (path, ..) in DOCUMENTS {
        assert!(listed.contains(format!("https://learn.example.org{path}").as_str()), "{path}");
    }
    for address in listed {
        anybody.get(address.strip_prefix("https://learn.example.org").unwrap()).page(200);
    }
    assert_eq!(anybody.get("/sitemaps/1.xml").text(), map.text());
    for missing in ["/sitemaps/2.xml", "/sitemaps/0.xml", "/sitemaps/x.xml", "/sitemaps/1"] {
        anybody.get(missing).page(404);
    }
    let robots = anybody.get("/robots.txt");
    assert!(robots.text().contains("Sitemap: https://learn.example.org/sitemap.xml"));
    let feed = anybody.get("/releases.atom");
    assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
    let titles = between(feed.text(), "<entry>\n<title>", "</title>");
    assert_eq!(titles, ["Examples, release 2", "Examples, release 1"], "{}", feed.text());
    // A server that was not told where it is goes by how it was asked.
    let server = Server::start(on);
    let map = server.anybody().get("/sitemap.xml");
    assert!(map.text().contains(&format!("<loc>http://{}/lessons/first-steps</loc>", server.api)));
    assert_eq!(map.header("cache-control"), "no-store");
}

/// Follows every link of every page, as somebody may who is signed in or not.
fn crawl(caller: &Caller<'_>) -> BTreeMap<String, Answer> {
    let mut seen: BTreeMap<String, Answer> = BTreeMap::new();
    let mut ahead = vec![("/".to_owned(), "the start".to_owned())];
    while let Some((path, from)) = ahead.pop() {
        if seen.contains_key(&path) {
            continue;
        }
        let mut answer = caller.get(&path);
        if let (308, location) = (answer.status, answer.header("location").to_owned()) {
            answer = caller.get(&location);
        }
        assert!(matches!(answer.status, 200 | 303), "{from} leads to {path}: {}", answer.status);
        if answer.header("content-type").starts_with("text/html") && !path.starts_with("/api/") {
            let page = answer.page(200);
            let links = attributes(page, "href").into_iter().chain(attributes(page, "src"));
            for link in links.filter(|link| link.starts_with('/') && !link.starts_with("//")) {
                ahead.push((link.split('#').next().unwrap().to_owned(), path.clone()));
            }
        }
        seen.insert(path, answer);
    }
    seen
}

pub(super) fn no_link_of_the_shipped_curriculum_is_dead(on: Backing) {
    let server = Server::start_with(on, |settings| settings.sign_up = true);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("content/backend");
    publish(&server, "backend", TarGz.write(&cairn_content::read_dir(&folder).unwrap()).unwrap());
    for caller in [server.anybody(), server.browser("ada@example.org", &[])] {
        let seen = crawl(&caller);
        let pages: Vec<_> = seen.iter().filter(|(path, _)| path.starts_with("/lessons/")).collect();
        assert!(pages.len() >= 18 && seen.len() > 60, "{} pages", seen.len());
        for (path, answer) in &seen {
            if !answer.header("content-type").starts_with("text/html") || path.starts_with("/api/") {
                continue;
            }
            let page = answer.text();
            assert!(page.len() < 60_000 || !path.starts_with("/lessons/"), "{path} has {} bytes", page.len());
            let ids: BTreeSet<_> = attributes(page, "id").into_iter().collect();
            assert_eq!(ids.len(), attributes(page, "id").len(), "{path} has an id twice");
            for link in attributes(page, "href") {
                let Some((to, anchor)) = link.split_once('#').filter(|_| !link.contains("://")) else { continue };
                let to = if to.is_empty() { page } else { seen[to].text() };
                assert!(attributes(to, "id").iter().any(|id| id == anchor), "{path} leads to {link}");
            }
            // Whatever a browser fetches by itself is this server's own.
            let own = |address: &String| address.starts_with('/') && !address.starts_with("//");
            assert!(attributes(page, "src").iter().all(own), "{path}");
            for link in between(page, "<link ", ">") {
                let canonical = link.contains("rel=\"canonical\"");
                assert!(canonical || own(&attributes(&format!(" {link}"), "href")[0]), "{path}: {link}");
            }
        }
    }
}
