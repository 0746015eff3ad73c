//! What holds for every page, read from the templates and the style sheet as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::endpoint::Purpose;
use crate::routes::{endpoints, operations};

/// Every template with its name.
fn templates() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let html = files.filter(|path| path.extension().is_some_and(|extension| extension == "html"));
    let all: Vec<_> = html
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    assert!(all.len() > 10, "the templates are elsewhere");
    all
}

/// Every tag of an element in a template.
fn tags<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let begins = format!("<{name} ");
    text.split(begins.as_str()).skip(1).map(|rest| rest.split_once('>').map_or(rest, |(tag, _)| tag)).collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let begins = format!("{name}=\"");
    tag.split_once(begins.as_str()).and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value)
}

/// Whether an address of a template is of a route's path: what a template fills in stands for any part.
fn fits(address: &str, path: &str) -> bool {
    let (address, path): (Vec<_>, Vec<_>) = (address.split('/').collect(), path.split('/').collect());
    address.len() == path.len()
        && address.iter().zip(&path).all(|(a, p)| a == p || (a.starts_with("{{") && p.starts_with('{')))
}

#[test]
fn every_action_is_an_operation_of_the_api() {
    let ids: BTreeSet<_> = operations().map(|operation| operation.id).collect();
    let mut actions = 0;
    for endpoint in endpoints() {
        if let Purpose::Action(operation) = endpoint.purpose {
            actions += 1;
            assert!(ids.contains(operation), "{} does {operation}, which is no operation", endpoint.path);
        }
    }
    assert!(actions > 5);
}

#[test]
fn every_form_is_sent_to_an_action_and_every_action_has_a_form() {
    let actions: Vec<_> = endpoints()
        .iter()
        .filter(|endpoint| matches!(endpoint.purpose, Purpose::Action(_)))
        .map(|endpoint| endpoint.path)
        .collect();
    let pages: Vec<_> =
        endpoints().iter().filter(|endpoint| endpoint.purpose == Purpose::Page).map(|endpoint| endpoint.path).collect();
    let mut used = BTreeSet::new();
    for (name, text) in templates() {
        assert!(!text.contains("formaction"), "{name} sends a form elsewhere");
        for tag in tags(&text, "form") {
            let address =
                attribute(tag, "action").unwrap_or_else(|| panic!("{name}: a form says where it goes: {tag}"));
            let places = if attribute(tag, "method") == Some("post") { &actions } else { &pages };
            let place = places.iter().find(|path| fits(address, path));
            let place = place.unwrap_or_else(|| panic!("{name}: no route takes the form to {address}"));
            used.insert(*place);
        }
    }
    let without: Vec<_> = actions.iter().filter(|action| !used.contains(*action)).collect();
    assert!(without.is_empty(), "actions that no form is sent to: {without:?}");
}

/// A form that is sent by somebody who is signed in carries the session's CSRF token.
#[test]
fn every_form_of_a_session_carries_its_token() {
    for (name, text) in templates() {
        for form in text.split("<form ").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let open = ["action=\"/sign-in\"", "action=\"/sign-up\""].iter().any(|action| form.contains(action));
            if form.contains("method=\"post\"") && !open {
                assert!(form.contains("{% include \"csrf.html\" %}"), "{name}: a form without the token: {form}");
            }
        }
    }
}

#[test]
fn templates_have_no_style_or_script_in_line_and_name_no_other_host() {
    for (name, text) in templates() {
        for bad in [" style=", "<style", " onclick=", " onload=", " onsubmit=", "javascript:", "http://", "https://"] {
            assert!(!text.contains(bad), "{name} has {bad}");
        }
        for tag in tags(&text, "script") {
            assert_eq!(attribute(tag, "type"), Some("application/ld+json"), "{name} has a script");
        }
    }
    let css = include_str!("../../templates/style.css");
    assert!(!css.contains("url(") && !css.contains("@import"));
}

/// What is put into a page without being escaped: each place by name, so that another one is looked at.
#[test]
fn what_is_not_escaped_is_known() {
    let mut found = BTreeSet::new();
    for (name, text) in templates() {
        for piece in text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
            if piece.contains("|safe") || piece.contains("| safe") {
                found.insert(format!("{name}:{}", piece.trim()));
            }
        }
    }
    let known = [
        "attempt.html:choice.text|safe",
        "attempt.html:text::dressed(explanation)|safe",
        "attempt.html:text::dressed(question.view.prompt)|safe",
        "contents.html:heading.html|safe",
        "course.html:body|safe",
        "guide.html:text|safe",
        "layout.html:frame.structured|safe",
        "learning.html:plot|safe",
        "lesson-statistics.html:text::dressed(chosen.text)|safe",
        "lesson-statistics.html:text::dressed(question.prompt)|safe",
        "lesson.html:text|safe",
        "skill.html:body|safe",
        "track.html:body|safe",
        "track.html:graph|safe",
    ];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

/// The relative luminance of a colour `#rrggbb` (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn colours_are_told_apart_in_light_and_dark() {
    assert!(
        (contrast("#000000", "#ffffff") - 21.0).abs() < 0.01 && (contrast("#777777", "#ffffff") - 4.48).abs() < 0.01
    );
    let css = include_str!("../../templates/style.css");
    let mut schemes = css.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap());
    for scheme in ["light", "dark"] {
        let colours: BTreeMap<_, _> = schemes
            .next()
            .unwrap()
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--")?.trim_end_matches(';').split_once(": "))
            .filter(|(_, value)| value.starts_with('#'))
            .collect();
        let inks = ["ink", "muted", "accent", "fault", "done"].into_iter();
        let highlights: Vec<_> = colours.keys().filter(|name| name.starts_with("hl-")).copied().collect();
        assert!(highlights.len() > 6);
        for ink in inks.chain(highlights) {
            for ground in ["paper", "sheet"] {
                let ratio = contrast(colours[ink], colours[ground]);
                assert!(ratio >= 4.5, "{scheme}: {ink} on {ground} has {ratio:.2}");
            }
        }
        let ratio = contrast(colours["on-button"], colours["button"]);
        assert!(ratio >= 4.5, "{scheme}: buttons have {ratio:.2}");
        // What is drawn and the edges of fields (WCAG 2.2, 1.4.11).
        let ratio = contrast(colours["edge"], colours["sheet"]).min(contrast(colours["edge"], colours["paper"]));
        assert!(ratio >= 3.0, "{scheme}: edges have {ratio:.2}");
    }
}
