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

const PRACTICE: &str = "\
---
id: fords
title: Fords
summary: Practice on real things.
lessons: [wading, steps-drill, steps-sql, steps-migration, steps-capstone]
---
Go in.
";

const WADING: &str = "\
---
id: wading
title: Wading
summary: What a ford is.
kind: reading
minutes: 5
teaches: [paths.fording]
---
Go slowly.
";

const HTTP_DRILL: &str = "\
---
id: steps-drill
title: 'Drill: notes'
summary: A service that keeps a note.
kind: drill
minutes: 15
open_for: 1h
requires: { skills: [paths.fording] }
drill: notes.yaml
---
Build it.
";

const NOTES: &str = "\
drill: http/v1
vars: { note: '{{random.uuid}}' }
steps:
  - id: look
    request: { method: GET, path: '/notes/{{note}}' }
    expect:
      - status: 200
      - header: { name: X-Note, eq: '{{note}}' }
";

const SQL_DRILL: &str = "\
---
id: steps-sql
title: 'Drill: huts'
summary: Which huts are there?
kind: drill
minutes: 15
drill: huts.yaml
---
Give name and beds of every hut.
";

const HUTS: &str = "\
drill: sql/v1
data:
  seed: 1
  tables:
    - name: hut
      create: create table hut (name text not null, beds integer)
      columns: [{ name: name }, { name: beds }]
      rows_given: [[Alm, 12], [Joch, null]]
reference: select name, beds from hut
";

const MIGRATION_DRILL: &str = "\
---
id: steps-migration
title: 'Drill: colours'
summary: Huts get a colour.
kind: drill
minutes: 15
drill: colours.yaml
---
Add a column.
";

const COLOURS: &str = "\
drill: migration/v1
data:
  seed: 1
  tables:
    - name: hut
      create: create table hut (name text not null, beds integer)
      columns: [{ name: name }, { name: beds }]
      rows_given: [[Alm, 12], [Joch, null]]
queries:
  old: [{ name: names, sql: select name from hut }]
steps:
  - { id: up, title: Give huts a colour. }
keeps: [hut]
reference:
  up: alter table hut add column colour text
";

const CAPSTONE: &str = "\
---
id: steps-capstone
title: 'Capstone: a way and back'
summary: All of it together.
kind: capstone
minutes: 60
capstone:
  drills: [steps-drill]
  rubric:
    - { id: way-back, title: There is a way back, about: Whoever went in comes out., points: 4 }
  pass: 3
  hand_in: text
---
Write how you went about it.
";

const MORE: [(&str, &str); 9] = [
    ("courses/fords/course.md", PRACTICE),
    ("courses/fords/wading.md", WADING),
    ("courses/fords/steps-drill.md", HTTP_DRILL),
    ("courses/fords/notes.yaml", NOTES),
    ("courses/fords/steps-sql.md", SQL_DRILL),
    ("courses/fords/huts.yaml", HUTS),
    ("courses/fords/steps-migration.md", MIGRATION_DRILL),
    ("courses/fords/colours.yaml", COLOURS),
    ("courses/fords/steps-capstone.md", CAPSTONE),
];

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

/// The pack with a course of drills and a capstone more, and with texts in that course's files replaced.
pub(super) fn practice(changes: &[(&str, &str, &str)]) -> Vec<u8> {
    let skill = "  - { id: paths.reading, title: Reading a path }\n";
    let skills = format!("{skill}  - {{ id: paths.fording, title: Fording }}\n");
    let mut files = cairn_content::unpack(&changed(&[("pack.yaml", skill, &skills)])).unwrap();
    files.extend(MORE.iter().map(|of| replaced(of, changes)));
    TarGz.write(&files).unwrap()
}

fn replaced((path, text): &(&str, &str), changes: &[(&str, &str, &str)]) -> cairn_content::PackFile {
    let mut text = (*text).to_owned();
    for (_, from, to) in changes.iter().filter(|(of, ..)| of == path) {
        assert!(text.contains(from), "{path} has no {from:?}");
        text = text.replace(from, to);
    }
    pack_file(*path, text.into_bytes())
}

/// The pack with texts in its files replaced: path, what to look for, what to put there.
pub(super) fn changed(changes: &[(&str, &str, &str)]) -> Vec<u8> {
    let files: Vec<_> = FILES.iter().map(|of| replaced(of, changes)).collect();
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
