//! Publishing packs with the database itself, while no server runs on it.

use std::collections::BTreeSet;

use cairn_cli::author::{AppliedView, Publisher, ReleaseView};
use cairn_cli::{Exit, Failure};
use cairn_domain::catalog::{
    Applied, Draft, Plan, Release, SourceFile, apply_release, export_release, list_releases, plan_draft,
    release_changes, roll_back,
};
use cairn_domain::identity::{Actor, Role, UserSort, Via};
use cairn_domain::learning::{CourseStatistics, IDLE_DAYS, LessonStatistics, course_statistics, lesson_statistics};
use cairn_domain::shared::{Clock, ContentId, Ids, PackId, PageRequest, ReleaseId, Revision, UserId, Uuid};
use cairn_domain::{ReadTx, Store, StoreExt as _};

/// The store of the configuration, as a place to publish.
pub(crate) struct Offline<S> {
    store: S,
    ids: Box<dyn Ids>,
    clock: Box<dyn Clock>,
}

impl<S: Store> Offline<S> {
    /// Publishes to a store that nobody else writes to.
    pub(crate) fn new(store: S, ids: impl Ids + 'static, clock: impl Clock + 'static) -> Self {
        Self { store, ids: Box::new(ids), clock: Box::new(clock) }
    }

    fn draft(files: &[SourceFile]) -> Result<Draft, Failure> {
        cairn_content::check(files)
            .map_err(|faults| Failure::new(Exit::Found, "pack_invalid", "The pack has faults.").faults(faults))
    }
}

/// The operator, acting as the server's first admin; as nobody on a server without users.
fn operator(tx: &mut dyn ReadTx) -> cairn_domain::Result<Option<Actor>> {
    let mut page = PageRequest::first();
    loop {
        let users = tx.users().page(UserSort::Created, &page)?;
        if let Some(admin) = users.items.iter().find(|user| user.is(Role::Admin)) {
            return Ok(Some(Actor::new(admin, Via::Operator)));
        }
        match users.next {
            Some(key) => page = page.following(key),
            None => return Ok(None),
        }
    }
}

/// For reading, where it does not matter who does.
fn reader() -> Actor {
    Actor { user: UserId::new(Uuid::nil()), roles: BTreeSet::from(Role::ALL), via: Via::Operator }
}

impl<S: Store> Publisher for Offline<S> {
    fn plan(&self, _pack: &PackId, files: &[SourceFile]) -> Result<Plan, Failure> {
        let draft = Self::draft(files)?;
        Ok(self.store.read(|tx| plan_draft(tx, &reader(), &draft))?)
    }

    fn apply(&self, _pack: &PackId, files: &[SourceFile], note: &str, expected: u32) -> Result<AppliedView, Failure> {
        let draft = Self::draft(files)?;
        let now = self.clock.now();
        let id = ReleaseId::new(self.ids.next(now));
        let applied = self.store.write_alone(|tx| {
            let actor = operator(tx.as_read())?;
            apply_release(tx, actor.as_ref(), &draft, (Some(expected), note), id, now)
        })?;
        Ok(view(&applied))
    }

    fn export(&self, pack: &PackId, number: Option<u32>) -> Result<Vec<SourceFile>, Failure> {
        Ok(self.store.read(|tx| export_release(tx, &reader(), pack, number))?.1)
    }

    fn releases(&self, pack: &PackId) -> Result<Vec<ReleaseView>, Failure> {
        let mut all = Vec::new();
        let mut page = PageRequest::first();
        loop {
            let found = self.store.read(|tx| list_releases(tx, pack, &page))?;
            all.extend(found.items.iter().map(release_view));
            match found.next {
                Some(key) => page = page.following(key),
                None => return Ok(all),
            }
        }
    }

    fn changes(&self, pack: &PackId, number: u32, since: Option<u32>) -> Result<Plan, Failure> {
        Ok(self.store.read(|tx| release_changes(tx, &reader(), pack, number, since))?)
    }

    fn lesson_statistics(&self, name: &ContentId, revision: Option<&Revision>) -> Result<LessonStatistics, Failure> {
        let now = self.clock.now();
        Ok(self.store.read(|tx| lesson_statistics(tx, &reader(), name, revision, now))?)
    }

    fn course_statistics(&self, name: &ContentId, idle_days: Option<u32>) -> Result<CourseStatistics, Failure> {
        let (now, idle_days) = (self.clock.now(), idle_days.unwrap_or(IDLE_DAYS));
        Ok(self.store.read(|tx| course_statistics(tx, &reader(), name, idle_days, now))?)
    }

    fn roll_back(&self, pack: &PackId, number: u32, note: &str) -> Result<AppliedView, Failure> {
        let now = self.clock.now();
        let id = ReleaseId::new(self.ids.next(now));
        let actor = self.store.read(operator)?.ok_or_else(|| {
            Failure::new(Exit::Failed, "no_admin", "This server has no admin in whose name to make the release.")
                .help("Start it once with `cairn serve`.")
        })?;
        let applied = self.store.write_alone(|tx| roll_back(tx, &actor, pack, number, (None, note), id, now))?;
        Ok(view(&applied))
    }
}

fn view(applied: &Applied) -> AppliedView {
    AppliedView {
        release: release_view(&applied.release),
        plan: applied.plan.clone(),
        learners: applied.learners,
        created: applied.created,
    }
}

fn release_view(release: &Release) -> ReleaseView {
    ReleaseView {
        pack: release.pack.id.clone(),
        number: release.number,
        digest: release.digest.to_string(),
        created_at: release.created_at.to_string(),
        created_by: release.created_by.map(|user| user.to_string()),
        note: release.note.clone(),
        rolled_back_to: release.rolled_back_to,
    }
}
