//! Hashes of what is served. Equal hashes mean equal content, so the form that is hashed leaves no doubt where a part
//! ends: every text has its length before it, every list its count, every choice of forms a name.

use cairn_domain::catalog::{
    CapstoneRules, Detail, Document, Expected, Ignore, LessonKind, QuestionForm, Quiz, Requires, SourceFile,
};
use cairn_domain::shared::{ContentId, QuestionId, Revision};
use cairn_drill::{Drill, DrillKey};
use sha2::{Digest, Sha256};

/// The form that texts are rendered in. It is part of every revision: raise it when the same Markdown becomes other
/// HTML, so that a pack that is applied again is served anew.
pub(crate) const RENDERER: &str = "cairn-html/1";

struct Hasher(Sha256);

impl Hasher {
    fn new(domain: &str) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.text(domain);
        hasher.text(RENDERER);
        hasher
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, each: impl Fn(&mut Self, T)) {
        self.number(items.len() as u64);
        for item in items {
            each(self, item);
        }
    }

    fn requires(&mut self, requires: &Requires) {
        self.list(requires.skills.iter(), |h, id| h.text(id.as_str()));
        self.list(requires.lessons.iter(), |h, id| h.text(id.as_str()));
    }

    fn finish(self) -> Revision {
        Revision::from_digest(self.0.finalize().into())
    }
}

/// The answers to a quiz in its order: what is right, and the explanation as HTML.
pub(crate) type Key = Vec<(QuestionId, Expected, String)>;

/// What a lesson asks of its learner, with what answers to it are compared with.
pub(crate) enum Asked<'a> {
    Nothing,
    Quiz(&'a Quiz, &'a Key),
    Drill(&'a Drill, &'a DrillKey),
}

/// The revision of a document with its text and what it asks.
pub(crate) fn of_document(document: &Document, html: &str, asked: &Asked<'_>) -> Revision {
    let mut h = Hasher::new("document");
    for text in [
        document.kind().as_str(),
        document.id.as_str(),
        document.slug.as_str(),
        &document.title,
        &document.summary,
        html,
    ] {
        h.text(text);
    }
    detail(&mut h, &document.detail);
    match asked {
        Asked::Nothing => h.text("no quiz"),
        Asked::Drill(drill, key) => {
            h.text("drill");
            // Its fields stand in the order of their declaration, and a drill that cannot be written is stored nowhere.
            h.text(&serde_json::to_string(drill).unwrap_or_default());
            h.text(&key.digest_text());
        }
        Asked::Quiz(quiz, key) => {
            h.text("quiz");
            questions(&mut h, quiz);
            h.list(key.iter(), |h, (question, expected, explanation)| {
                h.text(question.as_str());
                answer(h, expected);
                h.text(explanation);
            });
        }
    }
    h.finish()
}

fn detail(h: &mut Hasher, detail: &Detail) {
    let target = |h: &mut Hasher, id: &ContentId| h.text(id.as_str());
    match detail {
        Detail::Guide(guide) => h.list(guide.stages.iter(), |h, stage| {
            h.text(&stage.title);
            h.text(&stage.summary);
            h.list(stage.target.iter(), |h, (kind, id)| {
                h.text(kind.as_str());
                target(h, id);
            });
        }),
        Detail::Track(track) => h.list(track.courses.iter(), |h, id| h.text(id.as_str())),
        Detail::Course(course) => {
            h.list(course.lessons.iter(), |h, id| h.text(id.as_str()));
            h.requires(&course.requires);
        }
        Detail::Lesson(lesson) => {
            h.number(u64::from(lesson.minutes));
            h.list(lesson.teaches.iter(), |h, id| h.text(id.as_str()));
            h.requires(&lesson.requires);
            h.number(u64::from(lesson.optional));
            match &lesson.lesson_kind {
                LessonKind::Reading => h.text("reading"),
                LessonKind::Quiz(rules) => {
                    h.text("quiz");
                    h.number(u64::from(rules.pass_mark));
                    h.list(rules.attempts.iter(), |h, n| h.number(u64::from(*n)));
                    h.number(u64::from(rules.cool_down_seconds));
                }
                LessonKind::Drill(rules) => {
                    h.text("drill");
                    h.text(rules.kind.as_str());
                    h.list(rules.attempts.iter(), |h, n| h.number(u64::from(*n)));
                    h.number(u64::from(rules.cool_down_seconds));
                    h.number(u64::from(rules.open_minutes));
                }
                LessonKind::Capstone(rules) => {
                    h.text("capstone");
                    capstone(h, rules);
                }
            }
        }
        Detail::Skill => {}
    }
}

fn capstone(h: &mut Hasher, rules: &CapstoneRules) {
    h.list(rules.drills.iter(), |h, id| h.text(id.as_str()));
    h.list(rules.rubric.iter(), |h, criterion| {
        h.text(criterion.id.as_str());
        h.text(&criterion.title);
        h.text(&criterion.about);
        h.number(u64::from(criterion.points));
    });
    h.number(u64::from(rules.pass));
    h.text(rules.hand_in.as_str());
}

fn questions(h: &mut Hasher, quiz: &Quiz) {
    h.list(quiz.questions.iter(), |h, question| {
        h.text(question.id.as_str());
        h.number(u64::from(question.points));
        h.text(&question.prompt);
        match &question.form {
            QuestionForm::Single { choices } | QuestionForm::Multiple { choices } => {
                h.text(if matches!(question.form, QuestionForm::Single { .. }) { "single" } else { "multiple" });
                h.list(choices.iter(), |h, choice| {
                    h.text(choice.id.as_str());
                    h.text(&choice.text);
                });
            }
            QuestionForm::Numeric { unit } => {
                h.text("numeric");
                h.list(unit.iter(), |h, unit| h.text(unit));
            }
            QuestionForm::Text => h.text("text"),
        }
    });
}

fn answer(h: &mut Hasher, expected: &Expected) {
    match expected {
        Expected::Choices(ids) => {
            h.text("choices");
            h.list(ids.iter(), |h, id| h.text(id.as_str()));
        }
        Expected::Number { value, tolerance } => {
            h.text("number");
            // 1.50 and 1.5 accept the same answers.
            h.text(&value.normalize().to_string());
            h.text(&tolerance.normalize().to_string());
        }
        Expected::Text { accept, ignore } => {
            h.text("text");
            h.list(accept.iter(), |h, text| h.text(text));
            h.list(ignore.iter(), |h, ignore| {
                h.text(match ignore {
                    Ignore::Case => "case",
                    Ignore::Whitespace => "whitespace",
                    Ignore::Punctuation => "punctuation",
                });
            });
        }
    }
}

/// The digest of a pack: of all its files, ordered by path, and of the form that they are rendered in. It is the one of
/// the draft that [`crate::check`] gives, without reading the files.
#[must_use]
pub fn of_files(files: &[SourceFile]) -> Revision {
    let mut h = Hasher::new("pack");
    h.list(files.iter(), |h, file| {
        h.text(&file.path);
        h.text(file.digest.as_str());
    });
    h.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::pack_file;
    use cairn_domain::catalog::{Criterion, DrillRules, HandIn, Lesson, QuizRules};
    use cairn_domain::shared::{LessonId, SkillId};
    use cairn_drill::{Authored, DrillKind};
    use std::collections::BTreeSet;

    fn lesson(change: impl FnOnce(&mut Document, &mut Lesson)) -> Revision {
        let mut document = Document::new("a", "A", Detail::Skill).unwrap();
        let mut lesson = Lesson::reading(10);
        change(&mut document, &mut lesson);
        document.detail = Detail::Lesson(lesson);
        of_document(&document, "<p>x</p>", &Asked::Nothing)
    }

    #[test]
    fn whatever_is_served_changes_the_revision() {
        let id = |text: &str| ContentId::new(text).unwrap();
        let mut all = BTreeSet::new();
        let mut add = |revision: Revision| assert!(all.insert(revision.to_string()));
        add(lesson(|_, _| ()));
        add(lesson(|d, _| d.id = id("b")));
        add(lesson(|d, _| d.slug = id("b")));
        add(lesson(|d, _| d.title = "B".into()));
        add(lesson(|d, _| d.summary = "s".into()));
        add(lesson(|_, l| l.minutes = 11));
        add(lesson(|_, l| l.optional = true));
        add(lesson(|_, l| l.teaches = vec![SkillId::new("s").unwrap()]));
        add(lesson(|_, l| l.requires.skills = vec![SkillId::new("s").unwrap()]));
        add(lesson(|_, l| l.requires.lessons = vec![LessonId::new("s").unwrap()]));
        for (attempts, cool_down_seconds) in [(None, 0), (Some(1), 0), (None, 1)] {
            add(lesson(|_, l| {
                l.lesson_kind = LessonKind::Quiz(QuizRules { pass_mark: 80, attempts, cool_down_seconds, questions: 1 })
            }));
        }
        let rules = DrillRules { kind: DrillKind::Http, attempts: None, cool_down_seconds: 0, open_minutes: 60 };
        for changed in [
            rules.clone(),
            DrillRules { kind: DrillKind::Sql, ..rules.clone() },
            DrillRules { attempts: Some(1), ..rules.clone() },
            DrillRules { cool_down_seconds: 1, ..rules.clone() },
            DrillRules { open_minutes: 1, ..rules },
        ] {
            add(lesson(|_, l| l.lesson_kind = LessonKind::Drill(changed)));
        }
        let criterion = Criterion { id: "a".parse().unwrap(), title: "A".into(), about: "a".into(), points: 1 };
        let rules = CapstoneRules { drills: vec![], rubric: vec![criterion.clone()], pass: 1, hand_in: HandIn::Text };
        let with = |criterion| CapstoneRules { rubric: vec![criterion], ..rules.clone() };
        for changed in [
            rules.clone(),
            CapstoneRules { drills: vec!["d".parse().unwrap()], ..rules.clone() },
            CapstoneRules { pass: 2, ..rules.clone() },
            CapstoneRules { hand_in: HandIn::Link, ..rules.clone() },
            with(Criterion { id: "b".parse().unwrap(), ..criterion.clone() }),
            with(Criterion { title: "B".into(), ..criterion.clone() }),
            with(Criterion { about: "b".into(), ..criterion.clone() }),
            with(Criterion { points: 2, ..criterion.clone() }),
        ] {
            add(lesson(|_, l| l.lesson_kind = LessonKind::Capstone(changed)));
        }
        assert_eq!(lesson(|_, _| ()), lesson(|_, _| ()));
    }

    #[test]
    fn a_drill_and_its_key_are_part_of_the_revision() {
        let document = Document::new("a", "A", Detail::Lesson(Lesson::reading(1))).unwrap();
        let with = |seed: u64, reference: &str| {
            let value = serde_json::json!({
                "drill": "sql/v1",
                "data": { "seed": seed, "tables": [{ "name": "t", "create": "CREATE TABLE t (n)" }] },
                "reference": reference,
            });
            let Authored { drill, key, .. } = cairn_drill::parse(value).unwrap();
            of_document(&document, "", &Asked::Drill(&drill, &key))
        };
        assert_eq!(with(1, "SELECT 1"), with(1, "SELECT 1"));
        assert_ne!(with(1, "SELECT 1"), with(2, "SELECT 1"));
        assert_ne!(with(1, "SELECT 1"), with(1, "SELECT 2"));
        assert_ne!(with(1, "SELECT 1"), of_document(&document, "", &Asked::Nothing));
    }

    #[test]
    fn parts_do_not_run_into_one_another() {
        let files = |names: &[&str]| of_files(&names.iter().map(|n| pack_file(*n, *b"")).collect::<Vec<_>>());
        assert_ne!(files(&["ab", "c"]), files(&["a", "bc"]));
        assert_ne!(files(&["a"]), files(&["a", ""]));
        assert_ne!(of_files(&[pack_file("a", *b"1")]), of_files(&[pack_file("a", *b"2")]));
    }

    #[test]
    fn the_answer_key_is_part_of_the_revision() {
        let document = Document::new("a", "A", Detail::Lesson(Lesson::reading(1))).unwrap();
        let with = |expected: Expected, explanation: &str| {
            let key = vec![(QuestionId::new("q").unwrap(), expected, explanation.to_owned())];
            of_document(&document, "", &Asked::Quiz(&Quiz::default(), &key))
        };
        let number = |value: &str| Expected::Number { value: value.parse().unwrap(), tolerance: "0".parse().unwrap() };
        assert_ne!(with(number("1"), ""), with(number("2"), ""));
        assert_ne!(with(number("1"), ""), with(number("1"), "why"));
        assert_eq!(with(number("1.50"), ""), with(number("1.5"), ""));
        let text =
            |ignore: &[Ignore]| Expected::Text { accept: vec!["a".into()], ignore: ignore.iter().copied().collect() };
        assert_ne!(with(text(&[]), ""), with(text(&[Ignore::Case]), ""));
    }
}
