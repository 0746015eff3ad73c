//! What a learner learns: enrolments, how far each has come, and the weeks behind.

use askama::Template;
use cairn_domain::catalog::{Catalogue, Library};
use cairn_domain::learning::{self, DEFAULT_WEEKS, Enrolment, EnrolmentState, Standing, WeekActivity, progress_of};
use cairn_domain::shared::{EnrolmentId, UserId};
use cairn_domain::{Error, Result};
use serde_json::Value;

use super::frame::{Frame, Visitor};
use super::graph::{Group, Plan, State};
use super::session::own_path;
use super::study::{NextShown, next_shown};
use super::weeks::Plot;
use super::{address, personal, render, text};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::enrolments::{EnrolInput, wanted};
use crate::extract::form::Shape;
use crate::extract::input::input;
use crate::problem::Problem;
use crate::reply::Reply;

input! {
    /// What should become of an enrolment, with the version that the page showed.
    struct StateInput {
        /// `active`, `paused` or `withdrawn`.
        #[schema(value_type = String)]
        state: EnrolmentState,
        /// What the form was made from.
        version: u32,
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/learning", |call| Box::pin(show(call))).query(
            "user",
            "The id of the learner, for instructors.",
            Value::Null,
            &[],
        ),
        Endpoint::action("/learning", "enrol", |call| Box::pin(enrol(call))),
        Endpoint::page("/learning/{id}", |call| Box::pin(show_one(call))),
        Endpoint::action("/learning/{id}/state", "change_enrolment", |call| Box::pin(change(call))),
    ]
}

/// An enrolment, as a page shows it.
struct Shown {
    id: EnrolmentId,
    title: String,
    /// The page of the course or track.
    address: String,
    kind: &'static str,
    state: &'static str,
    version: u32,
    since: String,
    /// The day on which all was done; empty before.
    completed: String,
    percent: u8,
    done: u32,
    required: u32,
    /// Whether it may go on, be paused, be given up.
    may: [bool; 3],
    next: NextShown,
}

impl Shown {
    fn of(catalogue: &Catalogue, standing: &Standing) -> Self {
        let progress = progress_of(catalogue, standing);
        let Enrolment { id, target, state, version, enrolled_at, completed_at, .. } = &standing.enrolment;
        let (kind, target) = (target.kind(), target.id());
        let document = catalogue.entry(kind, &target).map(|entry| &entry.document);
        let may = [EnrolmentState::Active, EnrolmentState::Paused, EnrolmentState::Withdrawn];
        Self {
            id: *id,
            title: document.map_or_else(|| target.to_string(), |document| document.title.clone()),
            address: address(kind, document.map_or(&target, |document| &document.slug)),
            kind: kind.as_str(),
            state: state.as_str(),
            version: *version,
            since: text::day(enrolled_at),
            completed: completed_at.as_ref().map(text::day).unwrap_or_default(),
            percent: progress.percent(),
            done: progress.done,
            required: progress.required,
            may: may.map(|to| to != *state && state.may_become(to)),
            next: next_shown(catalogue, standing),
        }
    }
}

#[derive(Template)]
#[template(path = "learning.html")]
struct LearningPage {
    frame: Frame,
    /// Whether these are the visitor's own.
    own: bool,
    enrolments: Vec<Shown>,
    weeks: Vec<WeekActivity>,
    plot: String,
}

#[derive(Template)]
#[template(path = "enrolment.html")]
struct EnrolmentPage {
    frame: Frame,
    own: bool,
    enrolment: Shown,
    groups: Vec<Group>,
}

fn catalogue<'a>(library: &'a Library, standing: &Standing) -> Result<&'a Catalogue> {
    let pack = &standing.enrolment.pack;
    library.pack(pack).map(|(_, catalogue)| catalogue).ok_or_else(|| Error::not_found("pack", pack))
}

async fn show(call: Call) -> std::result::Result<Reply, Problem> {
    let of: Option<UserId> = call.parameters.parse("user")?;
    let (state, now) = (call.state.clone(), call.now);
    call.read(move |tx, known| {
        let of = of.unwrap_or(known.actor.user);
        let own = of == known.actor.user;
        let (standings, library) = learning::overview(tx, &known.actor, of)?;
        let shown = standings.iter().map(|standing| Ok(Shown::of(catalogue(&library, standing)?, standing)));
        let enrolments = shown.collect::<Result<Vec<_>>>()?;
        let weeks = learning::activity(tx, &known.actor, of, DEFAULT_WEEKS, now)?;
        let title = if own { "My learning" } else { "A learner" };
        let frame = Frame::personal(&state.site, Visitor::of(&state, Some(known)), title, "/learning");
        let frame = frame.below("Home", "/").below(title, "");
        let plot = if weeks.iter().any(|week| week.minutes > 0) { render(&Plot::of(&weeks))? } else { String::new() };
        personal(render(&LearningPage { frame, own, enrolments, weeks, plot })?)
    })
    .await
}

async fn enrol(mut call: Call) -> std::result::Result<Reply, Problem> {
    let mut form = call.form().await?;
    let return_to = form.take("return_to").as_deref().and_then(own_path).map(str::to_owned);
    let read = form.input(Shape::default(), |input: EnrolInput| wanted(input));
    let target = call.or_refused(read).await?;
    let (id, now) = (call.state.id(EnrolmentId::new), call.now);
    call.write(move |tx, actor| learning::enrol(tx, actor, &target, id, now)).await?;
    Ok(Reply::see_other(return_to.unwrap_or_else(|| format!("/learning/{id}"))))
}

async fn show_one(call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let state = call.state.clone();
    call.read(move |tx, known| {
        let (standing, library) = learning::progress(tx, &known.actor, id)?;
        let catalogue = catalogue(&library, &standing)?;
        let enrolment = Shown::of(catalogue, &standing);
        let own = standing.enrolment.user == known.actor.user;
        let groups = Plan::of(catalogue, &standing.enrolment.target, Some(&standing)).groups;
        let visitor = Visitor::of(&state, Some(known));
        let frame = Frame::personal(&state.site, visitor, &enrolment.title, format!("/learning/{id}"));
        let frame = frame.below("Home", "/").below("My learning", "/learning").below(&enrolment.title, "");
        personal(render(&EnrolmentPage { frame, own, enrolment, groups })?)
    })
    .await
}

async fn change(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let form = call.form().await?;
    let shape = Shape { numbers: &["version"], ..Shape::default() };
    let read = form.input(shape, |input: StateInput| Ok(input));
    let StateInput { state, version } = call.or_refused(read).await?;
    let now = call.now;
    call.write(move |tx, actor| learning::change_enrolment(tx, actor, id, version, state, now)).await?;
    call.state.seen.forget(id);
    Ok(Reply::see_other(format!("/learning/{id}")))
}

/// The visitor's enrolment on a course or track itself, as a link to it needs it.
pub(super) struct Enrolled {
    pub(super) id: EnrolmentId,
    /// The course or track.
    pub(super) title: String,
    pub(super) percent: u8,
    pub(super) next: NextShown,
}

impl Enrolled {
    pub(super) fn of(catalogue: &Catalogue, standing: &Standing) -> Self {
        let Shown { id, title, percent, next, .. } = Shown::of(catalogue, standing);
        Self { id, title, percent, next }
    }
}
