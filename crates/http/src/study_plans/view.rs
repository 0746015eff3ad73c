//! A plan as it is sent.

use std::collections::BTreeSet;

use cairn_domain::Result;
use cairn_domain::catalog::{Catalogue, DocKind, Node};
use cairn_domain::learning::{Blocked, Planned, PlannedLesson, Span, Why};
use cairn_domain::shared::{ContentId, Date, EnrolmentId, LessonId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Which lesson in which week.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StudyPlanView<'a> {
    /// The enrolment's id.
    #[schema(value_type = String)]
    enrolment: EnrolmentId,
    /// How many minutes a week holds.
    minutes_a_week: u32,
    /// The first day of the first week.
    #[schema(value_type = String, format = Date)]
    start: Date,
    /// The first days of the weeks in which nothing will be done.
    #[schema(value_type = Vec<String>)]
    missed: &'a BTreeSet<Date>,
    /// When these were last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// The day that the rest is seen from, in UTC.
    #[schema(value_type = String, format = Date)]
    today: Date,
    /// The last day of the last week; null when nothing is left that can be planned.
    #[schema(value_type = Option<String>, format = Date, required)]
    finish: Option<Date>,
    /// How many minutes are left to take.
    minutes: u32,
    /// How many minutes of the weeks below nothing takes.
    free_minutes: u32,
    /// How many lessons are overdue.
    overdue: usize,
    critical_path: PlanCriticalView<'a>,
    /// From today's week, or the first, to the last one that has a lesson.
    weeks: Vec<PlanWeekView<'a>>,
    /// What is left, in the order in which it is to be taken.
    lessons: Vec<PlanEntryView<'a>>,
    /// Required lessons that cannot be planned, with the reason.
    blocked: Vec<PlanBlockedView<'a>>,
    /// With `missing`: what differs for it; else null.
    #[schema(required)]
    difference: Option<PlanDifferenceView<'a>>,
}

/// The longest chain of prerequisites: with hours without end nothing is finished sooner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanCriticalView<'a> {
    /// How long its lessons take together.
    minutes: u32,
    /// Their ids, first to last.
    #[schema(value_type = Vec<String>)]
    lessons: Vec<&'a LessonId>,
}

/// A week.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanWeekView<'a> {
    #[serde(flatten)]
    when: PlanSpanView,
    /// Whether nothing is done in it.
    missed: bool,
    /// How many of its minutes its lessons take.
    minutes: u32,
    /// Their ids; one that takes several weeks stands in each.
    #[schema(value_type = Vec<String>)]
    lessons: Vec<&'a LessonId>,
}

/// Whole weeks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanSpanView {
    /// The first day of the first week.
    #[schema(value_type = String, format = Date)]
    begins: Date,
    /// The last day of the last week.
    #[schema(value_type = String, format = Date)]
    ends: Date,
}

/// A lesson in its place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanEntryView<'a> {
    #[serde(flatten)]
    lesson: PlanLessonView<'a>,
    /// `reading` or `quiz`.
    kind: &'static str,
    /// The time it is meant to take.
    minutes: u32,
    /// `required`; `leads` for an optional lesson without which a required one is out of reach; `elsewhere` for such a
    /// lesson of a course that the enrolment is not on: enrol there to take it.
    why: &'static str,
    #[serde(flatten)]
    when: PlanSpanView,
    /// How many minutes longer it could take without making the longest chain of prerequisites longer.
    slack_minutes: u32,
    /// Whether it stands on the critical path.
    critical: bool,
    /// By when it would be done at the plan's pace from the start on.
    #[schema(value_type = String, format = Date)]
    due: Date,
    /// Whether that day is over.
    overdue: bool,
}

/// What a lesson is called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanLessonView<'a> {
    /// Its id.
    id: &'a str,
    /// What its address uses.
    slug: &'a str,
    /// One line.
    title: &'a str,
    /// The id of the course that it stands in.
    course: &'a str,
}

/// A lesson that cannot be planned.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanBlockedView<'a> {
    #[serde(flatten)]
    lesson: PlanLessonView<'a>,
    /// What it needs and nobody on this enrolment can get: lessons that are gone or blocked themselves, skills that no
    /// lesson teaches which can be taken.
    needs: Vec<PlanNeededView<'a>>,
}

/// A lesson or a skill that is out of reach.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanNeededView<'a> {
    /// `lesson` or `skill`.
    kind: &'static str,
    /// Its id.
    id: &'a str,
    /// One line; empty for a lesson that is not there.
    title: &'a str,
}

/// What differs when more weeks are missed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanDifferenceView<'a> {
    /// When all would be done without that.
    #[schema(value_type = Option<String>, format = Date, required)]
    finish_before: Option<Date>,
    /// When all is done with it.
    #[schema(value_type = Option<String>, format = Date, required)]
    finish_after: Option<Date>,
    /// The lessons whose weeks are others.
    moved: Vec<PlanMovedView<'a>>,
}

/// A lesson whose weeks are others.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanMovedView<'a> {
    #[serde(flatten)]
    lesson: PlanLessonView<'a>,
    /// Its weeks without more being missed.
    before: PlanSpanView,
    /// Its weeks with that.
    after: PlanSpanView,
}

impl From<Span> for PlanSpanView {
    fn from(span: Span) -> Self {
        Self { begins: span.begins, ends: span.ends }
    }
}

fn title<'a>(catalogue: &'a Catalogue, kind: DocKind, id: &ContentId) -> &'a str {
    catalogue.entry(kind, id).map_or("", |entry| entry.document.title.as_str())
}

fn named<'a>(catalogue: &'a Catalogue, id: &'a LessonId, course: &'a str) -> PlanLessonView<'a> {
    let document = catalogue.lesson(id).map(|lesson| lesson.document());
    PlanLessonView {
        id: id.as_str(),
        slug: document.map_or("", |document| document.slug.as_str()),
        title: document.map_or("", |document| &document.title),
        course,
    }
}

fn planned<'a>(catalogue: &'a Catalogue, lesson: &'a PlannedLesson) -> PlanEntryView<'a> {
    PlanEntryView {
        lesson: named(catalogue, &lesson.lesson, lesson.course.as_str()),
        kind: catalogue.lesson(&lesson.lesson).map_or("", |found| found.detail.lesson_kind.as_str()),
        minutes: lesson.minutes,
        why: match lesson.why {
            Why::Required => "required",
            Why::Leads => "leads",
            Why::Elsewhere => "elsewhere",
        },
        when: lesson.when.into(),
        slack_minutes: lesson.slack_minutes,
        critical: lesson.critical,
        due: lesson.due,
        overdue: lesson.overdue,
    }
}

fn blocked<'a>(catalogue: &'a Catalogue, blocked: &'a Blocked) -> PlanBlockedView<'a> {
    let needed = |node: &'a Node| match node {
        Node::Lesson(id) => {
            PlanNeededView { kind: "lesson", id: id.as_str(), title: title(catalogue, DocKind::Lesson, &id.into()) }
        }
        Node::Skill(id) => {
            PlanNeededView { kind: "skill", id: id.as_str(), title: title(catalogue, DocKind::Skill, &id.into()) }
        }
    };
    PlanBlockedView {
        lesson: named(catalogue, &blocked.lesson, blocked.course.as_str()),
        needs: blocked.needs.iter().map(needed).collect(),
    }
}

impl<'a> StudyPlanView<'a> {
    /// A plan with the titles of its lessons.
    ///
    /// # Errors
    /// `not_found` when the enrolment's pack is gone.
    pub(super) fn of(of: &'a Planned) -> Result<Self> {
        let (catalogue, schedule) = (of.catalogue()?, &of.schedule);
        let id = |at: &usize| &schedule.lessons[*at].lesson;
        Ok(Self {
            enrolment: of.plan.enrolment,
            minutes_a_week: of.plan.settings.minutes_a_week(),
            start: of.plan.settings.start(),
            missed: of.plan.settings.missed(),
            changed_at: of.plan.changed_at,
            today: schedule.today,
            finish: schedule.finish,
            minutes: schedule.minutes,
            free_minutes: schedule.free_minutes,
            overdue: schedule.lessons.iter().filter(|lesson| lesson.overdue).count(),
            critical_path: PlanCriticalView {
                minutes: schedule.critical.minutes,
                lessons: schedule.critical.lessons.iter().map(id).collect(),
            },
            weeks: schedule
                .weeks
                .iter()
                .map(|week| PlanWeekView {
                    when: week.when.into(),
                    missed: week.missed,
                    minutes: week.minutes,
                    lessons: schedule.lessons[week.lessons.clone()].iter().map(|lesson| &lesson.lesson).collect(),
                })
                .collect(),
            lessons: schedule.lessons.iter().map(|lesson| planned(catalogue, lesson)).collect(),
            blocked: schedule.blocked.iter().map(|lesson| blocked(catalogue, lesson)).collect(),
            difference: of.difference.as_ref().map(|(finish_before, moved)| PlanDifferenceView {
                finish_before: *finish_before,
                finish_after: schedule.finish,
                moved: moved
                    .iter()
                    .map(|moved| {
                        let lesson = &schedule.lessons[moved.lesson];
                        PlanMovedView {
                            lesson: named(catalogue, &lesson.lesson, lesson.course.as_str()),
                            before: moved.before.into(),
                            after: moved.after.into(),
                        }
                    })
                    .collect(),
            }),
        })
    }
}

pub(super) fn example_of_input() -> Value {
    json!({ "minutes_a_week": 30, "start": "2026-12-01", "missed": ["2026-12-24"] })
}

fn example_of_lesson() -> Value {
    json!({
        "id": "first-steps",
        "slug": "first-steps",
        "title": "First steps",
        "course": "paths",
        "kind": "reading",
        "minutes": 10,
        "why": "required",
        "begins": "2026-12-01",
        "ends": "2026-12-07",
        "slack_minutes": 0,
        "critical": true,
        "due": "2026-12-07",
        "overdue": false,
    })
}

/// The example of the documentation, seen with a missed week or without.
pub(super) fn example(missing: bool) -> Value {
    let week = |begins: &str, ends: &str, missed: bool, lessons: Value| {
        let minutes = if missed { 0 } else { 10 };
        json!({ "begins": begins, "ends": ends, "missed": missed, "minutes": minutes, "lessons": lessons })
    };
    let (mut weeks, mut lesson) = (Vec::new(), example_of_lesson());
    let (mut finish, mut difference) = ("2026-12-07", Value::Null);
    if missing {
        weeks.push(week("2026-12-01", "2026-12-07", true, json!([])));
        weeks.push(week("2026-12-08", "2026-12-14", false, json!(["first-steps"])));
        for (name, day) in [("begins", "2026-12-08"), ("ends", "2026-12-14"), ("due", "2026-12-14")] {
            lesson[name] = json!(day);
        }
        finish = "2026-12-14";
        difference = json!({
            "finish_before": "2026-12-07",
            "finish_after": "2026-12-14",
            "moved": [{
                "id": "first-steps", "slug": "first-steps", "title": "First steps", "course": "paths",
                "before": { "begins": "2026-12-01", "ends": "2026-12-07" },
                "after": { "begins": "2026-12-08", "ends": "2026-12-14" },
            }],
        });
    } else {
        weeks.push(week("2026-12-01", "2026-12-07", false, json!(["first-steps"])));
    }
    json!({
        "enrolment": "0190d6f0-0000-7000-8000-000000000003",
        "minutes_a_week": 30,
        "start": "2026-12-01",
        "missed": ["2026-12-22"],
        "changed_at": "2026-11-24T12:00:00.000000Z",
        "today": "2026-11-24",
        "finish": finish,
        "minutes": 10,
        "free_minutes": 20,
        "overdue": 0,
        "critical_path": { "minutes": 10, "lessons": ["first-steps"] },
        "weeks": weeks,
        "lessons": [lesson],
        "blocked": [],
        "difference": difference,
    })
}
