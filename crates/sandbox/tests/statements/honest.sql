-- Statements of learners who mean well. Each begins with the rows that it must give, as JSON: floating numbers as numbers
-- with a point, bytes as {"blob": "hex"}.

-- rows: [[1]]
SELECT 1;
-- rows: [[7, 3, 1, 3.5, -3]]
SELECT 1 + 2 * 3, 7 / 2, 7 % 3, 7.0 / 2, -7 / 2;
-- rows: [["ab", null, "12"]]
SELECT 'a' || 'b', NULL || 'b', 1 || 2;
-- rows: [[null, 1, null, 1]]
SELECT NULL = NULL, NULL IS NULL, 1 <> NULL, NULL IS NOT 1;
-- rows: [[null, 0, 1, null]]
SELECT 1 AND NULL, 0 AND NULL, 1 OR NULL, NOT NULL;
-- rows: [[1, 0, null, 0]]
SELECT 5 BETWEEN 1 AND 5, 5 IN (1, 2), 5 NOT IN (1, NULL), 'a' < 'B';
-- rows: [["Bergheim"], ["Dome"], ["Fels"]]
SELECT name FROM hut WHERE height > 2000 ORDER BY name;
-- rows: [["Cabane"]]
SELECT name FROM hut WHERE height IS NULL;
-- rows: [["Dome", 2750], ["Bergheim", 2100], ["Fels", 2100]]
SELECT name, height FROM hut ORDER BY height DESC NULLS LAST, name LIMIT 3;
-- rows: [["Dome"], ["Erlen"]]
SELECT name FROM hut ORDER BY id LIMIT 2 OFFSET 3;
-- rows: [[null], ["Au"], ["Tal"], ["Val"]]
SELECT DISTINCT valley FROM hut ORDER BY valley;
-- rows: [[6, 5, 4]]
SELECT count(*), count(height), count(DISTINCT height) FROM hut;
-- rows: [[1210, 2750, 2002.0, 10010, 10010.0]]
SELECT min(height), max(height), avg(height), sum(height), total(height) FROM hut;
-- rows: [[null, 1], ["Au", 1], ["Tal", 2], ["Val", 2]]
SELECT valley, count(*) FROM hut GROUP BY valley ORDER BY valley;
-- rows: [["Tal", 2100], ["Val", 2100]]
SELECT valley, max(height) AS top FROM hut GROUP BY valley HAVING count(*) > 1 ORDER BY top;
-- rows: [[12]]
SELECT count(*) FROM visit WHERE hut = 3;
-- rows: [["Bergheim", 2], ["Cabane", 3], ["Dome", 4], ["Erlen", 1]]
SELECT h.name, v.nights FROM hut h JOIN visit v ON v.hut = h.id WHERE v.id <= 4 ORDER BY v.id;
-- rows: [["Älplerhütte", 6], ["Bergheim", 12], ["Cabane", 12], ["Dome", 12], ["Erlen", 12], ["Fels", 0]]
SELECT h.name, count(v.id) FROM hut h LEFT JOIN visit v ON v.hut = h.id GROUP BY h.id ORDER BY h.id;
-- rows: [["Fels"]]
SELECT h.name FROM hut h LEFT JOIN visit v ON v.hut = h.id WHERE v.id IS NULL;
-- rows: [[6]]
SELECT count(*) FROM visit v LEFT JOIN hut h ON h.id = v.hut WHERE h.id IS NULL;
-- rows: [[36]]
SELECT count(*) FROM hut a CROSS JOIN hut b;
-- rows: [["Bergheim", "Fels"]]
SELECT a.name, b.name FROM hut a JOIN hut b ON a.height = b.height AND a.id < b.id;
-- rows: [["Älplerhütte"], ["Bergheim"], ["Cabane"], ["Dome"], ["Erlen"]]
SELECT name FROM hut WHERE id IN (SELECT hut FROM visit WHERE nights = 4) ORDER BY id;
-- rows: [["Älplerhütte"]]
SELECT name FROM hut h WHERE EXISTS (SELECT 1 FROM visit v WHERE v.hut = h.id AND v.guest = 'Ada') ORDER BY id;
-- rows: [["Fels"]]
SELECT name FROM hut h WHERE NOT EXISTS (SELECT 1 FROM visit v WHERE v.hut = h.id) ORDER BY id;
-- rows: [["Älplerhütte", 18], ["Bergheim", 30], ["Cabane", 30], ["Dome", 30], ["Erlen", 30], ["Fels", null]]
SELECT name, (SELECT sum(nights) FROM visit v WHERE v.hut = h.id) FROM hut h ORDER BY id;
-- rows: [[0]]
SELECT count(*) FROM hut WHERE id NOT IN (SELECT hut FROM visit);
-- rows: [[1]]
SELECT count(*) FROM hut WHERE id NOT IN (SELECT hut FROM visit WHERE hut IS NOT NULL);
-- rows: [[2], [4], [6]]
SELECT id FROM hut WHERE height > (SELECT avg(height) FROM hut) ORDER BY id;
-- rows: [["Bergheim"], ["Dome"], ["Fels"]]
WITH tall AS (SELECT * FROM hut WHERE height >= 2100) SELECT name FROM tall ORDER BY name;
-- rows: [[2, 30], [3, 30]]
WITH n AS (SELECT hut, sum(nights) AS s FROM visit GROUP BY hut) SELECT hut, s FROM n ORDER BY s DESC, hut LIMIT 2;
-- rows: [["1-2-3-4-5"]]
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT group_concat(x, '-') FROM n;
-- rows: [[34]]
WITH RECURSIVE f(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM f LIMIT 10) SELECT max(a) FROM f;
-- rows: [[1]]
WITH other AS (SELECT 2 AS x) SELECT count(*) FROM other;
-- rows: [[1, 2]]
WITH a AS MATERIALIZED (SELECT 1 AS x), b AS NOT MATERIALIZED (SELECT x + 1 AS y FROM a) SELECT x, y FROM a, b;
-- rows: [[1], [2], [6]]
SELECT id FROM hut WHERE valley = 'Tal' UNION SELECT id FROM hut WHERE height = 2100 ORDER BY id;
-- rows: [["Val"]]
SELECT valley FROM hut INTERSECT SELECT 'Val' ORDER BY 1;
-- rows: [[6]]
SELECT id FROM hut EXCEPT SELECT hut FROM visit ORDER BY id;
-- rows: [[1], [1], [2]]
SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 2;
-- rows: [[1, "a"], [2, "b"]]
VALUES (1, 'a'), (2, 'b');
-- rows: [[1], [2]]
SELECT * FROM (VALUES (1), (2), (3)) LIMIT 2;
-- rows: [[1, 2], [2, 3], [4, 4], [5, 1]]
SELECT id, row_number() OVER (ORDER BY height) FROM hut WHERE height IS NOT NULL AND id <> 6 ORDER BY id;
-- rows: [[1, 3, 3], [2, 4, 4], [3, 1, 1], [4, 6, 5], [5, 2, 2], [6, 4, 4]]
SELECT id, rank() OVER (ORDER BY height), dense_rank() OVER (ORDER BY height) FROM hut ORDER BY id;
-- rows: [[1, 1850], [2, 3950], [3, 3950], [4, 6700], [5, 7910], [6, 10010]]
SELECT id, sum(height) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM hut ORDER BY id;
-- rows: [[1, null, 3], [2, 1, 4], [3, 2, 5], [4, 3, 6], [5, 4, -1], [6, 5, -1]]
SELECT id, lag(id) OVER (ORDER BY id), lead(id, 2, -1) OVER (ORDER BY id) FROM hut ORDER BY id;
-- rows: [[1, "Älplerhütte", "Bergheim"], [2, "Älplerhütte", "Bergheim"], [3, "Cabane", "Fels"], [5, "Erlen", "Erlen"], [6, "Cabane", "Fels"]]
SELECT id, first_value(name) OVER w, last_value(name) OVER w FROM hut WHERE valley IS NOT NULL WINDOW w AS (PARTITION BY valley ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY id;
-- rows: [[1, 1, null], [2, 1, 2], [3, 1, 2], [4, 2, 2], [5, 2, 2], [6, 2, 2]]
SELECT id, ntile(2) OVER (ORDER BY id), nth_value(id, 2) OVER (ORDER BY id) FROM hut ORDER BY id;
-- rows: [[1, 0.0, 0.2], [2, 0.25, 0.4], [3, 0.5, 0.6], [4, 0.75, 0.8], [5, 1.0, 1.0]]
SELECT id, percent_rank() OVER (ORDER BY id), cume_dist() OVER (ORDER BY id) FROM hut WHERE id <= 5 ORDER BY id;
-- rows: [[null, 1], ["Au", 0], ["Tal", 1], ["Val", 1]]
SELECT valley, count(*) FILTER (WHERE height > 2000) FROM hut GROUP BY valley ORDER BY valley;
-- rows: [[1, 2.0], [2, 2.5], [3, 3.0], [4, 2.6666666666666665]]
SELECT id, avg(nights) OVER (ORDER BY id ROWS 2 PRECEDING) FROM visit WHERE id <= 4 ORDER BY id;
-- rows: [["Ada", 11], ["Dom", 11]]
SELECT guest, n FROM (SELECT guest, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS r FROM visit WHERE guest IS NOT NULL GROUP BY guest) WHERE r = 1 ORDER BY guest;
-- rows: [[1, 55], [2, 56], [3, 57], [4, 58], [5, 59]]
SELECT hut, id FROM (SELECT hut, id, row_number() OVER (PARTITION BY hut ORDER BY since DESC) AS n FROM visit WHERE hut IS NOT NULL) WHERE n = 1 ORDER BY hut;
-- rows: [["high", 3], ["low", 2], ["unknown", 1]]
SELECT CASE WHEN height > 2000 THEN 'high' WHEN height IS NULL THEN 'unknown' ELSE 'low' END AS c, count(*) FROM hut GROUP BY c ORDER BY c;
-- rows: [[1], [1], [0], [0], [0], [0]]
SELECT CASE valley WHEN 'Tal' THEN 1 ELSE 0 END FROM hut ORDER BY id;
-- rows: [[1850, "Tal", null], [2100, "Tal", null], [0, "Val", "Val"], [2750, "-", null], [1210, "Au", "Au"], [2100, "Val", "Val"]]
SELECT coalesce(height, 0), ifnull(valley, '-'), nullif(valley, 'Tal') FROM hut ORDER BY id;
-- rows: [["b", 3, "a"]]
SELECT iif(1 > 2, 'a', 'b'), max(1, 2, 3), min('b', 'a');
-- rows: [["integer", "real", "text", "blob", "null"]]
SELECT typeof(1), typeof(1.5), typeof('a'), typeof(x'00'), typeof(NULL);
-- rows: [[12, 1, "12", 1.5]]
SELECT CAST('12abc' AS INTEGER), CAST(1.9 AS INTEGER), CAST(12 AS TEXT), CAST('1.5' AS REAL);
-- rows: [[5, 2, "HüTTE", "abc"]]
SELECT length('Hütte'), length(x'c3bc'), upper('hütte'), lower('ABC');
-- rows: [["bcd", "ef", 3, "a-b-"]]
SELECT substr('abcdef', 2, 3), substr('abcdef', -2), instr('abcdef', 'cd'), replace('aXbX', 'X', '-');
-- rows: [["a", "a", "a"]]
SELECT trim('  a '), ltrim('xxa', 'x'), rtrim('ayy', 'y');
-- rows: [["03.14|ab   |   42|ff"]]
SELECT printf('%05.2f|%-5s|%5d|%x', 3.14159, 'ab', 42, 255);
-- rows: [["616263", 252, "üb", "'it''s'", "NULL", "X'AB'"]]
SELECT hex('abc'), unicode('ü'), char(252, 98), quote('it''s'), quote(NULL), quote(x'ab');
-- rows: [[2.57, 3.0, 3, -1]]
SELECT round(2.567, 2), round(2.5), abs(-3), sign(-2.5);
-- rows: [["Bergheim"]]
SELECT name FROM hut WHERE name LIKE 'b%';
-- rows: [["Dome"], ["Erlen"]]
SELECT name FROM hut WHERE name GLOB '[D-E]*' ORDER BY name;
-- rows: [[1, 0, 1]]
SELECT 'a_b' LIKE 'a\_b' ESCAPE '\', 'axb' LIKE 'a\_b' ESCAPE '\', 'abc' LIKE '_b_';
-- rows: [["Älplerhütte"], ["Fels"]]
SELECT name FROM hut ORDER BY name COLLATE NOCASE DESC LIMIT 2;
-- rows: [[1, 1]]
SELECT 'a' = 'A' COLLATE NOCASE, 'a  ' = 'a' COLLATE RTRIM;
-- rows: [["2026-03-03", "2026-03-01", "2024-02-29"]]
SELECT date('2026-01-31', '+1 month'), date('2026-02-28', '+1 day'), date('2024-02-28', '+1 day');
-- rows: [["2026-11", "365", "2"]]
SELECT strftime('%Y-%m', '2026-11-24 17:00:00'), strftime('%j', '2026-12-31'), strftime('%w', '2026-11-24');
-- rows: [["1970-01-01 00:00:00", 2451545.0, 86400]]
SELECT datetime(0, 'unixepoch'), julianday('2000-01-01 12:00:00'), unixepoch('1970-01-02');
-- rows: [["2026-11-29", "2026-11-30"]]
SELECT date('2026-11-24', 'weekday 0'), date('2026-11-24', 'start of month', '+1 month', '-1 day');
-- rows: [["18:15:00", "2025-12-31 23:59:59"]]
SELECT time('17:30', '+45 minutes'), datetime('2026-01-01 00:00:00', '-1 second');
-- rows: [[28.0]]
SELECT julianday('2026-03-01') - julianday('2026-02-01');
-- rows: [["01", 10], ["02", 9], ["03", 10], ["04", 10], ["05", 11], ["06", 10]]
SELECT strftime('%m', since) AS m, count(*) FROM visit GROUP BY m ORDER BY m;
-- rows: [[3], [4], [5], [6]]
SELECT id FROM visit WHERE since BETWEEN '2026-01-10' AND '2026-01-20' ORDER BY id;
-- rows: [[2, 3, "null"]]
SELECT json_extract('{"a":{"b":[1,2,3]}}', '$.a.b[1]'), json_array_length('[1,2,3]'), json_type('{"a":null}', '$.a');
-- rows: [["1", "x", 20]]
SELECT '{"a":1}' -> '$.a', '{"a":"x"}' ->> '$.a', '[10,20]' ->> 1;
-- rows: [[1], [2], [3]]
SELECT value FROM json_each('[3,1,2]') ORDER BY value;
-- rows: [["a", 1, "integer"], ["b", "x", "text"], ["c", null, "null"]]
SELECT key, value, type FROM json_each('{"a":1,"b":"x","c":null}');
-- rows: [["$.a[0]", 1], ["$.a[1].b", 2]]
SELECT fullkey, atom FROM json_tree('{"a":[1,{"b":2}]}') WHERE atom IS NOT NULL;
-- rows: [[3]]
SELECT count(*) FROM json_each('[1,2,3]');
-- rows: [["{\"a\":1,\"b\":[1,\"x\",null]}", "\"a\\\"b\""]]
SELECT json_object('a', 1, 'b', json_array(1, 'x', NULL)), json_quote('a"b');
-- rows: [["[1,2,3]"]]
SELECT json_group_array(id) FROM (SELECT id FROM hut WHERE id <= 3 ORDER BY id);
-- rows: [["{\"Bergheim\":2100,\"Dome\":2750}"]]
SELECT json_group_object(name, height) FROM (SELECT name, height FROM hut WHERE id IN (2, 4) ORDER BY id);
-- rows: [["{\"a\":1,\"b\":2}", "{\"b\":2}", "{\"c\":3}"]]
SELECT json_set('{"a":1}', '$.b', 2), json_remove('{"a":1,"b":2}', '$.a'), json_patch('{"a":1}', '{"a":null,"c":3}');
-- rows: [[1, 0, "{\"a\":1}"]]
SELECT json_valid('{"a":1}'), json_valid('{a'), json('{ "a" : 1 }');
-- rows: [["Bergheim, Dome, Fels"]]
SELECT group_concat(name, ', ') FROM (SELECT name FROM hut WHERE height >= 2100 ORDER BY id);
-- rows: [[150.0, 2.5]]
SELECT total(nights), sum(nights) * 1.0 / count(*) FROM visit;
-- rows: [[0]]
SELECT count(*) FROM visit WHERE guest = NULL;
-- rows: [[8]]
SELECT count(*) FROM visit WHERE guest IS NULL;
-- rows: [["Dom", 29], ["Ben", 27], ["Ada", 26], ["Eva", 25], ["Cle", 23], [null, 20]]
SELECT guest, sum(nights) FROM visit GROUP BY 1 ORDER BY 2 DESC, 1;
-- rows: [[null, "Ada", 1], [1, "Ada", 1], [2, "Ben", 3], [3, null, 1], [3, "Cle", 2], [4, "Dom", 2], [5, "Eva", 2]]
SELECT hut, guest, count(*) FROM visit WHERE id <= 12 GROUP BY hut, guest ORDER BY hut, guest;
-- rows: [["2026-06-30", "2026-01-04"]]
SELECT max(since), min(since) FROM visit;
-- rows: [[7], [27], [47]]
SELECT v.id FROM visit v JOIN hut h ON h.id = v.hut WHERE h.valley = 'Val' AND v.nights > 3 ORDER BY v.id;
-- rows: [[1, 6], [3, 8]]
SELECT a.id, b.id FROM visit a JOIN visit b ON b.guest = a.guest AND b.id = a.id + 5 WHERE a.id < 4 ORDER BY a.id;
-- rows: [["Bergheim"]]
SELECT h.name FROM hut AS h NATURAL JOIN (SELECT 2 AS id) AS t;
-- rows: [[3]]
SELECT id FROM hut JOIN (SELECT 3 AS id) USING (id);
-- rows: [[6, 6], [null, 9]]
SELECT h.id, t.x FROM hut h RIGHT JOIN (SELECT 6 AS x UNION ALL SELECT 9) t ON t.x = h.id ORDER BY t.x;
-- rows: [[null, 9], [1, null], [2, 2]]
SELECT h.id, t.x FROM (SELECT id FROM hut WHERE id < 3) h FULL JOIN (SELECT 2 AS x UNION ALL SELECT 9) t ON t.x = h.id ORDER BY h.id, t.x;
-- rows: [[9223372036854775807, -9223372036854775808, 1000.0, 1]]
SELECT 9223372036854775807, -9223372036854775808, 1e3, 0.1 + 0.2 > 0.3;
-- rows: [[{"blob": "00ff"}, "ünïcödé ✓", ""]]
SELECT x'00ff', 'ünïcödé ✓', '';
-- rows: [[16, 15, 9, -1, 4]]
SELECT 1 << 4, 255 & 15, 8 | 1, ~0, 17 >> 2;
-- rows: [[1, 1]]
SELECT (1, 2) < (1, 3), (SELECT 1, 2) = (1, 2);
-- rows: [[6]]
SELECT id FROM hut WHERE (valley, height) = ('Val', 2100);
-- rows: [[2]]
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%';
-- rows: [[30, 30]]
SELECT sum(CASE WHEN nights > 2 THEN 1 END), sum(nights > 2) FROM visit;
-- rows: [[1, 0, 1, {"blob": "0000"}]]
SELECT likely(1), unlikely(0), likelihood(1, 0.5), zeroblob(2);
-- rows: [[20]]
SELECT count(*) FROM (SELECT 1 FROM visit GROUP BY hut, nights);
-- rows: [[1], [2]]
SELECT row_number() OVER () FROM (SELECT 1 UNION ALL SELECT 1);
-- rows: []
SELECT 1 WHERE 0;
-- rows: [[1, 1, 1]]
SELECT total_changes() >= 0, changes() >= 0, last_insert_rowid() >= 0;
-- rows: [["1+2"]]
SELECT string_agg(x, '+') FROM (SELECT 1 AS x UNION ALL SELECT 2);
-- rows: [["a1", "a-b"]]
SELECT concat('a', NULL, 1), concat_ws('-', 'a', NULL, 'b');
-- rows: [[2, "+0000-01-00 00:00:00.000"]]
SELECT octet_length('ü'), timediff('2026-02-01', '2026-01-01');
-- rows: [[{"blob": "6162"}, "R163"]]
SELECT unhex('6162'), soundex('Robert');
