//! A lesson as a learner stands to it: what can be done with it, or why nothing can.

use askama::Template;
use cairn_domain::catalog::{Catalogue, DocKind, Edge, LessonKind, Need, Node};
use cairn_domain::identity::{Action, Actor, authorise};
use cairn_domain::learning::{self, EnrolmentState, LessonState, Standing, Waiver, lesson_of, next_of};
use cairn_domain::shared::{AttemptId, ContentId, EnrolmentId, LessonId, Timestamp};
use cairn_domain::{Code, Error, ReadTx, Result, practice};

use super::frame::{Frame, Visitor};
use super::practice::state_words;
use super::{address, personal, render, text};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::enrolments::lesson_named;
use crate::extract::form::Shape;
use crate::extract::input::input;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::way::WaiverInput;

input! {
    /// How an attempt is started from a page.
    struct AttemptInput {
        /// `true` where a locked quiz is taken as a challenge.
        challenge: Option<String>,
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const LESSON: &str = "/learning/{id}/lessons/{lesson}";
    vec![
        Endpoint::page(LESSON, |call| Box::pin(show(call))),
        Endpoint::action("/learning/{id}/lessons/{lesson}/completion", "complete_lesson", |call| {
            Box::pin(complete(call))
        }),
        Endpoint::action("/learning/{id}/lessons/{lesson}/attempts", "start_attempt", |call| Box::pin(start(call))),
        Endpoint::action("/learning/{id}/lessons/{lesson}/waiver", "waive_prerequisites", |call| Box::pin(waive(call))),
        Endpoint::action("/learning/{id}/lessons/{lesson}/waiver/end", "take_waiver_back", |call| {
            Box::pin(take_back(call))
        }),
    ]
}

/// A link with a word on what it leads to.
pub(super) struct Step {
    pub(super) title: String,
    pub(super) address: String,
    pub(super) note: String,
}

/// Something that a locked lesson needs.
pub(super) struct Missing {
    pub(super) title: String,
    pub(super) address: String,
    /// What it is, and who says that it is needed.
    pub(super) note: &'static str,
    /// For a skill: the lessons of which any one teaches it.
    pub(super) taught_by: Vec<Step>,
}

/// The way to a locked lesson.
pub(super) struct WayShown {
    pub(super) steps: Vec<Step>,
    pub(super) minutes: u32,
}

/// What is next on the enrolment.
pub(super) struct NextShown {
    pub(super) step: Option<Step>,
    pub(super) why: String,
}

/// A lesson as a learner stands to it, as a page shows it.
pub(super) struct Study {
    pub(super) enrolment: EnrolmentId,
    pub(super) lesson: LessonId,
    /// `reading`, `quiz`, `drill` or `capstone`.
    pub(super) kind: &'static str,
    /// Whether the visitor is the learner, who can do something about it.
    pub(super) own: bool,
    /// Whether the enrolment is under way.
    pub(super) going: bool,
    /// The day on which it was completed; empty before.
    pub(super) done: String,
    pub(super) locked: bool,
    pub(super) needs: Vec<Missing>,
    pub(super) way: Option<WayShown>,
    pub(super) may_challenge: bool,
    pub(super) open_attempt: Option<AttemptId>,
    /// The open attempt at a drill.
    pub(super) open_drill: Option<AttemptId>,
    /// Where the work at a capstone stands, in words; empty where nothing is handed in.
    pub(super) work: &'static str,
    pub(super) best: Option<u8>,
    /// Why no attempt may be started just now; empty where one may.
    pub(super) wait: String,
    pub(super) waiver: Option<Waiver>,
    pub(super) next: NextShown,
}

fn step(catalogue: &Catalogue, kind: DocKind, id: &ContentId) -> Option<(String, String)> {
    let document = &catalogue.entry(kind, id)?.document;
    Some((document.title.clone(), address(kind, &document.slug)))
}

/// A lesson as a step, with its kind and time.
pub(super) fn lesson_step(catalogue: &Catalogue, id: &LessonId) -> Option<Step> {
    let (title, address) = step(catalogue, DocKind::Lesson, &id.into())?;
    let detail = catalogue.lesson(id)?.detail;
    Some(Step { title, address, note: format!("{} · {} min", detail.lesson_kind.as_str(), detail.minutes) })
}

fn missing(catalogue: &Catalogue, need: &Need) -> Option<Missing> {
    let course = need.edge == Edge::Course;
    let (kind, id): (DocKind, ContentId) = match &need.node {
        Node::Lesson(id) => (DocKind::Lesson, id.into()),
        Node::Skill(id) => (DocKind::Skill, id.into()),
    };
    let (title, address) = step(catalogue, kind, &id)?;
    let taught_by = match &need.node {
        Node::Lesson(_) => Vec::new(),
        Node::Skill(id) => catalogue.graph().taught_by(id).iter().filter_map(|id| lesson_step(catalogue, id)).collect(),
    };
    let note = match (kind, course) {
        (DocKind::Lesson, false) => "a lesson that this one builds on",
        (DocKind::Lesson, true) => "a lesson that the whole course builds on",
        (_, false) => "a skill that this lesson builds on",
        (_, true) => "a skill that the whole course builds on",
    };
    Some(Missing { title, address, note, taught_by })
}

/// What is next on an enrolment, and why.
pub(super) fn next_shown(catalogue: &Catalogue, standing: &Standing) -> NextShown {
    let next = next_of(catalogue, standing);
    let step = next.lesson.as_ref().and_then(|id| lesson_step(catalogue, id));
    NextShown { step, why: next.sentence(catalogue) }
}

impl Study {
    /// A lesson of an enrolment for a visitor; `None` when the enrolment has no such lesson.
    pub(super) fn of(
        tx: &mut dyn ReadTx,
        actor: &Actor,
        catalogue: &Catalogue,
        standing: &Standing,
        lesson: &LessonId,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let Some(seen) = lesson_of(catalogue, standing, lesson) else { return Ok(None) };
        let own = standing.enrolment.user == actor.user;
        let record = seen.progress.record;
        let kind = &seen.progress.lesson.detail.lesson_kind;
        let (mut open_attempt, mut open_drill, mut work) = (None, None, "");
        match kind {
            LessonKind::Quiz(_) if own => open_attempt = learning::open_attempt(tx, actor, lesson)?,
            LessonKind::Drill(_) if own => open_drill = practice::open_drill_attempt(tx, actor, lesson, now)?,
            LessonKind::Capstone(_) => match practice::submission(tx, actor, standing.enrolment.id, lesson) {
                Ok((submission, _)) => work = state_words(submission.state),
                Err(error) if error.code() == Code::NotFound => {}
                Err(error) => return Err(error),
            },
            LessonKind::Reading | LessonKind::Quiz(_) | LessonKind::Drill(_) => {}
        }
        let revision = &seen.progress.lesson.document().revision;
        let wait = kind.tries().zip(record).and_then(|(tries, record)| record.check_tries(tries, revision, now).err());
        let needs = match &seen.progress.state {
            LessonState::Locked { needs } => needs.iter().filter_map(|need| missing(catalogue, need)).collect(),
            _ => Vec::new(),
        };
        let way = seen.way.as_ref().map(|way| WayShown {
            steps: way.lessons.iter().filter_map(|id| lesson_step(catalogue, id)).collect(),
            minutes: way.minutes,
        });
        Ok(Some(Self {
            enrolment: standing.enrolment.id,
            lesson: lesson.clone(),
            kind: kind.as_str(),
            own,
            going: matches!(standing.enrolment.state, EnrolmentState::Active | EnrolmentState::Completed),
            done: match &seen.progress.state {
                LessonState::Completed { at } => text::day(at),
                _ => String::new(),
            },
            locked: matches!(seen.progress.state, LessonState::Locked { .. }),
            needs,
            way,
            may_challenge: own && seen.may_challenge,
            open_attempt,
            open_drill,
            work,
            best: record.and_then(|record| record.best),
            wait: wait.map(|refused| refused.message().to_owned()).unwrap_or_default(),
            waiver: record.and_then(|record| record.waiver.clone()),
            next: next_shown(catalogue, standing),
        }))
    }

    /// Whether an attempt at a drill may be started just now.
    pub(super) fn may_start(&self) -> bool {
        self.own && self.going && !self.locked && self.open_drill.is_none() && self.wait.is_empty()
    }
}

#[derive(Template)]
#[template(path = "lesson-standing.html")]
struct StandingPage {
    frame: Frame,
    study: Option<Study>,
    title: String,
    address: String,
    /// Whether the visitor may waive prerequisites.
    may_waive: bool,
}

/// Where a form about a lesson leads back to.
fn lesson_address(tx: &mut dyn ReadTx, lesson: &LessonId) -> Result<String> {
    let library = tx.catalog().library()?;
    let id = ContentId::from(lesson);
    let found = library.resolve(DocKind::Lesson, &id).map(|(_, _, entry)| entry.document.slug.clone());
    Ok(address(DocKind::Lesson, &found.unwrap_or(id)))
}

async fn show(call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let (state, now) = (call.state.clone(), call.now);
    call.read(move |tx, known| {
        let (standing, library) = learning::progress(tx, &known.actor, id)?;
        let pack = &standing.enrolment.pack;
        let (_, catalogue) = library.pack(pack).ok_or_else(|| Error::not_found("pack", pack))?;
        let lesson = lesson_named(tx, &name)?;
        let study = Study::of(tx, &known.actor, catalogue, &standing, &lesson, now)?;
        let study = study.ok_or_else(|| Error::not_found("lesson", &name))?;
        let (title, address) = step(catalogue, DocKind::Lesson, &(&lesson).into()).unwrap_or_default();
        let path = format!("/learning/{id}/lessons/{lesson}");
        let frame = Frame::personal(&state.site, Visitor::of(&state, Some(known)), &title, path);
        let frame = frame.below("Home", "/").below("My learning", "/learning");
        let frame = frame.below("Enrolment", format!("/learning/{id}")).below(&title, "");
        let may_waive = authorise(&known.actor, Action::WaivePrerequisites).is_ok();
        personal(render(&StandingPage { frame, study: Some(study), title, address, may_waive })?)
    })
    .await
}

async fn complete(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    call.form().await?;
    let now = call.now;
    let back = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        learning::complete_lesson(tx, actor, id, &lesson, now)?;
        lesson_address(tx.as_read(), &lesson)
    });
    let back = back.await?;
    call.state.seen.forget(id);
    Ok(Reply::see_other(format!("{back}#page:study")))
}

async fn start(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let form = call.form().await?;
    let read = form.input(Shape::default(), |input: AttemptInput| Ok(input.challenge.is_some()));
    let challenge = call.or_refused(read).await?;
    let (attempt, now) = (call.state.id(AttemptId::new), call.now);
    let started = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        // Whoever starts one twice, in two windows or by going back, is led to the one that is open.
        if let Some(open) = learning::open_attempt(tx.as_read(), actor, &lesson)? {
            return Ok(open);
        }
        learning::start_attempt(tx, actor, id, &lesson, (attempt, challenge), now).map(|(attempt, _)| attempt.id)
    });
    Ok(Reply::see_other(format!("/attempts/{}", started.await?)))
}

async fn waive(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let form = call.form().await?;
    let read = form.input(Shape::default(), |input: WaiverInput| Ok(input.reason));
    let reason = call.or_refused(read).await?;
    let now = call.now;
    let lesson = call
        .write(move |tx, actor| {
            let lesson = lesson_named(tx.as_read(), &name)?;
            learning::waive_prerequisites(tx, actor, id, &lesson, &reason, now)?;
            Ok(lesson)
        })
        .await?;
    call.state.seen.forget(id);
    Ok(Reply::see_other(format!("/learning/{id}/lessons/{lesson}")))
}

async fn take_back(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    call.form().await?;
    let now = call.now;
    let lesson = call
        .write(move |tx, actor| {
            let lesson = lesson_named(tx.as_read(), &name)?;
            learning::take_waiver_back(tx, actor, id, &lesson, now)?;
            Ok(lesson)
        })
        .await?;
    call.state.seen.forget(id);
    Ok(Reply::see_other(format!("/learning/{id}/lessons/{lesson}")))
}
