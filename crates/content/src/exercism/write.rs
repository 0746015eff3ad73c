//! Writing a track as a pack.

use std::fmt::Write as _;

use super::report::LossReport;
use super::source::{Config, Exercise};
use crate::files::{PackFile, pack_file};

/// A pack has at most so many lessons in a course.
const MAX_LESSONS: usize = 1_000;
const MAX_TITLE: usize = 200;
const MAX_SUMMARY: usize = 300;

pub(super) fn files(config: &Config, report: &mut LossReport) -> Vec<PackFile> {
    let mut courses = Vec::new();
    let mut files = vec![
        pack_file("pack.yaml", pack(config, report).into_bytes()),
        pack_file("README.md", readme(config).into_bytes()),
    ];
    for (name, title, is_concept) in [("concept", "concept exercises", true), ("practice", "practice exercises", false)]
    {
        let all: Vec<_> = config.exercises.iter().filter(|e| e.is_concept == is_concept).collect();
        let parts = all.chunks(MAX_LESSONS).enumerate();
        for (at, exercises) in parts {
            let (folder, title) = match at {
                0 => (name.to_owned(), format!("{}: {title}", config.language)),
                at => (format!("{name}-{}", at + 1), format!("{}: {title}, part {}", config.language, at + 1)),
            };
            let id = format!("{}.{folder}-exercises", config.slug);
            files.push(pack_file(
                format!("courses/{folder}/course.md"),
                course(config, &id, &title, exercises).into_bytes(),
            ));
            for exercise in exercises {
                // The name of the course's own file is taken.
                let file = if exercise.slug == "course" { "course-exercise" } else { &exercise.slug };
                files.push(pack_file(format!("courses/{folder}/{file}.md"), lesson(config, exercise).into_bytes()));
            }
            courses.push(id);
        }
    }
    files.push(pack_file(format!("tracks/{}.md", config.slug), track(config, &courses).into_bytes()));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    report.left("exercises.*[]", config.exercises.len(), "The exercises' texts, starting files, tests and solutions: a track's configuration has none of them, so each lesson says where to find its exercise.");
    let guessed = config.exercises.len();
    report.left(
        "exercises.*[].minutes",
        guessed,
        "The time that a lesson takes is not in the source; it was guessed from the difficulty.",
    );
    files
}

fn pack(config: &Config, report: &mut LossReport) -> String {
    let mut yaml = String::from("format: cairn-pack/v1\n");
    field(&mut yaml, "id", &format!("exercism-{}", config.slug));
    field(&mut yaml, "title", &cut(&format!("{} on Exercism", config.language), MAX_TITLE));
    if config.blurb.chars().count() > MAX_SUMMARY {
        report.left("blurb", 1, "The end of the track's blurb: a summary has at most 300 characters.");
    }
    field(&mut yaml, "summary", &cut(&config.blurb, MAX_SUMMARY));
    yaml.push_str("language: en\nlicence: MIT\nauthors: [\"Exercism and its contributors\"]\n");
    if !config.concepts.is_empty() {
        yaml.push_str("skills:\n");
    }
    for concept in &config.concepts {
        let _ = writeln!(
            yaml,
            "  - id: {}.{}\n    title: {}",
            config.slug,
            concept.slug,
            quoted(&cut(&concept.name, MAX_TITLE))
        );
        if !concept.blurb.is_empty() {
            let _ = writeln!(yaml, "    summary: {}", quoted(&cut(&concept.blurb, MAX_SUMMARY)));
        }
    }
    yaml
}

fn readme(config: &Config) -> String {
    format!(
        "# {} on Exercism\n\nMade by `cairn content import exercism` from the configuration of Exercism's {} track \
         (<https://github.com/exercism/{}>), which is under the MIT licence. Keep its copyright notice with this pack.\n",
        escaped(&config.language),
        escaped(&config.language),
        config.slug
    )
}

fn track(config: &Config, courses: &[String]) -> String {
    let mut text = front(&config.slug, &format!("{} on Exercism", config.language), &config.blurb);
    list(&mut text, "courses", courses.iter().cloned());
    let _ = write!(
        text,
        "---\nThe exercises of [Exercism's {} track](https://exercism.org/tracks/{}), with what each of them needs.\n",
        escaped(&config.language),
        config.slug
    );
    text
}

fn course(config: &Config, id: &str, title: &str, exercises: &[&Exercise]) -> String {
    let mut text = front(id, title, &format!("{} exercises of Exercism's {} track.", exercises.len(), config.language));
    list(&mut text, "lessons", exercises.iter().map(|e| format!("{}.{}", config.slug, e.slug)));
    let what = if exercises.first().is_some_and(|e| e.is_concept) {
        "Each of these exercises teaches a concept or two, and opens when the concepts before it are known."
    } else {
        "These exercises practise what the concept exercises teach."
    };
    let _ = write!(text, "---\n{what}\n");
    text
}

fn lesson(config: &Config, exercise: &Exercise) -> String {
    let kind = if exercise.is_concept { "concept" } else { "practice" };
    let summary = format!("A {kind} exercise of Exercism's {} track.", config.language);
    let mut text = front(&format!("{}.{}", config.slug, exercise.slug), &exercise.name, &summary);
    let minutes = exercise.difficulty.map_or(30, |difficulty| 10 + 10 * difficulty);
    let _ = writeln!(text, "kind: reading\nminutes: {minutes}");
    if exercise.is_hidden {
        text.push_str("optional: true\n");
    }
    let ids = |edges: &[(String, String)]| {
        edges.iter().map(|(slug, _)| format!("{}.{slug}", config.slug)).collect::<Vec<_>>().join(", ")
    };
    if !exercise.teaches.is_empty() {
        let _ = writeln!(text, "teaches: [{}]", ids(&exercise.teaches));
    }
    if !exercise.requires.is_empty() {
        let _ = writeln!(text, "requires:\n  skills: [{}]", ids(&exercise.requires));
    }
    let _ = write!(
        text,
        "---\n{} is a {kind} exercise on Exercism. Solve it there:\n\
         [exercism.org/tracks/{track}/exercises/{slug}](https://exercism.org/tracks/{track}/exercises/{slug}).\n\
         Its text and tests are not part of this pack.\n",
        escaped(&exercise.name),
        track = config.slug,
        slug = exercise.slug,
    );
    let difficulty = exercise.difficulty.map(|d| format!("- Difficulty: {d} of 10\n")).unwrap_or_default();
    let status = match exercise.status.as_str() {
        "active" => String::new(),
        status => format!("- Status: {}\n", escaped(status)),
    };
    if !(difficulty.is_empty() && status.is_empty()) {
        let _ = write!(text, "\n{difficulty}{status}");
    }
    text
}

fn front(id: &str, title: &str, summary: &str) -> String {
    let mut text = String::from("---\n");
    field(&mut text, "id", id);
    field(&mut text, "title", &cut(title, MAX_TITLE));
    field(&mut text, "summary", &cut(summary, MAX_SUMMARY));
    text
}

fn field(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name}: {}", quoted(value));
}

fn list(text: &mut String, name: &str, ids: impl Iterator<Item = String>) {
    let _ = writeln!(text, "{name}:");
    for id in ids {
        let _ = writeln!(text, "  - {}", quoted(&id));
    }
}

/// A text as YAML takes it: in quotes, as JSON writes it, which YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text that Markdown takes for itself.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
