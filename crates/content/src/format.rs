//! The format's files: which fields each has. The check, the JSON Schemas and the reading of documents follow it.

use serde_json::Value;

use crate::yaml::{Field, Record, Shape, json_schema};

/// The version that `pack.yaml` names.
pub(crate) const VERSION: &str = "cairn-pack/v1";

const TITLE: Shape = Shape::Line { max: 200 };
const SUMMARY: Shape = Shape::Text { max: 300 };
/// Prompts, choices, explanations.
const FRAGMENT: Shape = Shape::Markdown { max: 20_000 };

const ID: &str =
    "Stable for ever: records of learners hang on it. Lower-case letters and digits, single `-` or `.` between them.";
const SLUG: &str = "What addresses use; the id by default. It may change: former slugs go on resolving.";

const ATTEMPTS: &str =
    "How many attempts a learner has; any number by default. Counting starts anew when the lesson changes.";
const COOL_DOWN: &str = "The pause after a failed attempt, such as `90s`, `10m`, `2h` or `1d`; none by default.";

const fn ids(min: usize, max: usize) -> Shape {
    Shape::List { of: &Shape::Id, min, max, unique: true }
}

pub(crate) static PACK: Record = Record {
    name: "a pack",
    doc: "What a pack says of itself, and the skills that its lessons teach.",
    decided_by: None,
    fields: &[
        Field::required("format", Shape::Line { max: 40 }, "The version of the format: `cairn-pack/v1`."),
        Field::required("id", Shape::Id, ID),
        Field::required("title", TITLE, "One line."),
        Field::required("summary", SUMMARY, "Plain text, at most 300 characters."),
        Field::required("language", Shape::Language, "The language of the texts, a tag of BCP 47 such as `en`."),
        Field::required(
            "licence",
            Shape::Line { max: 100 },
            "The licence of the texts, an SPDX expression such as `CC-BY-4.0`.",
        ),
        Field::optional(
            "authors",
            Shape::List { of: &Shape::Line { max: 200 }, min: 0, max: 200, unique: true },
            "Who wrote it.",
        ),
        Field::optional(
            "skills",
            Shape::List { of: &Shape::Record(&SKILL), min: 0, max: 5_000, unique: false },
            "What lessons teach and require. Their order does not matter.",
        ),
        Field::optional(
            "moved",
            Shape::List { of: &Shape::Record(&MOVED), min: 0, max: 10_000, unique: false },
            "Ids that became others. Keep the records: a server may be several releases behind.",
        ),
    ],
};

static SKILL: Record = Record {
    name: "a skill",
    doc: "What a lesson teaches or requires.",
    decided_by: None,
    fields: &[
        Field::required("id", Shape::Id, ID),
        Field::required("title", TITLE, "One line, such as `Choosing a method`."),
        Field::optional("summary", SUMMARY, "Plain text, at most 300 characters."),
    ],
};

static MOVED: Record = Record {
    name: "a `moved` record",
    doc: "An id that became another: whoever completed, holds or is enrolled on `from` is credited with `to`.",
    decided_by: None,
    fields: &[
        Field::required(
            "kind",
            Shape::Word(&["guide", "track", "course", "lesson", "skill"]),
            "The kind of both documents.",
        ),
        Field::required("from", Shape::Id, "The id that is no longer used."),
        Field::required("to", Shape::Id, "The id of the document that takes its place."),
    ],
};

pub(crate) static GUIDE: Record = Record {
    name: "a guide",
    doc: "The front matter of a guide, `guides/**/*.md`: a long-form hub page.",
    decided_by: None,
    fields: &[
        Field::required("id", Shape::Id, ID),
        Field::optional("slug", Shape::Id, SLUG),
        Field::required("title", TITLE, "One line."),
        Field::required("summary", SUMMARY, "Plain text, at most 300 characters."),
        Field::optional(
            "stages",
            Shape::List { of: &Shape::Record(&STAGE), min: 1, max: 100, unique: false },
            "A hub's way through its subject, in order.",
        ),
    ],
};

static STAGE: Record = Record {
    name: "a stage",
    doc: "One stage of a hub's way through its subject.",
    decided_by: Some("status"),
    fields: &[
        Field::required("title", TITLE, "One line."),
        Field::required("summary", SUMMARY, "Plain text, at most 300 characters."),
        Field::required(
            "status",
            Shape::Word(&["available", "planned"]),
            "Whether it is written. A planned stage has no link.",
        ),
        Field::optional(
            "track",
            Shape::Id,
            "The track that teaches it. An available stage has one of `track`, `course` and `guide`.",
        )
        .with(&["available"]),
        Field::optional("course", Shape::Id, "The course that teaches it.").with(&["available"]),
        Field::optional("guide", Shape::Id, "The guide that leads on.").with(&["available"]),
    ],
};

pub(crate) static TRACK: Record = Record {
    name: "a track",
    doc: "The front matter of a track, `tracks/**/*.md`: an ordered path of courses towards a goal.",
    decided_by: None,
    fields: &[
        Field::required("id", Shape::Id, ID),
        Field::optional("slug", Shape::Id, SLUG),
        Field::required("title", TITLE, "One line."),
        Field::required("summary", SUMMARY, "Plain text, at most 300 characters."),
        Field::required(
            "courses",
            Shape::List { of: &Shape::Id, min: 1, max: 200, unique: false },
            "The ids of its courses, in order.",
        ),
    ],
};

pub(crate) static COURSE: Record = Record {
    name: "a course",
    doc: "The front matter of a course, `courses/*/course.md`: an ordered list of lessons.",
    decided_by: None,
    fields: &[
        Field::required("id", Shape::Id, ID),
        Field::optional("slug", Shape::Id, SLUG),
        Field::required("title", TITLE, "One line."),
        Field::required("summary", SUMMARY, "Plain text, at most 300 characters."),
        Field::required(
            "lessons",
            Shape::List { of: &Shape::Id, min: 1, max: 1_000, unique: false },
            "The ids of the lessons in its folder, in order, each once.",
        ),
        Field::optional(
            "requires",
            Shape::Record(&REQUIRES),
            "What each of its lessons requires, beside what the lesson names.",
        ),
    ],
};

static REQUIRES: Record = Record {
    name: "`requires`",
    doc: "What has to be met before a lesson opens: all of it.",
    decided_by: None,
    fields: &[
        Field::optional("skills", ids(1, 100), "Skills to hold. Each is taught by some lesson."),
        Field::optional("lessons", ids(1, 100), "Lessons to have completed."),
    ],
};

pub(crate) static LESSON: Record = Record {
    name: "a lesson",
    doc: "The front matter of a lesson, any other `courses/*/**/*.md`: one sitting.",
    decided_by: Some("kind"),
    fields: &[
        Field::required("id", Shape::Id, ID),
        Field::optional("slug", Shape::Id, SLUG),
        Field::required("title", TITLE, "One line."),
        Field::required("summary", SUMMARY, "Plain text, at most 300 characters."),
        Field::required(
            "kind",
            Shape::Word(&["reading", "quiz", "drill", "capstone"]),
            "How it is completed: by reading it, by passing its quiz or drill, or by work that an instructor accepts.",
        ),
        Field::required("minutes", Shape::Integer { min: 1, max: 240 }, "The time it is meant to take."),
        Field::optional("teaches", ids(0, 100), "Skills that it grants when it is completed."),
        Field::optional("requires", Shape::Record(&REQUIRES), "What it requires, beside what its course requires."),
        Field::optional("optional", Shape::Bool, "Whether the course can be finished without it; `false` by default."),
        Field::required("quiz", Shape::Record(&QUIZ), "The questions, for the kind `quiz`.").with(&["quiz"]),
        Field::required(
            "drill",
            Shape::Line { max: 400 },
            "The file of the drill, by its path from the folder of the course, such as `drills/loops.yaml`.",
        )
        .with(&["drill"]),
        Field::optional("attempts", Shape::Integer { min: 1, max: 1_000 }, ATTEMPTS).with(&["drill"]),
        Field::optional("cool_down", Shape::Duration, COOL_DOWN).with(&["drill"]),
        Field::optional(
            "open_for",
            Shape::Duration,
            "How long an attempt takes what is handed in, from a minute to a week; `1d` by default.",
        )
        .with(&["drill"]),
        Field::required("capstone", Shape::Record(&CAPSTONE), "What is asked for, for the kind `capstone`.")
            .with(&["capstone"]),
    ],
};

static CAPSTONE: Record = Record {
    name: "a capstone",
    doc: "What is handed in, and what a review looks at.",
    decided_by: None,
    fields: &[
        Field::optional("drills", ids(0, 100), "Lessons of kind `drill` that have to be completed before."),
        Field::required(
            "rubric",
            Shape::List { of: &Shape::Record(&CRITERION), min: 1, max: 50, unique: false },
            "What a review looks at, in order.",
        ),
        Field::required(
            "pass",
            Shape::Integer { min: 1, max: 5_000 },
            "The least points that are accepted, at most those of all criteria together.",
        ),
        Field::optional(
            "hand_in",
            Shape::Word(&["text", "link", "text_and_link"]),
            "What is handed in: a text, an address, or both; `text_and_link` by default.",
        ),
    ],
};

static CRITERION: Record = Record {
    name: "a criterion",
    doc: "One thing that a review looks at.",
    decided_by: None,
    fields: &[
        Field::required("id", Shape::Id, "Unique in the rubric."),
        Field::required("title", TITLE, "One line."),
        Field::required("about", Shape::Text { max: 1_000 }, "Plain text: what earns the points."),
        Field::required("points", Shape::Integer { min: 1, max: 100 }, "What it is worth at most."),
    ],
};

static QUIZ: Record = Record {
    name: "a quiz",
    doc: "Questions and when they are passed.",
    decided_by: None,
    fields: &[
        Field::required(
            "pass_mark",
            Shape::Integer { min: 1, max: 100 },
            "The least share of the points that passes, in percent.",
        ),
        Field::optional("attempts", Shape::Integer { min: 1, max: 1_000 }, ATTEMPTS),
        Field::optional("cool_down", Shape::Duration, COOL_DOWN),
        Field::required(
            "questions",
            Shape::List { of: &Shape::Record(&QUESTION), min: 1, max: 200, unique: false },
            "In order.",
        ),
    ],
};

static QUESTION: Record = Record {
    name: "a question",
    doc: "A question with its answer. Learners get the answer and the explanation only once they were graded.",
    decided_by: Some("type"),
    fields: &[
        Field::required("id", Shape::Id, "Unique in the quiz."),
        Field::required(
            "type",
            Shape::Word(&["single", "multiple", "numeric", "text"]),
            "One choice, all choices that are right, a number, or a short text.",
        ),
        Field::optional("points", Shape::Integer { min: 1, max: 100 }, "What a right answer is worth; 1 by default."),
        Field::required("prompt", FRAGMENT, "The question, in Markdown."),
        Field::required(
            "choices",
            Shape::List { of: &Shape::Record(&CHOICE), min: 2, max: 10, unique: false },
            "Exactly one is correct for `single`, at least one for `multiple`.",
        )
        .with(&["single", "multiple"]),
        Field::required(
            "answer",
            Shape::Decimal { positive: false },
            "The right number; as a text to keep its spelling.",
        )
        .with(&["numeric"]),
        Field::optional("tolerance", Shape::Decimal { positive: true }, "How far off an answer may be; 0 by default.")
            .with(&["numeric"]),
        Field::optional("unit", Shape::Line { max: 40 }, "What is counted, shown beside the field.").with(&["numeric"]),
        Field::required(
            "accept",
            Shape::List { of: &Shape::Line { max: 500 }, min: 1, max: 50, unique: true },
            "Every text that is right.",
        )
        .with(&["text"]),
        Field::optional(
            "ignore",
            Shape::List { of: &Shape::Word(&["case", "whitespace", "punctuation"]), min: 0, max: 3, unique: true },
            "What does not matter in an answer; case and whitespace by default.",
        )
        .with(&["text"]),
        Field::required("explanation", FRAGMENT, "Why the answer is right, in Markdown; shown after grading only."),
    ],
};

static CHOICE: Record = Record {
    name: "a choice",
    doc: "A choice of a question.",
    decided_by: None,
    fields: &[
        Field::required("id", Shape::Id, "Unique in the question."),
        Field::required("text", Shape::Markdown { max: 5_000 }, "In Markdown."),
        Field::optional("correct", Shape::Bool, "Whether it is right; `false` by default."),
    ],
};

/// The JSON Schemas of the format, by file name, as they stand in `docs/schemas`.
#[must_use]
pub fn schemas() -> [(&'static str, Value); 5] {
    [
        ("pack.schema.json", json_schema(&PACK, "Cairn: pack.yaml")),
        ("guide.schema.json", json_schema(&GUIDE, "Cairn: front matter of a guide")),
        ("track.schema.json", json_schema(&TRACK, "Cairn: front matter of a track")),
        ("course.schema.json", json_schema(&COURSE, "Cairn: front matter of a course")),
        ("lesson.schema.json", json_schema(&LESSON, "Cairn: front matter of a lesson")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_take_what_the_format_takes() {
        let lesson = json_schema(&LESSON, "x");
        let validator = jsonschema::validator_for(&lesson).unwrap();
        let reading = serde_json::json!({"id": "a", "title": "A", "summary": "", "kind": "reading", "minutes": 5});
        assert!(validator.is_valid(&reading));
        let mut quiz = reading.clone();
        quiz["kind"] = "quiz".into();
        assert!(!validator.is_valid(&quiz), "a quiz needs its questions");
        quiz["quiz"] = serde_json::json!({"pass_mark": 80, "questions": [
            {"id": "q", "type": "numeric", "prompt": "?", "answer": "1.5", "explanation": "!"}]});
        assert!(validator.is_valid(&quiz));
        quiz["quiz"]["questions"][0]["choices"] = serde_json::json!([]);
        assert!(!validator.is_valid(&quiz), "a number has no choices");
        let mut unknown = reading.clone();
        unknown["colour"] = "red".into();
        assert!(!validator.is_valid(&unknown));
    }
}
