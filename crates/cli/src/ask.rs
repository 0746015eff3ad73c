//! Asking whoever sits at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::{Exit, Failure};

/// Asks questions and reads what is piped in.
pub trait Ask {
    /// Whether somebody is there to answer.
    fn interactive(&self) -> bool;

    /// Asks for a line; `None` at the end of the input.
    ///
    /// # Errors
    /// When the terminal can't be read.
    fn line(&mut self, question: &str) -> Result<Option<String>, Failure>;

    /// Asks for something that is not shown while it is typed.
    ///
    /// # Errors
    /// When the terminal can't be read.
    fn secret(&mut self, question: &str) -> Result<String, Failure>;

    /// All of standard input.
    ///
    /// # Errors
    /// When it can't be read, or is not UTF-8.
    fn all(&mut self) -> Result<String, Failure>;

    /// Tells each Enter from now on, until the end of the input; then the sender is gone.
    fn enters(&mut self) -> Receiver<()>;

    /// Asks a yes-or-no question; an empty answer is `default`, the end of the input no.
    ///
    /// # Errors
    /// As [`Ask::line`].
    fn confirm(&mut self, question: &str, default: bool) -> Result<bool, Failure> {
        let choices = if default { "[Y/n]" } else { "[y/N]" };
        loop {
            let Some(answer) = self.line(&format!("{question} {choices} "))? else { return Ok(false) };
            match answer.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    /// Asks before something is changed; anything but a yes is a failure.
    ///
    /// # Errors
    /// As [`Ask::line`], and when the answer is no.
    fn agree(&mut self, question: &str) -> Result<(), Failure> {
        if self.confirm(question, false)? {
            Ok(())
        } else {
            Err(Failure::new(Exit::Failed, "declined", "You did not say yes: nothing was changed."))
        }
    }
}

/// The process's own terminal: questions go to standard error, so that a result can be piped on.
#[derive(Debug, Default)]
pub struct Terminal;

fn unreadable(error: io::Error) -> Failure {
    Failure::new(Exit::Failed, "input", format!("Could not read the input: {error}."))
}

impl Ask for Terminal {
    fn interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn line(&mut self, question: &str) -> Result<Option<String>, Failure> {
        let mut to = io::stderr().lock();
        let _ = write!(to, "{question}").and_then(|()| to.flush());
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
        Ok((read > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
    }

    fn secret(&mut self, question: &str) -> Result<String, Failure> {
        rpassword::prompt_password(question).map_err(unreadable)
    }

    fn all(&mut self) -> Result<String, Failure> {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map_err(unreadable)?;
        Ok(text)
    }

    fn enters(&mut self) -> Receiver<()> {
        let (tell, told) = mpsc::channel();
        // It reads until the input or the process ends: a terminal can't be read with a limit of time.
        thread::spawn(move || {
            let mut line = String::new();
            while io::stdin().lock().read_line(&mut line).is_ok_and(|read| read > 0) && tell.send(()).is_ok() {
                line.clear();
            }
        });
        told
    }
}

/// Answers that were written beforehand, for tests.
#[derive(Debug, Default)]
pub struct Scripted {
    answers: std::collections::VecDeque<String>,
    /// What was asked, in order.
    pub asked: Vec<String>,
}

impl Scripted {
    /// Gives these answers in order, then the end of the input.
    #[must_use]
    pub fn new<'a>(answers: impl IntoIterator<Item = &'a str>) -> Self {
        Self { answers: answers.into_iter().map(str::to_owned).collect(), asked: Vec::new() }
    }
}

impl Ask for Scripted {
    fn interactive(&self) -> bool {
        !self.answers.is_empty() || !self.asked.is_empty()
    }

    fn line(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.asked.push(question.to_owned());
        Ok(self.answers.pop_front())
    }

    fn secret(&mut self, question: &str) -> Result<String, Failure> {
        Ok(self.line(question)?.unwrap_or_default())
    }

    fn all(&mut self) -> Result<String, Failure> {
        Ok(self.answers.drain(..).collect::<Vec<_>>().join("\n"))
    }

    fn enters(&mut self) -> Receiver<()> {
        let (tell, told) = mpsc::channel();
        self.answers.drain(..).for_each(|_| tell.send(()).unwrap_or_default());
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_or_no_is_asked_until_it_is_one() {
        let mut ask = Scripted::new(["perhaps", "Yes"]);
        assert!(ask.confirm("Go on?", false).unwrap());
        assert_eq!(ask.asked, ["Go on? [y/N] ", "Go on? [y/N] "]);
    }

    #[test]
    fn an_empty_answer_is_the_default_and_no_answer_is_no() {
        let mut ask = Scripted::new([""]);
        assert!(ask.confirm("Go on?", true).unwrap());
        assert!(!ask.confirm("Go on?", true).unwrap());
    }

    #[test]
    fn only_a_yes_lets_a_change_happen() {
        assert!(Scripted::new(["y"]).agree("Change it?").is_ok());
        for answers in [&["n"][..], &[""], &[]] {
            let declined = Scripted::new(answers.iter().copied()).agree("Change it?").unwrap_err();
            assert_eq!((declined.exit, declined.code.as_str()), (Exit::Failed, "declined"));
        }
    }
}
