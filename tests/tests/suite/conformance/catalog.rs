//! Releases and what they serve.

use cairn_domain::catalog::{
    Course, Detail, DocKind, Document, DraftDocument, Entry, Guide, Lesson, Link, Move, Release, Requires, Stage, Task,
    Track,
};
use cairn_domain::shared::{ContentId, PageRequest, ReleaseId, Revision};
use cairn_domain::{Code, Error, Result, Store, StoreExt, WriteTx};

use super::sample::*;

fn release(pack: &str, number: u32) -> Release {
    Release {
        id: ReleaseId::new(fresh()),
        pack: draft(pack, Vec::new()).pack,
        number,
        digest: revision(&format!("{pack} {number}")),
        created_at: at(i64::from(number)),
        created_by: None,
        note: String::new(),
        rolled_back_to: None,
        moves: Vec::new(),
    }
}

/// Keeps documents and makes a release of them.
fn insert(tx: &mut dyn WriteTx, release: &Release, documents: &[DraftDocument]) -> Result<()> {
    for document in documents {
        tx.catalog_mut().put_document(document)?;
    }
    let entries: Vec<_> = documents.iter().map(|draft| Entry::live(draft.document.clone())).collect();
    tx.catalog_mut().insert_release(release, &entries, &[], &[])
}

fn stored(store: &dyn Store, pack: &str, number: u32) -> Option<Release> {
    store.read(|tx| tx.catalog().release(&pack_id(pack), number)).unwrap()
}

pub(super) fn an_empty_store_has_nothing_to_teach(store: &dyn Store) {
    store
        .read(|tx| {
            let (catalog, unknown) = (tx.catalog(), ReleaseId::new(uuid(1)));
            assert!(catalog.library()?.packs().is_empty());
            assert_eq!(catalog.release(&pack_id("p"), 1)?, None);
            assert!(catalog.releases(&pack_id("p"), &PageRequest::first())?.items.is_empty());
            assert!(catalog.catalogue(unknown)?.is_none());
            assert_eq!(catalog.html(DocKind::Lesson, &content_id("a"), &revision("a"))?, None);
            assert!(catalog.quiz(&content_id("a"), &revision("a"))?.is_none());
            assert!(catalog.links(unknown)?.is_empty());
            assert!(catalog.links_to(unknown, DocKind::Lesson, &content_id("a"))?.is_empty());
            assert!(catalog.files(unknown)?.is_empty());
            assert_eq!(catalog.file(&revision("a"))?, None);
            assert!(catalog.paths_of(&revision("a"))?.is_empty());
            Ok(())
        })
        .unwrap();
}

pub(super) fn a_release_comes_back_as_it_went_in(store: &dyn Store) {
    let author = add_user(store, 1);
    let step = |from: &str, to: &str| Move { kind: DocKind::Skill, from: content_id(from), to: content_id(to) };
    let full = Release {
        created_by: Some(author.id),
        note: "Why 🦀\nand how".into(),
        rolled_back_to: Some(1),
        moves: vec![step("b", "a"), step("a", "c")],
        ..release("p", 2)
    };
    for release in [release("p", 1), full] {
        store.write(|tx| insert(tx, &release, &[])).unwrap();
        assert_eq!(stored(store, "p", release.number), Some(release.clone()));
        let library = store.read(|tx| tx.catalog().library()).unwrap();
        assert_eq!(library.pack(&pack_id("p")).unwrap().0, &release);
        let page = store.read(|tx| tx.catalog().releases(&pack_id("p"), &page(1))).unwrap();
        assert_eq!(page.items, [release]);
    }
    assert_eq!(stored(store, "p", 3), None);
    assert_eq!(stored(store, "q", 1), None);
}

/// A document of each kind with every field filled.
fn every_kind() -> Vec<DraftDocument> {
    let planned = Stage { title: "Later".into(), summary: String::new(), target: None };
    let here = Stage { title: "Now".into(), summary: "S".into(), target: Some((DocKind::Track, content_id("t"))) };
    let requires = Requires { skills: vec![skill_id("s2"), skill_id("s1")], lessons: vec![lesson_id("a")] };
    let teaching = Lesson { teaches: vec![skill_id("s2"), skill_id("s1")], ..Lesson::reading(240) };
    let optional = Lesson { requires: requires.clone(), optional: true, ..Lesson::reading(1) };
    let course = Course { lessons: vec![lesson_id("q"), lesson_id("b"), lesson_id("a")], requires };
    let mut documents = vec![
        document("g", "<p>g</p>", Detail::Guide(Guide { stages: vec![planned, here] })),
        document("t", "", Detail::Track(Track { courses: vec![course_id("c")] })),
        document("c", "", Detail::Course(course)),
        document("a", "<p>a</p>", Detail::Lesson(teaching)),
        document("b", "<p>b</p>", Detail::Lesson(optional)),
        quiz("q", None),
        document("s1", "", Detail::Skill),
        document("s2", "", Detail::Skill),
    ];
    for (n, draft) in documents.iter_mut().enumerate() {
        let slug = content_id(&format!("slug-{n}"));
        draft.document = Document { slug, summary: format!("Sümmary {n} 🦀"), ..draft.document.clone() };
    }
    documents
}

pub(super) fn documents_of_every_kind_come_back(store: &dyn Store) {
    let (release, documents) = (release("p", 1), every_kind());
    store.write(|tx| insert(tx, &release, &documents)).unwrap();
    let catalogue = store.read(|tx| tx.catalog().catalogue(release.id)).unwrap().unwrap();
    let library = store.read(|tx| tx.catalog().library()).unwrap();
    let (_, current) = library.pack(&pack_id("p")).unwrap();
    for catalogue in [&catalogue, current] {
        assert_eq!(catalogue.entries().count(), documents.len());
        for draft in &documents {
            let (kind, id) = draft.document.key();
            assert_eq!(catalogue.entry(kind, &id), Some(&Entry::live(draft.document.clone())));
        }
        let order: Vec<_> =
            catalogue.lessons_of_course(&course_id("c")).map(|lesson| lesson.id().to_string()).collect();
        assert_eq!(order, ["q", "b", "a"], "the author's order");
    }
}

pub(super) fn texts_and_quizzes_are_kept_by_revision(store: &dyn Store) {
    let (old, mut new) = (quiz("q", None), quiz("q", Some(1)));
    new.html = "<p>New</p>".into();
    asked(&mut new).0.questions.truncate(1);
    let reading = reading("a");
    let both = [old.clone(), reading.clone()];
    store.write(|tx| insert(tx, &release("p", 1), &both)).unwrap();
    store.write(|tx| insert(tx, &release("p", 2), &[new.clone()])).unwrap();
    // Kept once, a revision stays what it is.
    let changed = DraftDocument { html: "<p>changed</p>".into(), task: None, ..old.clone() };
    store.write(|tx| tx.catalog_mut().put_document(&changed)).unwrap();
    for draft in [&old, &new, &reading] {
        let (kind, id) = draft.document.key();
        let revision = &draft.document.revision;
        let html = store.read(|tx| tx.catalog().html(kind, &id, revision)).unwrap();
        assert_eq!(html.as_ref(), Some(&draft.html));
        let stored = store.read(|tx| tx.catalog().quiz(&id, revision)).unwrap();
        assert!(stored.map(|(quiz, key)| Task::Quiz(quiz, key)) == draft.task);
        assert_eq!(store.read(|tx| tx.catalog().html(DocKind::Course, &id, revision)).unwrap(), None);
    }
    assert_eq!(store.read(|tx| tx.catalog().html(DocKind::Lesson, &content_id("q"), &revision("x"))).unwrap(), None);
}

pub(super) fn drills_are_kept_by_revision(store: &dyn Store) {
    let (old, mut new) = (drill("d", "SELECT 1"), drill("d", "SELECT 2"));
    new.document.revision = revision("new");
    store.write(|tx| insert(tx, &release("p", 1), &[old.clone(), quiz("q", None)])).unwrap();
    store.write(|tx| insert(tx, &release("p", 2), &[new.clone()])).unwrap();
    // Kept once, a revision stays what it is.
    let changed = DraftDocument { task: new.task.clone(), ..old.clone() };
    store.write(|tx| tx.catalog_mut().put_document(&changed)).unwrap();
    for draft in [&old, &new] {
        let (_, id) = draft.document.key();
        let stored = store.read(|tx| tx.catalog().drill(&id, &draft.document.revision)).unwrap();
        assert_eq!(stored.map(|(drill, key)| Task::drill(drill, key)), draft.task);
        assert!(store.read(|tx| tx.catalog().quiz(&id, &draft.document.revision)).unwrap().is_none());
    }
    let of_a_quiz = quiz("q", None).document.revision;
    assert_eq!(store.read(|tx| tx.catalog().drill(&content_id("q"), &of_a_quiz)).unwrap(), None);
    assert_eq!(store.read(|tx| tx.catalog().drill(&content_id("d"), &revision("x"))).unwrap(), None);
}

pub(super) fn links_are_ordered_and_each_once(store: &dyn Store) {
    let (release, documents) = (release("p", 1), every_kind());
    let key = |kind, id: &str| (kind, content_id(id));
    let to_quiz = key(DocKind::Lesson, "q");
    let link = |from, to| Link { from, to };
    // Kinds have an order of their own, which is not that of their names.
    let links = [
        link(key(DocKind::Lesson, "b"), to_quiz.clone()),
        link(key(DocKind::Course, "c"), to_quiz.clone()),
        link(key(DocKind::Guide, "g"), key(DocKind::Track, "t")),
        link(key(DocKind::Guide, "g"), to_quiz.clone()),
        link(key(DocKind::Lesson, "a"), to_quiz.clone()),
        link(key(DocKind::Track, "t"), to_quiz.clone()),
        link(key(DocKind::Lesson, "b"), to_quiz.clone()),
        link(to_quiz.clone(), to_quiz.clone()),
    ];
    store
        .write(|tx| {
            for document in &documents {
                tx.catalog_mut().put_document(document)?;
            }
            let entries: Vec<_> = documents.iter().map(|draft| Entry::live(draft.document.clone())).collect();
            tx.catalog_mut().insert_release(&release, &entries, &[], &links)
        })
        .unwrap();
    let ordered: std::collections::BTreeSet<_> = links.iter().cloned().collect();
    let all = store.read(|tx| tx.catalog().links(release.id)).unwrap();
    assert_eq!(all, ordered.into_iter().collect::<Vec<_>>());
    let here = store.read(|tx| tx.catalog().links_to(release.id, DocKind::Lesson, &to_quiz.1)).unwrap();
    let from: Vec<_> = here.iter().map(|(kind, id)| format!("{kind} {id}")).collect();
    assert_eq!(from, ["guide g", "track t", "course c", "lesson a", "lesson b", "lesson q"]);
    assert!(store.read(|tx| tx.catalog().links_to(release.id, DocKind::Course, &to_quiz.1)).unwrap().is_empty());
}

pub(super) fn files_are_ordered_and_kept_by_digest(store: &dyn Store) {
    let binary: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let files = [
        file("pack.yaml", b"id: p"),
        file("images/z.png", &binary),
        file("images/Ä.png", &binary),
        file("Images/a.png", b""),
        file("images-old/a b.txt", b"\0"),
    ];
    let all: Vec<(String, Revision)> = files.iter().map(|file| (file.path.clone(), file.digest.clone())).collect();
    let (first, second) = (release("p", 1), release("p", 2));
    store
        .write(|tx| {
            for file in &files {
                tx.catalog_mut().put_file(file)?;
                tx.catalog_mut().put_file(file)?;
            }
            tx.catalog_mut().insert_release(&first, &[], &all, &[])?;
            tx.catalog_mut().insert_release(&second, &[], &all[..1], &[])
        })
        .unwrap();
    let read = store.read(|tx| tx.catalog().files(first.id)).unwrap();
    let paths: Vec<_> = read.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["Images/a.png", "images-old/a b.txt", "images/z.png", "images/Ä.png", "pack.yaml"]);
    for file in &files {
        assert!(read.contains(&(file.path.clone(), file.digest.clone())));
        assert!(store.read(|tx| tx.catalog().file(&file.digest)).unwrap().unwrap()[..] == file.bytes[..]);
    }
    assert_eq!(store.read(|tx| tx.catalog().files(second.id)).unwrap(), all[..1]);
    let mut paths = store.read(|tx| tx.catalog().paths_of(&files[1].digest)).unwrap();
    paths.sort();
    assert_eq!(paths, ["images/z.png", "images/Ä.png"]);
    assert_eq!(
        store.read(|tx| tx.catalog().paths_of(&files[0].digest)).unwrap(),
        ["pack.yaml"],
        "once for two releases"
    );
}

pub(super) fn numbers_rise(store: &dyn Store) {
    let add = |pack, number| store.write(|tx| insert(tx, &release(pack, number), &[]));
    add("p", 1).unwrap();
    add("p", 2).unwrap();
    assert_eq!(code(add("p", 2)), Code::ReleaseMoved);
    assert_eq!(code(add("p", 1)), Code::ReleaseMoved);
    add("q", 1).unwrap();
    add("p", 3).unwrap();
}

pub(super) fn a_release_needs_its_author_and_what_it_names(store: &dyn Store) {
    let by_nobody = Release { created_by: Some(user_id(1)), ..release("p", 1) };
    assert_eq!(code(store.write(|tx| insert(tx, &by_nobody, &[]))), Code::Internal);
    let (plain, unkept) = (release("p", 1), Entry::live(reading("a").document));
    let add = |entries: &[Entry], files: &[(String, Revision)], links: &[Link]| {
        code(store.write(|tx| tx.catalog_mut().insert_release(&plain, entries, files, links)))
    };
    assert_eq!(add(&[unkept], &[], &[]), Code::Internal, "a document that was not kept");
    assert_eq!(add(&[], &[("pack.yaml".to_owned(), revision("unkept"))], &[]), Code::Internal);
    let to = (DocKind::Lesson, content_id("b"));
    store.write(|tx| tx.catalog_mut().put_document(&reading("a"))).unwrap();
    let dangling = Link { from: (DocKind::Lesson, content_id("a")), to };
    assert_eq!(add(&[Entry::live(reading("a").document)], &[], &[dangling]), Code::Internal, "a link to nowhere");
    assert_eq!(stored(store, "p", 1), None);
    add_user(store, 1);
    store.write(|tx| insert(tx, &by_nobody, &[])).unwrap();
}

pub(super) fn the_library_has_the_current_release_of_each_pack(store: &dyn Store) {
    let both = |id: &str| [course(&format!("c-{id}"), &[id]), reading(id)];
    for (pack, number, id) in [("q", 1, "one"), ("p", 1, "two"), ("p", 2, "three"), ("q", 2, "four"), ("q", 3, "five")]
    {
        store.write(|tx| insert(tx, &release(pack, number), &both(id))).unwrap();
        let library = store.read(|tx| tx.catalog().library()).unwrap();
        let (current, catalogue) = library.pack(&pack_id(pack)).unwrap();
        assert_eq!(current.number, number, "a reader sees a release at once");
        assert_eq!(catalogue.lessons().map(|lesson| lesson.id().to_string()).collect::<Vec<_>>(), [id]);
    }
    let library = store.read(|tx| tx.catalog().library()).unwrap();
    let packs: Vec<_> = library.packs().iter().map(|(r, _)| (r.pack.id.to_string(), r.number)).collect();
    assert_eq!(packs, [("p".to_owned(), 2), ("q".to_owned(), 3)]);
    let first = stored(store, "p", 1).unwrap();
    let earlier = store.read(|tx| tx.catalog().catalogue(first.id)).unwrap().unwrap();
    assert!(earlier.lesson(&lesson_id("two")).is_some(), "an earlier release stays what it was");
}

pub(super) fn retired_and_moved_documents_keep_their_place(store: &dyn Store) {
    let documents = every_kind();
    let mut entries: Vec<_> = documents.iter().map(|draft| Entry::live(draft.document.clone())).collect();
    entries[4] = Entry { retired: true, moved_to: Some(content_id("a")), ..entries[4].clone() };
    entries[5] = Entry { retired: true, ..entries[5].clone() };
    entries[3].former_slugs = ["zz", "aa", "mm"].map(content_id).into();
    let release = release("p", 1);
    store
        .write(|tx| {
            for document in &documents {
                tx.catalog_mut().put_document(document)?;
            }
            tx.catalog_mut().insert_release(&release, &entries, &[], &[])
        })
        .unwrap();
    let library = store.read(|tx| tx.catalog().library()).unwrap();
    let (_, catalogue) = library.pack(&pack_id("p")).unwrap();
    for entry in &entries {
        let (kind, id) = entry.document.key();
        assert_eq!(catalogue.entry(kind, &id), Some(entry));
    }
    let resolve = |name: &str| catalogue.resolve(DocKind::Lesson, &content_id(name)).map(|e| e.document.id.clone());
    assert_eq!(resolve("mm"), Some(ContentId::new("a").unwrap()));
    assert_eq!(catalogue.successor(DocKind::Lesson, &content_id("b")), Some(&content_id("a")));
}

pub(super) fn a_release_that_was_rolled_back_is_seen_by_nobody(store: &dyn Store) {
    let both = |id: &str| [course("c", &[id]), reading(id)];
    store.write(|tx| insert(tx, &release("p", 1), &both("one"))).unwrap();
    let lost = release("p", 2);
    let refused = store.write(|tx| {
        insert(tx, &lost, &both("lost"))?;
        // Whoever keeps catalogues in memory must not keep this one.
        assert_eq!(tx.catalog().library()?.pack(&pack_id("p")).unwrap().0.number, 2);
        assert!(tx.catalog().catalogue(lost.id)?.is_some());
        Err::<(), _>(Error::new(Code::Busy, "given up"))
    });
    assert_eq!(code(refused), Code::Busy);
    let library = store.read(|tx| tx.catalog().library()).unwrap();
    let (current, catalogue) = library.pack(&pack_id("p")).unwrap();
    assert!(current.number == 1 && catalogue.lesson(&lesson_id("one")).is_some());
    assert!(store.read(|tx| tx.catalog().catalogue(lost.id)).unwrap().is_none());
    // The same id with another content: nothing of the lost one shows through.
    store.write(|tx| insert(tx, &lost, &both("two"))).unwrap();
    let library = store.read(|tx| tx.catalog().library()).unwrap();
    let (current, catalogue) = library.pack(&pack_id("p")).unwrap();
    assert!(current.number == 2 && catalogue.lesson(&lesson_id("two")).is_some());
    assert!(catalogue.lesson(&lesson_id("lost")).is_none());
}
