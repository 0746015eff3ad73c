//! A learner's plan: which lesson in which week, what decides the finish, and what moves when a week is missed.

use askama::Template;
use cairn_domain::Code;
use cairn_domain::catalog::{Catalogue, Node};
use cairn_domain::learning::{self, Planned, Schedule, Span, Why};
use cairn_domain::shared::{Date, EnrolmentId};
use cairn_domain::{ReadTx, Result};
use serde_json::Value;

use super::field::{Field, Told, again};
use super::frame::{Frame, Visitor};
use super::study::{Step, lesson_step};
use super::{personal, render, text};
use crate::AppState;
use crate::auth::Known;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::extract::form::{Form, Shape};
use crate::extract::input::input;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::study_plans::{StudyPlanInput, today, wanted};

input! {
    /// The plan that a form was made from.
    struct VersionInput {
        /// Its version.
        version: u32,
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/learning/{id}/plan", |call| Box::pin(show(call))).query(
            "missing",
            "Days in weeks that would be missed.",
            Value::Null,
            &[],
        ),
        Endpoint::action("/learning/{id}/plan", "set_study_plan", |call| Box::pin(set(call))),
        Endpoint::action("/learning/{id}/plan/removal", "remove_study_plan", |call| Box::pin(remove(call))),
    ]
}

/// A lesson in a week.
struct Line {
    step: Step,
    critical: bool,
    overdue: bool,
    /// Why it is there although the course or track does not ask for it; empty where it does.
    why: &'static str,
}

struct Week {
    begins: Date,
    ends: Date,
    missed: bool,
    minutes: u32,
    lines: Vec<Line>,
}

/// A lesson that lies elsewhere when more weeks are missed.
struct MovedLine {
    title: String,
    before: Date,
    after: Date,
}

/// What missing more weeks changes.
struct WhatIf {
    finish_before: Option<Date>,
    moved: Vec<MovedLine>,
}

/// A required lesson that cannot be placed.
struct BlockedLine {
    title: String,
    needs: String,
}

struct Shown {
    weeks: Vec<Week>,
    finish: Option<Date>,
    minutes: u32,
    critical: Vec<Step>,
    critical_minutes: u32,
    overdue: usize,
    blocked: Vec<BlockedLine>,
    what_if: Option<WhatIf>,
    /// The settings that are shown, with the weeks that would be missed.
    minutes_a_week: u32,
    start: Date,
    missed: Vec<Date>,
}

fn title(catalogue: &Catalogue, node: &Node) -> String {
    let (kind, id) = match node {
        Node::Lesson(id) => (cairn_domain::catalog::DocKind::Lesson, id.into()),
        Node::Skill(id) => (cairn_domain::catalog::DocKind::Skill, id.into()),
    };
    catalogue.entry(kind, &id).map_or_else(|| id.to_string(), |entry| entry.document.title.clone())
}

fn line(catalogue: &Catalogue, schedule: &Schedule, at: usize) -> Option<Line> {
    let planned = schedule.lessons.get(at)?;
    let why = match planned.why {
        Why::Required => "",
        Why::Leads => "optional, and the way to a required lesson",
        Why::Elsewhere => "of another course, and the way to a required lesson",
    };
    let step = lesson_step(catalogue, &planned.lesson)?;
    Some(Line { step, critical: planned.critical, overdue: planned.overdue, why })
}

impl Shown {
    fn of(planned: &Planned) -> Result<Self> {
        let (catalogue, schedule) = (planned.catalogue()?, &planned.schedule);
        let lesson = |at: usize| schedule.lessons.get(at).map(|planned| &planned.lesson);
        let step = |at: &usize| lesson(*at).and_then(|id| lesson_step(catalogue, id));
        let weeks = schedule.weeks.iter().map(|week| {
            let Span { begins, ends } = week.when;
            let lines = week.lessons.clone().filter_map(|at| line(catalogue, schedule, at)).collect();
            Week { begins, ends, missed: week.missed, minutes: week.minutes, lines }
        });
        let what_if = planned.difference.as_ref().map(|(finish_before, moved)| WhatIf {
            finish_before: *finish_before,
            moved: moved
                .iter()
                .filter_map(|moved| {
                    let title = step(&moved.lesson)?.title;
                    Some(MovedLine { title, before: moved.before.begins, after: moved.after.begins })
                })
                .collect(),
        });
        let blocked = schedule.blocked.iter().map(|blocked| BlockedLine {
            title: title(catalogue, &Node::Lesson(blocked.lesson.clone())),
            needs: blocked.needs.iter().map(|need| title(catalogue, need)).collect::<Vec<_>>().join(", "),
        });
        Ok(Self {
            weeks: weeks.collect(),
            finish: schedule.finish,
            minutes: schedule.minutes,
            critical: schedule.critical.lessons.iter().filter_map(step).collect(),
            critical_minutes: schedule.critical.minutes,
            overdue: schedule.lessons.iter().filter(|lesson| lesson.overdue).count(),
            blocked: blocked.collect(),
            what_if,
            minutes_a_week: planned.settings.minutes_a_week(),
            start: planned.settings.start(),
            missed: planned.settings.missed().iter().copied().collect(),
        })
    }
}

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    frame: Frame,
    id: EnrolmentId,
    own: bool,
    shown: Option<Shown>,
    fields: Vec<Field>,
    told: Vec<Told>,
    /// The version of the plan; 0 where there is none.
    version: u32,
}

impl PlanPage {
    /// The weeks that are missed, of which each can be taken back.
    fn missed(&self) -> &[Date] {
        self.shown.as_ref().map_or(&[], |shown| &shown.missed)
    }
}

/// The page of a plan; `form` and `told` are what was sent to it and what is wrong with that.
fn page(
    tx: &mut dyn ReadTx,
    state: &AppState,
    known: &Known,
    (id, missing, today): (EnrolmentId, &[Date], Date),
    (form, told): (Option<&Form>, Vec<Told>),
) -> Result<String> {
    let enrolment = learning::enrolment(tx, &known.actor, id)?;
    let planned = match learning::study_plan(tx, &known.actor, id, missing, today) {
        Ok(planned) => Some(planned),
        Err(error) if error.code() == Code::NotFound => None,
        Err(error) => return Err(error),
    };
    let shown = planned.as_ref().map(Shown::of).transpose()?;
    let minutes = shown.as_ref().map_or(300, |shown| shown.minutes_a_week);
    let start = shown.as_ref().map_or(today, |shown| shown.start);
    let fields = [
        Field::new("minutes_a_week", "Minutes a week", "number", "off")
            .hint("From 30 to 4800; 300 are five hours.")
            .value(minutes.to_string()),
        Field::new("start", "Start", "date", "off")
            .hint("The first day. Weeks begin on its day of the week.")
            .value(start.to_string()),
    ];
    let fields = fields.into_iter().map(|field| match form {
        Some(form) => field.sent(form, &told),
        None => field,
    });
    let fields = fields.collect();
    let frame = Frame::personal(&state.site, Visitor::of(state, Some(known)), "Plan", format!("/learning/{id}/plan"));
    let frame = frame.below("Home", "/").below("My learning", "/learning");
    let frame = frame.below("Enrolment", format!("/learning/{id}")).below("Plan", "");
    let version = planned.as_ref().map_or(0, |planned| planned.plan.version);
    render(&PlanPage { frame, id, own: enrolment.user == known.actor.user, shown, fields, told, version })
}

async fn show(call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let missing: Vec<Date> = call.parameters.parse_list("missing")?;
    let (state, today) = (call.state.clone(), today(&call));
    call.read(move |tx, known| personal(page(tx, &state, known, (id, &missing, today), (None, Vec::new()))?)).await
}

async fn set(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let mut form = call.form().await?;
    let version = form.take("version").and_then(|version| version.parse::<u32>().ok()).unwrap_or(0);
    let shape = Shape { lists: &["missed"], numbers: &["minutes_a_week"] };
    let read = form.input(shape, |input: StudyPlanInput| wanted(input));
    let (now, expected) = (call.now, (version > 0).then_some(version));
    let done = match call.or_refused(read).await {
        Ok(settings) => {
            let set = call.write(move |tx, actor| {
                learning::set_study_plan(tx, actor, id, expected, settings.clone(), now).map(|_| ())
            });
            set.await
        }
        Err(problem) => Err(problem),
    };
    let Err(problem) = done else { return Ok(Reply::see_other(format!("/learning/{id}/plan"))) };
    let (state, today, told) = (call.state.clone(), today(&call), super::field::told(&problem));
    let page = call.read(move |tx, known| page(tx, &state, known, (id, &[], today), (Some(&form), told.clone()))).await;
    Err(match page {
        Ok(page) => again(problem, |_| Ok(page)),
        Err(_) => problem,
    })
}

async fn remove(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let form = call.form().await?;
    let shape = Shape { numbers: &["version"], ..Shape::default() };
    let read = form.input(shape, |input: VersionInput| Ok(input.version));
    let version = call.or_refused(read).await?;
    call.write(move |tx, actor| learning::remove_study_plan(tx, actor, id, version)).await?;
    Ok(Reply::see_other(format!("/learning/{id}/plan")))
}
