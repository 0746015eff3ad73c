//! A plan of what is left, against a topological sort of the same prerequisites.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::Instant;

use cairn_domain::catalog::{Catalogue, Course, Detail, Document, Lesson, Requires, Track};
use cairn_domain::learning::{Enrolment, EnrolmentState, PlanSettings, Standing, Target, schedule_of};
use cairn_domain::shared::{CourseId, EnrolmentId, LessonId, PackId, SkillId, Timestamp, TrackId, UserId, Uuid};

use crate::report::{alternate, line, note};

const COURSES: usize = 25;
const LESSONS: usize = 20;

fn lesson(number: usize) -> LessonId {
    LessonId::new(format!("lesson-{number:03}")).unwrap()
}
fn skill(number: usize) -> SkillId {
    SkillId::new(format!("skill-{number:03}")).unwrap()
}

/// A track of 500 lessons: each needs the one before it in its course, and skills from up to three courses before.
fn track() -> Catalogue {
    let mut documents = Vec::new();
    for course in 0..COURSES {
        let numbers = course * LESSONS..(course + 1) * LESSONS;
        for number in numbers.clone() {
            let lessons = (number > numbers.start).then(|| lesson(number - 1)).into_iter().collect();
            let before = (1..=3).filter_map(|back| number.checked_sub(back * LESSONS + number % 7));
            let requires = Requires { lessons, skills: before.map(skill).collect() };
            let minutes = 10 + (number % 9) as u16 * 5;
            let detail = Lesson { requires, teaches: vec![skill(number)], ..Lesson::reading(minutes) };
            documents.push(Document::new(lesson(number).as_str(), "A lesson", Detail::Lesson(detail)).unwrap());
            documents.push(Document::new(skill(number).as_str(), "A skill", Detail::Skill).unwrap());
        }
        let lessons = numbers.map(lesson).collect();
        let detail = Detail::Course(Course { lessons, ..Course::default() });
        documents.push(Document::new(&format!("course-{course:02}"), "A course", detail).unwrap());
    }
    let courses = (0..COURSES).map(|course| CourseId::new(format!("course-{course:02}")).unwrap()).collect();
    documents.push(Document::new("track", "A track", Detail::Track(Track { courses })).unwrap());
    Catalogue::build(documents).unwrap()
}

/// The plan with its critical path, slack, weeks and what is due, all from the catalogue.
pub(crate) fn plan() {
    let catalogue = track();
    let enrolment = Enrolment {
        id: EnrolmentId::new(Uuid::nil()),
        user: UserId::new(Uuid::nil()),
        pack: PackId::new("pack").unwrap(),
        target: Target::Track(TrackId::new("track").unwrap()),
        release: 1,
        state: EnrolmentState::Active,
        enrolled_at: Timestamp::from_micros(0),
        completed_at: None,
        version: 1,
    };
    let standing = Standing { enrolment, seq: 1, lessons: BTreeMap::new(), skills: BTreeSet::new() };
    let start = "2026-12-01".parse().unwrap();
    let settings = PlanSettings::new(300, start, &[]).unwrap();
    let schedule = schedule_of(&catalogue, &standing, &settings, start);
    assert_eq!((schedule.lessons.len(), catalogue.graph().sort().0.len()), (COURSES * LESSONS, COURSES * LESSONS));

    let micros = |work: &dyn Fn()| {
        const TIMES: u32 = 20;
        let began = Instant::now();
        (0..TIMES).for_each(|_| work());
        began.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
    };
    let (ours, sort) = alternate(
        51,
        || micros(&|| _ = black_box(schedule_of(black_box(&catalogue), &standing, &settings, start))),
        || micros(&|| _ = black_box(black_box(&catalogue).graph().sort())),
    );
    let ratio = ours / sort;
    line("a plan over 500 lessons", &format!("{ratio:.2} of a topological sort"), "≤ 5", ratio <= 5.0);
    note(&format!("{ours:.0} µs against {sort:.0} µs"));
}
