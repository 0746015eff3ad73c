//! Documents as their files give them, before they are looked at together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use cairn_domain::catalog::{
    CapstoneRules, Course, Criterion, Detail, DocKind, Document, DrillRules, Guide, HandIn, Lesson, LessonKind,
    Requires, Stage, Track,
};
use cairn_domain::shared::{ContentId, CourseId, CriterionId, LessonId, Revision, SkillId};
use cairn_drill::DrillKind;

use crate::faults::{Code, Faults, Pos};
use crate::format;
use crate::markdown::{Origin, Source};
use crate::quiz::{QuizSource, read_quiz, unique_id};
use crate::text::Text;
use crate::yaml::{Node, Record, Scalar, Shape, Value, check, duration_seconds, parse};

/// Where a document's fields stand and what they say: for the faults of the catalogue as a whole.
#[derive(Debug, Default)]
pub(crate) struct Places(BTreeMap<String, (Pos, String)>);

impl Places {
    pub(crate) fn note(&mut self, field: impl Into<String>, node: &Node) {
        self.0.insert(field.into(), (node.at, node.text().unwrap_or_default().to_owned()));
    }

    /// The place of a field such as `requires.skills[0]`, or of the nearest that holds it, and its text.
    pub(crate) fn find(&self, field: &str) -> (Pos, &str) {
        let mut name = field;
        loop {
            if let Some((at, text)) = self.0.get(name) {
                return (*at, text);
            }
            match name.rfind(['.', '[']) {
                Some(at) => name = &name[..at],
                None => break,
            }
        }
        self.0.get("id").map_or((Pos::new(1, 1), ""), |(at, text)| (*at, text.as_str()))
    }
}

/// A document as its file gives it.
#[derive(Debug)]
pub(crate) struct DocumentSource {
    pub(crate) kind: DocKind,
    /// What could be read of it, with stand-ins for the rest; `None` without an id.
    pub(crate) document: Option<Document>,
    pub(crate) places: Places,
    /// Whether its front matter has no faults.
    pub(crate) sound: bool,
    pub(crate) body: Option<Source>,
    pub(crate) quiz: Option<QuizSource>,
    /// The path of its drill from the folder of its course, and where that stands.
    pub(crate) drill: Option<(String, Pos)>,
}

/// Reads the file of a document.
pub(crate) fn read_document(kind: DocKind, bytes: &[u8], faults: &mut Faults) -> DocumentSource {
    let mut source = DocumentSource {
        kind,
        document: None,
        places: Places::default(),
        sound: false,
        body: None,
        quiz: None,
        drill: None,
    };
    let Some(text) = Text::decode(bytes, faults) else { return source };
    let Some((yaml, line, body)) = text.front_matter() else {
        let help = "Begin the file with a line `---`, the fields, and another line `---`.";
        faults.add(Pos::new(1, 1), Code::MissingFrontMatter, format!("The {kind} has no front matter."), help);
        return source;
    };
    source.body = Some(Source { text: body.to_owned(), origin: Origin::Lines { line, indent: 0 } });
    let before = faults.len();
    if let Some(node) = parse_record(yaml, 2, record(kind), faults) {
        source.read(&node, faults);
    }
    let needs_text = source.quiz.is_none() && kind == DocKind::Lesson;
    source.sound = faults.len() == before;
    if source.sound && needs_text && body.trim().is_empty() {
        faults.add(Pos::new(line, 1), Code::EmptyBody, "The lesson has no text.", "Write it below the front matter.");
    }
    source
}

fn record(kind: DocKind) -> &'static Record {
    match kind {
        DocKind::Guide => &format::GUIDE,
        DocKind::Track => &format::TRACK,
        DocKind::Course => &format::COURSE,
        DocKind::Lesson | DocKind::Skill => &format::LESSON,
    }
}

/// Reads YAML that is to be a record, and reports all that is not.
pub(crate) fn parse_record(yaml: &str, line: u32, record: &'static Record, faults: &mut Faults) -> Option<Node> {
    let before = faults.len();
    let Some(node) = parse(yaml, line, faults) else {
        if faults.len() == before {
            let help = format!("The first field is `{}:`.", record.fields[0].name);
            faults.add(Pos::new(line, 1), Code::MissingField, "There are no fields.", help);
        }
        return None;
    };
    check_root(&node, record, faults);
    matches!(node.value, Value::Map(_)).then_some(node)
}

fn check_root(node: &Node, record: &'static Record, faults: &mut Faults) {
    // A shape that lives as long as the record it points to.
    static SHAPES: [Shape; 5] = [
        Shape::Record(&format::PACK),
        Shape::Record(&format::GUIDE),
        Shape::Record(&format::TRACK),
        Shape::Record(&format::COURSE),
        Shape::Record(&format::LESSON),
    ];
    if let Some(shape) = SHAPES.iter().find(|shape| matches!(shape, Shape::Record(r) if std::ptr::eq(*r, record))) {
        check(node, shape, "the file", faults);
    }
}

impl DocumentSource {
    fn read(&mut self, node: &Node, faults: &mut Faults) {
        for field in ["id", "slug", "requires", "lessons", "courses", "teaches"] {
            if let Some(value) = node.get(field) {
                self.places.note(field, value);
            }
        }
        let detail = match self.kind {
            DocKind::Guide => Detail::Guide(Guide { stages: self.stages(node, faults) }),
            DocKind::Track => Detail::Track(Track { courses: self.ids(node, "courses", CourseId::from) }),
            DocKind::Course => Detail::Course(Course {
                lessons: self.ids(node, "lessons", LessonId::from),
                requires: self.requires(node),
            }),
            DocKind::Lesson => Detail::Lesson(self.lesson(node, faults)),
            DocKind::Skill => Detail::Skill,
        };
        self.document = document(node, detail);
    }

    /// The ids of a list; those that are none are left out, so that indices are those of what was read.
    fn ids<T>(&mut self, node: &Node, field: &str, make: impl Fn(ContentId) -> T) -> Vec<T> {
        let list = field.split('.').try_fold(node, |node, name| node.get(name));
        let mut ids = Vec::new();
        for item in list.map_or(&[][..], Node::items) {
            if let Some(id) = read_id(Some(item)) {
                self.places.note(format!("{field}[{}]", ids.len()), item);
                ids.push(make(id));
            }
        }
        ids
    }

    fn requires(&mut self, node: &Node) -> Requires {
        Requires {
            skills: self.ids(node, "requires.skills", SkillId::from),
            lessons: self.ids(node, "requires.lessons", LessonId::from),
        }
    }

    fn stages(&mut self, node: &Node, faults: &mut Faults) -> Vec<Stage> {
        let mut stages = Vec::new();
        for item in node.get("stages").map_or(&[][..], Node::items) {
            let mut targets = Vec::new();
            for kind in [DocKind::Track, DocKind::Course, DocKind::Guide] {
                if let Some(value) = item.get(kind.as_str()) {
                    self.places.note(format!("stages[{}].{kind}", stages.len()), value);
                    targets.push((value.at, read_id(Some(value)).map(|id| (kind, id))));
                }
            }
            let available = item.get("status").and_then(Node::text) == Some("available");
            match targets.as_slice() {
                [] if available => {
                    let help =
                        "Add `track`, `course` or `guide` with the id of what teaches it, or set `status: planned`.";
                    faults.add(item.at, Code::MissingField, "An available stage leads somewhere.", help);
                }
                [_, (at, _), ..] => {
                    faults.add(
                        *at,
                        Code::UnknownField,
                        "A stage leads to one place.",
                        "Keep one of `track`, `course` and `guide`.",
                    );
                }
                _ => {}
            }
            stages.push(Stage {
                title: read_line(item.get("title")),
                summary: read_line(item.get("summary")),
                target: targets.into_iter().next().and_then(|(_, target)| target).filter(|_| available),
            });
        }
        stages
    }

    fn lesson(&mut self, node: &Node, faults: &mut Faults) -> Lesson {
        let lesson_kind = match node.get("kind").and_then(Node::text) {
            Some("quiz") => match node.get("quiz") {
                Some(quiz) => LessonKind::Quiz(self.quiz.insert(read_quiz(quiz, faults)).rules.clone()),
                None => LessonKind::Reading,
            },
            Some("drill") => {
                let path = node.get("drill").and_then(|path| Some((path.text()?.trim().to_owned(), path.at)));
                self.drill = path;
                LessonKind::Drill(drill_rules(node, faults))
            }
            Some("capstone") => match node.get("capstone") {
                Some(capstone) => LessonKind::Capstone(self.capstone(node, capstone, faults)),
                None => LessonKind::Reading,
            },
            _ => LessonKind::Reading,
        };
        Lesson {
            lesson_kind,
            minutes: read_number(node.get("minutes"), 1),
            teaches: self.ids(node, "teaches", SkillId::from),
            requires: self.requires(node),
            optional: read_bool(node.get("optional")),
        }
    }

    fn capstone(&mut self, lesson: &Node, node: &Node, faults: &mut Faults) -> CapstoneRules {
        let mut seen = BTreeSet::new();
        let mut rubric = Vec::new();
        for item in node.get("rubric").map_or(&[][..], Node::items) {
            let id = unique_id(item, &mut seen, "criterion", faults).and_then(|id| CriterionId::new(id.as_str()).ok());
            if let Some(id) = id {
                rubric.push(Criterion {
                    id,
                    title: read_line(item.get("title")),
                    about: read_line(item.get("about")),
                    points: read_number(item.get("points"), 1),
                });
            }
        }
        let rules = CapstoneRules {
            drills: self.ids(lesson, "capstone.drills", LessonId::from),
            rubric,
            pass: read_number(node.get("pass"), 1),
            hand_in: match node.get("hand_in").and_then(Node::text) {
                Some("text") => HandIn::Text,
                Some("link") => HandIn::Link,
                _ => HandIn::TextAndLink,
            },
        };
        if let Some(pass) = node.get("pass").filter(|_| rules.pass > rules.points() && !rules.rubric.is_empty()) {
            let message = format!("`pass` is {}, and all criteria together have {}.", rules.pass, rules.points());
            faults.add(pass.at, Code::OutOfRange, message, "Ask for less, or give more points.");
        }
        rules
    }
}

/// The longest time that an attempt at a drill is open, in minutes.
const LONGEST_OPEN: u32 = 7 * 24 * 60;

/// How often a drill may be tried. Its kind is a stand-in until its file is read.
fn drill_rules(node: &Node, faults: &mut Faults) -> DrillRules {
    let seconds = |field: &str| node.get(field).and_then(Node::text).and_then(duration_seconds);
    let open_minutes = seconds("open_for").map_or(24 * 60, |seconds| seconds / 60);
    if let Some(open) = node.get("open_for").filter(|_| !(1..=LONGEST_OPEN).contains(&open_minutes)) {
        let message = "`open_for` is less than a minute or more than a week.";
        faults.add(open.at, Code::OutOfRange, message, "Choose a time between, such as `1h`.");
    }
    DrillRules {
        kind: DrillKind::Http,
        attempts: node.get("attempts").map(|n| read_number(Some(n), 1)),
        cool_down_seconds: seconds("cool_down").unwrap_or(0),
        open_minutes: u16::try_from(open_minutes).unwrap_or(u16::MAX),
    }
}

/// A document of these fields; `None` without an id.
pub(crate) fn document(node: &Node, detail: Detail) -> Option<Document> {
    let id = read_id(node.get("id"))?;
    Some(Document {
        slug: read_id(node.get("slug")).unwrap_or_else(|| id.clone()),
        id,
        title: read_line(node.get("title")),
        summary: read_line(node.get("summary")),
        revision: Revision::from_digest([0; 32]),
        detail,
    })
}

pub(crate) fn read_id(node: Option<&Node>) -> Option<ContentId> {
    scalar(node).filter(|s| s.is_text()).and_then(|s| ContentId::new(&s.text).ok())
}

/// A text without space at its ends; empty for what is none, which the check has reported.
pub(crate) fn read_line(node: Option<&Node>) -> String {
    node.and_then(Node::text).unwrap_or_default().trim().to_owned()
}

pub(crate) fn read_number<T: TryFrom<i64> + Display>(node: Option<&Node>, otherwise: T) -> T {
    node.and_then(Node::text)
        .and_then(|text| text.parse::<i64>().ok())
        .and_then(|n| T::try_from(n).ok())
        .unwrap_or(otherwise)
}

pub(crate) fn read_bool(node: Option<&Node>) -> bool {
    scalar(node).and_then(Scalar::as_bool).unwrap_or(false)
}

pub(crate) fn scalar(node: Option<&Node>) -> Option<&Scalar> {
    match node.map(|node| &node.value) {
        Some(Value::Scalar(scalar)) => Some(scalar),
        _ => None,
    }
}
