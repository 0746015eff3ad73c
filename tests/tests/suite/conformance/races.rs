//! Many at once: no update is lost, and what there is one of is given once.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use cairn_domain::catalog::Draft;
use cairn_domain::identity::{Actor, Email, Role, User, UserPatch, update_user};
use cairn_domain::learning::{
    AttemptState, Event, LearningRecord, Target, complete_lesson, enrol, start_attempt, submit_attempt,
};
use cairn_domain::operations::{IdempotencyKey, Outcome, Rendered, once};
use cairn_domain::shared::{AttemptId, EnrolmentId};
use cairn_domain::{Code, Result, Store, StoreExt, WriteTx};

use super::sample::*;

/// Runs work on so many threads that begin together; gives the results in the order of the threads.
fn together<T: Send>(threads: u64, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads as usize);
    std::thread::scope(|scope| {
        let (work, barrier) = (&work, &barrier);
        let run = |n| {
            move || {
                barrier.wait();
                work(n)
            }
        };
        let threads: Vec<_> = (0..threads).map(|n| scope.spawn(run(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// How many succeeded; all others were refused with this code.
fn winners<T>(results: Vec<Result<T>>, refused: Code) -> usize {
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    for lost in lost {
        assert_eq!(code(lost), refused);
    }
    won.len()
}

pub(super) fn eight_times_a_hundred_updates_of_one_row_all_succeed(store: &dyn Store) {
    let user = add_user(store, 1);
    let change = |tx: &mut dyn WriteTx| {
        let mut user = tx.users().get(user.id)?.expect("the user is there");
        user.version += 1;
        user.name = format!("Version {}", user.version);
        tx.users_mut().update(&user)?;
        Ok(user.version)
    };
    let seen = together(8, |_| (0..100).map(|_| store.write(change).unwrap()).collect::<Vec<_>>());
    let seen: BTreeSet<_> = seen.into_iter().flatten().collect();
    assert_eq!(seen, (2..=801).collect());
    let last = store.read(|tx| tx.users().get(user.id)).unwrap().unwrap();
    assert_eq!((last.version, last.name.as_str()), (801, "Version 801"));
}

pub(super) fn eight_times_a_hundred_events_of_one_record_all_succeed(store: &dyn Store) {
    let user = add_user(store, 1).id;
    together(8, |thread| {
        for n in 0..100 {
            // Forty lessons, as a record has: what costs here is the race.
            let read = read_event(&format!("l{thread}-{}", n % 5));
            let new = |tx: &mut dyn WriteTx| {
                let record = tx.records().record(user)?;
                let seq = record.seq + 1;
                let event = cairn_domain::learning::RecordedEvent { user, seq, at: at(7), event: read.clone() };
                let after = LearningRecord::replay(user, [&event]);
                tx.records_mut().save(&cairn_domain::learning::RecordChanges {
                    user,
                    events: vec![event],
                    lessons: after.lessons.into_iter().collect(),
                    skills: Vec::new(),
                    courses: Vec::new(),
                    enrolments: Vec::new(),
                })
            };
            store.write(new).unwrap();
        }
    });
    let record = store.read(|tx| tx.records().record(user)).unwrap();
    let events = pages(store, 200, |tx, page| tx.records().events(user, page));
    assert_eq!((record.seq, record.lessons.len(), events.len()), (800, 40, 800));
    assert_eq!(LearningRecord::replay(user, &events), record);
}

pub(super) fn eight_times_a_hundred_writes_to_rows_of_their_own_all_succeed(store: &dyn Store) {
    together(8, |thread| {
        for n in 0..100 {
            add_user(store, u128::from(thread * 100 + n + 1));
        }
    });
    let all = pages(store, 200, |tx, page| tx.users().page(cairn_domain::identity::UserSort::Created, page));
    assert_eq!(all.iter().map(|user| user.id).collect::<Vec<_>>(), (1..=800).map(user_id).collect::<Vec<_>>());
}

pub(super) fn of_many_sign_ups_with_one_address_one_succeeds(store: &dyn Store) {
    for round in 0..10 {
        let results = together(4, |n| {
            let email = Email::new(&format!("same{round}@example.org")).unwrap();
            let user = User { email, ..user(u128::from(round * 10 + n + 1)) };
            store.write(|tx| tx.users_mut().insert(&user))
        });
        assert_eq!(winners(results, Code::EmailTaken), 1);
    }
}

pub(super) fn the_last_admin_stays(store: &dyn Store) {
    // Each takes the other's role away: alone either may, and a check that does not see the other would let both.
    for round in 0..10_u128 {
        let admins = [1, 2].map(|n| User { roles: [Role::Admin, Role::Learner].into(), ..user(round * 2 + n) });
        for admin in &admins {
            store.write(|tx| tx.users_mut().insert(admin)).unwrap();
        }
        let demote = UserPatch { roles: Some([Role::Learner].into()), ..UserPatch::default() };
        let results = together(2, |n| {
            let (me, other) = (&admins[n as usize], &admins[1 - n as usize]);
            store.write(|tx| update_user(tx, &actor(me), other.id, 1, &demote))
        });
        assert_eq!(winners(results, Code::LastAdmin), 1);
        assert_eq!(store.read(|tx| tx.users().count_admins()).unwrap(), 1);
        // The next round begins without admins.
        store
            .write(|tx| {
                for admin in &admins {
                    let mut user = tx.users().get(admin.id)?.expect("the user is there");
                    user.roles = [Role::Learner].into();
                    user.version += 1;
                    tx.users_mut().update(&user)?;
                }
                Ok(())
            })
            .unwrap();
    }
}

/// A learner on the course `c`, at its quiz `q`.
fn at_the_quiz(store: &dyn Store, n: u128) -> (Actor, EnrolmentId) {
    let actor = actor(&add_user(store, n));
    let id = EnrolmentId::new(uuid(1000 + n));
    store.write(|tx| enrol(tx, &actor, &Target::Course(course_id("c")), id, at(1))).unwrap();
    (actor, id)
}

pub(super) fn the_last_attempt_is_given_once(store: &dyn Store) {
    publish(store, &small_pack());
    for n in 1..=5 {
        let (ada, enrolment) = at_the_quiz(store, n);
        let start = || {
            let id = AttemptId::new(fresh());
            let started = store.write(|tx| start_attempt(tx, &ada, enrolment, &lesson_id("q"), (id, false), at(2)));
            started.map(|(attempt, _)| attempt.id)
        };
        let submit = |id| store.write(|tx| submit_attempt(tx, &ada, id, &[], at(3))).unwrap();
        let first = start().unwrap();
        // While one is open nobody gets another, so what opens the race for the last one is that it is submitted.
        let given: usize = together(5, |thread| {
            if thread == 0 {
                submit(first);
            }
            let mut given = 0;
            loop {
                match start() {
                    Ok(id) => {
                        given += 1;
                        submit(id);
                    }
                    Err(error) if error.code() == Code::AttemptOpen => std::thread::yield_now(),
                    Err(error) => {
                        assert_eq!(error.code(), Code::AttemptsExhausted);
                        break given;
                    }
                }
            }
        })
        .into_iter()
        .sum();
        assert_eq!(given, 1);
        let events = pages(store, 200, |tx, page| tx.records().events(ada.user, page));
        let of = |event: &Event| matches!(event, Event::AttemptStarted { .. });
        assert_eq!(events.iter().filter(|recorded| of(&recorded.event)).count(), 2);
        let record = store.read(|tx| tx.records().record(ada.user)).unwrap();
        assert_eq!(record.lessons[&lesson_id("q")].attempts, 2);
    }
}

pub(super) fn of_many_submissions_one_is_graded(store: &dyn Store) {
    publish(store, &small_pack());
    let (ada, enrolment) = at_the_quiz(store, 1);
    let id = AttemptId::new(fresh());
    store.write(|tx| start_attempt(tx, &ada, enrolment, &lesson_id("q"), (id, false), at(2))).unwrap();
    let results = together(5, |n| {
        let answers = if n % 2 == 0 { right_answers() } else { Vec::new() };
        store.write(|tx| submit_attempt(tx, &ada, id, &answers, at(3)))
    });
    let graded = results.iter().find_map(|result| result.as_ref().ok()).cloned().unwrap();
    assert_eq!(winners(results, Code::AttemptGraded), 1);
    assert_eq!(
        store.read(|tx| tx.attempts().get(id)).unwrap(),
        Some(graded.clone()),
        "what was answered is what stays"
    );
    let events = pages(store, 200, |tx, page| tx.records().events(ada.user, page));
    let of = |event: &Event| matches!(event, Event::AttemptGraded { .. });
    assert_eq!(events.iter().filter(|recorded| of(&recorded.event)).count(), 1);
    let AttemptState::Graded(outcome) = graded.state else { panic!("the attempt is graded") };
    let record = store.read(|tx| tx.records().record(ada.user)).unwrap();
    assert_eq!(record.completed(&lesson_id("q")), outcome.passed);
}

pub(super) fn one_enrolment_a_target_is_open(store: &dyn Store) {
    publish(store, &small_pack());
    for n in 1..=5 {
        let actor = actor(&add_user(store, n));
        let results = together(4, |_| {
            let id = EnrolmentId::new(fresh());
            store.write(|tx| enrol(tx, &actor, &Target::Course(course_id("c")), id, at(1)))
        });
        let won = results.iter().find_map(|result| result.as_ref().ok()).unwrap().id;
        assert_eq!(winners(results, Code::AlreadyEnrolled), 1);
        // The same reading completed by many at once is completed once, and nobody is refused.
        let read = together(4, |n| store.write(|tx| complete_lesson(tx, &actor, won, &lesson_id("a"), at(n as i64))));
        assert_eq!(winners(read, Code::Internal), 4);
        let events = pages(store, 200, |tx, page| tx.records().events(actor.user, page));
        assert_eq!(events.len(), 2, "enrolled once, completed once");
    }
}

pub(super) fn five_twins_of_a_request_have_one_effect(store: &dyn Store) {
    let user = add_user(store, 1).id;
    for round in 0..5_u128 {
        let key = IdempotencyKey::from_header(&format!("round-{round}")).unwrap();
        let results = together(5, |n| {
            let id = 100 + round * 10 + u128::from(n);
            let answer = Rendered { status: 201, headers: Vec::new(), body: format!("{id}") };
            store.write(|tx| {
                once(tx, (user, &key), &revision("request"), at(1), &mut |tx: &mut dyn WriteTx| {
                    tx.users_mut().insert(&self::user(id))?;
                    Ok((answer.clone(), answer.clone()))
                })
            })
        });
        let outcomes: Vec<_> = results.into_iter().map(Result::unwrap).collect();
        let done = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Done(_))).count();
        assert_eq!(done, 1);
        let answers: BTreeSet<_> =
            outcomes.into_iter().map(|(Outcome::Done(answer) | Outcome::Replayed(answer))| answer.body).collect();
        assert_eq!(answers.len(), 1, "all get the one answer");
        let made = pages(store, 200, |tx, page| tx.users().page(cairn_domain::identity::UserSort::Created, page));
        assert_eq!(made.len() as u128, 2 + round);
    }
}

pub(super) fn of_two_releases_planned_together_one_is_applied(store: &dyn Store) {
    for round in 0..3 {
        let drafts: Vec<Draft> = (0..3)
            .map(|n| {
                let id = format!("r{round}-{n}");
                draft("p", vec![course("c", &[&id]), reading(&id)])
            })
            .collect();
        let results = together(3, |n| try_publish(store, &drafts[n as usize], Some(round)));
        let won = results.iter().position(Result::is_ok).unwrap();
        assert_eq!(winners(results, Code::ReleaseMoved), 1);
        let library = store.read(|tx| tx.catalog().library()).unwrap();
        let (release, catalogue) = library.pack(&pack_id("p")).unwrap();
        assert_eq!((release.number, &release.digest), (round + 1, &drafts[won].digest));
        assert!(catalogue.lessons().any(|lesson| lesson.id().as_str() == format!("r{round}-{won}")));
    }
}

pub(super) fn what_was_read_at_a_generation_is_what_anybody_reads(store: &dyn Store) {
    let read = || store.read(|tx| Ok(tx.users().get(user_id(1))?.map_or(0, |user| i64::from(user.version)))).unwrap();
    let raise = |tx: &mut dyn WriteTx| {
        let mut user = tx.users().get(user_id(1))?.expect("the user is there");
        user.version += 1;
        tx.users_mut().update(&user)?;
        Ok(i64::from(user.version))
    };
    add_user(store, 1);
    // The latest that anybody was told, by a write that was answered or by a read.
    let (told, writing) = (AtomicI64::new(1), AtomicUsize::new(2));
    together(6, |thread| {
        if thread < 2 {
            for _ in 0..200 {
                told.fetch_max(store.write(raise).unwrap(), Ordering::SeqCst);
                // So that nothing is written for a moment.
                read();
            }
            writing.fetch_sub(1, Ordering::SeqCst);
            return;
        }
        let mut kept = None;
        while writing.load(Ordering::SeqCst) > 0 {
            let latest = told.load(Ordering::SeqCst);
            let generation = store.generation();
            match kept {
                Some((at, value)) if generation == Some(at) => {
                    assert!(value >= latest, "{value} was kept, {latest} is known");
                }
                _ => {
                    let value = read();
                    told.fetch_max(value, Ordering::SeqCst);
                    kept = generation.map(|at| (at, value));
                }
            }
        }
    });
    let generation = store.generation();
    assert_eq!((read(), store.generation()), (401, generation), "when nobody writes what is kept stays right");
}
