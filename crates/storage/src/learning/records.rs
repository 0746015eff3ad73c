use cairn_domain::Result;
use cairn_domain::learning::{
    Enrolment, LearningRecord, RecordReader, RecordedEvent, Standing, Tally, Target, Touched,
};
use cairn_domain::shared::{EnrolmentId, PackId, Page, PageRequest, UserId};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeMap;

use super::lists;
use super::rows::{
    AnyColumns, AnyRow, COURSE, CURRENT_RELEASE, ENROLMENT, EnrolmentRow, LAST_EVENT, LESSON, SKILL, parts,
};
use crate::connection::per_backend;
use crate::schema::enrolments;
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
    StandingRows<'a> { e1: &'a str => Text, e2: &'a str => Text, e3: &'a str => Text } -> AnyColumns = concat!(
        parts!(enrolments "id = ?"),
        parts!(lessons "user_id = (SELECT user_id FROM enrolments WHERE id = ?)"),
        parts!(skills "user_id = (SELECT user_id FROM enrolments WHERE id = ?)"),
        parts!(current_releases)
    )
}

impl Tx<'_> {
    /// Keeps the current releases that came along with other rows, so that they need not be asked for.
    fn note_current(&mut self, mut found: Vec<(Option<String>, String)>) {
        found.sort();
        self.current = Some(found.into_iter().map(|(_, release)| release).collect());
    }
}

impl RecordReader for Tx<'_> {
    fn record(&mut self, user: UserId) -> Result<LearningRecord> {
        let id = user.to_string();
        let rows: Vec<AnyRow> = self.run(|c| {
            let statement = RecordRows { u1: &id, u2: &id, u3: &id, u4: &id, u5: &id };
            per_backend!(c, c => statement.load(c))
        })?;
        let mut record = LearningRecord::new(user);
        let mut current = Vec::new();
        for mut row in rows {
            match row.table {
                LESSON => {
                    let id = stored(row.id.parse())?;
                    _ = record.lessons.insert(id, row.lesson()?);
                }
                SKILL => _ = record.skills.insert(stored(row.id.parse())?, row.at()?),
                COURSE => _ = record.courses.insert(stored(row.id.parse())?, row.at()?),
                ENROLMENT => {
                    let enrolment = row.enrolment()?;
                    _ = record.enrolments.insert(enrolment.id, enrolment);
                }
                LAST_EVENT => record.seq = number(row.number.0.unwrap_or(0))?,
                CURRENT_RELEASE => current.push((row.text.0.take(), row.id)),
                table => return Err(cairn_domain::Error::internal(format!("an unknown table {table}"))),
            }
        }
        self.note_current(current);
        Ok(record)
    }

    fn enrolment(&mut self, id: EnrolmentId) -> Result<Option<Enrolment>> {
        let row =
            self.find(|c| per_backend!(c, c => enrolments::table.find(id.to_string()).first::<EnrolmentRow>(c)))?;
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
        let id = id.to_string();
        let rows: Vec<AnyRow> = self.run(|c| {
            let statement = StandingRows { e1: &id, e2: &id, e3: &id };
            per_backend!(c, c => statement.load(c))
        })?;
        let (mut enrolment, mut lessons, mut skills) = (None, BTreeMap::new(), std::collections::BTreeSet::new());
        let mut current = Vec::new();
        for mut row in rows {
            match row.table {
                LESSON => {
                    let id = stored(row.id.parse())?;
                    _ = lessons.insert(id, row.lesson()?);
                }
                SKILL => _ = skills.insert(stored(row.id.parse())?),
                ENROLMENT => enrolment = Some(row.enrolment()?),
                CURRENT_RELEASE => current.push((row.text.0.take(), row.id)),
                table => return Err(cairn_domain::Error::internal(format!("an unknown table {table}"))),
            }
        }
        self.note_current(current);
        Ok(enrolment.map(|enrolment| Standing { enrolment, lessons, skills }))
    }

    fn events(&mut self, user: UserId, page: &PageRequest) -> Result<Page<RecordedEvent>> {
        lists::events(self, user, page)
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
