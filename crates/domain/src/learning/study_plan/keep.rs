//! Keeping a plan, and looking at it.

use std::sync::Arc;

use super::super::study::progress;
use super::super::{EnrolmentState, Standing};
use super::settings::stale;
use super::way::Way;
use super::{Moved, PlanSettings, Schedule, StudyPlan};
use crate::catalog::{Catalogue, Library};
use crate::identity::{Action, Actor, authorise};
use crate::shared::{Code, Date, EnrolmentId, Error, Result, Timestamp};
use crate::{ReadTx, WriteTx};

/// A plan with all that a page about it shows.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The enrolment with its learner's standing.
    pub standing: Standing,
    /// To look lessons up by [`Planned::catalogue`].
    pub library: Arc<Library>,
    /// The plan as it is kept.
    pub plan: StudyPlan,
    /// The settings that the schedule follows: the plan's, or those with more weeks missed.
    pub settings: PlanSettings,
    /// Which lesson in which week.
    pub schedule: Schedule,
    /// Where more weeks were to be missed: when all would be finished without that, and which lessons lie elsewhere for it.
    pub difference: Option<(Option<Date>, Vec<Moved>)>,
}

impl Planned {
    /// What the enrolment's pack teaches.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the pack is gone.
    pub fn catalogue(&self) -> Result<&Catalogue> {
        catalogue(&self.library, &self.standing)
    }
}

fn catalogue<'a>(library: &'a Library, standing: &Standing) -> Result<&'a Catalogue> {
    let pack = &standing.enrolment.pack;
    library.pack(pack).map(|(_, catalogue)| catalogue).ok_or_else(|| Error::not_found("pack", pack))
}

fn no_plan(enrolment: EnrolmentId) -> Error {
    Error::new(Code::NotFound, format!("The enrolment `{enrolment}` has no plan."))
}

/// The plan of an enrolment, seen on a day: one's own, or anybody's for an instructor. `missing` names more weeks, by a day
/// of each, that are missed in what it shows, beside the plan's own.
///
/// # Errors
/// Those of [`super::super::progress`]; [`Code::NotFound`] when the enrolment has no plan; those of
/// [`PlanSettings::missing`].
pub fn study_plan(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    missing: &[Date],
    today: Date,
) -> Result<Planned> {
    let (standing, library) = progress(tx, actor, enrolment)?;
    let plan = tx.study_plans().study_plan(enrolment)?.ok_or_else(|| no_plan(enrolment))?;
    seen((standing, library), plan, missing, today)
}

fn seen(
    (standing, library): (Standing, Arc<Library>),
    plan: StudyPlan,
    missing: &[Date],
    today: Date,
) -> Result<Planned> {
    let settings = plan.settings.missing(missing)?;
    let way = Way::of(catalogue(&library, &standing)?, &standing);
    let schedule = way.schedule(&settings, today);
    let difference = (!missing.is_empty()).then(|| {
        let before = way.schedule(&plan.settings, today);
        (before.finish, before.moved(&schedule))
    });
    Ok(Planned { standing, library, plan, settings, schedule, difference })
}

/// Plans one of the actor's enrolments: makes the plan where `expected` is `None`, else replaces the one of that version.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when the enrolment is somebody else's; [`Code::WrongState`] when it was given
/// up; [`Code::Stale`] when there is a plan of another version, or one already, or none.
pub fn set_study_plan(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    enrolment: EnrolmentId,
    expected: Option<u32>,
    settings: PlanSettings,
    now: Timestamp,
) -> Result<Planned> {
    authorise(actor, Action::Learn)?;
    let found = own(tx.as_read(), actor, enrolment)?;
    if found == EnrolmentState::Withdrawn {
        return Err(Error::new(Code::WrongState, "You have given this enrolment up; there is nothing to plan."));
    }
    let stored = tx.study_plans().study_plan(enrolment)?.map(|plan| plan.version);
    if stored != expected {
        return Err(match (stored, expected) {
            (None, _) => Error::new(Code::Stale, "The plan that you want to replace is not there any more."),
            (_, None) => Error::new(Code::Stale, "This enrolment has a plan already."),
            _ => stale(),
        });
    }
    let version = stored.map_or(1, |version| version.saturating_add(1));
    let plan = StudyPlan { enrolment, settings, changed_at: now, version };
    tx.study_plans_mut().put_study_plan(&plan)?;
    let standing = tx.records().standing(enrolment)?.ok_or_else(|| Error::not_found("enrolment", enrolment))?;
    seen((standing, tx.catalog().library()?), plan, &[], Date::of(now))
}

/// Removes the plan of one of the actor's enrolments. Nothing that was learnt depends on it.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when the enrolment is somebody else's or has no plan; [`Code::Stale`] when the
/// plan has another version.
pub fn remove_study_plan(tx: &mut dyn WriteTx, actor: &Actor, enrolment: EnrolmentId, expected: u32) -> Result<()> {
    authorise(actor, Action::Learn)?;
    own(tx.as_read(), actor, enrolment)?;
    let plan = tx.study_plans().study_plan(enrolment)?.ok_or_else(|| no_plan(enrolment))?;
    if plan.version != expected {
        return Err(stale());
    }
    tx.study_plans_mut().remove_study_plan(enrolment, expected)
}

/// The state of one of the actor's own enrolments.
fn own(tx: &mut dyn ReadTx, actor: &Actor, id: EnrolmentId) -> Result<EnrolmentState> {
    let found = tx.records().enrolment(id)?.filter(|found| found.user == actor.user);
    found.map(|found| found.state).ok_or_else(|| Error::not_found("enrolment", id))
}
