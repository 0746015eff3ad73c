//! What can be learnt: guides, tracks, courses, lessons and skills. Public.

pub(crate) mod examples;
pub(crate) mod view;

use std::sync::Arc;

use cairn_domain::catalog::{Catalogue, Detail, DocKind, Document, Entry, Library, find};
use cairn_domain::shared::{ContentId, CourseId, PackId, Page, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::headers::Cache;
use crate::problem::{Problem, Success};
use crate::published::{address, collection, render};
use crate::reply::Reply;
use view::{
    CourseItem, CourseView, From, GuideItem, GuideView, LessonItem, LessonView, SkillItem, SkillView, TrackItem,
    TrackView,
};

const TAG: &str = "Catalogue";

/// The routes of a kind: its list and its documents.
fn pair<Item: ToSchema, View: ToSchema>(
    list: (&'static str, &'static str, &'static str, fn(Call) -> crate::endpoint::Answering),
    one: (&'static str, &'static str, &'static str, fn(Call) -> crate::endpoint::Answering),
    (item, view): (serde_json::Value, serde_json::Value),
) -> [Endpoint; 2] {
    let (path, id, summary, handler) = list;
    let listing = Endpoint::new(Verb::Get, path, id, handler)
        .describe(TAG, summary, "Ordered by id. Retired ones are left out.")
        .query("pack", "Only those of this pack.", "examples", &[])
        .lists::<Item>("A page of the list.", item)
        .tagged();
    let (path, id, summary, handler) = one;
    let showing = Endpoint::new(Verb::Get, path, id, handler)
        .describe(
            TAG,
            summary,
            "Named by id or slug. A former slug, and an id that became another, is answered with 308 and the present \
             address. A retired one is still shown, with `retired`.",
        )
        .gives::<View>(Success::Ok, "The document.", view)
        .gives_other(Success::Moved, "", "It has another address; see `Location`.")
        .tagged();
    [listing, showing]
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    use examples as e;
    let [lessons, lesson] = pair::<LessonItem, LessonView>(
        ("/api/v1/lessons", "list_lessons", "Lists lessons", |call| Box::pin(list(call, DocKind::Lesson))),
        ("/api/v1/lessons/{name}", "get_lesson", "Shows a lesson", |call| Box::pin(show(call, DocKind::Lesson))),
        (e::lesson_item(), e::lesson()),
    );
    let lessons = lessons.query("course", "Only those of this course, by id or slug, in its order.", "paths", &[]);
    let [courses, course] = pair::<CourseItem, CourseView>(
        ("/api/v1/courses", "list_courses", "Lists courses", |call| Box::pin(list(call, DocKind::Course))),
        ("/api/v1/courses/{name}", "get_course", "Shows a course", |call| Box::pin(show(call, DocKind::Course))),
        (e::course_item(), e::course()),
    );
    let [tracks, track] = pair::<TrackItem, TrackView>(
        ("/api/v1/tracks", "list_tracks", "Lists tracks", |call| Box::pin(list(call, DocKind::Track))),
        ("/api/v1/tracks/{name}", "get_track", "Shows a track", |call| Box::pin(show(call, DocKind::Track))),
        (e::track_item(), e::track()),
    );
    let [guides, guide] = pair::<GuideItem, GuideView>(
        ("/api/v1/guides", "list_guides", "Lists guides", |call| Box::pin(list(call, DocKind::Guide))),
        ("/api/v1/guides/{name}", "get_guide", "Shows a guide", |call| Box::pin(show(call, DocKind::Guide))),
        (e::guide_item(), e::guide()),
    );
    let [skills, skill] = pair::<SkillItem, SkillView>(
        ("/api/v1/skills", "list_skills", "Lists skills", |call| Box::pin(list(call, DocKind::Skill))),
        ("/api/v1/skills/{name}", "get_skill", "Shows a skill", |call| Box::pin(show(call, DocKind::Skill))),
        (e::skill_item(), e::skill()),
    );
    vec![lesson, lessons, course, courses, track, tracks, guide, guides, skill, skills]
}

/// The present library, read now if it never was.
pub(crate) async fn library(call: &Call) -> Result<Arc<Library>, Problem> {
    if !call.state.published.is_ready() {
        call.state.refresh(call.span()).await?;
    }
    Ok(call.state.published.library()?)
}

/// The document of a kind that a name leads to, and whether it took the place of the one that is named.
///
/// # Errors
/// `not_found`.
pub(crate) fn present<'a>(library: &'a Library, kind: DocKind, name: &ContentId) -> Result<(&'a Entry, bool), Problem> {
    let Some((_, catalogue, entry)) = library.resolve(kind, name) else {
        return Err(cairn_domain::Error::not_found(kind.as_str(), name).into());
    };
    let successor = catalogue.successor(kind, &entry.document.id).and_then(|id| catalogue.entry(kind, id));
    Ok((successor.unwrap_or(entry), successor.is_some()))
}

async fn show(call: Call, kind: DocKind) -> Result<Reply, Problem> {
    let name: ContentId = call.segment("name", kind.as_str())?;
    let library = library(&call).await?;
    let (present, moved) = present(&library, kind, &name)?;
    if moved || (name != present.document.id && name != present.document.slug) {
        return Ok(Reply::moved(address(kind, &present.document.slug)));
    }
    // Over the budget of what is kept ready: the text comes from the store.
    let rendering = call.reading(move |state| {
        use cairn_domain::StoreExt as _;
        let found = state.ports.store.read(|tx| find(tx, kind, &name))?;
        let pack = found.library.pack(&found.release.pack.id);
        let (_, catalogue) = pack.ok_or_else(|| cairn_domain::Error::not_found(kind.as_str(), &name))?;
        let reply = render(&found.release, catalogue, &found.entry, found.html, &found.linked_from)?;
        Ok((found.library, reply))
    });
    let (library, reply) = rendering.await?;
    // In a large library what is read just now is a small part, and for it the next one does not have to wait.
    call.keep(&library, &reply);
    Ok(reply)
}

/// The documents of a list that a page can have, with the key that each is paged by: of each pack as many as the page and
/// one more, or all those of a course.
pub(crate) fn select<'a>(
    library: &'a Library,
    kind: DocKind,
    (pack, course): (Option<&PackId>, Option<&CourseId>),
    page: &PageRequest,
) -> Result<Vec<(String, From<'a>, &'a Document)>, Problem> {
    let after: Option<ContentId> = match (course, page.after()) {
        (None, Some(key)) => Some(key.parse().map_err(cairn_domain::Error::internal)?),
        _ => None,
    };
    let packs = library.packs().iter().filter(|(release, _)| pack.is_none_or(|pack| release.pack.id == *pack));
    let mut all = Vec::new();
    for (release, catalogue) in packs {
        let catalogue: &Catalogue = catalogue;
        let from = From { pack: &release.pack.id, catalogue };
        match course {
            Some(course) => {
                let lessons = catalogue.lessons_of_course(course).enumerate();
                all.extend(lessons.map(|(at, lesson)| (format!("{at:06}"), from, &lesson.entry.document)));
            }
            None => {
                let live = catalogue.live_after(kind, after.as_ref()).take(page.limit() + 1);
                all.extend(live.map(|entry| (entry.document.id.to_string(), from, &entry.document)));
            }
        }
    }
    all.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    Ok(all)
}

async fn list(call: Call, kind: DocKind) -> Result<Reply, Problem> {
    let library = library(&call).await?;
    let pack: Option<PackId> = call.parameters.parse("pack")?;
    if let Some(pack) = &pack
        && library.pack(pack).is_none()
    {
        return Err(Call::field("/pack", "unknown", "There is no such pack."));
    }
    let course: Option<ContentId> = call.parameters.parse("course")?;
    let course = match course {
        Some(name) => match library.resolve(DocKind::Course, &name) {
            Some((_, _, entry)) => Some(CourseId::from(&entry.document.id)),
            None => return Err(Call::field("/course", "unknown", "There is no such course.")),
        },
        None => None,
    };
    let name = |id: Option<&str>| id.unwrap_or_default().to_owned();
    let list = format!(
        "{}?pack={}&course={}",
        collection(kind),
        name(pack.as_ref().map(PackId::as_str)),
        name(course.as_ref().map(CourseId::as_str))
    );
    let request = call.page(&list)?;
    let all = select(&library, kind, (pack.as_ref(), course.as_ref()), &request)?;
    let page = Page::of_ordered(all, &request, |(key, ..)| key.clone());
    let reply = match kind {
        DocKind::Guide => paged(&call, page, &list, |from, document| from.guide_item(document)),
        DocKind::Course => paged(&call, page, &list, |from, document| from.course_item(document)),
        DocKind::Skill => paged(&call, page, &list, |from, document| from.skill_item(document)),
        DocKind::Track => paged(&call, page, &list, |from, document| match &document.detail {
            Detail::Track(track) => Some(from.track_item(document, track)),
            _ => None,
        }),
        DocKind::Lesson => paged(&call, page, &list, |from, document| match &document.detail {
            Detail::Lesson(lesson) => Some(from.lesson_item(document, lesson)),
            _ => None,
        }),
    }?;
    let reply = reply.digest()?.cache(Cache::Public);
    call.keep(&library, &reply);
    Ok(reply)
}

fn paged<'a, T: Serialize>(
    call: &Call,
    page: Page<(String, From<'a>, &'a Document)>,
    list: &str,
    view: impl Fn(From<'a>, &'a Document) -> T,
) -> Result<Reply, Problem> {
    call.page_reply(page, list, |(_, from, document)| view(from, document))
}
