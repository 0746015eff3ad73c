//! What a learner did, week by week.

use cairn_domain::learning::{self, DEFAULT_WEEKS, WeekActivity};
use cairn_domain::shared::{Timestamp, UserId};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::page::PageView;
use crate::problem::Problem;
use crate::reply::Reply;

/// A week of a learner's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WeekView {
    /// Its name in ISO 8601, such as `2026-W05`.
    week: String,
    /// Its first moment: Monday in UTC.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// How many lessons were read and quizzes passed; neither what was skipped nor what a release moved.
    lessons: u32,
    /// The time that these are meant to take.
    minutes: u32,
    /// How many attempts were started.
    attempts: u32,
    /// How many attempts passed.
    passed: u32,
}

impl From<WeekActivity> for WeekView {
    fn from(week: WeekActivity) -> Self {
        let WeekActivity { from, lessons, minutes, attempts, passed } = week;
        Self { week: week.name(), from, lessons, minutes, attempts, passed }
    }
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let example = json!({
        "week": "2026-W05", "from": "2026-01-26T00:00:00.000000Z", "lessons": 3, "minutes": 40, "attempts": 2, "passed": 1,
    });
    vec![
        Endpoint::new(Verb::Get, "/api/v1/activity", "list_activity", |call| Box::pin(list(call)))
            .describe(
                "Learning",
                "Tells what a learner did in the last weeks",
                "Every week in UTC up to the present one, also where nothing was done. One's own; for instructors that of any \
                 learner.",
            )
            .query("weeks", "How many weeks: 1 to 104, 26 when it is left out.", 26, &[])
            .query("user", "The id of the learner, or `me`.", "me", &[])
            .gives_page::<WeekView>("The weeks, the present one last.", example)
            .tagged(),
    ]
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let of: Option<UserId> = match call.parameters.get("user") {
        None | Some("me") => None,
        Some(_) => call.parameters.parse("user")?,
    };
    // What is no number is out of range too.
    let weeks = call.parameters.get("weeks").map_or(DEFAULT_WEEKS, |text| text.parse().unwrap_or(0));
    let now = call.now;
    call.read(move |tx, known| {
        let weeks = learning::activity(tx, &known.actor, of.unwrap_or(known.actor.user), weeks, now)?;
        Reply::ok(&PageView::whole(weeks.into_iter().map(WeekView::from).collect()))?.quick_tag()
    })
    .await
}
