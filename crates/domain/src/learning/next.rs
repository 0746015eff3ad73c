use super::{EnrolmentState, LessonProgress, LessonState, Progress, Standing, progress_of, way_to};
use crate::catalog::{Attained, Catalogue, DocKind, Way};
use crate::shared::{ContentId, CourseId, LessonId, SkillId};

/// What to take next, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The lesson, which is open; `None` when there is none to take.
    pub lesson: Option<LessonId>,
    /// Why this one, or why none.
    pub because: Because,
    /// The locked lessons of the target that completing it opens at once, in order.
    pub opens: Vec<LessonId>,
    /// The time that these are meant to take together.
    pub opens_minutes: u32,
}

/// Why a lesson is next, or why none is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// It begins a course: nothing of that is completed yet.
    BeginsCourse(CourseId),
    /// No other lesson is open.
    OnlyOpen,
    /// It goes on with a course, that of the lesson which was completed last where something of it is open.
    ContinuesCourse(CourseId),
    /// Nothing that is required is open, and it is optional.
    OptionalOnly,
    /// Nothing that is required is left.
    AllDone,
    /// Everything that is left is locked.
    AllLocked {
        /// The first of it to which there is a way, or else the first.
        lesson: LessonId,
        /// What to complete so that it opens, on other courses; `None` when there is no way any more.
        way: Option<Way>,
    },
    /// The enrolment is paused.
    Paused,
    /// The enrolment has been given up.
    Withdrawn,
}

impl Because {
    /// A stable name in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BeginsCourse(_) => "begins_course",
            Self::OnlyOpen => "only_open",
            Self::ContinuesCourse(_) => "continues_course",
            Self::OptionalOnly => "optional_only",
            Self::AllDone => "all_done",
            Self::AllLocked { .. } => "all_locked",
            Self::Paused => "paused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Next {
    /// The reason as a sentence or two for the learner.
    #[must_use]
    pub fn sentence(&self, catalogue: &Catalogue) -> String {
        let title = |kind: DocKind, id: ContentId| {
            catalogue.entry(kind, &id).map_or_else(|| id.to_string(), |entry| entry.document.title.clone())
        };
        let mut sentence = match &self.because {
            Because::BeginsCourse(course) => {
                format!("It begins the course “{}”.", title(DocKind::Course, course.into()))
            }
            Because::OnlyOpen => "It is the only lesson that is open.".to_owned(),
            Because::ContinuesCourse(course) => {
                format!("It goes on with the course “{}”.", title(DocKind::Course, course.into()))
            }
            Because::OptionalOnly => "Nothing else is open but what is optional.".to_owned(),
            Because::AllDone => "Everything that is required is done.".to_owned(),
            Because::AllLocked { lesson, way } => {
                let locked = title(DocKind::Lesson, lesson.into());
                match way {
                    Some(way) => format!(
                        "Everything that is left is locked: “{locked}” opens after {} ({}), beginning on another course.",
                        count(way.lessons.len(), "lesson"),
                        count(way.minutes as usize, "minute")
                    ),
                    None => {
                        format!("Everything that is left is locked, and nobody teaches any more what “{locked}” needs.")
                    }
                }
            }
            Because::Paused => "The enrolment is paused; resume it to go on.".to_owned(),
            Because::Withdrawn => "The enrolment has been given up; enrol again to go on.".to_owned(),
        };
        if !self.opens.is_empty() {
            let (lessons, minutes) = (count(self.opens.len(), "lesson"), count(self.opens_minutes as usize, "minute"));
            sentence += &format!(" Completing it opens {lessons} ({minutes}).");
        }
        sentence
    }
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// The lesson to take next, of those that are open: a required one before an optional one; of the course of the lesson that
/// was completed last before one of another course; then in the target's order, which is the author's.
pub(super) fn pick<'p, 'a>(progress: &'p Progress<'a>) -> Option<&'p LessonProgress<'a>> {
    if matches!(progress.enrolment.state, EnrolmentState::Paused | EnrolmentState::Withdrawn) {
        return None;
    }
    let open = || progress.lessons.iter().filter(|of| of.state == LessonState::Open);
    let completed = progress.lessons.iter().enumerate().filter_map(|(place, of)| match of.state {
        LessonState::Completed { at } => Some((at, place, &of.course)),
        _ => None,
    });
    let under_way = completed.max().map(|(_, _, course)| course);
    let required = || open().filter(|of| of.required);
    let goes_on = required().find(|of| Some(&of.course) == under_way);
    goes_on.or_else(|| required().next()).or_else(|| open().next())
}

/// What a learner should take next on an enrolment, and why. It is always a lesson that is open.
#[must_use]
pub fn next_of(catalogue: &Catalogue, standing: &Standing) -> Next {
    let progress = progress_of(catalogue, standing);
    let none = |because| Next { lesson: None, because, opens: Vec::new(), opens_minutes: 0 };
    let Some(picked) = pick(&progress) else { return none(why_none(catalogue, standing, &progress)) };
    let begun =
        |of: &&LessonProgress<'_>| of.course == picked.course && matches!(of.state, LessonState::Completed { .. });
    let because = if !picked.required {
        Because::OptionalOnly
    } else if !progress.lessons.iter().any(|of| begun(&of)) {
        Because::BeginsCourse(picked.course.clone())
    } else if progress.lessons.iter().filter(|of| of.state == LessonState::Open).count() == 1 {
        Because::OnlyOpen
    } else {
        Because::ContinuesCourse(picked.course.clone())
    };
    let id = LessonId::from(picked.lesson.id());
    let then = Then { standing, lesson: &id, teaches: &picked.lesson.detail.teaches };
    let locked = progress.lessons.iter().filter(|of| matches!(of.state, LessonState::Locked { .. }));
    let opened: Vec<_> =
        locked.filter(|of| catalogue.graph().unmet(&of.lesson.id().into(), &then).is_empty()).collect();
    let opens_minutes = opened.iter().map(|of| u32::from(of.lesson.detail.minutes)).sum();
    let opens = opened.iter().map(|of| of.lesson.id().into()).collect();
    Next { lesson: Some(id), because, opens, opens_minutes }
}

fn why_none(catalogue: &Catalogue, standing: &Standing, progress: &Progress<'_>) -> Because {
    match progress.enrolment.state {
        EnrolmentState::Paused => return Because::Paused,
        EnrolmentState::Withdrawn => return Because::Withdrawn,
        EnrolmentState::Active | EnrolmentState::Completed => {}
    }
    let locked = |of: &&LessonProgress<'_>| of.required && matches!(of.state, LessonState::Locked { .. });
    let mut locked = progress.lessons.iter().filter(locked).map(|of| LessonId::from(of.lesson.id())).peekable();
    let Some(first) = locked.peek().cloned() else { return Because::AllDone };
    let way = |lesson: LessonId| {
        way_to(catalogue, &progress.enrolment.target, standing, &lesson).map(|way| (lesson, Some(way)))
    };
    let (lesson, way) = locked.find_map(way).unwrap_or((first, None));
    Because::AllLocked { lesson, way }
}

/// What somebody has, and a lesson more.
struct Then<'a> {
    standing: &'a Standing,
    lesson: &'a LessonId,
    teaches: &'a [SkillId],
}

impl Attained for Then<'_> {
    fn completed(&self, lesson: &LessonId) -> bool {
        lesson == self.lesson || self.standing.completed(lesson)
    }
    fn holds(&self, skill: &SkillId) -> bool {
        self.teaches.contains(skill) || self.standing.holds(skill)
    }
    fn waived(&self, lesson: &LessonId) -> bool {
        self.standing.waived(lesson)
    }
}
