use std::collections::BTreeMap;

use cairn_domain::practice::{Comment, Submission, SubmissionReader, SubmissionState, SubmissionWriter, WorkVersion};
use cairn_domain::shared::{LessonId, Page, PageRequest, SubmissionId, Timestamp, UserId, refuse_nul};
use cairn_domain::{Code, Error, Result};
use diesel::prelude::*;

use crate::connection::per_backend;
use crate::schema::{capstone_comments as notes, capstone_submissions as submissions, capstone_versions as versions};
use crate::tx::{Tx, from_json, number, stored, to_json};

/// A row of `capstone_submissions`, in the table's order.
type Row = (String, String, String, String, String, i64);
/// A row of `capstone_versions`, in the table's order.
type VersionRow = (String, i64, String, String, i64, Option<String>);

fn submission((id, user, enrolment, lesson, state, version): Row, versions: Vec<WorkVersion>) -> Result<Submission> {
    Ok(Submission {
        id: stored(id.parse())?,
        user: stored(user.parse())?,
        enrolment: stored(enrolment.parse())?,
        lesson: stored(lesson.parse())?,
        state: stored(state.parse())?,
        versions,
        version: number(version)?,
    })
}

fn work((_, _, revision, work, at, review): VersionRow) -> Result<WorkVersion> {
    Ok(WorkVersion {
        revision: stored(revision.parse())?,
        work: from_json(&work)?,
        at: Timestamp::from_micros(at),
        review: review.map(|review| from_json(&review)).transpose()?,
    })
}

impl Tx<'_> {
    fn with_versions(&mut self, rows: Vec<Row>) -> Result<Vec<Submission>> {
        let ids: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
        let found: Vec<VersionRow> = if ids.is_empty() {
            Vec::new()
        } else {
            self.run(|c| {
                per_backend!(c, c => {
                    versions::table.filter(versions::submission_id.eq_any(&ids)).order(versions::number).load(c)
                })
            })?
        };
        let mut of: BTreeMap<String, Vec<WorkVersion>> = BTreeMap::new();
        for row in found {
            of.entry(row.0.clone()).or_default().push(work(row)?);
        }
        rows.into_iter()
            .map(|row| {
                let own = of.remove(&row.0).unwrap_or_default();
                submission(row, own)
            })
            .collect()
    }
}

impl SubmissionReader for Tx<'_> {
    fn submission(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<Submission>> {
        let row = self.find(|c| {
            per_backend!(c, c => {
                submissions::table
                    .filter(submissions::user_id.eq(user.to_string()).and(submissions::lesson_id.eq(lesson.as_str())))
                    .get_result::<Row>(c)
            })
        })?;
        Ok(self.with_versions(row.into_iter().collect())?.pop())
    }

    fn comments(&mut self, id: SubmissionId) -> Result<Vec<Comment>> {
        let rows: Vec<(i64, String, i64, String)> = self.run(|c| {
            per_backend!(c, c => {
                notes::table
                    .filter(notes::submission_id.eq(id.to_string()))
                    .order(notes::number)
                    .select((notes::number, notes::author_id, notes::at, notes::text))
                    .load(c)
            })
        })?;
        let comment = |(number_, author, at, text): (i64, String, i64, String)| {
            let (number, author) = (number(number_)?, stored(author.parse())?);
            Ok(Comment { submission: id, number, author, at: Timestamp::from_micros(at), text })
        };
        rows.into_iter().map(comment).collect()
    }

    fn submissions(&mut self, state: SubmissionState, page: &PageRequest) -> Result<Page<Submission>> {
        let rows = self.run(|c| {
            per_backend!(c, c => {
                submissions::table
                    .filter(submissions::state.eq(state.as_str()))
                    .filter(submissions::id.gt(page.after().unwrap_or_default()))
                    .order(submissions::id)
                    .limit(page.limit() as i64 + 1)
                    .load::<Row>(c)
            })
        })?;
        Ok(Page::of(self.with_versions(rows)?, page, |submission: &Submission| submission.id.to_string()))
    }
}

impl SubmissionWriter for Tx<'_> {
    fn put_submission(&mut self, submission: &Submission) -> Result<()> {
        let (id, version) = (submission.id.to_string(), i64::from(submission.version));
        let columns = (
            submissions::enrolment_id.eq(submission.enrolment.to_string()),
            submissions::state.eq(submission.state.as_str()),
            submissions::version.eq(version),
        );
        if version == 1 {
            let row = (
                submissions::id.eq(&id),
                submissions::user_id.eq(submission.user.to_string()),
                submissions::lesson_id.eq(submission.lesson.as_str()),
                columns,
            );
            self.run(|c| per_backend!(c, c => diesel::insert_into(submissions::table).values(row).execute(c)))?;
        } else {
            let before = submissions::table.filter(submissions::id.eq(&id).and(submissions::version.eq(version - 1)));
            let rows = self.run(|c| per_backend!(c, c => diesel::update(before).set(columns).execute(c)))?;
            if rows == 0 {
                return Err(Error::new(Code::Stale, "The work was changed at the same time."));
            }
        }
        let Some(last) = submission.versions.last() else {
            return Err(Error::internal(format!("the submission {id} has no version")));
        };
        let number = i64::try_from(submission.versions.len()).map_err(Error::internal)?;
        let review = last.review.as_ref().map(to_json).transpose()?;
        let row = (
            versions::submission_id.eq(&id),
            versions::number.eq(number),
            versions::revision.eq(last.revision.as_str()),
            versions::work.eq(to_json(&last.work)?),
            versions::at.eq(last.at.micros()),
            versions::review.eq(&review),
        );
        self.run(|c| {
            per_backend!(c, c => {
                diesel::insert_into(versions::table)
                    .values(row)
                    .on_conflict((versions::submission_id, versions::number))
                    .do_update()
                    .set(versions::review.eq(&review))
                    .execute(c)
            })
        })?;
        Ok(())
    }

    fn add_comment(&mut self, comment: &Comment) -> Result<()> {
        refuse_nul(&comment.text)?;
        let row = (
            notes::submission_id.eq(comment.submission.to_string()),
            notes::number.eq(i64::from(comment.number)),
            notes::author_id.eq(comment.author.to_string()),
            notes::at.eq(comment.at.micros()),
            notes::text.eq(&comment.text),
        );
        self.run(|c| per_backend!(c, c => diesel::insert_into(notes::table).values(row).execute(c))).map(|_| ())
    }
}
