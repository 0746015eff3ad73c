//! What the present revision of a drill would make of the attempts that are stored, for its author.

use std::sync::Arc;

use askama::Template;
use cairn_domain::Code;
use cairn_domain::catalog::DocKind;
use cairn_domain::identity::{Action, authorise};
use cairn_domain::practice::{self, ReEvaluation, VerdictChange};
use cairn_domain::shared::ContentId;

use crate::call::Call;
use crate::drills::evaluated;
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
    found: Arc<ReEvaluation>,
    /// What names the report; empty for one that has been written just now.
    report: String,
    may_apply: bool,
}

impl ReEvaluationPage {
    /// What a verdict was, and what it would be.
    fn outcomes(change: &VerdictChange) -> [String; 2] {
        let words = |passed, percent| format!("{}, {percent} %", if passed { "passed" } else { "not passed" });
        [words(change.was.0, change.was.1), words(change.verdict.passed(), change.verdict.percent())]
    }

    fn applied(&self) -> bool {
        self.report.is_empty()
    }

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

/// What names a report.
fn tag(reply: &Reply) -> &str {
    reply.etag().and_then(|tag| tag.to_str().ok()).unwrap_or_default().trim_matches('"')
}

/// The page of a report: one that can be written, named by its answer, or one that has been.
async fn page(call: &Call, found: impl Into<Arc<ReEvaluation>>, planned: Option<&Reply>) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", "lesson")?;
    let (found, report) = (found.into(), planned.map(tag).unwrap_or_default().to_owned());
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
        let (name, found, report) = (name.clone(), found.clone(), report.clone());
        personal(render(&ReEvaluationPage { frame, name, found, report, may_apply })?)
    })
    .await
}

async fn show(mut call: Call) -> Result<Reply, Problem> {
    let (found, reply) = evaluated(&mut call).await?;
    page(&call, found, Some(&reply)).await
}

async fn apply(mut call: Call) -> Result<Reply, Problem> {
    let form = call.form().await?;
    call.admit().await?;
    let (found, reply) = evaluated(&mut call).await?;
    if form.get("report") != tag(&reply) {
        return Err(Problem::new(Code::Stale, "The verdicts that would change are others than those you looked at."));
    }
    let (found, now) = (Arc::new(found), call.now);
    let written = found.clone();
    call.write(move |tx, actor| practice::apply_re_evaluation(tx, actor, &written, now)).await?;
    page(&call, found, None).await
}
