use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::shared::{ChoiceId, Error, QuestionId, Result, Violations};

/// The questions of a quiz, as a learner may see them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quiz {
    /// In order.
    pub questions: Vec<Question>,
}

/// A question without its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Unique in the quiz.
    pub id: QuestionId,
    /// What a right answer is worth, 1 to 100.
    pub points: u16,
    /// HTML, safe to show.
    pub prompt: String,
    /// What an answer looks like.
    #[serde(flatten)]
    pub form: QuestionForm,
}

impl Question {
    /// Its choices in order; none where it takes a number or a text.
    #[must_use]
    pub fn choices(&self) -> &[Choice] {
        match &self.form {
            QuestionForm::Single { choices } | QuestionForm::Multiple { choices } => choices,
            QuestionForm::Numeric { .. } | QuestionForm::Text => &[],
        }
    }
}

/// What an answer looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QuestionForm {
    /// One of several choices.
    Single {
        /// In order.
        choices: Vec<Choice>,
    },
    /// All choices that are right, and no other.
    Multiple {
        /// In order.
        choices: Vec<Choice>,
    },
    /// A decimal number.
    Numeric {
        /// What is counted, for the learner.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// A short text.
    Text,
}

impl QuestionForm {
    fn name(&self) -> &'static str {
        match self {
            Self::Single { .. } => "one choice",
            Self::Multiple { .. } => "choices",
            Self::Numeric { .. } => "a number",
            Self::Text => "a text",
        }
    }
}

/// A choice, without word of whether it is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Unique in the question.
    pub id: ChoiceId,
    /// HTML, safe to show.
    pub text: String,
}

/// The right answers and explanations of one revision of a quiz.
///
/// A learner must not get it, so it has no `Serialize`; it can't be made part of an answer by accident:
///
/// ```compile_fail
/// fn answer(key: &cairn_domain::catalog::AnswerKey) -> String { serde_json::to_string(key).unwrap() }
/// ```
///
/// Stores write [`AnswerKey::to_record`], which no other crate names:
///
/// ```
/// fn store(key: &cairn_domain::catalog::AnswerKey) -> String { serde_json::to_string(&key.to_record()).unwrap() }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerKey(BTreeMap<QuestionId, KeyedAnswer>);

impl fmt::Debug for AnswerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnswerKey({} questions)", self.0.len())
    }
}

/// The right answer to one question.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyedAnswer {
    /// What counts as right.
    pub expected: Expected,
    /// HTML, safe to show once the answer is graded.
    pub explanation: String,
}

/// What counts as right.
#[derive(Clone, PartialEq, Eq)]
pub enum Expected {
    /// Exactly these choices.
    Choices(BTreeSet<ChoiceId>),
    /// A number at most `tolerance` away from `value`.
    Number {
        /// The number.
        value: Decimal,
        /// Not negative.
        tolerance: Decimal,
    },
    /// Any of these texts, after normalisation.
    Text {
        /// As the author wrote them.
        accept: Vec<String>,
        /// What does not matter.
        ignore: BTreeSet<Ignore>,
    },
}

/// What does not matter in a short text. Unicode composition (NFC) never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ignore {
    /// Upper and lower case.
    Case,
    /// Space at the ends, and how much and of which kind between words.
    Whitespace,
    /// Every character that is neither a letter, a digit nor white space.
    Punctuation,
}

/// An answer key as a store writes it. Only stores and the tests of them use it.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnswerKeyRecord(Vec<KeyRecord>);

#[derive(Serialize, Deserialize)]
struct KeyRecord {
    question: QuestionId,
    #[serde(flatten)]
    expected: ExpectedRecord,
    explanation: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ExpectedRecord {
    Choices(BTreeSet<ChoiceId>),
    Number { value: String, tolerance: String },
    Text { accept: Vec<String>, ignore: BTreeSet<Ignore> },
}

/// A learner's answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenAnswer {
    /// Which question.
    pub question: QuestionId,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// A learner's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The choices taken: one for a single-choice question.
    Choices(BTreeSet<ChoiceId>),
    /// A decimal number as text, such as `"404"` or `"0.25"`.
    Number(String),
    /// A short text, at most 1,000 characters.
    Text(String),
}

/// What an attempt achieved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grade {
    /// Points reached.
    pub points: u32,
    /// Points there are.
    pub out_of: u32,
    /// Each question, in the quiz's order.
    pub questions: Vec<QuestionGrade>,
}

impl Grade {
    /// The share of points reached in whole percent, rounded down, so that 79.9 does not pass a mark of 80.
    #[must_use]
    pub fn percent(&self) -> u8 {
        if self.out_of == 0 { 100 } else { (u64::from(self.points) * 100 / u64::from(self.out_of)) as u8 }
    }
}

/// Whether one question was answered right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionGrade {
    /// Which question.
    pub question: QuestionId,
    /// Whether the answer was right; a question without an answer is not.
    pub correct: bool,
}

impl AnswerKey {
    /// A key from its answers.
    #[must_use]
    pub fn new(answers: impl IntoIterator<Item = (QuestionId, KeyedAnswer)>) -> Self {
        Self(answers.into_iter().collect())
    }

    /// The form for a store.
    #[must_use]
    pub fn to_record(&self) -> AnswerKeyRecord {
        AnswerKeyRecord(
            self.0
                .iter()
                .map(|(question, keyed)| KeyRecord {
                    question: question.clone(),
                    expected: match &keyed.expected {
                        Expected::Choices(ids) => ExpectedRecord::Choices(ids.clone()),
                        Expected::Number { value, tolerance } => {
                            ExpectedRecord::Number { value: value.to_string(), tolerance: tolerance.to_string() }
                        }
                        Expected::Text { accept, ignore } => {
                            ExpectedRecord::Text { accept: accept.clone(), ignore: ignore.clone() }
                        }
                    },
                    explanation: keyed.explanation.clone(),
                })
                .collect(),
        )
    }

    /// Takes a store's form back.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when a number is not one: the record was not written by [`AnswerKey::to_record`].
    pub fn from_record(record: AnswerKeyRecord) -> Result<Self> {
        let number = |text: &str| text.parse::<Decimal>().map_err(Error::internal);
        let mut answers = BTreeMap::new();
        for one in record.0 {
            let expected = match one.expected {
                ExpectedRecord::Choices(ids) => Expected::Choices(ids),
                ExpectedRecord::Number { value, tolerance } => {
                    Expected::Number { value: number(&value)?, tolerance: number(&tolerance)? }
                }
                ExpectedRecord::Text { accept, ignore } => Expected::Text { accept, ignore },
            };
            answers.insert(one.question, KeyedAnswer { expected, explanation: one.explanation });
        }
        Ok(Self(answers))
    }

    /// The explanation of a question, for an attempt that has been graded.
    #[must_use]
    pub fn explanation(&self, question: &QuestionId) -> Option<&str> {
        self.0.get(question).map(|keyed| keyed.explanation.as_str())
    }

    /// Whether a choice is among the right ones of its question. For authors, who have the key.
    #[must_use]
    pub fn takes(&self, question: &QuestionId, choice: &ChoiceId) -> bool {
        matches!(self.0.get(question).map(|keyed| &keyed.expected), Some(Expected::Choices(right)) if right.contains(choice))
    }
}

impl Expected {
    fn accepts(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Choices(right), Answer::Choices(given)) => right == given,
            (Self::Number { value, tolerance }, Answer::Number(given)) => {
                parse_number(given).is_some_and(|given| (given - value).abs() <= *tolerance)
            }
            (Self::Text { accept, ignore }, Answer::Text(given)) => {
                let given = normalise(given, ignore);
                accept.iter().any(|text| normalise(text, ignore) == given)
            }
            _ => false,
        }
    }
}

/// The form in which short texts are compared.
fn normalise(text: &str, ignore: &BTreeSet<Ignore>) -> String {
    let mut text: String = text.nfc().collect();
    if ignore.contains(&Ignore::Case) {
        text = text.to_lowercase().nfc().collect();
    }
    if ignore.contains(&Ignore::Punctuation) {
        text.retain(|c| c.is_alphanumeric() || c.is_whitespace());
    }
    if ignore.contains(&Ignore::Whitespace) {
        text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    text
}

/// A decimal number of at most 40 characters in plain notation, such as `-12.50`.
fn parse_number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain = text.len() <= 40 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.'));
    plain.then(|| text.parse().ok()).flatten().filter(|n: &Decimal| n.abs() <= Decimal::from(1_000_000_000_000_000_i64))
}

impl Quiz {
    /// Checks answers for form: each question at most once, each of this quiz, of the question's form, each choice
    /// of the question. Pointers are relative to the list of answers, such as `/0/choices`.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] with every fault.
    pub fn check(&self, answers: &[GivenAnswer]) -> Result<()> {
        let mut faults = Violations::new();
        let mut seen = BTreeSet::new();
        for (at, given) in answers.iter().enumerate() {
            if !seen.insert(&given.question) {
                faults.push(
                    format!("/{at}/question"),
                    "duplicate",
                    format!("Question `{}` is answered twice.", given.question),
                );
            }
            let Some(question) = self.questions.iter().find(|question| question.id == given.question) else {
                faults.push(
                    format!("/{at}/question"),
                    "unknown",
                    format!("The quiz has no question `{}`.", given.question),
                );
                continue;
            };
            match (&question.form, &given.answer) {
                (QuestionForm::Single { choices } | QuestionForm::Multiple { choices }, Answer::Choices(taken)) => {
                    for id in taken.iter().filter(|id| !choices.iter().any(|choice| choice.id == **id)) {
                        faults.push(format!("/{at}/choices"), "unknown", format!("The question has no choice `{id}`."));
                    }
                    if taken.len() > 1 && matches!(question.form, QuestionForm::Single { .. }) {
                        faults.push(format!("/{at}/choices"), "too_many", "This question takes one choice.");
                    }
                }
                (QuestionForm::Numeric { .. }, Answer::Number(text)) => {
                    if parse_number(text).is_none() {
                        faults.push(
                            format!("/{at}/number"),
                            "not_a_number",
                            "Write a decimal number such as `12` or `-0.5`.",
                        );
                    }
                }
                (QuestionForm::Text, Answer::Text(text)) => {
                    faults.take(&format!("/{at}/text"), crate::shared::check_text(text, 0, 1000));
                }
                (form, _) => {
                    faults.push(
                        format!("/{at}"),
                        "wrong_form",
                        format!("Question `{}` takes {}.", question.id, form.name()),
                    );
                }
            }
        }
        faults.check()
    }

    /// Grades answers that [`Quiz::check`] accepts. All or nothing for each question.
    #[must_use]
    pub fn grade(&self, key: &AnswerKey, answers: &[GivenAnswer]) -> Grade {
        let mut grade = Grade { points: 0, out_of: 0, questions: Vec::with_capacity(self.questions.len()) };
        for question in &self.questions {
            let given = answers.iter().find(|given| given.question == question.id);
            let keyed = key.0.get(&question.id);
            let correct = given.zip(keyed).is_some_and(|(given, keyed)| keyed.expected.accepts(&given.answer));
            grade.out_of += u32::from(question.points);
            grade.points += if correct { u32::from(question.points) } else { 0 };
            grade.questions.push(QuestionGrade { question: question.id.clone(), correct });
        }
        grade
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(id: &str, points: u16, form: QuestionForm) -> Question {
        Question { id: QuestionId::new(id).unwrap(), points, prompt: String::new(), form }
    }
    fn choice(id: &str) -> Choice {
        Choice { id: ChoiceId::new(id).unwrap(), text: id.to_owned() }
    }
    fn choices(ids: &[&str]) -> BTreeSet<ChoiceId> {
        ids.iter().map(|id| ChoiceId::new(id).unwrap()).collect()
    }
    fn given(id: &str, answer: Answer) -> GivenAnswer {
        GivenAnswer { question: QuestionId::new(id).unwrap(), answer }
    }
    fn text(accept: &[&str], ignore: &[Ignore]) -> Expected {
        Expected::Text {
            accept: accept.iter().map(|t| (*t).to_owned()).collect(),
            ignore: ignore.iter().copied().collect(),
        }
    }
    fn number(value: &str, tolerance: &str) -> Expected {
        Expected::Number { value: value.parse().unwrap(), tolerance: tolerance.parse().unwrap() }
    }
    fn quiz() -> (Quiz, AnswerKey) {
        let all = || ["a", "b", "c"].map(choice).to_vec();
        let quiz = Quiz {
            questions: vec![
                question("one", 1, QuestionForm::Single { choices: all() }),
                question("many", 2, QuestionForm::Multiple { choices: all() }),
                question("count", 3, QuestionForm::Numeric { unit: None }),
                question("word", 4, QuestionForm::Text),
            ],
        };
        let key = [
            ("one", Expected::Choices(choices(&["b"]))),
            ("many", Expected::Choices(choices(&["a", "c"]))),
            ("count", number("404", "0.5")),
            ("word", text(&["Idempotent"], &[Ignore::Case, Ignore::Whitespace])),
        ]
        .map(|(id, expected)| {
            (QuestionId::new(id).unwrap(), KeyedAnswer { expected, explanation: format!("because {id}") })
        });
        (quiz, AnswerKey::new(key))
    }

    #[test]
    fn every_form_is_graded() {
        let (quiz, key) = quiz();
        let right = [
            given("one", Answer::Choices(choices(&["b"]))),
            given("many", Answer::Choices(choices(&["c", "a"]))),
            given("count", Answer::Number("404.5".into())),
            given("word", Answer::Text("  IDEMPOTENT ".into())),
        ];
        quiz.check(&right).unwrap();
        let grade = quiz.grade(&key, &right);
        assert_eq!((grade.points, grade.out_of, grade.percent()), (10, 10, 100));
    }

    #[test]
    fn part_of_the_choices_earns_nothing_and_no_answer_is_wrong() {
        let (quiz, key) = quiz();
        let grade = quiz.grade(&key, &[given("many", Answer::Choices(choices(&["a"])))]);
        assert_eq!(grade.points, 0);
        assert!(grade.questions.iter().all(|q| !q.correct));
    }

    #[test]
    fn percent_is_rounded_down() {
        let grade = |points, out_of| Grade { points, out_of, questions: Vec::new() }.percent();
        assert_eq!((grade(799, 1000), grade(2, 3), grade(0, 5), grade(5, 5)), (79, 66, 0, 100));
    }

    #[test]
    fn faults_of_form_are_all_told() {
        let (quiz, _) = quiz();
        let error = quiz
            .check(&[
                given("nowhere", Answer::Text(String::new())),
                given("one", Answer::Choices(choices(&["a", "b"]))),
                given("one", Answer::Choices(choices(&["z"]))),
                given("count", Answer::Number("1e3".into())),
                given("word", Answer::Number("1".into())),
            ])
            .unwrap_err();
        let rules: Vec<_> = error.violations().iter().map(|v| (v.pointer.as_str(), v.rule.as_str())).collect();
        assert_eq!(
            rules,
            [
                ("/0/question", "unknown"),
                ("/1/choices", "too_many"),
                ("/2/question", "duplicate"),
                ("/2/choices", "unknown"),
                ("/3/number", "not_a_number"),
                ("/4", "wrong_form"),
            ]
        );
    }

    #[test]
    fn normalisation_ignores_what_it_says_and_nothing_else() {
        let accepts = |expected: &Expected, given: &str| expected.accepts(&Answer::Text(given.into()));
        let strict = text(&["If-Match"], &[]);
        assert!(accepts(&strict, "If-Match") && !accepts(&strict, "if-match") && !accepts(&strict, "If-Match "));
        let lax = text(&["If-Match"], &[Ignore::Case, Ignore::Punctuation, Ignore::Whitespace]);
        assert!(accepts(&lax, " ifmatch! ") && !accepts(&lax, "if match"));
        let composed = text(&["café"], &[]);
        assert!(accepts(&composed, "cafe\u{301}"), "composition never matters");
        assert!(!accepts(&text(&[""], &[Ignore::Punctuation]), "x"));
    }

    #[test]
    fn numbers_are_exact_decimals() {
        let accepts = |expected: &Expected, given: &str| expected.accepts(&Answer::Number(given.into()));
        assert!(accepts(&number("0.3", "0"), "0.30") && accepts(&number("0.3", "0"), " +0.3 "));
        assert!(!accepts(&number("0.3", "0"), "0.30000000000000000001"));
        assert!(accepts(&number("10", "0.1"), "9.9") && !accepts(&number("10", "0.1"), "9.89"));
        for bad in ["", "ten", "1e3", "NaN", "0x10", "1,000", &"9".repeat(41)] {
            assert!(parse_number(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_key_round_trips_through_its_record_and_hides_in_debug() {
        let (_, key) = quiz();
        let json = serde_json::to_string(&key.to_record()).unwrap();
        assert!(AnswerKey::from_record(serde_json::from_str(&json).unwrap()).unwrap() == key);
        assert_eq!(format!("{key:?}"), "AnswerKey(4 questions)");
        assert_eq!(key.explanation(&QuestionId::new("one").unwrap()), Some("because one"));
    }
}
