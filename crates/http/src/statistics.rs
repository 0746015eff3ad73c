//! How lessons and courses fare, for their authors: counts, and nobody's name.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cairn_domain::ReadTx;
use cairn_domain::identity::Actor;
use cairn_domain::learning::{self, IDLE_DAYS};
use cairn_domain::shared::{ContentId, Revision, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Statistics";

/// For how long statistics are kept: making them takes work that grows with the number of learners.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// Of how many addresses they are kept.
const KEPT: usize = 64;

/// How a lesson fares.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
pub(crate) struct LessonStatisticsView {
    /// The lesson's id.
    lesson: String,
    /// What addresses use.
    slug: String,
    /// Its present title.
    title: String,
    /// `reading` or `quiz`.
    kind: String,
    /// The revision that attempts and questions are of.
    revision: String,
    /// Whether that is the present one.
    current: bool,
    /// Every revision with graded attempts, for `?revision=`.
    revisions: Vec<RevisionCountView>,
    /// When this was counted.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Learners, whichever revision they had.
    learners: LearnerCountsView,
    /// Attempts at the revision.
    attempts: AttemptCountsView,
    /// How their results lie; null while none is graded.
    #[schema(required)]
    percent: Option<SpreadView>,
    /// The questions of the revision, those first in which the greatest share fails. Empty for a reading.
    questions: Vec<QuestionStatisticsView>,
}

/// A revision of a quiz.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
struct RevisionCountView {
    /// The revision.
    revision: String,
    /// How many attempts at it are graded.
    graded: u64,
}

/// How many learners have come how far.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
struct LearnerCountsView {
    /// Those who have started an attempt.
    tried: u64,
    /// Those who have completed the lesson.
    completed: u64,
}

/// How many attempts there are.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
struct AttemptCountsView {
    /// All of them.
    started: u64,
    /// Those that have been answered.
    graded: u64,
    /// Those of them that passed.
    passed: u64,
}

/// How results lie, in percent of the points.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
struct SpreadView {
    /// A quarter of the attempts reached at most this.
    lower_quartile: u8,
    /// Half of them.
    median: u8,
    /// Three quarters of them.
    upper_quartile: u8,
    /// How many attempts reached 0 to 9 percent, 10 to 19, and so on; the tenth number is of 90 to 100.
    #[schema(min_items = 10, max_items = 10)]
    tenths: Vec<u64>,
}

/// How a question fares.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
struct QuestionStatisticsView {
    /// Its id.
    question: String,
    /// Its place in the quiz, from 1.
    number: u32,
    /// HTML, safe to show.
    prompt: String,
    /// How many graded attempts have an answer to it.
    answered: u64,
    /// How many of the answers are wrong.
    wrong: u64,
    /// How many graded attempts left it out, which counts as wrong.
    unanswered: u64,
    /// The share of graded attempts that did not answer it right, in percent.
    failed_percent: u8,
    /// Where choices are taken: the wrong one that wrong answers took most often; null where none did.
    #[schema(required)]
    most_chosen_wrong: Option<ChosenWronglyView>,
}

/// A wrong choice.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
struct ChosenWronglyView {
    /// Its id.
    choice: String,
    /// HTML, safe to show.
    text: String,
    /// How many answers took it.
    times: u64,
}

/// How far learners come in a course, and where they stop.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
pub(crate) struct CourseStatisticsView {
    /// The course's id.
    course: String,
    /// What addresses use.
    slug: String,
    /// Its title.
    title: String,
    /// When this was counted.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// After how many days without an event a learner counts as having stopped.
    idle_days: u32,
    /// How many learners were looked at: those who are or were on the course, alone or in a track, and have not given it
    /// up.
    learners: u64,
    /// Whether there are more, and only those were looked at who enrolled last.
    newest_only: bool,
    /// The lessons in their order.
    lessons: Vec<LessonReachView>,
}

/// How far learners come with a lesson.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of the domain's statistics for the documentation")]
struct LessonReachView {
    /// Its id.
    lesson: String,
    /// What addresses use.
    slug: String,
    /// Its title.
    title: String,
    /// `reading` or `quiz`.
    kind: String,
    /// Whether the course can be finished without it.
    optional: bool,
    /// For how many learners it is open or completed.
    reached: u64,
    /// How many have completed it.
    completed: u64,
    /// How many have stopped here: on an active enrolment it is their next lesson, and nothing has happened in their
    /// record for `idle_days`.
    stopped: u64,
    /// For how many whole days nothing has happened, in the median of those; null where nobody has stopped.
    #[schema(required)]
    median_idle_days: Option<u64>,
}

/// Statistics that were made not long ago, by address.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<BTreeMap<String, (Timestamp, Reply)>>);

impl Kept {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (Timestamp, Reply)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, address: &str, now: Timestamp) -> Option<Reply> {
        self.lock().get(address).filter(|(at, _)| is_fresh(*at, now)).map(|(_, reply)| reply.clone())
    }

    fn put(&self, address: String, now: Timestamp, reply: &Reply) {
        let mut kept = self.lock();
        kept.retain(|_, (at, _)| is_fresh(*at, now));
        if kept.len() < KEPT {
            kept.insert(address, (now, reply.clone()));
        }
    }
}

/// Whether it is of the last minute; what is of the future was made before the clock was set back.
fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.since(at) < KEPT_FOR
}

fn example_of_lesson() -> Value {
    let revision = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    json!({
        "lesson": "steps-quiz",
        "slug": "steps-quiz",
        "title": "Steps: quiz",
        "kind": "quiz",
        "revision": revision,
        "current": true,
        "revisions": [{ "revision": revision, "graded": 40 }],
        "at": "2026-01-31T12:00:00.000000Z",
        "learners": { "tried": 31, "completed": 28 },
        "attempts": { "started": 42, "graded": 40, "passed": 28 },
        "percent": {
            "lower_quartile": 0, "median": 100, "upper_quartile": 100, "tenths": [12, 0, 0, 0, 0, 0, 0, 0, 0, 28],
        },
        "questions": [{
            "question": "q-way",
            "number": 1,
            "prompt": "<p>Where does a path lead?</p>",
            "answered": 39,
            "wrong": 11,
            "unanswered": 1,
            "failed_percent": 30,
            "most_chosen_wrong": { "choice": "a", "text": "<p>Nowhere</p>", "times": 11 },
        }],
    })
}

fn example_of_course() -> Value {
    json!({
        "course": "paths",
        "slug": "paths",
        "title": "Paths",
        "at": "2026-01-31T12:00:00.000000Z",
        "idle_days": 14,
        "learners": 120,
        "newest_only": false,
        "lessons": [
            {
                "lesson": "first-steps", "slug": "first-steps", "title": "First steps", "kind": "reading",
                "optional": false, "reached": 120, "completed": 97, "stopped": 9, "median_idle_days": 40,
            },
            {
                "lesson": "steps-quiz", "slug": "steps-quiz", "title": "Steps: quiz", "kind": "quiz",
                "optional": false, "reached": 97, "completed": 97, "stopped": 0, "median_idle_days": null,
            },
        ],
    })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let note = "Counted at most a minute ago; `at` says when.";
    vec![
        Endpoint::new(Verb::Get, "/api/v1/lessons/{name}/statistics", "get_lesson_statistics", |call| {
            Box::pin(lesson(call))
        })
        .describe(TAG, "Shows how a lesson fares", note)
        .query("revision", "The attempts at this revision instead of the present one.", Value::Null, &[])
        .gives::<LessonStatisticsView>(Success::Ok, "The statistics.", example_of_lesson())
        .tagged(),
        Endpoint::new(Verb::Get, "/api/v1/courses/{name}/statistics", "get_course_statistics", |call| {
            Box::pin(course(call))
        })
        .describe(
            TAG,
            "Shows how far learners come in a course, and where they stop",
            "Made of the 10,000 enrolments that were made last. Counted at most a minute ago; `at` says when.",
        )
        .query("idle_days", "After how many days without an event a learner has stopped: 1 to 365.", IDLE_DAYS, &[])
        .gives::<CourseStatisticsView>(Success::Ok, "The statistics.", example_of_course())
        .tagged(),
    ]
}

/// What was counted within the last minute, or what is counted now.
async fn kept<T: Serialize>(
    mut call: Call,
    mut count: impl FnMut(&mut dyn ReadTx, &Actor, Timestamp) -> cairn_domain::Result<T> + Send + 'static,
) -> Result<Reply, Problem> {
    // What is kept is for whoever may call the route.
    call.admit().await?;
    let (address, now) = (call.canonical_address(), call.now);
    if let Some(reply) = call.state.statistics.get(&address, now) {
        return Ok(reply);
    }
    let reply = call.read(move |tx, known| Reply::ok(&count(tx, &known.actor, now)?)?.quick_tag()).await?;
    call.state.statistics.put(address, now, &reply);
    Ok(reply)
}

async fn lesson(mut call: Call) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", "lesson")?;
    let revision = call.parameters.parse::<Revision>("revision");
    let revision = call.or_refused(revision).await?;
    kept(call, move |tx, actor, now| learning::lesson_statistics(tx, actor, &name, revision.as_ref(), now)).await
}

async fn course(mut call: Call) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", "course")?;
    let idle_days = call.number("idle_days");
    let idle_days = call.or_refused(idle_days).await?.unwrap_or(IDLE_DAYS);
    kept(call, move |tx, actor, now| learning::course_statistics(tx, actor, &name, idle_days, now)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_fresh_and_bounded() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let kept = Kept::default();
        let reply = Reply::ok(&1).unwrap();
        kept.put("a".into(), at(100), &reply);
        assert!(kept.get("a", at(100)).is_some() && kept.get("a", at(159)).is_some());
        assert!(kept.get("a", at(160)).is_none(), "a minute is over");
        assert!(kept.get("a", at(99)).is_none(), "the clock was set back");
        assert!(kept.get("b", at(100)).is_none());
        for n in 0..2 * KEPT {
            kept.put(format!("{n}"), at(120), &reply);
        }
        assert_eq!(kept.lock().len(), KEPT);
        kept.put("later".into(), at(500), &reply);
        assert_eq!(kept.lock().len(), 1, "what is old makes room");
    }
}
