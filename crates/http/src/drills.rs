//! Drills: attempts at them, their verdicts, and evaluating stored attempts again. A drill's key never comes near an answer.

use std::collections::BTreeMap;

use cairn_domain::practice::{
    self, DrillAttempt, HandedIn, MOST_TRANSCRIPT, NewDrillAttempt, Observed, Prepared, ReEvaluation,
};
use cairn_domain::shared::{AttemptId, ContentId, EnrolmentId, Timestamp, UserId};
use cairn_domain::{Code, Error, Result as DomainResult};
use cairn_drill::http::{Transcript, Vars};
use cairn_drill::{Drill, Verdict};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Precondition, Verb};
use crate::enrolments::lesson_named;
use crate::extract::condition;
use crate::extract::input::{Input, Reader, input};
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Drills";
/// Room for a transcript's names and braces beside what is counted of it.
const MOST_BODY: usize = MOST_TRANSCRIPT + 256 * 1024;

/// Any JSON.
#[derive(Debug)]
pub(crate) struct Json(Value);

impl Input for Json {
    fn read(value: Value, _: &mut Reader) -> Option<Self> {
        Some(Self(value))
    }
}

input! {
    /// How an attempt at a drill is started.
    struct DrillAttemptInput {
        /// Whether to take a locked drill as a challenge: passing it completes the readings of its course that lead to it, as
        /// skipped. At an open drill it makes no difference.
        challenge: Option<bool>,
    }

    /// What the learner's machine saw of an HTTP drill.
    struct TranscriptInput {
        /// The attempt's nonce.
        nonce: String,
        /// The exchanges in the order in which they began, as `cairn check` writes them.
        #[schema(value_type = Object)]
        transcript: Json,
    }

    /// The answer to an SQL or migration drill: exactly one of the two.
    struct SolutionInput {
        /// For `sql`: the script, of at most 20,000 bytes.
        sql: Option<String>,
        /// For `migration`: the SQL of each step by its id, each of at most 20,000 bytes.
        steps: Option<BTreeMap<String, String>>,
    }
}

/// An attempt at a drill in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrillAttemptItem {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) id: AttemptId,
    /// The enrolment that it was started on.
    #[schema(value_type = String)]
    pub(crate) enrolment: EnrolmentId,
    /// The drill.
    pub(crate) lesson: String,
    /// The revision of the drill that is attempted.
    pub(crate) revision: String,
    /// `http`, `sql` or `migration`.
    pub(crate) kind: &'static str,
    /// `open`, `expired` or `judged`.
    pub(crate) state: &'static str,
    /// Whether the drill was locked when it began, so that passing completes the readings that lead to it.
    pub(crate) challenge: bool,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) started_at: Timestamp,
    /// From when on it takes nothing any more.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Timestamp,
    /// When it was handed in; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub(crate) judged_at: Option<Timestamp>,
    /// Whether all that counts holds.
    #[schema(required)]
    pub(crate) passed: Option<bool>,
    /// The share of weights that hold, rounded down.
    #[schema(required)]
    pub(crate) percent: Option<u8>,
    /// Who saw what the verdict is made of: `observed_by_learner`, whose machine can be made to say anything, or
    /// `run_by_server`.
    #[schema(required)]
    pub(crate) provenance: Option<&'static str>,
}

/// An attempt at a drill.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrillAttemptView {
    #[serde(flatten)]
    pub(crate) item: DrillAttemptItem,
    /// What a transcript has to bring along; for the learner, while the attempt is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nonce: Option<String>,
    /// For `http`: the values of the attempt's variables.
    #[schema(value_type = Object)]
    pub(crate) vars: Vars,
    /// What is asked.
    #[schema(value_type = Object)]
    pub(crate) drill: Drill,
    /// Every assertion with what came of it, and what is shown beside them; null until it is judged.
    #[schema(value_type = Option<Object>, required)]
    pub(crate) verdict: Option<Verdict>,
}

/// A drill of a current release.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrillView {
    /// The lesson's id.
    pub(crate) lesson: String,
    /// Its revision.
    pub(crate) revision: String,
    /// `http`, `sql` or `migration`.
    pub(crate) kind: &'static str,
    /// What is asked.
    #[schema(value_type = Object)]
    pub(crate) drill: Drill,
}

/// A judged attempt, evaluated once more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayView {
    /// The verdict.
    #[schema(value_type = Object)]
    pub(crate) verdict: Verdict,
    /// Whether it is the one that is stored.
    pub(crate) same: bool,
}

/// What evaluating the stored attempts at a drill under its present revision changes. It names nobody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReEvaluationView {
    /// The lesson's id.
    pub(crate) lesson: String,
    /// Its present revision.
    pub(crate) revision: String,
    /// How many attempts were evaluated.
    pub(crate) evaluated: u64,
    /// How many were not: what was handed in is no longer kept, or the present drill does not take it.
    pub(crate) skipped: u64,
    /// How many that failed pass now.
    pub(crate) now_passed: u64,
    /// How many that passed fail now. What was completed by them stays completed.
    pub(crate) now_failed: u64,
    /// The verdicts that are others, by attempt.
    pub(crate) changes: Vec<VerdictChangeView>,
}

/// A verdict that is another one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictChangeView {
    /// Which attempt.
    #[schema(value_type = String)]
    pub(crate) attempt: AttemptId,
    /// As it was.
    pub(crate) was: OutcomeView,
    /// As it becomes.
    pub(crate) becomes: OutcomeView,
}

/// What a verdict comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeView {
    /// Whether all that counts holds.
    pub(crate) passed: bool,
    /// The share of weights that hold.
    pub(crate) percent: u8,
}

impl DrillAttemptItem {
    pub(crate) fn of(attempt: &DrillAttempt, now: Timestamp) -> Self {
        let judged = attempt.judged();
        Self {
            id: attempt.id,
            enrolment: attempt.enrolment,
            lesson: attempt.lesson.to_string(),
            revision: attempt.revision.to_string(),
            kind: attempt.kind.as_str(),
            state: attempt.state_at(now),
            challenge: attempt.challenge,
            started_at: attempt.started_at,
            expires_at: attempt.expires_at,
            judged_at: judged.map(|judged| judged.at),
            passed: judged.map(|judged| judged.verdict.passed()),
            percent: judged.map(|judged| judged.verdict.percent()),
            provenance: judged.map(|judged| judged.provenance.as_str()),
        }
    }
}

/// An attempt as this user may see it.
pub(crate) fn view(attempt: &DrillAttempt, drill: Drill, viewer: UserId, now: Timestamp) -> DrillAttemptView {
    DrillAttemptView {
        item: DrillAttemptItem::of(attempt, now),
        nonce: attempt.nonce_for(viewer, now).map(|nonce| nonce.as_str().to_owned()),
        vars: practice::vars_of(attempt, &drill),
        drill,
        verdict: attempt.judged().map(|judged| judged.verdict.clone()),
    }
}

impl From<&ReEvaluation> for ReEvaluationView {
    fn from(report: &ReEvaluation) -> Self {
        let changes = report.changes.iter().map(|change| VerdictChangeView {
            attempt: change.attempt,
            was: OutcomeView { passed: change.was.0, percent: change.was.1 },
            becomes: OutcomeView { passed: change.verdict.passed(), percent: change.verdict.percent() },
        });
        let changes: Vec<_> = changes.collect();
        let count = |from: bool, to: bool| {
            changes.iter().filter(|change| (change.was.passed, change.becomes.passed) == (from, to)).count() as u64
        };
        Self {
            lesson: report.lesson.to_string(),
            revision: report.revision.to_string(),
            evaluated: report.evaluated,
            skipped: report.skipped,
            now_passed: count(false, true),
            now_failed: count(true, false),
            changes,
        }
    }
}

const ID: &str = "0190d6f0-0000-7000-8000-000000000004";
const REVISION: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn example_of_item() -> Value {
    json!({
        "id": ID,
        "enrolment": "0190d6f0-0000-7000-8000-000000000003",
        "lesson": "steps-drill",
        "revision": REVISION,
        "kind": "http",
        "state": "open",
        "challenge": false,
        "started_at": "2026-01-31T12:00:00.000000Z",
        "expires_at": "2026-01-31T13:00:00.000000Z",
        "judged_at": null,
        "passed": null,
        "percent": null,
        "provenance": null,
    })
}

fn example_of_drill() -> Value {
    json!({
        "drill": "http/v1",
        "base_url": { "default": "http://127.0.0.1:8080" },
        "steps": [{ "id": "look", "request": { "method": "GET", "path": "/notes" }, "expect": [{ "status": 200 }] }],
    })
}

fn example() -> Value {
    let mut attempt = example_of_item();
    attempt["nonce"] = json!("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    attempt["vars"] = json!({});
    attempt["drill"] = example_of_drill();
    attempt["verdict"] = json!(null);
    attempt
}

fn example_of_verdict() -> Value {
    json!({
        "assertions": [{
            "step": "look", "index": 0, "subject": "status", "outcome": "passed", "expected": "200", "got": "200",
            "weight": 1, "advice": false,
        }],
        "evidence": {},
    })
}

fn example_judged() -> Value {
    let mut attempt = example();
    if let Value::Object(fields) = &mut attempt {
        fields.remove("nonce");
    }
    for (name, value) in [
        ("state", json!("judged")),
        ("judged_at", json!("2026-01-31T12:05:00.000000Z")),
        ("passed", json!(true)),
        ("percent", json!(100)),
        ("provenance", json!("observed_by_learner")),
        ("verdict", example_of_verdict()),
    ] {
        attempt[name] = value;
    }
    attempt
}

fn example_of_report() -> Value {
    json!({
        "lesson": "steps-drill", "revision": REVISION, "evaluated": 40, "skipped": 2, "now_passed": 1, "now_failed": 0,
        "changes": [{
            "attempt": ID,
            "was": { "passed": false, "percent": 80 },
            "becomes": { "passed": true, "percent": 100 },
        }],
    })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const OF_LESSON: &str = "/api/v1/enrolments/{id}/lessons/{lesson}/drill-attempts";
    const AGAIN: &str = "/api/v1/lessons/{name}/drill/re-evaluation";
    let closed = [Code::AttemptJudged, Code::AttemptExpired, Code::WrongLessonKind];
    vec![
        Endpoint::new(Verb::Post, OF_LESSON, "start_drill_attempt", |call| Box::pin(start(call)))
            .describe(
                TAG,
                "Starts an attempt at a drill",
                "It is pinned to the drill's present revision and takes one transcript or solution until it expires. One that \
                 has expired makes room for another. A locked drill is refused unless the attempt is a challenge.",
            )
            .may_take::<DrillAttemptInput>(json!({ "challenge": true }))
            .gives::<DrillAttemptView>(Success::Created, "The attempt with its drill.", example())
            .keyed()
            .refuses(&[
                Code::Locked,
                Code::WrongLessonKind,
                Code::WrongState,
                Code::AttemptOpen,
                Code::AttemptsExhausted,
                Code::CoolDown,
            ]),
        Endpoint::new(Verb::Get, OF_LESSON, "list_drill_attempts", |call| Box::pin(list(call)))
            .describe(
                TAG,
                "Lists attempts at a drill",
                "Those of the enrolment's learner, from the first to the last, without drills and verdicts. One's own; \
                 anybody's for instructors.",
            )
            .lists::<DrillAttemptItem>("A page of attempts.", example_of_item()),
        Endpoint::new(Verb::Get, "/api/v1/drill-attempts/{id}", "get_drill_attempt", |call| Box::pin(show(call)))
            .describe(TAG, "Shows an attempt at a drill", "One's own; anybody's for instructors.")
            .gives::<DrillAttemptView>(Success::Ok, "The attempt.", example_judged())
            .tagged(),
        Endpoint::new(Verb::Post, "/api/v1/drill-attempts/{id}/transcript", "hand_in_transcript", |call| {
            Box::pin(transcript(call))
        })
        .describe(
            TAG,
            "Hands in a transcript",
            "Judges the attempt at an HTTP drill, for good, by what the learner's machine saw: raw answers, never a verdict. \
             The nonce serves once. What the machine says cannot be proved, so the verdict is `observed_by_learner`.",
        )
        .takes::<TranscriptInput>(json!({
            "nonce": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "transcript": { "exchanges": [{
                "step": "look", "turn": 0, "url": "http://127.0.0.1:8080/notes", "duration_ms": 3,
                "response": { "status": 200, "headers": [["content-type", "application/json"]], "body": "W10=" },
            }] },
        }))
        .up_to(MOST_BODY)
        .gives::<DrillAttemptView>(Success::Ok, "The judged attempt.", example_judged())
        .refuses(&closed)
        .refuses(&[Code::NonceWrong, Code::TranscriptInvalid, Code::TranscriptTooLarge]),
        Endpoint::new(Verb::Post, "/api/v1/drill-attempts/{id}/solution", "hand_in_solution", |call| {
            Box::pin(solution(call))
        })
        .describe(
            TAG,
            "Hands in a solution",
            "Runs the SQL of an SQL or migration drill in the server's sandbox and judges the attempt, for good. A limit that \
             is hit and a statement that is not allowed are part of the verdict.",
        )
        .takes::<SolutionInput>(json!({ "sql": "select count(*) from huts" }))
        .gives::<DrillAttemptView>(Success::Ok, "The judged attempt.", example_judged())
        .refuses(&closed)
        .refuses(&[Code::SandboxUnavailable]),
        Endpoint::new(Verb::Get, "/api/v1/drill-attempts/{id}/replay", "replay_drill_attempt", |call| {
            Box::pin(replay(call))
        })
        .describe(
            TAG,
            "Evaluates a judged attempt once more",
            "Under the revision of its verdict, from what was handed in; SQL runs again. Writes nothing. One's own; \
             anybody's for instructors.",
        )
        .gives::<ReplayView>(Success::Ok, "The verdict.", json!({ "verdict": example_of_verdict(), "same": true }))
        .refuses(&[Code::NothingToReplay, Code::SandboxUnavailable]),
        Endpoint::new(Verb::Get, "/api/v1/lessons/{name}/drill", "get_drill", |call| Box::pin(drill(call)))
            .describe(TAG, "Shows a drill", "As the pack's current release has it, to practise without an attempt.")
            .gives::<DrillView>(
                Success::Ok,
                "The drill.",
                json!({ "lesson": "steps-drill", "revision": REVISION, "kind": "http", "drill": example_of_drill() }),
            )
            .tagged()
            .refuses(&[Code::WrongLessonKind]),
        Endpoint::new(Verb::Get, AGAIN, "plan_re_evaluation", |call| Box::pin(plan(call)))
            .describe(
                TAG,
                "Shows which verdicts a mended drill would change",
                "Evaluates the stored attempts of all learners under the present revision. Writes nothing.",
            )
            .gives::<ReEvaluationView>(Success::Ok, "What would change.", example_of_report())
            .tagged()
            .refuses(&[Code::WrongLessonKind, Code::SandboxUnavailable]),
        Endpoint::new(Verb::Post, AGAIN, "apply_re_evaluation", |call| Box::pin(apply(call)))
            .describe(
                TAG,
                "Changes the verdicts that a mended drill changes",
                "`If-Match` names the report that was looked at; where it would be another by now, nothing is written. Who \
                 passes now completes the lesson; nobody loses what was completed.",
            )
            .takes_nothing()
            .gives::<ReEvaluationView>(Success::Ok, "What was changed.", example_of_report())
            .precondition(Precondition::Required)
            .refuses(&[Code::WrongLessonKind, Code::SandboxUnavailable]),
    ]
}

async fn start(mut call: Call) -> Result<Reply, Problem> {
    let enrolment: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let challenge = call.json_if_any::<DrillAttemptInput>().await?.challenge.unwrap_or(false);
    let secrets = &call.state.ports.secrets;
    let (nonce, seed, now) = (secrets.unguessable(), secrets.unguessable(), call.now);
    let new = NewDrillAttempt { id: call.state.id(AttemptId::new), challenge, nonce, seed };
    // No body and an empty object are one request.
    call.create(if challenge { b"challenge" } else { b"" }, false, move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        let (attempt, drill) = practice::start_drill_attempt(tx, actor, enrolment, &lesson, new, now)?;
        let view = view(&attempt, drill, actor.user, now);
        Ok((Reply::created(&view, format!("/api/v1/drill-attempts/{}", attempt.id))?, None))
    })
    .await
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let enrolment: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let list = format!("drill-attempts?enrolment={enrolment}&lesson={name}");
    let page = call.page(&list)?;
    let found = call
        .read(move |tx, known| {
            // Before the lesson is looked up: who may not know of the enrolment learns that first.
            cairn_domain::learning::enrolment(tx, &known.actor, enrolment)?;
            let lesson = lesson_named(tx, &name)?;
            practice::list_drill_attempts(tx, &known.actor, enrolment, &lesson, &page)
        })
        .await?;
    let now = call.now;
    call.page_reply(found, &list, |attempt| DrillAttemptItem::of(&attempt, now))
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let now = call.now;
    call.read(move |tx, known| {
        let (attempt, drill) = practice::view_drill_attempt(tx, &known.actor, id)?;
        Reply::ok(&view(&attempt, drill, known.actor.user, now))?.quick_tag()
    })
    .await
}

fn transcript_of(input: TranscriptInput) -> DomainResult<(String, Transcript)> {
    let read = serde_json::from_value(input.transcript.0);
    let refused = |error| Error::new(Code::TranscriptInvalid, format!("The transcript cannot be read: {error}."));
    Ok((input.nonce, read.map_err(refused)?))
}

async fn transcript(mut call: Call) -> Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let ((nonce, transcript), _) = call.json_by(transcript_of).await?;
    let now = call.now;
    call.write(move |tx, actor| {
        let (attempt, drill) = practice::judge_transcript(tx, actor, id, (&nonce, &transcript), now)?;
        Reply::ok(&view(&attempt, drill, actor.user, now))
    })
    .await
}

fn handed_in(input: SolutionInput) -> DomainResult<HandedIn> {
    match (input.sql, input.steps) {
        (Some(sql), None) => Ok(HandedIn::Sql(sql)),
        (None, Some(steps)) => Ok(HandedIn::Steps(steps)),
        _ => Err(Error::field("", "one_of", "Give exactly one of `sql` and `steps`.")),
    }
}

/// Runs what a verdict needs, in no transaction.
pub(crate) async fn observe(call: &Call, prepared: &Prepared) -> Result<Observed, Problem> {
    let (prepared, sandbox) = (prepared.clone(), call.state.ports.sandbox.clone());
    Ok(call.state.running.run(call.span(), move || prepared.run(&*sandbox)).await??)
}

async fn solution(mut call: Call) -> Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let (handed_in, _) = call.json_by(handed_in).await?;
    let now = call.now;
    let prepared =
        call.read(move |tx, known| practice::prepare_solution(tx, &known.actor, id, &handed_in, now)).await?;
    let observed = observe(&call, &prepared).await?;
    call.write(move |tx, actor| {
        let (attempt, drill) = practice::record_solution_verdict(tx, actor, &prepared, &observed, now)?;
        Reply::ok(&view(&attempt, drill, actor.user, now))
    })
    .await
}

async fn replay(call: Call) -> Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let prepared = call.read(move |tx, known| practice::prepare_replay(tx, &known.actor, id)).await?;
    let observed = observe(&call, &prepared).await?;
    call.read(move |tx, known| {
        let (verdict, same) = practice::replay(tx, &known.actor, &prepared, &observed)?;
        Reply::ok(&ReplayView { verdict, same })
    })
    .await
}

async fn drill(mut call: Call) -> Result<Reply, Problem> {
    let name = call.segment("name", "lesson");
    let name: ContentId = call.or_refused(name).await?;
    call.read(move |tx, known| {
        let (lesson, revision, drill) = practice::drill_of(tx, &known.actor, &name)?;
        let (lesson, revision, kind) = (lesson.to_string(), revision.to_string(), drill.kind().as_str());
        Reply::ok(&DrillView { lesson, revision, kind, drill })?.quick_tag()
    })
    .await
}

/// Evaluates the stored attempts at the drill that a request names, some at a time. Gives the report, and it as an answer
/// whose `ETag` names it.
pub(crate) async fn evaluated(call: &mut Call) -> Result<(ReEvaluation, Reply), Problem> {
    let name = call.segment("name", "lesson");
    let name: ContentId = call.or_refused(name).await?;
    let mut report = call.read(move |tx, known| practice::begin_re_evaluation(tx, &known.actor, &name)).await?;
    loop {
        let (lesson, last) = (report.lesson.clone(), report.last());
        let next = call.read(move |tx, known| practice::next_judged(tx, &known.actor, &lesson, last)).await?;
        if next.is_empty() {
            let reply = Reply::ok(&ReEvaluationView::from(&report))?.digest()?;
            return Ok((report, reply));
        }
        let sandbox = call.state.ports.sandbox.clone();
        let take = move || report.take(&next, &*sandbox).map(|()| report);
        report = call.state.running.run(call.span(), take).await??;
    }
}

async fn plan(mut call: Call) -> Result<Reply, Problem> {
    Ok(evaluated(&mut call).await?.1)
}

async fn apply(mut call: Call) -> Result<Reply, Problem> {
    call.no_body().await?;
    call.admit().await?;
    condition::names(call.headers(), None)?;
    let (report, reply) = evaluated(&mut call).await?;
    if !condition::names(call.headers(), reply.etag())? {
        return Err(Problem::new(Code::Stale, "The verdicts that would change are others than those you looked at."));
    }
    let now = call.now;
    call.write(move |tx, actor| practice::apply_re_evaluation(tx, actor, &report, now)).await?;
    Ok(reply)
}
