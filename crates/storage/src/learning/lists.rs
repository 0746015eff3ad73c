//! What is asked over many records.

use std::collections::BTreeMap;

use cairn_domain::learning::{RecordedEvent, Tally, Target, Touched};
use cairn_domain::shared::{PackId, Page, PageRequest, Timestamp, UserId};
use cairn_domain::{Code, Result};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::rows::target;
use crate::connection::per_backend;
use crate::schema::learning_events;
use crate::statement::statement;
use crate::tx::{Tx, foreign_cursor, from_json, number, stored, to_json};

pub(super) fn events(tx: &mut Tx<'_>, user: UserId, page: &PageRequest) -> Result<Page<RecordedEvent>> {
    let after = match page.after() {
        Some(key) => key.parse::<i64>().map_err(foreign_cursor("events"))?,
        None => 0,
    };
    if after < 0 {
        return Err(cairn_domain::Error::new(Code::BadCursor, "The cursor does not belong to a list of events."));
    }
    let rows: Vec<(i64, i64, String)> = tx.run(|c| {
        per_backend!(c, c => {
            learning_events::table
                .filter(learning_events::user_id.eq(user.to_string()).and(learning_events::seq.gt(after)))
                .order(learning_events::seq)
                .limit(page.limit() as i64 + 1)
                .select((learning_events::seq, learning_events::at, learning_events::event))
                .load(c)
        })
    })?;
    let items = rows.into_iter().map(|row| recorded(user, row)).collect::<Result<_>>()?;
    Ok(Page::of(items, page, |event: &RecordedEvent| format!("{:020}", event.seq)))
}

fn recorded(user: UserId, (seq, at, event): (i64, i64, String)) -> Result<RecordedEvent> {
    Ok(RecordedEvent { user, seq: number(seq)?, at: Timestamp::from_micros(at), event: from_json(&event)? })
}

pub(super) fn events_since(tx: &mut Tx<'_>, user: UserId, since: Timestamp) -> Result<Vec<RecordedEvent>> {
    use learning_events as e;
    // Put in order here: asked for it, a database would rather read all of the user's events by their numbers.
    let rows: Vec<(i64, i64, String)> = tx.run(|c| {
        per_backend!(c, c => {
            e::table
                .filter(e::user_id.eq(user.to_string()).and(e::at.ge(since.micros())))
                .select((e::seq, e::at, e::event))
                .load(c)
        })
    })?;
    let mut events = rows.into_iter().map(|row| recorded(user, row)).collect::<Result<Vec<_>>>()?;
    events.sort_unstable_by_key(|event| event.seq);
    Ok(events)
}

statement! {
    /// Written out, since an index of some rows serves only where their condition stands in the text.
    OpenByTarget<'a> { pack: &'a str => Text } -> (Text, Text, BigInt) =
    "SELECT target_kind, target_id, count(*) FROM enrolments WHERE pack_id = ? AND state IN ('active', 'paused') \
     GROUP BY target_kind, target_id"
}

pub(super) fn enrolments_by_target(tx: &mut Tx<'_>, pack: &PackId) -> Result<BTreeMap<Target, u64>> {
    let statement = OpenByTarget { pack: pack.as_str() };
    let rows: Vec<(String, String, i64)> = tx.run(|c| per_backend!(c, c => statement.load(c)))?;
    rows.into_iter().map(|(kind, id, count)| Ok((target(&kind, &id)?, number(count)?))).collect()
}

/// Lists of any length come as one value, a JSON array, which each database takes apart in its own way.
macro_rules! touched_by {
    ($name:ident, $list:literal) => {
        statement! {
            $name<'a> {
                lessons: &'a str => Text, after1: &'a str => Text,
                skills: &'a str => Text, after2: &'a str => Text,
                finished: &'a str => Text, after3: &'a str => Text,
                courses: &'a str => Text, after4: &'a str => Text,
                tracks: &'a str => Text, after5: &'a str => Text,
                limit: i64 => BigInt,
            } -> (Text,) = concat!(
                "SELECT user_id FROM record_lessons WHERE lesson_id IN ", $list, " AND user_id > ?",
                " UNION SELECT user_id FROM record_skills WHERE skill_id IN ", $list, " AND user_id > ?",
                " UNION SELECT user_id FROM record_courses WHERE course_id IN ", $list, " AND user_id > ?",
                " UNION SELECT user_id FROM enrolments WHERE state IN ('active', 'paused')",
                " AND target_kind = 'course' AND target_id IN ", $list, " AND user_id > ?",
                " UNION SELECT user_id FROM enrolments WHERE state IN ('active', 'paused')",
                " AND target_kind = 'track' AND target_id IN ", $list, " AND user_id > ?",
                " ORDER BY 1 LIMIT ?"
            )
        }
    };
}
touched_by!(TouchedOnSqlite, "(SELECT value FROM json_each(?))");
touched_by!(TouchedOnPostgres, "(SELECT json_array_elements_text(?::json))");

pub(super) fn touched(tx: &mut Tx<'_>, touched: &Touched, after: Option<UserId>, limit: usize) -> Result<Vec<UserId>> {
    let (mut courses, mut tracks) = (Vec::new(), Vec::new());
    for target in &touched.targets {
        match target {
            Target::Course(id) => courses.push(id),
            Target::Track(id) => tracks.push(id),
        }
    }
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let (lessons, skills, finished) =
        (to_json(&touched.lessons)?, to_json(&touched.skills)?, to_json(&touched.courses)?);
    let (courses, tracks) = (to_json(&courses)?, to_json(&tracks)?);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    macro_rules! load {
        ($statement:ident, $connection:ident) => {
            $statement {
                lessons: &lessons,
                skills: &skills,
                finished: &finished,
                courses: &courses,
                tracks: &tracks,
                after1: &after,
                after2: &after,
                after3: &after,
                after4: &after,
                after5: &after,
                limit,
            }
            .load::<(String,)>($connection)
        };
    }
    let rows =
        tx.run(|c| per_backend!(c, sqlite c => load!(TouchedOnSqlite, c), postgres c => load!(TouchedOnPostgres, c)))?;
    rows.into_iter().map(|(id,)| stored(id.parse())).collect()
}

statement! {
    CountAll {} -> (BigInt, BigInt, BigInt, BigInt) =
    "SELECT (SELECT count(*) FROM record_lessons WHERE completed_at IS NOT NULL), \
     (SELECT count(*) FROM record_skills), (SELECT count(*) FROM record_courses), \
     (SELECT count(*) FROM enrolments WHERE state = 'completed')"
}

pub(super) fn tally(tx: &mut Tx<'_>) -> Result<Tally> {
    let (lessons, skills, courses, enrolments): (i64, i64, i64, i64) =
        tx.run(|c| per_backend!(c, c => CountAll {}.get_result(c)))?;
    Ok(Tally {
        lessons: number(lessons)?,
        skills: number(skills)?,
        courses: number(courses)?,
        enrolments: number(enrolments)?,
    })
}
