use std::str::FromStr;

use cairn_domain::learning::{CompletedLesson, Enrolment, LessonRecord, Target};
use cairn_domain::shared::{LessonId, PackId, Revision, Timestamp};
use cairn_domain::{Error, Result};
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::schema::enrolments;
use crate::tx::{from_json, number, stored};

/// A row of `enrolments`, in the table's order.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = enrolments)]
pub(super) struct EnrolmentRow {
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) pack_id: String,
    pub(super) target_kind: String,
    pub(super) target_id: String,
    pub(super) release_number: i64,
    pub(super) state: String,
    pub(super) enrolled_at: i64,
    pub(super) completed_at: Option<i64>,
    pub(super) version: i64,
}

pub(super) fn target(kind: &str, id: &str) -> Result<Target> {
    let target = Target::new(stored(kind.parse())?, stored(id.parse())?);
    target.ok_or_else(|| Error::internal(format!("nobody enrols on a {kind}")))
}

impl TryFrom<EnrolmentRow> for Enrolment {
    type Error = Error;

    fn try_from(row: EnrolmentRow) -> Result<Self> {
        Ok(Self {
            id: stored(row.id.parse())?,
            user: stored(row.user_id.parse())?,
            pack: stored(PackId::new(&row.pack_id))?,
            target: target(&row.target_kind, &row.target_id)?,
            release: number(row.release_number)?,
            state: stored(row.state.parse())?,
            enrolled_at: Timestamp::from_micros(row.enrolled_at),
            completed_at: row.completed_at.map(Timestamp::from_micros),
            version: number(row.version)?,
        })
    }
}

/// A value of the domain, read from its text where that lies.
#[derive(Debug, diesel::deserialize::FromSqlRow)]
pub(super) struct Parsed<T>(pub(super) T);

impl<T: FromStr<Err = Error>> FromSql<Text, Sqlite> for Parsed<T> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(value.read_text().parse()?))
    }
}

impl<T: FromStr<Err = Error>> FromSql<Text, Pg> for Parsed<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(std::str::from_utf8(value.as_bytes())?.parse()?))
    }
}

/// A row of `record_lessons`, without whose it is.
#[derive(Debug, Queryable)]
pub(super) struct LessonRow {
    pub(super) id: Parsed<LessonId>,
    pub(super) completed_at: Option<i64>,
    pub(super) completed_revision: Option<Parsed<Revision>>,
    pub(super) tried: Option<Parsed<Revision>>,
    pub(super) attempts: i64,
    pub(super) best: Option<i64>,
    pub(super) failed_at: Option<i64>,
    pub(super) skipped: bool,
    pub(super) waiver: Option<String>,
}

impl LessonRow {
    pub(super) fn record(self) -> Result<(LessonId, LessonRecord)> {
        let completed = self.completed_at.zip(self.completed_revision).map(|(at, revision)| CompletedLesson {
            at: Timestamp::from_micros(at),
            revision: revision.0,
            skipped: self.skipped,
        });
        let record = LessonRecord {
            completed,
            tried: self.tried.map(|revision| revision.0),
            attempts: number(self.attempts)?,
            best: self.best.map(number).transpose()?,
            failed_at: self.failed_at.map(Timestamp::from_micros),
            waiver: self.waiver.as_deref().map(from_json).transpose()?,
        };
        Ok((self.id.0, record))
    }
}

/// The columns of [`AnyRow`].
pub(super) type AnyColumns = (
    BigInt,
    Text,
    (Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<Text>),
    (Nullable<BigInt>, Nullable<BigInt>, Nullable<BigInt>, Nullable<BigInt>),
);

type Texts = (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

/// A row of one of several tables: a record is read by one statement, which is one round trip and one snapshot.
#[derive(Debug, Queryable)]
pub(super) struct AnyRow {
    pub(super) table: i64,
    pub(super) id: String,
    pub(super) text: Texts,
    pub(super) number: (Option<i64>, Option<i64>, Option<i64>, Option<i64>),
}

/// What [`AnyRow::table`] says.
pub(super) const ENROLMENT: i64 = 0;
pub(super) const LESSON: i64 = 1;
pub(super) const SKILL: i64 = 2;
pub(super) const COURSE: i64 = 3;
pub(super) const LAST_EVENT: i64 = 4;
pub(super) const CURRENT_RELEASE: i64 = 5;

/// The parts of such a statement. The one with every column is the first: it decides the columns' types.
macro_rules! parts {
    (enrolments $where:literal) => {
        concat!(
            "SELECT CAST(0 AS BIGINT), id, user_id, pack_id, target_kind, target_id, state, \
             release_number, enrolled_at, completed_at, version FROM enrolments WHERE ",
            $where
        )
    };
    (lessons $where:literal) => {
        concat!(
            " UNION ALL SELECT 1, lesson_id, completed_revision, tried_revision, waiver, \
             CASE WHEN skipped THEN 'skipped' END, NULL, completed_at, attempts, best, failed_at FROM record_lessons WHERE ",
            $where
        )
    };
    (skills $where:literal) => {
        concat!(
            " UNION ALL SELECT 2, skill_id, NULL, NULL, NULL, NULL, NULL, at, NULL, NULL, NULL \
             FROM record_skills WHERE ",
            $where
        )
    };
    (courses $where:literal) => {
        concat!(
            " UNION ALL SELECT 3, course_id, NULL, NULL, NULL, NULL, NULL, at, NULL, NULL, NULL \
             FROM record_courses WHERE ",
            $where
        )
    };
    (last_event $where:literal) => {
        concat!(
            " UNION ALL SELECT 4, '', NULL, NULL, NULL, NULL, NULL, max(seq), NULL, NULL, NULL \
             FROM learning_events WHERE ",
            $where
        )
    };
    (current_releases) => {
        " UNION ALL SELECT 5, release_id, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM packs"
    };
}
pub(super) use parts;

fn missing() -> Error {
    Error::internal("a stored row lacks a value")
}

impl AnyRow {
    /// A current release behind its pack.
    pub(super) fn current(self) -> Result<(String, String)> {
        Ok((self.text.0.ok_or_else(missing)?, self.id))
    }

    pub(super) fn at(&self) -> Result<Timestamp> {
        self.number.0.map(Timestamp::from_micros).ok_or_else(missing)
    }

    pub(super) fn enrolment(self) -> Result<Enrolment> {
        let (Some(user_id), Some(pack_id), Some(target_kind), Some(target_id), Some(state)) = self.text else {
            return Err(missing());
        };
        let (Some(release_number), Some(enrolled_at), completed_at, Some(version)) = self.number else {
            return Err(missing());
        };
        let id = self.id;
        let row = EnrolmentRow {
            id,
            user_id,
            pack_id,
            target_kind,
            target_id,
            release_number,
            state,
            enrolled_at,
            completed_at,
            version,
        };
        row.try_into()
    }

    pub(super) fn lesson(self) -> Result<(LessonId, LessonRecord)> {
        let parsed = |text: Option<String>| text.map(|text| stored(text.parse()).map(Parsed)).transpose();
        let (completed_revision, tried, waiver, skipped, _) = self.text;
        let (completed_at, attempts, best, failed_at) = self.number;
        let row = LessonRow {
            id: Parsed(stored(self.id.parse())?),
            completed_at,
            completed_revision: parsed(completed_revision)?,
            tried: parsed(tried)?,
            attempts: attempts.ok_or_else(missing)?,
            best,
            failed_at,
            skipped: skipped.is_some(),
            waiver,
        };
        row.record()
    }
}
