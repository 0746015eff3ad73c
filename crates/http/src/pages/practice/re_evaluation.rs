//! What the present revision of a drill would make of the attempts that are stored, for its author.

use askama::Template;
use cairn_domain::catalog::DocKind;
use cairn_domain::identity::{Action, authorise};
use cairn_domain::practice::{self, ReEvaluation, VerdictChange};
use cairn_domain::shared::ContentId;

use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::pages::frame::{Frame, Visitor};
use crate::pages::{address, personal, render, text};
use crate::problem::Problem;
use crate::reply::Reply;

/// The most changes that a page lists.
const MOST: usize = 200;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const PATH: &str = "/lessons/{name}/re-evaluation";
    vec![
        Endpoint::page(PATH, |call| Box::pin(show(call))),
        Endpoint::action(PATH, "apply_re_evaluation", |call| Box::pin(apply(call))),
    ]
}

#[derive(Template)]
#[template(path = "re-evaluation.html")]
struct ReEvaluationPage {
    frame: Frame,
    name: ContentId,
    found: ReEvaluation,
    /// Whether it has been written just now.
    applied: bool,
    may_apply: bool,
}

impl ReEvaluationPage {
    /// How many would go from one outcome to the other.
    fn turned(&self, to: bool) -> u64 {
        let turned = |change: &&VerdictChange| change.was.0 != to && change.verdict.passed() == to;
        self.found.changes.iter().filter(turned).count() as u64
    }

    fn listed(&self) -> &[VerdictChange] {
        &self.found.changes[..self.found.changes.len().min(MOST)]
    }

    fn more(&self) -> usize {
        self.found.changes.len().saturating_sub(MOST)
    }
}

const fn outcome(passed: bool) -> &'static str {
    if passed { "passed" } else { "not passed" }
}

/// Evaluates every stored attempt, a few at a time: no transaction is open while they run.
async fn evaluated(call: &Call, name: ContentId) -> Result<ReEvaluation, Problem> {
    let mut so_far = call.read(move |tx, known| practice::begin_re_evaluation(tx, &known.actor, &name)).await?;
    loop {
        let asked = so_far.clone();
        let attempts = call.read(move |tx, _| practice::next_judged(tx, &asked)).await?;
        if attempts.is_empty() {
            return Ok(so_far);
        }
        let sandbox = call.state.ports.sandbox.clone();
        let take = move || so_far.take(&attempts, &*sandbox).map(|()| so_far);
        so_far = call.state.running.run(call.span(), take).await??;
    }
}

async fn page(call: &Call, name: ContentId, found: ReEvaluation, applied: bool) -> Result<Reply, Problem> {
    let state = call.state.clone();
    call.read(move |tx, known| {
        let library = tx.catalog().library()?;
        let document = library.resolve(DocKind::Lesson, &name).map(|(_, _, entry)| entry.document.clone());
        let title = document.as_ref().map_or_else(|| name.to_string(), |document| document.title.clone());
        let own = address(DocKind::Lesson, document.as_ref().map_or(&name, |document| &document.slug));
        let heading = format!("Verdicts on “{title}”, evaluated again");
        let frame =
            Frame::personal(&state.site, Visitor::of(&state, Some(known)), &heading, format!("{own}/re-evaluation"));
        let frame = frame.below("Home", "/").below("Courses", "/courses").below(&title, own).below("Re-evaluation", "");
        let may_apply = authorise(&known.actor, Action::PublishContent).is_ok();
        let (name, found) = (name.clone(), found.clone());
        personal(render(&ReEvaluationPage { frame, name, found, applied, may_apply })?)
    })
    .await
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", "lesson")?;
    let found = evaluated(&call, name.clone()).await?;
    page(&call, name, found, false).await
}

async fn apply(mut call: Call) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", "lesson")?;
    call.form().await?;
    call.admit().await?;
    let found = evaluated(&call, name.clone()).await?;
    let (written, now) = (found.clone(), call.now);
    call.write(move |tx, actor| practice::apply_re_evaluation(tx, actor, &written, now)).await?;
    page(&call, name, found, true).await
}
