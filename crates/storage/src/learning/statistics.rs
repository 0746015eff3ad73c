//! What is counted over many learners.

use std::collections::BTreeMap;

use cairn_domain::learning::{
    Attempt, Enrolled, Enrolment, LearnerCounts, LessonRecord, QuestionTally, QuizTally, ResultTally, Standing,
    StatisticsReader, StatisticsWriter, Target,
};
use cairn_domain::shared::{AttemptId, EnrolmentId, LessonId, Revision, SkillId, Timestamp, UserId};
use cairn_domain::{Error, Result};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::attempts::AttemptRow;
use super::rows::{EnrolmentRow, LessonRow, Parsed};
use crate::connection::per_backend;
use crate::schema::attempts;
use crate::statement::statement;
use crate::tx::{Tx, number, stored, to_json};

statement! {
    Learners<'a> { lesson: &'a str => Text } -> (BigInt, BigInt) =
    "SELECT count(tried_revision), count(completed_at) FROM record_lessons WHERE lesson_id = ?"
}

statement! {
    OpenAttempts<'a> { lesson: &'a str => Text, revision: &'a str => Text } -> (BigInt,) =
    "SELECT count(*) FROM attempts WHERE state = 'open' AND lesson_id = ? AND revision = ?"
}

statement! {
    Revisions<'a> { l1: &'a str => Text, l2: &'a str => Text } -> (Text, BigInt) =
    "SELECT revision, CAST(sum(number) AS BIGINT) FROM (\
        SELECT revision, attempts AS number FROM quiz_results WHERE lesson_id = ? \
        UNION ALL SELECT revision, count(*) FROM attempts \
        WHERE state = 'graded' AND NOT counted AND lesson_id = ? GROUP BY revision) AS graded \
     GROUP BY revision ORDER BY revision"
}

statement! {
    Results<'a> { lesson: &'a str => Text, revision: &'a str => Text } -> (BigInt, BigInt, BigInt) =
    "SELECT percent, attempts, passed FROM quiz_results WHERE lesson_id = ? AND revision = ?"
}

statement! {
    Questions<'a> { lesson: &'a str => Text, revision: &'a str => Text } -> (Text, BigInt, BigInt, BigInt) =
    "SELECT question_id, answered_right, answered_wrong, unanswered FROM question_results \
     WHERE lesson_id = ? AND revision = ?"
}

statement! {
    Choices<'a> { lesson: &'a str => Text, revision: &'a str => Text } -> (Text, Text, BigInt) =
    "SELECT question_id, choice_id, in_wrong FROM choice_results WHERE lesson_id = ? AND revision = ?"
}

statement! {
    /// Written out, since an index of some rows serves only where their condition stands in the text.
    NewestEnrolled<'a> { kind: &'a str => Text, target: &'a str => Text, before: &'a str => Text, limit: i64 => BigInt }
    -> (Text, Text, Text, Text, Text, BigInt, Text, BigInt, Nullable<BigInt>, BigInt) =
    "SELECT id, user_id, pack_id, target_kind, target_id, release_number, state, enrolled_at, completed_at, version \
     FROM enrolments WHERE state <> 'withdrawn' AND target_kind = ? AND target_id = ? AND id < ? ORDER BY id DESC LIMIT ?"
}

/// What is asked of a list of any length, which comes as one value, a JSON array.
macro_rules! of_list {
    ($sqlite:ident, $postgres:ident -> $columns:ty = $($text:literal, $list:tt),+) => {
        statement! { $sqlite<'a> { list: &'a str => Text } -> $columns = concat!($($text, of_list!(sqlite $list)),+) }
        statement! { $postgres<'a> { list: &'a str => Text } -> $columns = concat!($($text, of_list!(postgres $list)),+) }
    };
    (sqlite values) => { "(SELECT value FROM json_each(?))" };
    (postgres values) => { "(SELECT json_array_elements_text(?::json))" };
    (sqlite rows) => { "json_each(?) AS list" };
    (postgres rows) => { "json_array_elements_text(?::json) AS list(value)" };
}

of_list! {
    LessonsOnSqlite, LessonsOnPostgres
    -> (Text, Text, Nullable<BigInt>, Nullable<Text>, Nullable<Text>, BigInt, Nullable<BigInt>, Nullable<BigInt>,
        Bool, Nullable<Text>) =
    "SELECT user_id, lesson_id, completed_at, completed_revision, tried_revision, attempts, best, failed_at, skipped, waiver \
     FROM record_lessons WHERE user_id IN ", values
}
of_list! {
    SkillsOnSqlite, SkillsOnPostgres -> (Text, Text) =
    "SELECT user_id, skill_id FROM record_skills WHERE user_id IN ", values
}
of_list! {
    LastEventsOnSqlite, LastEventsOnPostgres -> (Text, Nullable<BigInt>, Nullable<BigInt>) =
    "SELECT value, (SELECT max(seq) FROM learning_events WHERE user_id = value), \
     (SELECT at FROM learning_events WHERE user_id = value ORDER BY seq DESC LIMIT 1) FROM ", rows
}
of_list! {
    CountedOnSqlite, CountedOnPostgres -> () =
    "UPDATE attempts SET counted = true WHERE state = 'graded' AND NOT counted AND id IN ", values
}

/// Runs one of two statements over a list.
macro_rules! on_list {
    ($tx:expr, $list:expr, $sqlite:ident, $postgres:ident, $do:ident) => {{
        let list = $list;
        $tx.run(|c| {
            per_backend!(c, sqlite c => $sqlite { list }.$do(c), postgres c => $postgres { list }.$do(c))
        })?
    }};
}

statement! {
    PutResult<'a> {
        lesson: &'a str => Text, revision: &'a str => Text, percent: i64 => BigInt, attempts: i64 => BigInt,
        passed: i64 => BigInt,
    } -> () = "INSERT INTO quiz_results (lesson_id, revision, percent, attempts, passed) VALUES (?, ?, ?, ?, ?) \
        ON CONFLICT (lesson_id, revision, percent) DO UPDATE SET attempts = quiz_results.attempts + excluded.attempts, \
        passed = quiz_results.passed + excluded.passed"
}

statement! {
    PutQuestion<'a> {
        lesson: &'a str => Text, revision: &'a str => Text, question: &'a str => Text, right: i64 => BigInt,
        wrong: i64 => BigInt, unanswered: i64 => BigInt,
    } -> () = "INSERT INTO question_results (lesson_id, revision, question_id, answered_right, answered_wrong, unanswered) \
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (lesson_id, revision, question_id) DO UPDATE SET \
        answered_right = question_results.answered_right + excluded.answered_right, \
        answered_wrong = question_results.answered_wrong + excluded.answered_wrong, \
        unanswered = question_results.unanswered + excluded.unanswered"
}

statement! {
    PutChoice<'a> {
        lesson: &'a str => Text, revision: &'a str => Text, question: &'a str => Text, choice: &'a str => Text,
        times: i64 => BigInt,
    } -> () = "INSERT INTO choice_results (lesson_id, revision, question_id, choice_id, in_wrong) VALUES (?, ?, ?, ?, ?) \
        ON CONFLICT (lesson_id, revision, question_id, choice_id) DO UPDATE SET \
        in_wrong = choice_results.in_wrong + excluded.in_wrong"
}

fn stored_number(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(Error::internal)
}

impl Tx<'_> {
    /// The standings of these learners without their enrolments: lessons, skills, and the last event.
    pub(crate) fn standings_of(&mut self, enrolments: Vec<Enrolment>) -> Result<Vec<Enrolled>> {
        let mut lessons: BTreeMap<UserId, BTreeMap<LessonId, LessonRecord>> = BTreeMap::new();
        let mut skills: BTreeMap<UserId, Vec<SkillId>> = BTreeMap::new();
        let mut last: BTreeMap<UserId, (u64, Timestamp)> = BTreeMap::new();
        let users: std::collections::BTreeSet<UserId> = enrolments.iter().map(|enrolment| enrolment.user).collect();
        let list = &to_json(&users)?;
        type Lessons = (
            Parsed<UserId>,
            Parsed<LessonId>,
            Option<i64>,
            Option<Parsed<Revision>>,
            Option<Parsed<Revision>>,
            i64,
            Option<i64>,
            Option<i64>,
            bool,
            Option<String>,
        );
        let rows: Vec<Lessons> = on_list!(self, list, LessonsOnSqlite, LessonsOnPostgres, load);
        for (user, id, completed_at, completed_revision, tried, attempts, best, failed_at, skipped, waiver) in rows {
            let row =
                LessonRow { id, completed_at, completed_revision, tried, attempts, best, failed_at, skipped, waiver };
            lessons.entry(user.0).or_default().extend([row.record()?]);
        }
        let rows: Vec<(Parsed<UserId>, Parsed<SkillId>)> = on_list!(self, list, SkillsOnSqlite, SkillsOnPostgres, load);
        for (user, skill) in rows {
            skills.entry(user.0).or_default().push(skill.0);
        }
        let rows: Vec<(Parsed<UserId>, Option<i64>, Option<i64>)> =
            on_list!(self, list, LastEventsOnSqlite, LastEventsOnPostgres, load);
        for (user, seq, at) in rows {
            let (Some(seq), Some(at)) = (seq, at) else { return Err(Error::internal("an enrolment without an event")) };
            last.insert(user.0, (number(seq)?, Timestamp::from_micros(at)));
        }
        let enrolled = |enrolment: Enrolment| {
            let user = enrolment.user;
            let (seq, last_event) = *last.get(&user).ok_or_else(|| Error::internal("a learner without an event"))?;
            let lessons = lessons.get(&user).cloned().unwrap_or_default();
            let skills = skills.get(&user).into_iter().flatten().cloned().collect();
            Ok(Enrolled { standing: Standing { enrolment, seq, lessons, skills }, last_event })
        };
        enrolments.into_iter().map(enrolled).collect()
    }
}

impl StatisticsReader for Tx<'_> {
    fn learners(&mut self, lesson: &LessonId) -> Result<LearnerCounts> {
        let statement = Learners { lesson: lesson.as_str() };
        let (tried, completed): (i64, i64) = self.run(|c| per_backend!(c, c => statement.get_result(c)))?;
        Ok(LearnerCounts { tried: number(tried)?, completed: number(completed)? })
    }

    fn open_attempts(&mut self, lesson: &LessonId, revision: &Revision) -> Result<u64> {
        let statement = OpenAttempts { lesson: lesson.as_str(), revision: revision.as_str() };
        let (open,): (i64,) = self.run(|c| per_backend!(c, c => statement.get_result(c)))?;
        number(open)
    }

    fn revisions(&mut self, lesson: &LessonId) -> Result<Vec<(Revision, u64)>> {
        let statement = Revisions { l1: lesson.as_str(), l2: lesson.as_str() };
        let rows: Vec<(String, i64)> = self.run(|c| per_backend!(c, c => statement.load(c)))?;
        rows.into_iter().map(|(revision, graded)| Ok((stored(revision.parse())?, number(graded)?))).collect()
    }

    fn counted(&mut self, lesson: &LessonId, revision: &Revision) -> Result<QuizTally> {
        let (lesson, revision) = (lesson.as_str(), revision.as_str());
        let mut tally = QuizTally::default();
        let rows: Vec<(i64, i64, i64)> = self.run(|c| per_backend!(c, c => Results { lesson, revision }.load(c)))?;
        for (percent, attempts, passed) in rows {
            let result = ResultTally { attempts: number(attempts)?, passed: number(passed)? };
            tally.results.insert(number(percent)?, result);
        }
        let rows: Vec<(String, i64, i64, i64)> =
            self.run(|c| per_backend!(c, c => Questions { lesson, revision }.load(c)))?;
        for (question, right, wrong, unanswered) in rows {
            let (right, wrong, unanswered) = (number(right)?, number(wrong)?, number(unanswered)?);
            let question_tally = QuestionTally { right, wrong, unanswered, in_wrong: BTreeMap::new() };
            tally.questions.insert(stored(question.parse())?, question_tally);
        }
        let rows: Vec<(String, String, i64)> =
            self.run(|c| per_backend!(c, c => Choices { lesson, revision }.load(c)))?;
        for (question, choice, times) in rows {
            let question = tally.questions.entry(stored(question.parse())?).or_default();
            question.in_wrong.insert(stored(choice.parse())?, number(times)?);
        }
        Ok(tally)
    }

    fn uncounted(&mut self, quiz: Option<(&LessonId, &Revision)>, limit: usize) -> Result<Vec<Attempt>> {
        // As the index of those that wait has it.
        let waiting = sql::<Bool>("state = 'graded' AND NOT counted");
        let waiting = attempts::table.filter(waiting).limit(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<AttemptRow> = match quiz {
            None => self.run(|c| per_backend!(c, c => waiting.load(c)))?,
            Some((lesson, revision)) => {
                let of_quiz = attempts::lesson_id.eq(lesson.as_str()).and(attempts::revision.eq(revision.as_str()));
                self.run(|c| per_backend!(c, c => waiting.filter(of_quiz).load(c)))?
            }
        };
        rows.into_iter().map(Attempt::try_from).collect()
    }

    fn newest_enrolled(&mut self, target: &Target, before: Option<EnrolmentId>, limit: usize) -> Result<Vec<Enrolled>> {
        // Behind every id: they are digits and letters.
        let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
        let (kind, id) = (target.kind().as_str(), target.id());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let statement = NewestEnrolled { kind, target: id.as_str(), before: &before, limit };
        let rows: Vec<EnrolmentRow> = self.run(|c| per_backend!(c, c => statement.load(c)))?;
        let enrolments = rows.into_iter().map(Enrolment::try_from).collect::<Result<Vec<_>>>()?;
        if enrolments.is_empty() {
            return Ok(Vec::new());
        }
        self.standings_of(enrolments)
    }
}

impl StatisticsWriter for Tx<'_> {
    fn count(&mut self, attempts: &[AttemptId], tallies: &BTreeMap<(LessonId, Revision), QuizTally>) -> Result<()> {
        let list = &to_json(&attempts)?;
        let counted: usize = on_list!(self, list, CountedOnSqlite, CountedOnPostgres, execute);
        if counted != attempts.len() {
            return Err(Error::internal("an attempt to count is not graded, or is counted already"));
        }
        for ((lesson, revision), tally) in tallies {
            let (lesson, revision) = (lesson.as_str(), revision.as_str());
            for (percent, result) in &tally.results {
                let (attempts, passed) = (stored_number(result.attempts)?, stored_number(result.passed)?);
                let put = PutResult { lesson, revision, percent: i64::from(*percent), attempts, passed };
                self.run(|c| per_backend!(c, c => put.execute(c)))?;
            }
            for (question, found) in &tally.questions {
                let question = question.as_str();
                let (right, wrong) = (stored_number(found.right)?, stored_number(found.wrong)?);
                let unanswered = stored_number(found.unanswered)?;
                let put = PutQuestion { lesson, revision, question, right, wrong, unanswered };
                self.run(|c| per_backend!(c, c => put.execute(c)))?;
                for (choice, times) in &found.in_wrong {
                    let (choice, times) = (choice.as_str(), stored_number(*times)?);
                    let put = PutChoice { lesson, revision, question, choice, times };
                    self.run(|c| per_backend!(c, c => put.execute(c)))?;
                }
            }
        }
        Ok(())
    }
}
