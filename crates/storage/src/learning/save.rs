//! Appending events, with the rows that follow from them.

use cairn_domain::learning::{Enrolment, LessonRecord, RecordChanges, RecordWriter};
use cairn_domain::shared::Timestamp;
use cairn_domain::{Code, Error, Result};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use serde::Serialize;

use crate::connection::per_backend;
use crate::statement::statement;
use crate::tx::{Tx, to_json};

/// What becomes of a row that is there already; both databases say it alike.
macro_rules! on_conflict {
    (lessons) => {
        " ON CONFLICT (user_id, lesson_id) DO UPDATE SET completed_at = excluded.completed_at, \
         completed_revision = excluded.completed_revision, tried_revision = excluded.tried_revision, \
         attempts = excluded.attempts, best = excluded.best, failed_at = excluded.failed_at, \
         skipped = excluded.skipped, waiver = excluded.waiver"
    };
    (skills) => {
        " ON CONFLICT (user_id, skill_id) DO UPDATE SET at = excluded.at"
    };
    (courses) => {
        " ON CONFLICT (user_id, course_id) DO UPDATE SET at = excluded.at"
    };
    (enrolments) => {
        " ON CONFLICT (id) DO UPDATE SET pack_id = excluded.pack_id, target_kind = excluded.target_kind, \
         target_id = excluded.target_id, release_number = excluded.release_number, state = excluded.state, \
         completed_at = excluded.completed_at, version = excluded.version"
    };
}

statement! {
    /// Appends an event if it follows the last one.
    Append<'a> {
        user_id: &'a str => Text, seq: i64 => BigInt, at: i64 => BigInt, event: &'a str => Text,
        user: &'a str => Text, before: i64 => BigInt,
    } -> () = "INSERT INTO learning_events (user_id, seq, at, event) SELECT ?, ?, ?, ? \
        WHERE (SELECT coalesce(max(seq), 0) FROM learning_events WHERE user_id = ?) = ?"
}

statement! {
    PutLesson<'a> {
        user_id: &'a str => Text, lesson_id: &'a str => Text, completed_at: Option<i64> => Nullable<BigInt>,
        completed_revision: Option<&'a str> => Nullable<Text>, tried_revision: Option<&'a str> => Nullable<Text>,
        attempts: i64 => BigInt, best: Option<i64> => Nullable<BigInt>, failed_at: Option<i64> => Nullable<BigInt>,
        skipped: bool => Bool, waiver: Option<&'a str> => Nullable<Text>,
    } -> () = concat!(
        "INSERT INTO record_lessons (user_id, lesson_id, completed_at, completed_revision, tried_revision, attempts, \
         best, failed_at, skipped, waiver) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", on_conflict!(lessons)
    )
}

statement! {
    PutSkill<'a> { user_id: &'a str => Text, skill_id: &'a str => Text, at: i64 => BigInt } -> () =
    concat!("INSERT INTO record_skills (user_id, skill_id, at) VALUES (?, ?, ?)", on_conflict!(skills))
}

statement! {
    PutCourse<'a> { user_id: &'a str => Text, course_id: &'a str => Text, at: i64 => BigInt } -> () =
    concat!("INSERT INTO record_courses (user_id, course_id, at) VALUES (?, ?, ?)", on_conflict!(courses))
}

statement! {
    PutEnrolment<'a> {
        id: &'a str => Text, user_id: &'a str => Text, pack_id: &'a str => Text, target_kind: &'a str => Text,
        target_id: &'a str => Text, release_number: i64 => BigInt, state: &'a str => Text, enrolled_at: i64 => BigInt,
        completed_at: Option<i64> => Nullable<BigInt>, version: i64 => BigInt,
    } -> () = concat!(
        "INSERT INTO enrolments (id, user_id, pack_id, target_kind, target_id, release_number, state, enrolled_at, \
         completed_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", on_conflict!(enrolments)
    )
}

statement! {
    /// All of it in one round trip, for PostgreSQL: the rows come as JSON. Nothing is written when the first event does
    /// not follow the last one. Gives how many events were appended.
    SaveAll<'a> { user_id: &'a str => Text, before: i64 => BigInt, changes: &'a str => Text } -> (BigInt,) = concat!(
        "WITH input AS MATERIALIZED (SELECT s.u, s.j FROM (SELECT ?::text AS u, ?::bigint AS b, ?::json AS j) AS s \
         WHERE (SELECT coalesce(max(seq), 0) FROM learning_events WHERE user_id = s.u) = s.b), \
         events AS (INSERT INTO learning_events (user_id, seq, at, event) SELECT u, x.* FROM input, \
         json_to_recordset(j->'events') AS x (seq bigint, at bigint, event text) RETURNING 1), \
         lessons AS (INSERT INTO record_lessons (user_id, lesson_id, completed_at, completed_revision, tried_revision, \
         attempts, best, failed_at, skipped, waiver) SELECT u, x.* FROM input, json_to_recordset(j->'lessons') AS x \
         (id text, completed_at bigint, completed_revision text, tried_revision text, attempts bigint, best bigint, \
         failed_at bigint, skipped boolean, waiver text)", on_conflict!(lessons), "), \
         skills AS (INSERT INTO record_skills (user_id, skill_id, at) SELECT u, x.* FROM input, \
         json_to_recordset(j->'skills') AS x (id text, at bigint)", on_conflict!(skills), "), \
         courses AS (INSERT INTO record_courses (user_id, course_id, at) SELECT u, x.* FROM input, \
         json_to_recordset(j->'courses') AS x (id text, at bigint)", on_conflict!(courses), "), \
         enrolments AS (INSERT INTO enrolments (user_id, id, pack_id, target_kind, target_id, release_number, state, \
         enrolled_at, completed_at, version) SELECT u, x.* FROM input, json_to_recordset(j->'enrolments') AS x (id text, \
         pack_id text, target_kind text, target_id text, release_number bigint, state text, enrolled_at bigint, \
         completed_at bigint, version bigint)", on_conflict!(enrolments), ") \
         SELECT count(*) FROM events"
    )
}

#[derive(Serialize)]
struct EventRow {
    seq: i64,
    at: i64,
    event: String,
}

#[derive(Serialize)]
struct LessonRow<'a> {
    id: &'a str,
    completed_at: Option<i64>,
    completed_revision: Option<&'a str>,
    tried_revision: Option<&'a str>,
    attempts: i64,
    best: Option<i64>,
    failed_at: Option<i64>,
    skipped: bool,
    waiver: Option<String>,
}

#[derive(Serialize)]
struct SinceRow<'a> {
    id: &'a str,
    at: i64,
}

#[derive(Serialize)]
struct EnrolmentRow {
    id: String,
    pack_id: String,
    target_kind: &'static str,
    target_id: String,
    release_number: i64,
    state: &'static str,
    enrolled_at: i64,
    completed_at: Option<i64>,
    version: i64,
}

#[derive(Serialize)]
struct Rows<'a> {
    events: Vec<EventRow>,
    lessons: Vec<LessonRow<'a>>,
    skills: Vec<SinceRow<'a>>,
    courses: Vec<SinceRow<'a>>,
    enrolments: Vec<EnrolmentRow>,
}

impl<'a> LessonRow<'a> {
    fn new(id: &'a str, lesson: &'a LessonRecord) -> Result<Self> {
        let completed = lesson.completed.as_ref();
        Ok(Self {
            id,
            completed_at: completed.map(|completed| completed.at.micros()),
            completed_revision: completed.map(|completed| completed.revision.as_str()),
            tried_revision: lesson.tried.as_ref().map(|revision| revision.as_str()),
            attempts: i64::from(lesson.attempts),
            best: lesson.best.map(i64::from),
            failed_at: lesson.failed_at.map(Timestamp::micros),
            skipped: completed.is_some_and(|completed| completed.skipped),
            waiver: lesson.waiver.as_ref().map(to_json).transpose()?,
        })
    }
}

impl From<&Enrolment> for EnrolmentRow {
    fn from(enrolment: &Enrolment) -> Self {
        Self {
            id: enrolment.id.to_string(),
            pack_id: enrolment.pack.to_string(),
            target_kind: enrolment.target.kind().as_str(),
            target_id: enrolment.target.id().to_string(),
            release_number: i64::from(enrolment.release),
            state: enrolment.state.as_str(),
            enrolled_at: enrolment.enrolled_at.micros(),
            completed_at: enrolment.completed_at.map(Timestamp::micros),
            version: i64::from(enrolment.version),
        }
    }
}

impl<'a> Rows<'a> {
    fn new(changes: &'a RecordChanges) -> Result<Self> {
        let events = changes.events.iter().map(|recorded| {
            let event = to_json(&recorded.event)?;
            Ok(EventRow { seq: seq(recorded.seq)?, at: recorded.at.micros(), event })
        });
        let lessons = changes.lessons.iter().map(|(id, lesson)| LessonRow::new(id.as_str(), lesson));
        Ok(Self {
            events: events.collect::<Result<_>>()?,
            lessons: lessons.collect::<Result<_>>()?,
            skills: changes.skills.iter().map(|(id, at)| SinceRow { id: id.as_str(), at: at.micros() }).collect(),
            courses: changes.courses.iter().map(|(id, at)| SinceRow { id: id.as_str(), at: at.micros() }).collect(),
            enrolments: changes.enrolments.iter().map(EnrolmentRow::from).collect(),
        })
    }
}

fn seq(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(Error::internal)
}

fn stale() -> Error {
    Error::new(Code::Stale, "The learning record was changed at the same time.")
}

impl RecordWriter for Tx<'_> {
    fn save(&mut self, changes: &RecordChanges) -> Result<()> {
        let user = changes.user.to_string();
        let rows = Rows::new(changes)?;
        let Some(first) = rows.events.first().map(|event| event.seq) else {
            return Err(Error::internal("a record changes by events only"));
        };
        if rows.events.iter().zip(first..).any(|(event, expected)| event.seq != expected) {
            return Err(stale());
        }
        if self.on_postgres() {
            save_at_once(self, &user, first - 1, &rows)
        } else {
            save_one_by_one(self, &user, &rows)
        }
    }
}

fn save_at_once(tx: &mut Tx<'_>, user: &str, before: i64, rows: &Rows<'_>) -> Result<()> {
    let changes = serde_json::to_string(rows).map_err(Error::internal)?;
    let statement = SaveAll { user_id: user, before, changes: &changes };
    let (appended,): (i64,) = tx.run(|c| per_backend!(c, c => statement.get_result(c)))?;
    if usize::try_from(appended).ok() == Some(rows.events.len()) { Ok(()) } else { Err(stale()) }
}

/// In-process, a statement costs little more than the row it writes.
fn save_one_by_one(tx: &mut Tx<'_>, user: &str, rows: &Rows<'_>) -> Result<()> {
    for EventRow { seq, at, event } in &rows.events {
        let append = Append { user_id: user, seq: *seq, at: *at, event, user, before: seq - 1 };
        if tx.run(|c| per_backend!(c, c => append.execute(c)))? == 0 {
            return Err(stale());
        }
    }
    for row in &rows.lessons {
        let put = PutLesson {
            user_id: user,
            lesson_id: row.id,
            completed_at: row.completed_at,
            completed_revision: row.completed_revision,
            tried_revision: row.tried_revision,
            attempts: row.attempts,
            best: row.best,
            failed_at: row.failed_at,
            skipped: row.skipped,
            waiver: row.waiver.as_deref(),
        };
        tx.run(|c| per_backend!(c, c => put.execute(c)))?;
    }
    for row in &rows.skills {
        let put = PutSkill { user_id: user, skill_id: row.id, at: row.at };
        tx.run(|c| per_backend!(c, c => put.execute(c)))?;
    }
    for row in &rows.courses {
        let put = PutCourse { user_id: user, course_id: row.id, at: row.at };
        tx.run(|c| per_backend!(c, c => put.execute(c)))?;
    }
    for row in &rows.enrolments {
        let put = PutEnrolment {
            id: &row.id,
            user_id: user,
            pack_id: &row.pack_id,
            target_kind: row.target_kind,
            target_id: &row.target_id,
            release_number: row.release_number,
            state: row.state,
            enrolled_at: row.enrolled_at,
            completed_at: row.completed_at,
            version: row.version,
        };
        tx.run(|c| per_backend!(c, c => put.execute(c)))?;
    }
    Ok(())
}
