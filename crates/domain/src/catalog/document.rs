use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cairn_drill::DrillKind;
use serde::{Deserialize, Serialize};

use crate::shared::{ContentId, CourseId, CriterionId, Error, LessonId, Result, Revision, SkillId, line};

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocKind {
    /// A long-form hub page.
    Guide,
    /// An ordered path of courses.
    Track,
    /// An ordered list of lessons.
    Course,
    /// One sitting.
    Lesson,
    /// What lessons teach and require.
    Skill,
}

impl DocKind {
    /// Every kind.
    pub const ALL: [DocKind; 5] = [Self::Guide, Self::Track, Self::Course, Self::Lesson, Self::Skill];

    /// The name in lower case, such as `"lesson"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guide => "guide",
            Self::Track => "track",
            Self::Course => "course",
            Self::Lesson => "lesson",
            Self::Skill => "skill",
        }
    }
}

impl fmt::Display for DocKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DocKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Error::field("", "unknown_kind", "The kinds are guide, track, course, lesson and skill."))
    }
}

/// A document of the catalogue without its text: what rules need to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Stable for ever, unique per kind on a server.
    pub id: ContentId,
    /// What addresses use; may change between releases.
    pub slug: ContentId,
    /// One line.
    pub title: String,
    /// Plain text, at most 300 characters; may be empty.
    pub summary: String,
    /// The hash of the document as it is served.
    pub revision: Revision,
    /// What is particular to the kind.
    pub detail: Detail,
}

impl Document {
    /// A document whose slug is its id, without summary and with a revision of zeros.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] for an id that is not of the form of [`ContentId`] or a title that is not one line of
    /// 1 to 200 characters.
    pub fn new(id: &str, title: &str, detail: Detail) -> Result<Self> {
        let id = ContentId::new(id)?;
        Ok(Self {
            slug: id.clone(),
            id,
            title: line(title, 200)?,
            summary: String::new(),
            revision: Revision::from_digest([0; 32]),
            detail,
        })
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> DocKind {
        match self.detail {
            Detail::Guide(_) => DocKind::Guide,
            Detail::Track(_) => DocKind::Track,
            Detail::Course(_) => DocKind::Course,
            Detail::Lesson(_) => DocKind::Lesson,
            Detail::Skill => DocKind::Skill,
        }
    }

    /// Kind and id: what names the document on a server.
    #[must_use]
    pub fn key(&self) -> (DocKind, ContentId) {
        (self.kind(), self.id.clone())
    }
}

/// What is particular to a kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// A guide.
    Guide(Guide),
    /// A track.
    Track(Track),
    /// A course.
    Course(Course),
    /// A lesson.
    Lesson(Lesson),
    /// A skill.
    Skill,
}

/// A long-form hub page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guide {
    /// The way through the subject; empty for a guide that is not a hub.
    pub stages: Vec<Stage>,
}

/// One stage of a hub's way through its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// One line.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Where the stage is taught; `None` while it is planned.
    pub target: Option<(DocKind, ContentId)>,
}

/// An ordered path of courses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// In order; each once.
    pub courses: Vec<CourseId>,
}

/// What has to be met before a lesson opens: all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requires {
    /// Skills to hold.
    pub skills: Vec<SkillId>,
    /// Lessons to have completed.
    pub lessons: Vec<LessonId>,
}

/// An ordered list of lessons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// In order; each once.
    pub lessons: Vec<LessonId>,
    /// Inherited by each of the lessons.
    pub requires: Requires,
}

/// One sitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// How it is completed.
    pub lesson_kind: LessonKind,
    /// The time it is meant to take, 1 to 240.
    pub minutes: u16,
    /// Granted when it is completed.
    pub teaches: Vec<SkillId>,
    /// Beside those of its course.
    pub requires: Requires,
    /// Not needed to finish the course.
    pub optional: bool,
}

impl Lesson {
    /// A reading of so many minutes that teaches and requires nothing.
    #[must_use]
    pub fn reading(minutes: u16) -> Self {
        Self {
            lesson_kind: LessonKind::Reading,
            minutes,
            teaches: Vec::new(),
            requires: Requires::default(),
            optional: false,
        }
    }

    /// A quiz under these rules that teaches and requires nothing.
    #[must_use]
    pub fn quiz(minutes: u16, rules: QuizRules) -> Self {
        Self { lesson_kind: LessonKind::Quiz(rules), ..Self::reading(minutes) }
    }

    /// A drill under these rules that teaches and requires nothing.
    #[must_use]
    pub fn drill(minutes: u16, rules: DrillRules) -> Self {
        Self { lesson_kind: LessonKind::Drill(rules), ..Self::reading(minutes) }
    }

    /// A capstone under these rules that teaches nothing and requires nothing but its drills.
    #[must_use]
    pub fn capstone(minutes: u16, rules: CapstoneRules) -> Self {
        Self { lesson_kind: LessonKind::Capstone(rules), ..Self::reading(minutes) }
    }

    /// What it requires itself: what its author lists, and for a capstone its drills after that.
    #[must_use]
    pub fn needs(&self) -> Requires {
        let mut needs = self.requires.clone();
        if let LessonKind::Capstone(rules) = &self.lesson_kind {
            let drills = rules.drills.iter().filter(|id| !self.requires.lessons.contains(id));
            needs.lessons.extend(drills.cloned());
        }
        needs
    }
}

/// How a lesson is completed: a reading when the learner says so, a quiz or a drill when an attempt passes, a capstone when
/// an instructor accepts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonKind {
    /// Text to read.
    Reading,
    /// Questions to answer.
    Quiz(QuizRules),
    /// Practice that a machine checks.
    Drill(DrillRules),
    /// A piece of work that an instructor reviews.
    Capstone(CapstoneRules),
}

impl LessonKind {
    /// The name in lower case, such as `"reading"`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Quiz(_) => "quiz",
            Self::Drill(_) => "drill",
            Self::Capstone(_) => "capstone",
        }
    }

    /// How often it may be tried; `None` for what takes no attempts.
    #[must_use]
    pub const fn tries(&self) -> Option<Tries> {
        match self {
            Self::Quiz(QuizRules { attempts, cool_down_seconds, .. })
            | Self::Drill(DrillRules { attempts, cool_down_seconds, .. }) => {
                Some(Tries { attempts: *attempts, cool_down_seconds: *cool_down_seconds })
            }
            Self::Reading | Self::Capstone(_) => None,
        }
    }
}

/// How often a lesson may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many attempts a learner has until the lesson changes; `None` for any number.
    pub attempts: Option<u32>,
    /// The pause after a failed attempt, in whole seconds.
    pub cool_down_seconds: u32,
}

impl Tries {
    /// The pause after a failed attempt.
    #[must_use]
    pub fn cool_down(&self) -> Duration {
        Duration::from_secs(u64::from(self.cool_down_seconds))
    }
}

/// When a quiz is passed and how often it may be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizRules {
    /// The least share of the points that passes, in percent, 1 to 100.
    pub pass_mark: u8,
    /// How many attempts a learner has until the quiz changes; `None` for any number. Counting starts anew with every
    /// other revision, also with one that was there before: a roll back gives new attempts.
    pub attempts: Option<u32>,
    /// The pause after a failed attempt, in whole seconds.
    pub cool_down_seconds: u32,
    /// How many questions there are.
    pub questions: u16,
}

/// How often a drill may be tried. It is passed when all that counts in its verdict holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillRules {
    /// What is practised on.
    pub kind: DrillKind,
    /// As [`QuizRules::attempts`].
    pub attempts: Option<u32>,
    /// The pause after a failed attempt, in whole seconds.
    pub cool_down_seconds: u32,
    /// How long an attempt takes what is handed in, in minutes, 1 to 10,080.
    pub open_minutes: u16,
}

impl DrillRules {
    /// How long an attempt takes what is handed in.
    #[must_use]
    pub fn open_for(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.open_minutes))
    }
}

/// What a capstone asks for, and when it is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapstoneRules {
    /// Lessons that have to be completed before anything is handed in; each is a drill.
    pub drills: Vec<LessonId>,
    /// What is looked at, in order.
    pub rubric: Vec<Criterion>,
    /// The least points that are accepted, at most those of all criteria together.
    pub pass: u32,
    /// What is handed in.
    pub hand_in: HandIn,
}

impl CapstoneRules {
    /// The points of all criteria together.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.rubric.iter().map(|criterion| u32::from(criterion.points)).sum()
    }
}

/// One thing that a review looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Unique in the rubric.
    pub id: CriterionId,
    /// One line.
    pub title: String,
    /// Plain text: what earns the points.
    pub about: String,
    /// What it is worth at most, 1 to 100.
    pub points: u16,
}

/// What is handed in at a capstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandIn {
    /// A text.
    Text,
    /// The address of something.
    Link,
    /// Both.
    TextAndLink,
}

impl HandIn {
    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Link => "link",
            Self::TextAndLink => "text_and_link",
        }
    }
}
