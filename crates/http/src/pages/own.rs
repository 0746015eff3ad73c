//! What the page of a published document tells its visitor alone: where they stand with it, and what they can do.

use cairn_domain::catalog::{Catalogue, DocKind};
use cairn_domain::identity::Actor;
use cairn_domain::learning::{Enrolment, Standing, Target, standing_where};
use cairn_domain::shared::{ContentId, CourseId, LessonId, Timestamp};
use cairn_domain::{ReadTx, Result};

use super::address;
use super::frame::Visitor;
use super::learning::Enrolled;
use super::study::Study;

/// What can be enrolled on from a page.
pub(super) struct Enrol {
    pub(super) kind: DocKind,
    pub(super) id: ContentId,
    pub(super) title: String,
    /// Where to go on to; empty for the enrolment itself.
    pub(super) return_to: String,
}

/// What a page tells its visitor alone.
#[derive(Default)]
pub(super) struct Own {
    pub(super) standing: Option<Standing>,
    /// For a lesson: how the visitor stands to it.
    pub(super) study: Option<Study>,
    /// For a course or track: the enrolment that it is learnt on.
    pub(super) enrolled: Option<Enrolled>,
    /// Where the visitor is not enrolled: on what they can.
    pub(super) enrol: Option<Enrol>,
}

impl Own {
    /// Of a document, for a visitor.
    pub(super) fn of(
        tx: &mut dyn ReadTx,
        visitor: &Visitor,
        catalogue: &Catalogue,
        kind: DocKind,
        id: &ContentId,
        now: Timestamp,
    ) -> Result<Self> {
        let Visitor::Somebody { actor, .. } = visitor else { return Ok(Self::default()) };
        let Some(standing) = standing(tx, actor, catalogue, kind, id)? else {
            return Ok(Self { enrol: enrol(catalogue, kind, id), ..Self::default() });
        };
        let (mut study, mut enrolled) = (None, None);
        match kind {
            DocKind::Lesson => study = Study::of(tx, actor, catalogue, &standing, &LessonId::from(id), now)?,
            DocKind::Course | DocKind::Track => enrolled = Some(Enrolled::of(catalogue, &standing)),
            DocKind::Guide | DocKind::Skill => {}
        }
        Ok(Self { standing: Some(standing), study, enrolled, enrol: None })
    }
}

/// The visitor's standing where the document is learnt: on the track or course itself, or one that it is a part of.
fn standing(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    catalogue: &Catalogue,
    kind: DocKind,
    id: &ContentId,
) -> Result<Option<Standing>> {
    let course = match kind {
        DocKind::Course => Some(CourseId::from(id)),
        DocKind::Lesson => catalogue.course_of(&LessonId::from(id)).cloned(),
        DocKind::Track => None,
        DocKind::Guide | DocKind::Skill => return Ok(None),
    };
    let fits = |enrolment: &Enrolment| match &course {
        Some(course) => enrolment.target.courses(catalogue).contains(course),
        None => matches!(&enrolment.target, Target::Track(track) if ContentId::from(track) == *id),
    };
    standing_where(tx, actor, &fits)
}

fn enrol(catalogue: &Catalogue, kind: DocKind, id: &ContentId) -> Option<Enrol> {
    let (kind, id, return_to) = match kind {
        DocKind::Course | DocKind::Track => (kind, id.clone(), String::new()),
        DocKind::Lesson => {
            let lesson = &catalogue.entry(kind, id)?.document.slug;
            let course = catalogue.course_of(&LessonId::from(id))?;
            (DocKind::Course, course.into(), format!("{}#page:study", address(kind, lesson)))
        }
        DocKind::Guide | DocKind::Skill => return None,
    };
    let entry = catalogue.entry(kind, &id).filter(|entry| !entry.retired)?;
    Some(Enrol { title: entry.document.title.clone(), kind, id, return_to })
}
