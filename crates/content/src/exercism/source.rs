//! Reading `config.json` as far as it makes sense.

use std::collections::BTreeMap;

use cairn_domain::shared::ContentId;
use serde_json::{Map, Value};

use super::report::LossReport;

/// Far more than the largest track has.
const MAX_SIZE: usize = 10 << 20;

/// A track's configuration.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) slug: String,
    pub(super) language: String,
    pub(super) blurb: String,
    pub(super) concepts: Vec<Concept>,
    pub(super) exercises: Vec<Exercise>,
}

#[derive(Debug)]
pub(super) struct Concept {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) blurb: String,
}

#[derive(Debug)]
pub(super) struct Exercise {
    pub(super) is_concept: bool,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) difficulty: Option<u64>,
    pub(super) status: String,
    /// Deprecated or unfinished.
    pub(super) is_hidden: bool,
    /// Concepts, each with its place in the JSON.
    pub(super) teaches: Vec<(String, String)>,
    /// Concepts that are practised, which grants nothing; each with its place in the JSON.
    pub(super) practises: Vec<(String, String)>,
    /// Concepts, each with its place in the JSON.
    pub(super) requires: Vec<(String, String)>,
}

/// `None` when nothing can be imported; the report says why.
pub(super) fn read(bytes: &[u8], report: &mut LossReport) -> Option<Config> {
    if bytes.len() > MAX_SIZE {
        report.fault("", "The file is larger than 10 MiB, so it is no track's configuration.");
        return None;
    }
    let json: Value = match serde_json::from_slice(bytes) {
        Ok(json) => json,
        Err(error) => {
            report.fault("", format!("The file is not JSON: {error}."));
            return None;
        }
    };
    let Some(root) = json.as_object() else {
        report.fault("", "The file is JSON, but no object, so it is no track's configuration.");
        return None;
    };
    let mut reader = Reader { report, uuids: BTreeMap::new() };
    let slug = reader.slug(root, "", 20)?;
    let language = reader.line(root, "", "language").unwrap_or_else(|| slug.clone());
    let concepts = reader.concepts(root);
    let exercises = reader.exercises(root);
    if exercises.is_empty() {
        reader.report.fault("exercises", "There is no exercise to import.");
        return None;
    }
    let blurb = root.get("blurb").and_then(Value::as_str).map(line_of).unwrap_or_default();
    leave(root, reader.report);
    Some(Config { slug, language, blurb, concepts, exercises })
}

/// What the configuration has for Exercism's own machinery.
fn leave(root: &Map<String, Value>, report: &mut LossReport) {
    let known = ["language", "slug", "blurb", "exercises", "concepts"];
    for key in root.keys().filter(|key| !known.contains(&key.as_str())) {
        report.left(key, 1, "Exercism's own settings of the track.");
    }
    if let Some(exercises) = root.get("exercises").and_then(Value::as_object) {
        let count = exercises.get("foregone").and_then(Value::as_array).map_or(0, Vec::len);
        report.left("exercises.foregone", count, "Exercises that the track decided not to have.");
        for key in exercises.keys().filter(|key| !["concept", "practice", "foregone"].contains(&key.as_str())) {
            report.left(&format!("exercises.{key}"), 1, "A group of exercises that the importer does not know.");
        }
    }
}

struct Reader<'a> {
    report: &'a mut LossReport,
    uuids: BTreeMap<String, String>,
}

impl Reader<'_> {
    fn concepts(&mut self, root: &Map<String, Value>) -> Vec<Concept> {
        let mut seen = BTreeMap::new();
        let mut concepts = Vec::new();
        for (path, item) in self.objects(root, "", "concepts") {
            self.uuid(item, &path);
            let Some(slug) = self.unique_slug(item, &path, &mut seen) else { continue };
            let name = self.line(item, &path, "name").unwrap_or_else(|| slug.clone());
            let blurb = item.get("blurb").and_then(Value::as_str).map(line_of).unwrap_or_default();
            concepts.push(Concept { slug, name, blurb });
        }
        concepts
    }

    fn exercises(&mut self, root: &Map<String, Value>) -> Vec<Exercise> {
        let Some(groups) = root.get("exercises").and_then(Value::as_object) else {
            self.report.fault("exercises", "There is no object of this name.");
            return Vec::new();
        };
        let mut seen = BTreeMap::new();
        let mut exercises = Vec::new();
        let (mut practised, mut topics) = (0, 0);
        for group in ["concept", "practice"] {
            for (path, item) in self.objects(groups, "exercises.", group) {
                self.uuid(item, &path);
                let Some(slug) = self.unique_slug(item, &path, &mut seen) else { continue };
                let status = item.get("status").and_then(Value::as_str).unwrap_or("active").to_owned();
                let is_hidden = matches!(status.as_str(), "deprecated" | "wip");
                if is_hidden {
                    let message = format!(
                        "The exercise `{slug}` is {status}, so that Exercism does not show it to new learners: its lesson is optional."
                    );
                    self.report.note(&path, message);
                }
                topics +=
                    usize::from(item.get("topics").and_then(Value::as_array).is_some_and(|topics| !topics.is_empty()));
                let is_concept = group == "concept";
                let name = self.line(item, &path, "name").unwrap_or_else(|| slug.clone());
                let teaches = if is_concept { self.edges(item, &path, "concepts") } else { Vec::new() };
                // A deprecated one has given its concepts to another.
                if is_concept && teaches.is_empty() && status != "deprecated" {
                    self.report.fault(&path, format!("The concept exercise `{slug}` teaches no concept."));
                }
                let practises = if is_concept { Vec::new() } else { self.edges(item, &path, "practices") };
                practised += practises.len();
                let requires = self.edges(item, &path, "prerequisites");
                let difficulty = item.get("difficulty").and_then(Value::as_u64).filter(|n| (1..=10).contains(n));
                exercises.push(Exercise {
                    is_concept,
                    slug,
                    name,
                    difficulty,
                    status,
                    is_hidden,
                    teaches,
                    practises,
                    requires,
                });
            }
        }
        self.report.left(
            "exercises.practice[].practices",
            practised,
            "Which concepts a practice exercise practises: practising grants no skill.",
        );
        self.report.left("exercises.practice[].topics", topics, "Topics of practice exercises.");
        exercises
    }

    /// The objects of a list, each with its place.
    fn objects<'v>(
        &mut self,
        of: &'v Map<String, Value>,
        prefix: &str,
        key: &str,
    ) -> Vec<(String, &'v Map<String, Value>)> {
        let Some(list) = of.get(key).and_then(Value::as_array) else {
            self.report.fault(&format!("{prefix}{key}"), "There is no list of this name.");
            return Vec::new();
        };
        let mut objects = Vec::new();
        for (at, item) in list.iter().enumerate() {
            let path = format!("{prefix}{key}[{at}]");
            match item.as_object() {
                Some(object) => objects.push((path, object)),
                None => self.report.fault(&path, "It is no object; it was left out."),
            }
        }
        objects
    }

    fn edges(&mut self, item: &Map<String, Value>, path: &str, key: &str) -> Vec<(String, String)> {
        let Some(list) = item.get(key).and_then(Value::as_array) else {
            self.report.fault(&format!("{path}.{key}"), "There is no list of this name; it was taken for empty.");
            return Vec::new();
        };
        let mut edges = Vec::new();
        for (at, item) in list.iter().enumerate() {
            let path = format!("{path}.{key}[{at}]");
            match item.as_str() {
                Some(slug) => edges.push((slug.to_owned(), path)),
                None => self.report.fault(&path, "It is no text; it was dropped."),
            }
        }
        edges
    }

    /// A slug that makes an id with the track's before it.
    fn slug(&mut self, item: &Map<String, Value>, path: &str, room: usize) -> Option<String> {
        let place = if path.is_empty() { "slug".to_owned() } else { format!("{path}.slug") };
        let Some(slug) = item.get("slug").and_then(Value::as_str) else {
            self.report.fault(&place, "There is no text of this name; what it names was left out.");
            return None;
        };
        if ContentId::new(slug).is_err() || slug.len() > room {
            let shown = crate::yaml::short(slug);
            self.report.fault(&place, format!("`{shown}` can't be part of an id; what it names was left out."));
            return None;
        }
        Some(slug.to_owned())
    }

    fn unique_slug(
        &mut self,
        item: &Map<String, Value>,
        path: &str,
        seen: &mut BTreeMap<String, String>,
    ) -> Option<String> {
        let slug = self.slug(item, path, 59)?;
        if let Some(first) = seen.get(&slug) {
            self.report.fault(
                &format!("{path}.slug"),
                format!("`{slug}` is already the slug of `{first}`; this one was left out."),
            );
            return None;
        }
        seen.insert(slug.clone(), path.to_owned());
        Some(slug)
    }

    fn uuid(&mut self, item: &Map<String, Value>, path: &str) {
        let place = format!("{path}.uuid");
        let Some(uuid) = item.get("uuid").and_then(Value::as_str) else {
            self.report.fault(&place, "There is no text of this name. Nothing was lost: ids are made from slugs.");
            return;
        };
        if let Some(first) = self.uuids.insert(uuid.to_owned(), path.to_owned()) {
            self.report.fault(&place, format!("`{first}` has the same. Nothing was lost: ids are made from slugs."));
        }
    }

    fn line(&mut self, item: &Map<String, Value>, path: &str, key: &str) -> Option<String> {
        let place = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let line = item.get(key).and_then(Value::as_str).map(line_of).filter(|line| !line.is_empty());
        if line.is_none() {
            self.report.fault(&place, "There is no text of this name; the slug was taken in its place.");
        }
        line
    }
}

/// One line of plain text that a pack takes.
fn line_of(text: &str) -> String {
    let plain = |c: char| !c.is_control() && !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.split_whitespace()
        .map(|word| word.chars().filter(|c| plain(*c)).collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}
