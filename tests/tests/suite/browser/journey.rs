//! A learner's way, gone as a person goes it: by what the pages say, with scripts and without, and by keyboard alone.

use cairn_tests::browser::{Tab, keys};

use super::people::{World, sign_up};
use super::trail;
use crate::cli::harness::Machine;

#[test]
fn a_way_is_gone_on_sqlite() {
    go(&trail::world(Machine::sqlite()), &Tab::open());
}

#[test]
fn a_way_is_gone_on_postgresql_without_scripts() {
    let tab = Tab::open();
    tab.without_javascript();
    go(&trail::world(Machine::postgres()), &tab);
}

/// From the first visit to a locked lesson, by the shortest way to it, and to the progress that is seen then.
fn go(world: &World, tab: &Tab) {
    tab.open_page(&world.address("/"));
    tab.link("Hill walking").click();
    tab.link("Sign in to enrol").click();
    tab.find("main a[href^='/sign-up']").click();
    sign_up(tab, "Ada");
    assert_eq!(tab.at(), "/tracks/hills", "whoever signs up goes on where they were");
    tab.button("Enrol on").click();
    tab.says("0 of 5 required lessons");
    tab.link("A night out").click();
    tab.says("This lesson is locked, because these are missing:");
    tab.says("The shortest way to unlock it");
    assert!(!tab.shows("I have read this"), "what is locked cannot be completed");

    let locked = tab.at();
    let mut gone = Vec::new();
    while tab.shows("The shortest way to unlock it") {
        let step = tab.find(".study ol.lessons a");
        gone.push(step.text());
        step.click();
        if !tab.shows("I have read this") {
            pass(tab);
        } else {
            tab.button("I have read this").click();
            tab.says("You completed this on");
        }
        assert!(gone.len() < 10, "the way leads nowhere: {gone:?}");
        tab.open_page(&world.address(&locked));
    }
    assert_eq!(gone, ["Signs on the way", "Quiz: signs", "Weather", "Quiz: weather"]);
    tab.button("I have read this").click();
    tab.says("You completed this on");
    tab.link("My learning").click();
    tab.says("5 of 5 lessons");
    tab.link("Hill walking").click();
    tab.says("completed on");
}
