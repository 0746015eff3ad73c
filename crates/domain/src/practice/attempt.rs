use std::collections::BTreeMap;
use std::fmt;

use cairn_drill::http::Transcript;
use cairn_drill::{DrillKind, Verdict};
use serde::{Deserialize, Serialize};

use crate::shared::{
    AttemptId, Code, EnrolmentId, Error, LessonId, Result, Revision, Timestamp, UserId, Violations, check_text,
};

/// The most bytes of a transcript's texts and bodies together.
pub const MOST_TRANSCRIPT: usize = cairn_drill::http::MAX_TRANSCRIPT_BYTES;
/// The most bytes of an SQL script, or of a step of a migration.
pub const MOST_SQL: usize = 20_000;
const MOST_STEPS: usize = 20;

/// What proves that a transcript belongs to an attempt: 128 bits that nobody can guess, in hex.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// A nonce of these bits.
    #[must_use]
    pub fn new(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }

    /// A nonce as a store keeps it.
    ///
    /// # Errors
    /// [`Code::Invalid`] when it is not 32 digits in hex.
    pub fn from_text(text: &str) -> Result<Self> {
        let hex = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if hex && text.len() == 32 {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::field("", "not_a_nonce", "A nonce is 32 digits in hex."))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is what was presented; how long that takes does not tell where they differ.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), presented.as_bytes());
        own.len() == other.len() && own.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

/// One try at a drill, pinned to the revision that was current when it began.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillAttempt {
    /// Its id.
    pub id: AttemptId,
    /// The learner.
    pub user: UserId,
    /// The enrolment it was started on.
    pub enrolment: EnrolmentId,
    /// The drill.
    pub lesson: LessonId,
    /// The revision of the drill that is attempted.
    pub revision: Revision,
    /// What is practised on.
    pub kind: DrillKind,
    /// Whether the drill was locked when it began: passing proves what the drill needs.
    pub challenge: bool,
    /// What a transcript has to bring along.
    pub nonce: Nonce,
    /// What the variables of an HTTP drill follow from.
    pub seed: u128,
    /// When it began.
    pub started_at: Timestamp,
    /// From when on nothing is taken any more.
    pub expires_at: Timestamp,
    /// Open, expired or judged.
    pub state: DrillState,
}

/// Where an attempt at a drill stands.
#[derive(Debug, Clone, PartialEq)]
pub enum DrillState {
    /// Waiting for what is handed in, until it expires.
    Open,
    /// Expired, and another one took its place.
    Expired,
    /// Judged, for good.
    Judged(Box<Judged>),
}

/// The outcome of an attempt at a drill.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// When it was handed in.
    pub at: Timestamp,
    /// The revision that the verdict was made under: that of the attempt, or a later one after a re-evaluation.
    pub revision: Revision,
    /// What was handed in; `None` once that was forgotten.
    pub handed_in: Option<HandedIn>,
    /// The evaluator's answer.
    pub verdict: Verdict,
    /// Who saw what the verdict was made of.
    pub provenance: Provenance,
}

/// Who saw what a verdict was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// The learner's machine, whose owner can have it say anything.
    ObservedByLearner,
    /// The server.
    RunByServer,
}

impl Provenance {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::ObservedByLearner, Self::RunByServer];

    /// The name in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ObservedByLearner => "observed_by_learner",
            Self::RunByServer => "run_by_server",
        }
    }
}

/// What a learner hands in at a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandedIn {
    /// What was seen of an HTTP drill.
    Transcript(Transcript),
    /// The answer to an SQL drill.
    Sql(String),
    /// The steps of a migration by their ids.
    Steps(BTreeMap<String, String>),
}

impl HandedIn {
    /// Refuses what is too large, or not for this kind of drill.
    ///
    /// # Errors
    /// [`Code::WrongLessonKind`]; [`Code::TranscriptTooLarge`]; [`Code::Invalid`] at `/sql` or `/steps`.
    pub(super) fn check(&self, kind: DrillKind) -> Result<()> {
        match (self, kind) {
            (Self::Transcript(transcript), DrillKind::Http) => {
                if size(transcript) > MOST_TRANSCRIPT {
                    let message =
                        format!("A transcript has at most {MOST_TRANSCRIPT} bytes of addresses, headers and bodies.");
                    return Err(Error::new(Code::TranscriptTooLarge, message));
                }
                Ok(())
            }
            (Self::Sql(sql), DrillKind::Sql) => {
                let mut faults = Violations::new();
                faults.take("/sql", script(sql));
                faults.check()
            }
            (Self::Steps(steps), DrillKind::Migration) => {
                let mut faults = Violations::new();
                for (id, sql) in steps {
                    let pointer = format!("/steps/{}", id.replace('~', "~0").replace('/', "~1"));
                    faults.take(&pointer, script(sql).and_then(|()| check_text(id, 1, 80)));
                }
                if steps.is_empty() {
                    faults.push("/steps", "required", "Hand in each step of the migration by its id.");
                }
                if steps.len() > MOST_STEPS {
                    faults.push("/steps", "too_many", format!("A migration has at most {MOST_STEPS} steps."));
                }
                faults.check()
            }
            _ => {
                let wanted = match kind {
                    DrillKind::Http => "a transcript",
                    DrillKind::Sql => "`sql`",
                    DrillKind::Migration => "`steps`",
                };
                Err(Error::new(Code::WrongLessonKind, format!("This drill takes {wanted}.")))
            }
        }
    }
}

fn script(sql: &str) -> Result<()> {
    if sql.len() > MOST_SQL {
        let detail = format!("At most {MOST_SQL} bytes of SQL are taken here.");
        return Err(Error::field("", "too_long", detail));
    }
    check_text(sql, 1, MOST_SQL)
}

fn size(transcript: &Transcript) -> usize {
    let response = |response: &cairn_drill::http::Response| {
        response.body.len() + response.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    };
    let one = |exchange: &cairn_drill::http::Exchange| {
        let texts = exchange.step.len() + exchange.url.len() + exchange.error.as_ref().map_or(0, String::len);
        texts + exchange.response.as_ref().map_or(0, response)
    };
    transcript.exchanges.iter().map(one).sum()
}

impl DrillAttempt {
    /// The outcome, once there is one.
    #[must_use]
    pub fn judged(&self) -> Option<&Judged> {
        match &self.state {
            DrillState::Judged(judged) => Some(judged),
            DrillState::Open | DrillState::Expired => None,
        }
    }

    /// The state as it is now: `"open"`, `"expired"` or `"judged"`.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> &'static str {
        match &self.state {
            DrillState::Judged(_) => "judged",
            DrillState::Open if now < self.expires_at => "open",
            DrillState::Open | DrillState::Expired => "expired",
        }
    }

    /// The nonce, for the learner while the attempt takes something.
    #[must_use]
    pub fn nonce_for(&self, user: UserId, now: Timestamp) -> Option<&Nonce> {
        (user == self.user && self.state_at(now) == "open").then_some(&self.nonce)
    }

    /// Refuses an attempt that takes nothing any more.
    ///
    /// # Errors
    /// [`Code::AttemptJudged`]; [`Code::AttemptExpired`].
    pub(super) fn check_open(&self, now: Timestamp) -> Result<()> {
        match self.state_at(now) {
            "open" => Ok(()),
            "judged" => {
                Err(Error::new(Code::AttemptJudged, "This attempt has been judged; it takes nothing any more."))
            }
            _ => {
                let message = format!("This attempt took what is handed in until {}.", self.expires_at);
                Err(Error::new(Code::AttemptExpired, message))
            }
        }
    }
}
