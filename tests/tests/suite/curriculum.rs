//! The curriculum that ships: it is as large as promised, and all that it shows is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cairn_domain::catalog::Detail;
use cairn_drill::DrillKind;
use cairn_tests::postgres::cluster;

use crate::cli::harness::program;

fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("content/backend")
}

/// The folders that hold a course or guides, each with the program that checks what they show.
fn parts() -> Vec<PathBuf> {
    let mut parts: Vec<_> = fs::read_dir(pack().join("courses")).unwrap().map(|entry| entry.unwrap().path()).collect();
    parts.push(pack().join("guides"));
    parts.sort();
    parts
}

#[test]
fn everything_that_the_lessons_show_is_run() {
    let running: Vec<_> = parts()
        .into_iter()
        .map(|part| {
            let database = cluster().fresh_database();
            // With the server in its environment, as psql takes it.
            let mut check = cluster().program("python3", database.name()).unwrap();
            check.arg("check.py").current_dir(part.join("examples")).env("PYTHONDONTWRITEBYTECODE", "1");
            check.env("PYTHONIOENCODING", "utf-8");
            check.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            (part, check.spawn().unwrap(), database)
        })
        .collect();
    let mut faults = Vec::new();
    for (part, child, _database) in running {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let asked = !said.contains("PostgreSQL is not asked");
        if !output.status.success() || !asked || !said.contains("  ok    ") {
            let failed: Vec<_> = said.lines().filter(|line| !line.starts_with("  ok ")).collect();
            faults.push(format!(
                "{}\n{}\n{}",
                part.display(),
                failed.join("\n"),
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn the_curriculum_is_as_large_as_promised() {
    let draft = cairn_content::check(&cairn_content::read_dir(&pack()).unwrap()).unwrap();
    let courses = draft.documents.iter().find_map(|entry| match &entry.document.detail {
        Detail::Track(track) => Some(track.courses.len()),
        _ => None,
    });
    assert!(courses >= Some(3), "{courses:?}");
    let lessons = draft.documents.iter().filter(|entry| matches!(entry.document.detail, Detail::Lesson(_))).count();
    assert!(lessons >= 18, "{lessons}");
    let questions: usize = draft
        .documents
        .iter()
        .filter_map(|entry| entry.task.as_ref()?.as_quiz())
        .map(|(quiz, _)| quiz.questions.len())
        .sum();
    assert!(questions >= 80, "{questions}");
}

#[test]
fn every_drill_tells_its_good_solutions_from_its_bad_ones() {
    let (_, drills) = cairn_content::check_with_drills(&cairn_content::read_dir(&pack()).unwrap()).unwrap();
    let of = |kind| drills.iter().filter(|drill| drill.authored.drill.kind() == kind).count();
    let counted = [DrillKind::Http, DrillKind::Sql, DrillKind::Migration].map(of);
    assert!(counted[0] >= 8 && counted[1] >= 6 && counted[2] >= 4, "HTTP, SQL, migrations: {counted:?}");
    // The program tries them: scripts and migrations in its sandbox, services by what was recorded of them.
    let check = Command::new(program()).args(["content", "check", "--json"]).arg(pack()).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout);
    assert!(check.status.success(), "{said}\n{}", String::from_utf8_lossy(&check.stderr));
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["drills"], drills.len());
}
