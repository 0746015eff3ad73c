use std::sync::Arc;

use time::OffsetDateTime;

use super::{Event, Reason, RecordedEvent};
use crate::ReadTx;
use crate::catalog::Library;
use crate::identity::{Action, Actor, authorise};
use crate::shared::{Error, LessonId, Result, Timestamp, UserId};

/// How many weeks are told at most.
pub const MOST_WEEKS: u32 = 104;
/// How many weeks are told when nobody says.
pub const DEFAULT_WEEKS: u32 = 26;

const DAY: i64 = 86_400_000_000;

/// What a learner did in a week, which begins on Monday in UTC (ISO 8601).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekActivity {
    /// The week's first moment.
    pub from: Timestamp,
    /// Lessons read and quizzes passed. Neither what was skipped nor what a release moved.
    pub lessons: u32,
    /// The time that these are meant to take, as far as their lessons are still known.
    pub minutes: u32,
    /// Attempts that were started.
    pub attempts: u32,
    /// Attempts that passed.
    pub passed: u32,
}

impl WeekActivity {
    /// The week's name, such as `2026-W05`.
    #[must_use]
    pub fn name(&self) -> String {
        let day = OffsetDateTime::from_unix_timestamp(self.from.micros().div_euclid(1_000_000));
        let (year, week, _) = day.unwrap_or(OffsetDateTime::UNIX_EPOCH).to_iso_week_date();
        format!("{year:04}-W{week:02}")
    }
}

/// How many weeks after that of 1970-01-01, a Thursday, a moment is.
fn week(at: Timestamp) -> i64 {
    (at.micros().div_euclid(DAY) + 3).div_euclid(7)
}

fn monday(week: i64) -> Timestamp {
    Timestamp::from_micros((week * 7 - 3) * DAY)
}

/// What a learner did in each of the last `weeks` weeks, the present one the last: one's own, or anybody's for an
/// instructor. Weeks in which nothing was done are among them.
///
/// # Errors
/// Those of [`authorise`]; [`crate::Code::Invalid`] at `/weeks` when that is not 1 to [`MOST_WEEKS`].
pub fn activity(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    of: UserId,
    weeks: u32,
    now: Timestamp,
) -> Result<Vec<WeekActivity>> {
    authorise(actor, if of == actor.user { Action::ReadLearning } else { Action::ReadLearners })?;
    if !(1..=MOST_WEEKS).contains(&weeks) {
        let detail = format!("`weeks` is a whole number from 1 to {MOST_WEEKS}.");
        return Err(Error::field("/weeks", "range", detail));
    }
    let first = week(now) - i64::from(weeks) + 1;
    let events = tx.records().events_since(of, monday(first))?;
    let library: Arc<Library> = tx.catalog().library()?;
    Ok(by_week(&library, &events, first, weeks))
}

fn by_week(library: &Library, events: &[RecordedEvent], first: i64, weeks: u32) -> Vec<WeekActivity> {
    let empty = |week| WeekActivity { from: monday(week), lessons: 0, minutes: 0, attempts: 0, passed: 0 };
    let mut all: Vec<_> = (first..first + i64::from(weeks)).map(empty).collect();
    let minutes = |id: &LessonId| {
        let found = library.packs().iter().find_map(|(_, catalogue)| catalogue.lesson(id));
        found.map_or(0, |lesson| u32::from(lesson.detail.minutes))
    };
    for recorded in events {
        // Whatever was noted while the clock was ahead is not in any of these weeks.
        let Some(week) = usize::try_from(week(recorded.at) - first).ok().and_then(|at| all.get_mut(at)) else {
            continue;
        };
        match &recorded.event {
            Event::LessonCompleted { lesson, reason: Reason::Read { .. } | Reason::Passed { .. }, .. } => {
                week.lessons += 1;
                week.minutes += minutes(lesson);
            }
            Event::AttemptStarted { .. } => week.attempts += 1,
            Event::AttemptGraded { passed: true, .. } => week.passed += 1,
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_begin_on_monday_and_have_the_names_of_iso_8601() {
        for (moment, name, from) in [
            ("1970-01-01T00:00:00Z", "1970-W01", "1969-12-29T00:00:00Z"),
            ("2026-01-04T23:59:59.999999Z", "2026-W01", "2025-12-29T00:00:00Z"),
            ("2026-01-05T00:00:00Z", "2026-W02", "2026-01-05T00:00:00Z"),
            ("2021-01-03T12:00:00Z", "2020-W53", "2020-12-28T00:00:00Z"),
            ("1969-12-28T12:00:00Z", "1969-W52", "1969-12-22T00:00:00Z"),
        ] {
            let found = by_week(&Library::default(), &[], week(at(moment)), 1).remove(0);
            assert_eq!((found.name().as_str(), found.from), (name, at(from)), "{moment}");
        }
    }
}
