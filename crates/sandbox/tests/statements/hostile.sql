-- Statements that must be refused or bounded. Each begins with a line that says how it is run and what must come of it:
--
--   -- read: refused ATTACH      a script that may only read; it is refused, and the refusal has the word ATTACH in it
--   -- write: …                  a script that may change rows
--   -- index: …                  a script that may make indexes
--   -- step: …                   a step of a migration
--
-- What comes of it is the limit (refused, processor, memory, size, rows, bytes, statements, time), `error` for the engine's
-- own word against it, or `harmless` for what runs and gives nothing away. `-- each: a | b` runs the statement once for each
-- part with `{}` replaced by it; `-- times: N` makes the statement so often the script.

-- read: refused ATTACH
ATTACH DATABASE '/etc/passwd' AS other;
-- read: refused ATTACH
ATTACH ':memory:' AS other;
-- read: refused ATTACH
ATTACH 'file:/tmp/x?mode=rwc' AS other;
-- read: refused ATTACH
ATTACH '' AS other;
-- write: refused ATTACH
BEGIN; ATTACH '/tmp/planted.db' AS other; COMMIT;
-- step: refused ATTACH
ATTACH '/tmp/planted.db' AS other;
-- step: refused ATTACH
CREATE TABLE fine (a); ATTACH char(47) || 'tmp/planted.db' AS other;
-- read: refused DETACH
DETACH DATABASE main;
-- step: refused DETACH
DETACH DATABASE temp;

-- read: refused ATTACH
VACUUM INTO '/tmp/stolen.db';
-- write: refused ATTACH
VACUUM INTO 'file:/tmp/stolen.db?mode=rwc';
-- index: refused ATTACH
VACUUM main INTO '/tmp/stolen.db';
-- read: refused ATTACH
VACUUM;
-- write: refused ATTACH
VACUUM main;
-- step: error VACUUM
CREATE TABLE fine (a); VACUUM INTO '/tmp/stolen.db';
-- step: error VACUUM
VACUUM INTO '/tmp/stolen.db';
-- step: error VACUUM
VACUUM;

-- read: refused PRAGMA
-- each: analysis_limit | application_id | auto_vacuum | automatic_index | busy_timeout | cache_size | cache_spill | case_sensitive_like | cell_size_check | checkpoint_fullfsync | collation_list | compile_options | count_changes | data_version | database_list | default_cache_size | defer_foreign_keys | empty_result_callbacks | encoding | foreign_key_check | foreign_keys | freelist_count | full_column_names | fullfsync | function_list | hard_heap_limit | ignore_check_constraints | incremental_vacuum | integrity_check | journal_mode | journal_size_limit | legacy_alter_table | locking_mode | max_page_count | mmap_size | module_list | optimize | page_count | page_size | pragma_list | query_only | quick_check | read_uncommitted | recursive_triggers | reverse_unordered_selects | schema_version | secure_delete | short_column_names | shrink_memory | soft_heap_limit | synchronous | table_list | temp_store | temp_store_directory | threads | trusted_schema | user_version | wal_autocheckpoint | wal_checkpoint | writable_schema | data_store_directory
PRAGMA {};
-- write: refused PRAGMA
-- each: hard_heap_limit = 0 | soft_heap_limit = 0 | max_page_count = 2000000000 | writable_schema = ON | trusted_schema = ON | temp_store = FILE | temp_store_directory = '/tmp' | journal_mode = WAL | locking_mode = EXCLUSIVE | mmap_size = 1000000000 | cache_size = -1000000 | foreign_keys = OFF | recursive_triggers = ON | query_only = ON | synchronous = OFF | page_size = 65536 | secure_delete = ON | user_version = 7 | schema_version = 9 | threads = 8 | ignore_check_constraints = ON | table_info(hut) | index_list(hut) | foreign_key_list(visit) | main.journal_mode = DELETE
PRAGMA {};
-- step: refused PRAGMA
-- each: writable_schema = ON | journal_mode = WAL | max_page_count = 2000000000 | hard_heap_limit = 0 | temp_store_directory = '/tmp' | trusted_schema = ON | locking_mode = EXCLUSIVE | schema_version = 9 | legacy_alter_table = ON | ignore_check_constraints = ON | wal_checkpoint | mmap_size = 1000000000
PRAGMA {};
-- read: refused table pragma_
-- each: pragma_database_list | pragma_function_list | pragma_module_list | pragma_compile_options | pragma_table_info('hut') | pragma_page_size | pragma_table_list | pragma_integrity_check
SELECT * FROM {};
-- read: refused table pragma_
-- each: pragma_database_list | pragma_compile_options | pragma_data_version
SELECT count(*) FROM {};

-- read: refused load_extension
SELECT load_extension('/tmp/evil.so');
-- write: refused load_extension
SELECT load_extension('evil', 'entry');
-- step: refused load_extension
SELECT load_extension('/tmp/evil.so');
-- read: error no such function
-- each: readfile('/etc/passwd') | writefile('/tmp/x', 'x') | edit('x') | lsmode('/tmp') | system('id') | shell('id') | exec('id') | sha3('x') | eval('DROP TABLE hut') | zipfile('/tmp/x') | fsdir('/etc') | regexp('a', 'a')
SELECT {};
-- read: error sqlite_fail
SELECT sqlite_fail('x');
-- read: refused function
-- each: sqlite_rename_table(1,2,3,4,5,6,7) | sqlite_rename_column(1,2,3,4,5,6,7,8,9)
SELECT {};
-- read: refused function
-- each: fts3_tokenizer('simple') | fts3_tokenizer('simple', x'4141414141414141') | sqlite_compileoption_get(1) | sqlite_compileoption_used('X') | sqlite_source_id() | sqlite_log(1, 'x') | rtreecheck('hut') | rtreenode(2, x'00') | rtreedepth(x'0000') | fts5_source_id() | optimize('hut') | snippet('hut') | offsets('hut') | matchinfo('hut')
SELECT {};
-- step: refused function
-- each: fts3_tokenizer('simple') | sqlite_log(1, 'x') | sqlite_compileoption_get(0)
SELECT {};
-- read: error
SELECT * FROM fsdir('/etc');
-- read: error
SELECT * FROM readfile('/etc/passwd');
-- read: error
SELECT * FROM generate_series(1, 1000000000);
-- read: error
.shell id
-- read: error
\! id
-- read: error
COPY hut TO PROGRAM 'id';
-- read: error
SELECT * FROM hut INTO OUTFILE '/tmp/x';

-- read: refused dbstat
SELECT * FROM dbstat;
-- read: refused dbstat
SELECT count(*) FROM dbstat;
-- read: refused dbstat
SELECT 1 FROM dbstat LIMIT 1;
-- read: refused dbstat
SELECT count(*) FROM DbStat AS hut;
-- read: refused dbstat
SELECT EXISTS (SELECT 1 FROM main.dbstat);
-- read: refused dbstat
SELECT count(*) FROM hut, dbstat;
-- write: refused dbstat
INSERT INTO hut (name) SELECT path FROM dbstat;
-- step: refused dbstat
CREATE TABLE stolen AS SELECT * FROM dbstat;
-- step: error unsafe use of virtual table
CREATE VIEW stolen AS SELECT * FROM dbstat; SELECT * FROM stolen;
-- read: error sqlite_dbpage
SELECT data FROM sqlite_dbpage;
-- read: error
SELECT * FROM sqlite_stmt;
-- read: error
SELECT * FROM bytecode('SELECT 1');
-- read: error
SELECT * FROM tables_used('SELECT 1');
-- read: refused sqlite_temp_master
SELECT * FROM sqlite_temp_master;
-- read: refused sqlite_temp_master
SELECT * FROM sqlite_temp_schema;
-- read: error
SELECT * FROM fts5vocab;
-- read: refused
SELECT * FROM temp.sqlite_master;

-- read: refused schema
CREATE VIRTUAL TABLE v USING fts5(a);
-- write: refused schema
CREATE VIRTUAL TABLE v USING fts4(a);
-- step: refused virtual
-- each: fts3(a) | fts3aux(a) | fts3tokenize('simple') | fts4(a) | fts4aux(main, hut) | fts5(a) | fts5vocab('hut', 'row') | rtree(id, a, b) | rtree_i32(id, a, b) | dbstat | dbstat(main) | json_each | csv(filename='/etc/passwd') | nonesuch
CREATE VIRTUAL TABLE v USING {};
-- step: refused temporary
CREATE VIRTUAL TABLE temp.v USING fts5(a);
-- step: refused virtual
CREATE VIRTUAL TABLE IF NOT EXISTS hut_shadow USING fts5(name, content='hut');

-- read: refused INSERT
INSERT INTO hut (name) VALUES ('x');
-- read: refused INSERT
REPLACE INTO hut (id, name) VALUES (1, 'x');
-- read: refused INSERT
WITH x AS (SELECT 1) INSERT INTO hut (name) SELECT 'x' FROM x;
-- read: refused UPDATE
UPDATE hut SET name = 'x';
-- read: refused DELETE
DELETE FROM hut;
-- read: refused DELETE
DELETE FROM hut RETURNING name;
-- read: refused a transaction
BEGIN;
-- read: refused a transaction
-- each: BEGIN IMMEDIATE | BEGIN EXCLUSIVE | COMMIT | ROLLBACK | END
{};
-- read: refused SAVEPOINT
-- each: SAVEPOINT a | RELEASE a | ROLLBACK TO a
{};
-- read: refused schema
-- each: CREATE TABLE t (a) | CREATE TABLE t AS SELECT * FROM hut | CREATE VIEW v AS SELECT 1 | CREATE TRIGGER t AFTER INSERT ON hut BEGIN SELECT 1; END | DROP TABLE hut | ALTER TABLE hut RENAME TO cabin | ALTER TABLE hut ADD COLUMN x | ALTER TABLE hut DROP COLUMN height | ALTER TABLE hut RENAME COLUMN name TO title
{};
-- write: refused schema
-- each: CREATE TABLE t (a) | CREATE TABLE t AS SELECT * FROM hut | CREATE VIEW v AS SELECT 1 | DROP TABLE visit | ALTER TABLE hut RENAME TO cabin | ALTER TABLE hut ADD COLUMN x | ALTER TABLE hut DROP COLUMN height | ALTER TABLE hut RENAME COLUMN name TO title
{};
-- write: refused schema
CREATE TRIGGER planted AFTER INSERT ON hut BEGIN DELETE FROM visit; END;
-- index: refused schema
CREATE TABLE t (a);
-- index: refused schema
DROP TABLE visit;
-- read: refused schema
CREATE INDEX i ON hut (name);
-- write: refused schema
CREATE INDEX i ON hut (name);
-- write: refused schema
DROP INDEX visit_by_hut;
-- read: refused
-- each: REINDEX | ANALYZE | REINDEX visit | ANALYZE hut
{};
-- index: refused to change the schema
ANALYZE;
-- index: refused INSERT
INSERT INTO hut (name) VALUES ('x');
-- index: refused a transaction
BEGIN; CREATE INDEX i ON hut (name); COMMIT;
-- read: refused temporary
-- each: CREATE TEMP TABLE t (a) | CREATE TEMPORARY VIEW v AS SELECT 1 | CREATE TEMP TRIGGER t AFTER INSERT ON hut BEGIN SELECT 1; END
{};
-- step: refused temporary
-- each: CREATE TEMP TABLE t (a) | CREATE TABLE temp.t (a) | CREATE TEMPORARY VIEW v AS SELECT 1 | CREATE TEMP TRIGGER t AFTER INSERT ON hut BEGIN SELECT 1; END | CREATE TEMP TABLE t AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n
{};

-- write: refused schema
INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 2, 'CREATE TABLE x (a)');
-- step: error may not be modified
-- each: UPDATE sqlite_master SET sql = 'CREATE TABLE hut (x)' | DELETE FROM sqlite_schema | INSERT INTO sqlite_master VALUES ('view', 'x', 'x', 0, 'CREATE VIEW x AS SELECT 1')
{};
-- index: error may not be modified
DELETE FROM sqlite_schema;
-- step: error
CREATE TABLE sqlite_shadow (a);
-- step: error
DROP TABLE sqlite_master;
-- step: error
ALTER TABLE sqlite_master RENAME TO x;
-- step: error
CREATE TRIGGER t AFTER INSERT ON sqlite_master BEGIN SELECT 1; END;
-- step: error
CREATE INDEX i ON sqlite_master (name);

-- A bomb that counts.
-- read: processor
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n;
-- read: processor
WITH RECURSIVE n(x) AS (VALUES (0) UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000) SELECT max(x) FROM n;
-- read: processor
WITH RECURSIVE n(x) AS (SELECT 1 UNION SELECT (x * 1103515245 + 12345) & 1023 FROM n), m(y) AS (SELECT 1 UNION ALL SELECT y + 1 FROM m) SELECT count(*) FROM m, n;
-- read: processor
SELECT count(*) FROM visit a, visit b, visit c, visit d, visit e, visit f;
-- read: processor
SELECT count(*) FROM visit a CROSS JOIN visit b CROSS JOIN visit c CROSS JOIN visit d CROSS JOIN visit e WHERE a.nights + b.nights + c.nights + d.nights + e.nights = -1;
-- read: bounded
SELECT sum(a.nights * b.nights) FROM visit a, visit b, visit c, visit d, visit e GROUP BY a.id % 2;
-- read: processor
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0;
-- read: processor
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT EXISTS (SELECT 1 FROM n WHERE x = -1);
-- read: processor
SELECT 1 WHERE (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n) > 0;
-- read: processor
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(DISTINCT x % 7) FROM n;
-- write: processor
UPDATE hut SET height = (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n);
-- write: processor
DELETE FROM visit WHERE (SELECT count(*) FROM visit a, visit b, visit c, visit d, visit e) = 7;
-- step: processor
SELECT count(*) FROM visit a, visit b, visit c, visit d, visit e, visit f;
-- step: processor
CREATE TABLE big AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS x FROM n;

-- Doubling: each part is twice the last.
-- read: bounded
WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a UNION ALL SELECT x FROM a), c AS (SELECT x FROM b UNION ALL SELECT x FROM b), d AS (SELECT x FROM c UNION ALL SELECT x FROM c), e AS (SELECT x FROM d UNION ALL SELECT x FROM d), f AS (SELECT x FROM e UNION ALL SELECT x FROM e), g AS (SELECT x FROM f UNION ALL SELECT x FROM f), h AS (SELECT x FROM g UNION ALL SELECT x FROM g), i AS (SELECT x FROM h UNION ALL SELECT x FROM h), j AS (SELECT x FROM i UNION ALL SELECT x FROM i), k AS (SELECT x FROM j UNION ALL SELECT x FROM j), l AS (SELECT x FROM k UNION ALL SELECT x FROM k), m AS (SELECT x FROM l UNION ALL SELECT x FROM l), n AS (SELECT x FROM m UNION ALL SELECT x FROM m), o AS (SELECT x FROM n UNION ALL SELECT x FROM n), p AS (SELECT x FROM o UNION ALL SELECT x FROM o), q AS (SELECT x FROM p UNION ALL SELECT x FROM p), r AS (SELECT x FROM q UNION ALL SELECT x FROM q), s AS (SELECT x FROM r UNION ALL SELECT x FROM r), t AS (SELECT x FROM s UNION ALL SELECT x FROM s), u AS (SELECT x FROM t UNION ALL SELECT x FROM t), v AS (SELECT x FROM u UNION ALL SELECT x FROM u), w AS (SELECT x FROM v UNION ALL SELECT x FROM v), y AS (SELECT x FROM w UNION ALL SELECT x FROM w) SELECT count(*) FROM y;
-- read: bounded
WITH a AS (SELECT 1 AS x), b AS (SELECT p.x FROM a p, a q), c AS (SELECT p.x FROM b p, b q), d AS (SELECT p.x FROM c p, c q), e AS (SELECT p.x FROM d p, d q), f AS (SELECT p.x FROM e p, e q), g AS (SELECT p.x FROM f p, f q), h AS (SELECT p.x FROM g p, g q), i AS (SELECT p.x FROM h p, h q), j AS (SELECT p.x FROM i p, i q), k AS (SELECT p.x FROM j p, j q), l AS (SELECT p.x FROM k p, k q), m AS (SELECT p.x FROM l p, l q), n AS (SELECT p.x FROM m p, m q), o AS (SELECT p.x FROM n p, n q), q AS (SELECT p.x FROM o p, o q), r AS (SELECT p.x FROM q p, q q), s AS (SELECT p.x FROM r p, r q), t AS (SELECT p.x FROM s p, s q) SELECT count(*) FROM t;
-- step: bounded
CREATE VIEW a AS SELECT id AS x FROM hut; CREATE VIEW b AS SELECT x FROM a UNION ALL SELECT x FROM a; CREATE VIEW c AS SELECT x FROM b UNION ALL SELECT x FROM b; CREATE VIEW d AS SELECT x FROM c UNION ALL SELECT x FROM c; CREATE VIEW e AS SELECT x FROM d UNION ALL SELECT x FROM d; CREATE VIEW f AS SELECT x FROM e UNION ALL SELECT x FROM e; CREATE VIEW g AS SELECT x FROM f UNION ALL SELECT x FROM f; CREATE VIEW h AS SELECT x FROM g UNION ALL SELECT x FROM g; CREATE VIEW i AS SELECT x FROM h UNION ALL SELECT x FROM h; CREATE VIEW j AS SELECT x FROM i UNION ALL SELECT x FROM i; CREATE VIEW k AS SELECT x FROM j UNION ALL SELECT x FROM j; CREATE VIEW l AS SELECT x FROM k UNION ALL SELECT x FROM k; CREATE VIEW m AS SELECT x FROM l UNION ALL SELECT x FROM l; CREATE VIEW n AS SELECT x FROM m UNION ALL SELECT x FROM m; CREATE VIEW o AS SELECT x FROM n UNION ALL SELECT x FROM n; CREATE VIEW p AS SELECT x FROM o UNION ALL SELECT x FROM o; CREATE VIEW q AS SELECT x FROM p UNION ALL SELECT x FROM p; CREATE VIEW r AS SELECT x FROM q UNION ALL SELECT x FROM q; CREATE VIEW s AS SELECT x FROM r UNION ALL SELECT x FROM r; CREATE VIEW t AS SELECT x FROM s UNION ALL SELECT x FROM s; SELECT count(*) FROM t;
-- read: error too many terms
SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL SELECT 11;
-- read: error
SELECT ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))));
-- read: error
SELECT ----------------------------------------------------------------------------------------------------------------1;
-- read: error
SELECT 1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1;
-- read: error
SELECT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT 1;
-- read: error
SELECT ?1;
-- read: error
SELECT :name;
-- read: error
SELECT ?32766;

-- Long values.
-- read: error too big
-- each: zeroblob(1000000000) | hex(zeroblob(60000)) | printf('%100000d', 1) | printf('%.*c', 100000, 'x') | replace(hex(zeroblob(20000)), '0', 'xxxxxxxx') | hex(hex(zeroblob(20000))) | quote(zeroblob(60000)) | randomblob(1000000) | char(65) || hex(zeroblob(40000)) | format('%s%s%s', hex(zeroblob(20000)), hex(zeroblob(20000)), 'x') | group_concat(hex(zeroblob(20000)), hex(zeroblob(20000))) || hex(zeroblob(30000)) | concat(hex(zeroblob(20000)), hex(zeroblob(20000))) | concat_ws(hex(zeroblob(15000)), 'a', 'b', 'c', 'd') | json_array(hex(zeroblob(20000)), hex(zeroblob(20000))) | unhex(hex(zeroblob(32000))) || hex(zeroblob(32000)) | upper(hex(zeroblob(40000))) | printf('%0100000d', 1) | printf('%100000s', 'x')
SELECT length({});
-- read: error too big
SELECT length(group_concat(hex(zeroblob(1000)))) FROM visit;
-- read: error too big
SELECT length(json_group_array(hex(zeroblob(1000)))) FROM visit;
-- read: error too big
WITH RECURSIVE d(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM d) SELECT max(length(t)) FROM d;
-- write: error too big
UPDATE hut SET name = hex(zeroblob(40000));
-- write: error too big
INSERT INTO hut (name) VALUES (zeroblob(70000));
-- step: error too big
UPDATE hut SET name = replace(hex(zeroblob(20000)), '0', 'xxxx');
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(instr(hex(zeroblob(32000)), hex(zeroblob(16000)) || 'x' || x)) FROM n;
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(length(replace(hex(zeroblob(30000)), '00', x))) FROM n;
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(length(randomblob(60000))) FROM n;
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(length(printf('%60000d', x))) FROM n;
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(length(soundex(hex(zeroblob(30000))))) FROM n;
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(json_array_length('[' || replace(hex(zeroblob(10000)), '0', '1,') || '1]')) FROM n;
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(length(trim(hex(zeroblob(32000)), '0123456789'))) FROM n;

-- Patterns.
-- read: error pattern too complex
SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b';
-- read: error pattern too complex
SELECT hex(zeroblob(30000)) GLOB hex(zeroblob(1000));
-- read: bounded
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n WHERE hex(zeroblob(30000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%0%1';
-- read: bounded
SELECT hex(zeroblob(32000)) GLOB '*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*0*1';
-- read: bounded
SELECT hex(zeroblob(32000)) LIKE '%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%0%_%1';
-- read: bounded
SELECT count(*) FROM visit a, visit b, visit c WHERE hex(zeroblob(2000)) GLOB '*[0-9]*[0-9]*[0-9]*[0-9]*[0-9]*[0-9]*[0-9]*[a-f]*';

-- Memory.
-- read: memory
SELECT count(*) FROM (SELECT DISTINCT randomblob(60000) AS r FROM visit a, visit b);
-- read: memory
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000) SELECT group_concat(length(r)) FROM (SELECT randomblob(60000) AS r FROM n ORDER BY r);
-- read: bounded
WITH RECURSIVE n(x, y) AS (SELECT 1, randomblob(60000) UNION SELECT x + 1, randomblob(60000) FROM n) SELECT count(*) FROM n;
-- read: bounded
SELECT count(*) FROM (SELECT a.id AS i, b.id AS j, c.id AS k, randomblob(10000) AS r FROM visit a, visit b, visit c ORDER BY r) WHERE r IS NOT NULL;
-- read: bounded
SELECT count(*) FROM (SELECT id, row_number() OVER (ORDER BY r) AS n FROM (SELECT a.id, randomblob(20000) AS r FROM visit a, visit b));
-- read: bounded
WITH m AS MATERIALIZED (SELECT randomblob(50000) AS r FROM visit a, visit b) SELECT count(*) FROM m, m AS o WHERE m.r = o.r;
-- read: bounded
SELECT json_group_array(json(r)) FROM (SELECT '[' || replace(hex(zeroblob(5000)), '0', '1,') || '1]' AS r FROM visit a, visit b);
-- write: bounded
INSERT INTO visit (hut, guest, nights) SELECT a.hut, hex(zeroblob(20000)), 1 FROM visit a, visit b, visit c;
-- write: size
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) INSERT INTO hut (name, height) SELECT hex(zeroblob(30000)), x FROM n;
-- write: size
UPDATE visit SET guest = hex(zeroblob(32000)); INSERT INTO visit (hut, guest, nights) SELECT hut, guest, nights FROM visit; INSERT INTO visit (hut, guest, nights) SELECT hut, guest, nights FROM visit; INSERT INTO visit (hut, guest, nights) SELECT hut, guest, nights FROM visit; INSERT INTO visit (hut, guest, nights) SELECT hut, guest, nights FROM visit; INSERT INTO visit (hut, guest, nights) SELECT hut, guest, nights FROM visit; INSERT INTO visit (hut, guest, nights) SELECT hut, guest, nights FROM visit;
-- step: size
CREATE TABLE big AS SELECT zeroblob(60000) AS z FROM visit a, visit b, visit c;
-- step: size
CREATE TABLE big (a); WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) INSERT INTO big SELECT zeroblob(50000) FROM n;
-- index: bounded
CREATE INDEX i ON visit (hex(zeroblob(20000)) || id || guest);

-- Floods.
-- read: rows
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;
-- read: rows
SELECT a.id FROM visit a, visit b, visit c;
-- read: rows
SELECT * FROM visit a CROSS JOIN visit b;
-- read: rows
SELECT value FROM visit a, visit b, json_each('[1,2,3,4,5,6,7,8,9]');
-- read: rows
SELECT 1; WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT NULL FROM n; SELECT 2;
-- write: rows
INSERT INTO visit (hut, guest, nights) SELECT a.hut, 'x', 1 FROM visit a, visit b RETURNING id;
-- read: bytes
SELECT hex(zeroblob(30000)) FROM visit a, visit b;
-- read: bytes
SELECT zeroblob(60000), zeroblob(60000), zeroblob(60000) FROM visit;
-- read: bytes
SELECT randomblob(32000) FROM visit a, visit b;
-- read: refused bytes
-- times: 10000
;SELECT 1
-- read: statements
-- times: 1500
;SELECT 1
-- read: statements
-- times: 51
SELECT 1;
-- write: statements
-- times: 60
UPDATE hut SET height = height + 1;
-- step: statements
-- times: 60
UPDATE hut SET height = height + 1;
-- read: refused bytes
-- times: 2000
SELECT 'a long script';
-- read: error
-- times: 900
( SELECT 1
-- read: refused NUL
-- nul
SELECT 1;

-- Triggers that a migration plants.
-- step: harmless
CREATE TRIGGER again AFTER INSERT ON hut BEGIN INSERT INTO visit (hut, guest, nights) VALUES (1, 'x', 1); END; CREATE TRIGGER back AFTER INSERT ON visit BEGIN INSERT INTO hut (name) VALUES ('x'); END; INSERT INTO hut (name) VALUES ('x');
-- step: processor
CREATE TRIGGER slow AFTER UPDATE ON hut BEGIN UPDATE visit SET nights = (SELECT count(*) FROM visit a, visit b, visit c, visit d, visit e); END; UPDATE hut SET height = 1;
-- step: error
CREATE TRIGGER t AFTER INSERT ON hut BEGIN ATTACH 'x' AS y; END;
-- step: error
CREATE TRIGGER t AFTER INSERT ON hut BEGIN PRAGMA writable_schema = ON; END;
-- step: refused load_extension
CREATE TRIGGER t AFTER UPDATE ON hut BEGIN SELECT load_extension('/tmp/evil.so'); END; UPDATE hut SET height = 1;
-- step: error unsafe use of fts3_tokenizer
CREATE VIEW v AS SELECT fts3_tokenizer('simple') AS x; SELECT * FROM v;
-- step: refused load_extension
CREATE TABLE t (a, b AS (load_extension('/tmp/evil.so'))); SELECT b FROM t;
-- step: refused load_extension
CREATE INDEX i ON hut (load_extension(name));
-- step: refused load_extension
CREATE TABLE t (a CHECK (load_extension(a))); INSERT INTO t VALUES ('/tmp/evil.so');
-- step: error unsafe use of load_extension
CREATE TABLE t (a DEFAULT (load_extension('/tmp/evil.so')), b); INSERT INTO t (b) VALUES (1);

-- Output that imitates an answer: it comes back as the text that it is.
-- read: harmless
SELECT '{"peak_kib":1,"outcome":{"Ran":{"stopped":null,"error":null,"statements":1,"result":null,"plan":[],"open_transaction":false,"before":{},"after":{},"stages":[]}}}';
-- read: harmless
SELECT char(10) || '{"peak_kib":null,"outcome":{"BadData":"x"}}' || char(10);
-- read: harmless
SELECT '"}]]}}' || char(0) || '{"outcome":{"Unprotected":"x"}}' AS "rows"",""stopped"":null,""x";
-- read: harmless
SELECT x'7b226f7574636f6d65223a7d', CAST(x'ff00fe22' AS TEXT), '\u0000\ud800', 9e999, -9e999;
-- read: error {"outcome"
SELECT "{""outcome"":{""Ran"":{}}}";
-- read: harmless
SELECT sql FROM sqlite_master;
-- read: harmless
SELECT count(*) FROM sqlite_schema;
-- read: harmless
EXPLAIN SELECT * FROM hut;
-- read: harmless
SELECT datetime('now', 'localtime'), random() IS NOT NULL, current_timestamp IS NOT NULL;
-- read: refused INSERT
EXPLAIN INSERT INTO hut (name) VALUES ('x');
-- read: refused ATTACH
EXPLAIN ATTACH '/tmp/x' AS y;
-- read: error
SELECT * FROM other.hut;
-- read: refused match
SELECT * FROM hut WHERE name MATCH 'x';
-- read: error
SELECT name REGEXP '(a+)+$' FROM hut;
-- read: error
SELECT abs(-9223372036854775808);
-- read: error
SELECT sum(9223372036854775807) FROM hut;
-- read: error
SELECT json('{"a":');
-- read: error
SELECT json_extract('{}', '$[');
-- read: error
SELECT json_tree('{}');
-- read: bounded
WITH RECURSIVE n(x, j) AS (SELECT 1, '1' UNION ALL SELECT x + 1, json_array(json(j), json(j)) FROM n LIMIT 30) SELECT max(length(j)) FROM n;
-- read: error malformed
SELECT json_array_length(replace(hex(zeroblob(1100)), '0', '['));
-- write: error
INSERT INTO visit (hut, guest, nights) VALUES (99999, 'nobody', 1);
-- write: refused sqlite_sequence
UPDATE sqlite_sequence SET seq = 9223372036854775807;
-- write: error sqlite_stat1
DELETE FROM sqlite_stat1;
