use std::collections::BTreeSet;

use crate::shared::{Date, EnrolmentId, Error, Result, Timestamp, Violations};

/// How fast somebody means to learn, and from when on.
///
/// A plan's weeks are the seven days from the start and every seven days after them; they are numbered from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSettings {
    minutes_a_week: u32,
    start: Date,
    missed: BTreeSet<Date>,
}

impl PlanSettings {
    /// The least a week may hold: half an hour.
    pub const MIN_MINUTES: u32 = 30;
    /// The most a week may hold: 80 hours.
    pub const MAX_MINUTES: u32 = 80 * 60;
    /// How many weeks can be missed: ten years of them.
    pub const MAX_MISSED: usize = 520;

    /// Settings of so many minutes a week. A day in `missed` stands for the week that it falls in.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] with every violation: at `/minutes_a_week`, `range` outside 30 to 4800; at `/start`,
    /// `range` outside the years 2000 to 2999; at `/missed` and below, `before_start` and `too_many`.
    pub fn new(minutes_a_week: u32, start: Date, missed: &[Date]) -> Result<Self> {
        let mut faults = Violations::new();
        if !(Self::MIN_MINUTES..=Self::MAX_MINUTES).contains(&minutes_a_week) {
            faults.push("/minutes_a_week", "range", "A week has from 30 to 4800 minutes: half an hour to 80 hours.");
        }
        if !(2000..=2999).contains(&start.year()) {
            faults.push("/start", "range", "A plan starts in the years 2000 to 2999.");
        }
        let mut settings = Self { minutes_a_week, start, missed: BTreeSet::new() };
        settings.miss(missed, "/missed", &mut faults);
        faults.check()?;
        Ok(settings)
    }

    /// The same settings with more weeks missed, each named by one of its days.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] at `/missing`: `before_start`, `too_many`.
    pub fn missing(&self, days: &[Date]) -> Result<Self> {
        let (mut settings, mut faults) = (self.clone(), Violations::new());
        settings.miss(days, "/missing", &mut faults);
        faults.check()?;
        Ok(settings)
    }

    fn miss(&mut self, days: &[Date], pointer: &str, faults: &mut Violations) {
        for (at, day) in days.iter().enumerate() {
            match self.week_of(*day) {
                Some(week) => _ = self.missed.insert(self.first_day(week)),
                None => faults.push(
                    format!("{pointer}/{at}"),
                    "before_start",
                    format!("The plan starts on {}; {day} is before that.", self.start),
                ),
            }
        }
        if self.missed.len() > Self::MAX_MISSED {
            faults.push(pointer, "too_many", format!("At most {} weeks can be missed.", Self::MAX_MISSED));
        }
    }

    /// How many minutes a week holds.
    #[must_use]
    pub fn minutes_a_week(&self) -> u32 {
        self.minutes_a_week
    }

    /// The first day of the first week.
    #[must_use]
    pub fn start(&self) -> Date {
        self.start
    }

    /// The first days of the weeks that are missed.
    #[must_use]
    pub fn missed(&self) -> &BTreeSet<Date> {
        &self.missed
    }

    /// The number of the week that a day falls in; `None` before the start.
    #[must_use]
    pub fn week_of(&self, day: Date) -> Option<u32> {
        u32::try_from(day.days_since(self.start).div_euclid(7)).ok()
    }

    /// The first day of a week.
    #[must_use]
    pub fn first_day(&self, week: u32) -> Date {
        self.start.plus_days(7 * i64::from(week))
    }

    /// The last day of a week.
    #[must_use]
    pub fn last_day(&self, week: u32) -> Date {
        self.first_day(week).plus_days(6)
    }
}

/// The plan of an enrolment, as it is kept. When which lesson is due follows from it with
/// [`schedule_of`](super::schedule_of).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyPlan {
    /// Whose plan it is; an enrolment has one at most.
    pub enrolment: EnrolmentId,
    /// How fast, and from when on.
    pub settings: PlanSettings,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Counts changes from 1.
    pub version: u32,
}

/// Reads study plans.
pub trait StudyPlanReader {
    /// The plan of an enrolment.
    fn study_plan(&mut self, enrolment: EnrolmentId) -> Result<Option<StudyPlan>>;
}

/// Writes study plans.
pub trait StudyPlanWriter: StudyPlanReader {
    /// Writes a plan: version 1 where there is none yet, any other one in place of the version before it.
    ///
    /// # Errors
    /// [`crate::Code::Stale`] when the stored version is not the one before; [`crate::Code::Internal`] when there is no such
    /// enrolment.
    fn put_study_plan(&mut self, plan: &StudyPlan) -> Result<()>;
    /// Removes the plan of an enrolment, of this version.
    ///
    /// # Errors
    /// [`crate::Code::Stale`] when there is none of this version.
    fn remove_study_plan(&mut self, enrolment: EnrolmentId, version: u32) -> Result<()>;
}

pub(super) fn stale() -> Error {
    Error::new(crate::Code::Stale, "The plan has changed since you fetched it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn faults(result: Result<PlanSettings>) -> Vec<(String, String)> {
        let error = result.unwrap_err();
        error.violations().iter().map(|v| (v.pointer.clone(), v.rule.clone())).collect()
    }

    #[test]
    fn weeks_are_seven_days_from_the_start() {
        let settings = PlanSettings::new(60, date("2026-12-01"), &[]).unwrap();
        let week = |day: &str| settings.week_of(date(day));
        assert_eq!((week("2026-11-30"), week("2026-12-01"), week("2026-12-07")), (None, Some(0), Some(0)));
        assert_eq!((week("2026-12-08"), week("2027-01-05")), (Some(1), Some(5)));
        assert_eq!((settings.first_day(1), settings.last_day(1)), (date("2026-12-08"), date("2026-12-14")));
    }

    #[test]
    fn a_missed_day_stands_for_its_week() {
        let settings = PlanSettings::new(60, date("2026-12-01"), &["2026-12-10", "2026-12-14"].map(date)).unwrap();
        assert_eq!(settings.missed(), &BTreeSet::from([date("2026-12-08")]));
        let more = settings.missing(&[date("2026-12-15")]).unwrap();
        assert_eq!(more.missed().len(), 2);
        assert_eq!(
            faults(more.missing(&[date("2026-12-15"), date("2026-11-30")])),
            [("/missing/1".to_owned(), "before_start".to_owned())]
        );
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let expected = [("/minutes_a_week", "range"), ("/start", "range"), ("/missed/0", "before_start")];
        let told = faults(PlanSettings::new(29, date("3000-01-01"), &[date("2026-12-01")]));
        assert_eq!(told, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(faults(PlanSettings::new(4801, date("2026-12-01"), &[]))[0].0, "/minutes_a_week");
        let start = date("2026-12-01");
        let weeks = |n: i64| (0..n).map(|week| start.plus_days(7 * week)).collect::<Vec<_>>();
        assert!(PlanSettings::new(30, start, &weeks(520)).is_ok());
        assert_eq!(
            faults(PlanSettings::new(4800, start, &weeks(521))),
            [("/missed".to_owned(), "too_many".to_owned())]
        );
    }
}
