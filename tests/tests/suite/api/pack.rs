//! The pack that the API's documentation takes its examples from.

use cairn_content::{TarGz, pack_file};
use cairn_domain::catalog::PackFormat;

const PACK: &str = "\
format: cairn-pack/v1
id: examples
title: Examples
summary: What the documentation shows.
language: en
licence: CC-BY-4.0
authors: [Ada]
skills:
  - { id: paths.reading, title: Reading a path }
";

const GUIDE: &str = "\
---
id: outdoors
title: Outdoors
summary: Where to begin.
stages:
  - { title: On foot, summary: Step by step., status: available, track: walking }
  - { title: By boat, summary: To come., status: planned }
---
Go out.
";

const TRACK: &str = "\
---
id: walking
title: Walking
summary: All about walking.
courses: [paths]
---
One course.
";

const COURSE: &str = "\
---
id: paths
title: Paths
summary: From the first step to the last.
lessons: [first-steps, steps-quiz]
---
Two lessons.
";

const READING: &str = "\
---
id: first-steps
title: First steps
summary: What a path is.
kind: reading
minutes: 10
teaches: [paths.reading]
---
A path leads *somewhere*.

![A path](way.svg)
";

const QUIZ: &str = "\
---
id: steps-quiz
title: 'Steps: quiz'
summary: One question.
kind: quiz
minutes: 5
requires: { skills: [paths.reading] }
quiz:
  pass_mark: 80
  questions:
    - id: q-way
      type: single
      prompt: Where does a path lead?
      choices:
        - { id: a, text: Nowhere }
        - { id: b, text: Somewhere, correct: true }
      explanation: The lesson says so.
---
Try it.
";

const IMAGE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path d=\"M0 8 L8 0\"/></svg>\n";

const FILES: [(&str, &str); 7] = [
    ("courses/paths/course.md", COURSE),
    ("courses/paths/first-steps.md", READING),
    ("courses/paths/steps-quiz.md", QUIZ),
    ("courses/paths/way.svg", IMAGE),
    ("guides/outdoors.md", GUIDE),
    ("pack.yaml", PACK),
    ("tracks/walking.md", TRACK),
];

/// The pack as an archive.
pub(super) fn examples() -> Vec<u8> {
    changed(&[])
}

/// The pack with texts in its files replaced: path, what to look for, what to put there.
pub(super) fn changed(changes: &[(&str, &str, &str)]) -> Vec<u8> {
    let files: Vec<_> = FILES
        .iter()
        .map(|(path, text)| {
            let mut text = (*text).to_owned();
            for (_, from, to) in changes.iter().filter(|(of, ..)| of == path) {
                assert!(text.contains(from), "{path} has no {from:?}");
                text = text.replace(from, to);
            }
            pack_file(*path, text.into_bytes())
        })
        .collect();
    TarGz.write(&files).unwrap()
}

/// The files of the pack, as they are.
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// Files as an archive.
pub(super) fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let files: Vec<_> = files.iter().map(|(path, bytes)| pack_file(path.clone(), bytes.clone())).collect();
    TarGz.write(&files).unwrap()
}

/// The pack without a file, and with texts replaced.
pub(super) fn without(path: &str, changes: &[(&str, &str, &str)]) -> Vec<u8> {
    let all = cairn_content::unpack(&changed(changes)).unwrap();
    let files: Vec<_> = all.into_iter().filter(|file| file.path != path).collect();
    TarGz.write(&files).unwrap()
}
