//! Plans of small catalogues by hand, and what holds for each plan there is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::catalog::{Catalogue, Course, Detail, Document, Entry, Lesson, Node, Requires, Track};
use crate::learning::{CompletedLesson, Enrolment, EnrolmentState, LessonRecord, Standing, Target};
use crate::shared::{CourseId, Date, EnrolmentId, LessonId, PackId, SkillId, Timestamp, TrackId, UserId};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}
fn noon(day: Date) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}
fn lesson_id(id: &str) -> LessonId {
    LessonId::new(id).unwrap()
}
fn skills(ids: &[&str]) -> Vec<SkillId> {
    ids.iter().map(|id| SkillId::new(id).unwrap()).collect()
}

/// A lesson of so many minutes, changed as need be.
fn lesson(id: &str, minutes: u16, change: impl FnOnce(&mut Lesson)) -> Entry {
    let mut lesson = Lesson::reading(minutes);
    change(&mut lesson);
    Entry::live(Document::new(id, id, Detail::Lesson(lesson)).unwrap())
}
fn after(id: &str, minutes: u16, lessons: &[&str]) -> Entry {
    lesson(id, minutes, |it| it.requires.lessons = lessons.iter().map(|id| lesson_id(id)).collect())
}
fn course(id: &str, lessons: &[&str]) -> Entry {
    let lessons = lessons.iter().map(|id| lesson_id(id)).collect();
    Entry::live(Document::new(id, id, Detail::Course(Course { lessons, ..Course::default() })).unwrap())
}

fn standing(target: Target, completed: &[(&str, Date)], held: &[&str]) -> Standing {
    let record = |day: Date| LessonRecord {
        completed: Some(CompletedLesson {
            at: noon(day),
            revision: crate::shared::Revision::from_digest([0; 32]),
            skipped: false,
        }),
        ..LessonRecord::default()
    };
    Standing {
        enrolment: Enrolment {
            id: EnrolmentId::new(Uuid::nil()),
            user: UserId::new(Uuid::nil()),
            pack: PackId::new("p").unwrap(),
            target,
            release: 1,
            state: EnrolmentState::Active,
            enrolled_at: Timestamp::from_micros(0),
            completed_at: None,
            version: 1,
        },
        seq: 0,
        lessons: completed.iter().map(|(id, day)| (lesson_id(id), record(*day))).collect(),
        skills: skills(held).into_iter().collect(),
    }
}
fn on_c(completed: &[(&str, Date)], held: &[&str]) -> Standing {
    standing(Target::Course(CourseId::new("c").unwrap()), completed, held)
}

const START: &str = "2026-12-01";

fn pace(minutes: u32, missed: &[&str]) -> PlanSettings {
    let missed: Vec<_> = missed.iter().map(|day| date(day)).collect();
    PlanSettings::new(minutes, date(START), &missed).unwrap()
}

/// Each lesson with the first days of its first and the last day of its last week.
fn places(schedule: &Schedule) -> Vec<(String, String, String)> {
    let lessons = schedule.lessons.iter();
    lessons.map(|it| (it.lesson.to_string(), it.when.begins.to_string(), it.when.ends.to_string())).collect()
}
fn ids(schedule: &Schedule) -> Vec<&str> {
    schedule.lessons.iter().map(|it| it.lesson.as_str()).collect()
}
fn chain(schedule: &Schedule) -> Vec<&str> {
    schedule.critical.lessons.iter().map(|at| schedule.lessons[*at].lesson.as_str()).collect()
}
fn plan(catalogue: &Catalogue, standing: &Standing, settings: &PlanSettings, today: &str) -> Schedule {
    schedule_of(catalogue, standing, settings, date(today))
}
fn row(id: &str, begins: &str, ends: &str) -> (String, String, String) {
    (id.to_owned(), begins.to_owned(), ends.to_owned())
}

#[test]
fn weeks_are_filled_in_order() {
    let all = [course("c", &["a", "b", "d"]), after("a", 40, &[]), after("b", 30, &[]), after("d", 30, &[])];
    let catalogue = Catalogue::restore(all);
    let schedule = plan(&catalogue, &on_c(&[], &[]), &pace(60, &[]), START);
    let expected = [
        row("a", "2026-12-01", "2026-12-07"),
        row("b", "2026-12-08", "2026-12-14"),
        row("d", "2026-12-08", "2026-12-14"),
    ];
    assert_eq!(places(&schedule), expected, "what is longer than the rest of a week begins in the next");
    assert_eq!((schedule.finish, schedule.minutes, schedule.free_minutes), (Some(date("2026-12-14")), 100, 20));
    let weeks: Vec<_> = schedule.weeks.iter().map(|week| (week.minutes, week.lessons.clone())).collect();
    assert_eq!(weeks, [(40, 0..1), (60, 1..3)]);
}

#[test]
fn a_lesson_longer_than_a_week_takes_several() {
    let all = [course("c", &["a", "b", "d"]), after("a", 10, &[]), after("b", 70, &[]), after("d", 20, &[])];
    let catalogue = Catalogue::restore(all);
    let schedule = plan(&catalogue, &on_c(&[], &[]), &pace(30, &["2026-12-15"]), START);
    let expected = [
        row("a", "2026-12-01", "2026-12-07"),
        row("b", "2026-12-08", "2027-01-04"),
        row("d", "2026-12-29", "2027-01-04"),
    ];
    assert_eq!(places(&schedule), expected, "it begins in an empty week, and passes over the missed one");
    let weeks: Vec<_> = schedule.weeks.iter().map(|week| (week.minutes, week.missed, week.lessons.clone())).collect();
    let expected = [(10, false, 0..1), (30, false, 1..2), (0, true, 1..1), (30, false, 1..2), (30, false, 1..3)];
    assert_eq!(weeks, expected);
}

#[test]
fn the_order_is_that_of_the_target_as_far_as_prerequisites_allow() {
    let all = [
        course("c", &["late", "a", "b"]),
        after("late", 5, &["b"]),
        after("a", 5, &[]),
        lesson("b", 5, |it| it.requires.skills = skills(&["s"])),
        course("other", &["t", "u"]),
        lesson("t", 50, |it| it.teaches = skills(&["s"])),
        lesson("u", 60, |it| it.teaches = skills(&["s"])),
    ];
    let schedule = plan(&Catalogue::restore(all), &on_c(&[], &[]), &pace(600, &[]), START);
    assert_eq!(ids(&schedule), ["a", "t", "b", "late"], "the shortest teacher, right before who needs it");
    assert_eq!(schedule.lessons[1].why, Why::Elsewhere);
    assert_eq!(schedule.lessons[1].course.as_str(), "other");
    assert_eq!((chain(&schedule), schedule.critical.minutes), (vec!["t", "b", "late"], 60));
    assert_eq!(schedule.lessons.iter().map(|it| it.slack_minutes).collect::<Vec<_>>(), [55, 0, 0, 0]);
}

#[test]
fn what_is_optional_is_taken_where_there_is_no_other_way() {
    let optional = |id: &str, teaches: &[&str]| lesson(id, 5, |it| (it.optional, it.teaches) = (true, skills(teaches)));
    let needs = |id: &str, needed: &[&str]| lesson(id, 5, |it| it.requires.skills = skills(needed));
    let all = [
        course("c", &["a", "only", "never", "both", "z"]),
        needs("a", &["s"]),
        optional("only", &["s"]),
        optional("never", &[]),
        optional("both", &["s", "t"]),
        needs("z", &["t"]),
        course("other", &["short"]),
        lesson("short", 1, |it| it.teaches = skills(&["s"])),
    ];
    let catalogue = Catalogue::restore(all);
    let schedule = plan(&catalogue, &on_c(&[], &[]), &pace(60, &[]), START);
    assert_eq!(ids(&schedule), ["both", "a", "z"], "`only` is of no use beside `both`, which is needed anyway");
    assert_eq!(schedule.lessons[0].why, Why::Leads);
    let schedule = plan(&catalogue, &on_c(&[], &["t"]), &pace(60, &[]), START);
    assert_eq!(ids(&schedule), ["only", "a", "z"], "the target's own before a shorter one from elsewhere");
}

#[test]
fn a_skill_is_gained_from_whoever_teaches_it_first() {
    let all = [
        course("c", &["long", "short", "z"]),
        lesson("long", 100, |it| it.teaches = skills(&["s"])),
        lesson("short", 10, |it| it.teaches = skills(&["s"])),
        lesson("z", 20, |it| it.requires.skills = skills(&["s"])),
    ];
    let schedule = plan(&Catalogue::restore(all), &on_c(&[], &[]), &pace(600, &[]), START);
    assert_eq!((chain(&schedule), schedule.critical.minutes), (vec!["long"], 100));
    assert_eq!(schedule.lessons.iter().map(|it| it.slack_minutes).collect::<Vec<_>>(), [0, 70, 70]);
}

#[test]
fn what_cannot_be_reached_is_told_with_its_reason() {
    let mut gone = after("gone", 5, &[]);
    gone.retired = true;
    let all = [
        course("c", &["a", "b", "d"]),
        lesson("a", 5, |it| it.requires.skills = skills(&["nowhere"])),
        after("b", 5, &["a", "gone", "missing"]),
        after("d", 5, &[]),
        gone,
    ];
    let schedule = plan(&Catalogue::restore(all), &on_c(&[], &[]), &pace(60, &[]), START);
    assert_eq!(ids(&schedule), ["d"]);
    let blocked: Vec<_> = schedule.blocked.iter().map(|it| (it.lesson.as_str(), it.needs.clone())).collect();
    let lessons = ["a", "gone", "missing"].map(|id| Node::Lesson(lesson_id(id))).to_vec();
    assert_eq!(blocked, [("a", vec![Node::Skill(skills(&["nowhere"])[0].clone())]), ("b", lessons)]);
}

/// Releases have no circles; that one which slipped in ends is all that is asked.
#[test]
fn a_circle_is_told_and_not_walked() {
    let all = [course("c", &["a", "b", "d"]), after("a", 5, &["b"]), after("b", 5, &["a"]), after("d", 5, &[])];
    let schedule = plan(&Catalogue::restore(all), &on_c(&[], &[]), &pace(60, &[]), START);
    assert_eq!((ids(&schedule), schedule.blocked.len()), (vec!["d"], 2));
}

#[test]
fn what_is_done_needs_no_time_and_counts_for_its_week() {
    let names = ["a", "b", "d", "e"];
    let all = names.map(|id| after(id, 40, &[])).into_iter().chain([course("c", &names)]);
    let catalogue = Catalogue::restore(all);
    let plan_on = |today: &str, done: &[(&str, &str)], missed: &[&str]| {
        let done: Vec<_> = done.iter().map(|(id, day)| (*id, date(day))).collect();
        plan(&catalogue, &on_c(&done, &[]), &pace(60, missed), today)
    };
    // In step: what was done this week has used its minutes up, and nothing is overdue.
    let schedule = plan_on("2026-12-10", &[("a", "2026-12-02"), ("b", "2026-12-09")], &[]);
    assert_eq!(places(&schedule)[0], row("d", "2026-12-15", "2026-12-21"));
    assert!(schedule.lessons.iter().all(|it| !it.overdue && it.due == it.when.ends));
    // Behind: two weeks went by with one lesson.
    let schedule = plan_on("2026-12-15", &[("e", "2026-12-02")], &[]);
    let due: Vec<_> = schedule.lessons.iter().map(|it| (it.due.to_string(), it.overdue)).collect();
    let expected = [("2026-12-14", true), ("2026-12-21", false), ("2026-12-28", false)];
    assert_eq!(due, expected.map(|(day, overdue)| (day.to_owned(), overdue)));
    assert_eq!(places(&schedule)[0], row("a", "2026-12-15", "2026-12-21"), "what is left begins this week");
    // A week that was missed by agreement makes nothing overdue.
    let schedule = plan_on("2026-12-15", &[("e", "2026-12-02")], &["2026-12-08"]);
    assert!(schedule.lessons.iter().all(|it| !it.overdue));
    // What was done before the start is simply done.
    let schedule = plan_on("2026-12-01", &[("a", "2026-11-01")], &[]);
    assert_eq!(places(&schedule)[0], row("b", "2026-12-01", "2026-12-07"));
    // Before the start the first week is the first.
    assert_eq!(plan_on("2026-11-01", &[], &[]).weeks[0].when.begins, date(START));
}

#[test]
fn a_missed_week_moves_what_comes_after_it() {
    let names = ["a", "b", "d"];
    let all = names.map(|id| after(id, 60, &[])).into_iter().chain([course("c", &names)]);
    let (catalogue, standing) = (Catalogue::restore(all), on_c(&[], &[]));
    let before = plan(&catalogue, &standing, &pace(60, &[]), START);
    let after = plan(&catalogue, &standing, &pace(60, &["2026-12-08"]), START);
    let moved: Vec<_> = before
        .moved(&after)
        .iter()
        .map(|it| {
            (before.lessons[it.lesson].lesson.to_string(), it.before.begins.to_string(), it.after.begins.to_string())
        })
        .collect();
    assert_eq!(moved, [row("b", "2026-12-08", "2026-12-15"), row("d", "2026-12-15", "2026-12-22")]);
    assert_eq!((before.finish, after.finish), (Some(date("2026-12-21")), Some(date("2026-12-28"))));
}

#[test]
fn a_target_that_is_finished_has_nothing_to_plan() {
    let catalogue = Catalogue::restore([course("c", &["a"]), after("a", 5, &[])]);
    let schedule = plan(&catalogue, &on_c(&[("a", date(START))], &[]), &pace(60, &[]), START);
    assert_eq!((schedule.finish, schedule.minutes, schedule.weeks.len()), (None, 0, 0));
    assert_eq!(schedule.critical, CriticalPath::default());
}

/// A catalogue and a learner.
#[derive(Debug)]
struct Case {
    lessons: Vec<(String, Lesson)>,
    /// Which of three courses each stands in; the third is outside of the target.
    course_of: Vec<usize>,
    completed: BTreeMap<usize, Date>,
    catalogue: Catalogue,
    standing: Standing,
}

impl Case {
    fn held(&self, skill: &SkillId) -> bool {
        self.standing.skills.contains(skill)
    }
    fn number(&self, id: &LessonId) -> usize {
        self.lessons.iter().position(|(name, _)| name == id.as_str()).unwrap()
    }
    /// Whether all needs of a lesson are met, given who is taken.
    fn open(&self, lesson: usize, taken: &BTreeSet<usize>) -> bool {
        let has = |n: usize| taken.contains(&n) || self.completed.contains_key(&n);
        let requires = &self.lessons[lesson].1.requires;
        requires.lessons.iter().all(|id| has(self.number(id)))
            && requires.skills.iter().all(|skill| {
                self.held(skill) || taken.iter().any(|teacher| self.lessons[*teacher].1.teaches.contains(skill))
            })
    }
    fn required(&self) -> BTreeSet<usize> {
        let open = (0..self.lessons.len()).filter(|n| !self.completed.contains_key(n));
        open.filter(|n| {
            let course = self.course_of[*n];
            let whole = |course: usize| {
                let mut all = (0..self.lessons.len()).filter(|m| self.course_of[*m] == course);
                all.all(|m| self.lessons[m].1.optional)
            };
            // A course in which all is optional counts only beside others like it.
            course < 2 && if whole(course) { whole(1 - course) } else { !self.lessons[*n].1.optional }
        })
        .collect()
    }
}

/// Prerequisites lead to lower numbers, and through any teacher of a skill too; the courses have their lessons in an order
/// of their own.
fn case() -> impl Strategy<Value = Case> {
    let drawn = (
        (1..=240_u16, prop::bool::weighted(0.3), 0..3_usize, any::<u16>()),
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        (prop::collection::vec(0..6_usize, 0..3), prop::collection::vec(0..6_usize, 0..2)),
        prop::option::weighted(0.2, -20..120_i64),
    );
    prop::collection::vec(drawn, 1..25).prop_map(|drawn| {
        let name = |n: usize| format!("l{n:02}");
        let skill = |n: usize| SkillId::new(format!("s{n}")).unwrap();
        let last = |wanted: usize| drawn.iter().rposition(|(_, _, (teaches, _), _)| teaches.contains(&wanted));
        let lessons: Vec<_> = drawn
            .iter()
            .enumerate()
            .map(|(n, ((minutes, optional, ..), before, (teaches, wants), _))| {
                let mut lesson = Lesson::reading(*minutes);
                lesson.optional = *optional;
                lesson.teaches = teaches.iter().map(|s| skill(*s)).collect();
                // A skill that nobody teaches is wanted too.
                let wants = wants.iter().filter(|s| last(**s).is_none_or(|teacher| teacher < n));
                let before = before.iter().filter(|_| n > 0).map(|index| lesson_id(&name(index.index(n))));
                lesson.requires = Requires { skills: wants.map(|s| skill(*s)).collect(), lessons: before.collect() };
                (name(n), lesson)
            })
            .collect();
        let course_of: Vec<_> = drawn.iter().map(|((_, _, course, _), ..)| *course).collect();
        let start = date(START);
        let completed: BTreeMap<_, _> =
            drawn.iter().enumerate().filter_map(|(n, (.., day))| Some((n, start.plus_days((*day)?)))).collect();
        let mut entries: Vec<_> = lessons.iter().map(|(id, it)| lesson(id, 1, |new| new.clone_from(it))).collect();
        for number in 0..3 {
            let mut within: Vec<_> = (0..drawn.len()).filter(|n| course_of[*n] == number).collect();
            within.sort_by_key(|n| drawn[*n].0.3);
            let names: Vec<_> = within.iter().map(|n| name(*n)).collect();
            entries.push(course(&format!("c{number}"), &names.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        let courses = [0, 1].map(|n| CourseId::new(format!("c{n}")).unwrap()).to_vec();
        entries.push(Entry::live(Document::new("t", "t", Detail::Track(Track { courses })).unwrap()));
        let done: Vec<_> = completed.iter().map(|(n, day)| (lessons[*n].0.as_str(), *day)).collect();
        let mut standing = standing(Target::Track(TrackId::new("t").unwrap()), &done, &[]);
        standing.skills = completed.keys().flat_map(|n| lessons[*n].1.teaches.clone()).collect();
        Case { catalogue: Catalogue::restore(entries), lessons, course_of, completed, standing }
    })
}

fn settings() -> impl Strategy<Value = (PlanSettings, Date)> {
    (30..600_u32, prop::collection::vec(0..30_i64, 0..5), -10..120_i64).prop_map(|(minutes, missed, today)| {
        let start = date(START);
        let missed: Vec<_> = missed.into_iter().map(|week| start.plus_days(7 * week)).collect();
        (PlanSettings::new(minutes, start, &missed).unwrap(), start.plus_days(today))
    })
}

proptest! {
    /// What is needed comes before, all that is required is placed once or told, and nothing stands there without need.
    #[test]
    fn a_lesson_comes_after_what_it_needs(case in case(), (settings, today) in settings()) {
        let schedule = schedule_of(&case.catalogue, &case.standing, &settings, today);
        let mut taken = BTreeSet::new();
        for planned in &schedule.lessons {
            let number = case.number(&planned.lesson);
            prop_assert!(case.open(number, &taken), "{} is locked", planned.lesson);
            prop_assert!(taken.insert(number) && !case.completed.contains_key(&number));
        }
        for pair in schedule.lessons.windows(2) {
            prop_assert!(pair[0].when.ends <= pair[1].when.ends && pair[0].when.begins <= pair[1].when.begins);
        }
        // Whoever can be reached at all is reached.
        let mut reachable = BTreeSet::new();
        while let Some(next) = (0..case.lessons.len())
            .find(|n| !reachable.contains(n) && !case.completed.contains_key(n) && case.open(*n, &reachable))
        {
            reachable.insert(next);
        }
        let required = case.required();
        let blocked: BTreeSet<_> = schedule.blocked.iter().map(|it| case.number(&it.lesson)).collect();
        prop_assert_eq!(blocked.len(), schedule.blocked.len());
        prop_assert_eq!(&blocked, &(&required - &reachable));
        prop_assert!(schedule.blocked.iter().all(|it| !it.needs.is_empty()));
        prop_assert_eq!(&(&taken & &required), &(&required & &reachable));
        for extra in &taken - &required {
            let without: BTreeSet<_> = taken.iter().copied().filter(|n| *n != extra).collect();
            prop_assert!(without.iter().any(|n| !case.open(*n, &without)), "{} is of no use", case.lessons[extra].0);
        }
        for planned in &schedule.lessons {
            let number = case.number(&planned.lesson);
            let expected = match (required.contains(&number), case.course_of[number]) {
                (true, _) => Why::Required,
                (false, 2) => Why::Elsewhere,
                _ => Why::Leads,
            };
            prop_assert_eq!(planned.why, expected);
        }
    }

    /// No week holds more than it has, and what the weeks hold is what the lessons take.
    #[test]
    fn no_week_holds_more_than_it_has(case in case(), (settings, today) in settings()) {
        let schedule = schedule_of(&case.catalogue, &case.standing, &settings, today);
        let pace = settings.minutes_a_week();
        let mut shares = vec![0; schedule.lessons.len()];
        for (at, week) in schedule.weeks.iter().enumerate() {
            prop_assert!(week.minutes <= pace);
            prop_assert_eq!(week.missed, settings.missed().contains(&week.when.begins));
            prop_assert!(!week.missed || week.minutes == 0 && week.lessons.is_empty());
            prop_assert_eq!(week.when.begins, schedule.weeks[0].when.begins.plus_days(7 * at as i64));
            let mut left = week.minutes;
            for lesson in week.lessons.clone() {
                let share = left.min(schedule.lessons[lesson].minutes - shares[lesson]);
                (shares[lesson], left) = (shares[lesson] + share, left - share);
            }
            prop_assert_eq!(left, 0);
        }
        for (planned, share) in schedule.lessons.iter().zip(shares) {
            prop_assert_eq!(planned.minutes, share);
            let days = planned.when.ends.days_since(planned.when.begins);
            prop_assert!(days == 6 || planned.minutes > pace, "{} stands in several weeks", planned.lesson);
            prop_assert!(planned.when.ends >= today, "nothing is planned into the past");
            prop_assert_eq!(planned.overdue, planned.due < today);
        }
        prop_assert_eq!(schedule.finish, schedule.lessons.last().map(|it| it.when.ends));
    }

    #[test]
    fn missing_a_week_makes_nothing_earlier(case in case(), (settings, today) in settings(), week in 0..30_i64) {
        let before = schedule_of(&case.catalogue, &case.standing, &settings, today);
        let missing = settings.missing(&[settings.start().plus_days(7 * week)]).unwrap();
        let after = schedule_of(&case.catalogue, &case.standing, &missing, today);
        prop_assert_eq!(before.lessons.len(), after.lessons.len());
        for (a, b) in before.lessons.iter().zip(&after.lessons) {
            prop_assert_eq!(&a.lesson, &b.lesson);
            prop_assert!(a.when.begins <= b.when.begins && a.when.ends <= b.when.ends && a.due <= b.due);
        }
        let moved: Vec<_> = before.moved(&after).iter().map(|moved| moved.lesson).collect();
        let differ = (0..before.lessons.len()).filter(|at| before.lessons[*at].when != after.lessons[*at].when);
        prop_assert_eq!(moved, differ.collect::<Vec<_>>());
    }

    #[test]
    fn more_hours_finish_nothing_later(case in case(), (settings, today) in settings(), more in 1..600_u32) {
        let missed: Vec<_> = settings.missed().iter().copied().collect();
        let faster = PlanSettings::new(settings.minutes_a_week() + more, settings.start(), &missed).unwrap();
        let slow = schedule_of(&case.catalogue, &case.standing, &settings, today);
        let fast = schedule_of(&case.catalogue, &case.standing, &faster, today);
        for (a, b) in slow.lessons.iter().zip(&fast.lessons) {
            prop_assert!(a.lesson == b.lesson && a.when.ends >= b.when.ends);
        }
        prop_assert!(fast.finish <= slow.finish);
    }

    /// The critical path is a chain of needs, as long as the soonest that all can be over with hours without end.
    #[test]
    fn the_critical_path_is_the_longest_chain(case in case(), (settings, today) in settings()) {
        let schedule = schedule_of(&case.catalogue, &case.standing, &settings, today);
        let planned: Vec<_> = schedule.lessons.iter().map(|it| case.number(&it.lesson)).collect();
        let minutes = |n: usize| u32::from(case.lessons[n].1.minutes);
        // By trying again until nothing is sooner any more.
        let mut over: BTreeMap<usize, u32> = BTreeMap::new();
        loop {
            let soonest = |n: usize| {
                let requires = &case.lessons[n].1.requires;
                let mut begin = 0;
                for id in requires.lessons.iter().map(|id| case.number(id)).filter(|n| !case.completed.contains_key(n)) {
                    begin = begin.max(*over.get(&id)?);
                }
                for skill in requires.skills.iter().filter(|skill| !case.held(skill)) {
                    let teachers = over.iter().filter(|(teacher, _)| case.lessons[**teacher].1.teaches.contains(skill));
                    begin = begin.max(*teachers.map(|(_, over)| over).min()?);
                }
                Some((n, begin + minutes(n)))
            };
            let next: BTreeMap<_, _> = planned.iter().filter_map(|n| soonest(*n)).collect();
            if next == over { break }
            over = next;
        }
        let longest = over.values().copied().max().unwrap_or(0);
        let chain: Vec<_> = schedule.critical.lessons.iter().map(|at| planned[*at]).collect();
        prop_assert_eq!(schedule.critical.minutes, longest);
        prop_assert_eq!(chain.iter().map(|n| minutes(*n)).sum::<u32>(), longest);
        for pair in chain.windows(2) {
            let requires = &case.lessons[pair[1]].1.requires;
            let by_lesson = requires.lessons.iter().any(|id| case.number(id) == pair[0]);
            prop_assert!(by_lesson || requires.skills.iter().any(|s| case.lessons[pair[0]].1.teaches.contains(s)));
        }
        for (at, it) in schedule.lessons.iter().enumerate() {
            prop_assert_eq!(it.critical, schedule.critical.lessons.contains(&at));
            prop_assert!(!it.critical || it.slack_minutes == 0);
            prop_assert!(over[&planned[at]] + it.slack_minutes <= longest);
        }
    }
}

#[test]
fn what_is_waived_is_not_waited_for() {
    let all = [course("c", &["b"]), course("d", &["a"]), after("a", 40, &[]), after("b", 30, &["a"])];
    let catalogue = Catalogue::restore(all);
    let mut standing = on_c(&[], &[]);
    assert_eq!(ids(&plan(&catalogue, &standing, &pace(60, &[]), START)), ["a", "b"]);
    let (by, reason, at) = (standing.enrolment.user, "Knows it.".to_owned(), noon(date(START)));
    let waiver = Some(crate::learning::Waiver { by, reason, at });
    standing.lessons.insert(lesson_id("b"), LessonRecord { waiver, ..LessonRecord::default() });
    assert_eq!(ids(&plan(&catalogue, &standing, &pace(60, &[]), START)), ["b"]);
}
