use std::ops::Range;

use super::super::Standing;
use super::PlanSettings;
use super::way::{Way, Why};
use crate::catalog::{Catalogue, Node};
use crate::shared::{CourseId, Date, LessonId};

/// From the first day of one week to the last day of the same, or of a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day of the week in which something begins.
    pub begins: Date,
    /// The last day of the week in which it ends.
    pub ends: Date,
}

/// A lesson that is left, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLesson {
    /// Its id.
    pub lesson: LessonId,
    /// The course it stands in.
    pub course: CourseId,
    /// The time it is meant to take.
    pub minutes: u32,
    /// Why it stands in the plan.
    pub why: Why,
    /// Its week, or the first and the last where it takes several.
    pub when: Span,
    /// How many minutes longer it could take without making the longest chain of prerequisites longer.
    pub slack_minutes: u32,
    /// Whether it stands on the critical path.
    pub critical: bool,
    /// By when it would be done at the plan's pace from the start on, what was completed since then counted first.
    pub due: Date,
    /// Whether that day is over.
    pub overdue: bool,
}

/// A week of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedWeek {
    /// Its first and last day.
    pub when: Span,
    /// Whether nothing is done in it.
    pub missed: bool,
    /// How many minutes of it the lessons take.
    pub minutes: u32,
    /// Its lessons, as places in [`Schedule::lessons`]. One that takes several weeks stands in each of them.
    pub lessons: Range<usize>,
}

/// A required lesson that no order can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Its id.
    pub lesson: LessonId,
    /// The course it stands in.
    pub course: CourseId,
    /// Those of its needs that can't be met: lessons that can't be taken or are blocked themselves, skills that no lesson
    /// teaches which can be taken.
    pub needs: Vec<Node>,
}

/// The longest chain of prerequisites, in minutes: with hours without end nothing is finished sooner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CriticalPath {
    /// Its lessons from the first to the last, as places in [`Schedule::lessons`].
    pub lessons: Vec<usize>,
    /// How long they take together.
    pub minutes: u32,
}

/// Which lesson in which week.
///
/// - What is required and not completed is placed, in the order of the course or track as far as prerequisites allow. A
///   lesson never comes before what it needs. Optional lessons and lessons from elsewhere are placed only where there is no
///   other way to a required one.
/// - Weeks are filled one after another from that of today on, or from the start where that is still to come. What was
///   completed within today's week has used up its minutes. A missed week holds nothing.
/// - A lesson that is longer than what is left of a week begins in the next one. One that is longer than a whole week
///   begins in an empty one and takes as many as it needs.
/// - Since the order doesn't depend on the pace, a missed week makes nothing earlier, and more hours finish nothing later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The day it was made for.
    pub today: Date,
    /// What is left, in the order in which it is to be taken.
    pub lessons: Vec<PlannedLesson>,
    /// The weeks from the first to the last that has a lesson.
    pub weeks: Vec<PlannedWeek>,
    /// The last day of the last week; `None` when nothing is left that can be placed.
    pub finish: Option<Date>,
    /// How many minutes are left to take.
    pub minutes: u32,
    /// How many minutes of these weeks nothing takes.
    pub free_minutes: u32,
    /// What decides the earliest finish.
    pub critical: CriticalPath,
    /// Required lessons that can't be placed.
    pub blocked: Vec<Blocked>,
}

/// A lesson whose weeks differ between two schedules of the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its place in both [`Schedule::lessons`].
    pub lesson: usize,
    /// When it was to be taken.
    pub before: Span,
    /// When it is.
    pub after: Span,
}

/// Plans what is left of an enrolment: a function of what there is to learn, what the learner has done, the settings and
/// the day.
#[must_use]
pub fn schedule_of(catalogue: &Catalogue, standing: &Standing, settings: &PlanSettings, today: Date) -> Schedule {
    Way::of(catalogue, standing).schedule(settings, today)
}

impl Schedule {
    /// What lies elsewhere in `after`, which was made of the same catalogue and standing.
    #[must_use]
    pub fn moved(&self, after: &Self) -> Vec<Moved> {
        let pairs = self.lessons.iter().zip(&after.lessons).enumerate();
        let moved = pairs.filter(|(_, (a, b))| a.lesson == b.lesson && a.when != b.when);
        moved.map(|(lesson, (a, b))| Moved { lesson, before: a.when, after: b.when }).collect()
    }
}

/// Fills weeks one after another.
struct Filling<'a> {
    minutes: u32,
    /// The numbers of missed weeks, ascending.
    missed: &'a [u32],
    week: u32,
    /// How much of the week is taken; may be more than there is.
    used: u32,
}

impl<'a> Filling<'a> {
    fn new(minutes: u32, missed: &'a [u32], week: u32, used: u32) -> Self {
        let mut filling = Self { minutes, missed, week, used };
        if filling.is_missed(week) {
            filling.turn();
        }
        filling
    }

    fn is_missed(&self, week: u32) -> bool {
        self.missed.binary_search(&week).is_ok()
    }

    fn turn(&mut self) {
        (self.week, self.used) = (self.week.saturating_add(1), 0);
        while self.is_missed(self.week) {
            self.week += 1;
        }
    }

    /// Places a lesson; gives the numbers of its first and last week.
    fn place(&mut self, minutes: u32) -> (u32, u32) {
        if self.used.saturating_add(minutes) > self.minutes && self.used > 0 {
            self.turn();
        }
        let (first, mut left) = (self.week, minutes);
        while left > self.minutes {
            left -= self.minutes;
            self.turn();
        }
        self.used += left;
        (first, self.week)
    }
}

impl Way {
    pub(super) fn schedule(&self, settings: &PlanSettings, today: Date) -> Schedule {
        let pace = settings.minutes_a_week();
        let missed: Vec<u32> = settings.missed().iter().filter_map(|day| settings.week_of(*day)).collect();
        let this_week = settings.week_of(today).unwrap_or(0);
        let done = || self.done.iter().filter_map(|(at, minutes)| Some((settings.week_of(Date::of(*at))?, *minutes)));
        let used = done().filter(|(week, _)| *week == this_week).map(|(_, minutes)| minutes).sum();
        let mut due = Filling::new(pace, &missed, 0, 0);
        for (_, minutes) in done() {
            due.place(minutes);
        }
        let mut now = Filling::new(pace, &missed, this_week, used);
        let mut schedule = Schedule {
            today,
            lessons: Vec::with_capacity(self.legs.len()),
            weeks: Vec::new(),
            finish: None,
            minutes: 0,
            free_minutes: 0,
            critical: CriticalPath { lessons: self.critical.clone(), minutes: self.longest },
            blocked: self.blocked.clone(),
        };
        for leg in &self.legs {
            let due = settings.last_day(due.place(leg.minutes).1);
            let (first, last) = now.place(leg.minutes);
            let place = schedule.lessons.len();
            let mut left = leg.minutes;
            for week in first..=last {
                while this_week.saturating_add(schedule.weeks.len() as u32) <= week {
                    let number = this_week.saturating_add(schedule.weeks.len() as u32);
                    schedule.weeks.push(PlannedWeek {
                        when: Span { begins: settings.first_day(number), ends: settings.last_day(number) },
                        missed: now.is_missed(number),
                        minutes: 0,
                        lessons: place..place,
                    });
                }
                let Some(planned) = schedule.weeks.last_mut().filter(|planned| !planned.missed) else { continue };
                let share = left.min(pace);
                left -= share;
                planned.minutes += share;
                planned.lessons.end = place + 1;
            }
            schedule.minutes += leg.minutes;
            schedule.lessons.push(PlannedLesson {
                lesson: leg.lesson.clone(),
                course: leg.course.clone(),
                minutes: leg.minutes,
                why: leg.why,
                when: Span { begins: settings.first_day(first), ends: settings.last_day(last) },
                slack_minutes: leg.slack,
                critical: leg.critical,
                due,
                overdue: due < today,
            });
        }
        schedule.finish = schedule.weeks.last().map(|week| week.when.ends);
        let open = schedule.weeks.iter().enumerate().filter(|(_, week)| !week.missed);
        let free = open.map(|(at, week)| pace.saturating_sub(week.minutes + if at == 0 { used } else { 0 }));
        schedule.free_minutes = free.sum();
        schedule
    }
}
