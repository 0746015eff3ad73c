//! The throwaway cluster that the other tests stand on, and what the store does on PostgreSQL alone.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    process::{Command, Stdio},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use cairn_domain::shared::{PackId, Timestamp};
use cairn_domain::{Code, StoreExt as _};
use cairn_storage::{Config, SqlStore, migrate};
use cairn_tests::postgres::{Cluster, Database, Settings, cluster};

/// Set for a copy of this program that is there to be killed.
const WAITS: &str = "CAIRN_TEST_WAITS_TO_BE_KILLED";

#[test]
fn a_fresh_database_is_empty_and_of_its_own() {
    let (one, other) = (cluster().fresh_database(), cluster().fresh_database());
    one.sql("CREATE TABLE t (n int)").unwrap();
    assert_ne!(one.name(), other.name());
    assert_eq!(other.sql("SELECT count(*) FROM pg_class WHERE relname = 't'").unwrap(), "0");
    assert!(cluster().url(one.name()) == one.url() && one.url().starts_with("postgres"));
}

#[test]
fn a_database_goes_with_its_value() {
    let database = cluster().fresh_database();
    let name = database.name().to_owned();
    drop(database);
    let refusal = cluster().sql(&name, "SELECT 1").unwrap_err();
    assert!(refusal.contains("does not exist"), "{refusal}");
}

#[test]
fn a_template_is_prepared_once_and_its_copies_are_apart() {
    let prepared = AtomicUsize::new(0);
    let copies: Vec<_> = thread::scope(|scope| {
        let copy = || {
            cluster().fresh_from_template("postgres-test", |url| {
                prepared.fetch_add(1, Ordering::Relaxed);
                let name = url.rsplit('/').next().unwrap();
                cluster().sql(name, "CREATE TABLE t (n int); INSERT INTO t VALUES (7)").unwrap();
            })
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(copy)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(prepared.load(Ordering::Relaxed), 1);
    copies[0].sql("DELETE FROM t").unwrap();
    assert_eq!(copies[0].sql("SELECT n FROM t").unwrap(), "");
    assert_eq!(copies[1].sql("SELECT n FROM t").unwrap(), "7");
}

#[test]
fn text_does_not_sort_by_bytes_unless_asked() {
    let database = cluster().fresh_database();
    let sorted =
        |collation: &str| database.sql(&format!("SELECT x FROM (VALUES ('a'), ('B')) v (x) ORDER BY x {collation}"));
    assert_eq!(sorted("COLLATE \"C\"").unwrap(), "B\na");
    if cluster().directory().is_some() {
        assert_eq!(sorted("").unwrap(), "a\nB", "a query that forgets its collation would go unnoticed");
    }
}

#[test]
fn what_the_server_refuses_is_told() {
    let refusal = cluster().fresh_database().sql("SELECT nonsense").unwrap_err();
    assert!(refusal.contains("nonsense"), "{refusal}");
}

#[test]
fn a_given_server_is_used_and_left_as_it_was() {
    let own = Cluster::start(&Settings::default()).unwrap();
    let given = Cluster::on(&own.url("postgres")).unwrap();
    let kept = given.fresh_from_template("kept", |_| ()).keep();
    assert_eq!(own.sql(&kept, "SELECT 1").unwrap(), "1");
    drop(given);
    assert_eq!(own.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'cairn%'").unwrap(), "");
}

#[test]
fn a_server_that_does_not_answer_is_an_error_with_a_remedy() {
    let error = Cluster::on("postgres://nobody@127.0.0.1:1/none").unwrap_err().to_string();
    assert!(error.contains("127.0.0.1") && error.contains("Run tests/run"), "{error}");
    let error = Cluster::on("sqlite://somewhere").unwrap_err().to_string();
    assert!(error.contains("postgres://"), "{error}");
}

/// As a process of its own it also is the other half of the next test: it waits there until it is killed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a copy of this program is told by its environment that it is one")]
fn a_cluster_goes_with_its_value() {
    let cluster = Cluster::start(&Settings::default()).unwrap();
    let directory = cluster.directory().unwrap().to_owned();
    let address = cluster.url("").split_once('@').unwrap().1.trim_end_matches('/').to_owned();
    if env::var_os(WAITS).is_some() {
        println!("cluster {} {address} {}", directory.display(), cluster.supervisor_id());
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
    assert!(TcpStream::connect(&address).is_ok());
    drop(cluster);
    assert!(TcpStream::connect(&address).is_err(), "the server still answers");
    assert!(!directory.exists(), "{} is still there", directory.display());
}

#[test]
fn a_killed_process_leaves_nothing_behind() {
    let mut process = Command::new(env::current_exe().unwrap())
        .args(["--exact", "postgres::a_cluster_goes_with_its_value", "--nocapture"])
        .env(WAITS, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(process.stdout.take().unwrap());
    let line =
        said.lines().map_while(Result::ok).find(|line| line.contains("cluster /")).expect("no cluster was started");
    let words: Vec<&str> = line.split_once("cluster ").unwrap().1.split(' ').collect();
    let [directory, address, supervisor] = words[..] else { panic!("unexpected: {line}") };
    assert!(TcpStream::connect(address).is_ok());
    process.kill().unwrap();
    process.wait().unwrap();

    let ended =
        Command::new("timeout").args(["60", "tail", "-s", "0.05", "-f", "/dev/null", "--pid", supervisor]).status();
    assert!(ended.unwrap().success(), "the supervisor is still there");
    assert!(TcpStream::connect(address).is_err(), "the server still answers");
    assert!(!fs::exists(directory).unwrap(), "{directory} is still there");
}

fn migrated() -> Database {
    let database = cluster().fresh_database();
    migrate::up(&Config::new(database.url())).unwrap();
    database
}

#[test]
fn a_write_that_is_run_alone_at_last_is_bounded_as_any_other() {
    let database = migrated();
    let (statement, wait) = (Duration::from_millis(200), Duration::from_secs(10));
    let store = SqlStore::open(&Config { statement, wait, ..Config::new(database.url()) }).unwrap();
    let at = |micros| Timestamp::from_micros(micros);
    store.write(|tx| tx.throttles_mut().put("met", at(0))).unwrap();
    let (holds, (let_go, gone)) = (Barrier::new(2), mpsc::channel::<()>());
    let mut runs = 0;
    let written = thread::scope(|scope| {
        let (store, holds) = (&store, &holds);
        let mut gone = Some(gone);
        let written = store.write(|tx| {
            runs += 1;
            tx.throttles_mut().get("met")?;
            // Another one comes between.
            let other = thread::scope(|scope| {
                scope.spawn(|| store.write(|tx| tx.throttles_mut().put("met", at(runs)))).join().unwrap()
            });
            other.unwrap();
            if let Some(gone) = gone.take_if(|_| runs == 2) {
                // A third one writes until this one has given up.
                scope.spawn(move || {
                    store.write(|tx| {
                        tx.throttles_mut().put("other", at(1))?;
                        holds.wait();
                        let _ = gone.recv();
                        Ok(())
                    })
                });
                holds.wait();
            }
            tx.throttles_mut().put("met", at(-1))
        });
        drop(let_go);
        written
    });
    // It waits for the third one as long as a statement may take, not until the lock's own time is over, which is busy.
    assert_eq!((runs, written.unwrap_err().code()), (2, Code::StoreUnavailable));
}

#[test]
fn indexes_of_some_rows_are_used() {
    let database = migrated();
    let name = database.name();
    // So few rows are read faster without; and a plan that is kept must not depend on values.
    database.sql(&format!("ALTER DATABASE {name} SET enable_seqscan = off")).unwrap();
    database.sql(&format!("ALTER DATABASE {name} SET plan_cache_mode = force_generic_plan")).unwrap();
    let store = SqlStore::open(&Config::new(database.url())).unwrap();
    assert_eq!(store.read(|tx| tx.users().count_admins()).unwrap(), 0);
    let pack = PackId::new("p").unwrap();
    assert!(store.read(|tx| tx.records().enrolments_by_target(&pack)).unwrap().is_empty());
    drop(store);
    let used = "SELECT pg_sleep(0.05); SELECT count(*) FROM pg_stat_user_indexes \
         WHERE indexrelname IN ('users_admins', 'enrolments_open_by_pack') AND idx_scan > 0";
    // A connection's counts are seen once it has ended, which it does by itself.
    let seen = (0..200).any(|_| database.sql(used).unwrap().trim() == "2");
    assert!(seen, "{}", database.sql("SELECT indexrelname, idx_scan FROM pg_stat_user_indexes").unwrap());
}
