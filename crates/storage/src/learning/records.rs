use cairn_domain::Result;
use cairn_domain::learning::{
    Enrolment, LearningRecord, LessonRecord, RecordReader, RecordedEvent, Standing, Tally, Target, Touched,
};
use cairn_domain::shared::{CourseId, EnrolmentId, LessonId, PackId, Page, PageRequest, SkillId, Timestamp, UserId};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use std::collections::{BTreeMap, BTreeSet};

use super::lists;
use super::rows::{
    AnyColumns, AnyRow, COURSE, CURRENT_RELEASE, ENROLMENT, EnrolmentRow, LAST_EVENT, LESSON, LessonRow, Parsed, SKILL,
    parts,
};
use crate::connection::per_backend;
use crate::schema::{enrolments, learning_events, record_courses, record_lessons, record_skills};
use crate::statement::statement;
use crate::tx::{Tx, number, stored};

statement! {
    /// A learner's record, and beside it the current releases, which a decision on it needs too.
    RecordRows<'a> {
        u1: &'a str => Text, u2: &'a str => Text, u3: &'a str => Text, u4: &'a str => Text, u5: &'a str => Text,
    } -> AnyColumns = concat!(
        parts!(enrolments "user_id = ?"), parts!(lessons "user_id = ?"), parts!(skills "user_id = ?"),
        parts!(courses "user_id = ?"), parts!(last_event "user_id = ?"), parts!(current_releases)
    )
}

statement! {
    /// An enrolment with its learner's standing, and the current releases through which progress is seen.
    StandingRows<'a> {
        e1: &'a str => Text, e2: &'a str => Text, e3: &'a str => Text, e4: &'a str => Text,
    } -> AnyColumns = concat!(
        parts!(enrolments "id = ?"),
        parts!(lessons "user_id = (SELECT user_id FROM enrolments WHERE id = ?)"),
        parts!(skills "user_id = (SELECT user_id FROM enrolments WHERE id = ?)"),
        parts!(last_event "user_id = (SELECT user_id FROM enrolments WHERE id = ?)"),
        parts!(current_releases)
    )
}

statement! {
    /// Whose an enrolment is with the number of the last event, and the current releases with their packs.
    LastEventRows<'a> { e1: &'a str => Text } -> (Text, Text, Nullable<BigInt>) =
        "SELECT user_id, '', (SELECT max(seq) FROM learning_events WHERE learning_events.user_id = enrolments.user_id) \
         FROM enrolments WHERE id = ? \
         UNION ALL SELECT release_id, id, NULL FROM packs"
}

/// A record in the parts that it is stored in. On SQLite a statement for each is quicker than one for all of them; on
/// PostgreSQL, where each is a round trip, it is the other way round.
impl Tx<'_> {
    /// Keeps the current releases, each behind its pack, that came along with other rows, so that they need not be asked
    /// for.
    fn note_current(&mut self, mut found: Vec<(String, String)>) {
        found.sort();
        self.current = Some(found.into_iter().map(|(_, release)| release).collect());
    }

    fn lessons_of(&mut self, user: &str) -> Result<BTreeMap<LessonId, LessonRecord>> {
        use record_lessons as r;
        let columns = (
            r::lesson_id,
            r::completed_at,
            r::completed_revision,
            r::tried_revision,
            r::attempts,
            r::best,
            r::failed_at,
            r::skipped,
            r::waiver,
        );
        let rows: Vec<LessonRow> =
            self.run(|c| per_backend!(c, c => r::table.filter(r::user_id.eq(user)).select(columns).load(c)))?;
        rows.into_iter().map(LessonRow::record).collect()
    }

    fn skills_of(&mut self, user: &str) -> Result<BTreeMap<SkillId, Timestamp>> {
        use record_skills as r;
        let rows: Vec<(Parsed<SkillId>, i64)> = self
            .run(|c| per_backend!(c, c => r::table.filter(r::user_id.eq(user)).select((r::skill_id, r::at)).load(c)))?;
        Ok(rows.into_iter().map(|(id, at)| (id.0, Timestamp::from_micros(at))).collect())
    }

    fn courses_of(&mut self, user: &str) -> Result<BTreeMap<CourseId, Timestamp>> {
        use record_courses as r;
        let rows: Vec<(Parsed<CourseId>, i64)> = self.run(
            |c| per_backend!(c, c => r::table.filter(r::user_id.eq(user)).select((r::course_id, r::at)).load(c)),
        )?;
        Ok(rows.into_iter().map(|(id, at)| (id.0, Timestamp::from_micros(at))).collect())
    }

    fn enrolments_of(&mut self, user: &str) -> Result<BTreeMap<EnrolmentId, Enrolment>> {
        let rows: Vec<EnrolmentRow> =
            self.run(|c| per_backend!(c, c => enrolments::table.filter(enrolments::user_id.eq(user)).load(c)))?;
        rows.into_iter().map(|row| Enrolment::try_from(row).map(|enrolment| (enrolment.id, enrolment))).collect()
    }

    fn last_event_of(&mut self, user: &str) -> Result<u64> {
        use learning_events as e;
        let last: Option<i64> =
            self.run(|c| per_backend!(c, c => e::table.filter(e::user_id.eq(user)).select(max(e::seq)).get_result(c)))?;
        number(last.unwrap_or(0))
    }

    fn record_at_once(&mut self, user: UserId) -> Result<LearningRecord> {
        let id = user.to_string();
        let rows: Vec<AnyRow> = self.run(|c| {
            let statement = RecordRows { u1: &id, u2: &id, u3: &id, u4: &id, u5: &id };
            per_backend!(c, c => statement.load(c))
        })?;
        let mut record = LearningRecord::new(user);
        let mut current = Vec::new();
        for row in rows {
            match row.table {
                LESSON => record.lessons.extend([row.lesson()?]),
                SKILL => _ = record.skills.insert(stored(row.id.parse())?, row.at()?),
                COURSE => _ = record.courses.insert(stored(row.id.parse())?, row.at()?),
                ENROLMENT => {
                    let enrolment = row.enrolment()?;
                    _ = record.enrolments.insert(enrolment.id, enrolment);
                }
                LAST_EVENT => record.seq = number(row.number.0.unwrap_or(0))?,
                CURRENT_RELEASE => current.push(row.current()?),
                table => return Err(cairn_domain::Error::internal(format!("an unknown table {table}"))),
            }
        }
        self.note_current(current);
        Ok(record)
    }

    fn standing_at_once(&mut self, id: EnrolmentId) -> Result<Option<Standing>> {
        let id = id.to_string();
        let rows: Vec<AnyRow> = self.run(|c| {
            let statement = StandingRows { e1: &id, e2: &id, e3: &id, e4: &id };
            per_backend!(c, c => statement.load(c))
        })?;
        let (mut enrolment, mut seq, mut lessons, mut skills) = (None, 0, BTreeMap::new(), BTreeSet::new());
        let mut current = Vec::new();
        for row in rows {
            match row.table {
                LESSON => lessons.extend([row.lesson()?]),
                SKILL => _ = skills.insert(stored(row.id.parse())?),
                ENROLMENT => enrolment = Some(row.enrolment()?),
                LAST_EVENT => seq = number(row.number.0.unwrap_or(0))?,
                CURRENT_RELEASE => current.push(row.current()?),
                table => return Err(cairn_domain::Error::internal(format!("an unknown table {table}"))),
            }
        }
        self.note_current(current);
        Ok(enrolment.map(|enrolment| Standing { enrolment, seq, lessons, skills }))
    }
}

impl RecordReader for Tx<'_> {
    fn record(&mut self, user: UserId) -> Result<LearningRecord> {
        if self.on_postgres() {
            return self.record_at_once(user);
        }
        let id = user.to_string();
        let mut record = LearningRecord::new(user);
        record.seq = self.last_event_of(&id)?;
        record.lessons = self.lessons_of(&id)?;
        record.skills = self.skills_of(&id)?;
        record.courses = self.courses_of(&id)?;
        record.enrolments = self.enrolments_of(&id)?;
        Ok(record)
    }

    fn enrolment(&mut self, id: EnrolmentId) -> Result<Option<Enrolment>> {
        let row =
            self.find(|c| per_backend!(c, c => enrolments::table.find(id.to_string()).get_result::<EnrolmentRow>(c)))?;
        row.map(Enrolment::try_from).transpose()
    }

    fn enrolments(&mut self, user: UserId, page: &PageRequest) -> Result<Page<Enrolment>> {
        let rows = self.run(|c| {
            per_backend!(c, c => {
                enrolments::table
                    .filter(enrolments::user_id.eq(user.to_string()))
                    .filter(enrolments::id.gt(page.after().unwrap_or_default()))
                    .order(enrolments::id)
                    .limit(page.limit() as i64 + 1)
                    .load::<EnrolmentRow>(c)
            })
        })?;
        let items = rows.into_iter().map(Enrolment::try_from).collect::<Result<_>>()?;
        Ok(Page::of(items, page, |enrolment: &Enrolment| enrolment.id.to_string()))
    }

    fn standing(&mut self, id: EnrolmentId) -> Result<Option<Standing>> {
        if self.on_postgres() {
            return self.standing_at_once(id);
        }
        let Some(enrolment) = self.enrolment(id)? else { return Ok(None) };
        let user = enrolment.user.to_string();
        let seq = self.last_event_of(&user)?;
        let (lessons, skills) = (self.lessons_of(&user)?, self.skills_of(&user)?);
        Ok(Some(Standing { enrolment, seq, lessons, skills: skills.into_keys().collect() }))
    }

    fn last_event(&mut self, id: EnrolmentId) -> Result<Option<(UserId, u64)>> {
        let id = id.to_string();
        let rows: Vec<(String, String, Option<i64>)> =
            self.run(|c| per_backend!(c, c => LastEventRows { e1: &id }.load(c)))?;
        let (mut last, mut current) = (None, Vec::new());
        for (id, pack, seq) in rows {
            match pack.is_empty() {
                true => last = Some((stored(id.parse())?, number(seq.unwrap_or(0))?)),
                false => current.push((pack, id)),
            }
        }
        self.note_current(current);
        Ok(last)
    }

    fn events(&mut self, user: UserId, page: &PageRequest) -> Result<Page<RecordedEvent>> {
        lists::events(self, user, page)
    }

    fn events_since(&mut self, user: UserId, since: Timestamp) -> Result<Vec<RecordedEvent>> {
        lists::events_since(self, user, since)
    }

    fn enrolments_by_target(&mut self, pack: &PackId) -> Result<BTreeMap<Target, u64>> {
        lists::enrolments_by_target(self, pack)
    }

    fn touched(&mut self, touched: &Touched, after: Option<UserId>, limit: usize) -> Result<Vec<UserId>> {
        lists::touched(self, touched, after, limit)
    }

    fn tally(&mut self) -> Result<Tally> {
        lists::tally(self)
    }
}
