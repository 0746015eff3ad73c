//! The figures that Cairn is held to, each as a ratio to a limit measured in the same run: `just bench`.
//!
//! Medians of alternated runs. Machines differ and change, so a figure is no gate; CPU time for a request is steadier
//! than a rate. Everything runs on loopback against servers that this program starts and stops.

#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, missing_docs)]

mod bare;
mod drills;
mod load;
mod paint;
mod planning;
mod process;
mod raw;
mod reading;
mod report;
mod sandboxed;
mod scale;
mod searching;
mod seed;
mod starting;
mod writing;

use std::path::PathBuf;

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    match words.next().as_deref() {
        Some("--bare-server") => bare::serve(&PathBuf::from(words.next().unwrap())).unwrap(),
        only => run(only.unwrap_or("")),
    }
}

/// Runs the groups whose name begins with `only`.
fn run(only: &str) {
    println!("Medians of alternated runs, {} connections.", load::CONNECTIONS);
    let groups: [(&str, &dyn Fn()); 12] = [
        ("published", &|| reading::published(&program())),
        ("page", &|| reading::page(&program())),
        ("progress", &|| reading::progress(&program())),
        ("plan", &planning::plan),
        ("drills", &drills::drills),
        ("store", &writing::store),
        ("search", &searching::search_figures),
        ("recording", &|| writing::recording(&program())),
        ("start", &|| starting::start(&program())),
        ("paint", &|| paint::paint(&program())),
        ("sandbox", &|| sandboxed::figures(&program())),
        ("scale", &|| scale::scale(&program())),
    ];
    for (name, group) in groups {
        // Seeding takes minutes, so that one has to be asked for by its name.
        if name.starts_with(only) && (name != "scale" || !only.is_empty()) {
            println!("\n{name}");
            group();
        }
    }
}

/// The release build of `cairn`, built when it is not up to date.
fn program() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = std::process::Command::new(cargo).args(["build", "--release", "--locked", "-p", "cairn"]).status();
    assert!(built.is_ok_and(|status| status.success()), "`cargo build --release -p cairn` failed");
    // This benchmark stands in target/release/deps, the program one level up.
    let program = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("cairn");
    assert!(program.exists(), "there is no {}", program.display());
    program
}
