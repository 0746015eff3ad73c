//! Searching: the same documents in the same order on each store, and nothing that is not published.

use std::collections::BTreeMap;

use cairn_domain::catalog::{Course, Detail, DocKind, Draft, DraftDocument, Guide, Lesson, Track, roll_back};
use cairn_domain::identity::{Role, User};
use cairn_domain::search::{
    CANDIDATES, Correction, Expression, Indexed, Results, Search, SearchQuery, index_all, is_indexed, search,
};
use cairn_domain::shared::{PageRequest, ReleaseId};
use cairn_domain::{Store, StoreExt};
use cairn_memory::MemoryStore;

use super::sample::*;
use super::search_corpus::{DOCUMENTS, ORDERS};

fn found_in(store: &dyn Store, text: &str, kind: Option<DocKind>, pack: Option<&str>, page: &PageRequest) -> Results {
    let wanted = Search { query: SearchQuery::new(text).unwrap(), kind, pack: pack.map(pack_id) };
    store
        .read(|tx| {
            let library = tx.catalog().library()?;
            search(tx, &library, &wanted, page)
        })
        .unwrap()
}

fn found(store: &dyn Store, text: &str) -> Results {
    found_in(store, text, None, None, &PageRequest::first())
}

fn ids(results: &Results) -> String {
    results.page.items.iter().map(|hit| hit.document.id.to_string()).collect::<Vec<_>>().join(" ")
}

/// A document with a title, a summary and a text.
fn written(kind: &str, id: &str, title: &str, summary: &str, html: &str) -> DraftDocument {
    let detail = match kind {
        "guide" => Detail::Guide(Guide::default()),
        "track" => Detail::Track(Track::default()),
        "course" => Detail::Course(Course::default()),
        "skill" => Detail::Skill,
        _ => Detail::Lesson(Lesson::reading(5)),
    };
    let mut draft = document(id, html, detail);
    draft.document.title = title.to_owned();
    draft.document.summary = summary.to_owned();
    draft.document.revision = revision(&format!("{html} {:?}", draft.document));
    draft
}

/// A pack of readings, each with its title and text, in one course.
fn readings(pack: &str, all: &[(&str, &str, &str)]) -> Draft {
    let ids: Vec<&str> = all.iter().map(|(id, ..)| *id).collect();
    let lessons = all.iter().map(|(id, title, html)| written("lesson", id, title, "", html));
    let course = DraftDocument { html: "<p>Its lessons.</p>".into(), ..course(&format!("{pack}-course"), &ids) };
    draft(pack, [course].into_iter().chain(lessons).collect())
}

fn corpus() -> Draft {
    let mut documents: Vec<_> =
        DOCUMENTS.iter().map(|(kind, id, title, summary, html)| written(kind, id, title, summary, html)).collect();
    let lessons: Vec<_> =
        DOCUMENTS.iter().filter(|(kind, ..)| *kind == "lesson").map(|(_, id, ..)| lesson_id(id)).collect();
    let courses: Vec<_> =
        DOCUMENTS.iter().filter(|(kind, ..)| *kind == "course").map(|(_, id, ..)| course_id(id)).collect();
    for draft in &mut documents {
        match &mut draft.document.detail {
            Detail::Course(course) if draft.document.id.as_str() == "http" => course.lessons.clone_from(&lessons),
            Detail::Track(track) => track.courses.clone_from(&courses),
            Detail::Lesson(lesson) if draft.document.id.as_str() == "messages" => {
                lesson.teaches = ["http.messages", "sql.joins", "caching"].map(skill_id).to_vec();
            }
            _ => {}
        }
    }
    draft("corpus", documents)
}

pub(super) fn the_order_is_the_stated_one(store: &dyn Store) {
    assert!(DOCUMENTS.len() >= 40 && ORDERS.len() >= 30);
    publish(store, &corpus());
    let wrong: Vec<_> = ORDERS
        .iter()
        .map(|(query, expected)| (*query, *expected, ids(&found(store, query))))
        .filter(|(_, expected, got)| expected != got)
        .map(|(query, expected, got)| format!("{query:?}\n  expected {expected}\n  found    {got}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(super) fn an_index_gives_what_expressions_mean(store: &dyn Store) {
    let indexed = |id: &str, terms: &[&str]| Indexed {
        kind: DocKind::Lesson,
        id: content_id(id),
        stamp: format!("stamp of {id}"),
        terms: terms.iter().map(|term| (*term).to_owned()).collect(),
    };
    let first =
        [indexed("z", &["1a", "1c++", "3größe"]), indexed("m", &["1a", "1ab"]), indexed("b", &["1b", "k_lesson"])];
    store.write(|tx| tx.search_mut().index(&pack_id("p"), &first)).unwrap();
    store.write(|tx| tx.search_mut().index(&pack_id("q"), &[indexed("a", &["1a", "1x-y", "p_p#q"])])).unwrap();
    let term = |term: &str| Expression::Term(term.to_owned());
    let prefix = |term: &str| Expression::Prefix(term.to_owned());
    let matching = |first: Expression, second: Expression| {
        let nothing = Expression::nothing;
        let classes = [nothing(), first, nothing(), second];
        let found = store.read(|tx| tx.search().foremost(&classes)).unwrap();
        let mut any = store.read(|tx| tx.search().matching(&classes)).unwrap();
        assert!(any.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{any:?}");
        any.sort();
        let mut sorted = found.clone();
        sorted.sort();
        assert_eq!(any, sorted);
        found.into_iter().map(|(class, _, id)| format!("{class}{id}")).collect::<Vec<_>>().join(" ")
    };
    let one = |expression| matching(expression, Expression::nothing());
    assert_eq!(one(term("1a")), "1z 1m 1a", "in the order in which they came");
    assert_eq!(one(prefix("1a")), "1z 1m 1a");
    assert_eq!(one(prefix("1ab")), "1m");
    assert_eq!((one(term("1c++")), one(term("1c"))), ("1z".into(), "".into()));
    assert_eq!((one(term("3größe")), one(term("3grosse")), one(prefix("3grö"))), ("1z".into(), "".into(), "1z".into()));
    assert_eq!((one(term("1x-y")), one(term("1x")), one(term("p_p#q"))), ("1a".into(), "".into(), "1a".into()));
    assert_eq!(one(Expression::All(vec![term("1a"), term("1ab")])), "1m");
    assert_eq!(one(Expression::Any(vec![term("1b"), term("1ab")])), "1m 1b");
    assert_eq!(one(term("1a").except(&term("1ab"))), "1z 1a");
    assert_eq!(matching(term("1b"), term("1a")), "1b 3z 3m 3a", "the first class first");
    assert_eq!(one(Expression::nothing()), "");

    // One that is there keeps its place, with other terms.
    store
        .write(|tx| tx.search_mut().index(&pack_id("p"), &[indexed("z", &["1a", "1new"]), indexed("c", &["1a"])]))
        .unwrap();
    assert_eq!((one(term("1a")), one(term("1c++")), one(term("1new"))), ("1z 1m 1a 1c".into(), "".into(), "1z".into()));
    let gone = ["m", "nothing"].map(|id| (DocKind::Lesson, content_id(id)));
    store.write(|tx| tx.search_mut().forget(&gone)).unwrap();
    store.write(|tx| tx.search_mut().forget(&[])).unwrap();
    assert_eq!((one(term("1a")), one(term("1ab"))), ("1z 1a 1c".into(), "".into()));
    let stamps = store.read(|tx| tx.search().indexed(&pack_id("p"))).unwrap();
    let expected = ["b", "c", "z"].map(|id| ((DocKind::Lesson, content_id(id)), format!("stamp of {id}")));
    assert_eq!(stamps, BTreeMap::from(expected));
    let refused = store.write(|tx| {
        tx.search_mut().index(&pack_id("p"), &[indexed("d", &["1d"])])?;
        tx.search_mut().forget(&[(DocKind::Lesson, content_id("z"))])?;
        Err::<(), _>(cairn_domain::Error::new(cairn_domain::Code::Busy, "given up"))
    });
    assert!(refused.is_err());
    assert_eq!((one(term("1new")), one(term("1d"))), ("1z".into(), "".into()), "nothing of a refused write");
}

pub(super) fn only_what_is_published_is_found(store: &dyn Store) {
    let mut with_quiz = small_pack();
    let (questions, _) = asked(&mut with_quiz.documents[3]);
    questions.questions[0].prompt = "<p>canaryquestion</p>".into();
    with_quiz.documents.push(written("lesson", "leaves", "Canaryretired", "canaryretired", "<p>canaryretired</p>"));
    with_quiz.documents.push(written("lesson", "stays", "Canaryoldtitle", "canaryoldsummary", "<p>canaryoldtext</p>"));
    with_quiz.documents[0] = course("c", &["a", "b", "q", "leaves", "stays"]);
    publish(store, &with_quiz);
    assert_eq!(
        (ids(&found(store, "canaryretired")), ids(&found(store, "canaryoldtext"))),
        ("leaves".into(), "stays".into())
    );
    let mut second = with_quiz.clone();
    second.documents.remove(4);
    second.documents[4] = written("lesson", "stays", "Another title", "another summary", "<p>another text</p>");
    second.documents[0] = course("c", &["a", "b", "q", "stays"]);
    second.digest = revision("second");
    publish(store, &second);
    // A pack that was only looked at, and one whose release was refused.
    let unapplied = readings("other", &[("canary", "Canaryunapplied", "<p>canaryunapplied</p>")]);
    let author = User { roles: [Role::Learner, Role::Author].into(), ..user(1) };
    store.read(|tx| cairn_domain::catalog::plan_draft(tx, &actor(&author), &unapplied)).unwrap();
    assert!(try_publish(store, &unapplied, Some(7)).is_err());
    for canary in [
        "canaryquestion",
        "canaryretired",
        "canaryoldtitle",
        "canaryoldsummary",
        "canaryoldtext",
        "canaryunapplied",
        // Of the quiz: its choices' answers, units and explanations.
        "because",
        "ünïcode",
    ] {
        let results = found(store, canary);
        assert!(results.page.items.is_empty(), "{canary}: {results:?}");
    }
    assert_eq!(ids(&found(store, "four questions")), "q", "its text is published");
    for hit in found(store, "another").page.items {
        let text: String = hit.excerpt.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(text, "another text");
        assert_eq!(hit.course.unwrap().id, content_id("c"));
    }
}

pub(super) fn the_index_follows_releases_and_roll_backs(store: &dyn Store) {
    let one = readings("p", &[("a", "Apples", "<p>red</p>"), ("b", "Bananas", "<p>yellow</p>")]);
    let two = readings("p", &[("a", "Apples", "<p>green</p>"), ("c", "Cherries", "<p>red</p>")]);
    publish(store, &one);
    let stamps = |pack: &str| store.read(|tx| tx.search().indexed(&pack_id(pack))).unwrap();
    let before = stamps("p");
    publish(store, &readings("q", &[("d", "Dates", "<p>red</p>")]));
    assert_eq!(stamps("p"), before, "a release of one pack leaves the others alone");
    assert_eq!((ids(&found(store, "red")), ids(&found(store, "yellow"))), ("a d".into(), "b".into()));
    publish(store, &two);
    assert_eq!((ids(&found(store, "red")), ids(&found(store, "green"))), ("c d".into(), "a".into()));
    assert_eq!((ids(&found(store, "yellow")), ids(&found(store, "bananas"))), ("".into(), "".into()));
    let author = User { roles: [Role::Learner, Role::Author].into(), ..user(1) };
    store.write(|tx| tx.users_mut().insert(&author)).unwrap();
    let back = |number: u32| {
        let id = ReleaseId::new(fresh());
        store.write_alone(|tx| {
            let applied = roll_back(tx, &actor(&author), &pack_id("p"), 1, (None, ""), id, at(9))?;
            if number == 0 { Err(cairn_domain::Error::new(cairn_domain::Code::Busy, "given up")) } else { Ok(applied) }
        })
    };
    assert!(back(0).is_err());
    assert_eq!((ids(&found(store, "red")), ids(&found(store, "yellow"))), ("c d".into(), "".into()));
    back(1).unwrap();
    assert_eq!((ids(&found(store, "red")), ids(&found(store, "yellow"))), ("a d".into(), "b".into()));
    assert_eq!(stamps("p"), before);
    assert!(store.read(is_indexed).unwrap());
}

pub(super) fn what_was_published_before_the_index_is_found_too(store: &dyn Store) {
    // As a version without the index publishes: what it makes current is not indexed, what it retires stays.
    let draft = readings("p", &[("a", "Apples", "<p>red</p>"), ("b", "Bananas", "<p>yellow</p>")]);
    publish(store, &draft);
    let all: Vec<_> = store.read(|tx| tx.search().indexed(&pack_id("p"))).unwrap().into_keys().collect();
    let stale = Indexed {
        kind: DocKind::Lesson,
        id: content_id("gone"),
        stamp: "1:x".to_owned(),
        terms: vec!["1red".to_owned()],
    };
    store
        .write(|tx| {
            tx.search_mut().forget(&all)?;
            tx.search_mut().index(&pack_id("p"), std::slice::from_ref(&stale))
        })
        .unwrap();
    assert_eq!((ids(&found(store, "red")), ids(&found(store, "apples"))), ("".into(), "".into()));
    assert!(!store.read(is_indexed).unwrap());
    store.write_alone(index_all).unwrap();
    assert!(store.read(is_indexed).unwrap());
    assert_eq!((ids(&found(store, "red")), ids(&found(store, "apples"))), ("a".into(), "a".into()));
    store.write_alone(index_all).unwrap();
    assert_eq!(ids(&found(store, "bananas")), "b", "once more changes nothing");
}

pub(super) fn a_misspelt_word_is_taken_for_one_of_a_title(store: &dyn Store) {
    publish(store, &corpus());
    for (text, corrections, first) in [
        ("transactoins", vec![("transactoins", "transactions")], "transactions"),
        ("condtional requests", vec![("condtional", "conditional")], "conditional"),
        ("idenpotensy key", vec![("idenpotensy", "idempotency")], "idempotency"),
        ("grosze", vec![("grosze", "grosse")], "grosse"),
        ("cursor", vec![], "paging"),
    ] {
        let results = found(store, text);
        let corrected: Vec<_> =
            corrections.into_iter().map(|(from, to)| Correction { from: from.into(), to: to.into() }).collect();
        assert_eq!(results.corrected, corrected, "{text}");
        assert!(results.all_words, "{text}");
        assert_eq!(results.page.items[0].document.id.as_str(), first, "{text}");
    }
    let none = found(store, "xyzzyx");
    assert!(none.page.items.is_empty() && none.corrected.is_empty() && none.all_words);
    let some = found(store, "joins xyzzyx");
    assert!(!some.all_words && ids(&some).starts_with("joins "), "{}", ids(&some));
}

pub(super) fn pages_tile_what_is_found(store: &dyn Store) {
    publish(store, &corpus());
    publish(store, &readings("other", &[("elsewhere", "A cache elsewhere", "<p>cache</p>")]));
    let whole = ids(&found(store, "cache"));
    for size in [1, 2, 3, 50] {
        let mut request = page(size);
        let mut seen = Vec::new();
        loop {
            let results = found_in(store, "cache", None, None, &request);
            seen.push(ids(&results));
            match results.page.next {
                Some(key) => request = request.following(key),
                None => break,
            }
        }
        assert_eq!(seen.join(" "), whole, "{size}");
    }
    let of = |kind, pack| ids(&found_in(store, "cache", kind, pack, &PageRequest::first()));
    assert_eq!(of(Some(DocKind::Guide), None), "cloud");
    assert_eq!(of(None, Some("other")), "elsewhere");
    assert_eq!(of(Some(DocKind::Guide), Some("other")), "");
    assert!(whole.contains("elsewhere") && whole.contains("cloud"));
}

pub(super) fn beyond_the_best_nothing_is_listed_and_that_is_told(store: &dyn Store) {
    let memory = MemoryStore::new();
    let publish_both = |draft: &Draft| {
        publish(store, draft);
        publish(&memory, draft);
    };
    let names: Vec<String> = (0..5 * CANDIDATES).map(|n| format!("n{n:04}")).collect();
    let mut all: Vec<(&str, &str, &str)> =
        names.iter().map(|id| (id.as_str(), "All plain things", "<p>needle</p>")).collect();
    publish_both(&readings("p", &all));
    let results = found(store, "needle");
    assert_eq!((results.more, results.page.items.len()), (true, CANDIDATES));
    assert_eq!(ids(&results), ids(&found(&memory, "needle")), "the same ones on every store");
    // A better answer is among the best, and so is the title that begins so.
    all.push(("z-better", "Needles and pins", "<p>x</p>"));
    all.push(("z-plain", "Plain", "<p>x</p>"));
    publish_both(&readings("p", &all));
    for (text, first) in [("needle", "z-better"), ("plain", "z-plain")] {
        let results = found(store, text);
        assert_eq!(results.page.items[0].document.id.as_str(), first);
        assert_eq!(ids(&results), ids(&found(&memory, text)), "{text}");
    }
    all.truncate(CANDIDATES);
    publish_both(&readings("p", &all));
    let results = found(store, "needle");
    assert_eq!((results.page.items.len(), results.more), (CANDIDATES, false));
}
