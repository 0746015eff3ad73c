//! Taking a quiz at the terminal, or from a file of answers.

use std::path::Path;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::record::{self, Taking};
use super::{read, signed_in};
use crate::args::QuizArgs;
use crate::client::{Client, view};
use crate::words::count;
use crate::{Context, Exit, Failure, html};

#[derive(Deserialize)]
struct Attempt {
    id: String,
    state: String,
    questions: Vec<Question>,
    #[serde(default)]
    percent: Option<u64>,
    #[serde(default)]
    passed: Option<bool>,
    pass_mark: u64,
}

#[derive(Deserialize)]
struct Question {
    id: String,
    #[serde(rename = "type")]
    form: String,
    prompt: String,
    points: u64,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    correct: Option<bool>,
    #[serde(default)]
    explanation: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    id: String,
    text: String,
}

pub(super) fn quiz(args: &QuizArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let taking = record::taking(client, args.lesson.as_deref(), args.on.as_deref())?;
    if taking.lesson.kind != "quiz" {
        return Err(Failure::new(
            Exit::Failed,
            "wrong_lesson_kind",
            format!("`{}` is a {}, not a quiz.", taking.lesson.slug, taking.lesson.kind),
        )
        .help(format!("Run `{}`.", taking.lesson.command(context.program))));
    }
    if !args.questions && args.answers.is_none() && (context.output.is_json() || !context.ask.interactive()) {
        return Err(Failure::usage("With --json or without a terminal the questions are not asked.")
            .help("Give --answers FILE (or `-`), or --questions to see the questions."));
    }
    let given = args.answers.as_deref().map(|path| answers_from(path, context)).transpose()?;
    let (raw, attempt) = open(client, &taking, args.challenge)?;
    if args.questions {
        context.output.show(&raw, || questions(&taking, &attempt, context));
        return Ok(Exit::Ok);
    }
    let answers = match given {
        Some(given) => from_file(&given, &attempt)?,
        None => match ask_all(&taking, &attempt, context)? {
            Some(answers) => answers,
            None => {
                let detail = "You did not say yes: nothing was sent, and the attempt stays open.";
                return Err(Failure::new(Exit::Failed, "declined", detail)
                    .help(format!("Go on with `{}`.", taking.lesson.command(context.program))));
            }
        },
    };
    let reply = client.write(Method::POST, &["attempts", &attempt.id, "answers"], &json!({ "answers": answers }))?;
    let graded: Attempt = reply.read()?;
    context.output.show(&reply.body, || result(&graded, context));
    if graded.passed != Some(true) {
        let output = context.output;
        let again = taking.lesson.command(context.program) + if args.challenge { " --challenge" } else { "" };
        output.line(format!("Try again: {}", output.bold(again)));
        return Ok(Exit::Found);
    }
    read::tell(&Value::Null, client, &taking, context)?;
    Ok(Exit::Ok)
}

/// Starts an attempt, or goes on with the one that is open.
fn open(client: &Client<'_>, taking: &Taking, challenge: bool) -> Result<(Value, Attempt), Failure> {
    let path = ["enrolments", &taking.enrolment.id, "lessons", &taking.lesson.id, "attempts"];
    let how = if challenge { json!({ "challenge": true }) } else { json!({}) };
    let body = match client.write(Method::POST, &path, &how) {
        Ok(reply) => reply.body,
        Err(failure) if failure.code == "attempt_open" => {
            let open = client
                .list(&path, &[])?
                .into_iter()
                .find(|attempt| attempt.get("state").and_then(Value::as_str) == Some("open"))
                .and_then(|attempt| attempt.get("id").and_then(Value::as_str).map(str::to_owned))
                .ok_or(failure)?;
            client.get(&["attempts", &open])?.body
        }
        Err(failure) => return Err(failure),
    };
    let attempt: Attempt = view(&body)?;
    if attempt.state != "open" {
        return Err(Failure::new(Exit::Failed, "attempt_graded", "The attempt has been graded in the meantime."));
    }
    Ok((body, attempt))
}

fn answers_from(path: &Path, context: &mut Context<'_>) -> Result<Value, Failure> {
    let text = if path == Path::new("-") {
        context.ask.all()?
    } else {
        std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!("The answers in {} are not JSON: {error}.", path.display()))
            .help("Write an object from question to answer; `cairn quiz --help` has an example.")
    })
}

/// Answers in the API's form, from an object by question or from that form itself.
fn from_file(given: &Value, attempt: &Attempt) -> Result<Vec<Value>, Failure> {
    if let Some(Value::Array(list)) = given.get("answers") {
        return Ok(list.clone());
    }
    let Value::Object(by_question) = given else {
        return Err(Failure::usage("The answers are not an object from question to answer."));
    };
    let mut answers = Vec::new();
    for (id, answer) in by_question {
        let Some(question) = attempt.questions.iter().find(|question| question.id == *id) else {
            let known: Vec<&str> = attempt.questions.iter().map(|question| question.id.as_str()).collect();
            return Err(Failure::usage(format!("The quiz has no question `{id}`."))
                .help(format!("Its questions are {}.", known.join(", "))));
        };
        answers.push(question.answer(answer)?);
    }
    Ok(answers)
}

impl Question {
    /// An answer in the API's form, from the short one.
    fn answer(&self, short: &Value) -> Result<Value, Failure> {
        let wrong = |takes: &str| Failure::usage(format!("Question `{}` takes {takes}.", self.id));
        let (field, value) = match (self.form.as_str(), short) {
            ("single" | "multiple", Value::String(one)) => ("choices", json!([one])),
            ("single" | "multiple", Value::Array(several)) => ("choices", json!(several)),
            ("single", _) => return Err(wrong("the id of a choice")),
            ("multiple", _) => return Err(wrong("a list of choices' ids")),
            ("numeric", Value::Number(number)) => ("number", json!(number.to_string())),
            ("numeric", Value::String(text)) => ("number", json!(text)),
            ("numeric", _) => return Err(wrong("a number")),
            (_, Value::String(text)) => ("text", json!(text)),
            _ => return Err(wrong("a text")),
        };
        let mut answer = Map::new();
        answer.insert("question".to_owned(), json!(self.id));
        answer.insert(field.to_owned(), value);
        Ok(Value::Object(answer))
    }

    /// The short form of what was typed; `Err` says what would be right.
    fn typed(&self, line: &str) -> Result<Value, String> {
        let line = line.trim();
        let choice = |word: &str| -> Option<&str> {
            let by_id = self.choices.iter().find(|choice| choice.id == word);
            let letter = || {
                let mut chars = word.chars();
                let at = u32::from(chars.next()?.to_ascii_lowercase()).checked_sub(u32::from('a'))?;
                chars.next().is_none().then(|| self.choices.get(at as usize)).flatten()
            };
            by_id.or_else(letter).map(|choice| choice.id.as_str())
        };
        match self.form.as_str() {
            "single" => choice(line).map(|id| json!(id)).ok_or_else(|| "Type the letter of one choice.".to_owned()),
            "multiple" => {
                let words = line.split([',', ' ']).filter(|word| !word.is_empty());
                let ids: Option<Vec<&str>> = words.map(choice).collect();
                let ids = ids.filter(|ids| !ids.is_empty());
                ids.map(|ids| json!(ids)).ok_or_else(|| "Type the letters of the choices, such as `a c`.".to_owned())
            }
            "numeric" => {
                let number = !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
                number.then(|| json!(line)).ok_or_else(|| "Type a number, such as `404` or `-0.5`.".to_owned())
            }
            _ if line.is_empty() => Err("Type a word or a few.".to_owned()),
            _ => Ok(json!(line)),
        }
    }
}

fn letter(at: usize) -> char {
    char::from(b'a' + (at % 26) as u8)
}

fn show_question(at: usize, all: usize, question: &Question, context: &Context<'_>) {
    let output = context.output;
    output.line("");
    let points = if question.points == 1 { String::new() } else { format!(" ({})", count(question.points, "point")) };
    output.line(output.bold(format!("Question {} of {all}{points}", at + 1)));
    output.line(html::render(&question.prompt, output.width(), output.colours()));
    for (at, choice) in question.choices.iter().enumerate() {
        output.line(format!("  {}) {}", letter(at), html::render_line(&choice.text, output.colours())));
    }
}

fn questions(taking: &Taking, attempt: &Attempt, context: &Context<'_>) {
    let output = context.output;
    output.line(output.bold(&taking.lesson.title));
    for (at, question) in attempt.questions.iter().enumerate() {
        show_question(at, attempt.questions.len(), question, context);
        output.line(output.dim(format!("  [{}: {}]", question.id, question.form)));
    }
}

/// Asks every question; `None` when the learner would rather not send the answers.
fn ask_all(taking: &Taking, attempt: &Attempt, context: &mut Context<'_>) -> Result<Option<Vec<Value>>, Failure> {
    let output = context.output;
    let title = output.bold(&taking.lesson.title);
    output.note(format!(
        "{title}: {}, {} % passes.",
        count(attempt.questions.len() as u64, "question"),
        attempt.pass_mark
    ));
    let mut answers = Vec::new();
    for (at, question) in attempt.questions.iter().enumerate() {
        show_question(at, attempt.questions.len(), question, context);
        let hint = match (question.form.as_str(), &question.unit) {
            ("single", _) => "one letter".to_owned(),
            ("multiple", _) => "letters".to_owned(),
            ("numeric", Some(unit)) => format!("a number of {unit}"),
            ("numeric", None) => "a number".to_owned(),
            _ => "a short text".to_owned(),
        };
        let short = loop {
            let Some(line) = context.ask.line(&format!("Your answer ({hint}): "))? else { return Ok(None) };
            match question.typed(&line) {
                Ok(short) => break short,
                Err(advice) => output.note(advice),
            }
        };
        answers.push(question.answer(&short)?);
    }
    output.line("");
    Ok(context.ask.confirm("Send these answers?", true)?.then_some(answers))
}

fn result(graded: &Attempt, context: &Context<'_>) {
    let output = context.output;
    for (at, question) in graded.questions.iter().enumerate() {
        let right = question.correct == Some(true);
        let mark = if right { output.good("✓ right") } else { output.bad("✗ wrong") };
        output.line("");
        output.line(format!("{} {mark}", output.bold(format!("Question {}", at + 1))));
        if let Some(explanation) = &question.explanation {
            output.line(html::render(explanation, output.width(), output.colours()));
        }
    }
    output.line("");
    let percent = graded.percent.unwrap_or(0);
    let verdict = if graded.passed == Some(true) { output.good("Passed") } else { output.bad("Not passed") };
    output.line(format!("{verdict} with {percent} %; {} % passes.", graded.pass_mark));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(form: &str) -> Question {
        let choice = |id: &str| Choice { id: id.to_owned(), text: id.to_owned() };
        Question {
            id: "q".to_owned(),
            form: form.to_owned(),
            prompt: String::new(),
            points: 1,
            choices: vec![choice("yes"), choice("no"), choice("b")],
            unit: None,
            correct: None,
            explanation: None,
        }
    }

    #[test]
    fn a_choice_is_typed_by_its_letter_or_its_id() {
        assert_eq!(question("single").typed(" A ").unwrap(), json!("yes"));
        assert_eq!(question("single").typed("no").unwrap(), json!("no"));
        assert_eq!(question("single").typed("b").unwrap(), json!("b"), "an id comes before a letter");
        assert!(question("single").typed("d").is_err() && question("single").typed("").is_err());
        assert_eq!(question("multiple").typed("a, c").unwrap(), json!(["yes", "b"]));
        assert!(question("multiple").typed("a z").is_err() && question("multiple").typed(" ").is_err());
    }

    #[test]
    fn numbers_and_texts_are_checked_for_form_only() {
        assert_eq!(question("numeric").typed("-0.50").unwrap(), json!("-0.50"));
        assert!(question("numeric").typed("four").is_err());
        assert_eq!(question("text").typed(" Idempotent ").unwrap(), json!("Idempotent"));
        assert!(question("text").typed("").is_err());
    }

    #[test]
    fn short_answers_become_those_of_the_api() {
        let form = |form: &str, short: Value| question(form).answer(&short);
        assert_eq!(form("single", json!("a")).unwrap(), json!({"question": "q", "choices": ["a"]}));
        assert_eq!(form("multiple", json!(["a", "b"])).unwrap(), json!({"question": "q", "choices": ["a", "b"]}));
        assert_eq!(form("numeric", json!(404)).unwrap(), json!({"question": "q", "number": "404"}));
        assert_eq!(form("text", json!("x")).unwrap(), json!({"question": "q", "text": "x"}));
        assert_eq!(form("text", json!(4)).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn a_file_that_names_an_unknown_question_is_refused_with_the_known_ones() {
        let attempt = Attempt {
            id: "1".into(),
            state: "open".into(),
            questions: vec![question("text")],
            percent: None,
            passed: None,
            pass_mark: 80,
        };
        let failure = from_file(&json!({"other": "x"}), &attempt).unwrap_err();
        assert!(failure.detail.contains("`other`") && failure.help.clone().unwrap().contains('q'));
        assert_eq!(from_file(&json!({"answers": [1]}), &attempt).unwrap(), [json!(1)]);
    }
}
