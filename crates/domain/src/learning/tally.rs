use std::collections::BTreeMap;

use super::{Attempt, AttemptState};
use crate::catalog::Answer;
use crate::shared::{ChoiceId, QuestionId};

/// What graded attempts at one revision of a quiz come to. Tallies add up, so that each attempt is looked at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuizTally {
    /// For each share of points in percent that was reached: how many attempts did, and how many of them passed.
    pub results: BTreeMap<u8, ResultTally>,
    /// Each question that was asked.
    pub questions: BTreeMap<QuestionId, QuestionTally>,
}

/// How many attempts reached a share of points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResultTally {
    /// All of them.
    pub attempts: u64,
    /// Those that passed.
    pub passed: u64,
}

/// How a question was answered. No text or number that a learner wrote is part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuestionTally {
    /// How many answers were right.
    pub right: u64,
    /// How many were wrong.
    pub wrong: u64,
    /// How many attempts left it out.
    pub unanswered: u64,
    /// For each choice how many of the wrong answers took it.
    pub in_wrong: BTreeMap<ChoiceId, u64>,
}

impl QuizTally {
    /// Adds an attempt; one that is open counts for nothing.
    pub fn add(&mut self, attempt: &Attempt) {
        let AttemptState::Graded(graded) = &attempt.state else { return };
        let result = self.results.entry(graded.grade.percent()).or_default();
        result.attempts += 1;
        result.passed += u64::from(graded.passed);
        for grade in &graded.grade.questions {
            let tally = self.questions.entry(grade.question.clone()).or_default();
            match graded.answers.iter().find(|given| given.question == grade.question) {
                None => tally.unanswered += 1,
                Some(_) if grade.correct => tally.right += 1,
                Some(given) => {
                    tally.wrong += 1;
                    if let Answer::Choices(taken) = &given.answer {
                        for choice in taken {
                            *tally.in_wrong.entry(choice.clone()).or_default() += 1;
                        }
                    }
                }
            }
        }
    }

    /// Adds what another one holds.
    pub fn merge(&mut self, other: &Self) {
        for (percent, more) in &other.results {
            let result = self.results.entry(*percent).or_default();
            result.attempts += more.attempts;
            result.passed += more.passed;
        }
        for (question, more) in &other.questions {
            let tally = self.questions.entry(question.clone()).or_default();
            tally.right += more.right;
            tally.wrong += more.wrong;
            tally.unanswered += more.unanswered;
            for (choice, times) in &more.in_wrong {
                *tally.in_wrong.entry(choice.clone()).or_default() += times;
            }
        }
    }

    /// How many attempts were graded.
    #[must_use]
    pub fn graded(&self) -> u64 {
        self.results.values().map(|result| result.attempts).sum()
    }

    /// How many of them passed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.results.values().map(|result| result.passed).sum()
    }

    /// The percent that the attempt at a place reached, from 0 for the worst; `None` beyond the last.
    fn percent_at(&self, place: u64) -> Option<u8> {
        let mut before = 0;
        let reaches = |(percent, result): (&u8, &ResultTally)| {
            before += result.attempts;
            (before > place).then_some(*percent)
        };
        self.results.iter().find_map(reaches)
    }

    /// How the results lie; `None` without any.
    #[must_use]
    pub fn spread(&self) -> Option<super::Spread> {
        let last = self.graded().checked_sub(1)?;
        let mut tenths = [0; 10];
        for (percent, result) in &self.results {
            tenths[usize::from(percent / 10).min(9)] += result.attempts;
        }
        Some(super::Spread {
            lower_quartile: self.percent_at(last / 4)?,
            median: self.percent_at(last / 2)?,
            upper_quartile: self.percent_at(last - last / 4)?,
            tenths,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::catalog::{GivenAnswer, Grade, QuestionGrade};
    use crate::learning::Graded;
    use crate::shared::{AttemptId, EnrolmentId, LessonId, Revision, Timestamp, UserId, Uuid};

    fn question(id: &str) -> QuestionId {
        QuestionId::new(id).unwrap()
    }
    fn choice(id: &str) -> ChoiceId {
        ChoiceId::new(id).unwrap()
    }

    /// An attempt with these points of 100; each question with its answer and whether that was right.
    fn attempt(points: u32, passed: bool, answers: &[(&str, Option<Answer>, bool)]) -> Attempt {
        let given = |(id, answer, _): &(&str, Option<Answer>, bool)| {
            answer.clone().map(|answer| GivenAnswer { question: question(id), answer })
        };
        let graded = |(id, _, correct): &(&str, Option<Answer>, bool)| QuestionGrade {
            question: question(id),
            correct: *correct,
        };
        let grade = Grade { points, out_of: 100, questions: answers.iter().map(graded).collect() };
        let answers = answers.iter().filter_map(given).collect();
        let nil = Uuid::nil();
        Attempt {
            id: AttemptId::new(nil),
            user: UserId::new(nil),
            enrolment: EnrolmentId::new(nil),
            lesson: LessonId::new("q").unwrap(),
            revision: Revision::from_digest([0; 32]),
            pass_mark: 80,
            challenge: false,
            started_at: Timestamp::from_micros(0),
            state: AttemptState::Graded(Graded { at: Timestamp::from_micros(1), answers, grade, passed }),
        }
    }

    fn taken(ids: &[&str]) -> Option<Answer> {
        Some(Answer::Choices(ids.iter().map(|id| choice(id)).collect::<BTreeSet<_>>()))
    }

    #[test]
    fn right_wrong_and_left_out_are_told_apart() {
        let mut tally = QuizTally::default();
        tally.add(&attempt(100, true, &[("one", taken(&["a"]), true), ("word", Some(Answer::Text("x".into())), true)]));
        tally.add(&attempt(0, false, &[("one", taken(&["b", "c"]), false), ("word", None, false)]));
        tally.add(&attempt(
            0,
            false,
            &[("one", taken(&["b"]), false), ("word", Some(Answer::Text("y".into())), false)],
        ));
        tally.add(&Attempt { state: AttemptState::Open, ..attempt(100, true, &[]) });
        assert_eq!((tally.graded(), tally.passed()), (3, 1));
        let one = &tally.questions[&question("one")];
        assert_eq!((one.right, one.wrong, one.unanswered), (1, 2, 0));
        assert_eq!(one.in_wrong, BTreeMap::from([(choice("b"), 2), (choice("c"), 1)]));
        let word = &tally.questions[&question("word")];
        assert_eq!((word.right, word.wrong, word.unanswered, word.in_wrong.len()), (1, 1, 1, 0));
    }

    #[test]
    fn a_spread_has_quartiles_and_tenths() {
        assert_eq!(QuizTally::default().spread(), None);
        let mut tally = QuizTally::default();
        for points in [0, 9, 10, 55, 99, 100, 100] {
            tally.add(&attempt(points, false, &[]));
        }
        let spread = tally.spread().unwrap();
        assert_eq!((spread.lower_quartile, spread.median, spread.upper_quartile), (9, 55, 100));
        assert_eq!(spread.tenths, [2, 1, 0, 0, 0, 1, 0, 0, 0, 3]);
        let mut one = QuizTally::default();
        one.add(&attempt(42, false, &[]));
        let spread = one.spread().unwrap();
        assert_eq!((spread.lower_quartile, spread.median, spread.upper_quartile), (42, 42, 42));
    }

    proptest! {
        /// However attempts are put together, they come to the same, with each in it once.
        #[test]
        fn tallies_add_up(all in prop::collection::vec((0u32..=100, any::<bool>(), prop::option::of(0..3usize)), 0..40), cut in 0..40usize) {
            let attempts: Vec<_> = all.iter().map(|(points, passed, given)| {
                let answer = given.map(|at| Answer::Choices([choice(["a", "b", "c"][at])].into()));
                attempt(*points, *passed, &[("one", answer, *given == Some(0))])
            }).collect();
            let sum = |of: &[Attempt]| {
                let mut tally = QuizTally::default();
                of.iter().for_each(|attempt| tally.add(attempt));
                tally
            };
            let (one, two) = attempts.split_at(cut.min(attempts.len()));
            let mut merged = sum(one);
            merged.merge(&sum(two));
            let whole = sum(&attempts);
            prop_assert_eq!(&merged, &whole);
            prop_assert_eq!(whole.graded(), attempts.len() as u64);
            let answered: u64 = whole.questions.values().map(|q| q.right + q.wrong + q.unanswered).sum();
            prop_assert_eq!(answered, attempts.len() as u64);
            if let Some(spread) = whole.spread() {
                prop_assert!(spread.lower_quartile <= spread.median && spread.median <= spread.upper_quartile);
                prop_assert_eq!(spread.tenths.iter().sum::<u64>(), whole.graded());
            }
        }
    }
}
