//! How the databases go about the statements that requests give them: none reads a table from end to end.
//!
//! Nobody lists statements here. They are those that ran while every operation's example was sent, and a few requests
//! beside them; so a new route is covered as soon as it has its example. Each is explained on a database of some
//! hundreds of learners whose statistics are known.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cairn_domain::StoreExt as _;
use cairn_domain::identity::{ApiToken, Email, PasswordHash, Role, Scope, SecretDigest, Session};
use cairn_domain::operations::{IdempotencyKey, Rendered, StoredAnswer};
use cairn_domain::shared::{Revision, SessionId, Timestamp, TokenId, Uuid};
use cairn_storage::{Config, SqlStore, migrate};
use cairn_tests::postgres::cluster;
use cairn_tests::seed::{Size, email, seed};
use serde_json::{Value, json};

use super::examples;
use super::learning::{enrol, path};
use super::pack;
use super::practice;
use super::server::{Backing, Server};

/// What may be read from end to end: tables and indexes, none for any; a part of the statement's text without quotes; on
/// which database; and the reason.
const MAY_SCAN: &[(&[&str], &str, &[&str], &str)] = &[
    (&["packs", "packs_pkey"], "FROM packs", BOTH, "it has a row for each pack, and all of them are wanted"),
    (
        &[],
        "FROM __diesel_schema_migrations ORDER BY",
        BOTH,
        "it has a row for each migration, and /readyz wants all of them",
    ),
    (&["sqlite_schema"], "", &["SQLite"], "it has a row for each table and index; /readyz asks"),
    (
        &["documents_pkey"],
        "FROM (release_entries INNER JOIN documents",
        &["PostgreSQL"],
        "a release's catalogue is read once and kept; most documents are in it, so the other way round is no better",
    ),
    (
        &[],
        "(SELECT count(*) FROM record_lessons",
        BOTH,
        "a release counts what all learners have, before and after, to prove that nothing is lost; no learner waits for it",
    ),
    (
        &["attempts_to_count", "attempts"],
        "WHERE state = 'graded' AND NOT counted LIMIT",
        BOTH,
        "the index has only the attempts that wait to be counted, and a batch of any of them is wanted",
    ),
    (
        &["search_documents"],
        "FROM search_documents WHERE (search_documents.pack_id = ",
        &["SQLite"],
        "a release reads all documents of its pack, and statistics say that they are most of the table",
    ),
    (&["graded"], "AS graded GROUP BY revision", &["SQLite"], "it is no table, but the few rows of the query inside"),
];
const BOTH: &[&str] = &["SQLite", "PostgreSQL"];

const SIZE: Size = Size { lessons: 120, learners: 400, events: 6_000 };

/// What requests that are no operation's example make of it.
fn further(on: Backing) -> BTreeMap<String, &'static str> {
    let server = Server::start_changed(on, |settings| settings.sign_up = true);
    let learner = server.program("learner@example.org", &[]);
    let instructor = server.program("instructor@example.org", &[Role::Instructor, Role::Admin]);
    let enrolment = enrol(&learner);
    learner.put(&path(&enrolment, "/lessons/first-steps/completion"), &json!({})).expect(200);
    for address in ["/api/v1/events?limit=1", "/api/v1/enrolments?limit=1", "/api/v1/tokens?limit=1"] {
        learner.get(address).expect(200);
    }
    instructor.get(&path(&enrolment, "/progress")).expect(200);
    instructor.get("/api/v1/users?limit=1&sort=email").expect(200);
    let wrong = json!({ "email": "learner@example.org", "password": "wrong horse battery" });
    assert_eq!(server.anybody().post("/api/v1/session", &wrong).status, 401);
    let new = json!({ "email": "new@example.org", "name": "New", "password": "correct horse battery" });
    assert_eq!(server.anybody().post("/api/v1/users", &new).status, 201);
    server.apply(&pack::practice(&[]));
    let enrolment = practice::enrol(&learner);
    practice::start(&learner, &enrolment, "steps-sql");
    server.clock.advance(Duration::from_secs(86_400));
    practice::start(&learner, &enrolment, "steps-sql");
    server.statements.texts().into_iter().map(|text| (text, "other requests")).collect()
}

/// A database in which each table has rows enough that no plan is chosen for its being small.
fn fill(config: &Config) {
    migrate::up(config).unwrap();
    let store = SqlStore::open(config).unwrap();
    seed(&store, (1, SIZE), &PasswordHash::new("nobody signs in".to_owned()), &mut |_| {}).unwrap();
    store
        .write(|tx| {
            for n in 0..SIZE.learners {
                let (id, at) = (Uuid::from_u128(u128::from(n)), Timestamp::from_micros(1_750_000_000_000_000));
                let user = tx.users().by_email(&Email::new(&email(n))?)?.unwrap().id;
                let digest = SecretDigest::new(format!("{n:064x}"));
                tx.tokens_mut().insert(&ApiToken {
                    id: TokenId::new(id),
                    user,
                    name: "a".to_owned(),
                    scopes: Scope::ALL.into_iter().collect(),
                    digest: digest.clone(),
                    created_at: at,
                    expires_at: at,
                    last_used: None,
                })?;
                tx.sessions_mut().insert(&Session {
                    id: SessionId::new(id),
                    user,
                    digest,
                    created_at: at,
                    expires_at: at,
                })?;
                tx.throttles_mut().put(&format!("throttle {n}"), at)?;
                tx.idempotency_mut().put(&StoredAnswer {
                    user,
                    key: IdempotencyKey::from_header("\"key\"")?,
                    fingerprint: Revision::from_digest([0; 32]),
                    answer: Rendered { status: 200, headers: Vec::new(), body: String::new() },
                    at,
                })?;
            }
            Ok(())
        })
        .unwrap();
}

/// One step of a plan that reads a table or an index from end to end, as `table` or `index`.
type Scan = String;

/// What is read from end to end by an SQLite plan, whose lines these are.
fn scans_of_sqlite(plan: &[String]) -> Vec<Scan> {
    let scan = |step: &String| {
        if step.contains("AUTOMATIC") {
            return Some(step.clone());
        }
        let what = step.strip_prefix("SCAN ")?;
        // A virtual table that is asked by an index of its own says which; 0 is none.
        let asked = what.split_once(" VIRTUAL TABLE INDEX ").is_some_and(|(_, index)| index != "0:");
        let made = what == "CONSTANT ROW" || what.starts_with('(');
        let table = what.split(' ').next().unwrap_or_default();
        (!asked && !made).then(|| what.split_once(" INDEX ").map_or(table, |(_, index)| index).to_owned())
    };
    plan.iter().filter_map(scan).collect()
}

/// What is read from end to end by a node of a PostgreSQL plan or one below it.
fn scans_of_postgres(node: &Value, found: &mut Vec<Scan>) {
    let text = |field: &str| node[field].as_str().unwrap_or_default().to_owned();
    match text("Node Type").as_str() {
        "Seq Scan" | "Sample Scan" => found.push(text("Relation Name")),
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" if node["Index Cond"].is_null() => {
            found.push(text("Index Name"));
        }
        _ => {}
    }
    node["Plans"].as_array().into_iter().flatten().for_each(|below| scans_of_postgres(below, found));
}

/// Explains each statement; gives those that scan, and adds to `needed` the exceptions that others of them need.
fn faults(
    on: &str,
    ran: &BTreeMap<String, &'static str>,
    needed: &mut BTreeSet<usize>,
    scans: impl Fn(&str) -> Vec<Scan>,
) -> Vec<String> {
    let (mut faults, mut explained) = (Vec::new(), 0);
    for (text, operation) in ran {
        let begins = |word: &&str| text.trim_start().starts_with(word);
        if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(begins) {
            continue;
        }
        explained += 1;
        let plain = text.replace(['"', '`'], "");
        for scan in scans(text) {
            let may = MAY_SCAN.iter().position(|(names, part, databases, _)| {
                let named = names.is_empty() || names.contains(&scan.as_str());
                named && databases.contains(&on) && plain.contains(part)
            });
            match may {
                Some(exception) => _ = needed.insert(exception),
                None => faults.push(format!("{operation} reads `{scan}` from end to end: {text}")),
            }
        }
    }
    assert!(explained > 50, "only {explained} statements ran");
    faults
}

/// The exceptions on a database that nothing needs any more.
fn stale(on: &str, needed: &BTreeSet<usize>) -> Vec<String> {
    let here = MAY_SCAN.iter().enumerate().filter(|(_, row)| row.2.contains(&on));
    let stale = here.filter(|(at, _)| !needed.contains(at));
    stale.map(|(_, row)| format!("nothing needs this row of MAY_SCAN any more: {row:?}")).collect()
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "These need an index, or a row with its reason in MAY_SCAN of tests/tests/suite/api/query_plans.rs:\n{}",
        faults.join("\n")
    );
}

/// What is told once the index is gone by which a learner's enrolments are found.
const DROP: &str = "DROP INDEX enrolments_by_user";

#[track_caller]
fn missed(faults: &[String]) {
    assert!(faults.iter().any(|fault| fault.contains("enrolments") && fault.contains("user_id")), "{faults:?}");
}

fn ran(on: Backing) -> BTreeMap<String, &'static str> {
    let mut ran = further(on);
    ran.extend(examples::send_all(on));
    ran
}

#[test]
fn no_request_reads_a_table_from_end_to_end_on_sqlite() {
    let ran = ran(Backing::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cairn.db");
    fill(&Config::new(format!("sqlite:{}", file.display())));
    let connection = rusqlite::Connection::open(&file).unwrap();
    let scans = |text: &str| {
        let mut asked = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        let (mut rows, mut steps) = (asked.raw_query(), Vec::new());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get(3).unwrap());
        }
        scans_of_sqlite(&steps)
    };
    let mut needed = BTreeSet::new();
    // As it is on a server, where nobody has asked for statistics; and with them.
    none(&faults("SQLite", &ran, &mut needed, scans));
    connection.execute_batch("ANALYZE").unwrap();
    none(&faults("SQLite", &ran, &mut needed, scans));
    none(&stale("SQLite", &needed));
    connection.execute_batch(DROP).unwrap();
    missed(&faults("SQLite", &ran, &mut needed, scans));
}

#[test]
fn no_request_reads_a_table_from_end_to_end_on_postgresql() {
    let ran = ran(Backing::Postgres);
    let database = cluster().fresh_database();
    fill(&Config::new(database.url()));
    cluster().sql(database.name(), "ANALYZE").unwrap();
    let scans = |text: &str| {
        let values = (1..).take_while(|n| text.contains(&format!("${n}"))).map(|_| "NULL").collect::<Vec<_>>();
        let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
        // Without the choice of reading a small table whole, which on a large one is none: a plan that reads one whole all
        // the same has no index to go by. Values are not looked at, as in a plan that is kept.
        let asked = format!(
            "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE asked AS {text}; \
             EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE asked{values}"
        );
        let plan = cluster().sql(database.name(), &asked).unwrap_or_else(|refused| panic!("{refused}: {text}"));
        let plan: Value = serde_json::from_str(&plan).unwrap_or_else(|error| panic!("{error}: {plan}"));
        let mut found = Vec::new();
        scans_of_postgres(&plan[0]["Plan"], &mut found);
        found
    };
    let mut needed = BTreeSet::new();
    none(&faults("PostgreSQL", &ran, &mut needed, scans));
    none(&stale("PostgreSQL", &needed));
    cluster().sql(database.name(), DROP).unwrap();
    missed(&faults("PostgreSQL", &ran, &mut needed, scans));
}

#[test]
fn a_scan_is_told_from_a_search() {
    let scans = |step: &str| scans_of_sqlite(&[step.to_owned()]);
    for searched in [
        "SEARCH users USING INDEX users_email_key (email_key=?)",
        "SCAN CONSTANT ROW",
        "SCAN (subquery-1)",
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
        "SCAN words VIRTUAL TABLE INDEX 0:M1",
        "USE TEMP B-TREE FOR ORDER BY",
    ] {
        assert_eq!(scans(searched), [""; 0], "{searched}");
    }
    assert_eq!(scans("SCAN users"), ["users"]);
    assert_eq!(scans("SCAN users USING COVERING INDEX users_email_key"), ["users_email_key"]);
    assert_eq!(scans("SCAN words VIRTUAL TABLE INDEX 0:"), ["0:"]);
    assert_eq!(scans("SEARCH users USING AUTOMATIC COVERING INDEX (name=?)").len(), 1);
}
