use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use cairn_domain::catalog::{Catalogue, DocKind, DraftDocument, Library, Link, Release};
use cairn_domain::identity::{ApiToken, PasswordHash, SecretDigest, Session, User};
use cairn_domain::learning::{Attempt, LearningRecord, QuizTally, RecordedEvent, StudyPlan};
use cairn_domain::operations::{IdempotencyKey, StoredAnswer};
use cairn_domain::practice::{Comment, DrillAttempt, Submission};
use cairn_domain::shared::{
    AttemptId, ContentId, EnrolmentId, LessonId, PackId, ReleaseId, Revision, SessionId, SubmissionId, Timestamp,
    TokenId, UserId,
};
use cairn_domain::{Error, Result};

use crate::search::StoredTerms;
use crate::table::Table;

/// A release with what belongs to it alone.
#[derive(Debug)]
pub(crate) struct StoredRelease {
    pub(crate) release: Release,
    pub(crate) catalogue: Arc<Catalogue>,
    /// Ordered by path.
    pub(crate) files: Vec<(String, Revision)>,
    /// Ordered, each once.
    pub(crate) links: Vec<Link>,
}

macro_rules! tables {
    ($($(#[doc = $doc:literal])* $name:ident: $key:ty => $row:ty,)+) => {
        /// All that a store keeps.
        #[derive(Debug, Default)]
        pub(crate) struct State { $($(#[doc = $doc])* pub(crate) $name: Table<$key, $row>,)+ }

        impl State {
            pub(crate) fn commit(&mut self) { $(self.$name.commit();)+ }
            pub(crate) fn roll_back(&mut self) { $(self.$name.roll_back();)+ }
        }
    };
}

tables! {
    releases: (PackId, u32) => Arc<StoredRelease>,
    release_ids: ReleaseId => Arc<StoredRelease>,
    documents: (DocKind, ContentId, Revision) => Arc<DraftDocument>,
    files: Revision => Arc<[u8]>,
    /// The current releases, made anew with each one.
    library: () => Arc<Library>,

    records: UserId => LearningRecord,
    events: (UserId, u64) => RecordedEvent,
    events_at: (UserId, Timestamp, u64) => (),
    enrolments: EnrolmentId => UserId,
    attempts: AttemptId => Attempt,
    attempts_at: (UserId, LessonId, AttemptId) => (),
    open_attempts: (UserId, LessonId) => AttemptId,
    drill_attempts: AttemptId => Arc<DrillAttempt>,
    drill_attempts_of: (UserId, LessonId, AttemptId) => (),
    drill_attempts_at: (LessonId, AttemptId) => (),
    open_drill_attempts: (UserId, LessonId) => AttemptId,
    submissions: SubmissionId => Submission,
    submissions_of: (UserId, LessonId) => SubmissionId,
    comments: (SubmissionId, u32) => Comment,
    study_plans: EnrolmentId => StudyPlan,
    /// Those that are graded and in no tally yet.
    uncounted: AttemptId => (),
    tallies: (LessonId, Revision) => QuizTally,

    users: UserId => User,
    emails: String => UserId,
    passwords: UserId => PasswordHash,
    sessions: SessionId => Session,
    session_digests: SecretDigest => SessionId,
    sessions_of: (UserId, SessionId) => (),
    tokens: TokenId => ApiToken,
    token_digests: SecretDigest => TokenId,
    token_names: (UserId, String) => TokenId,
    tokens_of: (UserId, TokenId) => (),
    throttles: String => Timestamp,

    answers: (UserId, IdempotencyKey) => StoredAnswer,

    search_documents: (DocKind, ContentId) => Arc<StoredTerms>,
    /// In the order in which documents came into the index.
    search_numbers: u64 => (DocKind, ContentId),
    search_terms: (String, u64) => (),
}

impl State {
    /// Refuses rows of a user who is not there, as a foreign key does on a database.
    pub(crate) fn require_user(&self, id: UserId) -> Result<()> {
        if self.users.contains(&id) { Ok(()) } else { Err(Error::internal(format!("there is no user {id}"))) }
    }
}

/// A transaction over the state: it reads through a shared reference, and writes too through an exclusive one.
pub(crate) struct Tx<S>(pub(crate) S);

impl<S: Deref<Target = State>> Tx<S> {
    pub(crate) fn state(&self) -> &State {
        &self.0
    }
}

impl<S: DerefMut<Target = State>> Tx<S> {
    pub(crate) fn state_mut(&mut self) -> &mut State {
        &mut self.0
    }
}
