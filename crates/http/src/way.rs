//! A lesson as a learner stands to it, the way to it, waivers, and what is next.

use std::collections::BTreeSet;

use cairn_domain::catalog::{Catalogue, Way};
use cairn_domain::learning::{self, Because, Standing, Target, lesson_of, next_of, progress_of};
use cairn_domain::shared::{ContentId, EnrolmentId, LessonId};
use cairn_domain::{Code, Error, Result as DomainResult};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::enrolments::{LessonProgressView, catalogue, example_of_lesson, lesson, lesson_named};
use crate::extract::input::input;
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Learning";

input! {
    /// Why a learner need not meet a lesson's prerequisites.
    struct WaiverInput {
        /// One line of 1 to 500 characters, which the learner sees.
        reason: String,
    }
}

/// A lesson as a learner stands to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LessonStandingView<'a> {
    #[serde(flatten)]
    lesson: LessonProgressView<'a>,
    /// The shortest way to unlock it; null when it is not locked, and when there is no way any more.
    #[schema(required)]
    way: Option<WayView<'a>>,
    /// Whether it is a locked quiz that may be taken as a challenge.
    may_challenge: bool,
}

/// Lessons to complete so that a locked one opens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WayView<'a> {
    /// In an order in which each is open when its turn comes.
    lessons: Vec<StepView<'a>>,
    /// The time that they are meant to take together.
    minutes: u32,
    /// Whether no other way takes fewer minutes; false only where skills have so many teachers that not every choice was
    /// tried.
    exact: bool,
}

/// A lesson on the way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepView<'a> {
    /// Its id.
    id: &'a str,
    /// What its address uses.
    slug: &'a str,
    /// One line.
    title: &'a str,
    /// The id of the course that it stands in.
    course: &'a str,
    /// `reading` or `quiz`.
    kind: &'static str,
    /// The time it is meant to take.
    minutes: u16,
    /// Whether this enrolment has it; for another one its course has to be enrolled on.
    enrolled: bool,
}

/// What to take next, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextView<'a> {
    /// The lesson, which is open; null when there is none to take.
    #[schema(required)]
    lesson: Option<LessonProgressView<'a>>,
    /// Why it: `begins_course`, `only_open`, `continues_course` or `optional_only`. Why none: `all_done`, `all_locked`,
    /// `paused` or `withdrawn`. Names may be added.
    because: &'static str,
    /// The same in a sentence or two.
    sentence: String,
    /// The ids of the locked lessons that completing it opens at once, in order.
    #[schema(value_type = Vec<String>)]
    opens: Vec<LessonId>,
    /// The time that these are meant to take together.
    opens_minutes: u32,
    /// Where everything that is left is locked: the first of it, and the way to it; null otherwise.
    #[schema(required)]
    locked: Option<LockedView<'a>>,
}

/// A locked lesson with the way to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LockedView<'a> {
    /// The lesson.
    lesson: LessonProgressView<'a>,
    /// The shortest way to unlock it; null when there is no way any more.
    #[schema(required)]
    way: Option<WayView<'a>>,
}

fn view_of_way<'a>(catalogue: &'a Catalogue, target: &Target, way: &Way) -> WayView<'a> {
    let here: BTreeSet<LessonId> = target.lessons(catalogue).into_iter().collect();
    let step = |id: &LessonId| {
        let (lesson, course) = catalogue.lesson(id).zip(catalogue.course_of(id))?;
        Some(StepView {
            id: lesson.id().as_str(),
            slug: lesson.document().slug.as_str(),
            title: &lesson.document().title,
            course: course.as_str(),
            kind: lesson.detail.lesson_kind.as_str(),
            minutes: lesson.detail.minutes,
            enrolled: here.contains(id),
        })
    };
    WayView { lessons: way.lessons.iter().filter_map(step).collect(), minutes: way.minutes, exact: way.exact }
}

fn example_of_way() -> Value {
    json!({
        "lessons": [{
            "id": "first-steps", "slug": "first-steps", "title": "First steps", "course": "paths", "kind": "reading",
            "minutes": 10, "enrolled": true,
        }],
        "minutes": 10,
        "exact": true,
    })
}

fn example() -> Value {
    let mut standing = example_of_lesson();
    standing["way"] = example_of_way();
    standing["may_challenge"] = json!(true);
    standing
}

fn example_of_waived() -> Value {
    let mut standing = example();
    let more = json!({
        "state": "open", "needs": [], "way": null, "may_challenge": false,
        "waiver": {
            "by": "0190d6f0-0000-7000-8000-000000000005", "reason": "She has taught this herself.",
            "at": "2026-01-31T12:00:00.000000Z",
        },
    });
    if let (Value::Object(standing), Value::Object(more)) = (&mut standing, more) {
        standing.extend(more);
    }
    standing
}

fn example_of_next() -> Value {
    let mut lesson = example_of_lesson();
    lesson["state"] = json!("open");
    lesson["needs"] = json!([]);
    json!({
        "lesson": lesson,
        "because": "only_open",
        "sentence": "It is the only lesson that is open.",
        "opens": [],
        "opens_minutes": 0,
        "locked": null,
    })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const LESSON: &str = "/api/v1/enrolments/{id}/lessons/{lesson}";
    const WAIVER: &str = "/api/v1/enrolments/{id}/lessons/{lesson}/waiver";
    vec![
        Endpoint::new(Verb::Get, "/api/v1/enrolments/{id}/next", "get_next_lesson", |call| Box::pin(next(call)))
            .describe(
                TAG,
                "Tells what to take next, and why",
                "Of the lessons that are open: a required one before an optional one; of the course that was gone on with \
                 last before one of another; then in the order of the course or track. Where there is none, why.",
            )
            .gives::<NextView>(Success::Ok, "The lesson with the reason.", example_of_next())
            .tagged(),
        Endpoint::new(Verb::Get, LESSON, "get_lesson_standing", |call| Box::pin(show(call)))
            .describe(
                TAG,
                "Shows a lesson as its learner stands to it",
                "Its state; for a locked one what it needs and who says so, the shortest way to unlock it, and whether it may \
                 be taken as a challenge; a waiver with its reason. One's own; anybody's for instructors.",
            )
            .gives::<LessonStandingView>(Success::Ok, "The lesson.", example())
            .tagged(),
        Endpoint::new(Verb::Put, WAIVER, "waive_prerequisites", |call| Box::pin(waive(call)))
            .describe(
                TAG,
                "Opens a lesson to a learner",
                "An instructor's waiver of what the lesson needs, now or later, with a reason that the learner sees. Doing it \
                 again changes nothing; another reason takes the place of the one before.",
            )
            .takes::<WaiverInput>(json!({ "reason": "She has taught this herself." }))
            .gives::<LessonStandingView>(Success::Ok, "The lesson as the learner stands to it now.", example_of_waived())
            .refuses(&[Code::WrongState]),
        Endpoint::new(Verb::Delete, WAIVER, "take_waiver_back", |call| Box::pin(take_back(call)))
            .describe(TAG, "Takes a waiver back", "What was completed meanwhile stays completed.")
            .gives_other(Success::NoContent, "", "The lesson needs again what it needs."),
    ]
}

async fn next(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    call.read(move |tx, known| {
        let (standing, library) = learning::progress(tx, &known.actor, id)?;
        let catalogue = catalogue(&library, &standing)?;
        let next = next_of(catalogue, &standing);
        let progress = progress_of(catalogue, &standing);
        let seen = |id: &LessonId| {
            let found = progress.lessons.iter().find(|of| of.lesson.id().as_str() == id.as_str());
            found.map(|of| lesson(catalogue, of))
        };
        let target = &standing.enrolment.target;
        let locked = match &next.because {
            Because::AllLocked { lesson, way } => seen(lesson)
                .map(|lesson| LockedView { lesson, way: way.as_ref().map(|way| view_of_way(catalogue, target, way)) }),
            _ => None,
        };
        let view = NextView {
            lesson: next.lesson.as_ref().and_then(seen),
            because: next.because.code(),
            sentence: next.sentence(catalogue),
            opens: next.opens,
            opens_minutes: next.opens_minutes,
            locked,
        };
        Reply::ok(&view)?.quick_tag()
    })
    .await
}

/// The answer about a lesson as its learner stands to it.
fn reply(catalogue: &Catalogue, standing: &Standing, id: &LessonId) -> DomainResult<Reply> {
    let target = &standing.enrolment.target;
    let no_lesson = || Error::new(Code::NotFound, format!("The {target} has no lesson `{id}`."));
    let seen = lesson_of(catalogue, standing, id).ok_or_else(no_lesson)?;
    Reply::ok(&LessonStandingView {
        lesson: lesson(catalogue, &seen.progress),
        way: seen.way.as_ref().map(|way| view_of_way(catalogue, target, way)),
        may_challenge: seen.may_challenge,
    })
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    call.read(move |tx, known| {
        let (standing, library) = learning::progress(tx, &known.actor, id)?;
        let lesson = lesson_named(tx, &name)?;
        reply(catalogue(&library, &standing)?, &standing, &lesson)?.quick_tag()
    })
    .await
}

async fn waive(mut call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let (input, _) = call.json::<WaiverInput>().await?;
    let now = call.now;
    let work = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        let standing = learning::waive_prerequisites(tx, actor, id, &lesson, &input.reason, now)?;
        let library = tx.catalog().library()?;
        reply(catalogue(&library, &standing)?, &standing, &lesson)
    });
    let reply = work.await?;
    call.state.seen.forget(id);
    Ok(reply)
}

async fn take_back(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let now = call.now;
    call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        learning::take_waiver_back(tx, actor, id, &lesson, now)
    })
    .await?;
    call.state.seen.forget(id);
    Ok(Reply::no_content())
}
