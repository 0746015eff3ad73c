//! Study plans.

use cairn_domain::learning::{PlanSettings, StudyPlan};
use cairn_domain::shared::{Date, EnrolmentId};
use cairn_domain::{Code, Result, Store, StoreExt};

use super::attempts::prepare;
use super::sample::*;

fn enrolment() -> EnrolmentId {
    EnrolmentId::new(uuid(77))
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn plan(version: u32, minutes: u32, missed: &[&str]) -> StudyPlan {
    let missed: Vec<_> = missed.iter().map(|day| date(day)).collect();
    let settings = PlanSettings::new(minutes, date("2026-12-01"), &missed).unwrap();
    StudyPlan { enrolment: enrolment(), settings, changed_at: at(i64::from(version)), version }
}

fn put(store: &dyn Store, plan: &StudyPlan) -> Result<()> {
    store.write(|tx| tx.study_plans_mut().put_study_plan(plan))
}

fn remove(store: &dyn Store, version: u32) -> Result<()> {
    store.write(|tx| tx.study_plans_mut().remove_study_plan(enrolment(), version))
}

fn get(store: &dyn Store) -> Option<StudyPlan> {
    store.read(|tx| tx.study_plans().study_plan(enrolment())).unwrap()
}

pub(super) fn a_plan_comes_back_as_it_went_in_and_as_it_was_changed(store: &dyn Store) {
    prepare(store, add_user(store, 1).id);
    assert_eq!(get(store), None);
    let first = plan(1, 30, &["2026-12-22", "2026-12-29", "2027-12-01"]);
    put(store, &first).unwrap();
    assert_eq!(get(store), Some(first));
    let second = plan(2, 4800, &["2026-12-29"]);
    put(store, &second).unwrap();
    assert_eq!(get(store), Some(second));
    let third = plan(3, 60, &[]);
    put(store, &third).unwrap();
    assert_eq!(get(store), Some(third));
    remove(store, 3).unwrap();
    assert_eq!(get(store), None);
    put(store, &plan(1, 60, &["2026-12-29"])).unwrap();
}

pub(super) fn a_plan_changes_from_the_version_before(store: &dyn Store) {
    prepare(store, add_user(store, 1).id);
    assert_eq!(code(put(store, &plan(2, 60, &[]))), Code::Stale, "there is none to change");
    assert_eq!(code(remove(store, 1)), Code::Stale, "there is none to remove");
    let first = plan(1, 60, &["2026-12-22"]);
    put(store, &first).unwrap();
    for version in [1, 3] {
        assert_eq!(code(put(store, &plan(version, 90, &["2026-12-29"]))), Code::Stale, "version {version}");
    }
    assert_eq!(code(remove(store, 2)), Code::Stale);
    assert_eq!(get(store), Some(first), "what was refused has left nothing");
}

pub(super) fn a_plan_needs_its_enrolment(store: &dyn Store) {
    assert_eq!(code(put(store, &plan(1, 60, &[]))), Code::Internal);
    assert_eq!(get(store), None);
}
