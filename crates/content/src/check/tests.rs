use super::*;
use crate::files::pack_file;

const PACK: &str = "format: cairn-pack/v1\nid: p\ntitle: P\nsummary: s\nlanguage: en\nlicence: MIT\n";

/// A pack of a course with these bodies of lessons.
fn pack(bodies: &[String]) -> Vec<SourceFile> {
    let ids: Vec<_> = (0..bodies.len()).map(|number| format!("lesson-{number}")).collect();
    let course = format!("---\nid: c\ntitle: C\nsummary: s\nlessons: [{}]\n---\n", ids.join(", "));
    let lessons = ids.iter().zip(bodies).map(|(id, body)| {
        let head = format!("---\nid: {id}\ntitle: T\nsummary: s\nkind: reading\nminutes: 1\n---\n");
        pack_file(format!("courses/c/{id}.md"), (head + body).into_bytes())
    });
    let mut files: Vec<_> = lessons.collect();
    files.push(pack_file("courses/c/course.md", course.into_bytes()));
    files.push(pack_file("pack.yaml", PACK.as_bytes()));
    files
}
fn bodies(count: usize, each: impl Fn(usize) -> String) -> Vec<SourceFile> {
    pack(&(0..count).map(each).collect::<Vec<_>>())
}

#[test]
fn threads_change_neither_order_nor_content() {
    let items: Vec<_> = (0..5 * TOGETHER).collect();
    let threads = std::sync::Mutex::new(std::collections::HashSet::new());
    let doubled = in_parallel(&items, |item| {
        threads.lock().unwrap().insert(std::thread::current().id());
        item * 2
    });
    assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
    let expected = std::thread::available_parallelism().unwrap().get().min(MAX_THREADS);
    assert_eq!(threads.into_inner().unwrap().len(), expected);

    let many = 3 * TOGETHER + 1;
    let files = bodies(many, |number| format!("Text {number}, [on](lesson-{}.md).\n", (number + 1) % many));
    let draft = check(&files).unwrap();
    for number in [0, 1, TOGETHER - 1, TOGETHER, many - 1] {
        let id = format!("lesson-{number}");
        let one = draft.documents.iter().find(|one| one.document.id.as_str() == id).unwrap();
        assert!(one.html.contains(&format!("Text {number},")), "{id}: {}", one.html);
    }
    let bad = bodies(many, |number| format!("[on](lesson-{number}x.md)\n"));
    let (one, other) = (check(&bad).unwrap_err(), check(&bad).unwrap_err());
    assert_eq!(one, other);
    assert_eq!(one.len(), many);
    assert!(one.iter().all(|fault| fault.help.starts_with("Did you mean `lesson-")), "{one:#?}");
}

#[test]
fn all_texts_together_have_a_bound() {
    let files = bodies(2, |_| "word ".repeat(100));
    let within = |most_html| {
        let mut check = Check { faults: Vec::new(), dropped: false, guesses: Guesses::OF_PACK, most_html };
        check.run(&files).map(|_| ()).ok_or_else(|| check.faults())
    };
    assert_eq!(within(1_100), Ok(()));
    assert_eq!(within(1_000).unwrap_err()[0].code, "too-large");
}

/// All of them take some seconds in an unoptimised build; where the time goes by the square, one takes many minutes.
#[test]
fn large_hostile_packs_end_soon() {
    // Links that lead nowhere among thousands of names as long as they are.
    let name = |number: usize| format!("{number:0>150}");
    let mut files =
        bodies(300, |number| (0..30).map(|link| format!("[a](x{}.md)\n\n", &name(number * 100 + link)[2..])).collect());
    files.extend((0..3_000).map(|number| pack_file(format!("{}.txt", name(number)), *b"")));
    assert!(check(&files).unwrap_err().iter().any(|fault| fault.code == "dangling-link"));

    // Links to thousands of headings that a text does not have, among as many that it has.
    let body = |_| (0..5_000).map(|n| format!("## heading {n}\n\n[a](#headings-{n})\n\n")).collect();
    assert!(check(&bodies(1, body)).unwrap_err().iter().any(|fault| fault.code == "dangling-anchor"));

    // As many fields as fit into a file, none of which is known.
    let fields: String = (0..120_000).map(|number| format!("f{number:x}:\n")).collect();
    let faults = check(&[pack_file("pack.yaml", fields.into_bytes())]).unwrap_err();
    assert_eq!(faults.len(), MAX_FAULTS + 1);

    // A course of lessons that are not there, where others have names like theirs.
    let missing: Vec<_> = (0..10_000).map(|number| format!("a{number:0>62}")).collect();
    let mut files = bodies(1_000, |number| format!("{number}"));
    for file in files.iter_mut().filter(|file| file.path.starts_with("courses/c/lesson-")) {
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        *file = pack_file(file.path.clone(), text.replace("id: lesson-", &format!("id: {:b<60}", "")).into_bytes());
    }
    let course = format!("---\nid: c\ntitle: C\nsummary: s\nlessons: [{}]\n---\n", missing.join(", "));
    files.retain(|file| file.path != "courses/c/course.md");
    files.push(pack_file("courses/c/course.md", course.into_bytes()));
    assert!(check(&files).unwrap_err().iter().any(|fault| fault.code == "dangling-reference"));

    // Records of moves to what has itself moved, or is nowhere.
    let record = |n: usize| format!("  - {{kind: skill, from: a{n}, to: b{n}}}\n");
    let moves: String = (0..20_000).map(record).collect();
    let files = [pack_file("pack.yaml", format!("{PACK}moved:\n{moves}").into_bytes())];
    assert!(check(&files).unwrap_err().iter().any(|fault| fault.code == "bad-move"));
}
