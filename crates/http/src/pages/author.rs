//! What authors see of their own work: a pack's releases, what one of them changed, and how lessons and courses fare.

use std::sync::Arc;

use askama::Template;
use cairn_domain::catalog::{self, Change, DocKind, Plan, Release};
use cairn_domain::learning::{CourseStatistics, IDLE_DAYS, LessonStatistics, Spread};
use cairn_domain::shared::{ContentId, PackId, Revision};
use serde_json::Value;

use super::frame::{Frame, Visitor};
use super::{address, personal, render, shared, text};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::packs::number;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::statistics;

/// The most changes that a page lists.
const MOST: usize = 500;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/lessons/{name}/statistics", |call| Box::pin(lesson(call))).query(
            "revision",
            "",
            Value::Null,
            &[],
        ),
        Endpoint::page("/courses/{name}/statistics", |call| Box::pin(course(call))).query(
            "idle_days",
            "",
            Value::Null,
            &[],
        ),
        Endpoint::page("/packs/{pack}/releases", |call| Box::pin(releases(call))).query("cursor", "", Value::Null, &[]),
        Endpoint::page("/packs/{pack}/releases/{number}", |call| Box::pin(release(call))).query(
            "since",
            "",
            Value::Null,
            &[],
        ),
    ]
}

#[derive(Template)]
#[template(path = "releases.html")]
struct ReleasesPage {
    frame: Frame,
    pack: PackId,
    releases: Vec<Release>,
    /// The address of the next page; empty on the last one.
    next: String,
}

async fn releases(call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let (list, path) = (format!("releases?pack={pack}"), format!("/packs/{pack}/releases"));
    let request = call.page(&list)?;
    let (state, of) = (call.state.clone(), pack.clone());
    let (visitor, page) = call
        .look(move |tx, known| Ok((Visitor::of(&state, known), catalog::list_releases(tx, &of, &request)?)))
        .await?;
    let next = page.next.map(|key| call.state.ports.cursors.seal(&list, &key));
    let title = page.items.first().map_or_else(|| pack.to_string(), |release| release.pack.title.clone());
    let frame = Frame::personal(&call.state.site, visitor.clone(), &format!("Releases of “{title}”"), path.as_str());
    let frame = frame.below("Home", "/").below("Releases", "");
    let next = next.map(|cursor| format!("{path}?cursor={cursor}")).unwrap_or_default();
    Ok(shared(render(&ReleasesPage { frame, pack, releases: page.items, next })?, &visitor)?)
}

#[derive(Template)]
#[template(path = "release.html")]
struct ReleasePage {
    frame: Frame,
    release: Release,
    changes: Plan,
}

impl ReleasePage {
    fn listed(&self) -> &[Change] {
        &self.changes.changes[..self.changes.changes.len().min(MOST)]
    }

    /// How many more there are than the page lists.
    fn more(&self) -> usize {
        self.changes.changes.len().saturating_sub(MOST)
    }

    fn address(change: &Change) -> String {
        address(change.kind, &change.id)
    }

    /// What of a document differs, in words.
    fn parts(change: &Change) -> String {
        let mut all: Vec<String> = Vec::new();
        all.extend(change.from.as_ref().map(|from| format!("was {from}")));
        all.extend(change.former_slug.as_ref().map(|slug| format!("slug was {slug}")));
        all.extend(change.parts.iter().map(|part| part.as_str().to_owned()));
        all.join(", ")
    }

    /// How many changes there are of each action, such as `2 changed, 1 retired`.
    fn tally(&self) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for change in &self.changes.changes {
            match counts.last_mut() {
                // They are ordered by action.
                Some((action, count)) if *action == change.action.as_str() => *count += 1,
                _ => counts.push((change.action.as_str(), 1)),
            }
        }
        counts.iter().map(|(action, count)| format!("{count} {action}")).collect::<Vec<_>>().join(", ")
    }
}

async fn release(mut call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let number = number(&call)?;
    let since = call.number("since");
    let since = call.or_refused(since).await?;
    let (state, of) = (call.state.clone(), pack.clone());
    let (visitor, release, changes) = call
        .read(move |tx, known| {
            let changes = catalog::release_changes(tx, &known.actor, &of, number, since)?;
            Ok((Visitor::of(&state, Some(known)), catalog::release(tx, &of, number)?, changes))
        })
        .await?;
    let list = format!("/packs/{pack}/releases");
    let title = format!("Release {number} of “{}”", release.pack.title);
    let frame = Frame::personal(&call.state.site, visitor, &title, format!("{list}/{number}"));
    let frame = frame.below("Home", "/").below("Releases", list).below(&format!("Release {number}"), "");
    Ok(personal(render(&ReleasePage { frame, release, changes })?)?)
}

/// The bar of ten percent.
struct Bar {
    range: String,
    attempts: u64,
    x: usize,
    y: u64,
    height: u64,
}

/// How high the highest bar is.
const HEIGHT: u64 = 100;

fn bars(spread: &Spread) -> Vec<Bar> {
    let most = spread.tenths.iter().copied().max().unwrap_or(0).max(1);
    let bar = |(at, attempts): (usize, &u64)| {
        let height = (attempts * HEIGHT).div_ceil(most);
        let range = if at == 9 { "90–100".to_owned() } else { format!("{}–{}", at * 10, at * 10 + 9) };
        Bar { range, attempts: *attempts, x: 6 + at * 48, y: 20 + HEIGHT - height, height }
    };
    spread.tenths.iter().enumerate().map(bar).collect()
}

#[derive(Template)]
#[template(path = "lesson-statistics.html")]
struct LessonPage {
    frame: Frame,
    found: Arc<LessonStatistics>,
    bars: Vec<Bar>,
}

/// Around a page on how a document fares.
fn frame(call: &Call, visitor: Visitor, kind: DocKind, (slug, title): (&ContentId, &str)) -> Frame {
    let own = address(kind, slug);
    let heading = format!("How “{title}” fares");
    let frame = Frame::personal(&call.state.site, visitor, &heading, format!("{own}/statistics"));
    frame.below("Home", "/").below("Courses", "/courses").below(title, own).below("Statistics", "")
}

/// The visitor, who may see statistics.
async fn admitted(call: &Call) -> Result<Visitor, Problem> {
    let state = call.state.clone();
    call.read(move |_, known| Ok(Visitor::of(&state, Some(known)))).await
}

async fn lesson(call: Call) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", "lesson")?;
    let visitor = admitted(&call).await?;
    let revision = call.parameters.parse::<Revision>("revision")?;
    let found = statistics::of_lesson(&call, name, revision).await?;
    let frame = frame(&call, visitor, DocKind::Lesson, (&found.slug, &found.title));
    let bars = found.percent.as_ref().map(bars).unwrap_or_default();
    Ok(personal(render(&LessonPage { frame, found, bars })?)?)
}

#[derive(Template)]
#[template(path = "course-statistics.html")]
struct CoursePage {
    frame: Frame,
    found: Arc<CourseStatistics>,
}

impl CoursePage {
    /// Before which lesson most learners have stopped; the first of several.
    fn worst(&self) -> Option<&cairn_domain::learning::LessonReach> {
        let stopped = self.found.lessons.iter().rev().filter(|lesson| lesson.stopped > 0);
        stopped.max_by_key(|lesson| lesson.stopped)
    }
}

async fn course(call: Call) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", "course")?;
    let visitor = admitted(&call).await?;
    let idle_days = call.number("idle_days")?.unwrap_or(IDLE_DAYS);
    let found = statistics::of_course(&call, name, idle_days).await?;
    let frame = frame(&call, visitor, DocKind::Course, (&found.slug, &found.title));
    Ok(personal(render(&CoursePage { frame, found })?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_they_should_be() {
        let mut tenths = [0; 10];
        (tenths[0], tenths[5], tenths[9]) = (1, 200, 100);
        let spread = Spread { lower_quartile: 0, median: 0, upper_quartile: 0, tenths };
        let heights: Vec<_> = bars(&spread).iter().map(|bar| (bar.height, bar.y)).collect();
        assert_eq!((heights[0], heights[5], heights[9]), ((1, 119), (100, 20), (50, 70)), "one is seen");
        assert_eq!(heights[1], (0, 120));
        let nothing = Spread { tenths: [0; 10], ..spread };
        assert!(bars(&nothing).iter().all(|bar| bar.height == 0));
    }
}
