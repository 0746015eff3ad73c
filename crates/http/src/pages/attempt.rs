//! An attempt at a quiz: its questions as a form, and once it is graded what came of it.

use askama::Template;
use cairn_domain::catalog::{Answer, DocKind, GivenAnswer, QuestionForm, Quiz};
use cairn_domain::learning::{self, Attempt, AttemptState};
use cairn_domain::shared::{AttemptId, ContentId};
use cairn_domain::{Error, ReadTx, Result, Violations};

use super::field::{Told, again};
use super::frame::{Frame, Visitor};
use super::study::Study;
use super::{address, personal, render, text};
use crate::AppState;
use crate::attempts::{AttemptView, QuestionView, view};
use crate::auth::Known;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::extract::form::Form;
use crate::problem::Problem;
use crate::reply::Reply;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/attempts/{id}", |call| Box::pin(show(call))),
        Endpoint::action("/attempts/{id}", "answer_attempt", |call| Box::pin(answer(call))),
    ]
}

/// A question with what was typed or answered.
struct QuestionShown {
    view: QuestionView,
    given: Option<Answer>,
    faults: Vec<String>,
}

impl QuestionShown {
    /// The name of its field, which no other field of the form has.
    fn field(&self) -> String {
        field(&self.view.id)
    }

    fn has(&self, choice: &str) -> bool {
        matches!(&self.given, Some(Answer::Choices(taken)) if taken.iter().any(|id| id.as_str() == choice))
    }

    fn typed(&self) -> &str {
        match &self.given {
            Some(Answer::Number(text) | Answer::Text(text)) => text,
            Some(Answer::Choices(_)) | None => "",
        }
    }
}

fn field(question: &str) -> String {
    format!("q.{question}")
}

#[derive(Template)]
#[template(path = "attempt.html")]
struct AttemptPage {
    frame: Frame,
    attempt: AttemptView,
    questions: Vec<QuestionShown>,
    told: Vec<Told>,
    /// Whether the visitor is the one to answer.
    own: bool,
    title: String,
    lesson: String,
    /// What can be done now; only once it is graded.
    study: Option<Study>,
}

impl AttemptPage {
    fn graded(&self) -> bool {
        self.attempt.item.graded_at.is_some()
    }
}

/// What the fields of a form answer; a field that was left empty answers nothing.
///
/// # Errors
/// `invalid` under `/q.ID` for a field that no question of the quiz has, and for a choice that cannot be one.
fn answers(quiz: &Quiz, form: &Form) -> Result<Vec<GivenAnswer>> {
    let (mut answers, mut faults) = (Vec::new(), Violations::new());
    for question in &quiz.questions {
        let name = field(question.id.as_str());
        let answer = match &question.form {
            QuestionForm::Single { .. } | QuestionForm::Multiple { .. } => {
                let taken = form.all(&name).filter_map(|id| faults.take(&format!("/{name}"), id.parse()));
                Answer::Choices(taken.collect())
            }
            QuestionForm::Numeric { .. } => Answer::Number(form.get(&name).trim().to_owned()),
            QuestionForm::Text => Answer::Text(form.get(&name).to_owned()),
        };
        let empty = match &answer {
            Answer::Choices(taken) => taken.is_empty(),
            Answer::Number(text) | Answer::Text(text) => text.is_empty(),
        };
        if !empty {
            answers.push(GivenAnswer { question: question.id.clone(), answer });
        }
    }
    for name in form.names() {
        if !quiz.questions.iter().any(|question| field(question.id.as_str()) == name) {
            faults.push(format!("/{name}"), "unknown_field", "The quiz has no such question.");
        }
    }
    faults.check()?;
    Ok(answers)
}

/// The page of an attempt; `form` and `told` are what was sent to it and what is wrong with that.
fn page(
    tx: &mut dyn ReadTx,
    state: &AppState,
    known: &Known,
    id: AttemptId,
    (form, told): (Option<&Form>, Vec<Told>),
) -> Result<String> {
    let (attempt, quiz, explanations) = learning::view_attempt(tx, &known.actor, id)?;
    let own = attempt.user == known.actor.user;
    let kept = form.map(|form| answers(&quiz, form).unwrap_or_default()).unwrap_or_default();
    let (title, lesson, study) = around(tx, known, &attempt, state)?;
    let mut shown = view(&attempt, quiz, explanations);
    let questions = std::mem::take(&mut shown.questions).into_iter().map(|mut view| {
        let kept = kept.iter().find(|given| given.question.as_str() == view.id).map(|given| given.answer.clone());
        let name = field(&view.id);
        let faults = told.iter().filter(|told| told.field == name).map(|told| told.detail.clone()).collect();
        QuestionShown { given: view.answer.take().or(kept), faults, view }
    });
    let questions = questions.collect();
    let frame = Frame::personal(&state.site, Visitor::of(state, Some(known)), &title, format!("/attempts/{id}"));
    let frame = frame.below("Home", "/").below("My learning", "/learning");
    let frame = frame.below("Enrolment", format!("/learning/{}", attempt.enrolment)).below(&title, "");
    render(&AttemptPage { frame, attempt: shown, questions, told, own, title, lesson, study })
}

/// The title and address of the quiz, and how its learner stands to it once the attempt is graded.
fn around(
    tx: &mut dyn ReadTx,
    known: &Known,
    attempt: &Attempt,
    state: &AppState,
) -> Result<(String, String, Option<Study>)> {
    let (standing, library) = learning::progress(tx, &known.actor, attempt.enrolment)?;
    let pack = &standing.enrolment.pack;
    let (_, catalogue) = library.pack(pack).ok_or_else(|| Error::not_found("pack", pack))?;
    let id = ContentId::from(&attempt.lesson);
    let document = catalogue.entry(DocKind::Lesson, &id).map(|entry| &entry.document);
    let title = document.map_or_else(|| id.to_string(), |document| document.title.clone());
    let lesson = address(DocKind::Lesson, document.map_or(&id, |document| &document.slug));
    let study = match attempt.state {
        AttemptState::Open => None,
        AttemptState::Graded(_) => Study::of(tx, &known.actor, catalogue, &standing, &attempt.lesson, state.now())?,
    };
    Ok((title, lesson, study))
}

async fn show(call: Call) -> std::result::Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let state = call.state.clone();
    call.read(move |tx, known| personal(page(tx, &state, known, id, (None, Vec::new()))?)).await
}

async fn answer(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let form = std::sync::Arc::new(call.form().await?);
    let (now, sent) = (call.now, form.clone());
    let done = call.write(move |tx, actor| {
        let (attempt, quiz, _) = learning::view_attempt(tx.as_read(), actor, id)?;
        let answers = answers(&quiz, &sent)?;
        learning::submit_attempt(tx, actor, id, &answers, now).map_err(|refused| named(refused, &answers))?;
        Ok(attempt.enrolment)
    });
    match done.await {
        Ok(enrolment) => {
            call.state.seen.forget(enrolment);
            Ok(Reply::see_other(format!("/attempts/{id}")))
        }
        Err(problem) => {
            let (state, told) = (call.state.clone(), super::field::told(&problem));
            let page = call.read(move |tx, known| page(tx, &state, known, id, (Some(&form), told.clone()))).await;
            Err(match page {
                Ok(page) => again(problem, |_| Ok(page)),
                Err(_) => problem,
            })
        }
    }
}

/// A refusal whose faults are at the fields of the form instead of places in a list of answers.
fn named(refused: Error, answers: &[GivenAnswer]) -> Error {
    if refused.violations().is_empty() {
        return refused;
    }
    let mut faults = Violations::new();
    for violation in refused.violations() {
        let at = violation.pointer.split('/').nth(2).and_then(|at| at.parse::<usize>().ok());
        let pointer = match at.and_then(|at| answers.get(at)) {
            Some(given) => format!("/{}", field(given.question.as_str())),
            None => violation.pointer.clone(),
        };
        faults.push(pointer, &violation.rule, violation.detail.clone());
    }
    faults.check().err().unwrap_or(refused)
}
