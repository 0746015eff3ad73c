use cairn_domain::learning::{Attempt, AttemptReader, AttemptState, AttemptWriter, Graded};
use cairn_domain::shared::{AttemptId, LessonId, Page, PageRequest, Timestamp, UserId};
use cairn_domain::{Code, Error, Result};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::connection::per_backend;
use crate::schema::attempts;
use crate::statement::statement;
use crate::tx::{Tx, from_json, number, stored, to_json};

const OPEN: &str = "open";
const GRADED: &str = "graded";

/// A row of `attempts`, in the table's order.
#[derive(Debug, Queryable)]
pub(super) struct AttemptRow {
    id: String,
    user_id: String,
    enrolment_id: String,
    lesson_id: String,
    revision: String,
    pass_mark: i64,
    started_at: i64,
    state: String,
    graded_at: Option<i64>,
    answers: Option<String>,
    grade: Option<String>,
    passed: Option<bool>,
    challenge: bool,
}

impl TryFrom<AttemptRow> for Attempt {
    type Error = Error;

    fn try_from(row: AttemptRow) -> Result<Self> {
        let state = match (row.graded_at, row.answers, row.grade, row.passed) {
            (Some(at), Some(answers), Some(grade), Some(passed)) if row.state == GRADED => {
                AttemptState::Graded(Graded {
                    at: Timestamp::from_micros(at),
                    answers: from_json(&answers)?,
                    grade: from_json(&grade)?,
                    passed,
                })
            }
            _ => AttemptState::Open,
        };
        Ok(Self {
            id: stored(row.id.parse())?,
            user: stored(row.user_id.parse())?,
            enrolment: stored(row.enrolment_id.parse())?,
            lesson: stored(row.lesson_id.parse())?,
            revision: stored(row.revision.parse())?,
            pass_mark: number(row.pass_mark)?,
            challenge: row.challenge,
            started_at: Timestamp::from_micros(row.started_at),
            state,
        })
    }
}

statement! {
    InsertAttempt<'a> {
        id: &'a str => Text, user_id: &'a str => Text, enrolment_id: &'a str => Text, lesson_id: &'a str => Text,
        revision: &'a str => Text, pass_mark: i64 => BigInt, started_at: i64 => BigInt, challenge: bool => Bool,
    } -> () = "INSERT INTO attempts \
        (id, user_id, enrolment_id, lesson_id, revision, pass_mark, started_at, challenge, state) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open') ON CONFLICT (user_id, lesson_id) WHERE state = 'open' DO NOTHING"
}

impl AttemptReader for Tx<'_> {
    fn get(&mut self, id: AttemptId) -> Result<Option<Attempt>> {
        let row =
            self.find(|c| per_backend!(c, c => attempts::table.find(id.to_string()).get_result::<AttemptRow>(c)))?;
        row.map(Attempt::try_from).transpose()
    }

    fn open(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<Attempt>> {
        let row = self.find(|c| {
            per_backend!(c, c => {
                attempts::table
                    .filter(attempts::user_id.eq(user.to_string()).and(attempts::lesson_id.eq(lesson.as_str())))
                    .filter(attempts::state.eq(OPEN))
                    .get_result::<AttemptRow>(c)
            })
        })?;
        row.map(Attempt::try_from).transpose()
    }

    fn page(&mut self, user: UserId, lesson: &LessonId, page: &PageRequest) -> Result<Page<Attempt>> {
        let rows = self.run(|c| {
            per_backend!(c, c => {
                attempts::table
                    .filter(attempts::user_id.eq(user.to_string()).and(attempts::lesson_id.eq(lesson.as_str())))
                    .filter(attempts::id.gt(page.after().unwrap_or_default()))
                    .order(attempts::id)
                    .limit(page.limit() as i64 + 1)
                    .load::<AttemptRow>(c)
            })
        })?;
        let items = rows.into_iter().map(Attempt::try_from).collect::<Result<_>>()?;
        Ok(Page::of(items, page, |attempt: &Attempt| attempt.id.to_string()))
    }
}

impl AttemptWriter for Tx<'_> {
    fn insert(&mut self, attempt: &Attempt) -> Result<()> {
        if attempt.state != AttemptState::Open {
            return Err(Error::internal(format!("the attempt {} is not a new one", attempt.id)));
        }
        let statement = InsertAttempt {
            id: &attempt.id.to_string(),
            user_id: &attempt.user.to_string(),
            enrolment_id: &attempt.enrolment.to_string(),
            lesson_id: attempt.lesson.as_str(),
            revision: attempt.revision.as_str(),
            pass_mark: i64::from(attempt.pass_mark),
            started_at: attempt.started_at.micros(),
            challenge: attempt.challenge,
        };
        match self.run(|c| per_backend!(c, c => statement.execute(c)))? {
            0 => {
                let open = self.open(attempt.user, &attempt.lesson)?.map_or(attempt.id, |open| open.id);
                let message = format!("The attempt `{open}` at this quiz is waiting for answers.");
                Err(Error::new(Code::AttemptOpen, message))
            }
            _ => Ok(()),
        }
    }

    fn update(&mut self, attempt: &Attempt) -> Result<()> {
        let AttemptState::Graded(graded) = &attempt.state else {
            return Err(Error::internal(format!("the attempt {} has no grade to write", attempt.id)));
        };
        let open = attempts::table.find(attempt.id.to_string()).filter(attempts::state.eq(OPEN));
        let (answers, grade) = (to_json(&graded.answers)?, to_json(&graded.grade)?);
        let written = self.run(|c| {
            per_backend!(c, c => {
                diesel::update(open)
                    .set((
                        attempts::state.eq(GRADED),
                        attempts::graded_at.eq(graded.at.micros()),
                        attempts::answers.eq(&answers),
                        attempts::grade.eq(&grade),
                        attempts::passed.eq(graded.passed),
                    ))
                    .execute(c)
            })
        })?;
        if written == 0 {
            return Err(Error::new(Code::AttemptGraded, "This attempt has been graded."));
        }
        Ok(())
    }
}
