//! Work at a capstone: what is handed in, what was written about it, and its review.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use cairn_domain::catalog::{CapstoneRules, Catalogue, Criterion, DocKind, HandIn, LessonKind};
use cairn_domain::identity::{Action, authorise};
use cairn_domain::learning::{self, EnrolmentState, LessonState, Standing, lesson_of};
use cairn_domain::practice::{self, Comment, HandedWork, Submission, SubmissionState, WorkVersion};
use cairn_domain::shared::{ContentId, EnrolmentId, LessonId, SubmissionId, UserId};
use cairn_domain::{Code, Error, ReadTx, Result, Violations};

use super::attempts::framed;
use super::verdict::moment;
use crate::AppState;
use crate::auth::Known;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::enrolments::lesson_named;
use crate::extract::form::{Form, Shape};
use crate::extract::input::input;
use crate::pages::field::{Told, again, told};
use crate::pages::frame::Frame;
use crate::pages::{address, personal, render};
use crate::problem::Problem;
use crate::reply::Reply;

input! {
    /// Work as a page sends it; a field that was left empty hands in nothing.
    struct WorkInput {
        /// Plain text.
        text: Option<String>,
        /// An address.
        link: Option<String>,
    }

    /// A comment as a page sends it.
    struct CommentInput {
        /// Plain text.
        comment: String,
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    const WORK: &str = "/learning/{id}/lessons/{lesson}/work";
    vec![
        Endpoint::page(WORK, |call| Box::pin(show(call))),
        Endpoint::action(WORK, "hand_in_work", |call| Box::pin(hand_in(call))),
        Endpoint::action("/learning/{id}/lessons/{lesson}/work/comments", "comment_on_work", |call| {
            Box::pin(comment(call))
        }),
        Endpoint::action("/learning/{id}/lessons/{lesson}/work/review", "review_work", |call| Box::pin(review(call))),
    ]
}

/// A drill that a capstone combines, and how its learner stands to it.
pub(crate) struct DrillState {
    pub(crate) title: String,
    pub(crate) address: String,
    /// `done`, `open` or `locked`; empty where nobody's standing is shown.
    pub(crate) state: &'static str,
}

/// The drills that a capstone combines.
pub(crate) fn drills_of(catalogue: &Catalogue, rules: &CapstoneRules, standing: Option<&Standing>) -> Vec<DrillState> {
    let shown = |id: &LessonId| {
        let document = &catalogue.entry(DocKind::Lesson, &id.into())?.document;
        let seen = standing.and_then(|standing| lesson_of(catalogue, standing, id));
        let state = seen.map_or("", |seen| match seen.progress.state {
            LessonState::Completed { .. } => "done",
            LessonState::Open => "open",
            LessonState::Locked { .. } => "locked",
        });
        Some(DrillState { title: document.title.clone(), address: address(DocKind::Lesson, &document.slug), state })
    };
    rules.drills.iter().filter_map(shown).collect()
}

/// A state in words.
pub(crate) const fn state_words(state: SubmissionState) -> &'static str {
    match state {
        SubmissionState::Submitted => "waiting for a review",
        SubmissionState::Returned => "returned: it needs another version",
        SubmissionState::Accepted => "accepted",
    }
}

/// A criterion with the points that a review gave.
struct Graded {
    title: String,
    points: u16,
    of: u16,
}

/// A version of the work.
struct Version {
    number: usize,
    at: String,
    text: String,
    link: String,
    review: Option<Reviewed>,
}

/// A review of a version.
struct Reviewed {
    accepted: bool,
    at: String,
    sum: u32,
    points: Vec<Graded>,
}

fn version((at, version): (usize, &WorkVersion), rules: &CapstoneRules) -> Version {
    let reviewed = version.review.as_ref().map(|review| {
        let graded = |(id, points): (&_, &u16)| {
            let criterion = rules.rubric.iter().find(|criterion| criterion.id == *id);
            Graded {
                title: criterion.map_or_else(|| format!("{id}"), |criterion| criterion.title.clone()),
                points: *points,
                of: criterion.map_or(*points, |criterion| criterion.points),
            }
        };
        Reviewed {
            accepted: review.accepted,
            at: moment(&review.at),
            sum: review.points.values().map(|points| u32::from(*points)).sum(),
            points: review.points.iter().map(graded).collect(),
        }
    });
    Version {
        number: at + 1,
        at: moment(&version.at),
        text: version.work.text.clone().unwrap_or_default(),
        link: version.work.link.clone().unwrap_or_default(),
        review: reviewed,
    }
}

/// A comment, and who wrote it as its reader knows them.
struct Said {
    by: &'static str,
    at: String,
    text: String,
}

fn said(comment: &Comment, reader: UserId, learner: UserId) -> Said {
    let by = match comment.author {
        author if author == reader => "You",
        author if author == learner => "The learner",
        _ => "An instructor",
    };
    Said { by, at: moment(&comment.at), text: comment.text.clone() }
}

/// A criterion with what a form said of it.
struct Asked {
    criterion: Criterion,
    given: String,
    faults: Vec<String>,
}

impl Asked {
    fn field(&self) -> String {
        points_field(self.criterion.id.as_str())
    }
}

fn points_field(id: &str) -> String {
    format!("points.{id}")
}

/// Which of the page's forms was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Work,
    Comment,
    Review,
}

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage {
    frame: Frame,
    enrolment: EnrolmentId,
    lesson_id: LessonId,
    title: String,
    lesson: String,
    own: bool,
    /// Its state in words.
    state: &'static str,
    accepted: bool,
    drills: Vec<DrillState>,
    rubric: Vec<Asked>,
    pass: u32,
    points: u32,
    versions: Vec<Version>,
    comments: Vec<Said>,
    asks_text: bool,
    asks_link: bool,
    text: String,
    link: String,
    comment: String,
    told: Vec<Told>,
    /// Why nothing can be handed in; empty where something can.
    closed: &'static str,
    may_comment: bool,
    /// The version of what is reviewed; `None` for who reviews nothing here.
    reviews: Option<u32>,
}

impl WorkPage {
    fn faults(&self, field: &str) -> Vec<&str> {
        self.told.iter().filter(|told| told.field == field).map(|told| told.detail.as_str()).collect()
    }
}

fn found(
    tx: &mut dyn ReadTx,
    known: &Known,
    id: EnrolmentId,
    lesson: &LessonId,
) -> Result<Option<(Submission, Vec<Comment>)>> {
    match practice::submission(tx, &known.actor, id, lesson) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn page(
    tx: &mut dyn ReadTx,
    state: &AppState,
    known: &Known,
    (id, name): (EnrolmentId, &ContentId),
    (form, told): (Option<(Sent, &Form)>, Vec<Told>),
) -> Result<String> {
    let (standing, library) = learning::progress(tx, &known.actor, id)?;
    let pack = &standing.enrolment.pack;
    let (_, catalogue) = library.pack(pack).ok_or_else(|| Error::not_found("pack", pack))?;
    let lesson = lesson_named(tx, name)?;
    let seen = lesson_of(catalogue, &standing, &lesson).ok_or_else(|| Error::not_found("lesson", name))?;
    let document = seen.progress.lesson.document();
    let LessonKind::Capstone(rules) = &seen.progress.lesson.detail.lesson_kind else {
        return Err(Error::new(Code::WrongLessonKind, format!("The lesson `{lesson}` takes no work.")));
    };
    let own = standing.enrolment.user == known.actor.user;
    let found = found(tx, known, id, &lesson)?;
    let submission = found.as_ref().map(|(submission, _)| submission);
    let accepted = submission.is_some_and(|of| of.state == SubmissionState::Accepted);
    let going = matches!(standing.enrolment.state, EnrolmentState::Active | EnrolmentState::Completed);
    let closed = match &seen.progress.state {
        _ if accepted => "This work is accepted; it is done.",
        _ if !going => "The enrolment is not under way.",
        LessonState::Locked { .. } => "Something that the capstone needs is missing.",
        LessonState::Open | LessonState::Completed { .. } => "",
    };
    let reviewer = authorise(&known.actor, Action::ReviewWork).is_ok();
    let waits = submission.filter(|of| of.state == SubmissionState::Submitted && reviewer && !own);
    let sent = |which: Sent, name: &str| match form {
        Some((sent, form)) if sent == which => Some(form.get(name).to_owned()),
        _ => None,
    };
    let last = submission.and_then(|of| of.versions.last()).map(|version| &version.work);
    let begin = |name: &str, of: fn(&HandedWork) -> &Option<String>| {
        sent(Sent::Work, name).or_else(|| last.and_then(|work| of(work).clone())).unwrap_or_default()
    };
    let rubric = rules.rubric.iter().map(|criterion| {
        let field = points_field(criterion.id.as_str());
        Asked {
            criterion: criterion.clone(),
            given: sent(Sent::Review, &field).unwrap_or_default(),
            faults: told.iter().filter(|told| told.field == field).map(|told| told.detail.clone()).collect(),
        }
    });
    let rubric = rubric.collect();
    let lesson_page = address(DocKind::Lesson, &document.slug);
    let title = document.title.clone();
    let path = format!("/learning/{id}/lessons/{lesson}/work");
    let frame = framed(state, known, path, id, &title).below(&title, &*lesson_page).below("Work", "");
    let learner = standing.enrolment.user;
    render(&WorkPage {
        frame,
        enrolment: id,
        lesson_id: lesson.clone(),
        own,
        state: submission.map_or("nothing is handed in yet", |of| state_words(of.state)),
        accepted,
        drills: drills_of(catalogue, rules, Some(&standing)),
        rubric,
        pass: rules.pass,
        points: rules.points(),
        versions: submission
            .map(|of| of.versions.iter().enumerate().rev().map(|one| version(one, rules)).collect())
            .unwrap_or_default(),
        comments: found
            .as_ref()
            .map(|(_, all)| all.iter().map(|comment| said(comment, known.actor.user, learner)).collect())
            .unwrap_or_default(),
        asks_text: matches!(rules.hand_in, HandIn::Text | HandIn::TextAndLink),
        asks_link: matches!(rules.hand_in, HandIn::Link | HandIn::TextAndLink),
        text: begin("text", |work| &work.text),
        link: begin("link", |work| &work.link),
        comment: sent(Sent::Comment, "comment").unwrap_or_default(),
        told,
        closed,
        may_comment: submission.is_some() && (own || reviewer),
        reviews: waits.map(|of| of.version),
        title,
        lesson: lesson_page,
    })
}

/// Where the page of the work is, in a request about it.
fn named(call: &Call) -> std::result::Result<(EnrolmentId, ContentId), Problem> {
    Ok((call.segment("id", "enrolment")?, call.segment("lesson", "lesson")?))
}

async fn show(call: Call) -> std::result::Result<Reply, Problem> {
    let (id, name) = named(&call)?;
    let state = call.state.clone();
    call.read(move |tx, known| personal(page(tx, &state, known, (id, &name), (None, Vec::new()))?)).await
}

/// The answer to a form: the page that it leads back to, or the page again with what is wrong.
async fn answered(
    call: &Call,
    done: std::result::Result<LessonId, Problem>,
    (sent, form): (Sent, Arc<Form>),
) -> std::result::Result<Reply, Problem> {
    let (id, name) = named(call)?;
    match done {
        Ok(lesson) => {
            call.state.seen.forget(id);
            let part = if sent == Sent::Comment { "comments" } else { "work" };
            Ok(Reply::see_other(format!("/learning/{id}/lessons/{lesson}/work#page:{part}")))
        }
        Err(problem) => {
            let (state, told) = (call.state.clone(), told(&problem));
            let page = call
                .read(move |tx, known| page(tx, &state, known, (id, &name), (Some((sent, &form)), told.clone())))
                .await;
            Err(match page {
                Ok(page) => again(problem, |_| Ok(page)),
                Err(_) => problem,
            })
        }
    }
}

async fn hand_in(mut call: Call) -> std::result::Result<Reply, Problem> {
    let (id, name) = named(&call)?;
    let form = Arc::new(call.form().await?);
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let read = form.input(Shape::default(), |input: WorkInput| {
        let text = filled(input.text).map(|text| text.replace("\r\n", "\n"));
        Ok(HandedWork { text, link: filled(input.link).map(|link| link.trim().to_owned()) })
    });
    let work = call.or_refused(read).await?;
    let (submission, now) = (call.state.id(SubmissionId::new), call.now);
    let done = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        practice::hand_in(tx, actor, id, &lesson, (submission, work.clone()), now)?;
        Ok(lesson)
    });
    let done = done.await;
    answered(&call, done, (Sent::Work, form)).await
}

async fn comment(mut call: Call) -> std::result::Result<Reply, Problem> {
    let (id, name) = named(&call)?;
    let form = Arc::new(call.form().await?);
    let read = form.input(Shape::default(), |input: CommentInput| Ok(input.comment.replace("\r\n", "\n")));
    let text = call.or_refused(read).await?;
    let now = call.now;
    let done = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        practice::comment(tx, actor, id, &lesson, &text, now)
            .map_err(|refused| at(refused, |pointer| (pointer == "/text").then(|| "/comment".to_owned())))?;
        Ok(lesson)
    });
    let done = done.await;
    answered(&call, done, (Sent::Comment, form)).await
}

/// A refusal whose faults stand at the fields of the form.
fn at(refused: Error, field: impl Fn(&str) -> Option<String>) -> Error {
    if refused.violations().is_empty() {
        return refused;
    }
    let mut faults = Violations::new();
    for violation in refused.violations() {
        let pointer = field(&violation.pointer).unwrap_or_else(|| violation.pointer.clone());
        faults.push(pointer, &violation.rule, violation.detail.clone());
    }
    faults.check().err().unwrap_or(refused)
}

/// The points that a form gives, and the version that it was made from; a field that was left empty gives none.
fn points(form: &Form) -> Result<(BTreeMap<cairn_domain::shared::CriterionId, u16>, u32)> {
    let (mut points, mut faults) = (BTreeMap::new(), Violations::new());
    let mut version = 0;
    for name in form.names() {
        let value = form.get(name).trim();
        if name == "version" {
            version = value.parse().unwrap_or_default();
        } else if let Some(id) = name.strip_prefix("points.").and_then(|id| id.parse().ok()) {
            match value.parse() {
                Ok(number) => drop(points.insert(id, number)),
                Err(_) if value.is_empty() => {}
                Err(_) => faults.push(format!("/{name}"), "not_a_number", "Give a whole number of points."),
            }
        } else {
            faults.push(format!("/{name}"), "unknown_field", "The rubric has no such criterion.");
        }
    }
    faults.check()?;
    Ok((points, version))
}

async fn review(mut call: Call) -> std::result::Result<Reply, Problem> {
    let (id, name) = named(&call)?;
    let form = Arc::new(call.form().await?);
    let (sent, now) = (form.clone(), call.now);
    let done = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        let (points, version) = points(&sent)?;
        practice::review(tx, actor, (id, &lesson), version, &points, now).map_err(|refused| {
            at(refused, |pointer| pointer.strip_prefix("/points/").map(|id| format!("/{}", points_field(id))))
        })?;
        Ok(lesson)
    });
    let done = done.await;
    answered(&call, done, (Sent::Review, form)).await
}
