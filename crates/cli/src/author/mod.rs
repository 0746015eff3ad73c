//! The commands of an author.

mod check;
mod import;
mod online;
mod program;
mod publish;
mod solutions;
mod statistics;

use cairn_domain::catalog::{Plan, SourceFile};
use cairn_domain::learning::{CourseStatistics, LessonStatistics};
use cairn_domain::shared::{ContentId, PackId, Revision};
use serde::{Deserialize, Serialize};

pub use online::Online;

use crate::args::ContentCommand;
use crate::{Context, Exit, Failure};

/// A release, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseView {
    /// The pack's id.
    pub pack: PackId,
    /// 1, 2, 3, … in its pack.
    pub number: u32,
    /// The digest of its files.
    pub digest: String,
    /// When it was made, in RFC 3339.
    pub created_at: String,
    /// The id of the user who made it; `None` for the server itself.
    pub created_by: Option<String>,
    /// What was noted with it.
    pub note: String,
    /// The earlier release whose content it has again.
    pub rolled_back_to: Option<u32>,
}

/// What applying or rolling back did, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedView {
    /// The release that is current now.
    pub release: ReleaseView,
    /// What it changed.
    pub plan: Plan,
    /// How many learners' records were brought along.
    pub learners: u64,
    /// Whether a release was made; `false` when the files are those of the current one.
    pub created: bool,
}

/// Where packs are published: a server, or the database itself.
pub trait Publisher {
    /// What applying a pack's files would do. Writes nothing.
    ///
    /// # Errors
    /// The pack's faults, and what the other side refuses.
    fn plan(&self, pack: &PackId, files: &[SourceFile]) -> Result<Plan, Failure>;

    /// Makes the files the pack's current release. `expected` is the number of the release that must be current, 0 for
    /// none.
    ///
    /// # Errors
    /// As [`Publisher::plan`].
    fn apply(&self, pack: &PackId, files: &[SourceFile], note: &str, expected: u32) -> Result<AppliedView, Failure>;

    /// The files of a release, the current one when `number` is `None`.
    ///
    /// # Errors
    /// What the other side refuses.
    fn export(&self, pack: &PackId, number: Option<u32>) -> Result<Vec<SourceFile>, Failure>;

    /// A pack's releases, newest first.
    ///
    /// # Errors
    /// What the other side refuses.
    fn releases(&self, pack: &PackId) -> Result<Vec<ReleaseView>, Failure>;

    /// What a release changed against the one before, or against release `since`.
    ///
    /// # Errors
    /// What the other side refuses.
    fn changes(&self, pack: &PackId, number: u32, since: Option<u32>) -> Result<Plan, Failure>;

    /// How a lesson fares, of a revision or the present one.
    ///
    /// # Errors
    /// What the other side refuses.
    fn lesson_statistics(&self, name: &ContentId, revision: Option<&Revision>) -> Result<LessonStatistics, Failure>;

    /// How far learners come in a course, and where they stop for so many days, or for 14.
    ///
    /// # Errors
    /// What the other side refuses.
    fn course_statistics(&self, name: &ContentId, idle_days: Option<u32>) -> Result<CourseStatistics, Failure>;

    /// Makes a new release with the content of an earlier one.
    ///
    /// # Errors
    /// What the other side refuses.
    fn roll_back(&self, pack: &PackId, number: u32, note: &str) -> Result<AppliedView, Failure>;
}

/// Gives the publisher that a command works through; called only by commands that need one.
pub type Connect<'a> = dyn Fn() -> Result<Box<dyn Publisher + 'a>, Failure> + 'a;

/// Runs an author's command.
///
/// # Errors
/// Faults of the pack, what the other side refuses, and what keeps the command from reaching it.
pub fn run(command: &ContentCommand, connect: &Connect<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match command {
        ContentCommand::Check(args) => check::check(args, context),
        ContentCommand::Plan(args) => publish::plan(args, connect, context),
        ContentCommand::Apply(args) => publish::apply(args, connect, context),
        ContentCommand::Export(args) => publish::export(args, connect, context),
        ContentCommand::Import(args) => import::import(args, context),
        ContentCommand::Releases(args) => publish::releases(args, connect, context),
        ContentCommand::Changes(args) => publish::changes(args, connect, context),
        ContentCommand::Statistics(args) => statistics::statistics(args, connect, context),
        ContentCommand::Rollback(args) => publish::roll_back(args, connect, context),
    }
}

#[cfg(test)]
mod tests;
