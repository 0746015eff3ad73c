//! What a learner sees, and how a command ends, when a server answers so.

mod drills;

use super::*;
use crate::Output;
use crate::args::{
    EnrolArgs, ListArgs, NextArgs, QuizArgs, ReadArgs, SearchArgs, StatusArgs, StudyPlanArgs, WaiveArgs, WhyArgs,
};
use crate::ask::Scripted;
use crate::client::tests::{Answer, JSON, PROBLEM, server};
use crate::output::Manner;

/// A run that is over: how it ended, what it printed, and the requests that it made.
struct Ended {
    result: Result<Exit, Failure>,
    out: String,
    asked: Vec<String>,
    requests: Vec<String>,
    bodies: Vec<String>,
}

/// Runs a command against a server that answers so, with somebody at the terminal when there is something to answer.
fn run_with(command: LearnerCommand, json: bool, answers: &[Answer], typed: &[&str]) -> Ended {
    let (address, told) = server(answers.to_vec());
    let place = Place { server: address, token: Some("cairn_x".to_owned()), token_name: "test".to_owned() };
    let folder = tempfile::tempdir().unwrap();
    let credentials = Credentials::at(folder.path().join("credentials.json"));
    let (output, captured) = Output::captured(Manner { json, ..Manner::default() });
    let mut ask = Scripted::new(typed.iter().copied());
    let result = run(&command, &place, &credentials, &mut Context { output: &output, ask: &mut ask, program: "cairn" });
    let seen: Vec<_> = told.try_iter().collect();
    let path = |line: &str| line.trim_end_matches(" HTTP/1.1").replace("/api/v1/", "");
    Ended {
        result,
        out: captured.out(),
        asked: ask.asked,
        requests: seen.iter().map(|seen| path(&seen.line)).collect(),
        bodies: seen.iter().map(|seen| seen.body.clone()).collect(),
    }
}

fn ok(body: &'static str) -> Answer {
    ("200 OK", JSON, body)
}

const NOT_FOUND: Answer =
    ("404 Not Found", PROBLEM, r#"{"title":"Not found","status":404,"detail":"None.","code":"not_found"}"#);

const COURSE: &str = r#"{"id":"demo","slug":"demo","title":"A demo","summary":"Two lessons.",
    "html":"<p>Bring a <em>rope</em>.</p>"}"#;
const LESSONS: &str = r#"{"items":[
    {"slug":"first","title":"The first","kind":"reading","minutes":20},
    {"slug":"first-quiz","title":"A quiz","kind":"quiz","minutes":5}],"next":null}"#;
const ENROLMENTS: &str = r#"{"items":[{"id":"e1","state":"active",
    "target":{"kind":"course","id":"demo","slug":"demo","title":"A demo"}}],"next":null}"#;
const NO_ENROLMENTS: &str = r#"{"items":[],"next":null}"#;
/// The first is done, the quiz is next, and the last is locked.
const PROGRESS: &str = r#"{"percent":33,"done":1,"required":3,"next":"first-quiz","lessons":[
    {"id":"first","slug":"first","title":"The first","kind":"reading","minutes":20,"state":"completed"},
    {"id":"first-quiz","slug":"first-quiz","title":"A quiz","kind":"quiz","minutes":5,"state":"open"},
    {"id":"second","slug":"second","title":"The second","kind":"reading","minutes":1,"state":"locked",
     "needs":[{"kind":"skill","id":"demo.one","title":"One thing"},{"kind":"lesson","id":"first-quiz"}]},
    {"id":"more","slug":"more","title":"More","kind":"reading","minutes":9,"state":"open","optional":true}]}"#;
const FINISHED: &str = r#"{"percent":100,"done":1,"required":1,"next":null,"lessons":[
    {"id":"first","slug":"first","title":"The first","kind":"reading","minutes":20,"state":"completed"}]}"#;
const OPEN_ATTEMPT: &str = r#"{"id":"a1","state":"open","pass_mark":80,"questions":[
    {"id":"safe","type":"single","prompt":"<p>Which is <code>safe</code>?</p>","points":1,
     "choices":[{"id":"get","text":"<p>GET</p>"},{"id":"put","text":"<p>PUT</p>"}]},
    {"id":"long","type":"numeric","prompt":"<p>How long?</p>","points":2,"unit":"seconds"}]}"#;
const FAILED_ATTEMPT: &str = r#"{"id":"a1","state":"graded","pass_mark":80,"percent":33,"passed":false,"questions":[
    {"id":"safe","type":"single","prompt":"<p>?</p>","points":1,"correct":true,"explanation":"<p>It changes nothing.</p>"},
    {"id":"long","type":"numeric","prompt":"<p>?</p>","points":2,"correct":false}]}"#;
const PASSED_ATTEMPT: &str = r#"{"id":"a1","state":"graded","pass_mark":80,"percent":100,"passed":true,"questions":[
    {"id":"safe","type":"single","prompt":"<p>?</p>","points":1,"correct":true}]}"#;

fn list(name: Option<&str>) -> LearnerCommand {
    LearnerCommand::List(ListArgs { name: name.map(str::to_owned) })
}

fn next() -> LearnerCommand {
    LearnerCommand::Next(NextArgs { name: None })
}

fn status(name: Option<&str>) -> LearnerCommand {
    LearnerCommand::Status(StatusArgs { name: name.map(str::to_owned) })
}

fn quiz(answers: Option<&std::path::Path>, questions: bool) -> LearnerCommand {
    let answers = answers.map(Into::into);
    LearnerCommand::Quiz(QuizArgs { lesson: None, answers, questions, challenge: false, on: None })
}

fn read(lesson: Option<&str>, done: bool) -> LearnerCommand {
    LearnerCommand::Read(ReadArgs { lesson: lesson.map(str::to_owned), guide: false, done, on: None })
}

const FOUND: &str = r#"{"items":[
    {"kind":"lesson","id":"first","slug":"the-first","title":"The first","summary":"","pack":"p",
     "course":{"kind":"course","id":"demo","slug":"demo","title":"A demo"},
     "excerpt":[{"text":"What comes ","match":false},{"text":"first","match":true},{"text":" is first.","match":false}]},
    {"kind":"guide","id":"map","slug":"map","title":"The map","summary":"","pack":"p","course":null,"excerpt":[]}],
    "next":"more","corrected":[{"from":"frist","to":"first"}],"all_words":true,"more":false}"#;

#[test]
fn what_is_found_is_shown_with_its_excerpt() {
    let search = |kind: Option<&str>| {
        let words = vec!["frist".to_owned(), "C++".to_owned()];
        LearnerCommand::Search(SearchArgs { words, kind: kind.map(str::to_owned), limit: 2 })
    };
    let ended = run_with(search(Some("lesson")), false, &[ok(FOUND)], &[]);
    assert_eq!(ended.requests, ["GET search?q=frist+C%2B%2B&limit=2&kind=lesson"]);
    let expected = "Nothing has `frist`; searched for first in its place.\n\
                    the-first  The first (lesson, A demo)\n    What comes first is first.\nmap  The map (guide)\n\
                    There is more: add a word, or --limit.\n";
    assert_eq!(ended.out, expected);
    let none = r#"{"items":[],"next":null,"corrected":[],"all_words":true,"more":false}"#;
    assert_eq!(run_with(search(None), false, &[ok(none)], &[]).out, "Nothing was found.\nNext: cairn list\n");
    let some = r#"{"items":[{"kind":"guide","id":"map","slug":"map","title":"The map","summary":"","pack":"p",
        "course":null,"excerpt":[]}],"next":null,"corrected":[],"all_words":false,"more":false}"#;
    let expected = "Nothing has all of the words; this has some of them.\nmap  The map (guide)\n";
    assert_eq!(run_with(search(None), false, &[ok(some)], &[]).out, expected);
    let json: serde_json::Value = serde_json::from_str(&run_with(search(None), true, &[ok(FOUND)], &[]).out).unwrap();
    assert_eq!(json, serde_json::from_str::<serde_json::Value>(FOUND).unwrap());
}

#[test]
fn a_course_is_listed_with_its_lessons() {
    let ended = run_with(list(Some("demo")), false, &[ok(COURSE), ok(LESSONS)], &[]);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    let expected = "A demo\nTwo lessons.\n\nBring a *rope*.\n\n  first       reading  20 min  The first\n  first-quiz  quiz     5 min   \
                    A quiz\n\nNext: cairn enrol demo\n";
    assert_eq!(ended.out, expected);
}

#[test]
fn a_track_is_listed_with_its_courses() {
    let track = r#"{"slug":"way","title":"The way","summary":"All of it.","courses":[
        {"slug":"demo","title":"A demo","summary":"Two lessons.","minutes":25}]}"#;
    let ended = run_with(list(Some("way")), false, &[NOT_FOUND, ok(track)], &[]);
    let expected =
        "The way\nAll of it.\n\nCourses\n  demo  A demo (25 minutes)\n    Two lessons.\n\nNext: cairn enrol way\n";
    assert_eq!(ended.out, expected);
    let ended = run_with(list(Some("none")), false, &[NOT_FOUND, NOT_FOUND], &[]);
    assert!(ended.result.unwrap_err().help.clone().unwrap().contains("cairn list"));
}

#[test]
fn what_there_is_to_learn_is_listed_with_the_enrolments() {
    let tracks = r#"{"items":[{"slug":"way","title":"The way","summary":"All of it.","minutes":1}],"next":null}"#;
    let courses = r#"{"items":[{"slug":"demo","title":"A demo","summary":"Two lessons.","minutes":25}],"next":null}"#;
    let guides = r#"{"items":[{"slug":"map","title":"The map","summary":"Where to go."}],"next":null}"#;
    let ended = run_with(list(None), false, &[ok(guides), ok(tracks), ok(courses), ok(ENROLMENTS)], &[]);
    let expected = "Guides\n  map  The map\n    Where to go.\n\nTracks\n  way  The way (1 minute)\n    All of it.\n\nCourses\n  demo  A demo (25 minutes)\n    Two \
                    lessons.\n\nYour enrolments\n  demo  course  active  A demo\n\nNext: cairn next\nA guide: cairn read NAME --guide\n";
    assert_eq!(ended.out, expected);
    let json = run_with(list(None), true, &[ok(guides), ok(tracks), ok(courses), ok(NO_ENROLMENTS)], &[]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["courses"][0]["slug"], "demo");
}

#[test]
fn enrolling_finds_out_whether_the_name_is_a_course_or_a_track() {
    let enrol = || LearnerCommand::Enrol(EnrolArgs { name: "demo".into(), course: false, track: false });
    let enrolment =
        r#"{"id":"e1","state":"active","target":{"kind":"course","id":"demo","slug":"demo","title":"A demo"}}"#;
    let ended = run_with(enrol(), false, &[ok(COURSE), NOT_FOUND, ("201 Created", JSON, enrolment)], &[]);
    assert_eq!(ended.out, "You are enrolled on the course A demo.\nNext: cairn next\n");
    assert_eq!(ended.requests, ["GET courses/demo", "GET tracks/demo", "POST enrolments"]);
    assert_eq!(ended.bodies[2], r#"{"id":"demo","kind":"course"}"#);
    let both = run_with(enrol(), false, &[ok(COURSE), ok(COURSE)], &[]).result.unwrap_err();
    assert_eq!((both.exit, both.help.as_deref()), (Exit::Usage, Some("Add --course or --track.")));
}

const NEXT: &str = r#"{"lesson":
    {"id":"first-quiz","slug":"first-quiz","title":"A quiz","kind":"quiz","minutes":5,"state":"open"},
    "because":"only_open","sentence":"It is the only lesson that is open.","opens":["second"],"opens_minutes":1,
    "locked":null}"#;
/// Nothing is open, and not all is done.
const NEXT_LOCKED: &str = r#"{"lesson":null,"because":"all_locked","sentence":"Everything that is left is locked.",
    "opens":[],"opens_minutes":0,"locked":{"lesson":{"id":"second"},"way":{"minutes":7,"exact":true,"lessons":[
    {"id":"other","slug":"another","title":"Another thing","course":"elsewhere","kind":"reading","minutes":7,
     "enrolled":false}]}}}"#;
const NEXT_DONE: &str = r#"{"lesson":null,"because":"all_done","sentence":"Everything that is required is done.",
    "opens":[],"opens_minutes":0,"locked":null}"#;

#[test]
fn next_tells_the_lesson_the_reason_and_the_command() {
    let ended = run_with(next(), false, &[ok(ENROLMENTS), ok(NEXT)], &[]);
    let expected =
        "A demo (course)\n  A quiz (quiz, 5 minutes)\n  It is the only lesson that is open.\n  cairn quiz first-quiz\n";
    assert_eq!(ended.out, expected);
    assert_eq!(ended.requests[1], "GET enrolments/e1/next");
    let json = run_with(next(), true, &[ok(ENROLMENTS), ok(NEXT)], &[]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["items"][0]["lesson"]["command"], "cairn quiz first-quiz");
    assert_eq!(
        (&value["items"][0]["because"], &value["items"][0]["opens"][0]),
        (&"only_open".into(), &"second".into())
    );
}

#[test]
fn next_says_why_there_is_nothing() {
    let ended = run_with(next(), false, &[ok(ENROLMENTS), ok(NEXT_LOCKED)], &[]);
    let expected = "\
A demo (course)
  Everything that is left is locked.
  The shortest way: 1 lesson, 7 minutes
    1. Another thing  reading  7 min  cairn enrol elsewhere --course
";
    assert_eq!(ended.out, expected);
    let ended = run_with(next(), false, &[ok(ENROLMENTS), ok(NEXT_DONE)], &[]);
    assert_eq!(ended.out, "A demo (course)\n  Everything that is required is done.\n");
    let ended = run_with(next(), false, &[ok(NO_ENROLMENTS)], &[]);
    assert_eq!(ended.out, "You have no enrolment under way.\nNext: cairn list\n");
}

const WHY: &str = r#"{"id":"second","slug":"second","title":"The second","kind":"quiz","minutes":1,"state":"locked",
    "needs":[{"kind":"skill","id":"demo.one","title":"One thing","edge":"course","taught_by":["first","other"]},
    {"kind":"lesson","id":"first-quiz","title":"A quiz","edge":"lesson"}],"waiver":null,"may_challenge":true,
    "way":{"minutes":25,"exact":true,"lessons":[
    {"id":"first","slug":"first","title":"The first","course":"demo","kind":"reading","minutes":20,"enrolled":true},
    {"id":"first-quiz","slug":"first-quiz","title":"A quiz","course":"demo","kind":"quiz","minutes":5,
     "enrolled":true}]}}"#;

fn why(lesson: &str) -> LearnerCommand {
    LearnerCommand::Why(WhyArgs { lesson: lesson.to_owned(), on: None })
}

#[test]
fn why_tells_what_is_missing_and_the_way() {
    let ended = run_with(why("second"), false, &[ok(ENROLMENTS), ok(PROGRESS), ok(WHY)], &[]);
    assert_eq!(ended.requests[2], "GET enrolments/e1/lessons/second");
    let expected = "\
The second (quiz, 1 minute) is locked. It needs
  the skill One thing, as all of its course; taught by first, other
  the lesson A quiz
  The shortest way: 2 lessons, 25 minutes
    1. The first  reading  20 min  cairn read first
    2. A quiz     quiz     5 min   cairn quiz first-quiz
Or pass it as a challenge: cairn quiz second --challenge
";
    assert_eq!(ended.out, expected);
    let json = run_with(why("second"), true, &[ok(ENROLMENTS), ok(PROGRESS), ok(WHY)], &[]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["way"]["minutes"], 25);
    let nowhere = run_with(why("none"), false, &[ok(ENROLMENTS), ok(PROGRESS)], &[]).result.unwrap_err();
    assert_eq!(nowhere.code, "not_enrolled");
}

#[test]
fn why_tells_when_a_lesson_is_not_locked() {
    let open = r#"{"id":"more","slug":"more","title":"More","kind":"reading","minutes":9,"state":"open","needs":[],
        "waiver":{"by":"u1","reason":"She knows it.","at":"2026-01-31T12:00:00.000000Z"},"may_challenge":false,
        "way":null}"#;
    let ended = run_with(why("more"), false, &[ok(ENROLMENTS), ok(PROGRESS), ok(open)], &[]);
    let expected = "More (reading, 9 minutes) is open: cairn read more\nYour instructor opened it: She knows it.\n";
    assert_eq!(ended.out, expected);
    let skipped = r#"{"id":"first","slug":"first","title":"The first","kind":"reading","minutes":20,
        "state":"completed","completed_at":"2026-01-31T12:00:00.000000Z","skipped":true,"needs":[],"waiver":null,
        "may_challenge":false,"way":null}"#;
    let ended = run_with(why("first"), false, &[ok(ENROLMENTS), ok(PROGRESS), ok(skipped)], &[]);
    let expected = "The first (reading, 20 minutes) counts as completed since 2026-01-31: a quiz that it leads to was \
                    passed as a challenge.\n";
    assert_eq!(ended.out, expected);
}

#[test]
fn a_quiz_is_taken_as_a_challenge() {
    let args =
        QuizArgs { lesson: Some("first-quiz".into()), answers: None, questions: true, challenge: true, on: None };
    let command = LearnerCommand::Quiz(args);
    let ended = run_with(command, false, &[ok(ENROLMENTS), ok(PROGRESS), ok(OPEN_ATTEMPT)], &[]);
    assert_eq!(ended.bodies[2], r#"{"challenge":true}"#);
}

#[test]
fn an_instructor_opens_a_lesson_and_takes_that_back() {
    let waive = |reason: Option<&str>| {
        LearnerCommand::Waive(WaiveArgs {
            lesson: "second".into(),
            enrolment: "e9".into(),
            reason: reason.map(str::to_owned),
            take_back: reason.is_none(),
        })
    };
    let ended = run_with(waive(Some("She knows it.")), false, &[ok(WHY)], &[]);
    assert_eq!(ended.requests, ["PUT enrolments/e9/lessons/second/waiver"]);
    assert_eq!(ended.bodies, [r#"{"reason":"She knows it."}"#]);
    assert_eq!(ended.out, "The lesson The second is open to the learner now.\n");
    let ended = run_with(waive(None), true, &[("204 No Content", JSON, "")], &[]);
    assert_eq!(ended.requests, ["DELETE enrolments/e9/lessons/second/waiver"]);
    let value: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(value["waived"], false);
}

#[test]
fn status_shows_each_lesson_and_what_keeps_one_locked() {
    let ended = run_with(status(Some("demo")), false, &[ok(ENROLMENTS), ok(PROGRESS)], &[]);
    let expected = "\
A demo (course, active)
  ███████░░░░░░░░░░░░░░░░░  33 %  1 of 3 lessons
  ✓  first       reading  The first
  →  first-quiz  quiz     A quiz
  ·  second      reading  The second  needs the skill One thing, the lesson first-quiz
  ○  more        reading  More        optional
";
    assert_eq!(ended.out, expected);
    let weeks = ok(r#"{"items":[{"lessons":0,"minutes":0},{"lessons":3,"minutes":80},{"lessons":1,"minutes":1},
        {"lessons":2,"minutes":40}],"next":null}"#);
    let ended = run_with(status(None), false, &[ok(ENROLMENTS), ok(PROGRESS), weeks], &[]);
    let expected = "1 of 3 lessons\n  next: cairn quiz first-quiz\n\nYour last 4 weeks\n  ·█▁▄  at most 80 minutes in a \
                    week\n  this week 2 lessons (40 minutes)\n";
    assert!(ended.out.ends_with(expected), "{}", ended.out);
    let json = run_with(status(None), true, &[ok(ENROLMENTS), ok(PROGRESS), weeks], &[]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["weeks"][1]["minutes"], 80);
    let failure = run_with(status(Some("other")), false, &[ok(ENROLMENTS)], &[]).result.unwrap_err();
    assert!(failure.help.clone().unwrap().contains("cairn enrol other"));
}

#[test]
fn a_lesson_is_completed_when_the_reader_says_so() {
    let progress = PROGRESS.replace("first-quiz\",\"lessons", "more\",\"lessons").leak();
    let text = ok(r#"{"title":"More","kind":"reading","minutes":9,"html":"<p>Read <em>this</em>.</p>"}"#);
    let answers = [ok(ENROLMENTS), ok(progress), text, ok(FINISHED), ok(FINISHED)];
    let ended = run_with(read(None, false), false, &answers, &["y"]);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    assert_eq!(ended.asked, ["Have you read it? [Y/n] "]);
    assert_eq!(ended.requests[3], "PUT enrolments/e1/lessons/more/completion");
    let expected = "More\nreading, 9 minutes\n\nRead *this*.\n\n\n✓ More  1 of 1 lesson\n████████████████████████ 100 %\n\
                    You have finished the course A demo.\n";
    assert_eq!(ended.out, expected);
    // With nobody to ask it only says how to.
    let ended = run_with(read(None, false), false, &answers[..3], &[]);
    assert!(ended.out.ends_with("\nWhen you have read it: cairn read more --done\n"), "{}", ended.out);
    assert_eq!(ended.requests.len(), 3);
}

#[test]
fn a_quizs_questions_are_shown_with_what_each_takes() {
    let ended = run_with(quiz(None, true), false, &[ok(ENROLMENTS), ok(PROGRESS), ok(OPEN_ATTEMPT)], &[]);
    let expected = "\
A quiz

Question 1 of 2
Which is `safe`?
  a) GET
  b) PUT
  [safe: single]

Question 2 of 2 (2 points)
How long?
  [long: numeric]
";
    assert_eq!(ended.out, expected);
    assert_eq!(ended.requests[2], "POST enrolments/e1/lessons/first-quiz/attempts");
}

#[test]
fn a_quiz_is_asked_sent_and_explained() {
    let answers = [ok(ENROLMENTS), ok(PROGRESS), ok(OPEN_ATTEMPT), ok(FAILED_ATTEMPT)];
    let ended = run_with(quiz(None, false), false, &answers, &["x", "a", "1.5", ""]);
    assert_eq!(ended.result.unwrap(), Exit::Found);
    assert_eq!(
        ended.asked,
        [
            "Your answer (one letter): ",
            "Your answer (one letter): ",
            "Your answer (a number of seconds): ",
            "Send these answers? [Y/n] "
        ]
    );
    assert_eq!(
        ended.bodies[3],
        r#"{"answers":[{"choices":["get"],"question":"safe"},{"number":"1.5","question":"long"}]}"#
    );
    let expected = "\nQuestion 1 ✓ right\nIt changes nothing.\n\nQuestion 2 ✗ wrong\n\nNot passed with 33 %; 80 % \
                    passes.\nTry again: cairn quiz first-quiz\n";
    assert!(ended.out.ends_with(expected), "{}", ended.out);
}

#[test]
fn a_passed_quiz_tells_how_far_it_led() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"safe":"get","long":2}"#).unwrap();
    let answers = [ok(ENROLMENTS), ok(PROGRESS), ok(OPEN_ATTEMPT), ok(PASSED_ATTEMPT), ok(PROGRESS), ok(PROGRESS)];
    let ended = run_with(quiz(Some(file.path()), false), false, &answers, &[]);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    assert!(ended.out.contains("Passed with 100 %; 80 % passes.\n\n✓ A quiz  1 of 3 lessons\n"), "{}", ended.out);
}

#[test]
fn a_quiz_that_is_not_sent_is_a_failure_and_stays_open() {
    let answers = [ok(ENROLMENTS), ok(PROGRESS), ok(OPEN_ATTEMPT)];
    for typed in [&["a", "2", "n"][..], &["a"]] {
        let ended = run_with(quiz(None, false), false, &answers, typed);
        let declined = ended.result.unwrap_err();
        assert_eq!((declined.exit, declined.code.as_str()), (Exit::Failed, "declined"));
        assert!(declined.detail.contains("stays open"), "{declined}");
    }
}

/// The questions would not be seen.
#[test]
fn with_json_no_question_is_asked() {
    let ended = run_with(quiz(None, false), true, &[ok(ENROLMENTS), ok(PROGRESS)], &["a", "2", "y"]);
    assert_eq!(ended.result.unwrap_err().exit, Exit::Usage);
    assert_eq!(ended.requests.len(), 2, "no attempt is started");
    assert!(ended.asked.is_empty());
}

#[test]
fn a_reading_is_not_a_quiz() {
    let reading = PROGRESS.replace("\"next\":\"first-quiz\"", "\"next\":\"more\"").leak();
    let ended = run_with(quiz(None, true), false, &[ok(ENROLMENTS), ok(reading)], &[]);
    let failure = ended.result.unwrap_err();
    assert_eq!(failure.detail, "`more` is a reading, not a quiz.");
    assert_eq!(failure.help.as_deref(), Some("Run `cairn read more`."));
}

/// Two weeks with a missed one between them; the last lesson takes several weeks, and one is out of reach.
const PLAN: &str = r#"{"minutes_a_week":90,"start":"2026-12-01","missed":["2026-12-08"],"finish":"2026-12-28","minutes":150,
    "overdue":1,"critical_path":{"minutes":150,"lessons":["first","second"]},
    "weeks":[{"begins":"2026-12-01","missed":false,"minutes":20,"lessons":["first"]},
        {"begins":"2026-12-08","missed":true,"minutes":0,"lessons":[]},
        {"begins":"2026-12-15","missed":false,"minutes":90,"lessons":["second"]},
        {"begins":"2026-12-22","missed":false,"minutes":40,"lessons":["second"]}],
    "lessons":[{"id":"first","slug":"first","title":"The first","course":"demo","minutes":20,"why":"required",
        "begins":"2026-12-01","critical":true,"overdue":true},
        {"id":"second","slug":"second","title":"The second","course":"other","minutes":130,"why":"elsewhere",
        "begins":"2026-12-15","critical":false,"overdue":false}],
    "blocked":[{"slug":"last","title":"The last","needs":[{"kind":"skill","id":"demo.lost"}]}],"difference":null}"#;

fn plan(hours: Option<u32>, start: Option<&str>, missing: &[&str]) -> LearnerCommand {
    let date = |day: &str| day.parse().unwrap();
    let missing = missing.iter().map(|day| date(day)).collect();
    LearnerCommand::Plan(StudyPlanArgs { name: None, hours, start: start.map(date), missing, ics: None })
}

#[test]
fn a_plan_is_shown_week_by_week() {
    let ended = run_with(plan(None, None, &[]), false, &[ok(ENROLMENTS), ok(PLAN)], &[]);
    let expected = "\
A demo (course)
  1 h 30 min a week from 2026-12-01
  done by 2026-12-28; 2 h 30 min are left
  1 lesson overdue

  2026-12-01  ◆  first   20 min      The first   overdue
  2026-12-08     missed
  2026-12-15     second  2 h 10 min  The second  from the course other
  2026-12-22     second  goes on     The second  from the course other

◆ the critical path: 2 lessons, 2 h 30 min; no pace is faster than that
✗ The last (last) cannot be planned: it needs the skill demo.lost, which is out of reach
";
    assert_eq!(ended.out, expected);
}

#[test]
fn a_plan_is_made_and_changed_with_what_it_had() {
    let made = run_with(plan(Some(90), Some("2026-12-01"), &[]), true, &[ok(ENROLMENTS), NOT_FOUND, ok(PLAN)], &[]);
    assert_eq!(made.result.unwrap(), Exit::Ok);
    assert_eq!(made.bodies[2], r#"{"minutes_a_week":90,"missed":[],"start":"2026-12-01"}"#);
    let changed = run_with(plan(Some(60), None, &[]), true, &[ok(ENROLMENTS), ok(PLAN), ok(PLAN)], &[]);
    assert_eq!(changed.requests[2], "PUT enrolments/e1/plan");
    assert_eq!(changed.bodies[2], r#"{"minutes_a_week":60,"missed":["2026-12-08"],"start":"2026-12-01"}"#);
    let later = run_with(plan(None, Some("2026-12-09"), &[]), true, &[ok(ENROLMENTS), ok(PLAN), ok(PLAN)], &[]);
    assert_eq!(later.bodies[2], r#"{"minutes_a_week":90,"missed":[],"start":"2026-12-09"}"#);
    let half = run_with(plan(Some(60), None, &[]), false, &[ok(ENROLMENTS), NOT_FOUND], &[]).result.unwrap_err();
    assert_eq!((half.exit, half.detail.as_str()), (Exit::Usage, "A new plan needs --hours and --start."));
    let none = run_with(plan(None, None, &[]), false, &[ok(ENROLMENTS), NOT_FOUND], &[]).result.unwrap_err();
    assert!(none.help.clone().unwrap().contains("cairn plan demo --hours"), "{none}");
}

#[test]
fn what_a_missed_week_moves_is_shown() {
    let difference = r#""difference":{"finish_before":"2026-12-28","finish_after":"2027-01-04","moved":[
        {"slug":"second","title":"The second","before":{"begins":"2026-12-15"},"after":{"begins":"2026-12-22"}}]}"#;
    let with = PLAN.replace("\"difference\":null", difference).leak();
    let answers = [ok(ENROLMENTS), ok(PLAN), ok(with)];
    let ended = run_with(plan(None, None, &["2026-12-15", "2026-12-29"]), false, &answers, &[]);
    assert_eq!(ended.requests[2], "GET enrolments/e1/plan?missing=2026-12-15%2C2026-12-29");
    let expected =
        "\n1 lesson moved; done by 2027-01-04 instead of 2026-12-28\n  second  2026-12-15 → 2026-12-22  The second\n";
    assert!(ended.out.ends_with(expected), "{}", ended.out);
}
