use super::*;
use crate::catalog::{Choice, Expected, KeyedAnswer, Question, QuestionForm};
use crate::learning::QuestionTally;

fn id(text: &str) -> QuestionId {
    QuestionId::new(text).unwrap()
}

fn choice(text: &str) -> ChoiceId {
    ChoiceId::new(text).unwrap()
}

fn question(text: &str, form: QuestionForm) -> Question {
    Question { id: id(text), points: 1, prompt: format!("<p>{text}?</p>"), form }
}

fn choices() -> Vec<Choice> {
    ["a", "b", "c"].map(|id| Choice { id: choice(id), text: format!("<p>{id}</p>") }).to_vec()
}

fn tally(right: u64, wrong: u64, unanswered: u64, in_wrong: &[(&str, u64)]) -> QuestionTally {
    let in_wrong = in_wrong.iter().map(|(id, times)| (choice(id), *times)).collect();
    QuestionTally { right, wrong, unanswered, in_wrong }
}

fn quiz() -> (Quiz, AnswerKey) {
    let quiz = Quiz {
        questions: vec![
            question("one", QuestionForm::Single { choices: choices() }),
            question("many", QuestionForm::Multiple { choices: choices() }),
            question("word", QuestionForm::Text),
            question("new", QuestionForm::Text),
        ],
    };
    let keyed = |expected| KeyedAnswer { expected, explanation: String::new() };
    let words = || Expected::Text { accept: vec!["x".into()], ignore: BTreeSet::new() };
    let key = AnswerKey::new([
        (id("one"), keyed(Expected::Choices([choice("b")].into()))),
        (id("many"), keyed(Expected::Choices([choice("a"), choice("b")].into()))),
        (id("word"), keyed(words())),
        (id("new"), keyed(words())),
    ]);
    (quiz, key)
}

#[test]
fn the_worst_question_comes_first_with_the_choice_that_misleads() {
    let (quiz, key) = quiz();
    let mut counted = QuizTally::default();
    counted.questions.insert(id("one"), tally(2, 1, 0, &[("c", 1)]));
    // `a` is right and taken most; `c` is what misleads.
    counted.questions.insert(id("many"), tally(1, 6, 0, &[("a", 5), ("c", 2)]));
    counted.questions.insert(id("word"), tally(1, 1, 1, &[]));
    let all = questions(&quiz, &key, &counted);
    let seen: Vec<_> = all.iter().map(|q| (q.question.as_str(), q.number, q.failed_percent)).collect();
    assert_eq!(seen, [("many", 2, 86), ("word", 3, 67), ("one", 1, 33), ("new", 4, 0)]);
    let misleads = all[0].most_chosen_wrong.as_ref().unwrap();
    assert_eq!((misleads.choice.as_str(), misleads.text.as_str(), misleads.times), ("c", "<p>c</p>", 2));
    assert_eq!((all[0].answered, all[0].wrong, all[0].unanswered), (7, 6, 0));
    assert_eq!((all[1].answered, all[1].wrong, all[1].unanswered), (2, 1, 1));
    assert_eq!(all[1].most_chosen_wrong, None);
}

#[test]
fn of_equals_the_first_is_told() {
    let (quiz, key) = quiz();
    let mut counted = QuizTally::default();
    counted.questions.insert(id("one"), tally(0, 4, 0, &[("a", 2), ("c", 2)]));
    counted.questions.insert(id("many"), tally(0, 1, 0, &[("a", 1)]));
    counted.questions.insert(id("word"), tally(0, 0, 9, &[]));
    let all = questions(&quiz, &key, &counted);
    assert_eq!(all.iter().map(|q| q.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(all[0].most_chosen_wrong.as_ref().unwrap().choice.as_str(), "a");
    assert_eq!(all[1].most_chosen_wrong, None, "only right choices were taken, and not all of them");
}
