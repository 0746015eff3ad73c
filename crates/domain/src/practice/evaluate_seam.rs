pub(super) fn vars(_drill: &HttpDrill, _seed: u128) -> Vars { Vars::new() }
fn check_http(_drill: &HttpDrill, transcript: &Transcript) -> std::result::Result<(), String> {
    if transcript.exchanges.is_empty() { Err("empty".into()) } else { Ok(()) }
}
fn one(ok: bool) -> Verdict {
    use cairn_drill::{Assertion, Outcome};
    Verdict { assertions: vec![Assertion { step: "a".into(), index: 0, subject: "s".into(), outcome: if ok { Outcome::Passed } else { Outcome::Failed }, expected: String::new(), got: String::new(), hint: None, weight: 1, advice: false }], ..Verdict::default() }
}
fn evaluate_http(_drill: &HttpDrill, _vars: &Vars, transcript: &Transcript) -> Verdict {
    one(transcript.exchanges.iter().all(|e| e.response.as_ref().is_some_and(|r| r.status == 200)))
}
fn sql_job(drill: &cairn_drill::sql::SqlDrill, sql: &str) -> Job {
    Job { data: drill.data.clone(), work: cairn_drill::run::Work::Script { sql: sql.into(), writes: false, probes: vec![] }, limits: drill.limits }
}
fn migration_jobs(_drill: &cairn_drill::migration::MigrationDrill, _steps: &std::collections::BTreeMap<String, String>) -> Vec<Job> { vec![] }
fn evaluate_sql(_drill: &cairn_drill::sql::SqlDrill, _sql: &str, own: &Report, reference: &Report) -> Verdict { one(own.result == reference.result) }
fn evaluate_migration(_drill: &cairn_drill::migration::MigrationDrill, _steps: &std::collections::BTreeMap<String, String>, own: &[Report], reference: &[Report]) -> Verdict { one(own == reference) }
