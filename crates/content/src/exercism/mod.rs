//! Imports the curriculum of an Exercism track from its `config.json`.
//!
//! Concepts become skills, exercises become lessons, and prerequisites become edges. A track's configuration has no
//! texts, tests or starting files of its exercises, and Cairn's lessons here are readings: the [`LossReport`] says what
//! could not be carried over, and where the configuration contradicts itself.

mod report;
mod source;
mod write;

pub use report::{Left, LossReport, SourceFault};

use std::collections::{BTreeMap, BTreeSet};

use cairn_domain::catalog::{Graph, Node, Requires};
use cairn_domain::shared::{LessonId, SkillId};

use crate::files::PackFile;
use source::{Config, Exercise};

/// A pack made from a track, and what was lost on the way.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The pack's files. They pass [`crate::check`].
    pub files: Vec<PackFile>,
    /// What could not be carried over, and the faults of the source.
    pub report: LossReport,
}

/// Makes a pack from the bytes of a track's `config.json`.
///
/// Edges that can't stand, since they lead nowhere or in a circle, are dropped and reported.
///
/// # Errors
/// The faults that leave nothing to import: no JSON object, no usable `slug`, no exercise.
pub fn import(config_json: &[u8]) -> Result<Imported, Vec<SourceFault>> {
    let mut report = LossReport::default();
    let Some(mut config) = source::read(config_json, &mut report) else { return Err(report.faults) };
    drop_edges(&mut config, &mut report);
    report.skills = config.concepts.len();
    report.lessons = config.exercises.len();
    report.prerequisites = config.exercises.iter().map(|exercise| exercise.requires.len()).sum();
    let files = write::files(&config, &mut report);
    report.sort();
    Ok(Imported { files, report })
}

/// Drops prerequisites that no catalogue takes.
fn drop_edges(config: &mut Config, report: &mut LossReport) {
    let concepts: BTreeSet<_> = config.concepts.iter().map(|concept| concept.slug.clone()).collect();
    for exercise in &mut config.exercises {
        keep_known(&mut exercise.teaches, &concepts, "The concept", report);
        keep_known(&mut exercise.practises, &concepts, "The practised concept", report);
        keep_known(&mut exercise.requires, &concepts, "The prerequisite", report);
    }
    let taught: BTreeSet<_> =
        config.exercises.iter().flat_map(|e| &e.teaches).map(|(concept, _)| concept.clone()).collect();
    for exercise in &mut config.exercises {
        exercise.requires.retain(|(concept, path)| {
            let stands = taught.contains(concept);
            if !stands {
                report.fault(path, format!("The prerequisite `{concept}` is taught by no exercise; it was dropped."));
            }
            stands
        });
    }
    break_cycles(&mut config.exercises, report);
}

fn keep_known(edges: &mut Vec<(String, String)>, concepts: &BTreeSet<String>, what: &str, report: &mut LossReport) {
    let mut seen = BTreeSet::new();
    edges.retain(|(concept, path)| {
        let reason = if !concepts.contains(concept) {
            "does not exist"
        } else if !seen.insert(concept.clone()) {
            "stands there twice"
        } else {
            return true;
        };
        report.fault(path, format!("{what} `{concept}` {reason}; it was dropped."));
        false
    });
}

/// Drops one prerequisite of each circle until there is none.
fn break_cycles(exercises: &mut [Exercise], report: &mut LossReport) {
    let at: BTreeMap<String, usize> = exercises.iter().enumerate().map(|(at, e)| (e.slug.clone(), at)).collect();
    loop {
        let mut graph = Graph::default();
        for exercise in exercises.iter() {
            let skills = |edges: &[(String, String)]| {
                edges.iter().filter_map(|(concept, _)| SkillId::new(concept).ok()).collect()
            };
            let teaches: Vec<SkillId> = skills(&exercise.teaches);
            if let Ok(id) = LessonId::new(&exercise.slug) {
                graph.add(id, Requires { skills: skills(&exercise.requires), lessons: Vec::new() }, &teaches);
            }
        }
        let (_, cycles) = graph.sort();
        let before = report.faults.len();
        for cycle in cycles {
            let [Node::Lesson(lesson), Node::Skill(skill), ..] = cycle.as_slice() else { continue };
            let Some(exercise) = at.get(lesson.as_str()).and_then(|at| exercises.get_mut(*at)) else { continue };
            let Some(edge) = exercise.requires.iter().position(|(concept, _)| concept == skill.as_str()) else {
                continue;
            };
            let (concept, path) = exercise.requires.remove(edge);
            let way: Vec<_> = cycle.iter().chain(cycle.first()).map(name).collect();
            report.fault(
                &path,
                format!("The prerequisite `{concept}` closes a circle ({}); it was dropped.", way.join(" needs ")),
            );
        }
        if report.faults.len() == before {
            return;
        }
    }
}

fn name(node: &Node) -> String {
    match node {
        Node::Lesson(id) => format!("exercise `{id}`"),
        Node::Skill(id) => format!("concept `{id}`"),
    }
}
