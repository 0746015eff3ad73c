//! Enrolments and their progress.

use std::sync::Arc;

use cairn_domain::catalog::{Catalogue, DocKind, Library, Need, Node};
use cairn_domain::learning::{
    self, Enrolment, EnrolmentState, LessonProgress, LessonState, Progress, Standing, Target, Waiver, progress_of,
};
use cairn_domain::shared::{ContentId, EnrolmentId, LessonId, PackId, Timestamp, UserId};
use cairn_domain::{Code, Error, ReadTx, Result as DomainResult, Violations};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Precondition, Verb};
use crate::extract::condition;
use crate::extract::input::input;
use crate::problem::{Problem, Success};
use crate::reply::Reply;
use crate::seen::Answer;

const TAG: &str = "Learning";

input! {
    /// What to enrol on.
    struct EnrolInput {
        /// `course` or `track`.
        kind: String,
        /// Its id or slug.
        id: String,
    }

    /// What should change of an enrolment, as a JSON Merge Patch (RFC 7396).
    struct EnrolmentPatchInput {
        /// `active`, `paused` or `withdrawn`.
        #[schema(value_type = String)]
        state: EnrolmentState,
    }
}

/// An enrolment as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentView<'a> {
    /// Its id.
    #[schema(value_type = String)]
    id: EnrolmentId,
    /// The learner's id.
    #[schema(value_type = String)]
    user: UserId,
    /// The pack that the target belongs to.
    pack: &'a str,
    /// The course or track.
    target: TargetView<'a>,
    /// The number of the pack's release when the learner enrolled. The enrolment follows the present one.
    release: u32,
    /// `active`, `paused`, `completed` or `withdrawn`.
    #[schema(value_type = String)]
    state: EnrolmentState,
    /// When the learner enrolled.
    #[schema(value_type = String, format = DateTime)]
    enrolled_at: Timestamp,
    /// When all was done; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    completed_at: Option<Timestamp>,
}

/// What somebody is enrolled on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TargetView<'a> {
    /// `course` or `track`.
    kind: &'static str,
    /// Its id.
    id: String,
    /// What its address uses.
    slug: &'a str,
    /// One line.
    title: &'a str,
}

/// What an enrolment has achieved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressView<'a> {
    #[serde(flatten)]
    summary: SummaryView<'a>,
    /// Every lesson of the target, in order.
    lessons: Vec<LessonProgressView<'a>>,
}

/// What an enrolment has achieved, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryView<'a> {
    /// The enrolment.
    enrolment: EnrolmentView<'a>,
    /// The share of required lessons that are completed, rounded down.
    percent: u8,
    /// How many required lessons are completed.
    done: u32,
    /// How many lessons are required.
    required: u32,
    /// The id of the lesson to take next; null when none is open.
    #[schema(value_type = Option<String>, required)]
    next: Option<&'a LessonId>,
}

/// A lesson in an enrolment's progress.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LessonProgressView<'a> {
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
    /// Whether the course is finished without it.
    optional: bool,
    /// Whether the pack no longer has it.
    retired: bool,
    /// `completed`, `open` or `locked`.
    state: &'static str,
    /// When it was completed; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    completed_at: Option<Timestamp>,
    /// Whether it was completed without being read, because a quiz behind it was passed as a challenge.
    skipped: bool,
    /// What keeps it locked.
    needs: Vec<NeedView<'a>>,
    /// An instructor's waiver, by which it is open whatever it needs; null when there is none.
    #[schema(required)]
    waiver: Option<WaiverView<'a>>,
    /// How many attempts at the quiz were started at its present revision.
    attempts: u32,
    /// The best result of any attempt; null before the first.
    #[schema(required)]
    best_percent: Option<u8>,
}

/// An instructor's word that a lesson is open to a learner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaiverView<'a> {
    /// The instructor's id.
    #[schema(value_type = String)]
    by: UserId,
    /// One line.
    reason: &'a str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What keeps a lesson locked: a lesson to complete or a skill to gain.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NeedView<'a> {
    /// `lesson` or `skill`.
    kind: &'static str,
    /// Its id.
    id: &'a str,
    /// One line.
    title: &'a str,
    /// Who says so: `lesson`, the lesson itself, or `course`, its course of all its lessons.
    edge: &'static str,
    /// For a skill: the ids of the lessons that teach it, any of which will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    taught_by: Option<&'a [LessonId]>,
}

fn target<'a>(library: &'a Library, pack: &PackId, target: &Target) -> TargetView<'a> {
    let (kind, id) = (target.kind(), target.id());
    let entry = library.pack(pack).and_then(|(_, catalogue)| catalogue.entry(kind, &id));
    let document = entry.map(|entry| &entry.document);
    TargetView {
        kind: kind.as_str(),
        id: id.to_string(),
        slug: document.map_or("", |document| document.slug.as_str()),
        title: document.map_or("", |document| &document.title),
    }
}

fn view<'a>(library: &'a Library, enrolment: &'a Enrolment) -> EnrolmentView<'a> {
    EnrolmentView {
        id: enrolment.id,
        user: enrolment.user,
        pack: enrolment.pack.as_str(),
        target: target(library, &enrolment.pack, &enrolment.target),
        release: enrolment.release,
        state: enrolment.state,
        enrolled_at: enrolment.enrolled_at,
        completed_at: enrolment.completed_at,
    }
}

impl<'a> From<&'a Waiver> for WaiverView<'a> {
    fn from(waiver: &'a Waiver) -> Self {
        Self { by: waiver.by, reason: &waiver.reason, at: waiver.at }
    }
}

pub(crate) fn lesson<'a>(catalogue: &'a Catalogue, of: &'a LessonProgress<'a>) -> LessonProgressView<'a> {
    let (document, detail) = (of.lesson.document(), of.lesson.detail);
    let title = |kind: DocKind, id: &ContentId| catalogue.entry(kind, id).map_or("", |e| e.document.title.as_str());
    let need = |need: &'a Need| {
        let (kind, id, document, taught_by) = match &need.node {
            Node::Lesson(id) => (DocKind::Lesson, id.as_str(), ContentId::from(id), None),
            Node::Skill(id) => (DocKind::Skill, id.as_str(), id.into(), Some(catalogue.graph().taught_by(id))),
        };
        NeedView { kind: kind.as_str(), id, title: title(kind, &document), edge: need.edge.as_str(), taught_by }
    };
    let (state, completed_at, needs) = match &of.state {
        LessonState::Completed { at } => ("completed", Some(*at), Vec::new()),
        LessonState::Open => ("open", None, Vec::new()),
        LessonState::Locked { needs } => ("locked", None, needs.iter().map(need).collect()),
    };
    LessonProgressView {
        id: document.id.as_str(),
        slug: document.slug.as_str(),
        title: &document.title,
        course: of.course.as_str(),
        kind: detail.lesson_kind.as_str(),
        minutes: detail.minutes,
        optional: detail.optional,
        retired: of.lesson.retired(),
        state,
        completed_at,
        skipped: of.record.and_then(|record| record.completed.as_ref()).is_some_and(|completed| completed.skipped),
        needs,
        waiver: of.record.and_then(|record| record.waiver.as_ref()).map(WaiverView::from),
        attempts: of.record.map_or(0, |record| record.attempts_at(&document.revision)),
        best_percent: of.record.and_then(|record| record.best),
    }
}

fn summary<'a>(library: &'a Library, progress: &'a Progress<'a>) -> SummaryView<'a> {
    SummaryView {
        enrolment: view(library, progress.enrolment),
        percent: progress.percent(),
        done: progress.done,
        required: progress.required,
        next: progress.next.as_ref(),
    }
}

pub(crate) fn catalogue<'a>(library: &'a Library, standing: &Standing) -> DomainResult<&'a Catalogue> {
    let pack = &standing.enrolment.pack;
    library.pack(pack).map(|(_, catalogue)| catalogue).ok_or_else(|| Error::not_found("pack", pack))
}

fn example() -> Value {
    json!({
        "id": "0190d6f0-0000-7000-8000-000000000003",
        "user": "0190d6f0-0000-7000-8000-000000000001",
        "pack": "examples",
        "target": { "kind": "course", "id": "paths", "slug": "paths", "title": "Paths" },
        "release": 1,
        "state": "active",
        "enrolled_at": "2026-01-31T12:00:00.000000Z",
        "completed_at": null,
    })
}

fn example_of_summary() -> Value {
    json!({ "enrolment": example(), "percent": 50, "done": 1, "required": 2, "next": "steps-quiz" })
}

pub(crate) fn example_of_lesson() -> Value {
    json!({
        "id": "steps-quiz",
        "slug": "steps-quiz",
        "title": "Steps: quiz",
        "course": "paths",
        "kind": "quiz",
        "minutes": 5,
        "optional": false,
        "retired": false,
        "state": "locked",
        "completed_at": null,
        "skipped": false,
        "needs": [{
            "kind": "skill", "id": "paths.reading", "title": "Reading a path", "edge": "lesson",
            "taught_by": ["first-steps"],
        }],
        "waiver": null,
        "attempts": 0,
        "best_percent": null,
    })
}

fn example_of_progress() -> Value {
    let mut progress = example_of_summary();
    progress["lessons"] = json!([example_of_lesson()]);
    progress
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Verb::Get, "/api/v1/enrolments/{id}/progress", "get_progress", |call| Box::pin(progress(call)))
            .describe(
                TAG,
                "Shows the progress of an enrolment",
                "Every lesson with its state, and what keeps a locked one locked. One's own; anybody's for instructors.",
            )
            .gives::<ProgressView>(Success::Ok, "The progress.", example_of_progress())
            .tagged(),
        Endpoint::new(
            Verb::Put,
            "/api/v1/enrolments/{id}/lessons/{lesson}/completion",
            "complete_lesson",
            |call| Box::pin(complete(call)),
        )
        .describe(TAG, "Notes that a reading was read", "Doing it again changes nothing. A quiz is completed by passing.")
        .takes_nothing()
        .gives::<SummaryView>(Success::Ok, "The enrolment's progress, in short.", example_of_summary())
        .refuses(&[Code::Locked, Code::WrongLessonKind, Code::WrongState]),
        Endpoint::new(Verb::Post, "/api/v1/enrolments", "enrol", |call| Box::pin(enrol(call)))
            .describe(TAG, "Enrols on a course or track", "What was learnt before counts at once.")
            .takes::<EnrolInput>(json!({ "kind": "course", "id": "paths" }))
            .gives::<EnrolmentView>(Success::Created, "The enrolment.", example())
            .tagged()
            .keyed()
            .refuses(&[Code::NotFound, Code::AlreadyEnrolled, Code::TargetRetired]),
        Endpoint::new(Verb::Get, "/api/v1/enrolments", "list_enrolments", |call| Box::pin(list(call)))
            .describe(TAG, "Lists enrolments", "One's own; for instructors those of any learner.")
            .query("user", "The id of the learner, or `me`.", "me", &[])
            .lists::<EnrolmentView>("A page of enrolments.", example()),
        Endpoint::new(Verb::Get, "/api/v1/enrolments/{id}", "get_enrolment", |call| Box::pin(show(call)))
            .describe(TAG, "Shows an enrolment", "One's own; anybody's for instructors.")
            .gives::<EnrolmentView>(Success::Ok, "The enrolment.", example())
            .tagged(),
        Endpoint::new(Verb::Patch, "/api/v1/enrolments/{id}", "change_enrolment", |call| Box::pin(change(call)))
            .describe(TAG, "Pauses, resumes or gives up an enrolment", "What was learnt stays learnt.")
            .takes::<EnrolmentPatchInput>(json!({ "state": "paused" }))
            .gives::<EnrolmentView>(Success::Ok, "The enrolment as it is now.", example())
            .tagged()
            .precondition(Precondition::Required)
            .refuses(&[Code::WrongState]),
    ]
}

pub(crate) fn wanted(input: EnrolInput) -> DomainResult<Target> {
    let mut faults = Violations::new();
    let kind = input.kind.parse().ok().filter(|kind| matches!(kind, DocKind::Course | DocKind::Track));
    if kind.is_none() {
        faults.push("/kind", "unknown_kind", "One enrols on a `course` or a `track`.");
    }
    let id = faults.take("/id", input.id.parse());
    faults.check()?;
    let target = kind.zip(id).and_then(|(kind, id)| Target::new(kind, id));
    target.ok_or_else(|| Error::internal("a checked field is missing"))
}

async fn enrol(mut call: Call) -> Result<Reply, Problem> {
    let (target, body) = call.json_by(wanted).await?;
    let (id, now) = (call.state.id(EnrolmentId::new), call.now);
    call.create(&body, false, move |tx, actor| {
        let enrolment = learning::enrol(tx, actor, &target, id, now)?;
        let library = tx.catalog().library()?;
        let reply = Reply::created(&view(&library, &enrolment), format!("/api/v1/enrolments/{id}"))?;
        Ok((reply.version(enrolment.version)?, None))
    })
    .await
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let of: Option<UserId> = match call.parameters.get("user") {
        None | Some("me") => None,
        Some(_) => call.parameters.parse("user")?,
    };
    let name = format!("enrolments?user={}", of.map(|of| of.to_string()).unwrap_or_default());
    let page = call.page(&name)?;
    let (found, library) = call
        .read(move |tx, known| {
            let of = of.unwrap_or(known.actor.user);
            Ok((learning::list_enrolments(tx, &known.actor, of, &page)?, tx.catalog().library()?))
        })
        .await?;
    let next = found.next.clone();
    let views = found.items.iter().map(|enrolment| view(&library, enrolment)).collect();
    call.page_reply(cairn_domain::shared::Page { items: views, next }, &name, |view| view)
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    call.read(move |tx, known| {
        let enrolment = learning::enrolment(tx, &known.actor, id)?;
        let library = tx.catalog().library()?;
        Reply::ok(&view(&library, &enrolment))?.version(enrolment.version)
    })
    .await
}

async fn change(mut call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let (input, _) = call.json::<EnrolmentPatchInput>().await?;
    let expected = match condition::required(call.headers()) {
        Ok(expected) => expected,
        Err(problem) => {
            call.read(move |tx, known| learning::enrolment(tx, &known.actor, id)).await?;
            return Err(problem);
        }
    };
    let now = call.now;
    call.write(move |tx, actor| {
        let expected = expected.version(|| Ok(learning::enrolment(tx.as_read(), actor, id)?.version))?;
        let enrolment = learning::change_enrolment(tx, actor, id, expected, input.state, now)?;
        let library = tx.catalog().library()?;
        Reply::ok(&view(&library, &enrolment))?.version(enrolment.version)
    })
    .await
}

/// The answer that was given before, where nothing was committed since: then it needs neither the database nor a thread.
fn unchanged(call: &Call, id: EnrolmentId, generation: u64) -> Option<Reply> {
    let (learner, reply) = call.state.seen.at(id, generation)?;
    learning::may_read(call.remembered()?, id, learner).ok()?;
    Some(reply)
}

async fn progress(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    // Before the snapshot, so that a commit between the two is noticed.
    let generation = call.state.ports.store.generation();
    if let Some(reply) = generation.and_then(|generation| unchanged(&call, id, generation)) {
        return Ok(reply);
    }
    let state = call.state.clone();
    let (reply, rendered) = call
        .read(move |tx, known| {
            if state.seen.has(id) {
                let (seq, library) = learning::progress_version(tx, &known.actor, id)?;
                if let Some(reply) = state.seen.get(id, seq, &library, generation) {
                    return Ok((reply, None));
                }
                state.seen.forget(id);
            }
            let (standing, library) = learning::progress(tx, &known.actor, id)?;
            let catalogue = catalogue(&library, &standing)?;
            let progress = progress_of(catalogue, &standing);
            let lessons = progress.lessons.iter().map(|of| lesson(catalogue, of)).collect();
            let view = ProgressView { summary: summary(&library, &progress), lessons };
            let reply = Reply::ok(&view)?.quick_tag()?;
            let library = Arc::downgrade(&library);
            let answer = Answer {
                learner: standing.enrolment.user,
                seq: standing.seq,
                library,
                generation,
                reply: reply.clone(),
            };
            Ok((reply, Some(answer)))
        })
        .await?;
    if let Some(answer) = rendered {
        call.state.seen.keep(id, answer);
    }
    Ok(reply)
}

/// The id of the lesson that a path names by id or slug.
pub(crate) fn lesson_named(tx: &mut dyn ReadTx, name: &ContentId) -> DomainResult<LessonId> {
    let library = tx.catalog().library()?;
    let found = library.resolve(DocKind::Lesson, name).map(|(_, _, entry)| LessonId::from(&entry.document.id));
    found.ok_or_else(|| Error::not_found("lesson", name))
}

async fn complete(mut call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    call.no_body().await?;
    let now = call.now;
    let work = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        let standing = learning::complete_lesson(tx, actor, id, &lesson, now)?;
        let library = tx.catalog().library()?;
        let progress = progress_of(catalogue(&library, &standing)?, &standing);
        Reply::ok(&summary(&library, &progress))
    });
    let reply = work.await?;
    call.state.seen.forget(id);
    Ok(reply)
}
