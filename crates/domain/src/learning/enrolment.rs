use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalogue, DocKind};
use crate::shared::{ContentId, CourseId, EnrolmentId, Error, LessonId, PackId, Result, Timestamp, TrackId, UserId};

/// What a learner can enrol on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Target {
    /// A course.
    Course(CourseId),
    /// A track.
    Track(TrackId),
}

impl Target {
    /// A target from its parts; `None` for a kind that nobody enrols on.
    #[must_use]
    pub fn new(kind: DocKind, id: ContentId) -> Option<Self> {
        match kind {
            DocKind::Course => Some(Self::Course(id.into())),
            DocKind::Track => Some(Self::Track(id.into())),
            _ => None,
        }
    }

    /// Course or track.
    #[must_use]
    pub fn kind(&self) -> DocKind {
        match self {
            Self::Course(_) => DocKind::Course,
            Self::Track(_) => DocKind::Track,
        }
    }

    /// The id of the course or track.
    #[must_use]
    pub fn id(&self) -> ContentId {
        match self {
            Self::Course(id) => id.into(),
            Self::Track(id) => id.into(),
        }
    }

    /// The courses in their order: the course itself, or those of the track. Retired ones are left out of a track
    /// that is not retired itself.
    #[must_use]
    pub fn courses(&self, catalogue: &Catalogue) -> Vec<CourseId> {
        match self {
            Self::Course(id) => vec![id.clone()],
            Self::Track(id) => catalogue.track(id).map_or_else(Vec::new, |track| {
                let counts = |id: &&CourseId| catalogue.course(id).is_some_and(|c| track.retired() || !c.retired());
                track.detail.courses.iter().filter(counts).cloned().collect()
            }),
        }
    }

    /// The courses that have to be finished to complete it. One in which all is optional does not count in a track,
    /// unless all of the track's courses are like that.
    #[must_use]
    pub fn required_courses(&self, catalogue: &Catalogue) -> Vec<CourseId> {
        let mut courses = self.courses(catalogue);
        if !courses.iter().all(|course| catalogue.all_optional(course)) {
            courses.retain(|course| !catalogue.all_optional(course));
        }
        courses
    }

    /// The lessons in their order.
    #[must_use]
    pub fn lessons(&self, catalogue: &Catalogue) -> Vec<LessonId> {
        self.courses(catalogue)
            .iter()
            .flat_map(|course| catalogue.lessons_of_course(course).map(|lesson| lesson.id().into()).collect::<Vec<_>>())
            .collect()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind(), self.id())
    }
}

/// The states of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentState {
    /// The learner is at it.
    Active,
    /// The learner has laid it aside.
    Paused,
    /// All that was required is done. For good: what is added later is extra.
    Completed,
    /// The learner has given it up. What was proved stays proved.
    Withdrawn,
}

impl EnrolmentState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Completed, Self::Withdrawn];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether a learner may change the state to `to`.
    #[must_use]
    pub const fn may_become(self, to: Self) -> bool {
        matches!(
            (self, to),
            (Self::Active, Self::Paused | Self::Withdrawn) | (Self::Paused, Self::Active | Self::Withdrawn)
        )
    }

    /// Whether it keeps the learner from enrolling on the same target once more.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }
}

impl FromStr for EnrolmentState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::field("", "unknown_state", "The states are active, paused, completed and withdrawn."))
    }
}

/// A learner on a course or track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Its id.
    pub id: EnrolmentId,
    /// The learner.
    pub user: UserId,
    /// The pack that the target belongs to.
    pub pack: PackId,
    /// What the learner is on.
    pub target: Target,
    /// The release that was current when the learner enrolled. The enrolment follows the pack's current one.
    pub release: u32,
    /// Its state.
    pub state: EnrolmentState,
    /// When the learner enrolled.
    pub enrolled_at: Timestamp,
    /// When all was done; stays for good.
    pub completed_at: Option<Timestamp>,
    /// Counts changes from 1.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_state_changes() {
        use EnrolmentState::*;
        let allowed = [(Active, Paused), (Active, Withdrawn), (Paused, Active), (Paused, Withdrawn)];
        for from in EnrolmentState::ALL {
            for to in EnrolmentState::ALL {
                assert_eq!(from.may_become(to), allowed.contains(&(from, to)), "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn only_courses_and_tracks_are_targets() {
        let id = ContentId::new("x").unwrap();
        let targets: Vec<_> = DocKind::ALL.into_iter().filter_map(|kind| Target::new(kind, id.clone())).collect();
        assert_eq!(targets.iter().map(Target::kind).collect::<Vec<_>>(), [DocKind::Track, DocKind::Course]);
        assert_eq!(serde_json::to_string(&targets[1]).unwrap(), r#"{"kind":"course","id":"x"}"#);
    }
}
