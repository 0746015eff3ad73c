//! The pages of what is published: guides, tracks, courses, lessons and skills.

use askama::Template;
use cairn_domain::catalog::{Catalogue, DocKind, LessonKind, Release, find};
use cairn_domain::learning::Target;
use cairn_domain::shared::ContentId;
use cairn_domain::{Error, Result};
use serde_json::json;

use super::frame::{Frame, Site, Visitor};
use super::graph::{self, Group};
use super::learning::Enrolled;
use super::own::{Enrol, Own};
use super::practice::{Asked, DrillState, asked, drills_of};
use super::study::Study;
use super::text::{self, Heading, dressed, headings};
use super::{render, shared, structured};
use crate::call::Call;
use crate::catalogue::view::{
    CourseView, DocumentView, From, Full, GuideView, LessonView, Reference, SkillView, TrackView,
};
use crate::catalogue::{library, present};
use crate::endpoint::Endpoint;
use crate::problem::Problem;
use crate::published::collection;
use crate::reply::Reply;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/lessons/{name}", |call| Box::pin(show(call, DocKind::Lesson))),
        Endpoint::page("/courses/{name}", |call| Box::pin(show(call, DocKind::Course))),
        Endpoint::page("/tracks/{name}", |call| Box::pin(show(call, DocKind::Track))),
        Endpoint::page("/guides/{name}", |call| Box::pin(show(call, DocKind::Guide))),
        Endpoint::page("/skills/{name}", |call| Box::pin(show(call, DocKind::Skill))),
    ]
}

/// The address of a document's page.
pub(crate) fn address(kind: DocKind, name: &ContentId) -> String {
    format!("/{}/{name}", collection(kind))
}

/// A document's page as everybody sees it who is not signed in.
pub(crate) fn published(
    site: &Site,
    of: (&Release, &Catalogue),
    view: &DocumentView,
    asked: Option<Asked>,
) -> Result<Reply> {
    shared(page(site, Visitor::Nobody, of, (view, asked), Own::default())?, &Visitor::Nobody)
}

async fn show(call: Call, kind: DocKind) -> std::result::Result<Reply, Problem> {
    let name: ContentId = call.segment("name", kind.as_str())?;
    let library = library(&call).await?;
    let (entry, moved) = present(&library, kind, &name)?;
    let document = &entry.document;
    // One page has one address: that of its slug, unless another document has the same.
    let by_slug = library.resolve(kind, &document.slug).is_some_and(|(_, _, found)| found.document.id == document.id);
    let own = if by_slug { &document.slug } else { &document.id };
    if moved || name != *own {
        return Ok(Reply::moved(address(kind, own)));
    }
    let (state, now) = (call.state.clone(), call.now);
    call.look(move |tx, known| {
        let visitor = Visitor::of(&state, known);
        let found = find(tx, kind, &name)?;
        let pack = found.library.pack(&found.release.pack.id);
        let (release, catalogue) = pack.ok_or_else(|| Error::not_found(kind.as_str(), &name))?;
        let id = &found.entry.document.id;
        let own = Own::of(tx, &visitor, catalogue, kind, id, now)?;
        let from = From { pack: &release.pack.id, catalogue };
        let asked = asked(tx, &found.entry.document)?;
        let view = from.document(&found.entry, found.html, &found.linked_from);
        shared(page(&state.site, visitor.clone(), (release, catalogue), (&view, asked), own)?, &visitor)
    })
    .await
}

#[derive(Template)]
#[template(path = "guide.html")]
struct GuidePage<'a> {
    frame: Frame,
    release: &'a Release,
    guide: &'a GuideView,
    text: String,
    headings: Vec<Heading>,
    next: Vec<Reference>,
}

#[derive(Template)]
#[template(path = "track.html")]
struct TrackPage<'a> {
    frame: Frame,
    release: &'a Release,
    track: &'a TrackView,
    body: String,
    groups: Vec<Group>,
    /// The graph as SVG; empty where there is nothing to draw, or too much.
    graph: String,
    enrolled: Option<Enrolled>,
    enrol: Option<Enrol>,
}

#[derive(Template)]
#[template(path = "course.html")]
struct CoursePage<'a> {
    frame: Frame,
    release: &'a Release,
    course: &'a CourseView,
    body: String,
    enrolled: Option<Enrolled>,
    enrol: Option<Enrol>,
}

#[derive(Template)]
#[template(path = "lesson.html")]
struct LessonPage<'a> {
    frame: Frame,
    release: &'a Release,
    lesson: &'a LessonView,
    text: String,
    headings: Vec<Heading>,
    study: Option<Study>,
    enrol: Option<Enrol>,
    /// What a drill asks.
    asked: Option<Asked>,
    /// What a capstone combines.
    drills: Vec<DrillState>,
}

impl LessonPage<'_> {
    /// For how long an attempt at a drill takes what is handed in.
    fn open_for(&self) -> String {
        text::duration(&self.lesson.drill.as_ref().map_or(0, |drill| u32::from(drill.open_minutes)))
    }

    fn drill_kind(&self) -> &'static str {
        match &self.asked {
            Some(Asked::Http(_)) => "HTTP drill",
            Some(Asked::Sql(_)) => "SQL drill",
            Some(Asked::Migration(_)) => "migration drill",
            None => "drill",
        }
    }
}

#[derive(Template)]
#[template(path = "skill.html")]
struct SkillPage<'a> {
    frame: Frame,
    release: &'a Release,
    skill: &'a SkillView,
    body: String,
}

/// Around the page of a document: its head and the way to it.
fn frame(site: &Site, visitor: Visitor, kind: DocKind, full: &Full, between: Option<&Reference>) -> Frame {
    let head = &full.head;
    let path = format!("/{}/{}", collection(kind), head.slug);
    let frame = Frame::public(site, visitor, &head.title, path).described(&head.summary).below("Home", "/");
    let frame = match kind {
        DocKind::Guide => frame.below("Guides", "/guides"),
        DocKind::Track => frame.below("Tracks", "/tracks"),
        DocKind::Course | DocKind::Lesson => frame.below("Courses", "/courses"),
        DocKind::Skill => frame,
    };
    let frame = match between {
        Some(between) => frame.below(&between.title, between.address()),
        None => frame,
    };
    Frame { kind: "article", public: !full.retired, ..frame.below(&head.title, "") }
}

/// A document's page for a visitor.
fn page(
    site: &Site,
    visitor: Visitor,
    (release, catalogue): (&Release, &Catalogue),
    (view, asked): (&DocumentView, Option<Asked>),
    own: Own,
) -> Result<String> {
    let Own { standing, study, enrolled, enrol } = own;
    let full = view.full();
    let (text, headings) = (dressed(&full.html), headings(&full.html));
    let language = &release.pack.language;
    let structured = |mut frame: Frame, mut thing: serde_json::Value| {
        thing["inLanguage"] = json!(language);
        thing["license"] = json!(release.pack.licence);
        frame.structured = structured::of(&frame, thing);
        frame
    };
    let provider = json!({ "@type": "Organization", "name": release.pack.title, "url": site.absolute("/") });
    match view {
        DocumentView::Guide(guide) => {
            let frame = frame(site, visitor, DocKind::Guide, full, None);
            let frame = structured(frame, json!({ "@type": "LearningResource", "learningResourceType": "guide" }));
            let next = where_next(catalogue, guide);
            render(&GuidePage { frame, release, guide, text, headings, next })
        }
        DocumentView::Track(track) => {
            let frame = frame(site, visitor, DocKind::Track, full, None);
            let parts = track.courses.iter().map(|course| {
                structured::named(site, "Course", &course.head.title, &format!("/courses/{}", course.head.slug))
            });
            let parts: Vec<_> = parts.collect();
            let time = structured::duration(track.minutes);
            let thing = json!({ "@type": "Course", "provider": provider, "hasPart": parts, "timeRequired": time });
            let frame = structured(frame, thing);
            let target = Target::Track(full.head.id.parse::<ContentId>()?.into());
            let plan = graph::Plan::of(catalogue, &target, standing.as_ref());
            let (graph, groups) = (plan.draw()?, plan.groups);
            render(&TrackPage { frame, release, track, body: text, groups, graph, enrolled, enrol })
        }
        DocumentView::Course(course) => {
            let frame = frame(site, visitor, DocKind::Course, full, None);
            let parts = course.lessons.iter().map(|lesson| {
                structured::named(
                    site,
                    "LearningResource",
                    &lesson.head.title,
                    &format!("/lessons/{}", lesson.head.slug),
                )
            });
            let parts: Vec<_> = parts.collect();
            let time = structured::duration(course.minutes);
            let thing = json!({ "@type": "Course", "provider": provider, "hasPart": parts, "timeRequired": time });
            render(&CoursePage { frame: structured(frame, thing), release, course, body: text, enrolled, enrol })
        }
        DocumentView::Lesson(lesson) => {
            let frame = frame(site, visitor, DocKind::Lesson, full, lesson.course.as_ref());
            let mut thing = json!({
                "@type": "LearningResource",
                "learningResourceType": lesson.kind,
                "timeRequired": structured::duration(u32::from(lesson.minutes)),
                "teaches": lesson.teaches.iter().map(|skill| &skill.title).collect::<Vec<_>>(),
            });
            if let Some(course) = &lesson.course {
                thing["isPartOf"] = structured::named(site, "Course", &course.title, &course.address());
            }
            let frame = structured(frame, thing);
            let id = full.head.id.parse::<ContentId>()?.into();
            let drills = match catalogue.lesson(&id).map(|lesson| &lesson.detail.lesson_kind) {
                Some(LessonKind::Capstone(rules)) => drills_of(catalogue, rules, standing.as_ref()),
                _ => Vec::new(),
            };
            render(&LessonPage { frame, release, lesson, text, headings, study, enrol, asked, drills })
        }
        DocumentView::Skill(skill) => {
            let frame = frame(site, visitor, DocKind::Skill, full, None);
            let frame = structured(frame, json!({ "@type": "DefinedTerm" }));
            render(&SkillPage { frame, release, skill, body: text })
        }
    }
}

/// Where a guide leads that is no hub: the tracks of its pack, and other guides.
fn where_next(catalogue: &Catalogue, guide: &GuideView) -> Vec<Reference> {
    let tracks = catalogue.tracks().map(|track| track.document());
    let guides = catalogue.guides().map(|other| other.document());
    let others = tracks.chain(guides).filter(|document| document.id.as_str() != guide.full.head.id);
    let others = others.map(Reference::to);
    let linked = |other: &Reference| guide.full.linked_from.iter().any(|from| from.address() == other.address());
    others.filter(|other| !linked(other)).take(6).collect()
}
