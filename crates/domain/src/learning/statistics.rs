//! What authors learn of how their lessons fare: counts, and nobody's name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Enrolled, EnrolmentState, LessonState, QuizTally, Target, progress_of};
use crate::catalog::{AnswerKey, Catalogue, Detail, DocKind, Quiz};
use crate::identity::{Action, Actor, authorise};
use crate::shared::{
    AttemptId, ChoiceId, ContentId, CourseId, Error, LessonId, QuestionId, Result, Revision, Timestamp, UserId,
};
use crate::{ReadTx, WriteTx};

/// How many attempts that are not counted yet are looked at one by one for a lesson's statistics. There are more only
/// while those of an earlier version are being counted.
const LOOKED_AT: usize = 2_000;

/// How many enrolments a course's statistics are made of: those that were made last.
pub const NEWEST: usize = 10_000;

/// After how many days a learner has stopped, where nobody says otherwise.
pub const IDLE_DAYS: u32 = 14;

/// How many of them are loaded at a time.
const BATCH: usize = 500;

const DAY: Duration = Duration::from_secs(86_400);

/// How a lesson fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonStatistics {
    /// The lesson.
    pub lesson: LessonId,
    /// What addresses use.
    pub slug: ContentId,
    /// Its present title.
    pub title: String,
    /// `reading` or `quiz`.
    pub kind: String,
    /// The revision that attempts and questions are of.
    pub revision: Revision,
    /// Whether that is the present one.
    pub current: bool,
    /// Every revision with graded attempts, ordered.
    pub revisions: Vec<RevisionCount>,
    /// When this was counted.
    pub at: Timestamp,
    /// Learners, whichever revision they had.
    pub learners: LearnerCounts,
    /// Attempts at the revision.
    pub attempts: AttemptCounts,
    /// How their results lie; `None` while none is graded.
    pub percent: Option<Spread>,
    /// The questions of the revision, those first in which the greatest share fails.
    pub questions: Vec<QuestionStatistics>,
}

/// A revision of a quiz with how often it was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionCount {
    /// The revision.
    pub revision: Revision,
    /// How many attempts at it are graded.
    pub graded: u64,
}

/// How many learners have come how far with a lesson.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnerCounts {
    /// Those who have started an attempt at it.
    pub tried: u64,
    /// Those who have completed it.
    pub completed: u64,
}

/// How many attempts at a quiz there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptCounts {
    /// All of them.
    pub started: u64,
    /// Those that have been answered.
    pub graded: u64,
    /// Those of them that passed.
    pub passed: u64,
}

/// How results lie, in percent of the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// A quarter of the attempts reached at most this.
    pub lower_quartile: u8,
    /// Half of them.
    pub median: u8,
    /// Three quarters of them.
    pub upper_quartile: u8,
    /// How many attempts reached 0 to 9 percent, 10 to 19, and so on; the last are those of 90 to 100.
    pub tenths: [u64; 10],
}

/// How a question fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionStatistics {
    /// Which question.
    pub question: QuestionId,
    /// Its place in the quiz, from 1.
    pub number: u32,
    /// HTML, safe to show.
    pub prompt: String,
    /// How many graded attempts have an answer to it.
    pub answered: u64,
    /// How many of the answers are wrong.
    pub wrong: u64,
    /// How many graded attempts left it out, which counts as wrong.
    pub unanswered: u64,
    /// The share of graded attempts that did not answer it right, in percent rounded to the nearest; 0 without any.
    pub failed_percent: u8,
    /// Where choices are taken: the wrong one that wrong answers took most often.
    pub most_chosen_wrong: Option<ChosenWrongly>,
}

/// A wrong choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenWrongly {
    /// Which choice.
    pub choice: ChoiceId,
    /// HTML, safe to show.
    pub text: String,
    /// How many answers took it.
    pub times: u64,
}

/// How far learners come in a course, and where they stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseStatistics {
    /// The course.
    pub course: CourseId,
    /// What addresses use.
    pub slug: ContentId,
    /// Its title.
    pub title: String,
    /// When this was counted.
    pub at: Timestamp,
    /// After how many days without an event a learner counts as having stopped.
    pub idle_days: u32,
    /// How many learners were looked at: those who are or were on the course, alone or in a track, and have not given it
    /// up.
    pub learners: u64,
    /// Whether there are more, and only those were looked at who enrolled last.
    pub newest_only: bool,
    /// The lessons in their order.
    pub lessons: Vec<LessonReach>,
}

/// How far learners come with a lesson of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonReach {
    /// The lesson.
    pub lesson: LessonId,
    /// What addresses use.
    pub slug: ContentId,
    /// Its title.
    pub title: String,
    /// `reading` or `quiz`.
    pub kind: String,
    /// Whether the course can be finished without it.
    pub optional: bool,
    /// For how many learners it is open or completed.
    pub reached: u64,
    /// How many have completed it.
    pub completed: u64,
    /// How many have stopped here: on an active enrolment it is their next lesson, and nothing has happened in their
    /// record for `idle_days`.
    pub stopped: u64,
    /// For how many whole days nothing has happened, in the median of those.
    pub median_idle_days: Option<u64>,
}

/// How a lesson fares, of a revision or the present one. The name is an id or slug, also a former one.
///
/// # Errors
/// Those of [`authorise`]; [`crate::Code::NotFound`]; [`crate::Code::Invalid`] under `/revision` for one that the lesson
/// never had.
pub fn lesson_statistics(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    name: &ContentId,
    revision: Option<&Revision>,
    now: Timestamp,
) -> Result<LessonStatistics> {
    authorise(actor, Action::ReadContent)?;
    let library = tx.catalog().library()?;
    let not_found = || Error::not_found("lesson", name);
    let (_, _, entry) = library.resolve(DocKind::Lesson, name).ok_or_else(not_found)?;
    let document = &entry.document;
    let Detail::Lesson(detail) = &document.detail else { return Err(not_found()) };
    let (lesson, revision) = (LessonId::from(&document.id), revision.unwrap_or(&document.revision));
    let current = *revision == document.revision;
    if !current && tx.catalog().html(DocKind::Lesson, &document.id, revision)?.is_none() {
        return Err(Error::field("/revision", "unknown", "The lesson never had this revision."));
    }
    let quiz = tx.catalog().quiz(&document.id, revision)?;
    let mut tally = tx.statistics().counted(&lesson, revision)?;
    for attempt in tx.statistics().uncounted(Some((&lesson, revision)), LOOKED_AT)? {
        tally.add(&attempt);
    }
    let open = tx.statistics().open_attempts(&lesson, revision)?;
    let revisions = tx.statistics().revisions(&lesson)?;
    let graded = tally.graded();
    Ok(LessonStatistics {
        slug: document.slug.clone(),
        title: document.title.clone(),
        kind: detail.lesson_kind.as_str().to_owned(),
        revision: revision.clone(),
        current,
        revisions: revisions.into_iter().map(|(revision, graded)| RevisionCount { revision, graded }).collect(),
        at: now,
        learners: tx.statistics().learners(&lesson)?,
        attempts: AttemptCounts { started: open + graded, graded, passed: tally.passed() },
        percent: tally.spread(),
        questions: quiz.map(|(quiz, key)| questions(&quiz, &key, &tally)).unwrap_or_default(),
        lesson,
    })
}

/// The questions of a quiz with how they fare, the worst first; those that fare alike in the quiz's order.
fn questions(quiz: &Quiz, key: &AnswerKey, tally: &QuizTally) -> Vec<QuestionStatistics> {
    let mut all: Vec<_> = (1..)
        .zip(&quiz.questions)
        .map(|(number, question)| {
            let found = tally.questions.get(&question.id).cloned().unwrap_or_default();
            let failed = found.wrong + found.unanswered;
            let asked = failed + found.right;
            // Of those taken equally often the first in the question's order, which `max_by_key` gives from the end.
            let wrong = question.choices().iter().rev().filter(|choice| !key.takes(&question.id, &choice.id));
            let chosen = wrong.filter_map(|choice| {
                let times = *found.in_wrong.get(&choice.id)?;
                Some(ChosenWrongly { choice: choice.id.clone(), text: choice.text.clone(), times })
            });
            let statistics = QuestionStatistics {
                question: question.id.clone(),
                number,
                prompt: question.prompt.clone(),
                answered: found.right + found.wrong,
                wrong: found.wrong,
                unanswered: found.unanswered,
                failed_percent: ((failed * 200 + asked) / (2 * asked.max(1))).min(100) as u8,
                most_chosen_wrong: chosen.max_by_key(|chosen| chosen.times),
            };
            (failed, asked, statistics)
        })
        .collect();
    // Shares are compared exactly: a/b > c/d as a*d > c*b. What nobody was asked comes last.
    all.sort_by(|(failed_a, asked_a, a), (failed_b, asked_b, b)| {
        let share = |failed: &u64, other: &u64| u128::from(*failed) * u128::from((*other).max(1));
        share(failed_b, asked_a).cmp(&share(failed_a, asked_b)).then(a.number.cmp(&b.number))
    });
    all.into_iter().map(|(.., statistics)| statistics).collect()
}

/// Counts graded attempts that are not counted yet, at most `limit`; gives how many there were.
///
/// It may be called as often and by as many as like: an attempt is counted once.
///
/// # Errors
/// Those of the store.
pub fn count_attempts(tx: &mut dyn WriteTx, limit: usize) -> Result<usize> {
    let attempts = tx.statistics().uncounted(None, limit)?;
    let mut tallies: BTreeMap<(LessonId, Revision), QuizTally> = BTreeMap::new();
    for attempt in &attempts {
        tallies.entry((attempt.lesson.clone(), attempt.revision.clone())).or_default().add(attempt);
    }
    if !attempts.is_empty() {
        let ids: Vec<AttemptId> = attempts.iter().map(|attempt| attempt.id).collect();
        tx.statistics_mut().count(&ids, &tallies)?;
    }
    Ok(attempts.len())
}

/// What is gathered of a lesson while learners are looked at.
#[derive(Default)]
struct Reach {
    reached: u64,
    completed: u64,
    /// Who stopped here, and since when nothing has happened.
    stopped: BTreeMap<UserId, Duration>,
}

/// How far learners come in a course, and where they stop. The name is an id or slug, also a former one.
///
/// It looks at the [`NEWEST`] enrolments, shared out evenly where there is one target for the course and others for its
/// tracks: what it takes is bounded, however many learners there are.
///
/// # Errors
/// Those of [`authorise`]; [`crate::Code::NotFound`]; [`crate::Code::Invalid`] under `/idle_days` for less than 1 or more
/// than 365.
pub fn course_statistics(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    name: &ContentId,
    idle_days: u32,
    now: Timestamp,
) -> Result<CourseStatistics> {
    authorise(actor, Action::ReadContent)?;
    if !(1..=365).contains(&idle_days) {
        return Err(Error::field("/idle_days", "out_of_range", "Give a number of days from 1 to 365."));
    }
    let library = tx.catalog().library()?;
    let found = library.resolve(DocKind::Course, name);
    let (_, catalogue, entry) = found.ok_or_else(|| Error::not_found("course", name))?;
    let document = &entry.document;
    let course = CourseId::from(&document.id);
    let lessons: Vec<_> = catalogue.lessons_of_course(&course).collect();
    let places: BTreeMap<LessonId, usize> =
        lessons.iter().enumerate().map(|(place, lesson)| (lesson.id().into(), place)).collect();
    let mut reach: Vec<Reach> = lessons.iter().map(|_| Reach::default()).collect();
    let mut seen = BTreeSet::new();
    let newest_only = each_enrolled(tx, &targets_with(catalogue, &course), &mut |enrolled| {
        let (user, idle) = (enrolled.standing.enrolment.user, now.since(enrolled.last_event));
        let progress = progress_of(catalogue, &enrolled.standing);
        if seen.insert(user) {
            for lesson in progress.lessons.iter().filter(|lesson| lesson.course == course) {
                if let Some(place) = places.get(lesson.lesson.id().as_str()) {
                    let completed = matches!(lesson.state, LessonState::Completed { .. });
                    reach[*place].completed += u64::from(completed);
                    reach[*place].reached += u64::from(completed || lesson.state == LessonState::Open);
                }
            }
        }
        let active = enrolled.standing.enrolment.state == EnrolmentState::Active;
        if active
            && idle >= DAY * idle_days
            && let Some(place) = progress.next.as_ref().and_then(|next| places.get(next))
        {
            reach[*place].stopped.insert(user, idle);
        }
    })?;
    let lessons = lessons.iter().zip(reach).map(|(lesson, reach)| {
        let mut idle: Vec<Duration> = reach.stopped.into_values().collect();
        idle.sort_unstable();
        let median = idle.len().checked_sub(1).map(|last| idle[last / 2].as_secs() / DAY.as_secs());
        LessonReach {
            lesson: lesson.id().into(),
            slug: lesson.document().slug.clone(),
            title: lesson.document().title.clone(),
            kind: lesson.detail.lesson_kind.as_str().to_owned(),
            optional: lesson.detail.optional,
            reached: reach.reached,
            completed: reach.completed,
            stopped: idle.len() as u64,
            median_idle_days: median,
        }
    });
    Ok(CourseStatistics {
        slug: document.slug.clone(),
        title: document.title.clone(),
        at: now,
        idle_days,
        learners: seen.len() as u64,
        newest_only,
        lessons: lessons.collect(),
        course,
    })
}

/// The course and the tracks with it, retired ones among them: on each of them its lessons are learnt.
fn targets_with(catalogue: &Catalogue, course: &CourseId) -> Vec<Target> {
    let tracks = catalogue.entries().filter(|entry| entry.document.kind() == DocKind::Track);
    let tracks = tracks.map(|entry| Target::Track((&entry.document.id).into()));
    let with_it = tracks.filter(|track| track.courses(catalogue).contains(course));
    std::iter::once(Target::Course(course.clone())).chain(with_it).collect()
}

/// Shows the newest enrolments on targets; gives whether there are more.
fn each_enrolled(tx: &mut dyn ReadTx, targets: &[Target], show: &mut dyn FnMut(&Enrolled)) -> Result<bool> {
    let share = (NEWEST / targets.len().max(1)).max(1);
    let mut more = false;
    for target in targets {
        let (mut left, mut before) = (share, None);
        loop {
            let batch = tx.statistics().newest_enrolled(target, before, left.clamp(1, BATCH))?;
            let Some(last) = batch.last() else { break };
            if left == 0 {
                more = true;
                break;
            }
            if before.is_some_and(|before| last.standing.enrolment.id >= before) {
                return Err(Error::internal("the store gave enrolments again that were given before"));
            }
            before = Some(last.standing.enrolment.id);
            left -= batch.len().min(left);
            batch.iter().for_each(&mut *show);
        }
    }
    Ok(more)
}

#[cfg(test)]
mod tests;
