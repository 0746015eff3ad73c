use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Result;
use crate::catalog::{CatalogReader, CatalogWriter};
use crate::identity::{SessionReader, SessionWriter, ThrottleWriter, TokenReader, TokenWriter, UserReader, UserWriter};
use crate::learning::{
    AttemptReader, AttemptWriter, RecordReader, RecordWriter, StatisticsReader, StatisticsWriter, StudyPlanReader,
    StudyPlanWriter,
};
use crate::operations::{IdempotencyReader, IdempotencyWriter};
use crate::practice::{DrillAttemptReader, DrillAttemptWriter, SubmissionReader, SubmissionWriter};
use crate::search::{SearchReader, SearchWriter};

/// A closure over a transaction that writes.
pub type Work<'a> = &'a mut dyn FnMut(&mut dyn WriteTx) -> Result<()>;

/// Opens transactions.
///
/// Transactions are serialisable: what they read and write is as if they ran one after another.
/// Use [`StoreExt`] to get a value out of a closure.
pub trait Store: Send + Sync {
    /// Runs a closure over a snapshot that nothing can write through.
    ///
    /// The closure may run more than once, each time over one snapshot, so it must have no effect outside.
    ///
    /// # Errors
    /// Those of the closure, and [`crate::Code::StoreUnavailable`] or [`crate::Code::Busy`].
    fn read_with(&self, work: &mut dyn FnMut(&mut dyn ReadTx) -> Result<()>) -> Result<()>;

    /// Runs a closure over a transaction and commits it when the closure gives `Ok`; otherwise nothing is kept.
    /// When it returns `Ok`, all is on stable storage.
    ///
    /// The closure may run more than once, so it must have no effect outside the transaction, and it must not wait
    /// for anything. A panic in it undoes its own work alone and is passed on.
    ///
    /// # Errors
    /// Those of the closure, and [`crate::Code::StoreUnavailable`] or [`crate::Code::Busy`].
    fn write_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()>;

    /// As [`Store::write_with`] for work that takes long (a release): it gets a commit of its own, so that nobody
    /// else's reply waits for it longer than the lock is held.
    ///
    /// # Errors
    /// As [`Store::write_with`].
    fn write_alone_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()> {
        self.write_with(work)
    }

    /// As [`Store::write_with`] for several closures that came together. Each is a transaction of its own with an answer of
    /// its own, in their order; they may share one commit, which a caller with many of them gains by. A panic in one is
    /// [`crate::Code::Internal`] for it alone.
    fn write_each_with(&self, works: &mut [Work<'_>]) -> Vec<Result<()>> {
        write_one_by_one(self, works)
    }

    /// A number that rises with each commit, for who keeps what follows from a read: what a read gave that began after
    /// one call is what a read would give at a later call, if both give the same number. `None` while that is not known:
    /// during a commit, and always where other processes may write.
    ///
    /// It asks nobody and waits for nothing.
    fn generation(&self) -> Option<u64> {
        None
    }

    /// Fails unless the database can be reached and has the schema that this program needs.
    ///
    /// # Errors
    /// [`crate::Code::StoreUnavailable`] with what is wrong as its cause.
    fn ready(&self) -> Result<()>;
}

/// [`Store::write_each_with`] for a store whose transactions share nothing.
pub fn write_one_by_one<S: Store + ?Sized>(store: &S, works: &mut [Work<'_>]) -> Vec<Result<()>> {
    let answer = |work: &mut Work<'_>| {
        let answer = catch_unwind(AssertUnwindSafe(|| store.write_with(*work)));
        answer.unwrap_or_else(|_| Err(crate::Error::internal("a closure panicked")))
    };
    works.iter_mut().map(answer).collect()
}

/// [`Store`] with values.
pub trait StoreExt: Store {
    /// [`Store::read_with`], giving what the closure gives.
    ///
    /// # Errors
    /// As [`Store::read_with`].
    fn read<T>(&self, mut work: impl FnMut(&mut dyn ReadTx) -> Result<T>) -> Result<T> {
        let mut out = None;
        self.read_with(&mut |tx| {
            out = None;
            out = Some(work(tx)?);
            Ok(())
        })?;
        out.ok_or_else(|| crate::Error::internal("the store did not run the closure"))
    }

    /// [`Store::write_with`], giving what the closure gave when it was committed.
    ///
    /// # Errors
    /// As [`Store::write_with`].
    fn write<T>(&self, mut work: impl FnMut(&mut dyn WriteTx) -> Result<T>) -> Result<T> {
        let mut out = None;
        self.write_with(&mut |tx| {
            out = None;
            out = Some(work(tx)?);
            Ok(())
        })?;
        out.ok_or_else(|| crate::Error::internal("the store did not run the closure"))
    }

    /// [`Store::write_alone_with`], giving what the closure gave when it was committed.
    ///
    /// # Errors
    /// As [`Store::write_with`].
    fn write_alone<T>(&self, mut work: impl FnMut(&mut dyn WriteTx) -> Result<T>) -> Result<T> {
        let mut out = None;
        self.write_alone_with(&mut |tx| {
            out = None;
            out = Some(work(tx)?);
            Ok(())
        })?;
        out.ok_or_else(|| crate::Error::internal("the store did not run the closure"))
    }
}

impl<S: Store + ?Sized> StoreExt for S {}

/// A transaction that reads: an accessor per aggregate. Whatever implements the ports of all aggregates is one.
pub trait ReadTx {
    /// Releases and what they serve.
    fn catalog(&mut self) -> &mut dyn CatalogReader;
    /// Learners' records and enrolments.
    fn records(&mut self) -> &mut dyn RecordReader;
    /// Quiz attempts.
    fn attempts(&mut self) -> &mut dyn AttemptReader;
    /// Attempts at drills.
    fn drill_attempts(&mut self) -> &mut dyn DrillAttemptReader;
    /// What was handed in at capstones.
    fn submissions(&mut self) -> &mut dyn SubmissionReader;
    /// Study plans.
    fn study_plans(&mut self) -> &mut dyn StudyPlanReader;
    /// What is counted over many learners.
    fn statistics(&mut self) -> &mut dyn StatisticsReader;
    /// Users.
    fn users(&mut self) -> &mut dyn UserReader;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn SessionReader;
    /// API tokens.
    fn tokens(&mut self) -> &mut dyn TokenReader;
    /// Idempotent answers.
    fn idempotency(&mut self) -> &mut dyn IdempotencyReader;
    /// The index of documents.
    fn search(&mut self) -> &mut dyn SearchReader;
}

/// A transaction that writes too. Whatever implements the writing ports of all aggregates is one.
pub trait WriteTx: ReadTx {
    /// Releases and what they serve.
    fn catalog_mut(&mut self) -> &mut dyn CatalogWriter;
    /// Learners' records and enrolments.
    fn records_mut(&mut self) -> &mut dyn RecordWriter;
    /// Quiz attempts.
    fn attempts_mut(&mut self) -> &mut dyn AttemptWriter;
    /// Attempts at drills.
    fn drill_attempts_mut(&mut self) -> &mut dyn DrillAttemptWriter;
    /// What was handed in at capstones.
    fn submissions_mut(&mut self) -> &mut dyn SubmissionWriter;
    /// Study plans.
    fn study_plans_mut(&mut self) -> &mut dyn StudyPlanWriter;
    /// What is counted over many learners.
    fn statistics_mut(&mut self) -> &mut dyn StatisticsWriter;
    /// Users.
    fn users_mut(&mut self) -> &mut dyn UserWriter;
    /// Sessions.
    fn sessions_mut(&mut self) -> &mut dyn SessionWriter;
    /// API tokens.
    fn tokens_mut(&mut self) -> &mut dyn TokenWriter;
    /// Throttles.
    fn throttles_mut(&mut self) -> &mut dyn ThrottleWriter;
    /// Idempotent answers.
    fn idempotency_mut(&mut self) -> &mut dyn IdempotencyWriter;
    /// The index of documents.
    fn search_mut(&mut self) -> &mut dyn SearchWriter;
    /// The same transaction, for a use case that only reads.
    fn as_read(&mut self) -> &mut dyn ReadTx;
}

impl<T> ReadTx for T
where
    T: CatalogReader
        + RecordReader
        + AttemptReader
        + DrillAttemptReader
        + SubmissionReader
        + StudyPlanReader
        + StatisticsReader
        + UserReader
        + SessionReader
        + TokenReader
        + IdempotencyReader
        + SearchReader,
{
    fn catalog(&mut self) -> &mut dyn CatalogReader {
        self
    }
    fn records(&mut self) -> &mut dyn RecordReader {
        self
    }
    fn attempts(&mut self) -> &mut dyn AttemptReader {
        self
    }
    fn drill_attempts(&mut self) -> &mut dyn DrillAttemptReader {
        self
    }
    fn submissions(&mut self) -> &mut dyn SubmissionReader {
        self
    }
    fn study_plans(&mut self) -> &mut dyn StudyPlanReader {
        self
    }
    fn statistics(&mut self) -> &mut dyn StatisticsReader {
        self
    }
    fn users(&mut self) -> &mut dyn UserReader {
        self
    }
    fn sessions(&mut self) -> &mut dyn SessionReader {
        self
    }
    fn tokens(&mut self) -> &mut dyn TokenReader {
        self
    }
    fn idempotency(&mut self) -> &mut dyn IdempotencyReader {
        self
    }
    fn search(&mut self) -> &mut dyn SearchReader {
        self
    }
}

impl<T> WriteTx for T
where
    T: CatalogWriter
        + RecordWriter
        + AttemptWriter
        + DrillAttemptWriter
        + SubmissionWriter
        + StudyPlanWriter
        + StatisticsWriter
        + UserWriter
        + SessionWriter
        + TokenWriter
        + ThrottleWriter
        + IdempotencyWriter
        + SearchWriter,
{
    fn catalog_mut(&mut self) -> &mut dyn CatalogWriter {
        self
    }
    fn records_mut(&mut self) -> &mut dyn RecordWriter {
        self
    }
    fn attempts_mut(&mut self) -> &mut dyn AttemptWriter {
        self
    }
    fn drill_attempts_mut(&mut self) -> &mut dyn DrillAttemptWriter {
        self
    }
    fn submissions_mut(&mut self) -> &mut dyn SubmissionWriter {
        self
    }
    fn study_plans_mut(&mut self) -> &mut dyn StudyPlanWriter {
        self
    }
    fn statistics_mut(&mut self) -> &mut dyn StatisticsWriter {
        self
    }
    fn users_mut(&mut self) -> &mut dyn UserWriter {
        self
    }
    fn sessions_mut(&mut self) -> &mut dyn SessionWriter {
        self
    }
    fn tokens_mut(&mut self) -> &mut dyn TokenWriter {
        self
    }
    fn throttles_mut(&mut self) -> &mut dyn ThrottleWriter {
        self
    }
    fn idempotency_mut(&mut self) -> &mut dyn IdempotencyWriter {
        self
    }
    fn search_mut(&mut self) -> &mut dyn SearchWriter {
        self
    }
    fn as_read(&mut self) -> &mut dyn ReadTx {
        self
    }
}
