//! How lessons and courses fare, for their authors: counts, and nobody's name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cairn_domain::ReadTx;
use cairn_domain::identity::Actor;
use cairn_domain::learning::{self, CourseStatistics, IDLE_DAYS, LessonStatistics};
use cairn_domain::shared::{ContentId, Revision, Timestamp};
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

/// Statistics that were made not long ago, by what was asked.
#[derive(Debug)]
pub(crate) struct Kept<T>(Mutex<BTreeMap<String, (Timestamp, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (Timestamp, Arc<T>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, asked: &str, now: Timestamp) -> Option<Arc<T>> {
        self.lock().get(asked).filter(|(at, _)| is_fresh(*at, now)).map(|(_, found)| found.clone())
    }

    fn put(&self, asked: String, now: Timestamp, found: Arc<T>) {
        let mut kept = self.lock();
        kept.retain(|_, (at, _)| is_fresh(*at, now));
        if kept.len() < KEPT {
            kept.insert(asked, (now, found));
        }
    }
}

/// What is kept of lessons and courses.
#[derive(Debug, Default)]
pub(crate) struct AllKept {
    lessons: Kept<LessonStatistics>,
    courses: Kept<CourseStatistics>,
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

/// How a lesson fares, counted within the last minute. Whoever calls may call the route, which was found out before.
pub(crate) async fn of_lesson(
    call: &Call,
    name: ContentId,
    revision: Option<Revision>,
) -> Result<Arc<LessonStatistics>, Problem> {
    let asked = format!("{name} {}", revision.as_ref().map(Revision::as_str).unwrap_or_default());
    kept(
        call,
        |kept| &kept.lessons,
        asked,
        move |tx, actor, now| learning::lesson_statistics(tx, actor, &name, revision.as_ref(), now),
    )
    .await
}

/// How far learners come in a course, as [`of_lesson`].
pub(crate) async fn of_course(call: &Call, name: ContentId, idle_days: u32) -> Result<Arc<CourseStatistics>, Problem> {
    let asked = format!("{name} {idle_days}");
    kept(
        call,
        |kept| &kept.courses,
        asked,
        move |tx, actor, now| learning::course_statistics(tx, actor, &name, idle_days, now),
    )
    .await
}

async fn kept<T: Send + Sync + 'static>(
    call: &Call,
    of: impl Fn(&AllKept) -> &Kept<T>,
    asked: String,
    mut count: impl FnMut(&mut dyn ReadTx, &Actor, Timestamp) -> cairn_domain::Result<T> + Send + 'static,
) -> Result<Arc<T>, Problem> {
    let now = call.now;
    if let Some(found) = of(&call.state.statistics).get(&asked, now) {
        return Ok(found);
    }
    let found = Arc::new(call.read(move |tx, known| count(tx, &known.actor, now)).await?);
    of(&call.state.statistics).put(asked, now, found.clone());
    Ok(found)
}

async fn lesson(mut call: Call) -> Result<Reply, Problem> {
    // What is kept is for whoever may call the route.
    call.admit().await?;
    let name: ContentId = call.segment("name", "lesson")?;
    let revision = call.parameters.parse::<Revision>("revision")?;
    let found = of_lesson(&call, name, revision).await?;
    Ok(Reply::ok(&*found)?.quick_tag()?)
}

async fn course(mut call: Call) -> Result<Reply, Problem> {
    call.admit().await?;
    let name: ContentId = call.segment("name", "course")?;
    let idle_days = call.number("idle_days")?.unwrap_or(IDLE_DAYS);
    let found = of_course(&call, name, idle_days).await?;
    Ok(Reply::ok(&*found)?.quick_tag()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_fresh_and_bounded() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let kept = Kept::default();
        let found = Arc::new(1);
        kept.put("a".into(), at(100), found.clone());
        assert!(kept.get("a", at(100)).is_some() && kept.get("a", at(159)).is_some());
        assert!(kept.get("a", at(160)).is_none(), "a minute is over");
        assert!(kept.get("a", at(99)).is_none(), "the clock was set back");
        assert!(kept.get("b", at(100)).is_none());
        for n in 0..2 * KEPT {
            kept.put(format!("{n}"), at(120), found.clone());
        }
        assert_eq!(kept.lock().len(), KEPT);
        kept.put("later".into(), at(500), found.clone());
        assert_eq!(kept.lock().len(), 1, "what is old makes room");
    }
}
