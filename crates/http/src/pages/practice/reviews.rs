//! Work that waits for a review, for instructors.

use askama::Template;
use cairn_domain::catalog::DocKind;
use cairn_domain::practice::{self, SubmissionState};
use cairn_domain::shared::ContentId;
use serde_json::Value;

use super::state_words;
use super::verdict::moment;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::pages::frame::{Frame, Visitor};
use crate::pages::{personal, render};
use crate::problem::Problem;
use crate::reply::Reply;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let page = Endpoint::page("/reviews", |call| Box::pin(show(call)))
        .query("state", "Only work in this state; that which waits by default.", Value::Null, &[])
        .query("cursor", "", Value::Null, &[]);
    vec![page]
}

/// Work in the list.
struct Row {
    title: String,
    address: String,
    versions: usize,
    at: String,
}

/// A state, to choose.
struct Choice {
    state: SubmissionState,
    title: &'static str,
}

#[derive(Template)]
#[template(path = "reviews.html")]
struct ReviewsPage {
    frame: Frame,
    state: SubmissionState,
    choices: [Choice; 3],
    rows: Vec<Row>,
    next: String,
}

impl ReviewsPage {
    fn words(&self) -> &'static str {
        state_words(self.state)
    }
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let state = call.parameters.parse::<SubmissionState>("state")?.unwrap_or(SubmissionState::Submitted);
    let path = format!("/reviews?state={}", state.as_str());
    let request = call.page(&path)?;
    let app = call.state.clone();
    call.read(move |tx, known| {
        let page = practice::list_submissions(tx, &known.actor, state, &request)?;
        let library = tx.catalog().library()?;
        let rows = page.items.iter().map(|submission| {
            let id = ContentId::from(&submission.lesson);
            let entry = library.resolve(DocKind::Lesson, &id).map(|(_, _, entry)| entry);
            Row {
                title: entry.map_or_else(|| id.to_string(), |entry| entry.document.title.clone()),
                address: format!("/learning/{}/lessons/{}/work", submission.enrolment, submission.lesson),
                versions: submission.versions.len(),
                at: submission.versions.last().map(|version| moment(&version.at)).unwrap_or_default(),
            }
        });
        let rows = rows.collect();
        let next = page.next.map(|key| app.ports.cursors.seal(&path, &key));
        let next = next.map(|cursor| format!("{path}&cursor={cursor}")).unwrap_or_default();
        let frame = Frame::personal(&app.site, Visitor::of(&app, Some(known)), "Reviews", "/reviews");
        let frame = frame.below("Home", "/").below("Reviews", "");
        let choices = [
            Choice { state: SubmissionState::Submitted, title: "Waiting" },
            Choice { state: SubmissionState::Returned, title: "Returned" },
            Choice { state: SubmissionState::Accepted, title: "Accepted" },
        ];
        personal(render(&ReviewsPage { frame, state, choices, rows, next })?)
    })
    .await
}
