CREATE TABLE hut (id INTEGER PRIMARY KEY, name TEXT NOT NULL, height INTEGER, valley TEXT);
INSERT INTO hut VALUES
    (1, 'Älplerhütte', 1850, 'Tal'), (2, 'Bergheim', 2100, 'Tal'), (3, 'Cabane', NULL, 'Val'), (4, 'Dome', 2750, NULL),
    (5, 'Erlen', 1210, 'Au'), (6, 'Fels', 2100, 'Val');
CREATE TABLE visit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hut INTEGER REFERENCES hut (id), guest TEXT, nights INTEGER NOT NULL, since TEXT
);
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 60)
INSERT INTO visit (hut, guest, nights, since)
SELECT
    CASE WHEN x % 10 = 0 THEN NULL ELSE 1 + x % 5 END,
    CASE WHEN x % 7 = 0 THEN NULL ELSE substr('AdaBenCleDomEva', 1 + x % 5 * 3, 3) END,
    1 + x % 4,
    date('2026-01-01', '+' || (x * 3) || ' days')
FROM n;
CREATE INDEX visit_by_hut ON visit (hut);
