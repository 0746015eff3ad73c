//! Attempts at drills, and work at capstones.

use std::collections::BTreeMap;

use cairn_domain::practice::{
    Comment, DrillAttempt, DrillState, HandedIn, HandedWork, Judged, Nonce, Provenance, Review, Submission,
    SubmissionState, WorkVersion,
};
use cairn_domain::shared::{AttemptId, EnrolmentId, PageRequest, SubmissionId, UserId};
use cairn_domain::{Code, Result, Store, StoreExt};
use cairn_drill::{DrillKind, Evidence, Verdict};

use super::attempts::prepare;
use super::sample::*;

fn attempt(n: u128, user: UserId, lesson: &str) -> DrillAttempt {
    DrillAttempt {
        id: AttemptId::new(uuid(n)),
        user,
        enrolment: EnrolmentId::new(uuid(77)),
        lesson: lesson_id(lesson),
        revision: revision("drill"),
        kind: DrillKind::Sql,
        challenge: n % 2 == 1,
        nonce: Nonce::new(u128::MAX - n),
        seed: n << 100,
        started_at: at(-3),
        expires_at: at(3),
        state: DrillState::Open,
    }
}

fn judged(attempt: &DrillAttempt, second: i64, said: &str) -> DrillAttempt {
    let evidence = Evidence { messages: vec![said.to_owned()], ..Evidence::default() };
    let judged = Judged {
        at: at(second),
        revision: attempt.revision.clone(),
        // What an engine says may hold any character, and so may a verdict.
        handed_in: Some(HandedIn::Sql("SELECT 'ä\0'".into())),
        verdict: Verdict { evidence, ..Verdict::default() },
        provenance: Provenance::RunByServer,
    };
    DrillAttempt { state: DrillState::Judged(Box::new(judged)), ..attempt.clone() }
}

fn insert(store: &dyn Store, attempt: &DrillAttempt) -> Result<()> {
    store.write(|tx| tx.drill_attempts_mut().insert_drill_attempt(attempt))
}
fn judge(store: &dyn Store, attempt: &DrillAttempt) -> Result<()> {
    store.write(|tx| tx.drill_attempts_mut().judge_drill_attempt(attempt))
}
fn get(store: &dyn Store, n: u128) -> Option<DrillAttempt> {
    store.read(|tx| tx.drill_attempts().drill_attempt(AttemptId::new(uuid(n)))).unwrap()
}
fn open(store: &dyn Store, user: UserId) -> Option<u128> {
    let open = store.read(|tx| tx.drill_attempts().open_drill_attempt(user, &lesson_id("d"))).unwrap();
    open.map(|attempt| attempt.id.uuid().as_u128())
}

pub(super) fn a_drill_attempt_comes_back_open_expired_and_judged(store: &dyn Store) {
    let ada = add_user(store, 1).id;
    assert_eq!(code(insert(store, &attempt(1, ada, "d"))), Code::Internal, "there is no enrolment");
    prepare(store, ada);
    assert_eq!(code(insert(store, &attempt(1, user_id(2), "d"))), Code::Internal, "there is no user");
    let first = attempt(1, ada, "d");
    insert(store, &first).unwrap();
    assert_eq!((get(store, 1), open(store, ada)), (Some(first.clone()), Some(1)));
    assert_eq!(code(insert(store, &attempt(2, ada, "d"))), Code::AttemptOpen);
    store.write(|tx| tx.drill_attempts_mut().expire_drill_attempt(first.id)).unwrap();
    assert_eq!(get(store, 1), Some(DrillAttempt { state: DrillState::Expired, ..first.clone() }));
    let again = store.write(|tx| tx.drill_attempts_mut().expire_drill_attempt(first.id));
    assert_eq!((code(again), open(store, ada)), (Code::AttemptJudged, None));
    assert_eq!(code(judge(store, &judged(&first, 1, ""))), Code::AttemptJudged);

    let second = attempt(2, ada, "d");
    insert(store, &second).unwrap();
    assert_eq!(code(judge(store, &second)), Code::Internal, "there is no outcome");
    // Nothing but the outcome is written.
    let other = DrillAttempt { started_at: at(50), challenge: true, ..judged(&second, 5, "a\0b") };
    judge(store, &other).unwrap();
    assert_eq!(get(store, 2), Some(judged(&second, 5, "a\0b")));
    assert_eq!(code(judge(store, &judged(&second, 6, ""))), Code::AttemptJudged);
    assert_eq!(open(store, ada), None);
}

pub(super) fn a_verdict_is_replaced_and_what_was_handed_in_forgotten(store: &dyn Store) {
    let ada = add_user(store, 1).id;
    prepare(store, ada);
    let again = |attempt: &DrillAttempt| store.write(|tx| tx.drill_attempts_mut().re_judge_drill_attempt(attempt));
    for n in 1..=3 {
        let attempt = attempt(n, ada, "d");
        insert(store, &attempt).unwrap();
        assert_eq!(code(again(&judged(&attempt, 1, ""))), Code::Internal, "it is not judged");
        judge(store, &judged(&attempt, n as i64, "was")).unwrap();
    }
    let mut changed = judged(&attempt(2, ada, "d"), 99, "is");
    if let DrillState::Judged(judged) = &mut changed.state {
        (judged.revision, judged.handed_in) = (revision("next"), None);
    }
    again(&changed).unwrap();
    let mut expected = judged(&attempt(2, ada, "d"), 2, "is");
    if let DrillState::Judged(judged) = &mut expected.state {
        judged.revision = revision("next");
    }
    assert_eq!(get(store, 2), Some(expected), "the verdict and its revision alone");
    let forget = |second, limit| store.write(|tx| tx.drill_attempts_mut().forget_handed_in(at(second), limit)).unwrap();
    let kept = || (1..=3).map(|n| get(store, n).unwrap().judged().unwrap().handed_in.is_some()).collect::<Vec<_>>();
    assert_eq!((forget(1, 9), kept()), (0, vec![true, true, true]));
    assert_eq!((forget(3, 1), kept()), (1, vec![false, true, true]), "the oldest first");
    assert_eq!((forget(3, 9), kept()), (1, vec![false, false, true]));
}

pub(super) fn drill_attempts_are_listed_by_learner_and_by_lesson(store: &dyn Store) {
    let (ada, bob) = (add_user(store, 1).id, add_user(store, 2).id);
    prepare(store, ada);
    for (n, user, lesson) in [(5, ada, "d"), (2, ada, "d"), (3, ada, "e"), (4, bob, "d")] {
        let attempt = attempt(n, user, lesson);
        insert(store, &attempt).unwrap();
        judge(store, &judged(&attempt, 1, "")).unwrap();
    }
    insert(store, &attempt(9, ada, "d")).unwrap();
    let ids = |all: Vec<DrillAttempt>| all.iter().map(|one| one.id.uuid().as_u128()).collect::<Vec<_>>();
    let of = |user, limit| {
        let list = |tx: &mut dyn cairn_domain::ReadTx, page: &PageRequest| {
            tx.drill_attempts().drill_attempts(user, &lesson_id("d"), page)
        };
        ids(pages(store, limit, list))
    };
    assert_eq!((of(ada, 200), of(ada, 1), of(bob, 2)), (vec![2, 5, 9], vec![2, 5, 9], vec![4]));
    let after = |after: Option<u128>, limit| {
        let after = after.map(|n| AttemptId::new(uuid(n)));
        ids(store.read(|tx| tx.drill_attempts().judged_drill_attempts(&lesson_id("d"), after, limit)).unwrap())
    };
    assert_eq!((after(None, 9), after(None, 2), after(Some(4), 9)), (vec![2, 4, 5], vec![2, 4], vec![5]));
}

fn work(n: u128, user: UserId) -> Submission {
    let work = HandedWork { text: Some("ä".into()), link: None };
    Submission {
        id: SubmissionId::new(uuid(n)),
        user,
        enrolment: EnrolmentId::new(uuid(77)),
        lesson: lesson_id("k"),
        state: SubmissionState::Submitted,
        versions: vec![WorkVersion { revision: revision("k"), work, at: at(n as i64), review: None }],
        version: 1,
    }
}
fn put(store: &dyn Store, submission: &Submission) -> Result<()> {
    store.write(|tx| tx.submissions_mut().put_submission(submission))
}
fn of(store: &dyn Store, user: UserId) -> Option<Submission> {
    store.read(|tx| tx.submissions().submission(user, &lesson_id("k"))).unwrap()
}

pub(super) fn work_comes_back_with_its_versions_and_reviews(store: &dyn Store) {
    let ada = add_user(store, 1).id;
    assert_eq!(code(put(store, &work(1, ada))), Code::Internal, "there is no enrolment");
    prepare(store, ada);
    let mut mine = work(1, ada);
    put(store, &mine).unwrap();
    assert_eq!(of(store, ada), Some(mine.clone()));
    assert_eq!(code(put(store, &work(2, ada))), Code::Stale, "there is work already");
    assert_eq!(code(put(store, &Submission { version: 3, ..mine.clone() })), Code::Stale);
    let points = BTreeMap::from([("way-back".parse().unwrap(), 3)]);
    mine.versions[0].review = Some(Review { by: ada, at: at(7), points, accepted: false });
    (mine.state, mine.version) = (SubmissionState::Returned, 2);
    put(store, &mine).unwrap();
    let link = HandedWork { text: None, link: Some("https://example.org/x".into()) };
    mine.versions.push(WorkVersion { revision: revision("next"), work: link, at: at(8), review: None });
    (mine.state, mine.version) = (SubmissionState::Submitted, 3);
    put(store, &mine).unwrap();
    assert_eq!(of(store, ada), Some(mine.clone()));
    // What was handed in stays as it was.
    let mut other = Submission { version: 4, ..mine.clone() };
    other.versions[1].work.link = Some("https://example.org/y".into());
    put(store, &other).unwrap();
    assert_eq!(of(store, ada), Some(Submission { version: 4, ..mine }));
}

pub(super) fn work_is_listed_by_state_and_written_about(store: &dyn Store) {
    let users = [1, 2, 3].map(|n| add_user(store, n).id);
    prepare(store, users[0]);
    for (n, user) in (1..).zip(users) {
        put(store, &work(n, user)).unwrap();
    }
    let returned = Submission { state: SubmissionState::Returned, version: 2, ..work(2, users[1]) };
    put(store, &returned).unwrap();
    let list = |state, limit| {
        let found = pages(store, limit, |tx: &mut dyn cairn_domain::ReadTx, page: &PageRequest| {
            tx.submissions().submissions(state, page)
        });
        found.iter().map(|one| one.id.uuid().as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(list(SubmissionState::Submitted, 1), [1, 3]);
    assert_eq!(list(SubmissionState::Returned, 200), [2]);
    assert!(list(SubmissionState::Accepted, 200).is_empty());

    let id = SubmissionId::new(uuid(1));
    let comment = |number, author: UserId, text: &str| Comment {
        submission: id,
        number,
        author,
        at: at(i64::from(number)),
        text: text.to_owned(),
    };
    let add = |comment: &Comment| store.write(|tx| tx.submissions_mut().add_comment(comment));
    let all = [comment(1, users[1], "Why?"), comment(2, users[0], "ä\n")];
    all.iter().for_each(|one| add(one).unwrap());
    assert_eq!(code(add(&comment(2, users[1], "late"))), Code::Stale);
    assert_eq!(code(add(&comment(3, user_id(9), "nobody"))), Code::Internal);
    let nowhere = Comment { submission: SubmissionId::new(uuid(9)), ..comment(1, users[0], "x") };
    assert_eq!(code(add(&nowhere)), Code::Internal);
    assert_eq!(code(add(&comment(3, users[0], "a\0"))), Code::Invalid);
    assert_eq!(store.read(|tx| tx.submissions().comments(id)).unwrap(), all);
}
