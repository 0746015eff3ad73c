//! A drill against its solutions: the good ones pass, and the bad ones fail where they say.

use cairn_domain::catalog::{Fault, SourceFile};
use cairn_drill::http::{HttpDrill, Transcript, Vars, evaluate};
use cairn_drill::migration::Steps;
use cairn_drill::run::{Job, Report};
use cairn_drill::{Assertion, Bad, Cases, Drill, DrillKey, Good, HttpSolution, Outcome, Solutions, Verdict};
use serde::{Deserialize, Serialize};

use super::{PackDrill, place};
use crate::faults::{Code, fault};

/// What was seen of a service, and with what it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The values of the attempt's variables.
    pub vars: Vars,
    /// What came back.
    pub transcript: Transcript,
}

impl Recording {
    /// The path in the pack of what a drill calls `transcript`.
    #[must_use]
    pub fn path(drill: &PackDrill, solution: &HttpSolution) -> Option<String> {
        crate::markdown::resolve(&drill.file, &solution.transcript)
    }

    /// The file that [`Recording::read`] takes: JSON, each exchange on a line of its own.
    ///
    /// # Errors
    /// None that a recording could have: what it is made of can be written.
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let vars = serde_json::to_string(&self.vars)?;
        let exchanges = self.transcript.exchanges.iter().map(serde_json::to_string);
        let exchanges = exchanges.collect::<serde_json::Result<Vec<_>>>()?.join(",\n");
        Ok(format!("{{\"vars\":{vars},\"transcript\":{{\"exchanges\":[\n{exchanges}\n]}}}}\n").into_bytes())
    }

    /// What was recorded of a solution.
    ///
    /// # Errors
    /// That there is none, or why it can't be read.
    pub fn read(drill: &PackDrill, solution: &HttpSolution, files: &[SourceFile]) -> Result<Self, String> {
        let path = Self::path(drill, solution);
        let file = path.and_then(|path| files.iter().find(|file| file.path == path));
        let file = file.ok_or_else(|| format!("There is no file `{}`.", solution.transcript))?;
        serde_json::from_slice(&file.bytes)
            .map_err(|error| format!("`{}` is no recording: {error}.", solution.transcript))
    }
}

/// With what drills are held against their solutions.
pub trait Bench {
    /// Says that this solution of a drill is tried next.
    fn begin(&mut self, drill: &PackDrill, solution: &str);

    /// Runs a job in a sandbox.
    ///
    /// # Errors
    /// Why it could not be run, which says nothing of the drill.
    fn run(&mut self, job: &Job) -> Result<Report, String>;

    /// What is seen of a service, such as [`Recording::read`].
    ///
    /// # Errors
    /// Why nothing was seen.
    fn observe(&mut self, drill: &PackDrill, http: &HttpDrill, solution: &HttpSolution) -> Result<Recording, String>;
}

/// Holds drills against their solutions. `files` are those of the pack.
///
/// Gives every drill that does not tell its good solutions from its bad ones, and every one that has not both.
pub fn hold(drills: &[PackDrill], files: &[SourceFile], bench: &mut dyn Bench) -> Vec<Fault> {
    let mut faults = Vec::new();
    for drill in drills {
        let mut holding = Holding { drill, files, bench, faults: &mut faults };
        match (&drill.authored.drill, &drill.authored.key, &drill.authored.solutions) {
            (Drill::Http(http), _, Solutions::Http(cases)) => holding.http(http, cases),
            (Drill::Sql(sql), DrillKey::Sql(key), Solutions::Sql(cases)) => {
                let run = |bench: &mut dyn Bench, text: &str| bench.run(&sql.job(text)).map_err(Untried::bench);
                let Some(reference) = holding.reference(|bench| run(bench, &key.reference)) else { continue };
                holding.passes("reference", "reference", |_| Ok(sql.evaluate(&key.reference, &reference, &reference)));
                holding.all(cases, |bench, solution| {
                    Ok(sql.evaluate(&solution.sql, &run(bench, &solution.sql)?, &reference))
                });
            }
            (Drill::Migration(migration), DrillKey::Migration(key), Solutions::Migration(cases)) => {
                let run = |bench: &mut dyn Bench, steps: &Steps| {
                    let reports = migration.jobs(steps).into_iter().map(|job| bench.run(&job));
                    reports.collect::<Result<Vec<_>, _>>().map_err(Untried::bench)
                };
                let Some(reference) = holding.reference(|bench| run(bench, &key.reference)) else { continue };
                let judged = migration.evaluate(&key.reference, &reference, &reference);
                holding.passes("reference", "reference", |_| Ok(judged));
                holding.all(cases, |bench, solution| {
                    Ok(migration.evaluate(&solution.steps, &run(bench, &solution.steps)?, &reference))
                });
            }
            _ => {}
        }
    }
    faults.sort();
    faults
}

/// Why a solution came to no verdict.
struct Untried {
    code: Code,
    message: String,
    help: &'static str,
}

impl Untried {
    fn bench(message: String) -> Self {
        Self { code: Code::ReferenceFails, message, help: "Look at what keeps it from being run, and try again." }
    }

    fn transcript(message: String) -> Self {
        Self { code: Code::NoTranscript, message, help: "Record it: `cairn content check --run --record`." }
    }
}

struct Holding<'a> {
    drill: &'a PackDrill,
    files: &'a [SourceFile],
    bench: &'a mut dyn Bench,
    faults: &'a mut Vec<Fault>,
}

impl Holding<'_> {
    fn fault(&mut self, field: &str, code: Code, message: impl Into<String>, help: impl Into<String>) {
        let file = self.files.iter().find(|file| file.path == self.drill.file);
        let at = file.map_or(crate::faults::Pos::FILE, |file| place(file, field));
        self.faults.push(fault(&self.drill.file, at, code.as_str(), message, help));
    }

    fn http(&mut self, http: &HttpDrill, cases: &Cases<HttpSolution>) {
        if cases.good.is_empty() {
            let help = "Add `solutions.good` with a service that passes.";
            self.fault("solutions", Code::UnprovenDrill, "The drill has no service that passes it.", help);
        }
        let drill = self.drill;
        self.all(cases, |bench, solution| {
            let seen = bench.observe(drill, http, solution).map_err(Untried::transcript)?;
            http.check(&seen.transcript).map_err(|refusal| Untried::transcript(refusal.to_string()))?;
            Ok(evaluate(http, &seen.vars, &seen.transcript))
        });
    }

    /// What others are compared with.
    fn reference<R>(&mut self, run: impl FnOnce(&mut dyn Bench) -> Result<R, Untried>) -> Option<R> {
        self.bench.begin(self.drill, "reference");
        run(self.bench).map_err(|untried| self.untried("reference", "reference", untried)).ok()
    }

    fn all<S>(&mut self, cases: &Cases<S>, judge: impl Fn(&mut dyn Bench, &S) -> Result<Verdict, Untried>) {
        for (at, Good { name, solution }) in cases.good.iter().enumerate() {
            self.bench.begin(self.drill, name);
            self.passes(&format!("solutions.good[{at}]"), name, |bench| judge(bench, solution));
        }
        if cases.bad.is_empty() {
            let help =
                "Add `solutions.bad` with what fails it, and where: a drill that everything passes checks nothing.";
            self.fault("solutions", Code::UnprovenDrill, "The drill has no solution that fails it.", help);
        }
        for (at, Bad { name, solution, fails }) in cases.bad.iter().enumerate() {
            self.bench.begin(self.drill, name);
            let field = format!("solutions.bad[{at}]");
            match judge(self.bench, solution) {
                Err(untried) => self.untried(&field, name, untried),
                Ok(verdict) if verdict.fails_at(fails) => {}
                Ok(verdict) => {
                    let message = match said(&verdict) {
                        None => format!("`{name}` passes, though it is known to be bad."),
                        Some(failed) => format!("`{name}` does not fail at `{fails}`. {failed}"),
                    };
                    let help = "Ask for what it does wrong, or name the assertion that it fails.";
                    self.fault(&format!("{field}.fails"), Code::KnownBadPasses, message, help);
                }
            }
        }
    }

    fn passes(&mut self, field: &str, name: &str, judge: impl FnOnce(&mut dyn Bench) -> Result<Verdict, Untried>) {
        match judge(self.bench) {
            Err(untried) => self.untried(field, name, untried),
            Ok(verdict) => {
                if let Some(failed) = said(&verdict) {
                    let message = format!("`{name}` does not pass. {failed}");
                    self.fault(field, Code::ReferenceFails, message, "Mend the drill or the solution.");
                }
            }
        }
    }

    fn untried(&mut self, field: &str, name: &str, Untried { code, message, help }: Untried) {
        self.fault(field, code, format!("`{name}` could not be tried. {message}"), help);
    }
}

/// How many of the assertions that do not hold are told.
const TOLD: usize = 3;

/// What keeps a verdict from being passed; `None` when it is.
fn said(verdict: &Verdict) -> Option<String> {
    if verdict.passed() {
        return None;
    }
    let limit = verdict.stopped.as_ref().map(|stop| stop.message());
    let held = |assertion: &&Assertion| assertion.advice || assertion.outcome == Outcome::Passed;
    let failed = verdict.assertions.iter().filter(|assertion| !held(assertion)).take(TOLD);
    let failed = failed.map(|Assertion { step, index, subject, expected, got, .. }| {
        format!("{step}/{index} ({subject}): expected {expected}, got {got}.")
    });
    let all: Vec<String> = limit.into_iter().chain(failed).collect();
    Some(if all.is_empty() { "Nothing in it counts.".to_owned() } else { all.join(" ") })
}
