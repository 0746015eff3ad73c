//! The pages that authors see of their own work.

use cairn_domain::identity::Role;
use serde_json::json;

use super::learning::{enrol, path};
use super::pack;
use super::server::{Backing, Server};

pub(super) fn a_page_shows_what_a_release_changed(on: Backing) {
    let server = Server::start(on);
    let author = server.browser("author@example.org", &[Role::Author]);
    enrol(&server.program("learner@example.org", &[]));
    let second = pack::changed(&[
        ("courses/paths/first-steps.md", "leads", "always leads"),
        ("courses/paths/first-steps.md", "title: First steps", "title: 'First <steps>'"),
    ]);
    author.send_pack("/api/v1/packs/examples/releases?note=Better%20%3Cwords%3E", second).expect(201);
    let list = author.get("/packs/examples/releases");
    for part in ["Better &#60;words&#62;", "href=\"/packs/examples/releases/2\"", "href=\"/packs/examples/releases/1\""]
    {
        assert!(list.page(200).contains(part), "no {part} in {}", list.text());
    }
    let everybody = server.anybody().get("/packs/examples/releases");
    assert!(!everybody.page(200).contains("/packs/examples/releases/2"), "{}", everybody.text());
    let release = author.get("/packs/examples/releases/2");
    for part in [
        "<h1>Release 2 of “Examples”</h1>",
        "<a href=\"/packs/examples/releases/1\">release 1</a>",
        "1 enrolment under way",
        "<p>1 changed.</p>",
        "<a href=\"/lessons/first-steps\">First &#60;steps&#62;</a>",
        "<td>title, text</td>",
        "content=\"noindex\"",
    ] {
        assert!(release.page(200).contains(part), "no {part} in {}", release.text());
    }
    let all = author.get("/packs/examples/releases/2?since=0");
    assert!(all.page(200).contains("<p>6 added.</p>"), "{}", all.text());
    assert!(author.get("/packs/examples/releases/1").page(200).contains("<dd>nothing</dd>"));
    author.get("/packs/examples/releases/2?since=2").page(422);
    author.get("/packs/examples/releases/3").page(404);
    author.get("/packs/nothing/releases").page(404);
    server.browser("learner2@example.org", &[]).get("/packs/examples/releases/2").page(403);
}

pub(super) fn pages_show_which_question_fails_and_where_learners_stop(on: Backing) {
    let server = Server::start(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    for choice in ["a", "a", "b"] {
        let attempt = learner.post(&path(&enrolment, "/lessons/steps-quiz/attempts"), &json!({})).expect(201);
        let answers = json!({ "answers": [{ "question": "q-way", "choices": [choice] }] });
        learner.post(&format!("/api/v1/attempts/{}/answers", attempt["id"].as_str().unwrap()), &answers).expect(200);
    }
    enrol(&server.program("other@example.org", &[]));
    server.clock.advance(std::time::Duration::from_secs(20 * 86_400));
    let author = server.browser("author@example.org", &[Role::Author]);
    let lesson = author.get("/lessons/steps-quiz/statistics");
    for part in [
        "<h1>How “Steps: quiz” fares</h1>",
        "3 started, 3 graded, 1 passed",
        "1 learner</dd>",
        "Where does a path lead?",
        "67 %",
        "2 of 3",
        "Nowhere",
        "2 times",
        "<td class=\"number\">2</td>",
    ] {
        assert!(lesson.page(200).contains(part), "no {part} in {}", lesson.text());
    }
    let course = author.get("/courses/paths/statistics");
    for part in [
        "<h1>How “Paths” fares</h1>",
        "2 learners, on it or done with it",
        "before “First steps”: 1 learner",
        "<a href=\"/lessons/steps-quiz/statistics\">Steps: quiz</a>",
        "<td class=\"number\">20</td>",
    ] {
        assert!(course.page(200).contains(part), "no {part} in {}", course.text());
    }
    assert!(author.get("/courses/paths/statistics?idle_days=21").page(200).contains("<dd>nowhere</dd>"));
    author.get("/courses/paths/statistics?idle_days=0").page(422);
    author.get("/lessons/steps-quiz/statistics?revision=x").page(422);
    author.get("/lessons/nothing/statistics").page(404);
    let reading = author.get("/lessons/first-steps/statistics");
    assert!(reading.page(200).contains("A reading has no attempts."), "{}", reading.text());
    // Whoever may see them is led there, and nobody else.
    for (page, own) in [("/lessons/steps-quiz", true), ("/courses/paths", true), ("/guides/outdoors", false)] {
        let link = format!("href=\"{page}/statistics\"");
        assert_eq!(author.get(page).page(200).contains(&link), own, "{page}");
        assert!(!server.anybody().get(page).page(200).contains(&link), "{page}");
    }
    let stranger = server.browser("stranger@example.org", &[Role::Instructor]);
    assert!(!stranger.get("/courses/paths").page(200).contains("/courses/paths/statistics"));
    stranger.get("/courses/paths/statistics").page(403);
    stranger.get("/lessons/steps-quiz/statistics").page(403);
    let nobody = server.anybody().get("/courses/paths/statistics");
    assert_eq!((nobody.status, nobody.header("location")), (303, "/sign-in?return_to=%2Fcourses%2Fpaths%2Fstatistics"));
}
