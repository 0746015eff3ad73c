//! Quizzes as their lessons give them.

use std::collections::BTreeSet;

use cairn_domain::catalog::{Expected, FaultKind, Ignore, QuizRules};
use cairn_domain::shared::{ChoiceId, ContentId, QuestionId};
use rust_decimal::Decimal;

use crate::document::{read_bool, read_id, read_line, read_number, scalar};
use crate::faults::{Code, Faults};
use crate::markdown::{Origin, Source};
use crate::yaml::{Node, Style, duration_seconds, is_decimal};

/// A quiz before its texts are rendered.
#[derive(Debug)]
pub(crate) struct QuizSource {
    pub(crate) rules: QuizRules,
    pub(crate) questions: Vec<QuestionSource>,
}

/// A question before its texts are rendered.
pub(crate) struct QuestionSource {
    pub(crate) id: QuestionId,
    pub(crate) points: u16,
    pub(crate) prompt: Source,
    pub(crate) form: FormSource,
    pub(crate) expected: Expected,
    pub(crate) explanation: Source,
}

impl std::fmt::Debug for QuestionSource {
    /// Without the answer, which does not belong in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QuestionSource").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What an answer looks like.
#[derive(Debug, Clone)]
pub(crate) enum FormSource {
    Single(Vec<(ChoiceId, Source)>),
    Multiple(Vec<(ChoiceId, Source)>),
    Numeric { unit: Option<String> },
    Text,
}

/// Reads a quiz that was checked for its shape, and reports what the shape does not tell. Questions that can't be read
/// are left out.
pub(crate) fn read_quiz(node: &Node, faults: &mut Faults) -> QuizSource {
    let items = node.get("questions").map_or(&[][..], Node::items);
    let mut seen = BTreeSet::new();
    let mut questions = Vec::new();
    for item in items {
        if let Some(id) = unique_id(item, &mut seen, "question", faults)
            && let Some(question) = read_question(item, QuestionId::new(id.as_str()).ok(), faults)
        {
            questions.push(question);
        }
    }
    let rules = QuizRules {
        pass_mark: read_number(node.get("pass_mark"), 100),
        attempts: node.get("attempts").map(|n| read_number(Some(n), 1)),
        cool_down_seconds: node.get("cool_down").and_then(Node::text).and_then(duration_seconds).unwrap_or(0),
        questions: u16::try_from(items.len()).unwrap_or(u16::MAX),
    };
    QuizSource { rules, questions }
}

/// The id of a part that must have one of its own.
pub(crate) fn unique_id(
    node: &Node,
    seen: &mut BTreeSet<ContentId>,
    what: &str,
    faults: &mut Faults,
) -> Option<ContentId> {
    let at = node.get("id")?.at;
    let id = read_id(node.get("id"))?;
    if seen.insert(id.clone()) {
        Some(id)
    } else {
        faults.add_code(
            at,
            FaultKind::DuplicateId.as_str(),
            format!("There is another {what} with the id `{id}` here."),
            "Give one of them another id.",
        );
        None
    }
}

fn read_question(node: &Node, id: Option<QuestionId>, faults: &mut Faults) -> Option<QuestionSource> {
    let kind = node.get("type").and_then(Node::text)?;
    let (form, expected) = match kind {
        "single" | "multiple" => {
            let (choices, right) = read_choices(node, kind == "single", faults);
            let form = if kind == "single" { FormSource::Single(choices) } else { FormSource::Multiple(choices) };
            (form, Expected::Choices(right))
        }
        "numeric" => {
            let number = |field: &str| node.get(field).and_then(Node::text).and_then(is_decimal);
            let unit = node.get("unit").map(|unit| read_line(Some(unit)));
            let tolerance = number("tolerance").unwrap_or(Decimal::ZERO);
            (FormSource::Numeric { unit }, Expected::Number { value: number("answer")?, tolerance })
        }
        "text" => (FormSource::Text, read_accepted(node, faults)),
        _ => return None,
    };
    Some(QuestionSource {
        id: id?,
        points: read_number(node.get("points"), 1),
        prompt: source(node.get("prompt")?)?,
        form,
        expected,
        explanation: source(node.get("explanation")?)?,
    })
}

fn read_choices(node: &Node, single: bool, faults: &mut Faults) -> (Vec<(ChoiceId, Source)>, BTreeSet<ChoiceId>) {
    let (mut choices, mut right, mut seen) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let Some(list) = node.get("choices") else { return (choices, right) };
    let correct = list.items().iter().filter(|item| read_bool(item.get("correct"))).count();
    if !list.items().is_empty() && (correct == 0 || single && correct > 1) {
        let message = match correct {
            0 => "No choice is correct.".to_owned(),
            _ => format!("{correct} choices are correct; a question of type `single` has one."),
        };
        let help =
            if correct == 0 { "Add `correct: true` to what is right." } else { "Keep one, or set `type: multiple`." };
        faults.add(list.at, Code::BadAnswerKey, message, help);
    }
    for item in list.items() {
        let Some(id) = unique_id(item, &mut seen, "choice", faults) else { continue };
        let (Ok(id), Some(text)) = (ChoiceId::new(id.as_str()), item.get("text").and_then(source)) else { continue };
        if read_bool(item.get("correct")) {
            right.insert(id.clone());
        }
        choices.push((id, text));
    }
    (choices, right)
}

fn read_accepted(node: &Node, faults: &mut Faults) -> Expected {
    let ignore: BTreeSet<Ignore> = match node.get("ignore") {
        None => BTreeSet::from([Ignore::Case, Ignore::Whitespace]),
        Some(list) => list.items().iter().filter_map(Node::text).filter_map(ignored).collect(),
    };
    let items = node.get("accept").map_or(&[][..], Node::items);
    let mut accept = Vec::new();
    for item in items {
        let text = item.text().unwrap_or_default();
        if ignore.contains(&Ignore::Punctuation) && !text.trim().is_empty() && !text.chars().any(char::is_alphanumeric)
        {
            let message = "Without punctuation nothing is left of this answer, so that an empty one would be right.";
            faults.add(item.at, Code::BadAnswerKey, message, "Remove `punctuation` from `ignore`, or this answer.");
        }
        accept.push(text.to_owned());
    }
    Expected::Text { accept, ignore }
}

fn ignored(name: &str) -> Option<Ignore> {
    match name {
        "case" => Some(Ignore::Case),
        "whitespace" => Some(Ignore::Whitespace),
        "punctuation" => Some(Ignore::Punctuation),
        _ => None,
    }
}

/// A text in Markdown that stands in YAML.
fn source(node: &Node) -> Option<Source> {
    let scalar = scalar(Some(node)).filter(|s| s.is_text())?;
    let one_line = !scalar.text.contains('\n');
    let origin = match scalar.style {
        Style::Literal { line, indent } => Origin::Lines { line, indent },
        Style::Plain if one_line => Origin::Line(node.at),
        // What is escaped in it is not counted, which is better than pointing at its beginning.
        Style::Quoted if one_line => Origin::Line(crate::faults::Pos::new(node.at.line, node.at.column + 1)),
        _ => Origin::Value(node.at),
    };
    Some(Source { text: scalar.text.clone(), origin })
}
