//! Every page of the server, looked at by everybody whom it is for: in both colour schemes, on a desk and on a phone.
//! `just screenshots` keeps what is seen.

use std::collections::BTreeSet;

use cairn_tests::browser::{Request, Tab};

use super::people::{
    Person::{Author, Learner, Visitor},
    World,
};
use super::{people::Person, pictures};

/// The addresses that stand for each page, and who looks at them. All are of the curriculum that ships; what is in
/// braces is found in [`World`].
const PAGES: &[(&str, &[(Person, &str)])] = &[
    ("/", &[(Visitor, "/"), (Learner, "/")]),
    ("/guides", &[(Visitor, "/guides")]),
    ("/guides/{name}", &[(Visitor, "/guides/backend-engineering"), (Visitor, "/guides/deployment")]),
    ("/tracks", &[(Visitor, "/tracks")]),
    ("/tracks/{name}", &[(Visitor, "/tracks/backend"), (Learner, "/tracks/backend")]),
    ("/courses", &[(Visitor, "/courses")]),
    ("/courses/{name}", &[(Visitor, "/courses/http"), (Learner, "/courses/sql")]),
    (
        "/lessons/{name}",
        &[
            (Visitor, "/lessons/http-conditional"),
            (Visitor, "/lessons/http-messages-quiz"),
            (Learner, "/lessons/http-messages"),
            (Learner, "/lessons/http-messages-quiz"),
            (Learner, "/lessons/http-conditional"),
            (Visitor, "/lessons/http-retries-drill"),
            (Learner, "/lessons/sql-nulls-drill"),
            (Visitor, "/lessons/migrations-rename-drill"),
            (Learner, "/lessons/http-capstone"),
            (Author, "/lessons/sql-nulls-drill"),
        ],
    ),
    ("/skills/{name}", &[(Visitor, "/skills/http.pagination")]),
    ("/sign-in", &[(Visitor, "/sign-in?return_to=%2Faccount")]),
    ("/sign-up", &[(Visitor, "/sign-up")]),
    ("/account", &[(Learner, "/account")]),
    ("/account/password", &[(Learner, "/account/password")]),
    ("/account/tokens", &[(Learner, "/account/tokens"), (Author, "/account/tokens")]),
    ("/learning", &[(Learner, "/learning"), (Author, "/learning"), (Author, "/learning?user={learner}")]),
    ("/learning/{id}", &[(Learner, "/learning/{enrolment}"), (Author, "/learning/{enrolment}")]),
    (
        "/learning/{id}/lessons/{lesson}",
        &[
            (Learner, "/learning/{enrolment}/lessons/http-messages"),
            (Learner, "/learning/{enrolment}/lessons/http-conditional-quiz"),
            (Author, "/learning/{enrolment}/lessons/http-conditional"),
        ],
    ),
    (
        "/attempts/{id}",
        &[(Learner, "/attempts/{graded}"), (Learner, "/attempts/{opened}"), (Author, "/attempts/{opened}")],
    ),
    (
        "/learning/{id}/lessons/{lesson}/drill-attempts",
        &[(Learner, "/learning/{enrolment}/lessons/sql-nulls-drill/drill-attempts")],
    ),
    (
        "/drill-attempts/{id}",
        &[
            (Learner, "/drill-attempts/{judged}"),
            (Learner, "/drill-attempts/{written}?from={judged}"),
            (Learner, "/drill-attempts/{migrated}"),
            (Learner, "/drill-attempts/{stepped}"),
            (Learner, "/drill-attempts/{requested}"),
            (Author, "/drill-attempts/{judged}"),
        ],
    ),
    (
        "/learning/{id}/lessons/{lesson}/work",
        &[
            (Learner, "/learning/{enrolment}/lessons/http-capstone/work"),
            (Author, "/learning/{enrolment}/lessons/http-capstone/work"),
        ],
    ),
    ("/reviews", &[(Author, "/reviews")]),
    ("/lessons/{name}/re-evaluation", &[(Author, "/lessons/sql-nulls-drill/re-evaluation")]),
    ("/learning/{id}/plan", &[(Learner, "/learning/{enrolment}/plan"), (Author, "/learning/{enrolment}/plan")]),
    ("/search", &[(Visitor, "/search"), (Visitor, "/search?q=entity+tag"), (Learner, "/search?q=nothinglikethis")]),
    ("/packs/{pack}/releases", &[(Visitor, "/packs/backend/releases"), (Author, "/packs/backend/releases")]),
    ("/packs/{pack}/releases/{number}", &[(Author, "/packs/backend/releases/1")]),
    ("/lessons/{name}/statistics", &[(Author, "/lessons/http-messages-quiz/statistics")]),
    ("/courses/{name}/statistics", &[(Author, "/courses/http/statistics")]),
];

/// What belongs to the pages and is not looked at by people.
const FILES: &[&str] =
    &["/robots.txt", "/sitemap.xml", "/sitemaps/{number}", "/releases.atom", "/favicon.svg", "/style/{file}"];

/// Refusals, with their statuses.
const REFUSALS: &[(&str, u64)] = &[("/nowhere", 404), ("/lessons/nowhere", 404), ("/sign-out", 405)];

/// How a page is shown: pixels of width, colour scheme, and whether axe looks at it then. It takes long, so each scheme
/// and each width has it once.
const VIEWS: [(u32, &str, bool); 4] =
    [(1280, "light", false), (1280, "dark", true), (390, "light", true), (390, "dark", false)];

/// The most bytes of text that a page may have.
const MOST_BYTES: u64 = 60_000;

#[test]
fn every_page_of_the_server_is_looked_at() {
    let served: BTreeSet<_> =
        cairn_http::page_routes().iter().filter(|route| route.method == "GET").map(|route| route.path).collect();
    let known: BTreeSet<_> = PAGES.iter().map(|(path, _)| *path).chain(FILES.iter().copied()).collect();
    let unseen: Vec<_> = served.difference(&known).collect();
    assert!(unseen.is_empty(), "pages that no test looks at: give them addresses in PAGES: {unseen:?}");
    let gone: Vec<_> = known.difference(&served).collect();
    assert!(gone.is_empty(), "the server has no such pages: {gone:?}");
}

#[test]
fn nothing_is_wrong_with_what_a_visitor_sees() {
    let world = World::shipped();
    let tab = Tab::open();
    let mut faults = look_at_all(&tab, &world, Visitor);
    for (path, status) in REFUSALS {
        faults.extend(look(&tab, &world, "refused", path, *status));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn nothing_is_wrong_with_what_a_learner_sees() {
    let mut world = World::shipped();
    let tab = world.learner();
    let mut faults = look_at_all(&tab, &world, Learner);
    faults.extend(look(&tab, &world, "refused", "/courses/http/statistics", 403));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn nothing_is_wrong_with_what_an_author_sees() {
    let mut world = World::shipped();
    let tab = world.author();
    let faults = look_at_all(&tab, &world, Author);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_lesson_is_one_light_text() {
    let world = World::shipped();
    let listed = world.get("/api/v1/lessons?limit=100").json::<serde_json::Value>().unwrap();
    assert!(listed["next"].is_null(), "there are more lessons than one page of the list has");
    let lessons = listed["items"].as_array().unwrap();
    assert!(lessons.len() > 20);
    for lesson in lessons {
        let path = format!("/lessons/{}", lesson["slug"].as_str().unwrap());
        let bytes = world.get(&path).bytes().unwrap().len() as u64;
        assert!(bytes < MOST_BYTES, "{path} has {bytes} bytes");
    }
}

/// Looks at whatever is there for somebody, and gives all that is wrong.
fn look_at_all(tab: &Tab, world: &World, who: Person) -> Vec<String> {
    let addresses = PAGES.iter().flat_map(|(_, addresses)| *addresses).filter(|(whose, _)| *whose == who);
    addresses.flat_map(|(_, address)| look(tab, world, &format!("{who:?}").to_lowercase(), address, 200)).collect()
}

/// Opens a page and gives what is wrong with it.
fn look(tab: &Tab, world: &World, who: &str, address: &str, status: u64) -> Vec<String> {
    let mut faults = Vec::new();
    let path = world.path(address);
    tab.seen();
    tab.open_page(&world.address(&path));
    let seen = tab.seen();
    let document = seen.requests.iter().rfind(|request| request.kind == "Document").unwrap();
    if tab.at() != path || document.status != status {
        faults.push(format!("it leads to {} with {}", tab.at(), document.status));
    }
    faults.extend(seen.abroad(&world.url()).into_iter().map(|url| format!("it asks another host for {url}")));
    faults.extend(heavy(&seen.requests));
    // An icon may still be under way; what fails is told by the console.
    let answered = |request: &&Request| request.kind != "Document" && request.status != 0;
    for request in seen.requests.iter().filter(answered).filter(|request| request.status != 200) {
        faults.push(format!("{} is answered with {}", request.url, request.status));
    }
    // The console tells that the page itself is a refusal.
    let of_itself = |complaint: &String| status != 200 && complaint.contains(&format!("status of {status}"));
    faults.extend(seen.complaints.into_iter().filter(|complaint| !of_itself(complaint)));
    for (width, scheme, with_axe) in VIEWS {
        tab.size(width, 900);
        tab.scheme(scheme);
        let wide = tab.run(OVERFLOWING);
        let wide: Vec<_> = wide.as_array().unwrap().iter().filter_map(serde_json::Value::as_str).collect();
        if !wide.is_empty() && scheme == "light" {
            faults.push(format!("at {width} it is scrolled sideways for {}", wide.join(", ")));
        }
        if with_axe {
            faults.extend(tab.axe().into_iter().map(|fault| format!("{scheme} at {width}: axe: {fault}")));
        }
        pictures::keep(tab, who, address, width, scheme);
    }
    let (width, scheme, _) = VIEWS[0];
    tab.size(width, 900);
    tab.scheme(scheme);
    faults.into_iter().map(|fault| format!("{address} ({who}): {fault}")).collect()
}

/// What a page loads beyond one text and the stylesheet, and a text that is too long. Pictures are on top.
fn heavy(requests: &[Request]) -> Vec<String> {
    let mut faults = Vec::new();
    let of = |kind: &str| requests.iter().filter(|request| request.kind == kind).collect::<Vec<_>>();
    let texts = of("Document");
    let bytes = texts.last().map_or(0, |request| request.bytes);
    if texts.len() != 1 || bytes >= MOST_BYTES || bytes == 0 {
        faults.push(format!("it is {} texts of {bytes} bytes", texts.len()));
    }
    // A browser that has the stylesheet does not ask for it.
    if of("Stylesheet").len() > 1 {
        faults.push("it has several stylesheets".to_owned());
    }
    let others = requests.iter().filter(|request| {
        let icon = request.kind == "Other" && request.url.ends_with("/favicon.svg");
        !matches!(&*request.kind, "Document" | "Stylesheet" | "Image") && !icon
    });
    faults.extend(others.map(|request| format!("it also loads {} ({})", request.url, request.kind)));
    faults
}

/// What makes the page wider than its window: the elements that stick out, unless something in between scrolls them.
const OVERFLOWING: &str = "
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const scrolled = it => it && (/auto|scroll|hidden/.test(getComputedStyle(it).overflowX) || scrolled(it.parentElement));
    return [...document.body.querySelectorAll('*')]
        .filter(it => it.getBoundingClientRect().right > page.clientWidth + 1 && !scrolled(it.parentElement))
        .map(it => it.outerHTML.slice(0, 80)).slice(0, 5)
        .concat(`${page.scrollWidth} pixels in all`);
";
