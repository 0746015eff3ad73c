use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalog::{CapstoneRules, HandIn};
use crate::shared::{
    Code, CriterionId, EnrolmentId, Error, LessonId, Result, Revision, SubmissionId, Timestamp, UserId, Violations,
    check_text, line,
};

/// How often work may be handed in.
pub const MOST_VERSIONS: usize = 50;

/// What a learner hands in at a capstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedWork {
    /// Plain text of 1 to 20,000 characters, where one is asked for.
    pub text: Option<String>,
    /// An address of at most 2,000 characters that begins with `https://` or `http://`, where one is asked for.
    pub link: Option<String>,
}

impl HandedWork {
    fn check(&self, asked: HandIn) -> Result<()> {
        let mut faults = Violations::new();
        let wants_text = matches!(asked, HandIn::Text | HandIn::TextAndLink);
        let wants_link = matches!(asked, HandIn::Link | HandIn::TextAndLink);
        for (pointer, wanted, given) in [("/text", wants_text, &self.text), ("/link", wants_link, &self.link)] {
            match given {
                None if wanted => faults.push(pointer, "required", "This capstone asks for it."),
                Some(_) if !wanted => faults.push(pointer, "not_asked", "This capstone does not ask for it."),
                _ => {}
            }
        }
        if let Some(text) = self.text.as_ref().filter(|_| wants_text) {
            faults.take("/text", check_text(text, 1, 20_000));
        }
        if let Some(link) = self.link.as_ref().filter(|_| wants_link) {
            faults.take("/link", line(link, 2_000));
            let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
            if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/') || rest.contains(char::is_whitespace)) {
                faults.push("/link", "not_a_link", "Give an address that begins with `https://` or `http://`.");
            }
        }
        faults.check()
    }
}

/// A version of the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkVersion {
    /// The revision of the capstone that was current.
    pub revision: Revision,
    /// What was handed in.
    pub work: HandedWork,
    /// When.
    pub at: Timestamp,
    /// What an instructor found.
    pub review: Option<Review>,
}

/// What an instructor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The instructor.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Points for each criterion of the rubric.
    pub points: BTreeMap<CriterionId, u16>,
    /// Whether they suffice.
    pub accepted: bool,
}

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// Waiting for a review.
    Submitted,
    /// Reviewed, with too few points: the learner may hand in another version.
    Returned,
    /// Reviewed and accepted, for good.
    Accepted,
}

impl SubmissionState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Submitted, Self::Returned, Self::Accepted];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Accepted => "accepted",
        }
    }
}

impl FromStr for SubmissionState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::field("", "unknown_state", "The states are submitted, returned and accepted."))
    }
}

/// A learner's work at a capstone, with all its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// The learner.
    pub user: UserId,
    /// The enrolment it was handed in on.
    pub enrolment: EnrolmentId,
    /// The capstone.
    pub lesson: LessonId,
    /// Its state.
    pub state: SubmissionState,
    /// What was handed in, the oldest first; at least one.
    pub versions: Vec<WorkVersion>,
    /// Counts changes from 1.
    pub version: u32,
}

/// What somebody wrote about a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The submission.
    pub submission: SubmissionId,
    /// 1, 2, 3, … in the submission.
    pub number: u32,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub at: Timestamp,
    /// Plain text of 1 to 4,000 characters.
    pub text: String,
}

impl Submission {
    /// Adds a version to what is there, or begins.
    ///
    /// # Errors
    /// [`Code::SubmissionAccepted`]; [`Code::Invalid`] at `/text` and `/link`, or when there are [`MOST_VERSIONS`].
    pub(super) fn hand_in(
        before: Option<Self>,
        (id, user, enrolment, lesson): (SubmissionId, UserId, EnrolmentId, &LessonId),
        (rules, revision): (&CapstoneRules, &Revision),
        work: HandedWork,
        now: Timestamp,
    ) -> Result<Self> {
        let state = SubmissionState::Submitted;
        let mut submission = before.unwrap_or_else(|| Self {
            id,
            user,
            enrolment,
            lesson: lesson.clone(),
            state,
            versions: Vec::new(),
            version: 0,
        });
        if submission.state == SubmissionState::Accepted {
            return Err(Error::new(Code::SubmissionAccepted, "This work has been accepted; it is done."));
        }
        work.check(rules.hand_in)?;
        if submission.versions.len() >= MOST_VERSIONS {
            let detail = format!("Work can be handed in {MOST_VERSIONS} times; ask your instructor.");
            return Err(Error::field("", "too_many", detail));
        }
        submission.versions.push(WorkVersion { revision: revision.clone(), work, at: now, review: None });
        (submission.enrolment, submission.state) = (enrolment, state);
        submission.version += 1;
        Ok(submission)
    }

    /// Notes what an instructor found in the last version.
    ///
    /// # Errors
    /// [`Code::OwnWork`]; [`Code::AlreadyReviewed`]; [`Code::Invalid`] under `/points` unless each criterion has points
    /// within its bounds.
    pub(super) fn review(
        &mut self,
        rules: &CapstoneRules,
        by: UserId,
        points: &BTreeMap<CriterionId, u16>,
        now: Timestamp,
    ) -> Result<bool> {
        if by == self.user {
            return Err(Error::new(Code::OwnWork, "Another instructor has to review your own work."));
        }
        if self.state != SubmissionState::Submitted {
            let message = format!("The last version is {}; there is nothing to review.", self.state.as_str());
            return Err(Error::new(Code::AlreadyReviewed, message));
        }
        let mut faults = Violations::new();
        for criterion in &rules.rubric {
            let (pointer, most) = (format!("/points/{}", criterion.id), criterion.points);
            match points.get(&criterion.id) {
                None => faults.push(pointer, "required", format!("Give 0 to {most} points for `{}`.", criterion.id)),
                Some(given) if *given > most => {
                    faults.push(pointer, "range", format!("`{}` is worth 0 to {most} points.", criterion.id));
                }
                Some(_) => {}
            }
        }
        for id in points.keys().filter(|id| !rules.rubric.iter().any(|criterion| criterion.id == **id)) {
            faults.push(format!("/points/{id}"), "unknown", format!("The rubric has no criterion `{id}`."));
        }
        faults.check()?;
        let sum: u32 = points.values().map(|points| u32::from(*points)).sum();
        let accepted = sum >= rules.pass;
        if let Some(last) = self.versions.last_mut() {
            last.review = Some(Review { by, at: now, points: points.clone(), accepted });
        }
        self.state = if accepted { SubmissionState::Accepted } else { SubmissionState::Returned };
        self.version += 1;
        Ok(accepted)
    }
}
