//! Learning on pages: enrolling, reading, quizzes, locks, waivers, and what became of it all.

use cairn_domain::identity::Role;

use super::client::{Caller, send};
use super::server::{Backing, Server};

const QUIZ: &str = "/lessons/steps-quiz";

/// Enrols on the course of the pack; gives the enrolment's page.
fn enrol(learner: &Caller<'_>) -> String {
    learner.form("/learning", &[("kind", "course"), ("id", "paths")]).led_to().to_owned()
}

/// Starts an attempt; gives its page.
fn start(learner: &Caller<'_>, enrolment: &str, fields: &[(&str, &str)]) -> String {
    learner.form(&format!("{enrolment}{QUIZ}/attempts"), fields).led_to().to_owned()
}

pub(super) fn a_course_is_followed_on_pages(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("ada@example.org", &[]);
    assert!(learner.get("/learning").page(200).contains("not enrolled on anything yet"));
    let course = learner.get("/courses/paths");
    assert!(course.page(200).contains("Enrol on “Paths”") && !course.text().contains("<progress"));
    let enrolment = enrol(&learner);
    assert!(learner.get(&enrolment).page(200).contains("0 of 2 required lessons"));
    let lesson = learner.get("/lessons/first-steps");
    assert!(lesson.page(200).contains("I have read this") && lesson.header("cache-control") == "no-store");
    let done = learner.form(&format!("{enrolment}/lessons/first-steps/completion"), &[]);
    assert_eq!(done.led_to(), "/lessons/first-steps#page:study");
    let lesson = learner.get("/lessons/first-steps");
    assert!(
        lesson.page(200).contains("You completed this on")
            && lesson.text().contains("Next: <a href=\"/lessons/steps-quiz\"")
    );
    assert!(learner.get(QUIZ).page(200).contains("Start the quiz"));
    let attempt = start(&learner, &enrolment, &[]);
    let open = learner.get(&attempt);
    assert!(open.page(200).contains("type=\"radio\"") && open.text().contains("Where does a path lead?"));
    assert!(!open.text().contains("says so"), "the explanation comes with the grade");
    assert!(learner.get(QUIZ).page(200).contains(&format!("href=\"{attempt}\"")), "the way back to the open attempt");
    assert_eq!(start(&learner, &enrolment, &[]), attempt, "a second one is the first");
    assert_eq!(learner.form(&attempt, &[("q.q-way", "a")]).led_to(), attempt);
    let failed = learner.get(&attempt);
    assert!(failed.page(200).contains("Not passed") && failed.text().contains("✗ wrong"));
    assert!(failed.text().contains("your answer") && failed.text().contains("says so"));
    assert!(failed.text().contains("Start the quiz"), "it can be tried again");
    learner.form(&attempt, &[("q.q-way", "b")]).page(409);
    let again = start(&learner, &enrolment, &[]);
    assert_eq!(learner.form(&again, &[("q.q-way", "b")]).led_to(), again);
    let passed = learner.get(&again);
    assert!(passed.page(200).contains("✓ Passed") && passed.text().contains("Everything that is required is done."));
    let shown = learner.get(&enrolment);
    assert!(shown.page(200).contains("2 of 2 required lessons") && shown.text().contains("completed on"));
    let all = learner.get("/learning");
    assert!(all.page(200).contains("value=\"100\"") && all.text().contains("<svg") && all.text().contains("<table>"));
    assert!(learner.get("/courses/paths").page(200).contains("100 % of"));
}

pub(super) fn a_locked_lesson_says_why_and_can_be_challenged(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    let locked = learner.get(QUIZ);
    for part in [
        "This lesson is locked, because",
        "<a href=\"/skills/paths.reading\">Reading a path</a>, a skill that this lesson builds on",
        "taught by <a href=\"/lessons/first-steps\">First steps</a>",
        "The shortest way to unlock it",
        "Take the challenge",
    ] {
        assert!(locked.page(200).contains(part), "{part}");
    }
    assert!(learner.get(&enrolment).page(200).contains(&format!("{enrolment}/lessons/steps-quiz\">why?")));
    assert!(learner.get(&format!("{enrolment}/lessons/steps-quiz")).page(200).contains("Take the challenge"));
    learner.form(&format!("{enrolment}{QUIZ}/attempts"), &[]).page(409);
    let attempt = start(&learner, &enrolment, &[("challenge", "true")]);
    assert!(learner.get(&attempt).page(200).contains("You take this quiz as a challenge."));
    assert_eq!(learner.form(&attempt, &[("q.q-way", "b")]).led_to(), attempt);
    assert!(learner.get(&enrolment).page(200).contains("2 of 2 required lessons"), "what leads to it is skipped");
}

pub(super) fn an_instructor_opens_a_lesson_and_closes_it(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    let lesson = format!("{enrolment}/lessons/steps-quiz");
    assert!(!learner.get(&lesson).page(200).contains("Open the lesson"));
    learner.form(&format!("{lesson}/waiver"), &[("reason", "I want to")]).page(403);
    let instructor = server.browser("grace@example.org", &[Role::Instructor]);
    let shown = instructor.get(&lesson);
    assert!(shown.page(200).contains("Open the lesson") && !shown.text().contains("Take the challenge"));
    instructor.form(&format!("{lesson}/waiver"), &[("reason", "")]).page(422);
    let reason = "<b>She</b> knows";
    assert_eq!(instructor.form(&format!("{lesson}/waiver"), &[("reason", reason)]).led_to(), lesson);
    let open = learner.get(QUIZ);
    assert!(open.page(200).contains("&#60;b&#62;She") && open.text().contains("Start the quiz"));
    assert!(!open.text().contains("<b>She"));
    assert_eq!(instructor.form(&format!("{lesson}/waiver/end"), &[]).led_to(), lesson);
    assert!(learner.get(QUIZ).page(200).contains("This lesson is locked"));
}

pub(super) fn an_enrolment_is_laid_aside_on_its_page(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    let state = format!("{enrolment}/state");
    assert_eq!(learner.form(&state, &[("state", "paused"), ("version", "1")]).led_to(), enrolment);
    let paused = learner.get(&enrolment);
    assert!(paused.page(200).contains(">Resume<") && !paused.text().contains(">Pause<"));
    assert!(learner.get("/lessons/first-steps").page(200).contains("resume it"));
    learner.form(&state, &[("state", "active"), ("version", "1")]).page(412);
    assert_eq!(learner.form(&state, &[("state", "active"), ("version", "2")]).led_to(), enrolment);
    assert_eq!(learner.form(&state, &[("state", "withdrawn"), ("version", "3")]).led_to(), enrolment);
    assert!(learner.get("/courses/paths").page(200).contains("Enrol on “Paths”"));
    let back = [("kind", "course"), ("id", "paths"), ("return_to", "/lessons/first-steps#page:study")];
    assert_eq!(learner.form("/learning", &back).led_to(), "/lessons/first-steps#page:study");
    let foreign = [("kind", "track"), ("id", "walking"), ("return_to", "//evil.example")];
    assert!(learner.form("/learning", &foreign).led_to().starts_with("/learning/"));
}

pub(super) fn what_is_anothers_is_not_found(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempt = start(&learner, &enrolment, &[("challenge", "true")]);
    let stranger = server.browser("eve@example.org", &[]);
    for path in [&enrolment, &format!("{enrolment}/lessons/steps-quiz"), &attempt] {
        stranger.get(path).page(404);
    }
    stranger.form(&format!("{enrolment}/lessons/first-steps/completion"), &[]).page(404);
    stranger.form(&format!("{enrolment}/state"), &[("state", "withdrawn"), ("version", "1")]).page(404);
    stranger.form(&attempt, &[("q.q-way", "b")]).page(404);
    stranger.get(&format!("/learning?user={}", "0190d6f0-0000-7000-8000-000000000001")).page(403);
    let instructor = server.browser("grace@example.org", &[Role::Instructor]);
    let seen = instructor.get(&enrolment);
    assert!(seen.page(200).contains("A learner") && !seen.text().contains("Give up"));
    let open = instructor.get(&attempt);
    assert!(open.page(200).contains("waiting for its learner") && !open.text().contains("Hand in"));
    instructor.form(&attempt, &[("q.q-way", "b")]).page(404);
}

pub(super) fn answers_that_no_form_sends_are_told_at_their_question(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempt = start(&learner, &enrolment, &[("challenge", "true")]);
    let refused = learner.form(&attempt, &[("q.q-way", "zzz")]);
    assert!(refused.page(422).contains("href=\"#q.q-way\"") && refused.text().contains("has no choice"));
    let two = learner.form(&attempt, &[("q.q-way", "a"), ("q.q-way", "b")]);
    assert!(two.page(422).contains("takes one choice") && two.text().contains("value=\"a\" checked"));
    learner.form(&attempt, &[("q.other", "a")]).page(422);
    let elsewhere = learner.form_request(&attempt, &[("q.q-way", "b")]).header("origin", "http://evil.example");
    assert_eq!(send(elsewhere).status, 403);
    assert!(learner.get(&attempt).page(200).contains("Hand in"), "nothing of it was graded");
}

pub(super) fn a_plan_is_made_looked_at_and_removed_on_its_page(on: Backing) {
    let server = Server::start(on);
    let learner = server.browser("ada@example.org", &[]);
    let plan = format!("{}/plan", enrol(&learner));
    assert!(learner.get(&plan).page(200).contains("There is no plan yet"));
    let fields = |start: &'static str, minutes: &'static str, version: &'static str| {
        [("version", version), ("minutes_a_week", minutes), ("start", start)]
    };
    let refused = learner.form(&plan, &fields("2026-02-02", "5", "0"));
    assert!(refused.page(422).contains("id=\"minutes_a_week-fault\"") && refused.text().contains("value=\"5\""));
    assert_eq!(learner.form(&plan, &fields("2026-02-02", "30", "0")).led_to(), plan);
    let shown = learner.get(&plan);
    assert!(shown.page(200).contains("Finished by <strong>2026-02-08</strong>"), "{}", shown.text());
    assert!(shown.text().contains("<a href=\"/lessons/first-steps\">") && shown.text().contains("critical"));
    let what_if = learner.get(&format!("{plan}?missing=2026-02-02"));
    assert!(what_if.page(200).contains("instead of 2026-02-08") && what_if.text().contains("2026-02-15"));
    assert!(
        learner.get(&plan).page(200).contains("Finished by <strong>2026-02-08</strong>"),
        "looking changes nothing"
    );
    let kept = [("version", "1"), ("minutes_a_week", "30"), ("start", "2026-02-02"), ("missed", "2026-02-02")];
    assert_eq!(learner.form(&plan, &kept).led_to(), plan);
    assert!(learner.get(&plan).page(200).contains("Finished by <strong>2026-02-15</strong>"));
    assert!(learner.form(&plan, &kept).page(412).contains("has changed"), "it is version 2 now");
    assert_eq!(learner.form(&format!("{plan}/removal"), &[("version", "2")]).led_to(), plan);
    assert!(learner.get(&plan).page(200).contains("There is no plan yet"));
    server.browser("eve@example.org", &[]).get(&plan).page(404);
}

pub(super) fn searching_marks_words_and_corrects_them(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    assert!(anybody.get("/search").page(200).contains("role=\"search\""));
    let found = anybody.get("/search?q=path+leads");
    assert!(found.page(200).contains("<a href=\"/lessons/first-steps\">First steps</a>"));
    assert!(found.text().contains("<mark>path</mark> <mark>leads</mark>") && !found.text().contains("steps-quiz"));
    assert!(anybody.get("/search?q=path&kind=course").page(200).contains("<a href=\"/courses/paths\">"));
    assert!(!anybody.get("/search?q=path&kind=course").text().contains("<a href=\"/lessons/first-steps\">First"));
    assert!(anybody.get("/search?q=walkign").page(200).contains("it was taken for “walking”"));
    assert!(anybody.get("/search?q=zzzzzz").page(200).contains("Nothing was found"));
    let hostile = anybody.get("/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E");
    assert!(!hostile.page(200).contains("<script>alert"));
    let long = "a".repeat(201);
    assert!(anybody.get(&format!("/search?q={long}")).page(200).contains("role=\"alert\""));
}
