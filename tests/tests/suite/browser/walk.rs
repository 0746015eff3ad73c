//! Every page of the server, looked at by everybody whom it is for: in both colour schemes, on a desk and on a phone.
//! `just screenshots` keeps what is seen.

use std::collections::BTreeSet;

use cairn_tests::browser::Tab;

use super::people::{Person, World};

/// A visitor, a learner in the middle of a track, and an author.
use Person::{Author, Learner, Visitor};

/// The addresses that stand for each page, and who looks at them. All are of the curriculum that ships.
const PAGES: &[(&str, &[(Person, &str)])] = &[
    ("/", &[(Visitor, "/"), (Learner, "/")]),
    ("/guides", &[(Visitor, "/guides")]),
    ("/guides/{name}", &[(Visitor, "/guides/backend-engineering")]),
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
        ],
    ),
    ("/skills/{name}", &[(Visitor, "/skills/http.pagination")]),
    ("/sign-in", &[(Visitor, "/sign-in?return_to=%2Faccount")]),
    ("/sign-up", &[(Visitor, "/sign-up")]),
    ("/account", &[(Learner, "/account")]),
    ("/account/password", &[(Learner, "/account/password")]),
    ("/account/tokens", &[(Learner, "/account/tokens"), (Author, "/account/tokens")]),
];

/// What belongs to the pages and is not looked at by people.
const FILES: &[&str] =
    &["/robots.txt", "/sitemap.xml", "/sitemaps/{number}", "/releases.atom", "/favicon.svg", "/style/{file}"];

/// Refusals, with their statuses.
const REFUSALS: &[(&str, u64)] = &[("/nowhere", 404), ("/lessons/nowhere", 404), ("/sign-out", 405)];

/// How wide a phone and a window are.
const WIDTHS: [u32; 2] = [1280, 390];

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
    look_at_all(&tab, &world, Visitor);
    for (path, status) in REFUSALS {
        let faults = look(&tab, &world, "refused", path, *status);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
fn nothing_is_wrong_with_what_a_learner_sees() {
    let world = World::shipped();
    let tab = world.learner();
    look_at_all(&tab, &world, Learner);
}

#[test]
fn nothing_is_wrong_with_what_an_author_sees() {
    let world = World::shipped();
    let tab = world.author();
    look_at_all(&tab, &world, Author);
}

/// Looks at whatever is there for somebody, and tells all that is wrong at once.
fn look_at_all(tab: &Tab, world: &World, who: Person) {
    let mut faults = Vec::new();
    for (_, addresses) in PAGES {
        for (_, address) in addresses.iter().filter(|(whose, _)| *whose == who) {
            faults.extend(look(tab, world, &format!("{who:?}").to_lowercase(), address, 200));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Opens a page and gives what is wrong with it.
fn look(tab: &Tab, world: &World, who: &str, address: &str, status: u64) -> Vec<String> {
    let mut faults = Vec::new();
    tab.seen();
    tab.open_page(&world.address(address));
    let seen = tab.seen();
    let document = seen.requests.iter().rfind(|request| request.kind == "Document").unwrap();
    if tab.at() != address || document.status != status {
        faults.push(format!("it leads to {} with {}", tab.at(), document.status));
    }
    faults.extend(seen.abroad(&world.url()).into_iter().map(|url| format!("it asks another host for {url}")));
    for request in seen.requests.iter().filter(|request| request.kind != "Document" && request.status != 200) {
        faults.push(format!("{} is answered with {}", request.url, request.status));
    }
    // The console tells that the page itself is a refusal.
    let of_itself = |complaint: &String| status != 200 && complaint.contains(&format!("status of {status}"));
    faults.extend(seen.complaints.into_iter().filter(|complaint| !of_itself(complaint)));
    for width in WIDTHS {
        tab.size(width, 900);
        for scheme in ["light", "dark"] {
            tab.scheme(scheme);
            let wide = tab.run(OVERFLOWING);
            let wide: Vec<_> = wide.as_array().unwrap().iter().map(|element| element.as_str().unwrap()).collect();
            if scheme == "light" && !wide.is_empty() {
                faults.push(format!("at {width} it is scrolled sideways for {}", wide.join(", ")));
            }
            faults.extend(tab.axe().into_iter().map(|fault| format!("{scheme} at {width}: axe: {fault}")));
            super::pictures::keep(tab, who, address, width, scheme);
        }
    }
    tab.size(WIDTHS[0], 900);
    tab.scheme("light");
    faults.into_iter().map(|fault| format!("{address} ({who}): {fault}")).collect()
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
