//! Attempts at drills and work at capstones, over the store's contract.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use cairn_domain::catalog::*;
use cairn_domain::identity::{Actor, Email, Role, User, Via};
use cairn_domain::learning::{self, Target};
use cairn_domain::practice::{self, *};
use cairn_domain::shared::*;
use cairn_domain::{Code, StoreExt};
use cairn_drill::http::{Exchange, Response, Transcript};
use cairn_drill::run::{Job, Report, ResultSet};
use cairn_drill::{DrillKind, data::Cell};
use cairn_memory::MemoryStore;
use serde_json::{Value, json};
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}
fn actor(n: u128, role: Role) -> Actor {
    Actor { user: UserId::new(Uuid::from_u128(n)), roles: [Role::Learner, role].into(), via: Via::Operator }
}
fn learner(n: u128) -> Actor {
    actor(n, Role::Learner)
}
fn lesson(id: &str) -> LessonId {
    LessonId::new(id).unwrap()
}
fn enrolment(n: u128) -> EnrolmentId {
    EnrolmentId::new(Uuid::from_u128(n))
}
fn id(n: u128) -> AttemptId {
    AttemptId::new(Uuid::from_u128(n))
}

fn http(status: u16) -> Value {
    json!({
        "drill": "http/v1",
        "base_url": { "default": "http://127.0.0.1:8080" },
        "steps": [{ "id": "look", "request": { "method": "GET", "path": "/" }, "expect": [{ "status": status }] }],
    })
}
fn sql() -> Value {
    json!({ "drill": "sql/v1", "data": { "seed": 1, "tables": [{ "name": "t", "create": "CREATE TABLE t (n INTEGER)" }] }, "reference": "SELECT 1" })
}

/// A course of an HTTP drill `look`, an SQL drill `ask` and a capstone `end` on both.
fn apply(store: &MemoryStore, number: u8, status: u16) {
    let draft = |id: &str, detail: Detail, task: Option<Value>| {
        let mut document = Document::new(id, id, detail).unwrap();
        document.revision = Revision::from_digest([number; 32]);
        let task = task.map(|value| {
            let authored = cairn_drill::parse(value).unwrap();
            Task::drill(authored.drill, authored.key)
        });
        DraftDocument { document, html: String::new(), task }
    };
    let rules = |kind| DrillRules { kind, attempts: None, cool_down_seconds: 0, open_minutes: 1 };
    let criterion = Criterion {
        id: CriterionId::new("way-back").unwrap(),
        title: "A way back".into(),
        about: "It can be undone.".into(),
        points: 4,
    };
    let capstone =
        CapstoneRules { drills: vec![lesson("look")], rubric: vec![criterion], pass: 3, hand_in: HandIn::Text };
    let lessons = ["look", "ask", "end"].map(lesson).to_vec();
    let draft = Draft {
        pack: PackInfo {
            id: PackId::new("p").unwrap(),
            title: "P".into(),
            summary: String::new(),
            language: "en".into(),
            licence: "CC0-1.0".into(),
            authors: Vec::new(),
        },
        digest: Revision::from_digest([number; 32]),
        documents: vec![
            draft("look", Detail::Lesson(Lesson::drill(5, rules(DrillKind::Http))), Some(http(status))),
            draft("ask", Detail::Lesson(Lesson::drill(5, rules(DrillKind::Sql))), Some(sql())),
            draft("end", Detail::Lesson(Lesson::capstone(5, capstone)), None),
            draft("c", Detail::Course(Course { lessons, ..Course::default() }), None),
        ],
        moves: Vec::new(),
        links: Vec::new(),
        files: Vec::new(),
    };
    let id = ReleaseId::new(Uuid::from_u128(u128::from(number)));
    store.write(|tx| apply_release(tx, None, &draft, (None, ""), id, at(0))).unwrap();
}

fn enrolled() -> MemoryStore {
    let store = MemoryStore::default();
    apply(&store, 1, 200);
    for n in [1, 2, 3] {
        let email = Email::new(&format!("user{n}@example.org")).unwrap();
        let user = User::new(learner(n).user, email, "Somebody", [], at(0)).unwrap();
        store.write(|tx| tx.users_mut().insert(&user)).unwrap();
        let target = Target::Course(CourseId::new("c").unwrap());
        store.write(|tx| learning::enrol(tx, &learner(n), &target, enrolment(n), at(1))).unwrap();
    }
    store
}
fn start(store: &MemoryStore, n: u128, drill: &str, attempt: u128, second: i64) -> cairn_domain::Result<DrillAttempt> {
    let new = NewDrillAttempt { id: id(attempt), challenge: false, nonce: attempt, seed: 7 };
    let started = |tx: &mut dyn cairn_domain::WriteTx| {
        practice::start_drill_attempt(tx, &learner(n), enrolment(n), &lesson(drill), new, at(second))
    };
    store.write(started).map(|(attempt, _)| attempt)
}
fn seen(status: u16) -> Transcript {
    let response = Response { status, headers: Vec::new(), body: String::new(), cut: false };
    let url = "http://127.0.0.1:8080/".to_owned();
    let exchange =
        Exchange { step: "look".into(), turn: 0, url, duration_ms: 1, response: Some(response), error: None };
    Transcript { exchanges: vec![exchange] }
}
fn nonce(n: u128) -> String {
    Nonce::new(n).as_str().to_owned()
}
fn judge(
    store: &MemoryStore,
    n: u128,
    attempt: u128,
    (nonce, transcript): (&str, &Transcript),
    second: i64,
) -> cairn_domain::Result<DrillAttempt> {
    let judged = |tx: &mut dyn cairn_domain::WriteTx| {
        practice::judge_transcript(tx, &learner(n), id(attempt), (nonce, transcript), at(second))
    };
    store.write(judged).map(|(attempt, _)| attempt)
}
fn code<T: std::fmt::Debug>(result: cairn_domain::Result<T>) -> Code {
    result.unwrap_err().code()
}
fn completed(store: &MemoryStore, n: u128, id: &str) -> bool {
    store.read(|tx| tx.records().record(learner(n).user)).unwrap().completed(&lesson(id))
}

/// Answers with this number to whatever is asked.
struct Says(i64);

impl Sandbox for Says {
    fn run(&self, _: UserId, job: &Job) -> cairn_domain::Result<Report> {
        let cairn_drill::run::Work::Script { sql, .. } = &job.work else { panic!("no script") };
        let number = if sql == "SELECT 1" { 1 } else { self.0 };
        let result = ResultSet { columns: vec!["n".into()], rows: vec![vec![Cell::Integer(number)]], omitted: 0 };
        Ok(Report { statements: 1, result: Some(result), ..Report::default() })
    }
}

#[test]
fn a_transcript_is_judged_once_for_its_own_attempt() {
    let store = enrolled();
    start(&store, 1, "look", 1, 2).unwrap();
    assert_eq!(code(start(&store, 1, "look", 2, 3)), Code::AttemptOpen);
    let (good, bad) = (seen(200), seen(500));
    assert_eq!(code(judge(&store, 2, 1, (&nonce(1), &good), 4)), Code::NotFound);
    assert_eq!(code(judge(&store, 1, 1, (&nonce(2), &good), 4)), Code::NonceWrong);
    assert_eq!(code(judge(&store, 1, 1, ("", &good), 4)), Code::NonceWrong);
    let mut strange = seen(200);
    strange.exchanges[0].step = "other".into();
    assert_eq!(code(judge(&store, 1, 1, (&nonce(1), &strange), 4)), Code::TranscriptInvalid);
    let mut large = seen(200);
    large.exchanges[0].url = "x".repeat(MOST_TRANSCRIPT);
    assert_eq!(code(judge(&store, 1, 1, (&nonce(1), &large), 4)), Code::TranscriptTooLarge);
    let judged = judge(&store, 1, 1, (&nonce(1), &bad), 4).unwrap();
    let outcome = judged.judged().unwrap();
    assert!(!outcome.verdict.passed() && outcome.provenance == Provenance::ObservedByLearner);
    assert_eq!(code(judge(&store, 1, 1, (&nonce(1), &good), 5)), Code::AttemptJudged, "a replay");
    assert!(!completed(&store, 1, "look"));
    start(&store, 1, "look", 2, 6).unwrap();
    judge(&store, 1, 2, (&nonce(2), &good), 7).unwrap();
    assert!(completed(&store, 1, "look"));
}

#[test]
fn an_expired_attempt_takes_nothing_and_makes_room() {
    let store = enrolled();
    start(&store, 1, "look", 1, 2).unwrap();
    assert_eq!(code(start(&store, 1, "look", 2, 61)), Code::AttemptOpen);
    assert_eq!(code(judge(&store, 1, 1, (&nonce(1), &seen(200)), 62)), Code::AttemptExpired);
    start(&store, 1, "look", 2, 62).unwrap();
    assert_eq!(code(judge(&store, 1, 1, (&nonce(1), &seen(200)), 10)), Code::AttemptExpired, "it was replaced");
    judge(&store, 1, 2, (&nonce(2), &seen(200)), 63).unwrap();
}

#[test]
fn sql_is_run_apart_and_judged_by_the_server() {
    let store = enrolled();
    start(&store, 1, "ask", 1, 2).unwrap();
    let prepare = |n, given: HandedIn, second| {
        store.read(|tx| practice::prepare_solution(tx, &learner(n), id(1), &given, at(second)))
    };
    let sql = |text: &str| HandedIn::Sql(text.to_owned());
    assert_eq!(code(prepare(2, sql("SELECT 2"), 3)), Code::NotFound);
    assert_eq!(code(prepare(1, HandedIn::Steps(BTreeMap::new()), 3)), Code::WrongLessonKind);
    assert_eq!(code(prepare(1, HandedIn::Transcript(seen(200)), 3)), Code::WrongLessonKind);
    assert_eq!(code(prepare(1, sql(""), 3)), Code::Invalid);
    assert_eq!(code(prepare(1, sql(&"x".repeat(MOST_SQL + 1)), 3)), Code::Invalid);
    let prepared = prepare(1, sql("SELECT 2"), 3).unwrap();
    let observed = prepared.run(&Says(1)).unwrap();
    let record = || store.write(|tx| practice::record_solution_verdict(tx, &learner(1), &prepared, &observed, at(3)));
    let (judged, _) = record().unwrap();
    assert!(judged.judged().unwrap().verdict.passed(), "{:?}", judged.judged());
    assert_eq!(judged.judged().unwrap().provenance, Provenance::RunByServer);
    assert_eq!(code(record()), Code::AttemptJudged);
    assert!(completed(&store, 1, "ask"));
    // The same again, and otherwise where the engine says otherwise.
    let replayed = |says| {
        let prepared = store.read(|tx| practice::prepare_replay(tx, &learner(1), id(1))).unwrap();
        let observed = prepared.run(&Says(says)).unwrap();
        store.read(|tx| practice::replay(tx, &learner(1), &prepared, &observed)).unwrap().1
    };
    assert!(replayed(1) && !replayed(2));
    assert_eq!(code(store.read(|tx| practice::prepare_replay(tx, &learner(2), id(1)))), Code::NotFound);
    assert_eq!(store.write(|tx| practice::forget_handed_in(tx, at(9), 9)).unwrap(), 1);
    assert_eq!(code(store.read(|tx| practice::prepare_replay(tx, &learner(1), id(1)))), Code::NothingToReplay);
}

#[test]
fn a_mended_drill_changes_verdicts_only_as_was_shown_and_takes_nothing_away() {
    let store = enrolled();
    for (n, status) in [(1, 200), (2, 201), (3, 200)] {
        start(&store, n, "look", n, 2).unwrap();
        judge(&store, n, n, (&nonce(n), &seen(status)), 3).unwrap();
    }
    store.write(|tx| practice::forget_handed_in(tx, at(9), 1)).unwrap();
    apply(&store, 2, 201);
    let author = actor(1, Role::Author);
    let look = || ContentId::new("look").unwrap();
    let evaluate = || {
        let mut report = store.read(|tx| practice::begin_re_evaluation(tx, &author, &look())).unwrap();
        loop {
            let (of, last) = (report.lesson.clone(), report.last());
            let next = store.read(|tx| practice::next_judged(tx, &author, &of, last)).unwrap();
            if next.is_empty() {
                return report;
            }
            report.take(&next, &Says(0)).unwrap();
        }
    };
    assert_eq!(code(store.read(|tx| practice::begin_re_evaluation(tx, &learner(1), &look()))), Code::RoleMissing);
    let report = evaluate();
    assert_eq!((report.evaluated, report.skipped), (2, 1));
    let told: Vec<_> = report.changes.iter().map(|one| (one.attempt, one.was.0, one.verdict.passed())).collect();
    assert_eq!(told, [(id(2), false, true), (id(3), true, false)]);
    assert!(!completed(&store, 2, "look"), "nothing was written");
    let apply_it = |report: &ReEvaluation| store.write(|tx| practice::apply_re_evaluation(tx, &author, report, at(9)));
    apply_it(&report).unwrap();
    assert!(completed(&store, 2, "look") && completed(&store, 3, "look"));
    assert_eq!(code(apply_it(&report)), Code::Stale, "the verdicts are others by now");
    assert!(evaluate().changes.is_empty());
    let old = evaluate();
    apply(&store, 3, 202);
    assert_eq!(code(apply_it(&old)), Code::Stale, "the drill is another");
}

#[test]
fn work_goes_to_and_fro_until_it_is_accepted() {
    let store = enrolled();
    let (teacher, end) = (actor(2, Role::Instructor), lesson("end"));
    let hand_in = |text: &str, second| {
        let work = HandedWork { text: Some(text.to_owned()), link: None };
        let submission = SubmissionId::new(Uuid::from_u128(5));
        store
            .write(|tx| practice::hand_in(tx, &learner(1), enrolment(1), &end, (submission, work.clone()), at(second)))
            .map(|(submission, _)| submission)
    };
    assert_eq!(code(hand_in("x", 2)), Code::Locked);
    start(&store, 1, "look", 1, 2).unwrap();
    judge(&store, 1, 1, (&nonce(1), &seen(200)), 3).unwrap();
    assert_eq!(code(hand_in("", 4)), Code::Invalid);
    let first = hand_in("x", 4).unwrap();
    assert_eq!((first.version, first.state), (1, SubmissionState::Submitted));
    let review = |who: &Actor, version, points: u16| {
        let points = BTreeMap::from([(CriterionId::new("way-back").unwrap(), points)]);
        store
            .write(|tx| practice::review(tx, who, (enrolment(1), &end), version, &points, at(5)))
            .map(|(submission, _)| submission.state)
    };
    assert_eq!(code(review(&learner(1), 1, 4)), Code::RoleMissing);
    assert_eq!(code(review(&actor(1, Role::Instructor), 1, 4)), Code::OwnWork);
    assert_eq!(code(review(&teacher, 2, 4)), Code::Stale);
    assert_eq!(code(review(&teacher, 1, 5)), Code::Invalid);
    assert_eq!(review(&teacher, 1, 2).unwrap(), SubmissionState::Returned);
    assert_eq!(code(review(&teacher, 2, 4)), Code::AlreadyReviewed);
    let comment = |who: &Actor, text: &str| {
        store.write(|tx| practice::comment(tx, who, enrolment(1), &end, text, at(6))).map(|comment| comment.number)
    };
    assert_eq!(comment(&teacher, "And the way back?").unwrap(), 1);
    assert_eq!(comment(&learner(1), "Here it is.").unwrap(), 2);
    assert_eq!(code(comment(&learner(3), "Me too.")), Code::NotFound);
    assert!(!completed(&store, 1, "end"));
    assert_eq!(hand_in("y", 7).unwrap().versions.len(), 2);
    assert_eq!(review(&teacher, 3, 3).unwrap(), SubmissionState::Accepted);
    assert!(completed(&store, 1, "end"));
    assert_eq!(code(hand_in("z", 8)), Code::SubmissionAccepted);
}
