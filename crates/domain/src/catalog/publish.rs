use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    Catalogue, Detail, Document, Draft, Entry, LessonKind, Library, Link, Move, PackInfo, Plan, Release, SourceFile,
    Task, plan_release,
};
use crate::identity::{Action, Actor, authorise};
use crate::learning::carry_over;
use crate::shared::{Code, Error, PackId, ReleaseId, Result, Revision, Timestamp, UserId, Violation, check_text};
use crate::{ReadTx, WriteTx};

/// What applying did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The release that is current now.
    pub release: Release,
    /// What it changed.
    pub plan: Plan,
    /// How many learners' records were brought along.
    pub learners: u64,
    /// Whether a release was made; `false` when the draft is what is current already.
    pub created: bool,
}

/// What a release will serve, whether it comes from a draft or from an earlier release.
struct Content {
    pack: PackInfo,
    digest: Revision,
    documents: Vec<Document>,
    moves: Vec<Move>,
    links: Vec<Link>,
    files: Vec<(String, Revision)>,
    note: String,
    rolled_back_to: Option<u32>,
}

/// Who makes a release, under which id and when.
struct Stamp {
    id: ReleaseId,
    by: Option<UserId>,
    now: Timestamp,
}

/// Shows what applying a draft would do. Writes nothing.
///
/// # Errors
/// Those of [`authorise`]; [`Code::IdTaken`]; [`Code::Invalid`] for documents that contradict one another.
pub fn plan_draft(tx: &mut dyn ReadTx, actor: &Actor, draft: &Draft) -> Result<Plan> {
    authorise(actor, Action::ReadContent)?;
    let library = tx.catalog().library()?;
    let next = checked(draft.documents.iter().map(|d| d.document.clone()))?;
    check_ids(&library, &draft.pack.id, &next)?;
    let current = library.pack(&draft.pack.id);
    let moves = pending_moves(current.map(|(_, catalogue)| catalogue), &next, &draft.moves);
    let enrolments = tx.records().enrolments_by_target(&draft.pack.id)?;
    let from = current.map(|(release, old)| (release.number, old));
    let mut plan = plan_release(&draft.pack.id, from, &next, &moves, &enrolments);
    if let Some((_, old)) = current {
        let drafted: BTreeMap<_, _> = draft.documents.iter().map(|draft| (draft.document.key(), draft)).collect();
        plan.note_texts(old, &next, |was, is| {
            let stored = stored_text(tx, was)?;
            Ok(drafted
                .get(&is.key())
                .map_or((false, false), |draft| (stored.0.as_deref() != Some(&draft.html), stored.1 != draft.task)))
        })?;
    }
    Ok(plan)
}

/// A document's text, and for a quiz or a drill what it asks.
type Text = (Option<String>, Option<Task>);

fn stored_text(tx: &mut dyn ReadTx, document: &Document) -> Result<Text> {
    let html = tx.catalog().html(document.kind(), &document.id, &document.revision)?;
    let (id, revision) = (&document.id, &document.revision);
    let task = match &document.detail {
        Detail::Lesson(lesson) => match &lesson.lesson_kind {
            LessonKind::Reading | LessonKind::Capstone(_) => None,
            LessonKind::Quiz(_) => tx.catalog().quiz(id, revision)?.map(|(quiz, key)| Task::Quiz(quiz, key)),
            LessonKind::Drill(_) => tx.catalog().drill(id, revision)?.map(|(drill, key)| Task::drill(drill, key)),
        },
        _ => None,
    };
    Ok((html, task))
}

/// Notes in a plan which texts and questions differ, of documents that are stored.
fn note_stored_texts(tx: &mut dyn ReadTx, plan: &mut Plan, old: &Catalogue, next: &Catalogue) -> Result<()> {
    plan.note_texts(old, next, |was, is| {
        let (was, is) = (stored_text(tx, was)?, stored_text(tx, is)?);
        Ok((was.0 != is.0, was.1 != is.1))
    })
}

/// What a release changed against the one before, or against release `since` (0 for nothing): the plan that applying it
/// would have shown then, with the enrolments that are open now.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is no such release; [`Code::Invalid`] under `/since` for one that
/// is not earlier or not there.
pub fn release_changes(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    pack: &PackId,
    number: u32,
    since: Option<u32>,
) -> Result<Plan> {
    authorise(actor, Action::ReadContent)?;
    let release = find_release(tx, pack, number)?;
    let since = since.unwrap_or(number - 1);
    if since >= number {
        let detail = format!("Release {number} is compared with an earlier one: 0 to {}.", number - 1);
        return Err(Error::field("/since", "out_of_range", detail));
    }
    let old = match since {
        0 => None,
        _ => {
            let before = find_release(tx, pack, since)?;
            Some(catalogue_of(tx, &before)?)
        }
    };
    // What a draft has: no document that is retired.
    let next = catalogue_of(tx, &release)?;
    let next = Catalogue::restore(next.entries().filter(|entry| !entry.retired).cloned());
    let mut between = vec![release];
    // Nothing has moved where nothing was before.
    let earlier = if old.is_some() { since + 1..number } else { 0..0 };
    for number in earlier.rev() {
        between.push(find_release(tx, pack, number)?);
    }
    let back = undone(between.iter().map(|release| release.moves.as_slice()));
    let forth: Vec<_> = back.iter().rev().map(Move::inverse).filter(|step| step.from != step.to).collect();
    let moves = pending_moves(old.as_deref(), &next, &forth);
    let enrolments = tx.records().enrolments_by_target(pack)?;
    let from = old.as_deref().map(|old| (since, old));
    let mut plan = Plan { number, ..plan_release(pack, from, &next, &moves, &enrolments) };
    if let Some(old) = &old {
        note_stored_texts(tx, &mut plan, old, &next)?;
    }
    Ok(plan)
}

fn catalogue_of(tx: &mut dyn ReadTx, release: &Release) -> Result<Arc<Catalogue>> {
    let found = tx.catalog().catalogue(release.id)?;
    found.ok_or_else(|| Error::internal(format!("no catalogue of release {}", release.id)))
}

/// Makes a draft the pack's current release, all or nothing, and proves that no learner loses anything.
///
/// `expected` is the number of the release that the caller planned against (0 for none); `None` takes what is there.
/// `by` is `None` for the server applying what it ships.
///
/// # Errors
/// Those of [`authorise`]; [`Code::ReleaseMoved`] when another release came first; [`Code::IdTaken`];
/// [`Code::Invalid`]; [`Code::ProgressLost`].
pub fn apply_release(
    tx: &mut dyn WriteTx,
    actor: Option<&Actor>,
    draft: &Draft,
    (expected, note): (Option<u32>, &str),
    id: ReleaseId,
    now: Timestamp,
) -> Result<Applied> {
    if let Some(actor) = actor {
        authorise(actor, Action::PublishContent)?;
    }
    let library = tx.catalog().library()?;
    check_expected(&library, &draft.pack.id, expected)?;
    if let Some((release, _)) = library.pack(&draft.pack.id).filter(|(release, _)| release.digest == draft.digest) {
        let (pack, number) = (draft.pack.id.clone(), release.number);
        let plan = Plan { pack, from: Some(number), number, changes: Vec::new(), enrolments: 0 };
        return Ok(Applied { release: release.clone(), plan, learners: 0, created: false });
    }
    for document in &draft.documents {
        tx.catalog_mut().put_document(document)?;
    }
    for file in &draft.files {
        tx.catalog_mut().put_file(file)?;
    }
    let content = Content {
        pack: draft.pack.clone(),
        digest: draft.digest.clone(),
        documents: draft.documents.iter().map(|d| d.document.clone()).collect(),
        moves: draft.moves.clone(),
        links: draft.links.clone(),
        files: draft.files.iter().map(|file| (file.path.clone(), file.digest.clone())).collect(),
        note: checked_note(note)?,
        rolled_back_to: None,
    };
    publish(tx, &library, content, &Stamp { id, by: actor.map(|actor| actor.user), now })
}

/// Makes a new release with the content of an earlier one. What moved since moves back; nobody loses anything.
///
/// # Errors
/// As [`apply_release`]; [`Code::NotFound`] when the pack has no such release; [`Code::Conflict`](crate::Kind::Conflict)
/// with [`Code::Duplicate`] when it is the current one.
pub fn roll_back(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    pack: &PackId,
    number: u32,
    (expected, note): (Option<u32>, &str),
    id: ReleaseId,
    now: Timestamp,
) -> Result<Applied> {
    authorise(actor, Action::PublishContent)?;
    let library = tx.catalog().library()?;
    check_expected(&library, pack, expected)?;
    let (current, _) = library.pack(pack).ok_or_else(|| Error::not_found("pack", pack))?;
    if current.number == number {
        return Err(Error::new(Code::Duplicate, format!("Release {number} is the current one.")));
    }
    let target = find_release(tx.as_read(), pack, number)?;
    let catalogue = tx.catalog().catalogue(target.id)?.ok_or_else(|| Error::not_found("release", number))?;
    let documents: Vec<_> = catalogue.entries().filter(|e| !e.retired).map(|e| e.document.clone()).collect();
    let live: BTreeSet<_> = documents.iter().map(Document::key).collect();
    let since = (number + 1..=current.number).rev();
    let since: Vec<_> = since.map(|number| find_release(tx.as_read(), pack, number)).collect::<Result<_>>()?;
    let mut moves = undone(since.iter().map(|release| release.moves.as_slice()));
    moves.retain(|m| !live.contains(&(m.kind, m.from.clone())) && live.contains(&(m.kind, m.to.clone())));
    let content = Content {
        pack: target.pack.clone(),
        digest: target.digest.clone(),
        documents,
        moves,
        links: tx.catalog().links(target.id)?,
        files: tx.catalog().files(target.id)?,
        note: checked_note(note)?,
        rolled_back_to: Some(number),
    };
    publish(tx, &library, content, &Stamp { id, by: Some(actor.user), now })
}

/// The way back through the moves of releases, which come newest first. An id is followed through all its moves, so that
/// who has only the last one gets the first.
fn undone<'a>(releases: impl Iterator<Item = &'a [Move]>) -> Vec<Move> {
    let (mut back, mut known): (Vec<Move>, _) = (Vec::new(), BTreeSet::new());
    for moves in releases {
        let mut origins: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for step in moves.iter().rev() {
            origins.entry((step.kind, &step.to)).or_default().push(&step.from);
        }
        let further = back.iter().flat_map(|later| {
            let origins = origins.get(&(later.kind, &later.to)).into_iter().flatten();
            origins.map(|origin| Move { to: (*origin).clone(), ..later.clone() })
        });
        let found: Vec<_> = further.chain(moves.iter().rev().map(Move::inverse)).collect();
        back.extend(found.into_iter().filter(|step| known.insert(step.clone())));
    }
    back
}

fn find_release(tx: &mut dyn ReadTx, pack: &PackId, number: u32) -> Result<Release> {
    tx.catalog().release(pack, number)?.ok_or_else(|| Error::not_found("release", format!("{pack}/{number}")))
}

fn checked_note(note: &str) -> Result<String> {
    let mut faults = crate::Violations::new();
    faults.take("/note", check_text(note, 0, 1000));
    faults.check().map(|()| note.to_owned())
}

fn check_expected(library: &Library, pack: &PackId, expected: Option<u32>) -> Result<()> {
    let present = library.pack(pack).map_or(0, |(release, _)| release.number);
    if expected.is_some_and(|expected| expected != present) {
        let message = format!("The pack `{pack}` is at release {present} by now.");
        return Err(Error::new(Code::ReleaseMoved, message));
    }
    Ok(())
}

fn checked(documents: impl IntoIterator<Item = Document>) -> Result<Catalogue> {
    Catalogue::build(documents).map_err(|faults| {
        Error::invalid(
            faults
                .into_iter()
                .map(|fault| Violation {
                    pointer: String::new(),
                    rule: fault.kind.as_str().to_owned(),
                    detail: fault.to_string(),
                })
                .collect(),
        )
    })
}

/// Ids and slugs are unique over all packs of a server, so that an address means one thing.
fn check_ids(library: &Library, pack: &PackId, next: &Catalogue) -> Result<()> {
    for entry in next.entries() {
        let document = &entry.document;
        for name in [&document.id, &document.slug] {
            for (release, other) in library.packs().iter().filter(|(release, _)| release.pack.id != *pack) {
                if other.resolve(document.kind(), name).is_some() {
                    let (kind, owner) = (document.kind(), &release.pack.id);
                    return Err(Error::new(
                        Code::IdTaken,
                        format!("The {kind} `{name}` belongs to the pack `{owner}`."),
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The moves that have not been made yet: their `from` is known, has not been moved there, and their `to` is live.
fn pending_moves(current: Option<&Catalogue>, next: &Catalogue, moves: &[Move]) -> Vec<Move> {
    let pending = |step: &&Move| {
        let known = current.and_then(|catalogue| catalogue.entry(step.kind, &step.from));
        known.is_some_and(|entry| entry.moved_to.as_ref() != Some(&step.to))
            && next.entry(step.kind, &step.to).is_some()
    };
    moves.iter().filter(pending).cloned().collect()
}

fn publish(tx: &mut dyn WriteTx, library: &Library, content: Content, stamp: &Stamp) -> Result<Applied> {
    let pack = content.pack.id.clone();
    let next = checked(content.documents.iter().cloned())?;
    check_ids(library, &pack, &next)?;
    let current = library.pack(&pack);
    let old = current.map(|(_, catalogue)| catalogue);
    let moves = pending_moves(old, &next, &content.moves);
    let enrolments = tx.records().enrolments_by_target(&pack)?;
    let from = current.map(|(release, old)| (release.number, old));
    let mut plan = plan_release(&pack, from, &next, &moves, &enrolments);
    if let Some(old) = old {
        note_stored_texts(tx.as_read(), &mut plan, old, &next)?;
    }
    let entries = entries(old, content.documents, &moves);
    let catalogue = Catalogue::restore(entries.iter().cloned());
    let release = Release {
        id: stamp.id,
        pack: content.pack,
        number: plan.number,
        digest: content.digest,
        created_at: stamp.now,
        created_by: stamp.by,
        note: content.note,
        rolled_back_to: content.rolled_back_to,
        moves,
    };
    tx.catalog_mut().insert_release(&release, &entries, &content.files, &content.links)?;
    crate::search::follow(tx, &pack, &catalogue)?;
    let learners = carry_over(tx, &pack, old, &catalogue, &release.moves, stamp.now)?;
    Ok(Applied { release, plan, learners, created: true })
}

/// The entries of a release: its documents with the slugs they had, and all that it retires or was retired before.
fn entries(old: Option<&Catalogue>, documents: Vec<Document>, moves: &[Move]) -> Vec<Entry> {
    let moved: BTreeMap<_, _> = moves.iter().map(|step| ((step.kind, step.from.clone()), &step.to)).collect();
    let live: BTreeSet<_> = documents.iter().map(Document::key).collect();
    let mut entries: Vec<Entry> = documents
        .into_iter()
        .map(|document| {
            let mut entry = Entry::live(document);
            if let Some(before) = old.and_then(|old| old.entry(entry.document.kind(), &entry.document.id)) {
                let slugs = before.former_slugs.iter().chain([&before.document.slug]);
                entry.former_slugs = slugs.filter(|slug| **slug != entry.document.slug).cloned().collect();
                entry.former_slugs.dedup();
            }
            entry
        })
        .collect();
    let gone = old.into_iter().flat_map(Catalogue::entries).filter(|entry| !live.contains(&entry.document.key()));
    entries.extend(gone.map(|before| Entry {
        retired: true,
        moved_to: moved.get(&before.document.key()).map(|to| (*to).clone()).or_else(|| before.moved_to.clone()),
        ..before.clone()
    }));
    entries
}

/// The files of a release as they were applied.
///
/// # Errors
/// Those of [`authorise`]; [`Code::NotFound`] when there is no such release.
pub fn export_release(
    tx: &mut dyn ReadTx,
    actor: &Actor,
    pack: &PackId,
    number: Option<u32>,
) -> Result<(Release, Vec<SourceFile>)> {
    authorise(actor, Action::ReadContent)?;
    let release = match number {
        Some(number) => find_release(tx, pack, number)?,
        None => {
            let library = tx.catalog().library()?;
            library.pack(pack).map(|(release, _)| release.clone()).ok_or_else(|| Error::not_found("pack", pack))?
        }
    };
    let mut files = Vec::new();
    for (path, digest) in tx.catalog().files(release.id)? {
        let bytes = tx.catalog().file(&digest)?.ok_or_else(|| Error::internal(format!("no file for {path}")))?;
        files.push(SourceFile { path, digest, bytes: bytes.into() });
    }
    Ok((release, files))
}
