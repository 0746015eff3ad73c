use cairn_domain::practice::{
    DrillAttempt, DrillAttemptReader, DrillAttemptWriter, DrillState, HandedIn, Judged, Nonce, Provenance,
};
use cairn_domain::shared::{AttemptId, LessonId, Page, PageRequest, Timestamp, UserId};
use cairn_domain::{Code, Error, Result};
use cairn_drill::{DrillKind, Verdict};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::connection::per_backend;
use crate::schema::drill_attempts as attempts;
use crate::statement::statement;
use crate::tx::{Tx, from_json, stored};

const OPEN: &str = "open";
const EXPIRED: &str = "expired";
const JUDGED: &str = "judged";

/// A row of `drill_attempts`, in the table's order.
#[derive(Debug, Queryable)]
struct Row {
    id: String,
    user_id: String,
    enrolment_id: String,
    lesson_id: String,
    revision: String,
    kind: String,
    challenge: bool,
    nonce: String,
    seed: String,
    started_at: i64,
    expires_at: i64,
    state: String,
    judged_at: Option<i64>,
    judged_revision: Option<String>,
    handed_in: Option<String>,
    verdict: Option<String>,
    provenance: Option<String>,
}

fn kind(name: &str) -> Result<DrillKind> {
    let known = DrillKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    known.ok_or_else(|| Error::internal(format!("there is no kind of drill {name}")))
}

fn provenance(name: &str) -> Result<Provenance> {
    let found = Provenance::ALL.into_iter().find(|one| one.as_str() == name);
    found.ok_or_else(|| Error::internal(format!("there is no provenance {name}")))
}

/// What was observed, as JSON. It holds whatever a service or an engine said, U+0000 too, which JSON writes as an escape.
fn observed_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

impl TryFrom<Row> for DrillAttempt {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let state = match (row.judged_at, row.judged_revision, row.verdict, row.provenance) {
            (Some(at), Some(revision), Some(verdict), Some(by)) => DrillState::Judged(Box::new(Judged {
                at: Timestamp::from_micros(at),
                revision: stored(revision.parse())?,
                handed_in: row.handed_in.map(|text| from_json::<HandedIn>(&text)).transpose()?,
                verdict: from_json::<Verdict>(&verdict)?,
                provenance: provenance(&by)?,
            })),
            _ if row.state == EXPIRED => DrillState::Expired,
            _ => DrillState::Open,
        };
        Ok(Self {
            id: stored(row.id.parse())?,
            user: stored(row.user_id.parse())?,
            enrolment: stored(row.enrolment_id.parse())?,
            lesson: stored(row.lesson_id.parse())?,
            revision: stored(row.revision.parse())?,
            kind: kind(&row.kind)?,
            challenge: row.challenge,
            nonce: stored(Nonce::from_text(&row.nonce))?,
            seed: u128::from_str_radix(&row.seed, 16).map_err(Error::internal)?,
            started_at: Timestamp::from_micros(row.started_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            state,
        })
    }
}

statement! {
    InsertAttempt<'a> {
        id: &'a str => Text, user_id: &'a str => Text, enrolment_id: &'a str => Text, lesson_id: &'a str => Text,
        revision: &'a str => Text, kind: &'a str => Text, challenge: bool => Bool, nonce: &'a str => Text,
        seed: &'a str => Text, started_at: i64 => BigInt, expires_at: i64 => BigInt,
    } -> () = "INSERT INTO drill_attempts \
        (id, user_id, enrolment_id, lesson_id, revision, kind, challenge, nonce, seed, started_at, expires_at, state) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open') ON CONFLICT (user_id, lesson_id) WHERE state = 'open' DO NOTHING"
}

statement! {
    /// Written out, since an index of some rows serves only where their condition stands in the text.
    Forget { before: i64 => BigInt, limit: i64 => BigInt } -> () = "UPDATE drill_attempts SET handed_in = NULL \
        WHERE id IN (SELECT id FROM drill_attempts WHERE handed_in IS NOT NULL AND judged_at < ? ORDER BY judged_at LIMIT ?)"
}

fn all(rows: Vec<Row>) -> Result<Vec<DrillAttempt>> {
    rows.into_iter().map(DrillAttempt::try_from).collect()
}

fn closed() -> Error {
    Error::new(Code::AttemptJudged, "This attempt is not open any more.")
}

impl DrillAttemptReader for Tx<'_> {
    fn drill_attempt(&mut self, id: AttemptId) -> Result<Option<DrillAttempt>> {
        let row = self.find(|c| per_backend!(c, c => attempts::table.find(id.to_string()).get_result::<Row>(c)))?;
        row.map(DrillAttempt::try_from).transpose()
    }

    fn open_drill_attempt(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<DrillAttempt>> {
        let row = self.find(|c| {
            per_backend!(c, c => {
                attempts::table
                    .filter(attempts::user_id.eq(user.to_string()).and(attempts::lesson_id.eq(lesson.as_str())))
                    .filter(attempts::state.eq(OPEN))
                    .get_result::<Row>(c)
            })
        })?;
        row.map(DrillAttempt::try_from).transpose()
    }

    fn drill_attempts(&mut self, user: UserId, lesson: &LessonId, page: &PageRequest) -> Result<Page<DrillAttempt>> {
        let rows = self.run(|c| {
            per_backend!(c, c => {
                attempts::table
                    .filter(attempts::user_id.eq(user.to_string()).and(attempts::lesson_id.eq(lesson.as_str())))
                    .filter(attempts::id.gt(page.after().unwrap_or_default()))
                    .order(attempts::id)
                    .limit(page.limit() as i64 + 1)
                    .load::<Row>(c)
            })
        })?;
        Ok(Page::of(all(rows)?, page, |attempt: &DrillAttempt| attempt.id.to_string()))
    }

    fn judged_drill_attempts(
        &mut self,
        lesson: &LessonId,
        after: Option<AttemptId>,
        limit: usize,
    ) -> Result<Vec<DrillAttempt>> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows = self.run(|c| {
            per_backend!(c, c => {
                attempts::table
                    .filter(attempts::lesson_id.eq(lesson.as_str()).and(attempts::id.gt(&after)))
                    .filter(attempts::state.eq(JUDGED))
                    .order(attempts::id)
                    .limit(limit as i64)
                    .load::<Row>(c)
            })
        })?;
        all(rows)
    }
}

impl DrillAttemptWriter for Tx<'_> {
    fn insert_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()> {
        if attempt.state != DrillState::Open {
            return Err(Error::internal(format!("the attempt {} is not a new one", attempt.id)));
        }
        let statement = InsertAttempt {
            id: &attempt.id.to_string(),
            user_id: &attempt.user.to_string(),
            enrolment_id: &attempt.enrolment.to_string(),
            lesson_id: attempt.lesson.as_str(),
            revision: attempt.revision.as_str(),
            kind: attempt.kind.as_str(),
            challenge: attempt.challenge,
            nonce: attempt.nonce.as_str(),
            seed: &format!("{:032x}", attempt.seed),
            started_at: attempt.started_at.micros(),
            expires_at: attempt.expires_at.micros(),
        };
        match self.run(|c| per_backend!(c, c => statement.execute(c)))? {
            0 => Err(Error::new(Code::AttemptOpen, "An attempt at this drill is open.")),
            _ => Ok(()),
        }
    }

    fn expire_drill_attempt(&mut self, id: AttemptId) -> Result<()> {
        let open = attempts::table.find(id.to_string()).filter(attempts::state.eq(OPEN));
        let set = attempts::state.eq(EXPIRED);
        let written = self.run(|c| per_backend!(c, c => diesel::update(open).set(set).execute(c)))?;
        if written == 0 { Err(closed()) } else { Ok(()) }
    }

    fn judge_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()> {
        let judged = outcome(attempt)?;
        let open = attempts::table.find(attempt.id.to_string()).filter(attempts::state.eq(OPEN));
        let (handed_in, verdict) =
            (judged.handed_in.as_ref().map(observed_json).transpose()?, observed_json(&judged.verdict)?);
        let set = (
            attempts::state.eq(JUDGED),
            attempts::judged_at.eq(judged.at.micros()),
            attempts::judged_revision.eq(judged.revision.as_str()),
            attempts::handed_in.eq(handed_in),
            attempts::verdict.eq(verdict),
            attempts::provenance.eq(judged.provenance.as_str()),
        );
        let written = self.run(|c| per_backend!(c, c => diesel::update(open).set(set).execute(c)))?;
        if written == 0 { Err(closed()) } else { Ok(()) }
    }

    fn re_judge_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()> {
        let judged = outcome(attempt)?;
        let stored = attempts::table.find(attempt.id.to_string()).filter(attempts::state.eq(JUDGED));
        let verdict = observed_json(&judged.verdict)?;
        let set = (attempts::judged_revision.eq(judged.revision.as_str()), attempts::verdict.eq(verdict));
        let written = self.run(|c| per_backend!(c, c => diesel::update(stored).set(set).execute(c)))?;
        if written == 0 { Err(Error::internal(format!("the attempt {} is not judged", attempt.id))) } else { Ok(()) }
    }

    fn forget_handed_in(&mut self, before: Timestamp, limit: usize) -> Result<u64> {
        let forget = Forget { before: before.micros(), limit: i64::try_from(limit).unwrap_or(i64::MAX) };
        self.run(|c| per_backend!(c, c => forget.execute(c))).map(|rows| rows as u64)
    }
}

fn outcome(attempt: &DrillAttempt) -> Result<&Judged> {
    attempt.judged().ok_or_else(|| Error::internal(format!("the attempt {} has no verdict to write", attempt.id)))
}
