//! What happened in one's learning record.

use cairn_domain::learning::{self, Event, RecordedEvent};
use cairn_domain::shared::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::problem::Problem;
use crate::reply::Reply;

/// An event as it is sent. Beside these fields it has those of its kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// 1, 2, 3, … in the record, without gaps.
    seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What: a field `event` with its name, and the fields that belong to it.
    #[serde(flatten)]
    #[schema(value_type = EventKind)]
    event: Event,
}

/// What happened.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of `Event` for the documentation")]
struct EventKind {
    /// Such as `enrolled`, `lesson_completed`, `skill_granted`, `course_completed`, `attempt_graded`.
    event: String,
}

impl From<RecordedEvent> for EventView {
    fn from(recorded: RecordedEvent) -> Self {
        Self { seq: recorded.seq, at: recorded.at, event: recorded.event }
    }
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let example = json!({
        "seq": 2,
        "at": "2026-01-31T12:00:00.000000Z",
        "event": "lesson_completed",
        "lesson": "first-steps",
        "revision": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "reason": { "by": "read", "enrolment": "0190d6f0-0000-7000-8000-000000000003" },
    });
    vec![
        Endpoint::new(Verb::Get, "/api/v1/events", "list_events", |call| Box::pin(list(call)))
            .describe(
                "Learning",
                "Lists one's events",
                "Everything that progress is derived from, in order. Kinds may be added; ignore those you do not know.",
            )
            .lists::<EventView>("A page of events.", example),
    ]
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let page = call.page("events")?;
    let found = call.read(move |tx, known| learning::list_events(tx, &known.actor, &page)).await?;
    call.page_reply(found, "events", EventView::from)
}
