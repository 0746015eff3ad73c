//! Whole packs: what is taken, and every fault with its place.
#![allow(clippy::unwrap_used)]

mod practice;

use cairn_content::{PackFile, TarGz, check, pack_file, read_dir, unpack, write_dir};
use cairn_domain::catalog::{Answer, Detail, DocKind, Draft, Fault, GivenAnswer, LessonKind, PackFormat, QuestionForm};
use cairn_domain::shared::{ChoiceId, QuestionId};

const PACK: &str = "\
format: cairn-pack/v1
id: demo
title: Demo
summary: A small pack.
language: en
licence: CC-BY-4.0
skills:
  - { id: s.one, title: One }
  - { id: s.two, title: Two, summary: The second. }
moved:
  - { kind: lesson, from: former, to: first }
";
const GUIDE: &str = "\
---
id: hub
title: Hub
summary: The way.
stages:
  - { title: Now, summary: '', status: available, course: walk }
  - { title: Later, summary: Not yet., status: planned }
---
Start with [the first](../courses/walk/first.md#a-part), then [enrol](../tracks/way.md).
";
const TRACK: &str = "---\nid: way\ntitle: Way\nsummary: A path.\ncourses: [walk]\n---\n";
const COURSE: &str = "---\nid: walk\nslug: a-walk\ntitle: Walk\nsummary: Two steps.\nlessons: [first, quiz]\n---\nSee [the hub](../../guides/hub.md).\n";
const FIRST: &str = "\
---
id: first
title: First
summary: A reading.
kind: reading
minutes: 5
teaches: [s.one]
---
Text, ![a picture](img/dot.svg) and [code](x.py).

## A part

More.
";
const QUIZ: &str = "\
---
id: quiz
title: Quiz
summary: Questions.
kind: quiz
minutes: 10
teaches: [s.two]
requires:
  skills: [s.one]
  lessons: [first]
quiz:
  pass_mark: 75
  attempts: 3
  cool_down: 10m
  questions:
    - id: q1
      type: single
      prompt: |
        Which? See [this](first.md).
      choices:
        - { id: a, text: 'Right, `a`', correct: true }
        - { id: b, text: Wrong }
      explanation: Because.
    - id: q2
      type: multiple
      points: 2
      prompt: Which ones?
      choices:
        - { id: a, text: Yes it is, correct: true }
        - { id: b, text: Also, correct: true }
        - { id: c, text: Not }
      explanation: Because.
    - { id: q3, type: numeric, prompt: How many?, answer: 404, tolerance: \"0.5\", unit: bytes, explanation: Because. }
    - { id: q4, type: text, prompt: What word?, accept: [idempotent], ignore: [case, punctuation], explanation: Because. }
---
";
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"1\"/></svg>\n";

fn files() -> Vec<PackFile> {
    [
        ("pack.yaml", PACK),
        ("LICENSE", "text"),
        ("guides/hub.md", GUIDE),
        ("tracks/way.md", TRACK),
        ("courses/walk/course.md", COURSE),
        ("courses/walk/first.md", FIRST),
        ("courses/walk/part/quiz.md", &QUIZ.replace("(first.md)", "(../first.md)")),
        ("courses/walk/img/dot.svg", SVG),
        ("courses/walk/x.py", "print(1)\n"),
        ("courses/walk/README.md", "# For authors only <b>\n"),
    ]
    .map(|(path, text)| pack_file(path, text.as_bytes()))
    .to_vec()
}

/// The pack with one file changed; an empty `from` replaces the whole.
fn with(path: &str, from: &str, to: &str) -> Vec<PackFile> {
    let mut files = files();
    match files.iter_mut().find(|file| file.path == path) {
        Some(file) if from.is_empty() => *file = pack_file(path, to.as_bytes()),
        Some(file) => {
            let text = String::from_utf8(file.bytes.to_vec()).unwrap();
            assert!(text.contains(from), "{from:?} is not in {path}");
            *file = pack_file(path, text.replacen(from, to, 1).into_bytes());
        }
        None => files.push(pack_file(path, to.as_bytes())),
    }
    files
}
fn faults(files: &[PackFile]) -> Vec<Fault> {
    check(files).err().unwrap_or_default()
}
fn found(files: &[PackFile]) -> Vec<String> {
    faults(files).iter().map(|f| format!("{}:{}:{} {}", f.file, f.line, f.column, f.code)).collect()
}
fn draft() -> Draft {
    check(&files()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

#[test]
fn a_sound_pack_becomes_a_draft() {
    let draft = draft();
    let ids: Vec<_> = draft.documents.iter().map(|d| format!("{} {}", d.document.kind(), d.document.id)).collect();
    assert_eq!(
        ids,
        ["guide hub", "track way", "course walk", "lesson first", "lesson quiz", "skill s.one", "skill s.two"]
    );
    assert_eq!(draft.pack.licence, "CC-BY-4.0");
    assert_eq!(draft.moves.len(), 1);
    let links: Vec<_> = draft.links.iter().map(|l| format!("{} -> {}", l.from.1, l.to.1)).collect();
    assert_eq!(links, ["hub -> way", "hub -> first", "walk -> hub", "quiz -> first"]);
    let html = |id: &str| draft.documents.iter().find(|d| d.document.id.as_str() == id).unwrap().html.clone();
    assert!(html("hub").contains("href=\"/lessons/first#a-part\""), "{}", html("hub"));
    let svg = pack_file("x", SVG.as_bytes()).digest;
    assert!(html("first").contains(&format!("<img src=\"/assets/{svg}.svg\" alt=\"a picture\">")), "{}", html("first"));
    assert!(html("first").contains("<h2 id=\"a-part\">"));
    let Detail::Guide(guide) = &draft.documents[0].document.detail else { panic!() };
    assert_eq!(guide.stages[0].target.as_ref().unwrap().0, DocKind::Course);
    assert_eq!(guide.stages[1].target, None);
    assert_eq!(draft.files.len(), 10, "every file is kept, the README too");
}

#[test]
fn a_quiz_is_rendered_and_keyed() {
    let draft = draft();
    let lesson = draft.documents.iter().find(|d| d.document.id.as_str() == "quiz").unwrap();
    let Detail::Lesson(detail) = &lesson.document.detail else { panic!() };
    let LessonKind::Quiz(rules) = &detail.lesson_kind else { panic!() };
    assert_eq!((rules.pass_mark, rules.attempts, rules.cool_down_seconds, rules.questions), (75, Some(3), 600, 4));
    let (quiz, key) = lesson.task.as_ref().and_then(|task| task.as_quiz()).unwrap();
    assert_eq!(quiz.questions[0].prompt, "<p>Which? See <a href=\"/lessons/first\">this</a>.</p>\n");
    let QuestionForm::Single { choices } = &quiz.questions[0].form else { panic!() };
    assert_eq!(choices[0].text, "Right, <code>a</code>");
    let shown = serde_json::to_string(quiz).unwrap();
    assert!(
        !shown.contains("correct")
            && !shown.contains("404")
            && !shown.contains("idempotent")
            && !shown.contains("Because")
    );
    let given = |id: &str, answer: Answer| GivenAnswer { question: QuestionId::new(id).unwrap(), answer };
    let chosen = |ids: &[&str]| Answer::Choices(ids.iter().map(|id| ChoiceId::new(id).unwrap()).collect());
    let right = [
        given("q1", chosen(&["a"])),
        given("q2", chosen(&["a", "b"])),
        given("q3", Answer::Number("404.5".into())),
        given("q4", Answer::Text("IDEM-potent".into())),
    ];
    quiz.check(&right).unwrap();
    let grade = quiz.grade(key, &right);
    assert_eq!((grade.points, grade.out_of), (5, 5));
    assert_eq!(key.explanation(&QuestionId::new("q1").unwrap()), Some("<p>Because.</p>\n"));
}

#[test]
fn a_pack_survives_every_form() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("a"), dir.path().join("b"));
    let crlf = with("guides/hub.md", "", &format!("\u{feff}{}", GUIDE.replace('\n', "\r\n")));
    write_dir(&first, &crlf).unwrap();
    let read = read_dir(&first).unwrap();
    let archive = TarGz.write(&read).unwrap();
    write_dir(&second, &unpack(&archive).unwrap()).unwrap();
    assert_eq!(read_dir(&second).unwrap(), read);
    assert_eq!(
        std::fs::read(second.join("guides/hub.md")).unwrap(),
        std::fs::read(first.join("guides/hub.md")).unwrap()
    );
    let draft = TarGz.read(&archive).unwrap();
    assert_eq!(TarGz.write(&draft.files).unwrap(), archive, "export, import, export gives equal bytes");
}

#[test]
fn places_do_not_depend_on_line_ends() {
    let broken = GUIDE.replace("first.md#a-part", "gone.md").replace("title: Later", "titel: Later");
    let unix = found(&with("guides/hub.md", "", &broken));
    assert_eq!(
        unix,
        ["guides/hub.md:7:5 missing-field", "guides/hub.md:7:7 unknown-field", "guides/hub.md:9:12 dangling-link"]
    );
    assert_eq!(found(&with("guides/hub.md", "", &broken.replace('\n', "\r\n"))), unix);
    assert_eq!(found(&with("guides/hub.md", "", &format!("\u{feff}{broken}"))), unix);
}

#[test]
fn revisions_follow_what_is_served_and_nothing_else() {
    let revision = |files: &[PackFile], id: &str| {
        let draft = check(files).unwrap();
        draft.documents.into_iter().find(|d| d.document.id.as_str() == id).unwrap().document.revision
    };
    let all = ["hub", "way", "walk", "first", "quiz", "s.one"];
    let changed = |files: &[PackFile]| {
        all.into_iter().filter(|id| revision(files, id) != revision(&self::files(), id)).collect::<Vec<_>>()
    };
    assert!(changed(&with("courses/walk/README.md", "", "other")).is_empty());
    assert!(
        changed(&with("courses/walk/first.md", "title: First", "title:   \"First\"")).is_empty(),
        "another spelling"
    );
    assert_eq!(changed(&with("courses/walk/first.md", "More.", "Less.")), ["first"]);
    assert_eq!(changed(&with("courses/walk/first.md", "minutes: 5", "minutes: 6")), ["first"]);
    assert_eq!(
        changed(&with("courses/walk/part/quiz.md", "id: b, text: Also, correct: true", "id: b, text: Also")),
        ["quiz"],
        "the key"
    );
    assert_eq!(changed(&with("courses/walk/part/quiz.md", "answer: 404", "answer: 405")), ["quiz"]);
    assert_eq!(changed(&with("pack.yaml", "title: One", "title: Uno")), ["s.one"]);
    assert_eq!(changed(&with("courses/walk/x.py", "", "print(2)\n")), ["first"], "its address is in the text");
    assert_eq!(changed(&with("courses/walk/course.md", "slug: a-walk", "slug: walks")), ["walk"]);
    assert_ne!(
        check(&with("LICENSE", "", "other")).unwrap().digest,
        draft().digest,
        "every file is part of the digest"
    );
}

#[test]
fn all_faults_are_reported_at_once_and_in_order() {
    let mut files = with("courses/walk/first.md", "minutes: 5", "minutes: 500\ncolour: red");
    files.retain(|file| file.path != "tracks/way.md");
    files.push(pack_file("tracks/way.md", *b"---\nid: way\n---\n![](none.png)\n"));
    files.push(pack_file("courses/stray.md", *b"x"));
    files.push(pack_file("guides/no-front.md", *b"# Title\n"));
    let expected = [
        "courses/stray.md:0:0 misplaced-file",
        "courses/walk/first.md:6:10 out-of-range",
        "courses/walk/first.md:7:1 unknown-field",
        "guides/no-front.md:1:1 missing-front-matter",
        "tracks/way.md:2:1 missing-field",
        "tracks/way.md:2:1 missing-field",
        "tracks/way.md:2:1 missing-field",
        "tracks/way.md:4:1 dangling-link",
        "tracks/way.md:4:1 missing-alt-text",
    ];
    assert_eq!(found(&files), expected);
    files.reverse();
    assert_eq!(found(&files), expected, "the order of files does not matter");
}

#[test]
fn references_are_placed_and_near_misses_named() {
    for (path, from, to, expected, help) in [
        (
            "courses/walk/course.md",
            "lessons: [first, quiz]",
            "lessons: [frist, first, quiz]",
            "courses/walk/course.md:6:11 dangling-reference",
            "Did you mean `first`?",
        ),
        (
            "courses/walk/course.md",
            "[first, quiz]",
            "[first, quiz, first]",
            "courses/walk/course.md:6:24 listed-twice",
            "",
        ),
        ("courses/walk/course.md", "[first, quiz]", "[first]", "courses/walk/part/quiz.md:2:5 unlisted-lesson", ""),
        (
            "courses/walk/first.md",
            "teaches: [s.one]",
            "teaches: [s.one, s.tow]",
            "courses/walk/first.md:7:18 dangling-reference",
            "Did you mean `s.two`?",
        ),
        (
            "courses/walk/part/quiz.md",
            "skills: [s.one]",
            "skills: [s.on]",
            "courses/walk/part/quiz.md:9:12 dangling-prerequisite",
            "Did you mean `s.one`?",
        ),
        (
            "courses/walk/part/quiz.md",
            "lessons: [first]",
            "lessons:\n    - firts",
            "courses/walk/part/quiz.md:11:7 dangling-prerequisite",
            "Did you mean `first`?",
        ),
        ("courses/walk/first.md", "teaches: [s.one]", "teaches: []", "courses/walk/part/quiz.md:9:12 never-taught", ""),
        (
            "courses/walk/part/quiz.md",
            "lessons: [first]",
            "lessons: [quiz]",
            "courses/walk/part/quiz.md:9:3 prerequisite-cycle",
            "",
        ),
        (
            "courses/walk/course.md",
            "lessons: [first, quiz]",
            "lessons: [first, quiz]\nrequires:\n  skills: [s.one]",
            "courses/walk/course.md:8:3 prerequisite-cycle",
            "",
        ),
        ("tracks/way.md", "[walk]", "[wakl]", "tracks/way.md:5:11 dangling-reference", "Did you mean `walk`?"),
        ("guides/hub.md", "course: walk", "guide: walk", "guides/hub.md:6:58 dangling-reference", ""),
        ("guides/hub.md", "id: hub", "id: hub\nslug: Hub", "guides/hub.md:3:7 bad-id", "`hub`"),
        ("guides/hub.md", "#a-part", "#a-prat", "guides/hub.md:9:12 dangling-anchor", "Did you mean `#a-part`?"),
        (
            "guides/hub.md",
            "first.md#a-part",
            "frist.md",
            "guides/hub.md:9:12 dangling-link",
            "Did you mean `../courses/walk/first.md`?",
        ),
        (
            "courses/walk/part/quiz.md",
            "(../first.md)",
            "(first.md)",
            "courses/walk/part/quiz.md:19:20 dangling-link",
            "Did you mean `../first.md`?",
        ),
    ] {
        let faults = faults(&with(path, from, to));
        let found: Vec<_> = faults.iter().map(|f| format!("{}:{}:{} {}", f.file, f.line, f.column, f.code)).collect();
        assert_eq!(found, [expected], "{to}");
        assert!(faults[0].help.contains(help), "{}", faults[0].help);
    }
}

#[test]
fn ids_and_slugs_are_taken_once() {
    let mut files = with("guides/two.md", "", "---\nid: hub\ntitle: T\nsummary: ''\n---\nx\n");
    assert_eq!(found(&files), ["guides/two.md:2:5 duplicate-id"]);
    assert!(faults(&files)[0].message.contains("`guides/hub.md`"));
    files = with("guides/two.md", "", "---\nid: two\nslug: hub\ntitle: T\nsummary: ''\n---\nx\n");
    assert_eq!(found(&files), ["guides/two.md:3:7 duplicate-slug"]);
    assert_eq!(
        found(&with("pack.yaml", "id: s.two", "id: s.one")).first().unwrap(),
        "courses/walk/part/quiz.md:7:11 dangling-reference"
    );
    assert!(found(&with("pack.yaml", "id: s.two", "id: s.one")).contains(&"pack.yaml:9:11 duplicate-id".to_owned()));
    assert!(check(&with("tracks/hub.md", "", &TRACK.replace("id: way", "id: hub"))).is_ok(), "an id is of its kind");
}

#[test]
fn moved_records_agree_with_the_documents() {
    let moved = |records: &str| found(&with("pack.yaml", "  - { kind: lesson, from: former, to: first }\n", records));
    assert!(moved("  - { kind: lesson, from: a, to: first }\n  - { kind: skill, from: a, to: s.one }\n").is_empty());
    assert_eq!(moved("  - { kind: lesson, from: first, to: quiz }\n"), ["pack.yaml:11:27 bad-move"]);
    assert_eq!(moved("  - { kind: lesson, from: a, to: frist }\n"), ["pack.yaml:11:34 bad-move"]);
    assert_eq!(moved("  - { kind: guide, from: a, to: first }\n"), ["pack.yaml:11:33 bad-move"], "of another kind");
    assert_eq!(
        moved("  - { kind: lesson, from: a, to: first }\n  - { kind: lesson, from: a, to: quiz }\n"),
        ["pack.yaml:12:27 bad-move"]
    );
    assert_eq!(moved("  - { kind: lesson, from: a, to: a }\n"), ["pack.yaml:11:34 bad-move"]);
    let circle = "  - { kind: lesson, from: a, to: b }\n  - { kind: lesson, from: b, to: a }\n";
    assert_eq!(moved(circle), ["pack.yaml:11:34 bad-move", "pack.yaml:12:34 bad-move"]);
    let chain = with(
        "pack.yaml",
        "from: former, to: first }\n",
        "from: a, to: b }\n  - { kind: lesson, from: b, to: first }\n",
    );
    assert_eq!(faults(&chain)[0].help, "Name the last one: `to: first`.");
}

#[test]
fn answer_keys_are_checked() {
    let quiz = |from: &str, to: &str| found(&with("courses/walk/part/quiz.md", from, to));
    let at = "courses/walk/part/quiz.md";
    assert_eq!(quiz("id: b, text: Wrong", "id: b, text: Wrong, correct: true"), [format!("{at}:21:9 bad-answer-key")]);
    assert_eq!(quiz("'Right, `a`', correct: true", "'Right, `a`'"), [format!("{at}:21:9 bad-answer-key")]);
    assert_eq!(quiz("id: b, text: Wrong", "id: a, text: Wrong"), [format!("{at}:22:17 duplicate-id")]);
    assert_eq!(quiz("id: q2", "id: q1"), [format!("{at}:24:11 duplicate-id")]);
    assert_eq!(quiz("accept: [idempotent]", "accept: ['!']"), [format!("{at}:34:58 bad-answer-key")]);
    assert_eq!(quiz("answer: 404", "answer: four"), [format!("{at}:33:59 wrong-type")]);
    assert_eq!(quiz("type: numeric", "type: numeral"), [format!("{at}:33:23 bad-value")]);
    assert_eq!(
        quiz("kind: quiz", "kind: reading"),
        [format!("{at}:11:1 unknown-field"), format!("{at}:35:1 empty-body")][..1]
    );
    assert_eq!(quiz("        Which? See", "        Which <b>one</b>? See"), [format!("{at}:19:15 unsafe-html")]);
    assert_eq!(quiz("text: 'Right, `a`'", "text: 'Right, <i>a</i>'"), [format!("{at}:21:34 unsafe-html")]);
}

#[test]
fn lessons_stand_in_the_folder_of_their_course() {
    let mut files =
        with("courses/other/course.md", "", "---\nid: other\ntitle: O\nsummary: ''\nlessons: [there]\n---\n");
    files.push(pack_file(
        "courses/third/there.md",
        FIRST.replace("id: first", "id: there").replace("![a picture](img/dot.svg) and [code](x.py)", "x").into_bytes(),
    ));
    assert_eq!(
        found(&files),
        ["courses/other/course.md:5:11 lesson-elsewhere", "courses/third/course.md:0:0 missing-course-file"]
    );
}

#[test]
fn what_follows_from_an_unreadable_file_is_not_reported() {
    assert_eq!(
        found(&with("courses/walk/first.md", "id: first", "id: [first")),
        ["courses/walk/first.md:3:6 yaml-syntax"]
    );
    assert_eq!(found(&with("courses/walk/course.md", "lessons: [first, quiz]", "lesons: [first, quiz]")).len(), 2);
    assert_eq!(
        found(&with("pack.yaml", "skills:", "skils:")).first().unwrap(),
        "courses/walk/first.md:7:11 dangling-reference"
    );
}

#[test]
fn the_pack_file_is_found_or_missed_helpfully() {
    let nested: Vec<_> = files().into_iter().map(|f| pack_file(format!("demo/{}", f.path), f.bytes)).collect();
    let faults = faults(&nested);
    assert_eq!((faults[0].file.as_str(), faults[0].code.as_str()), ("pack.yaml", "missing-pack-file"));
    assert!(faults[0].help.contains("`demo`"), "{}", faults[0].help);
    assert_eq!(found(&with("pack.yaml", "cairn-pack/v1", "cairn-pack/v2")), ["pack.yaml:1:9 unsupported-format"]);
    let mut empty = files();
    empty[0] = pack_file("pack.yaml", *b"");
    assert_eq!(found(&empty), ["pack.yaml:1:1 missing-field"]);
    assert_eq!(found(&[])[0], "pack.yaml:0:0 missing-pack-file");
}

#[test]
fn sizes_and_paths_are_checked_wherever_files_come_from() {
    assert_eq!(
        found(&with("courses/walk/big.md", "", &"x".repeat((1 << 20) + 1))),
        ["courses/walk/big.md:0:0 too-large"]
    );
    assert_eq!(found(&with("../x", "", "")), ["../x:0:0 bad-path"]);
    assert_eq!(found(&with("License", "", "")), ["License:0:0 path-collision"]);
    assert_eq!(
        found(&with("courses/walk/img/dot.svg", "<circle", "<script/><circle")),
        ["courses/walk/img/dot.svg:1:41 unsafe-svg"]
    );
    assert_eq!(found(&with("a.png", "", "no image")), ["a.png:0:0 broken-image"]);
    assert!(check(&with(".hidden/x.md", "", "\0")).is_ok(), "hidden files are no part of a pack");
}

#[test]
fn a_reading_has_a_text_and_no_bytes_that_are_none() {
    assert_eq!(
        found(&with("courses/walk/first.md", "", &FIRST[..FIRST.find("\nText").unwrap() + 1])).last().unwrap(),
        "guides/hub.md:9:12 dangling-anchor"
    );
    let empty = FIRST[..FIRST.find("\nText").unwrap() + 1].to_owned();
    assert!(
        found(&with("courses/walk/first.md", "", &empty)).contains(&"courses/walk/first.md:9:1 empty-body".to_owned())
    );
    let mut files = files();
    files.retain(|f| f.path != "courses/walk/first.md");
    files.push(pack_file("courses/walk/first.md", [FIRST.as_bytes(), b"\xff"].concat()));
    assert!(found(&files).contains(&"courses/walk/first.md:14:1 not-utf-8".to_owned()), "{:?}", found(&files));
    assert_eq!(
        found(&with("courses/walk/first.md", "More.", "More.\0")),
        ["courses/walk/first.md:13:6 control-character"]
    );
    assert_eq!(
        found(&with("courses/walk/first.md", "More.", "é\u{202e}")),
        ["courses/walk/first.md:13:2 bidi-control"]
    );
}

#[test]
fn endless_faults_are_cut_off() {
    let text = FIRST.replace("More.", &"<b>x</b>\n\n".repeat(5_000));
    let faults = faults(&with("courses/walk/first.md", "", &text));
    assert_eq!(faults.len(), 2_001);
    assert_eq!(
        (faults[2_000].code.as_str(), faults[2_000].message.as_str()),
        ("too-many-faults", "There are more faults than the 2000 that are listed.")
    );
}
