//! Packs and their releases: shown to everybody, made by authors.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use cairn_domain::catalog::{self, Applied, Draft, PackInfo, Plan, Release};
use cairn_domain::shared::{PackId, Page, ReleaseId, Timestamp, UserId};
use cairn_domain::{Code, Error, StoreExt as _, WriteTx};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::call::Call;
use crate::catalogue::library;
use crate::endpoint::{Endpoint, Precondition, Verb};
use crate::extract::condition;
use crate::extract::input::input;
use crate::headers::{Cache, Policy};
use crate::problem::{Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Packs";

input! {
    /// A roll back.
    struct RollbackInput {
        /// Why, for whoever reads the list of releases; at most 1,000 characters.
        note: Option<String>,
    }
}

/// A pack as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PackView<'a> {
    /// Stable for ever.
    id: &'a str,
    /// One line.
    title: &'a str,
    /// Plain text.
    summary: &'a str,
    /// A BCP 47 tag such as `en`.
    language: &'a str,
    /// An SPDX expression such as `CC-BY-4.0`.
    licence: &'a str,
    /// Names; may be empty.
    authors: &'a [String],
    /// Its present release.
    release: ReleaseView,
}

/// A release as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReleaseView {
    /// The id of its pack.
    pack: String,
    /// 1, 2, 3, … in its pack.
    number: u32,
    /// The digest of its files.
    digest: String,
    /// When it was applied.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The id of the user who applied it; null for the server itself.
    #[schema(value_type = Option<String>, required)]
    created_by: Option<UserId>,
    /// What was noted with it; may be empty.
    note: String,
    /// The earlier release whose content it has again.
    #[schema(required)]
    rolled_back_to: Option<u32>,
}

/// What applying did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppliedView {
    /// The release that is current now.
    release: ReleaseView,
    /// What it changed.
    #[schema(value_type = PlanView)]
    plan: Plan,
    /// How many learners' records were brought along.
    learners: u64,
    /// Whether a release was made; false when the archive has what is current already.
    created: bool,
}

/// What applying an archive would do, or what a release did.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of `Plan` for the documentation")]
pub(crate) struct PlanView {
    /// The pack.
    pack: String,
    /// The number of the release that is compared with, for an archive the present one; null for nothing.
    #[schema(required)]
    from: Option<u32>,
    /// The number that the release would get, or has.
    number: u32,
    /// Every document that is touched. Empty when only files that are not served differ.
    changes: Vec<ChangeView>,
    /// How many active and paused enrolments have at least one touched document in their course or track.
    enrolments: u64,
}

/// One document that a release touches.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form of `Change` for the documentation")]
pub(crate) struct ChangeView {
    /// `added`, `changed`, `moved`, `retired` or `restored`.
    action: String,
    /// `guide`, `track`, `course`, `lesson` or `skill`.
    kind: String,
    /// Its id; for a move the new one.
    id: String,
    /// For a move: the id it had.
    from: Option<String>,
    /// Its title.
    title: String,
    /// The slug it had, where that changes.
    former_slug: Option<String>,
    /// What of it differs from before: `title`, `summary`, `slug`, `text`, `contents`, `form`, `minutes`, `optional`,
    /// `prerequisites`, `teaches`, `rules` and `questions`. Left out where nothing does. Texts and questions are compared
    /// of the first 200 changes.
    parts: Option<Vec<String>>,
    /// How many active and paused enrolments have it in their course or track.
    enrolments: u64,
}

impl From<&Release> for ReleaseView {
    fn from(release: &Release) -> Self {
        Self {
            pack: release.pack.id.to_string(),
            number: release.number,
            digest: release.digest.to_string(),
            created_at: release.created_at,
            created_by: release.created_by,
            note: release.note.clone(),
            rolled_back_to: release.rolled_back_to,
        }
    }
}

fn view(release: &Release) -> PackView<'_> {
    let PackInfo { id, title, summary, language, licence, authors } = &release.pack;
    PackView { id: id.as_str(), title, summary, language, licence, authors, release: release.into() }
}

fn example_of_release() -> Value {
    json!({
        "pack": "examples",
        "number": 1,
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "created_at": "2026-01-31T12:00:00.000000Z",
        "created_by": "0190d6f0-0000-7000-8000-000000000001",
        "note": "First steps",
        "rolled_back_to": null,
    })
}

fn example() -> Value {
    json!({
        "id": "examples",
        "title": "Examples",
        "summary": "What the documentation shows.",
        "language": "en",
        "licence": "CC-BY-4.0",
        "authors": ["Ada"],
        "release": example_of_release(),
    })
}

fn example_of_plan() -> Value {
    json!({
        "pack": "examples",
        "from": 1,
        "number": 2,
        "changes": [{
            "action": "changed", "kind": "lesson", "id": "first-steps", "title": "First steps",
            "parts": ["text"], "enrolments": 3,
        }],
        "enrolments": 3,
    })
}

fn example_of_applied() -> Value {
    json!({ "release": example_of_release(), "plan": example_of_plan(), "learners": 0, "created": true })
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const RELEASES: &str = "/api/v1/packs/{pack}/releases";
    const ARCHIVE: &str = "application/gzip";
    let unchanged = "Nothing was made: the archive has what is current already.";
    vec![
        Endpoint::new(Verb::Get, "/api/v1/packs", "list_packs", |call| Box::pin(list(call)))
            .describe(TAG, "Lists packs", "With their present releases.")
            .lists::<PackView>("A page of packs.", example())
            .tagged(),
        Endpoint::new(Verb::Get, "/api/v1/packs/{pack}", "get_pack", |call| Box::pin(show(call)))
            .describe(TAG, "Shows a pack", "Its `ETag` names the present release, for `If-Match` when one applies.")
            .gives::<PackView>(Success::Ok, "The pack.", example())
            .tagged(),
        Endpoint::new(Verb::Get, RELEASES, "list_releases", |call| Box::pin(releases(call)))
            .describe(TAG, "Lists a pack's releases", "Newest first.")
            .lists::<ReleaseView>("A page of releases.", example_of_release())
            .tagged(),
        Endpoint::new(Verb::Get, "/api/v1/packs/{pack}/releases/{number}", "get_release", |call| {
            Box::pin(release(call))
        })
        .describe(TAG, "Shows a release", "Releases never change.")
        .gives::<ReleaseView>(Success::Ok, "The release.", example_of_release())
        .tagged(),
        Endpoint::new(Verb::Get, "/api/v1/packs/{pack}/releases/{number}/changes", "get_release_changes", |call| {
            Box::pin(changes(call))
        })
        .describe(
            TAG,
            "Shows what a release changed",
            "Against the release before, as its plan showed it, with the enrolments that are open now.",
        )
        .query("since", "Compare with this release instead, an earlier one; 0 for nothing.", 0, &[])
        .gives::<PlanView>(Success::Ok, "What it changed.", {
            let mut changes = example_of_plan();
            changes["from"] = Value::Null;
            changes["number"] = json!(1);
            changes["changes"][0]["action"] = json!("added");
            changes["changes"][0].as_object_mut().map(|change| change.remove("parts"));
            changes
        })
        .tagged(),
        Endpoint::new(Verb::Post, "/api/v1/packs/{pack}/plans", "plan_release", |call| Box::pin(plan(call)))
            .describe(
                TAG,
                "Shows what applying an archive would do",
                "Writes nothing. The archive is a gzipped tar of the pack's directory. Every fault of the pack is told \
                 with its file, line and column.",
            )
            .takes_archive()
            .gives::<PlanView>(Success::Ok, "The plan.", example_of_plan())
            .refuses(&[Code::PackInvalid, Code::IdTaken]),
        Endpoint::new(Verb::Post, RELEASES, "apply_release", |call| Box::pin(apply(call)))
            .describe(
                TAG,
                "Applies an archive",
                "Makes a release, all or nothing, and keeps everybody's progress. `If-Match` with the pack's `ETag` (`\"r0\"` \
                 for a new pack) refuses it when somebody else was faster.",
            )
            .query("note", "What to note with the release; at most 1,000 characters.", "First steps", &[])
            .takes_archive()
            .gives::<AppliedView>(Success::Created, "The release.", example_of_applied())
            .gives::<AppliedView>(Success::Ok, unchanged, {
                let mut applied = example_of_applied();
                applied["created"] = json!(false);
                applied
            })
            .precondition(Precondition::Optional)
            .keyed()
            .refuses(&[Code::PackInvalid, Code::IdTaken, Code::ProgressLost]),
        Endpoint::new(Verb::Post, "/api/v1/packs/{pack}/releases/{number}/rollback", "roll_back", |call| {
            Box::pin(roll_back(call))
        })
        .describe(TAG, "Rolls back to an earlier release", "Makes a new release with the earlier one's content.")
        .takes::<RollbackInput>(json!({ "note": "The new quiz is too hard" }))
        .gives::<AppliedView>(Success::Created, "The release.", example_of_applied())
        .precondition(Precondition::Optional)
        .keyed()
        .refuses(&[Code::Duplicate, Code::IdTaken, Code::ProgressLost]),
        Endpoint::new(Verb::Get, "/api/v1/packs/{pack}/archive", "export_pack", |call| Box::pin(export(call)))
            .describe(TAG, "Gives a pack back", "The files of the present release, byte for byte, as a gzipped tar.")
            .gives_other(Success::Ok, ARCHIVE, "The archive.")
            .tagged(),
        Endpoint::new(Verb::Get, "/api/v1/packs/{pack}/releases/{number}/archive", "export_release", |call| {
            Box::pin(export(call))
        })
        .describe(TAG, "Gives a release back", "The files of the release, byte for byte, as a gzipped tar.")
        .gives_other(Success::Ok, ARCHIVE, "The archive.")
        .tagged(),
        Endpoint::new(Verb::Get, "/assets/{file}", "get_asset", |call| Box::pin(asset(call)))
            .describe(
                "Catalogue",
                "Gives an image or example that a text shows or links",
                "Named by the SHA-256 of its bytes, so that it never changes.",
            )
            .gives_other(Success::Ok, "*/*", "The file.")
            .tagged(),
    ]
}

async fn list(call: Call) -> Result<Reply, Problem> {
    let library = library(&call).await?;
    let request = call.page("packs")?;
    let page = Page::of_ordered(library.packs(), &request, |(release, _)| release.pack.id.to_string());
    let reply = call.page_reply(page, "packs", |(release, _)| view(release))?.digest()?.cache(Cache::Public);
    call.keep(&library, &reply);
    Ok(reply)
}

async fn show(call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let library = library(&call).await?;
    let (release, _) = library.pack(&pack).ok_or_else(|| Error::not_found("pack", &pack))?;
    let reply = Reply::ok(&view(release))?.tag(&format!("\"r{}\"", release.number))?.cache(Cache::Public);
    call.keep(&library, &reply);
    Ok(reply)
}

async fn releases(call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let library = library(&call).await?;
    let list = format!("releases?pack={pack}");
    let page = call.page(&list)?;
    let found =
        call.reading(move |state| state.ports.store.read(|tx| catalog::list_releases(tx, &pack, &page))).await?;
    let reply = call.page_reply(found, &list, |release| ReleaseView::from(&release))?.digest()?.cache(Cache::Public);
    call.keep(&library, &reply);
    Ok(reply)
}

/// The number of a release in the path.
pub(crate) fn number(call: &Call) -> Result<u32, Problem> {
    let text = call.segment_text("number");
    let number = text.parse().ok().filter(|number: &u32| *number > 0 && number.to_string() == text);
    number.ok_or_else(|| Error::not_found("release", text).into())
}

async fn release(call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let number = number(&call)?;
    let library = library(&call).await?;
    let found = call.reading(move |state| state.ports.store.read(|tx| catalog::release(tx, &pack, number))).await?;
    let reply = Reply::ok(&ReleaseView::from(&found))?.digest()?.cache(Cache::Public);
    call.keep(&library, &reply);
    Ok(reply)
}

async fn changes(mut call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let number = number(&call)?;
    let since = call.number("since");
    let since = call.or_refused(since).await?;
    call.read(move |tx, known| {
        Reply::ok(&catalog::release_changes(tx, &known.actor, &pack, number, since)?)?.quick_tag()
    })
    .await
}

/// Reads the archive of the pack that the path names, with the archive's bytes.
async fn draft(call: &mut Call) -> Result<(Arc<Draft>, actix_web::web::Bytes), Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    // Nobody sends megabytes before it is known that he may.
    call.admit().await?;
    // Taken before the archive is, so that only so many are in memory.
    let place = call.state.packing.place()?;
    let bytes = call.bytes().await?;
    let (reader, archive) = (call.state.ports.packs.clone(), bytes.clone());
    let read = call.state.packing.run_at(place, call.span(), move || reader.read(&archive)).await?;
    let draft = read.map_err(Problem::pack)?;
    if draft.pack.id != pack {
        let detail = format!("The archive holds the pack `{}`; the address names `{pack}`.", draft.pack.id);
        return Err(Call::field("", "other_pack", &detail));
    }
    Ok((Arc::new(draft), bytes))
}

async fn plan(mut call: Call) -> Result<Reply, Problem> {
    let (draft, _) = draft(&mut call).await?;
    call.read(move |tx, known| Reply::ok(&catalog::plan_draft(tx, &known.actor, &draft)?)).await
}

fn applied(applied: Applied) -> cairn_domain::Result<(Reply, Option<Reply>)> {
    let (number, created) = (applied.release.number, applied.created);
    let location = format!("/api/v1/packs/{}/releases/{number}", applied.release.pack.id);
    let view =
        AppliedView { release: (&applied.release).into(), plan: applied.plan, learners: applied.learners, created };
    Ok((if created { Reply::created(&view, location)? } else { Reply::ok(&view)? }, None))
}

/// Shows what was just applied to whoever asks next. The release is there whether or not this succeeds, so that a fault
/// is no refusal: what is published is looked at again at short intervals anyway.
async fn refresh(call: &Call) {
    if let Err(problem) = call.state.refresh(call.span()).await {
        let (code, cause) = (problem.reason.as_str(), problem.cause().unwrap_or("none"));
        tracing::warn!(code, cause, "a release was applied and cannot be shown yet; it is tried again");
    }
}

/// The number of the release that a write was made for, where it names any; 0 is that of a pack that is not there yet.
fn number_expected(
    tx: &mut dyn WriteTx,
    pack: &PackId,
    expected: Option<&condition::Expected>,
) -> cairn_domain::Result<Option<u32>> {
    let mut present = || Ok(tx.catalog().library()?.pack(pack).map_or(0, |(release, _)| release.number));
    expected.map(|expected| expected.version(&mut present)).transpose()
}

async fn apply(mut call: Call) -> Result<Reply, Problem> {
    let expected = condition::expected(call.headers(), 'r');
    let expected = call.or_refused(expected).await?;
    let note = call.parameters.get("note").unwrap_or_default().to_owned();
    let (draft, bytes) = draft(&mut call).await?;
    let (id, now) = (call.state.id(ReleaseId::new), call.now);
    let work = call.create(&bytes, true, move |tx, actor| {
        let expected = number_expected(tx, &draft.pack.id, expected.as_ref())?;
        applied(catalog::apply_release(tx, Some(actor), &draft, (expected, &note), id, now)?)
    });
    let reply = work.await?;
    refresh(&call).await;
    Ok(reply)
}

async fn roll_back(mut call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let number = number(&call)?;
    let (input, body) = call.json::<RollbackInput>().await?;
    let expected = condition::expected(call.headers(), 'r');
    let expected = call.or_refused(expected).await?;
    let note = input.note.unwrap_or_default();
    let (id, now) = (call.state.id(ReleaseId::new), call.now);
    let work = call.create(&body, true, move |tx, actor| {
        let expected = number_expected(tx, &pack, expected.as_ref())?;
        applied(catalog::roll_back(tx, actor, &pack, number, (expected, &note), id, now)?)
    });
    let reply = work.await?;
    refresh(&call).await;
    Ok(reply)
}

async fn export(call: Call) -> Result<Reply, Problem> {
    let pack: PackId = call.segment("pack", "pack")?;
    let number = if call.segment_text("number").is_empty() { None } else { Some(number(&call)?) };
    let (release, files) = call.read(move |tx, known| catalog::export_release(tx, &known.actor, &pack, number)).await?;
    let writer = call.state.ports.packs.clone();
    let media_type = writer.media_type();
    let bytes = call.state.packing.run(call.span(), move || writer.write(&files)).await??;
    let name = format!("attachment; filename=\"{}-{}.tar.gz\"", release.pack.id, release.number);
    let name = HeaderValue::from_str(&name).map_err(Error::internal)?;
    Ok(Reply::bytes(bytes, media_type)?.digest()?.header(CONTENT_DISPOSITION, name))
}

async fn asset(call: Call) -> Result<Reply, Problem> {
    let file = call.segment_text("file").to_owned();
    let missing = || Problem::from(Error::not_found("asset", &file));
    let (digest, extension) = file.split_once('.').ok_or_else(missing)?;
    let digest: cairn_domain::shared::Revision = digest.parse().map_err(|_| missing())?;
    let tag = format!("\"{digest}\"");
    let extension = extension.to_owned();
    let (media_type, bytes) =
        call.reading(move |state| state.ports.store.read(|tx| catalog::asset(tx, &digest, &extension))).await?;
    Ok(Reply::bytes(bytes, media_type)?.tag(&tag)?.policy(Policy::Asset).cache(Cache::Immutable))
}
