//! The learner's enrolments and progress, as the API shows them.

use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, view};
use crate::{Exit, Failure};

/// An enrolment.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Enrolment {
    pub(super) id: String,
    pub(super) target: Target,
    pub(super) state: String,
}

/// What somebody is enrolled on.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Target {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) slug: String,
    pub(super) title: String,
}

/// An enrolment seen through its lessons.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Progress {
    pub(super) done: u64,
    pub(super) required: u64,
    pub(super) percent: u64,
    pub(super) next: Option<String>,
    pub(super) lessons: Vec<Lesson>,
}

/// A lesson of an enrolment.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Lesson {
    pub(super) id: String,
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) kind: String,
    pub(super) minutes: u64,
    #[serde(default)]
    pub(super) optional: bool,
    pub(super) state: String,
    #[serde(default)]
    pub(super) needs: Vec<Need>,
}

/// What keeps a lesson locked.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Need {
    pub(super) kind: String,
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) edge: String,
    #[serde(default)]
    pub(super) taught_by: Vec<String>,
}

impl Need {
    /// Such as `the skill Reading a path`.
    pub(super) fn name(&self) -> String {
        format!("the {} {}", self.kind, self.title.as_deref().unwrap_or(self.id.as_str()))
    }
}

impl Enrolment {
    /// Whether a name is that of the course or track, or of the enrolment itself.
    fn is_on(&self, name: &str) -> bool {
        self.target.id == name || self.target.slug == name || self.id == name
    }

    pub(super) fn is_active(&self) -> bool {
        self.state == "active"
    }
}

impl Progress {
    pub(super) fn next_lesson(&self) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| self.next.as_ref() == Some(&lesson.id))
    }

    pub(super) fn lesson(&self, name: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.id == name || lesson.slug == name)
    }
}

impl Lesson {
    /// The command that takes it.
    pub(super) fn command(&self, program: &str) -> String {
        let verb = match self.kind.as_str() {
            "quiz" => "quiz",
            "drill" => "check",
            _ => "read",
        };
        format!("{program} {verb} {}", self.slug)
    }
}

/// The caller's enrolments with the values they came as, those under way first.
pub(super) fn enrolments(client: &Client<'_>) -> Result<Vec<(Value, Enrolment)>, Failure> {
    let mut all = Vec::new();
    for value in client.list(&["enrolments"], &[])? {
        let enrolment: Enrolment = view(&value)?;
        all.push((value, enrolment));
    }
    let rank = |state: &str| ["active", "paused", "completed", "withdrawn"].iter().position(|known| *known == state);
    all.sort_by_key(|(_, enrolment)| rank(&enrolment.state));
    Ok(all)
}

/// The progress of an enrolment with the value it came as.
pub(super) fn progress(client: &Client<'_>, enrolment: &Enrolment) -> Result<(Value, Progress), Failure> {
    let reply = client.get(&["enrolments", &enrolment.id, "progress"])?;
    let progress = reply.read()?;
    Ok((reply.body, progress))
}

/// The enrolments that a name is of: those under way before others, withdrawn ones only when there is no other.
pub(super) fn named(client: &Client<'_>, name: &str) -> Result<Vec<(Value, Enrolment)>, Failure> {
    let mut found = enrolments(client)?;
    found.retain(|(_, enrolment)| enrolment.is_on(name));
    if found.iter().any(|(_, enrolment)| enrolment.state != "withdrawn") {
        found.retain(|(_, enrolment)| enrolment.state != "withdrawn");
    }
    if found.is_empty() {
        return Err(Failure::new(Exit::Failed, "not_enrolled", format!("You are not enrolled on `{name}`."))
            .help(format!("Run `cairn enrol {name}`, or `cairn list` to see what there is.")));
    }
    Ok(found)
}

/// A lesson on the enrolment that it is to be taken on.
pub(super) struct Taking {
    pub(super) enrolment: Enrolment,
    pub(super) lesson: Lesson,
}

/// Finds a lesson, or the next one, on the caller's enrolments; `on` narrows them to a course or track.
pub(super) fn taking(client: &Client<'_>, lesson: Option<&str>, on: Option<&str>) -> Result<Taking, Failure> {
    let candidates = match on {
        Some(name) => named(client, name)?,
        None => enrolments(client)?,
    };
    let mut under_way = 0;
    for (_, enrolment) in candidates {
        // Without a name only what is under way has a next lesson; a lesson that is named can be looked up again.
        if lesson.is_none() && !enrolment.is_active() {
            continue;
        }
        under_way += 1;
        let (_, progress) = progress(client, &enrolment)?;
        let found = match lesson {
            Some(name) => progress.lesson(name),
            None => progress.next_lesson(),
        };
        if let Some(found) = found {
            return Ok(Taking { lesson: found.clone(), enrolment });
        }
    }
    Err(match lesson {
        Some(name) => {
            Failure::new(Exit::Failed, "not_enrolled", format!("None of your enrolments has a lesson `{name}`."))
                .help("`cairn status` shows your lessons; `cairn enrol NAME` adds a course or track.")
        }
        None if under_way == 0 => Failure::new(Exit::Failed, "not_enrolled", "You have no enrolment under way.")
            .help("`cairn list` shows what there is; `cairn enrol NAME` adds a course or track."),
        None => Failure::new(Exit::Failed, "nothing_next", "There is no lesson left to take.")
            .help("`cairn status` shows what is done; `cairn list` what else there is."),
    })
}
