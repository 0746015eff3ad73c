//! Published documents as they are sent.

use cairn_domain::catalog::{
    CapstoneRules, Catalogue, Course, Detail, DocKind, Document, Entry, Guide, Lesson, LessonKind, Requires, Track,
};
use cairn_domain::shared::{ContentId, CourseId, LessonId, PackId};
use serde::Serialize;
use utoipa::ToSchema;

/// A document that another one names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Reference {
    /// `guide`, `track`, `course`, `lesson` or `skill`.
    #[schema(example = "skill")]
    pub(crate) kind: &'static str,
    /// Stable for ever.
    pub(crate) id: String,
    /// What addresses use.
    pub(crate) slug: String,
    /// One line.
    pub(crate) title: String,
}

/// What every document has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Head {
    /// Stable for ever, unique among documents of its kind.
    pub(crate) id: String,
    /// What addresses use; may change, and former ones go on working.
    pub(crate) slug: String,
    /// One line.
    pub(crate) title: String,
    /// Plain text, at most 300 characters; may be empty.
    pub(crate) summary: String,
    /// The id of the pack that it belongs to.
    pub(crate) pack: String,
}

/// What every document has when it is shown by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Full {
    #[serde(flatten)]
    pub(crate) head: Head,
    /// The hash of the document as it is served.
    pub(crate) revision: String,
    /// Whether its pack no longer has it: it is kept and not listed.
    pub(crate) retired: bool,
    /// The text as HTML, safe to show.
    pub(crate) html: String,
    /// Documents whose text links here.
    pub(crate) linked_from: Vec<Reference>,
}

/// A guide in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuideItem {
    #[serde(flatten)]
    pub(crate) head: Head,
}

/// A guide: a long-form hub page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuideView {
    #[serde(flatten)]
    pub(crate) full: Full,
    /// The way through its subject; empty for a guide that is not a hub.
    pub(crate) stages: Vec<StageView>,
}

/// One stage of a hub's way through its subject.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StageView {
    /// One line.
    pub(crate) title: String,
    /// Plain text.
    pub(crate) summary: String,
    /// `available` or `planned`.
    pub(crate) status: &'static str,
    /// Where it is taught; null while it is planned.
    #[schema(required)]
    pub(crate) target: Option<Reference>,
}

/// A track in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrackItem {
    #[serde(flatten)]
    pub(crate) head: Head,
    /// The time that its courses are meant to take.
    pub(crate) minutes: u32,
}

/// A track: an ordered path of courses.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrackView {
    #[serde(flatten)]
    pub(crate) full: Full,
    /// The time that its courses are meant to take.
    pub(crate) minutes: u32,
    /// In order.
    pub(crate) courses: Vec<CourseItem>,
}

/// A course in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CourseItem {
    #[serde(flatten)]
    pub(crate) head: Head,
    /// The time that its lessons are meant to take.
    pub(crate) minutes: u32,
}

/// A course: an ordered list of lessons.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CourseView {
    #[serde(flatten)]
    pub(crate) full: Full,
    /// The time that its lessons are meant to take.
    pub(crate) minutes: u32,
    /// What each of its lessons requires beside its own prerequisites.
    pub(crate) requires: Vec<Prerequisite>,
    /// In order.
    pub(crate) lessons: Vec<LessonItem>,
    /// The tracks that it is part of.
    pub(crate) tracks: Vec<Reference>,
}

/// A lesson in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LessonItem {
    #[serde(flatten)]
    pub(crate) head: Head,
    /// `reading` or `quiz`.
    #[schema(example = "reading")]
    pub(crate) kind: &'static str,
    /// The time it is meant to take.
    pub(crate) minutes: u16,
    /// Whether the course is finished without it.
    pub(crate) optional: bool,
    /// The id of its course.
    pub(crate) course: String,
}

/// A lesson: one sitting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LessonView {
    #[serde(flatten)]
    pub(crate) full: Full,
    /// `reading` or `quiz`.
    #[schema(example = "reading")]
    pub(crate) kind: &'static str,
    /// The time it is meant to take.
    pub(crate) minutes: u16,
    /// Whether the course is finished without it.
    pub(crate) optional: bool,
    /// The course that it stands in.
    #[schema(required)]
    pub(crate) course: Option<Reference>,
    /// The lesson before it in the course.
    #[schema(required)]
    pub(crate) previous: Option<Reference>,
    /// The lesson after it in the course.
    #[schema(required)]
    pub(crate) next: Option<Reference>,
    /// The skills that completing it grants.
    pub(crate) teaches: Vec<Reference>,
    /// What opens it, the course's prerequisites among it.
    pub(crate) requires: Vec<Prerequisite>,
    /// For a quiz: its rules. The questions come with an attempt.
    #[schema(required)]
    pub(crate) quiz: Option<QuizRulesView>,
    /// For a drill: its kind and rules. What it asks is at `/api/v1/lessons/{lesson}/drill`.
    #[schema(required)]
    pub(crate) drill: Option<DrillRulesView>,
    /// For a capstone: what it asks for, and when it is accepted.
    #[schema(required)]
    pub(crate) capstone: Option<CapstoneView>,
}

/// What is practised on, and how often it may be tried.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrillRulesView {
    /// `http`, `sql` or `migration`.
    pub(crate) kind: &'static str,
    /// How many attempts there are; null for any number.
    #[schema(required)]
    pub(crate) attempts: Option<u32>,
    /// The pause after a failed attempt.
    pub(crate) cool_down_seconds: u32,
    /// How long an attempt takes what is handed in.
    pub(crate) open_minutes: u16,
}

/// What a capstone asks for, and when it is accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CapstoneView {
    /// The drills that have to be passed before anything is handed in.
    pub(crate) drills: Vec<Reference>,
    /// What a review looks at, in order.
    pub(crate) rubric: Vec<CriterionView>,
    /// The least points that are accepted.
    pub(crate) pass: u32,
    /// The points of all criteria together.
    pub(crate) points: u32,
    /// What is handed in: `text`, `link` or `text_and_link`.
    pub(crate) hand_in: &'static str,
}

/// One thing that a review looks at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CriterionView {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Plain text: what earns the points.
    pub(crate) about: String,
    /// What it is worth at most.
    pub(crate) points: u16,
}

/// A skill or lesson that has to come first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Prerequisite {
    #[serde(flatten)]
    pub(crate) reference: Reference,
    /// For a skill: the lessons that teach it, any of which will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) taught_by: Vec<Reference>,
}

/// When a quiz is passed and how often it may be tried.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuizRulesView {
    /// How many questions there are.
    pub(crate) questions: u16,
    /// The least share of points that passes, in percent.
    pub(crate) pass_mark: u8,
    /// How many attempts a learner has; null for any number.
    #[schema(required)]
    pub(crate) attempts: Option<u32>,
    /// The pause after a failed attempt.
    pub(crate) cool_down_seconds: u32,
}

/// A skill in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkillItem {
    #[serde(flatten)]
    pub(crate) head: Head,
}

/// A skill: what lessons teach and require.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkillView {
    #[serde(flatten)]
    pub(crate) full: Full,
    /// The lessons that grant it.
    pub(crate) taught_by: Vec<Reference>,
}

/// A document of any kind, shown by itself.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum DocumentView {
    Guide(GuideView),
    Track(TrackView),
    Course(CourseView),
    Lesson(Box<LessonView>),
    Skill(SkillView),
}

impl DocumentView {
    /// What documents of all kinds have.
    pub(crate) fn full(&self) -> &Full {
        match self {
            Self::Guide(guide) => &guide.full,
            Self::Track(track) => &track.full,
            Self::Course(course) => &course.full,
            Self::Lesson(lesson) => &lesson.full,
            Self::Skill(skill) => &skill.full,
        }
    }
}

/// A release's catalogue with the pack that it is of: where documents find those that they name.
#[derive(Clone, Copy)]
pub(crate) struct From<'a> {
    pub(crate) pack: &'a PackId,
    pub(crate) catalogue: &'a Catalogue,
}

impl Reference {
    /// The address of its page.
    pub(crate) fn address(&self) -> String {
        format!("/{}s/{}", self.kind, self.slug)
    }

    pub(crate) fn to(document: &Document) -> Self {
        Self {
            kind: document.kind().as_str(),
            id: document.id.to_string(),
            slug: document.slug.to_string(),
            title: document.title.clone(),
        }
    }
}

impl From<'_> {
    fn head(self, document: &Document) -> Head {
        Head {
            id: document.id.to_string(),
            slug: document.slug.to_string(),
            title: document.title.clone(),
            summary: document.summary.clone(),
            pack: self.pack.to_string(),
        }
    }

    /// A reference; `None` when the document is not there, which a checked release rules out.
    pub(crate) fn reference(self, kind: DocKind, id: &ContentId) -> Option<Reference> {
        self.catalogue.entry(kind, id).map(|entry| Reference::to(&entry.document))
    }

    fn lessons(self, ids: &[LessonId]) -> Vec<Reference> {
        ids.iter().filter_map(|id| self.reference(DocKind::Lesson, &id.into())).collect()
    }

    fn requires(self, requires: &Requires) -> Vec<Prerequisite> {
        let skills = requires.skills.iter().filter_map(|id| {
            let reference = self.reference(DocKind::Skill, &id.into())?;
            Some(Prerequisite { reference, taught_by: self.lessons(self.catalogue.graph().taught_by(id)) })
        });
        let lessons = self.lessons(&requires.lessons).into_iter();
        skills.chain(lessons.map(|reference| Prerequisite { reference, taught_by: Vec::new() })).collect()
    }

    fn course_minutes(self, id: &CourseId) -> u32 {
        self.catalogue.lessons_of_course(id).map(|lesson| u32::from(lesson.detail.minutes)).sum()
    }

    fn track_minutes(self, track: &Track) -> u32 {
        track.courses.iter().map(|id| self.course_minutes(id)).sum()
    }

    pub(crate) fn guide_item(self, document: &Document) -> GuideItem {
        GuideItem { head: self.head(document) }
    }

    pub(crate) fn track_item(self, document: &Document, track: &Track) -> TrackItem {
        TrackItem { head: self.head(document), minutes: self.track_minutes(track) }
    }

    pub(crate) fn course_item(self, document: &Document) -> CourseItem {
        CourseItem { head: self.head(document), minutes: self.course_minutes(&(&document.id).into()) }
    }

    pub(crate) fn lesson_item(self, document: &Document, lesson: &Lesson) -> LessonItem {
        let course = self.catalogue.course_of(&(&document.id).into());
        LessonItem {
            head: self.head(document),
            kind: lesson.lesson_kind.as_str(),
            minutes: lesson.minutes,
            optional: lesson.optional,
            course: course.map(ToString::to_string).unwrap_or_default(),
        }
    }

    pub(crate) fn skill_item(self, document: &Document) -> SkillItem {
        SkillItem { head: self.head(document) }
    }

    /// A document by itself.
    pub(crate) fn document(self, entry: &Entry, html: String, linked_from: &[(DocKind, ContentId)]) -> DocumentView {
        let document = &entry.document;
        let full = Full {
            head: self.head(document),
            revision: document.revision.to_string(),
            retired: entry.retired,
            html,
            linked_from: linked_from.iter().filter_map(|(kind, id)| self.reference(*kind, id)).collect(),
        };
        match &document.detail {
            Detail::Guide(guide) => DocumentView::Guide(self.guide(full, guide)),
            Detail::Track(track) => DocumentView::Track(self.track(full, track)),
            Detail::Course(course) => DocumentView::Course(self.course(full, &document.id, course)),
            Detail::Lesson(lesson) => DocumentView::Lesson(Box::new(self.lesson(full, &document.id, lesson))),
            Detail::Skill => {
                let taught_by = self.lessons(self.catalogue.graph().taught_by(&(&document.id).into()));
                DocumentView::Skill(SkillView { full, taught_by })
            }
        }
    }

    fn guide(self, full: Full, guide: &Guide) -> GuideView {
        let stage = |stage: &cairn_domain::catalog::Stage| {
            let target = stage.target.as_ref().and_then(|(kind, id)| self.reference(*kind, id));
            let status = if target.is_some() { "available" } else { "planned" };
            StageView { title: stage.title.clone(), summary: stage.summary.clone(), status, target }
        };
        GuideView { full, stages: guide.stages.iter().map(stage).collect() }
    }

    fn track(self, full: Full, track: &Track) -> TrackView {
        let courses = track.courses.iter().filter_map(|id| self.catalogue.course(id)).filter(|c| !c.retired());
        TrackView {
            full,
            minutes: self.track_minutes(track),
            courses: courses.map(|course| self.course_item(course.document())).collect(),
        }
    }

    fn course(self, full: Full, id: &ContentId, course: &Course) -> CourseView {
        let id = CourseId::from(id);
        let tracks = self.catalogue.tracks().filter(|track| track.detail.courses.contains(&id));
        let lessons = self.catalogue.lessons_of_course(&id);
        CourseView {
            full,
            minutes: self.course_minutes(&id),
            requires: self.requires(&course.requires),
            lessons: lessons.map(|lesson| self.lesson_item(lesson.document(), lesson.detail)).collect(),
            tracks: tracks.map(|track| Reference::to(track.document())).collect(),
        }
    }

    fn lesson(self, full: Full, id: &ContentId, lesson: &Lesson) -> LessonView {
        let id = LessonId::from(id);
        let course = self.catalogue.course_of(&id);
        let siblings: Vec<_> = course.into_iter().flat_map(|course| self.catalogue.lessons_of_course(course)).collect();
        let at = siblings.iter().position(|sibling| sibling.id().as_str() == id.as_str());
        let sibling = |at: Option<usize>| at.and_then(|at| siblings.get(at)).map(|doc| Reference::to(doc.document()));
        let all = self.catalogue.graph().requires(&id).unwrap_or(&lesson.requires);
        LessonView {
            full,
            kind: lesson.lesson_kind.as_str(),
            minutes: lesson.minutes,
            optional: lesson.optional,
            course: course.and_then(|id| self.reference(DocKind::Course, &id.into())),
            previous: sibling(at.and_then(|at| at.checked_sub(1))),
            next: sibling(at.map(|at| at + 1)),
            teaches: lesson.teaches.iter().filter_map(|id| self.reference(DocKind::Skill, &id.into())).collect(),
            requires: self.requires(all),
            quiz: match &lesson.lesson_kind {
                LessonKind::Reading | LessonKind::Drill(_) | LessonKind::Capstone(_) => None,
                LessonKind::Quiz(rules) => Some(QuizRulesView {
                    questions: rules.questions,
                    pass_mark: rules.pass_mark,
                    attempts: rules.attempts,
                    cool_down_seconds: rules.cool_down_seconds,
                }),
            },
            drill: match &lesson.lesson_kind {
                LessonKind::Drill(rules) => Some(DrillRulesView {
                    kind: rules.kind.as_str(),
                    attempts: rules.attempts,
                    cool_down_seconds: rules.cool_down_seconds,
                    open_minutes: rules.open_minutes,
                }),
                _ => None,
            },
            capstone: match &lesson.lesson_kind {
                LessonKind::Capstone(rules) => Some(self.capstone(rules)),
                _ => None,
            },
        }
    }

    fn capstone(self, rules: &CapstoneRules) -> CapstoneView {
        let rubric = rules.rubric.iter().map(|criterion| CriterionView {
            id: criterion.id.to_string(),
            title: criterion.title.clone(),
            about: criterion.about.clone(),
            points: criterion.points,
        });
        CapstoneView {
            drills: rules.drills.iter().filter_map(|id| self.reference(DocKind::Lesson, &id.into())).collect(),
            rubric: rubric.collect(),
            pass: rules.pass,
            points: rules.points(),
            hand_in: rules.hand_in.as_str(),
        }
    }
}
