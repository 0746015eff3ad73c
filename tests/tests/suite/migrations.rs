//! Each migration up, down and up again, on both databases: the same schema, and the rows of all others as they were.

use std::collections::BTreeMap;

use cairn_storage::dump::{self, Rows};
use cairn_storage::{Config, SqlStore, migrate};
use cairn_tests::postgres::cluster;

/// Rows for every table, in the order in which they refer to each other, and in an SQL that both databases read: each
/// kind of value, those that are empty, and those that are hard to keep.
const ROWS: &str = r#"
INSERT INTO users VALUES
    ('u1', 'Ada@example.org', 'ada@example.org', 'Ada 🦀', true, false, true, 'active', 1793491200000001, 1),
    ('u2', 'bob@example.org', 'bob@example.org', '', false, true, false, 'disabled', -1, 9007199254740993);
INSERT INTO passwords VALUES ('u1', '$v1$2b$04$x', 1793491200000002);
INSERT INTO sessions VALUES ('s1', 'u1', 'd1', 1, 2), ('s2', 'u2', 'd2', 3, 9223372036854775807);
INSERT INTO api_tokens VALUES
    ('t1', 'u1', 'It''s mine', 'learn author', 'd3', 1, 2, NULL), ('t2', 'u1', 'two', '', 'd4', 1, 2, 3);
INSERT INTO throttles VALUES ('login:ada@example.org', 1793491200000003), ('käse', 0);
INSERT INTO documents VALUES
    ('course', 'c', 'r1', '{"title":"C"}', '', NULL, NULL),
    ('lesson', 'a', 'r1', '{"title":"A, \"quoted\""}', '<p>line
and line</p>', NULL, NULL),
    ('lesson', 'q', 'r1', '{}', '<p>?</p>', '{"questions":[]}', NULL), ('lesson', 'q', 'r2', '{}', '', '{}', NULL),
    ('lesson', 'd', 'r1', '{}', '', NULL, '{"drill":"sql/v1"}');
INSERT INTO answer_keys VALUES ('lesson', 'q', 'r1', '{"one":["a"]}'), ('lesson', 'q', 'r2', '{}');
INSERT INTO drill_keys VALUES ('lesson', 'd', 'r1', '{"sql":{}}');
INSERT INTO files VALUES ('f1', 'id: p'), ('f2', '');
INSERT INTO releases VALUES
    ('r1', 'p', 1, '{}', 'd1', 4, NULL, '', NULL, '[]'), ('r2', 'p', 2, '{}', 'd2', 5, 'u1', 'Zweite', 1, '[{}]');
INSERT INTO packs VALUES ('p', 'r2');
INSERT INTO release_entries VALUES
    ('r1', 'lesson', 'q', 'r1', false, NULL, '[]'), ('r2', 'course', 'c', 'r1', false, NULL, '["old"]'),
    ('r2', 'lesson', 'q', 'r2', false, NULL, '[]'), ('r2', 'lesson', 'a', 'r1', true, 'q', '[]');
INSERT INTO release_files VALUES ('r1', 'pack.yaml', 'f1'), ('r2', 'pack.yaml', 'f1'), ('r2', 'empty', 'f2');
INSERT INTO release_links VALUES ('r2', 'course', 'c', 'lesson', 'q');
INSERT INTO enrolments VALUES
    ('e1', 'u1', 'p', 'course', 'c', 2, 'active', 6, NULL, 1), ('e2', 'u2', 'p', 'track', 't', 1, 'completed', 6, 7, 2);
INSERT INTO learning_events VALUES ('u1', 1, 6, '{"kind":"enrolled"}'), ('u1', 2, 7, '{}'), ('u2', 1, 6, '{}');
INSERT INTO record_lessons VALUES
    ('u1', 'a', 7, 'r1', NULL, 0, NULL, NULL, true, NULL),
    ('u1', 'q', NULL, NULL, 'r2', 2, 40, 8, false, '{"reason":"knows \"it\""}');
INSERT INTO record_skills VALUES ('u1', 's', 7);
INSERT INTO record_courses VALUES ('u2', 'c', 7);
INSERT INTO attempts VALUES
    ('a1', 'u1', 'e1', 'q', 'r2', 80, 7, 'open', NULL, NULL, NULL, NULL, true, false),
    ('a2', 'u1', 'e1', 'q', 'r1', 80, 7, 'graded', 8, '[]', '{}', false, false, true);
INSERT INTO drill_attempts VALUES
    ('d1', 'u1', 'e1', 'd', 'r1', 'http', true, 'n1', '0f', 7, 9, 'open', NULL, NULL, NULL, NULL, NULL),
    ('d2', 'u1', 'e1', 'd2', 'r1', 'sql', false, 'n2', '00', 7, 9, 'judged', 8, 'r2', '{"sql":"x"}', '{}', 'run_by_server'),
    ('d3', 'u2', 'e2', 'd', 'r1', 'migration', false, 'n3', '00', 7, 9, 'expired', NULL, NULL, NULL, NULL, NULL);
INSERT INTO capstone_submissions VALUES
    ('w1', 'u1', 'e1', 'k', 'submitted', 3), ('w2', 'u2', 'e2', 'k', 'accepted', 2);
INSERT INTO capstone_versions VALUES
    ('w1', 1, 'r1', '{"text":"It''s mine"}', 8, '{"accepted":false}'), ('w1', 2, 'r1', '{}', 9, NULL),
    ('w2', 1, 'r1', '{}', 9, '{}');
INSERT INTO capstone_comments VALUES ('w1', 1, 'u2', 9, 'Why?'), ('w1', 2, 'u1', 9, '');
INSERT INTO study_plans VALUES ('e1', 300, '2026-12-01', 9, 1), ('e2', 30, '2026-01-01', 9, 4);
INSERT INTO study_plan_missed VALUES ('e1', '2026-12-22'), ('e1', '2026-12-29');
INSERT INTO quiz_results VALUES ('q', 'r1', 40, 2, 1), ('q', 'r1', 100, 1, 1);
INSERT INTO question_results VALUES ('q', 'r1', 'one', 2, 1, 0);
INSERT INTO choice_results VALUES ('q', 'r1', 'one', 'b', 1);
INSERT INTO search_documents (number, kind, document_id, pack_id, stamp) VALUES
    (1, 'course', 'c', 'p', '1:r1'), (9007199254740993, 'lesson', 'q', 'p', '1:r2');
INSERT INTO idempotent_answers VALUES ('u1', 'key', 'f', 201, '[["ETag","\"1\""]]', '{"id":"e1"}', 9);
"#;

/// Migrations that give columns to tables that were there: going back takes what stood in these columns away.
const WIDENS: [(&str, &[&str]); 3] = [
    ("0005_challenges_and_waivers", &["attempts", "record_lessons"]),
    ("0008_statistics", &["attempts"]),
    ("0009_practice", &["documents"]),
];

fn schema(config: &Config) -> String {
    dump::schema_dump(&SqlStore::open(config).unwrap()).unwrap()
}

fn rows(config: &Config) -> BTreeMap<String, Rows> {
    dump::row_hashes(&SqlStore::open(config).unwrap()).unwrap()
}

/// Goes down each number of steps and up again, on an empty database of so many tables, of which the last argument runs SQL.
fn each_way(config: &Config, tables: usize, run: impl FnOnce(&str)) {
    let names = migrate::names();
    assert_eq!(migrate::up(config).unwrap(), names);
    assert_eq!(migrate::up(config).unwrap(), [""; 0]);
    run(ROWS);
    let (made, before) = (schema(config), rows(config));
    for part in ["users_email_key", "users_admins", "enrolments_open_by_pack", "record_lessons_completed"] {
        assert!(made.contains(part), "{made}");
    }
    let empty: Vec<_> = before.iter().filter(|(_, (count, _))| *count == 0).collect();
    assert!(before.len() == tables && empty.is_empty(), "every table has rows: {before:?}");

    for steps in 1..=names.len() {
        let (stay, go) = names.split_at(names.len() - steps);
        let mut undone = migrate::down(config, u32::try_from(steps).unwrap()).unwrap();
        undone.reverse();
        assert_eq!(undone, go);
        let applied: Vec<_> = migrate::status(config).unwrap().into_iter().filter(|one| one.applied).collect();
        assert_eq!(applied.into_iter().map(|one| one.name).collect::<Vec<_>>(), stay);
        let widened = |table: &str| {
            WIDENS.iter().any(|(name, tables)| go.iter().any(|gone| gone == name) && tables.contains(&table))
        };
        let left = rows(config);
        let kept =
            |(table, rows): (&String, &Rows), known: &Rows| rows.0 == known.0 && (rows.1 == known.1 || widened(table));
        assert!(left.iter().all(|(table, rows)| kept((table, rows), &before[table])), "{left:?}");
        assert_ne!(schema(config), made);
        assert_eq!(left.is_empty(), stay.is_empty());
        assert_eq!(schema(config).is_empty(), stay.is_empty());
        assert_eq!(migrate::up(config).unwrap(), go);
        assert_eq!(schema(config), made);
        let after = rows(config);
        let same = |(table, rows): (&String, &Rows)| match left.get(table) {
            Some(known) => kept((table, rows), known),
            None => rows.0 == 0,
        };
        assert!(after.iter().all(same), "{after:?}");
        // Back once more: the columns that stayed have what they had.
        migrate::down(config, u32::try_from(steps).unwrap()).unwrap();
        assert_eq!(rows(config), left);
        assert_eq!(migrate::up(config).unwrap(), go);
    }
    assert_eq!(migrate::down(config, u32::MAX).unwrap().len(), names.len());
    assert_eq!(migrate::down(config, 1).unwrap(), [""; 0]);
}

#[test]
fn each_way_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cairn.db");
    // PostgreSQL has the terms of documents in the table of documents.
    each_way(&Config::new(format!("sqlite:{}", path.display())), 32, |sql| {
        let database = rusqlite::Connection::open(&path).unwrap();
        database.pragma_update(None, "foreign_keys", true).unwrap();
        database.execute_batch(sql).unwrap();
        database.execute_batch("INSERT INTO search_words (rowid, words) VALUES (1, '1a 1c++ k_course')").unwrap();
    });
}

#[test]
fn each_way_on_postgres() {
    let database = cluster().fresh_database();
    each_way(&Config::new(database.url()), 31, |sql| _ = database.sql(sql).unwrap());
}
