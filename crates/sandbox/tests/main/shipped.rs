//! The drills of the curriculum: the reference of each passes, and each solution that is known to be bad fails where it
//! says.

use std::path::Path;

use cairn_content::PackDrill;
use cairn_drill::run::Stop;
use cairn_drill::{Drill, DrillKey, Outcome, Solutions, Verdict};

use super::{Job, Report, run};

fn drills() -> Vec<PackDrill> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/backend");
    let files = cairn_content::read_dir(&root).unwrap();
    cairn_content::check_with_drills(&files).unwrap_or_else(|faults| panic!("{faults:#?}")).1
}

fn runs(jobs: Vec<Job>) -> Vec<Report> {
    jobs.iter().map(run).collect()
}

fn failed(verdict: &Verdict) -> Vec<String> {
    let failed = verdict.assertions.iter().filter(|it| it.outcome != Outcome::Passed && !it.advice);
    let told = failed.map(|it| format!("{}/{} {:?}: {}", it.step, it.subject, it.outcome, it.got));
    told.chain(verdict.stopped.as_ref().map(Stop::message)).collect()
}

/// What is wrong with a drill: what its reference and good solutions fail at, and which of its bad ones don't fail as told.
fn faults(drill: &PackDrill) -> Vec<String> {
    let mut faults = Vec::new();
    let mut hold = |name: &str, fails: Option<&String>, verdict: Verdict| match fails {
        None if !verdict.passed() => faults.push(format!("{name}: {:?}", failed(&verdict))),
        Some(fails) if !verdict.fails_at(fails) => {
            faults.push(format!("{name} does not fail at {fails}: {:?}", failed(&verdict)));
        }
        _ => {}
    };
    match (&drill.authored.drill, &drill.authored.key, &drill.authored.solutions) {
        (Drill::Sql(sql), DrillKey::Sql(key), Solutions::Sql(cases)) => {
            let reference = run(&sql.job(&key.reference));
            let judge = |text: &str| sql.evaluate(text, &run(&sql.job(text)), &reference);
            hold("reference", None, judge(&key.reference));
            cases.good.iter().for_each(|it| hold(&it.name, None, judge(&it.solution.sql)));
            cases.bad.iter().for_each(|it| hold(&it.name, Some(&it.fails), judge(&it.solution.sql)));
            assert!(cases.bad.len() >= 2, "{}", drill.file);
        }
        (Drill::Migration(migration), DrillKey::Migration(key), Solutions::Migration(cases)) => {
            let reference = runs(migration.jobs(&key.reference));
            let judge = |steps: &_| migration.evaluate(steps, &runs(migration.jobs(steps)), &reference);
            hold("reference", None, migration.evaluate(&key.reference, &reference, &reference));
            cases.good.iter().for_each(|it| hold(&it.name, None, judge(&it.solution.steps)));
            cases.bad.iter().for_each(|it| hold(&it.name, Some(&it.fails), judge(&it.solution.steps)));
            assert!(cases.bad.len() >= 2, "{}", drill.file);
        }
        _ => {}
    }
    faults
}

#[test]
fn drills_tell_good_from_bad() {
    let drills = drills();
    let kinds = |wanted: fn(&Drill) -> bool| drills.iter().filter(|it| wanted(&it.authored.drill)).count();
    assert_eq!(kinds(|drill| matches!(drill, Drill::Sql(_))), 6);
    assert_eq!(kinds(|drill| matches!(drill, Drill::Migration(_))), 4);
    let told = |drill: &PackDrill| {
        faults(drill).into_iter().map(|fault| format!("{}: {fault}", drill.file)).collect::<Vec<_>>()
    };
    let found: Vec<_> = drills.iter().flat_map(told).collect();
    assert!(found.is_empty(), "{found:#?}");
}
