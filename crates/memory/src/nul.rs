//! Refuses U+0000 in all text of what is written, as a database does.

use cairn_domain::catalog::{Detail, Document, DraftDocument, QuestionForm, Release, Task};
use cairn_domain::learning::{Attempt, AttemptState, Event, RecordedEvent};
use cairn_domain::practice::HandedWork;
use cairn_domain::shared::{refuse_nul, refuse_nul_in_json};
use cairn_domain::{Error, Result};

fn all<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<()> {
    texts.into_iter().try_for_each(|text| refuse_nul(text))
}

pub(crate) fn document(document: &Document) -> Result<()> {
    all([&document.title, &document.summary])?;
    match &document.detail {
        Detail::Guide(guide) => all(guide.stages.iter().flat_map(|stage| [&stage.title, &stage.summary])),
        _ => Ok(()),
    }
}

pub(crate) fn draft(draft: &DraftDocument) -> Result<()> {
    document(&draft.document)?;
    refuse_nul(&draft.html)?;
    let (quiz, key) = match &draft.task {
        None => return Ok(()),
        Some(Task::Quiz(quiz, key)) => (quiz, key),
        Some(Task::Drill(both)) => {
            refuse_nul_in_json(&serde_json::to_string(&both.0).map_err(Error::internal)?)?;
            return refuse_nul_in_json(&both.1.digest_text());
        }
    };
    for question in &quiz.questions {
        refuse_nul(&question.prompt)?;
        refuse_nul(key.explanation(&question.id).unwrap_or_default())?;
        match &question.form {
            QuestionForm::Single { choices } | QuestionForm::Multiple { choices } => {
                all(choices.iter().map(|choice| &choice.text))?;
            }
            QuestionForm::Numeric { unit } => all(unit)?,
            QuestionForm::Text => {}
        }
    }
    Ok(())
}

pub(crate) fn release(release: &Release) -> Result<()> {
    let pack = &release.pack;
    all([&pack.title, &pack.summary, &pack.language, &pack.licence, &release.note])?;
    all(&pack.authors)
}

pub(crate) fn event(recorded: &RecordedEvent) -> Result<()> {
    match &recorded.event {
        Event::PrerequisitesWaived { why, .. } => refuse_nul(why),
        _ => Ok(()),
    }
}

pub(crate) fn attempt(attempt: &Attempt) -> Result<()> {
    use cairn_domain::catalog::Answer;
    let AttemptState::Graded(graded) = &attempt.state else { return Ok(()) };
    graded.answers.iter().try_for_each(|given| match &given.answer {
        Answer::Choices(_) => Ok(()),
        Answer::Number(text) | Answer::Text(text) => refuse_nul(text),
    })
}

pub(crate) fn work(work: &HandedWork) -> Result<()> {
    all(work.text.iter().chain(&work.link))
}
