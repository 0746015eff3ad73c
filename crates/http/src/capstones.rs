//! Work at capstones: handing it in, writing about it, reviewing it.

use std::collections::BTreeMap;

use cairn_domain::practice::{self, Comment, HandedWork, Review, Submission, SubmissionState, WorkVersion};
use cairn_domain::shared::{ContentId, CriterionId, EnrolmentId, SubmissionId, Timestamp, UserId};
use cairn_domain::{Code, Result as DomainResult, Violations};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Precondition, Verb};
use crate::enrolments::lesson_named;
use crate::extract::condition;
use crate::extract::input::input;
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Capstones";

input! {
    /// What is handed in; the capstone says which of the two it asks for.
    struct WorkInput {
        /// Plain text of 1 to 20,000 characters.
        text: Option<String>,
        /// An address that begins with `https://` or `http://`.
        link: Option<String>,
    }

    /// What is written about work.
    struct CommentInput {
        /// Plain text of 1 to 4,000 characters.
        text: String,
    }

    /// What an instructor found.
    struct ReviewInput {
        /// Points for each criterion of the rubric.
        points: BTreeMap<String, u32>,
    }
}

/// Work in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmissionItem {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) id: SubmissionId,
    /// The enrolment that it was handed in on.
    #[schema(value_type = String)]
    pub(crate) enrolment: EnrolmentId,
    /// The capstone.
    pub(crate) lesson: String,
    /// `submitted`, `returned` or `accepted`.
    pub(crate) state: &'static str,
    /// What was handed in, the oldest first.
    pub(crate) versions: Vec<WorkVersionView>,
}

/// Work with what was written about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmissionView {
    #[serde(flatten)]
    pub(crate) item: SubmissionItem,
    /// In the order in which they were written.
    pub(crate) comments: Vec<CommentView>,
}

/// A version of the work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkVersionView {
    /// The revision of the capstone that was current.
    pub(crate) revision: String,
    /// Plain text.
    #[schema(required)]
    pub(crate) text: Option<String>,
    /// An address.
    #[schema(required)]
    pub(crate) link: Option<String>,
    /// When it was handed in.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// What an instructor found; null before.
    #[schema(required)]
    pub(crate) review: Option<ReviewView>,
}

/// What an instructor found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewView {
    /// The instructor.
    #[schema(value_type = String)]
    pub(crate) by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Points by criterion.
    pub(crate) points: BTreeMap<String, u16>,
    /// Whether they suffice.
    pub(crate) accepted: bool,
}

/// What somebody wrote about work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommentView {
    /// 1, 2, 3, …
    pub(crate) number: u32,
    /// Who wrote it.
    #[schema(value_type = String)]
    pub(crate) author: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Plain text.
    pub(crate) text: String,
}

impl From<Comment> for CommentView {
    fn from(comment: Comment) -> Self {
        Self { number: comment.number, author: comment.author, at: comment.at, text: comment.text }
    }
}

impl From<Submission> for SubmissionItem {
    fn from(submission: Submission) -> Self {
        let review = |review: Review| ReviewView {
            by: review.by,
            at: review.at,
            points: review.points.into_iter().map(|(id, points)| (id.to_string(), points)).collect(),
            accepted: review.accepted,
        };
        let version = |version: WorkVersion| WorkVersionView {
            revision: version.revision.to_string(),
            text: version.work.text,
            link: version.work.link,
            at: version.at,
            review: version.review.map(review),
        };
        Self {
            id: submission.id,
            enrolment: submission.enrolment,
            lesson: submission.lesson.to_string(),
            state: submission.state.as_str(),
            versions: submission.versions.into_iter().map(version).collect(),
        }
    }
}

/// Work as an answer, tagged with its version and, since what is written about it changes too, its bytes.
fn reply((submission, comments): (Submission, Vec<Comment>)) -> DomainResult<Reply> {
    let version = submission.version;
    let comments = comments.into_iter().map(CommentView::from).collect();
    Reply::ok(&SubmissionView { item: submission.into(), comments })?.version_and_bytes(version)
}

fn example_of_item() -> Value {
    json!({
        "id": "0190d6f0-0000-7000-8000-000000000005",
        "enrolment": "0190d6f0-0000-7000-8000-000000000003",
        "lesson": "steps-capstone",
        "state": "submitted",
        "versions": [{
            "revision": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "text": "How I went about it, and the way back.",
            "link": null,
            "at": "2026-01-31T12:00:00.000000Z",
            "review": null,
        }],
    })
}

fn example_of_comment() -> Value {
    json!({
        "number": 1,
        "author": "0190d6f0-0000-7000-8000-000000000001",
        "at": "2026-01-31T13:00:00.000000Z",
        "text": "What happens to rows that are written meanwhile?",
    })
}

fn example() -> Value {
    let mut submission = example_of_item();
    submission["comments"] = json!([example_of_comment()]);
    submission
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const WORK: &str = "/api/v1/enrolments/{id}/lessons/{lesson}/submission";
    vec![
        Endpoint::new(Verb::Get, WORK, "get_submission", |call| Box::pin(show(call)))
            .describe(TAG, "Shows work at a capstone", "One's own; anybody's for instructors.")
            .gives::<SubmissionView>(Success::Ok, "The work.", example())
            .tagged(),
        Endpoint::new(Verb::Put, WORK, "hand_in_work", |call| Box::pin(hand_in(call)))
            .describe(
                TAG,
                "Hands in work at a capstone",
                "Once its drills are passed; again until it is accepted, each time as a version of its own.",
            )
            .takes::<WorkInput>(json!({ "text": "How I went about it, and the way back." }))
            .gives::<SubmissionView>(Success::Ok, "The work.", example())
            .tagged()
            .refuses(&[Code::Locked, Code::WrongLessonKind, Code::WrongState, Code::SubmissionAccepted, Code::Stale]),
        Endpoint::new(
            Verb::Post,
            "/api/v1/enrolments/{id}/lessons/{lesson}/submission/comments",
            "comment_on_work",
            |call| Box::pin(comment(call)),
        )
        .describe(TAG, "Writes about work at a capstone", "Its learner, or an instructor.")
        .takes::<CommentInput>(json!({ "text": "What happens to rows that are written meanwhile?" }))
        .gives::<CommentView>(Success::Created, "The comment.", example_of_comment())
        .keyed()
        .refuses(&[Code::Stale]),
        Endpoint::new(Verb::Put, "/api/v1/enrolments/{id}/lessons/{lesson}/submission/review", "review_work", |call| {
            Box::pin(review(call))
        })
        .describe(
            TAG,
            "Reviews work at a capstone",
            "For instructors. Enough points accept it, which completes the lesson; fewer return it to the learner.",
        )
        .takes::<ReviewInput>(json!({ "points": { "way-back": 4 } }))
        .gives::<SubmissionView>(Success::Ok, "The work with its review.", example())
        .tagged()
        .precondition(Precondition::Required)
        .refuses(&[Code::WrongLessonKind, Code::AlreadyReviewed, Code::OwnWork]),
        Endpoint::new(Verb::Get, "/api/v1/submissions", "list_submissions", |call| Box::pin(list(call)))
            .describe(TAG, "Lists work at capstones", "That of all learners in a state, for instructors.")
            .query(
                "state",
                "Which state; `submitted` when it is left out.",
                "submitted",
                &["submitted", "returned", "accepted"],
            )
            .lists::<SubmissionItem>("A page of work.", example_of_item()),
    ]
}

fn place(call: &Call) -> Result<(EnrolmentId, ContentId), Problem> {
    Ok((call.segment("id", "enrolment")?, call.segment("lesson", "lesson")?))
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let (enrolment, name) = place(&call)?;
    call.read(move |tx, known| {
        // Before the lesson is looked up: who may not know of the enrolment learns that first.
        cairn_domain::learning::enrolment(tx, &known.actor, enrolment)?;
        let lesson = lesson_named(tx, &name)?;
        reply(practice::submission(tx, &known.actor, enrolment, &lesson)?)
    })
    .await
}

async fn hand_in(mut call: Call) -> Result<Reply, Problem> {
    let (enrolment, name) = place(&call)?;
    let (input, _) = call.json::<WorkInput>().await?;
    let work = HandedWork { text: input.text, link: input.link };
    let (id, now) = (call.state.id(SubmissionId::new), call.now);
    call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        reply(practice::hand_in(tx, actor, enrolment, &lesson, (id, work.clone()), now)?)
    })
    .await
}

async fn comment(mut call: Call) -> Result<Reply, Problem> {
    let (enrolment, name) = place(&call)?;
    let (input, body) = call.json::<CommentInput>().await?;
    let now = call.now;
    call.create(&body, false, move |tx, actor| {
        cairn_domain::learning::enrolment(tx.as_read(), actor, enrolment)?;
        let lesson = lesson_named(tx.as_read(), &name)?;
        let written = practice::comment(tx, actor, enrolment, &lesson, &input.text, now)?;
        let location = format!("/api/v1/enrolments/{enrolment}/lessons/{lesson}/submission");
        Ok((Reply::created(&CommentView::from(written), location)?, None))
    })
    .await
}

fn points(input: ReviewInput) -> DomainResult<BTreeMap<CriterionId, u16>> {
    let (mut faults, mut points) = (Violations::new(), BTreeMap::new());
    for (id, given) in input.points {
        // What is more than any criterion is worth is refused by the rubric.
        let given = u16::try_from(given).unwrap_or(u16::MAX);
        let pointer = format!("/points/{}", id.replace('~', "~0").replace('/', "~1"));
        if let Some(id) = faults.take(&pointer, CriterionId::new(&id)) {
            points.insert(id, given);
        }
    }
    faults.check().map(|()| points)
}

async fn review(mut call: Call) -> Result<Reply, Problem> {
    let (enrolment, name) = place(&call)?;
    let (points, _) = call.json_by(points).await?;
    let expected = condition::required(call.headers());
    let expected = call.or_refused(expected).await?;
    let now = call.now;
    let reply = call
        .write(move |tx, actor| {
            let lesson = lesson_named(tx.as_read(), &name)?;
            let expected =
                expected.version(|| Ok(practice::submission(tx.as_read(), actor, enrolment, &lesson)?.0.version))?;
            reply(practice::review(tx, actor, (enrolment, &lesson), expected, &points, now)?)
        })
        .await?;
    call.state.seen.forget(enrolment);
    Ok(reply)
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let state = match call.parameters.get("state") {
        Some(text) => text
            .parse()
            .map_err(|_| Call::field("/state", "unknown_state", "The states are submitted, returned and accepted."))?,
        None => SubmissionState::Submitted,
    };
    let list = format!("submissions?state={}", state.as_str());
    let page = call.page(&list)?;
    let found = call.read(move |tx, known| practice::list_submissions(tx, &known.actor, state, &page)).await?;
    call.page_reply(found, &list, SubmissionItem::from)
}
