//! Fields of forms, with what was typed and what is wrong with it.

use cairn_domain::{Code, Kind};

use crate::extract::form::Form;
use crate::problem::{FieldError, Problem, Reason};

/// A field that somebody types into.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// The kind of `input`.
    pub(super) kind: &'static str,
    /// What a browser may fill in.
    pub(super) complete: &'static str,
    pub(super) hint: &'static str,
    pub(super) value: String,
    pub(super) faults: Vec<String>,
}

/// One fault in the list above a form.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// The field that it is about; empty for the form as a whole.
    pub(super) field: String,
    pub(super) detail: String,
}

impl Field {
    pub(super) fn new(name: &'static str, label: &'static str, kind: &'static str, complete: &'static str) -> Self {
        Self { name, label, kind, complete, hint: "", value: String::new(), faults: Vec::new() }
    }

    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    pub(super) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// With what was sent, but for passwords, and with what is wrong with it.
    pub(super) fn sent(mut self, form: &Form, told: &[Told]) -> Self {
        if self.kind != "password" {
            form.get(self.name).clone_into(&mut self.value);
        }
        self.faults = told.iter().filter(|told| told.field == self.name).map(|told| told.detail.clone()).collect();
        self
    }
}

/// What a refusal tells of a form.
pub(super) fn told(problem: &Problem) -> Vec<Told> {
    let field = |error: &FieldError| error.pointer.split('/').nth(1).unwrap_or_default().to_owned();
    let all: Vec<_> =
        problem.errors_told().iter().map(|error| Told { field: field(error), detail: error.detail.clone() }).collect();
    if !all.is_empty() {
        return all;
    }
    let field = match problem.reason {
        Reason::Domain(Code::EmailTaken) => "email",
        Reason::Domain(Code::Duplicate) => "name",
        _ => "",
    };
    vec![Told { field: field.to_owned(), detail: problem.detail().to_owned() }]
}

/// Whether a refusal is about what was typed, so that the form is shown again.
pub(super) fn is_about_input(problem: &Problem) -> bool {
    match problem.reason {
        Reason::Domain(Code::WrongCredentials) => true,
        Reason::Domain(code) => matches!(code.kind(), Kind::Invalid | Kind::Conflict | Kind::Stale | Kind::Throttled),
        Reason::Http(_) => false,
    }
}

/// A refusal with the form shown again, where it is about what was typed.
pub(super) fn again(problem: Problem, page: impl FnOnce(Vec<Told>) -> cairn_domain::Result<String>) -> Problem {
    if !is_about_input(&problem) {
        return problem;
    }
    match page(told(&problem)) {
        Ok(page) => problem.shown(page),
        Err(error) => error.into(),
    }
}
