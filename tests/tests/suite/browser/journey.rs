//! A learner's way, gone as a person goes it: by what the pages say, with scripts and without, and by keyboard alone.

use cairn_tests::browser::{Tab, keys};

use super::people::{PASSWORD, World, email, sign_up};
use super::trail;
use crate::cli::harness::Machine;

#[test]
fn a_way_is_gone_on_sqlite() {
    go(&trail::world(Machine::sqlite()), &Tab::open());
}

#[test]
fn a_way_is_gone_on_postgresql() {
    go(&trail::world(Machine::postgres()), &Tab::open());
}

#[test]
fn a_way_is_gone_without_scripts() {
    let tab = Tab::open();
    tab.without_javascript();
    go(&trail::world(Machine::sqlite()), &tab);
}

/// From the first visit to a locked lesson, by the shortest way to it, and to the progress that is seen then.
fn go(world: &World, tab: &Tab) {
    enrol(world, tab);
    tab.says("0 of 5 required lessons");
    tab.link("A night out").follow();
    tab.says("This lesson is locked, because");
    tab.says("The shortest way to unlock it");
    assert!(!tab.shows("I have read this"), "what is locked cannot be completed");

    let locked = tab.at();
    let mut gone = Vec::new();
    while tab.shows("The shortest way to unlock it") {
        assert!(gone.len() < 10, "the way leads nowhere: {gone:?}");
        let step = tab.find(".study ol.lessons a");
        gone.push(step.text());
        step.follow();
        if tab.shows("I have read this") {
            tab.button("I have read this").follow();
            tab.says("You completed this on");
        } else {
            tab.button("Start the quiz").follow();
            if gone.last().is_some_and(|title| title == "Quiz: signs") {
                fail(tab);
                tab.button("Start the quiz").follow();
            }
            pass(tab);
        }
        tab.open_page(&world.address(&locked));
    }
    assert_eq!(gone, ["Signs on the way", "Quiz: signs", "Weather", "Quiz: weather"]);
    tab.button("I have read this").follow();
    tab.says("You completed this on");
    tab.link("My learning").follow();
    tab.says("5 of 5 lessons");
    tab.link("Hill walking").follow();
    tab.says("completed on");
}

#[test]
fn a_drill_is_answered_wrong_and_then_right() {
    drill(&trail::world(Machine::sqlite()), &Tab::open());
}

#[test]
fn a_drill_is_answered_without_scripts() {
    let tab = Tab::open();
    tab.without_javascript();
    drill(&trail::world(Machine::sqlite()), &tab);
}

/// An SQL drill: from its page to a wrong answer, what is said of that, and a right one made of it.
fn drill(world: &World, tab: &Tab) {
    enrol(world, tab);
    tab.link("Drill: huts").follow();
    tab.says("You hand in one query.");
    tab.button("Start the drill").follow();
    let wrong = "select name, beds from hut where beds <> null";
    tab.field("Your SQL").fill(wrong);
    tab.button("Hand it in").follow();
    tab.says("✗ Not passed");
    tab.says("run by the server");
    tab.says("What is not known is not equal to anything.");
    assert!(
        tab.shows("Rows that are missing") && tab.shows("Tal") && tab.shows("SCAN hut"),
        "where it differs is shown"
    );
    tab.button("Try again").follow();
    assert_eq!(tab.field("Your SQL").property("value"), wrong, "what was written is there again");
    tab.says("What the last attempt came to");
    tab.field("Your SQL").fill("select name, beds from hut where beds is not null");
    tab.button("Hand it in").follow();
    tab.says("✓ Passed");
    tab.says("You completed this on");
    tab.button("Evaluate it again").follow();
    tab.says("the verdict is the same");
    tab.link("All attempts").follow();
    assert!(tab.shows("✗ not passed") && tab.shows("✓ passed"), "both are listed");
}

#[test]
fn what_is_known_already_is_proved_at_once() {
    let (world, tab) = (trail::world(Machine::sqlite()), Tab::open());
    enrol(&world, &tab);
    tab.link("Quiz: weather").follow();
    tab.says("This lesson is locked, because");
    tab.button("Take the challenge").follow();
    tab.says("You take this quiz as a challenge.");
    pass(&tab);
    tab.link("My learning").follow();
    // The quiz and the reading that leads to it.
    tab.says("2 of 5 lessons");
}

#[test]
fn a_plan_is_made_changed_and_asked_what_a_missed_week_moves() {
    let (world, tab) = (trail::world(Machine::postgres()), Tab::open());
    enrol(&world, &tab);
    tab.link("The plan").follow();
    tab.says("There is no plan yet.");
    tab.field("Minutes a week").fill("600");
    tab.button("Make the plan").follow();
    tab.says("Finished by");
    let finish = tab.find("main p strong").text();
    let weeks = |tab: &Tab| tab.run("return document.querySelectorAll('section.week').length").as_u64().unwrap();
    assert_eq!(weeks(&tab), 1, "170 minutes are learnt in one week of 600");
    tab.field("Minutes a week").fill("60");
    tab.button("Change the plan").follow();
    tab.says("Finished by");
    assert_ne!(tab.find("main p strong").text(), finish, "fewer hours end later");
    assert!(weeks(&tab) > 2);
    tab.says("The critical path");
    tab.link("What if I miss this week?").follow();
    tab.says("If you miss that week");
    tab.says("instead of");
    tab.button("Plan it so").follow();
    tab.says("missed");
    assert!(tab.link("iCalendar").property("href").ends_with("/plan.ics"));
}

#[test]
fn the_keyboard_alone_leads_to_a_lesson_that_is_read() {
    let (world, tab) = (trail::world(Machine::sqlite()), Tab::open());
    drop(world.sign_up("Ada"));
    tab.open_page(&world.address("/tracks/hills"));
    let press = |text: &str| {
        tab.tab_to(text);
        tab.press(keys::ENTER);
    };
    press("Sign in to enrol");
    tab.says("Password");
    tab.tab_to("E-mail address");
    tab.type_text(&email("Ada"));
    tab.tab_to("Password");
    tab.type_text(PASSWORD);
    tab.press(keys::ENTER);
    tab.button("Enrol on");
    assert_eq!(tab.at(), "/tracks/hills", "whoever signs in goes on where they were");
    press("Enrol on");
    tab.says("0 of 5 required lessons");
    press("Signs on the way");
    tab.button("I have read this");
    press("I have read this");
    tab.says("You completed this on");
    press("Quiz: signs");
    tab.button("Start the quiz");
    press("Start the quiz");
    tab.button("Hand in the answers");
    tab.tab_to("Go on");
    tab.press(keys::DOWN);
    for choice in ["Bars", "Crosses"] {
        tab.tab_to(choice);
        tab.press(keys::SPACE);
    }
    tab.tab_to("Your number");
    tab.type_text("2");
    tab.tab_to("Your answer");
    tab.type_text("stone");
    press("Hand in the answers");
    tab.says("Passed");
}

/// Finds the track as a visitor, signs up for it and enrols.
fn enrol(world: &World, tab: &Tab) {
    tab.open_page(&world.address("/"));
    tab.link("Hill walking").follow();
    tab.link("Sign in to enrol").follow();
    tab.find("main a[href^='/sign-up']").follow();
    sign_up(tab, "Ada");
    assert_eq!(tab.at(), "/tracks/hills", "whoever signs up goes on where they were");
    tab.button("Enrol on").follow();
}

/// Answers the quiz on signs wrong and is told what would have been right.
fn fail(tab: &Tab) {
    tab.field("Go on").click();
    tab.field("Your number").fill("2");
    tab.button("Hand in the answers").follow();
    tab.says("Not passed");
    tab.says("A cross closes the way.");
    assert!(tab.shows("✗ wrong") && tab.shows("✓ right"), "each question is told");
}

/// Answers the quiz that is open right.
fn pass(tab: &Tab) {
    if tab.find("h1").text().contains("signs") {
        for choice in ["Turn back", "Bars", "Crosses"] {
            tab.field(choice).click();
        }
        tab.field("Your number").fill("2");
        tab.field("Your answer").fill("Stone");
    } else {
        tab.field("Rain").click();
    }
    tab.button("Hand in the answers").follow();
    tab.says("✓ Passed");
    tab.says("100 %");
}
