//! Attempts at quizzes. The answer key never comes near an answer: only explanations do, once an attempt is graded.

use std::collections::BTreeSet;

use cairn_domain::catalog::{Answer, Choice, GivenAnswer, Question, QuestionForm, Quiz};
use cairn_domain::learning::{self, Attempt, AttemptState, Graded};
use cairn_domain::shared::{AttemptId, ChoiceId, ContentId, EnrolmentId, QuestionId, Timestamp};
use cairn_domain::{Code, Error};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::enrolments::lesson_named;
use crate::extract::input::{Input, Reader, input};
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Quizzes";

input! {
    /// How an attempt is started.
    struct AttemptInput {
        /// Whether to take a locked quiz as a challenge: passing it completes the readings of its course that lead to it, as
        /// skipped. At an open quiz it makes no difference.
        challenge: Option<bool>,
    }

    /// Answers to an attempt's questions; questions without one count as wrong.
    struct AnswersInput {
        /// Each question at most once.
        #[schema(value_type = Vec<GivenAnswerInput>)]
        answers: Vec<Given>,
    }
}

/// An answer to one question: exactly one of `choices`, `number` and `text`, as the question's type asks for.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of `Given` for the documentation")]
pub(crate) struct GivenAnswerInput {
    /// The question's id.
    question: String,
    /// For `single` and `multiple`: the ids of the choices taken.
    choices: Option<Vec<String>>,
    /// For `numeric`: a decimal number as text, such as `"404"` or `"0.25"`.
    number: Option<String>,
    /// For `text`: at most 1,000 characters.
    text: Option<String>,
}

/// An answer as it is read.
#[derive(Debug)]
pub(crate) struct Given(GivenAnswer);

impl Input for Given {
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        let mut fields: Map<String, Value> = reader.object(value)?;
        let question = reader.field::<QuestionId>(&mut fields, "question");
        let choices = reader.field::<Option<BTreeSet<ChoiceId>>>(&mut fields, "choices");
        let number = reader.field::<Option<String>>(&mut fields, "number");
        let text = reader.field::<Option<String>>(&mut fields, "text");
        let known = fields.is_empty();
        reader.unknown(fields, &["question", "choices", "number", "text"]);
        let answer = match (choices?, number?, text?) {
            (Some(choices), None, None) => Answer::Choices(choices),
            (None, Some(number), None) => Answer::Number(number),
            (None, None, Some(text)) => Answer::Text(text),
            _ => {
                reader.fault("one_of", "Give exactly one of `choices`, `number` and `text`.");
                return None;
            }
        };
        let question = question?;
        known.then_some(Self(GivenAnswer { question, answer }))
    }
}

/// An attempt in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptItem {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) id: AttemptId,
    /// The enrolment that it was started on.
    #[schema(value_type = String)]
    pub(crate) enrolment: EnrolmentId,
    /// The quiz.
    pub(crate) lesson: String,
    /// The revision of the quiz that is answered and graded.
    pub(crate) revision: String,
    /// `open` or `graded`.
    pub(crate) state: &'static str,
    /// Whether the quiz was locked when it began, so that passing completes the readings that lead to it.
    pub(crate) challenge: bool,
    /// The least share of points that passes, in percent.
    pub(crate) pass_mark: u8,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) started_at: Timestamp,
    /// When it was graded; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub(crate) graded_at: Option<Timestamp>,
    /// Points reached.
    #[schema(required)]
    pub(crate) points: Option<u32>,
    /// Points there are.
    #[schema(required)]
    pub(crate) out_of: Option<u32>,
    /// The share of points reached, rounded down.
    #[schema(required)]
    pub(crate) percent: Option<u8>,
    /// Whether it reached the pass mark.
    #[schema(required)]
    pub(crate) passed: Option<bool>,
}

/// An attempt with its questions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    #[serde(flatten)]
    pub(crate) item: AttemptItem,
    /// In order.
    pub(crate) questions: Vec<QuestionView>,
}

/// A question, and once it is graded what was answered and why it is so.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionView {
    /// Unique in the quiz.
    pub(crate) id: String,
    /// `single`, `multiple`, `numeric` or `text`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// What a right answer is worth.
    pub(crate) points: u16,
    /// HTML, safe to show.
    pub(crate) prompt: String,
    /// For `single` and `multiple`, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) choices: Option<Vec<ChoiceView>>,
    /// For `numeric`: what is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<String>,
    /// Once graded: what was answered; left out for a question without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) answer: Option<Answer>,
    /// Once graded: whether that was right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) correct: Option<bool>,
    /// Once graded: HTML, safe to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<String>,
}

/// A choice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChoiceView {
    /// Unique in the question.
    pub(crate) id: String,
    /// HTML, safe to show.
    pub(crate) text: String,
}

impl From<&Attempt> for AttemptItem {
    fn from(attempt: &Attempt) -> Self {
        let graded = graded(attempt);
        Self {
            id: attempt.id,
            enrolment: attempt.enrolment,
            lesson: attempt.lesson.to_string(),
            revision: attempt.revision.to_string(),
            state: if graded.is_some() { "graded" } else { "open" },
            challenge: attempt.challenge,
            pass_mark: attempt.pass_mark,
            started_at: attempt.started_at,
            graded_at: graded.map(|graded| graded.at),
            points: graded.map(|graded| graded.grade.points),
            out_of: graded.map(|graded| graded.grade.out_of),
            percent: graded.map(|graded| graded.grade.percent()),
            passed: graded.map(|graded| graded.passed),
        }
    }
}

fn graded(attempt: &Attempt) -> Option<&Graded> {
    match &attempt.state {
        AttemptState::Open => None,
        AttemptState::Graded(graded) => Some(graded),
    }
}

fn question(question: Question, explanation: Option<String>, graded: Option<&Graded>) -> QuestionView {
    let choices = |choices: Vec<Choice>| {
        choices.into_iter().map(|choice| ChoiceView { id: choice.id.to_string(), text: choice.text }).collect()
    };
    let (kind, choices, unit) = match question.form {
        QuestionForm::Single { choices: all } => ("single", Some(choices(all)), None),
        QuestionForm::Multiple { choices: all } => ("multiple", Some(choices(all)), None),
        QuestionForm::Numeric { unit } => ("numeric", None, unit),
        QuestionForm::Text => ("text", None, None),
    };
    let answer = graded.and_then(|graded| graded.answers.iter().find(|given| given.question == question.id));
    let grade = graded.and_then(|graded| graded.grade.questions.iter().find(|grade| grade.question == question.id));
    QuestionView {
        id: question.id.to_string(),
        kind,
        points: question.points,
        prompt: question.prompt,
        choices,
        unit,
        answer: answer.map(|given| given.answer.clone()),
        correct: grade.map(|grade| grade.correct),
        explanation,
    }
}

/// An attempt with its questions; explanations, one for each question, only for a graded one.
pub(crate) fn view(attempt: &Attempt, quiz: Quiz, explanations: Vec<String>) -> AttemptView {
    let graded = graded(attempt);
    let mut explanations = explanations.into_iter();
    let questions = quiz.questions.into_iter();
    AttemptView {
        item: attempt.into(),
        questions: questions.map(|one| question(one, explanations.next(), graded)).collect(),
    }
}

fn example_of_item() -> Value {
    json!({
        "id": "0190d6f0-0000-7000-8000-000000000004",
        "enrolment": "0190d6f0-0000-7000-8000-000000000003",
        "lesson": "steps-quiz",
        "revision": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "state": "open",
        "challenge": false,
        "pass_mark": 80,
        "started_at": "2026-01-31T12:00:00.000000Z",
        "graded_at": null,
        "points": null,
        "out_of": null,
        "percent": null,
        "passed": null,
    })
}

fn example() -> Value {
    let mut attempt = example_of_item();
    attempt["questions"] = json!([{
        "id": "q-way",
        "type": "single",
        "points": 1,
        "prompt": "<p>Where does a path lead?</p>",
        "choices": [{ "id": "a", "text": "<p>Nowhere</p>" }, { "id": "b", "text": "<p>Somewhere</p>" }],
    }]);
    attempt
}

fn example_graded() -> Value {
    let mut attempt = example();
    let more = json!({
        "state": "graded", "graded_at": "2026-01-31T12:05:00.000000Z", "points": 1, "out_of": 1, "percent": 100,
        "passed": true,
    });
    if let (Value::Object(attempt), Value::Object(more)) = (&mut attempt, more) {
        attempt.extend(more);
    }
    attempt["questions"][0]["answer"] = json!({ "choices": ["b"] });
    attempt["questions"][0]["correct"] = json!(true);
    attempt["questions"][0]["explanation"] = json!("<p>The lesson says so.</p>");
    attempt
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const OF_LESSON: &str = "/api/v1/enrolments/{id}/lessons/{lesson}/attempts";
    vec![
        Endpoint::new(Verb::Post, OF_LESSON, "start_attempt", |call| Box::pin(start(call)))
            .describe(
                TAG,
                "Starts an attempt at a quiz",
                "It is pinned to the quiz's present revision. A locked quiz is refused with the shortest way to it, unless the \
                 attempt is a challenge: passing that completes the quiz and, back from it over unmet prerequisites, the \
                 readings of its course, as skipped. The same attempts, pass mark and pauses apply.",
            )
            .may_take::<AttemptInput>(json!({ "challenge": true }))
            .gives::<AttemptView>(Success::Created, "The attempt with its questions.", example())
            .keyed()
            .refuses(&[
                Code::Locked,
                Code::WrongLessonKind,
                Code::WrongState,
                Code::AttemptOpen,
                Code::AttemptsExhausted,
                Code::CoolDown,
            ]),
        Endpoint::new(Verb::Get, OF_LESSON, "list_attempts", |call| Box::pin(list(call)))
            .describe(
                TAG,
                "Lists attempts at a quiz",
                "Those of the enrolment's learner, from the first to the last, without questions. One's own; anybody's for \
                 instructors.",
            )
            .lists::<AttemptItem>("A page of attempts.", example_of_item()),
        Endpoint::new(Verb::Get, "/api/v1/attempts/{id}", "get_attempt", |call| Box::pin(show(call)))
            .describe(
                TAG,
                "Shows an attempt",
                "With explanations once it is graded. One's own; anybody's for instructors, as its learner sees it.",
            )
            .gives::<AttemptView>(Success::Ok, "The attempt.", example())
            .tagged(),
        Endpoint::new(Verb::Post, "/api/v1/attempts/{id}/answers", "answer_attempt", |call| Box::pin(answer(call)))
            .describe(TAG, "Answers an attempt", "Grades it, for good. All or nothing for each question.")
            .takes::<AnswersInput>(json!({ "answers": [{ "question": "q-way", "choices": ["b"] }] }))
            .gives::<AttemptView>(Success::Ok, "The graded attempt.", example_graded())
            .keyed()
            .refuses(&[Code::AttemptGraded]),
    ]
}

async fn start(mut call: Call) -> Result<Reply, Problem> {
    let enrolment: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let challenge = call.json_if_any::<AttemptInput>().await?.challenge.unwrap_or(false);
    let (id, now) = (call.state.id(AttemptId::new), call.now);
    // No body and an empty object are one request.
    call.create(if challenge { b"challenge" } else { b"" }, false, move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        let (attempt, quiz) = learning::start_attempt(tx, actor, enrolment, &lesson, (id, challenge), now)?;
        Ok((Reply::created(&view(&attempt, quiz, Vec::new()), format!("/api/v1/attempts/{id}"))?, None))
    })
    .await
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let enrolment: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let list = format!("attempts?enrolment={enrolment}&lesson={name}");
    let page = call.page(&list)?;
    let found = call
        .read(move |tx, known| {
            // Before the lesson is looked up: who may not know of the enrolment learns that first.
            learning::enrolment(tx, &known.actor, enrolment)?;
            let lesson = lesson_named(tx, &name)?;
            learning::list_attempts(tx, &known.actor, enrolment, &lesson, &page)
        })
        .await?;
    call.page_reply(found, &list, |attempt| AttemptItem::from(&attempt))
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    call.read(move |tx, known| {
        let (attempt, quiz, explanations) = learning::view_attempt(tx, &known.actor, id)?;
        Reply::ok(&view(&attempt, quiz, explanations))?.quick_tag()
    })
    .await
}

async fn answer(mut call: Call) -> Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let (input, body) = call.json::<AnswersInput>().await?;
    let answers: Vec<GivenAnswer> = input.answers.into_iter().map(|Given(answer)| answer).collect();
    let now = call.now;
    call.create(&body, false, move |tx, actor| {
        let attempt = learning::submit_attempt(tx, actor, id, &answers, now)?;
        let stored = tx.catalog().quiz(&(&attempt.lesson).into(), &attempt.revision)?;
        let (quiz, key) = stored.ok_or_else(|| Error::internal(format!("no quiz for attempt {id}")))?;
        let explain = |question: &Question| key.explanation(&question.id).unwrap_or_default().to_owned();
        let explanations = quiz.questions.iter().map(explain).collect();
        Ok((Reply::ok(&view(&attempt, quiz, explanations))?, None))
    })
    .await
}
