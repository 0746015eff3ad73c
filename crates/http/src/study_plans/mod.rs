//! Study plans: which lesson in which week.

mod calendar;
mod view;

use cairn_domain::learning::{self, PlanSettings, Planned};
use cairn_domain::shared::{Date, EnrolmentId};
use cairn_domain::{Code, Error, Result as DomainResult};

use crate::call::Call;
use crate::endpoint::{Endpoint, Precondition, Verb};
use crate::extract::condition;
use crate::extract::input::input;
use crate::problem::{HttpCode, Problem, Reason, Success};
use crate::reply::Reply;
use view::{StudyPlanView, example, example_of_input};

const TAG: &str = "Learning";
const PATH: &str = "/api/v1/enrolments/{id}/plan";
const CALENDAR: &str = "text/calendar; charset=utf-8";

input! {
    /// How fast somebody means to learn, and from when on.
    struct StudyPlanInput {
        /// How many minutes a week holds, 30 to 4800.
        minutes_a_week: u32,
        /// The first day; weeks are the seven days from it and every seven days after them.
        #[schema(value_type = String, format = Date)]
        start: Date,
        /// Days in weeks in which nothing will be done; none when it is left out.
        #[schema(value_type = Option<Vec<String>>)]
        missed: Option<Vec<Date>>,
    }
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Verb::Get, PATH, "get_study_plan", |call| Box::pin(show(call)))
            .describe(
                TAG,
                "Shows the plan of an enrolment",
                "Which lesson in which week, when all is done, what decides that, and what is overdue, as of today in UTC. With \
                 `missing` it shows what moves when more weeks are missed, and writes nothing. In the `ETag`, what stands \
                 before the hyphen counts the changes of the plan's settings; what follows names the bytes. One's own; \
                 anybody's for instructors.",
            )
            .query("missing", "Days in more weeks that are missed, with commas between them.", "2026-12-07", &[])
            .gives::<StudyPlanView>(Success::Ok, "The plan.", example(true))
            .tagged(),
        Endpoint::new(Verb::Put, PATH, "set_study_plan", |call| Box::pin(set(call)))
            .describe(
                TAG,
                "Plans an enrolment",
                "Makes the plan, with or without `If-None-Match: *`, or replaces the one whose `ETag` comes as `If-Match`.",
            )
            .takes::<StudyPlanInput>(example_of_input())
            .gives::<StudyPlanView>(Success::Created, "The new plan.", example(false))
            .gives::<StudyPlanView>(Success::Ok, "The plan as it is now.", example(false))
            .tagged()
            .precondition(Precondition::ToReplace)
            .refuses(&[Code::WrongState]),
        Endpoint::new(Verb::Delete, PATH, "remove_study_plan", |call| Box::pin(remove(call)))
            .describe(TAG, "Removes the plan of an enrolment", "What was learnt stays learnt.")
            .gives_other(Success::NoContent, "", "It is gone.")
            .precondition(Precondition::Required),
        Endpoint::new(Verb::Get, "/api/v1/enrolments/{id}/plan.ics", "get_study_calendar", |call| {
            Box::pin(calendar(call))
        })
        .describe(
            TAG,
            "Gives the plan as a calendar",
            "iCalendar (RFC 5545): an event for each week with its lessons. Imported again, it brings the events up to date.",
        )
        .gives_other(Success::Ok, CALENDAR, "The calendar.")
        .tagged(),
    ]
}

pub(crate) fn today(call: &Call) -> Date {
    Date::of(call.now)
}

/// The plan, tagged with its version and, since it changes with the day and what is learnt too, its bytes.
fn rendered(planned: &Planned, created: bool) -> DomainResult<Reply> {
    let view = StudyPlanView::of(planned)?;
    let id = planned.plan.enrolment;
    let reply =
        if created { Reply::created(&view, format!("/api/v1/enrolments/{id}/plan"))? } else { Reply::ok(&view)? };
    reply.version_and_bytes(planned.plan.version)
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let missing: Vec<Date> = call.parameters.parse_list("missing")?;
    let today = today(&call);
    call.read(move |tx, known| {
        let planned = learning::study_plan(tx, &known.actor, id, &missing, today)?;
        rendered(&planned, false)
    })
    .await
}

async fn calendar(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let today = today(&call);
    call.read(move |tx, known| {
        let planned = learning::study_plan(tx, &known.actor, id, &[], today)?;
        Reply::bytes(calendar::of(&planned)?, CALENDAR)?.quick_tag()
    })
    .await
}

pub(crate) fn wanted(input: StudyPlanInput) -> DomainResult<PlanSettings> {
    PlanSettings::new(input.minutes_a_week, input.start, &input.missed.unwrap_or_default())
}

async fn set(mut call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let (settings, _) = call.json_by(wanted).await?;
    let named = condition::expected(call.headers(), 'v');
    let expected = match named {
        Ok(expected) => expected,
        Err(problem) => return hidden(&call, id, problem).await,
    };
    let unnamed = expected.is_none() && !condition::only_new(call.headers());
    let now = call.now;
    let work = call.write(move |tx, actor| {
        let present = |tx: &mut dyn cairn_domain::ReadTx| -> DomainResult<u32> {
            Ok(tx.study_plans().study_plan(id)?.map_or(0, |plan| plan.version))
        };
        let expected = expected.as_ref().map(|expected| expected.version(|| present(tx.as_read()))).transpose()?;
        let planned = learning::set_study_plan(tx, actor, id, expected, settings.clone(), now)?;
        rendered(&planned, expected.is_none())
    });
    work.await.map_err(|problem| {
        if unnamed && problem.reason == Reason::Domain(Code::Stale) {
            let detail = "This enrolment has a plan; send its `ETag` as `If-Match` to replace it.";
            return Problem::new(HttpCode::PreconditionRequired, detail);
        }
        problem
    })
}

async fn remove(call: Call) -> Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let expected = match condition::required(call.headers()) {
        Ok(expected) => expected,
        Err(problem) => return hidden(&call, id, problem).await,
    };
    call.write(move |tx, actor| {
        let expected = expected.version(|| {
            let plan = tx.study_plans().study_plan(id)?;
            plan.map(|plan| plan.version).ok_or_else(|| Error::not_found("plan of the enrolment", id))
        })?;
        learning::remove_study_plan(tx, actor, id, expected)?;
        Ok(Reply::no_content())
    })
    .await
}

/// A refusal that only those get who may know of the enrolment.
async fn hidden(call: &Call, id: EnrolmentId, problem: Problem) -> Result<Reply, Problem> {
    call.read(move |tx, known| learning::enrolment(tx, &known.actor, id)).await?;
    Err(problem)
}
