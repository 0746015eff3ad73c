"""Runs everything that the lessons of this course show, and holds it to what they say.

    python3 check.py              all of them
    python3 check.py joins        one of them

How blocks of a lesson are run, and how to have PostgreSQL asked as well, stands in lessons.py.
The exit code is 0 when every claim holds, else 1. Python 3.10 or newer with SQLite 3.39 or newer,
and nothing beside the standard library.
"""

import pathlib
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import lessons
import shell
from lessons import claim

HERE = pathlib.Path(__file__).resolve().parent
BASE = (HERE / "huts.sql").read_text(encoding="utf-8")

# Quizzes and their questions: what is there before the question's own SQL runs, and what then gives
# the number that is its answer.
ANSWERS = {
    "select-quiz": {
        "not-equal": ("""
            create table task (id integer primary key, state text);
            with recursive n (i) as (select 1 union all select i + 1 from n where i < 20)
              insert into task select i, case when i <= 8 then 'done' when i <= 15 then 'open' end
                from n;
        """, "select count(*) from task where state <> 'done'"),
    },
    "aggregates-quiz": {
        "average": ("""
            create table rating (stars integer);
            insert into rating values (5), (4), (null), (3);
        """, "select avg(stars) from rating"),
        "ties": ("", """with score (id, day, points) as (
                          values (1, 1, 10), (2, 2, 5), (3, 2, 7), (4, 3, 1)
                        ), summed as (
                          select id, sum(points) over (order by day) as so_far from score
                        ) select so_far from summed where id = 2"""),
    },
    "indexes-quiz": {
        "column-order": ("""
            create table orders (id integer primary key, shop_id integer, state text,
                                 ordered_on date, total integer);
        """, None),
    },
    "joins-quiz": {
        "multiplied": ("""
            create table article (id integer primary key);
            create table comment (id integer primary key, article_id integer);
            create table tag (article_id integer, tag text);
            insert into article values (1);
            insert into comment values (1, 1), (2, 1), (3, 1), (4, 1);
            insert into tag values (1, 'a'), (1, 'b'), (1, 'c');
        """, """select count(*) from article a join comment c on c.article_id = a.id
                  join tag t on t.article_id = a.id where a.id = 1"""),
        "lost-left": ("""
            create table customer (id integer primary key, name text);
            create table orders (id integer primary key, customer_id integer, ordered_on date);
        """, None),
        "count-what": ("", """select count(*) from guest g left join booking b on b.guest_id = g.id
                                where g.name = 'Dan'"""),
    },
}


def plans():
    """What the lesson on indexes says about PostgreSQL, and about what an index is good for."""
    lite = shell.connect(":memory:", HERE / "huts.sql", HERE / "visits.sql")

    def goes(sql, *expected):
        got = shell.run(lite, "explain query plan " + sql)
        claim(all(part in got for part in expected), f"{sql}: {'; '.join(got.splitlines())}")

    lite.execute("create table t (id integer primary key, a, b, c, d)")
    lite.execute("create index t_abc on t (a, b, c)")
    goes("select d from t where a = 1", "(a=?)")
    goes("select d from t where a = 1 and b = 2 and c > 3", "(a=? AND b=? AND c>?)")
    goes("select d from t where a = 1 and b > 2", "(a=? AND b>?)")
    goes("select d from t where b = 2 and c = 3", "SCAN t")
    goes("select d from t where a > 1 and c = 3", "(a>?)")
    goes("select * from visit join hut on hut.id = visit.hut_id", "SEARCH hut USING INTEGER PRIMARY")
    lite.execute("create unique index one_open on visit (guest_id) where state = 'draft'")
    lite.execute("insert into visit values (50001, 1, 1, '2027-01-01', 'draft', '')")
    claim("UNIQUE" in shell.run(lite, "insert into visit values (50002, 1, 1, '2027-01-02', "
                                      "'draft', '')"), "a partial unique index is a constraint")
    if not lessons.Postgres.given():
        return
    pg = lessons.Postgres("lesson", BASE)

    def explains(sql, *expected):
        rows, error = pg.ask("explain (costs off) " + sql)
        got = "; ".join(row[0].strip() for row in rows[1:])
        claim(not error and all(part in got for part in expected), f"PostgreSQL: {sql}: {got}{error}")

    pg.ask("""create table visit as select i as id, 1 + i % 400 as hut_id, 1 + i * 7 % 3 as guest_id,
              date '2020-01-01' + i * 37 % 2500 as day,
              case when i % 200 = 0 then 'open' else 'settled' end as state,
              'Remark number ' || i as remark from generate_series(1, 40000) i""")
    pg.ask("analyze visit")
    explains("select * from visit where hut_id = 2 and day = '2026-03-01'", "Seq Scan")
    pg.ask("create index on visit (hut_id, day, id)")
    explains("select * from visit where hut_id = 2 and day = '2026-03-01'", "Index Scan",
             "(hut_id = 2) AND (day =")
    explains("select * from visit where hut_id = 2 and (day, id) > ('2026-03-01', 117) "
             "order by day, id limit 20", "Index Scan", "ROW(day, id) > ROW(")
    explains("select * from visit where hut_id = 2 order by remark limit 20", "Sort")
    explains("select * from visit where state = 'settled'", "Seq Scan")
    pg.ask("create index on visit (day) where state = 'open'")
    pg.ask("vacuum analyze visit")
    explains("select * from visit where state = 'open'", "visit_day_idx")
    explains("select day from visit where hut_id = 2", "Index Only Scan")
    claim(pg.value("select count(*) from pg_indexes where schemaname = 'lesson' and "
                   "tablename = 'booking' and indexdef like '%(hut_id)'") == "0",
          "PostgreSQL makes no index for a foreign key")
    claim(pg.value("select count(*) from pg_attribute where attrelid = 'pg_stat_user_indexes'"
                   "::regclass and attname = 'idx_scan'") == "1",
          "PostgreSQL counts the uses of each index")
    pg.close()


# What the lessons and the explanations of the quizzes say beside what they print: the question, and
# what SQLite and PostgreSQL each answer; None where it is refused or isn't asked.
SAID = [
    ("select null = null", "null", "null"),
    ("select null is null", "1", "t"),
    ("select 1 = 1 or null = 1", "1", "t"),
    ("select not (null = 1)", "null", "null"),
    ("select 2 is distinct from null", "1", "t"),
    ("select false and null", "0", "f"),
    ("select true and null", "null", "null"),
    ("select 'Larch' like 'l%'", "1", "f"),
    ("select 'a' || null", "null", "null"),
    ("select coalesce(null, 'x')", "x", "x"),
    ("select count(*) from (select phone from hut order by phone limit 1) t where phone is null", "1", "0"),
    ("select count(*) from hut where phone = null", "0", "0"),
    ("select count(*) from hut where null not in (1, 2)", "0", "0"),
    ("select count(*) from guest where id not in (select booking_id from payment where false)", "4", "4"),
    ("select count(*) from guest where id not in (select invited_by from guest "
     "where invited_by is not null)", "2", "2"),
    ("select count(*) from (select g.id, g.name from guest g join booking b on b.guest_id = g.id "
     "group by g.id) t", "3", "3"),
    ("select avg(x) from (values (10), (20), (null)) t (x)", None, "15.0000000000000000"),
    ("select count(*) from booking where count(*) > 2", None, None),
    ("select sum(p.cents) from booking b join payment p on p.booking_id = b.id "
     "join meal m on m.booking_id = b.id", "72000", "72000"),
    ("select sum(cents) from payment", "52000", "52000"),
    ("select 0.1 + 0.2 = 0.3", "0", "t"),
    ("select 0.1::float8 + 0.2::float8 = 0.3::float8", None, "f"),
    ("select 'x' > 5", "1", None),
    ("select count(*) from booking a join booking b on b.hut_id = a.hut_id and a.id < b.id "
     "and a.arrive < b.arrive + b.nights and b.arrive < a.arrive + a.nights", None, "2"),
]


def differences():
    """Single facts, on both databases."""
    lite = shell.connect(":memory:", HERE / "huts.sql")
    pg = lessons.Postgres("lesson", BASE) if lessons.Postgres.given() else None
    for sql, expected, on_postgres in SAID:
        if expected is not None:
            got = shell.run(lite, sql).splitlines()
            claim(got[-1] == expected, f"{sql}: {got[-1]}")
        if pg:
            rows, error = pg.ask(sql)
            got = rows[1][0] if len(rows) > 1 else None
            claim(got == on_postgres, f"PostgreSQL: {sql}: {got} {error}")
    shown = shell.run(lite, "select count(*) from booking where count(*) > 2")
    claim(shown.startswith("error: misuse of aggregate"), f"an aggregate in where: {shown}")
    lite.execute("create table offer (discount integer check (discount between 0 and 50), code text unique)")
    lite.execute("insert into offer values (null, null), (null, null)")
    claim(True, "a check lets unknown pass, and unique lets nulls repeat")
    got = [row[0] for row in lite.execute("select id from hut order by ?", ("beds",))]
    claim(sorted(got) == [1, 2, 3, 4], "a parameter in order by is a constant, and no name")
    lite.execute("begin")
    lite.execute("insert into guest (id, name, email) values (9, 'Eve', 'eve@example.com')")
    refused = shell.run(lite, "insert into guest (id, name, email) values (9, 'Eve', 'eve@example.com')")
    lite.execute("commit")
    claim(refused.startswith("error") and shell.run(lite, "select name from guest where id = 9").endswith("Eve"),
          "in SQLite an error undoes the statement, and the transaction goes on")
    if pg:
        pg.ask("begin")
        pg.ask("select 1 / 0")
        claim(pg.ask("select 1")[1].startswith("25P02"), "in PostgreSQL the transaction is over")
        pg.ask("rollback")
        if int(pg.value("show server_version_num")) >= 150000:
            pg.ask("create table offer (code text, unique nulls not distinct (code))")
            pg.ask("insert into offer values (null)")
            claim(pg.ask("insert into offer values (null)")[1].startswith("23505"),
                  "PostgreSQL 15 has unique nulls not distinct")
        claim(pg.ask("alter table hut add check ((select true))")[1] != "",
              "a check can't look at other rows")
        stock()
        pg.close()


def waiting():
    """An outdated snapshot isn't waited with, and readers aren't kept waiting, in SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        place = str(pathlib.Path(folder) / "huts.db")
        ada = shell.connect(place, HERE / "huts.sql")
        ada.execute("pragma journal_mode = wal")
        bob = shell.connect(place)
        bob.execute("pragma busy_timeout = 60000")
        bob.execute("begin")
        bob.execute("select beds from hut where id = 1").fetchall()
        ada.execute("update hut set beds = 14 where id = 1")
        began = time.monotonic()
        shown = shell.run(bob, "update hut set beds = 13 where id = 1")
        claim(shown == "error: database is locked" and time.monotonic() - began < 30,
              "an outdated snapshot is refused at once, whatever the time-out says")
        bob.execute("rollback")
        ada.execute("begin immediate")
        ada.execute("update hut set beds = 15 where id = 1")
        claim(bob.execute("select beds from hut where id = 1").fetchone() == (14,),
              "readers go on while somebody writes")
        ada.execute("rollback")
        ada.close()
        bob.close()


def stock():
    """The question about the stock of 10, played through."""
    owner = lessons.Postgres("sessions", "create table article (stock integer);\n"
                                         "insert into article values (10);\n")
    one, other = lessons.Postgres("sessions"), lessons.Postgres("sessions")
    read = []
    for session in (one, other):
        session.ask("begin")
        read.append(int(session.value("select stock from article")))
    one.ask(f"update article set stock = {read[0] - 3}")
    other.send(f"update article set stock = {read[1] - 4}")
    one.ask("commit")
    other.reply()
    other.ask("commit")
    claim(owner.value("select stock from article") == "6", "the 3 are lost: 6 are left")
    for session in (one, other, owner):
        session.close()


if __name__ == "__main__":
    lessons.main(HERE, BASE, ANSWERS, {"plans": plans, "differences": differences, "waiting": waiting})
