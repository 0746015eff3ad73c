use std::sync::atomic::{AtomicBool, Ordering};

use cairn_domain::shared::Timestamp;
use cairn_domain::{Code, StoreExt as _};
use diesel::connection::SimpleConnection as _;

use super::*;
use crate::testing::{Scratch, code, user};
use crate::{Claim, SqlStore, claim};

fn filled() -> Scratch {
    let scratch = Scratch::new();
    let store = scratch.store();
    for number in 1..=20 {
        store.write(|tx| tx.users_mut().insert(&user(number))).unwrap();
    }
    scratch
}

fn exclusive(scratch: &Scratch) -> Guard {
    claim::take(&scratch.config().claiming(Claim::Exclusive)).unwrap()
}

fn hashes(scratch: &Scratch) -> BTreeMap<String, dump::Rows> {
    dump::row_hashes(&SqlStore::open(&scratch.config()).unwrap()).unwrap()
}

fn fault(path: &Path) -> String {
    match verify(path) {
        Err(Error::BadBackup { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_backup_restores_what_there_was() {
    let scratch = filled();
    let (target, before) = (scratch.path("backup"), hashes(&scratch));
    let made = create(&scratch.config(), &target).unwrap();
    assert_eq!((made.tables["users"], made.bytes), (20, target.metadata().unwrap().len()));
    assert_eq!(verify(&target).unwrap(), made);
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    scratch.store().write(|tx| tx.users_mut().insert(&user(99))).unwrap();
    assert_ne!(hashes(&scratch), before);
    let restored = restore(&scratch.config(), &target, &exclusive(&scratch)).unwrap();
    assert_eq!((hashes(&scratch), restored.summary), (before, made));
    // What was there is whole, the user that came last included.
    let kept = restored.kept.unwrap();
    assert_eq!(kept, scratch.path("cairn.db.before-restore"));
    let kept = SqlStore::open(&Config::new(format!("sqlite:{}", kept.display()))).unwrap();
    assert_eq!(dump::row_hashes(&kept).unwrap()["users"].0, 21);
    scratch.store().write(|tx| tx.users_mut().insert(&user(98))).unwrap();
    let again = restore(&scratch.config(), &target, &exclusive(&scratch)).unwrap();
    assert_eq!(again.kept, Some(scratch.path("cairn.db.before-restore-2")));
}

#[test]
fn a_backup_restores_into_an_empty_place() {
    let (from, folder) = (filled(), tempfile::tempdir().unwrap());
    let target = from.path("backup");
    create(&from.config(), &target).unwrap();
    let config = Config::new(format!("sqlite:{}", folder.path().join("new.db").display()));
    let guard = claim::take(&config.clone().claiming(Claim::Exclusive)).unwrap();
    assert_eq!(restore(&config, &target, &guard).unwrap().kept, None);
    assert_eq!(dump::row_hashes(&SqlStore::open(&config).unwrap()).unwrap(), hashes(&from));
}

#[test]
fn a_copy_is_of_one_moment_while_others_write() {
    let scratch = Scratch::new();
    let store = scratch.store();
    // The two are always equal in a committed state.
    let both = |n: i64| {
        store.write(|tx| {
            tx.throttles_mut().put("a", Timestamp::from_micros(n))?;
            tx.throttles_mut().put("b", Timestamp::from_micros(n))
        })
    };
    both(0).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1.. {
                both(n).unwrap();
                if done.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        for n in 0..5 {
            let target = scratch.path(&format!("backup{n}"));
            create(&scratch.config(), &target).unwrap();
            let copy = SqlStore::open(&Config::new(format!("sqlite:{}", target.display()))).unwrap();
            let (a, b) = copy.write(|tx| Ok((tx.throttles_mut().get("a")?, tx.throttles_mut().get("b")?))).unwrap();
            assert!(a.is_some() && a == b);
        }
        done.store(true, Ordering::SeqCst);
    });
}

#[test]
fn every_damaged_copy_is_refused_before_anything_is_touched() {
    let scratch = filled();
    let (target, damaged) = (scratch.path("backup"), scratch.path("damaged"));
    create(&scratch.config(), &target).unwrap();
    let whole = fs::read(&target).unwrap();
    let (before, guard) = (hashes(&scratch), exclusive(&scratch));
    let mut copies = Vec::new();
    // Bytes changed all over the file, in texts of rows among them, where SQLite's own check sees nothing.
    for n in 0..120 {
        let mut copy = whole.clone();
        let at = n * (whole.len() - 1) / 119;
        copy[at] ^= 1 << (n % 8);
        copies.push(copy);
    }
    // Cut off, with pieces missing, doubled or exchanged, and with more behind.
    for n in 0..60 {
        copies.push(whole[..n * whole.len() / 60].to_vec());
        let at = n * (whole.len() - 600) / 60;
        copies.push([&whole[..at], &whole[at + 512..]].concat());
        copies.push([&whole[..at + 512], &whole[at..]].concat());
    }
    copies.push([&whole[..], b"\n"].concat());
    copies.push([&whole[..], &whole[..]].concat());
    copies.push(vec![0; whole.len()]);
    let name = whole.windows(4).position(|window| window == "🦀".as_bytes()).unwrap();
    let mut copy = whole.clone();
    copy[name..name + 4].copy_from_slice("🐙".as_bytes());
    copies.push(copy);
    assert!(copies.len() >= 250);
    for (n, copy) in copies.iter().enumerate() {
        fs::write(&damaged, copy).unwrap();
        let refused = restore(&scratch.config(), &damaged, &guard);
        assert!(matches!(refused, Err(Error::BadBackup { .. })), "copy {n}: {refused:?}");
    }
    assert_eq!(hashes(&scratch), before);
    assert!(!scratch.path("cairn.db.before-restore").exists());
    restore(&scratch.config(), &target, &guard).unwrap();
}

#[test]
fn what_is_wrong_is_told() {
    let scratch = filled();
    let (target, other) = (scratch.path("backup"), scratch.path("other"));
    create(&scratch.config(), &target).unwrap();
    assert!(matches!(verify(&other), Err(Error::File { .. })));
    fs::write(&other, "").unwrap();
    assert!(fault(&other).contains("too short"));
    fs::write(&other, [b'x'; 5000]).unwrap();
    assert!(fault(&other).contains("not an SQLite database"));
    let whole = fs::read(&target).unwrap();
    fs::write(&other, &whole[..whole.len() - 1]).unwrap();
    assert!(fault(&other).contains("cut off"));
    let mut damaged = whole.clone();
    damaged[5000] ^= 1;
    fs::write(&other, damaged).unwrap();
    assert!(fault(&other).contains("damaged"));
    // A copy of the file is not a backup: what is in the log beside it is missing.
    fs::copy(scratch.path("cairn.db"), &other).unwrap();
    assert!(fault(&other).contains("cairn backup create"));
    assert!(fault(scratch.path("").as_path()).contains("not a file"));
}

/// A sealed file that SQL made.
fn sealed(path: &Path, sql: &str) {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
    connection.batch_execute(sql).unwrap();
    drop(connection);
    seal::close(path).unwrap();
}

#[test]
fn a_foreign_a_newer_and_an_inconsistent_database_are_refused() {
    let scratch = filled();
    let foreign = scratch.path("foreign");
    sealed(&foreign, "CREATE TABLE songs (title TEXT)");
    assert!(fault(&foreign).contains("not Cairn's"));
    let plain = |name: &str, sql: &str| {
        let (copy, path) = (scratch.path("copy"), scratch.path(name));
        create(&scratch.config(), &copy).unwrap();
        seal::open_into(&copy, &path).unwrap();
        fs::remove_file(&copy).unwrap();
        sealed(&path, sql);
        path
    };
    let newer = plain("newer", "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    assert!(fault(&newer).contains("9999"));
    let loose = plain("loose", "INSERT INTO passwords VALUES ('nobody', 'x', 1)");
    assert!(fault(&loose).contains("not there"));
    plain("complete", "SELECT 1");
    let older =
        plain("older", "DROP TABLE idempotent_answers; DELETE FROM __diesel_schema_migrations WHERE version = '0004'");
    let (mut made, found) = (verify(&scratch.path("complete")).unwrap().migrations, verify(&older).unwrap().migrations);
    made.retain(|version| version != "0004");
    assert_eq!(found, made);
}

#[test]
fn nothing_is_written_over() {
    let scratch = filled();
    let target = scratch.path("backup");
    fs::write(&target, "mine").unwrap();
    assert!(matches!(create(&scratch.config(), &target), Err(Error::Exists(_))));
    assert_eq!(fs::read(&target).unwrap(), b"mine");
    let missing = scratch.path("no/such/folder");
    assert!(matches!(create(&scratch.config(), &missing), Err(Error::File { .. })));
    let left: Vec<_> = fs::read_dir(scratch.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("part")), "{left:?}");
}

#[test]
fn an_open_database_is_not_replaced_even_without_a_claim() {
    let scratch = filled();
    let target = scratch.path("backup");
    create(&scratch.config(), &target).unwrap();
    // A program that knows nothing of claims.
    let mut other = crate::connection::open(&scratch.config(), Purpose::Read).unwrap();
    other.batch_execute("SELECT count(*) FROM users").unwrap();
    let refused = restore(&scratch.config(), &target, &exclusive(&scratch));
    assert!(matches!(refused, Err(Error::InUse(_))), "{refused:?}");
    drop(other);
    // With a server's claim it does not come so far.
    let server = SqlStore::open(&scratch.config().claiming(Claim::Serve)).unwrap();
    assert!(matches!(claim::take(&scratch.config().claiming(Claim::Exclusive)), Err(Error::InUse(_))));
    drop(server);
    restore(&scratch.config(), &target, &exclusive(&scratch)).unwrap();
}

#[test]
fn a_damaged_database_can_be_replaced_and_its_log_does_not_reach_the_new_one() {
    let scratch = filled();
    let (target, before) = (scratch.path("backup"), hashes(&scratch));
    create(&scratch.config(), &target).unwrap();
    // As a crash leaves it: with a log; and then the file is damaged so that SQLite does not open it any more.
    let store = scratch.store();
    store.write(|tx| tx.users_mut().insert(&user(99))).unwrap();
    let log = fs::read(scratch.path("cairn.db-wal")).unwrap();
    drop(store);
    fs::write(scratch.path("cairn.db"), [7; 8192]).unwrap();
    fs::write(scratch.path("cairn.db-wal"), log).unwrap();
    assert!(check_live(&scratch.config()).is_err());
    let restored = restore(&scratch.config(), &target, &exclusive(&scratch)).unwrap();
    assert!(restored.kept.unwrap().exists());
    assert_eq!(hashes(&scratch), before);
    check_live(&scratch.config()).unwrap();
    assert_eq!(code(scratch.store().write(|tx| tx.users_mut().insert(&user(1)))), Some(Code::EmailTaken));
}
