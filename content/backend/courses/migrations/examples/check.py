"""Runs everything that the lessons of this course show, and holds it to what they say.

    python3 check.py              all of them
    python3 check.py backfill     one of them

It uses lessons.py of the course on SQL, where it stands how blocks of a lesson are run, and how to
have PostgreSQL asked as well. The exit code is 0 when every claim holds, else 1. Python 3.10 or
newer with SQLite 3.39 or newer, and nothing beside the standard library.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
SQL = HERE.parents[1] / "sql" / "examples"
sys.path.insert(0, str(SQL))
import backfill
import lessons
import migrate
import rehearse
import sample
import shell
from lessons import claim

BASE = (SQL / "huts.sql").read_text(encoding="utf-8")
ANSWERS = {}


def prices():
    """What the lessons say about numbers, and about what SQLite makes of texts."""
    lite = shell.connect()
    claim(lite.execute("select cast(0.29 * 100 as integer), '45,50' * 100").fetchone() == (28, 4500),
          "SQLite cuts off in a cast, and reads a text as far as it is a number")
    claim(0.29 * 100 == 28.999999999999996, "0.29 times 100 is a little less than 29")
    if not lessons.Postgres.given():
        return
    pg = lessons.Postgres("lesson", BASE)
    claim(pg.value("select cast(0.29 * 100 as integer)") == "29", "PostgreSQL rounds in a cast")
    pg.close()


def locks():
    """What the lesson says that PostgreSQL locks, reads and rewrites."""
    if not lessons.Postgres.given():
        return
    pg = lessons.Postgres("lesson", BASE)
    pg.ask("create table v (id integer, name varchar(20), n integer)")
    pg.ask("insert into v select i, 'x', 1 from generate_series(1, 1000) i")
    pg.ask("create table w (v_id integer)")

    def takes(statement, expected, table="v"):
        pg.ask("begin")
        before = pg.value("select pg_relation_filenode('v')")
        _, error = pg.ask(statement)
        rows, _ = pg.ask(f"select mode from pg_locks where relation = '{table}'::regclass "
                         "and pid = pg_backend_pid()")
        rewritten = pg.value("select pg_relation_filenode('v')") != before
        pg.ask("rollback")
        modes = [row[0] for row in rows[1:]]
        claim(not error and expected[0] in modes and rewritten == expected[1],
              f"{statement}: {', '.join(modes)}{', rewrites' if rewritten else ''}{error}")

    takes("alter table v add column a text", ("AccessExclusiveLock", False))
    takes("alter table v add column a integer default 0", ("AccessExclusiveLock", False))
    takes("alter table v add column a uuid default gen_random_uuid()", ("AccessExclusiveLock", True))
    takes("alter table v alter column n type bigint", ("AccessExclusiveLock", True))
    takes("alter table v alter column name type varchar(50)", ("AccessExclusiveLock", False))
    takes("alter table v alter column name type text", ("AccessExclusiveLock", False))
    takes("alter table v alter column n set not null", ("AccessExclusiveLock", False))
    takes("alter table v drop column n", ("AccessExclusiveLock", False))
    takes("alter table v rename column n to m", ("AccessExclusiveLock", False))
    takes("create index on v (n)", ("ShareLock", False))
    takes("update v set n = 2", ("RowExclusiveLock", False))
    pg.ask("alter table v add constraint there check (n is not null) not valid")
    takes("alter table v validate constraint there", ("ShareUpdateExclusiveLock", False))
    pg.ask("alter table v add primary key (id)")
    for table in ("v", "w"):
        takes("alter table w add foreign key (v_id) references v (id) not valid",
              ("ShareRowExclusiveLock", False), table)
    _, error = pg.ask("alter table v add column required text not null")
    claim(error.startswith("23502"), f"a required column without a default is refused: {error}")
    pg.close()


def rebuilding():
    """What dropping a table does to those that refer to it, in SQLite."""
    lite = shell.connect(":memory:", SQL / "huts.sql")
    claim(shell.run(lite, "drop table booking").startswith("error: FOREIGN KEY"),
          "dropping a table is refused where rows refer to its rows")
    lite.execute("delete from payment")
    lite.execute("drop table booking")
    claim(lite.execute("select count(*) from meal").fetchone() == (0,), "or takes them along")
    lite.execute("create index hut_beds on hut (beds)")
    lite.execute("begin")
    lite.execute("pragma foreign_keys = off")
    claim(lite.execute("pragma foreign_keys").fetchone() == (1,),
          "inside of a transaction the pragma has no effect")
    lite.execute("rollback")
    lite.execute("pragma foreign_keys = off")
    lite.execute("drop table hut")
    claim(lite.execute("select count(*) from sqlite_schema where name = 'hut_beds'").fetchone() == (0,),
          "an index goes with its table")


def ways():
    """Up and down, step by step, with the rows as they were."""
    connection = migrate.open_database(":memory:")
    quiet = {"say": lambda _: None}
    migrate.up(connection, "0002", **quiet)
    sample.fill(connection, 500)
    connection.executescript((HERE / "fix.sql").read_text(encoding="utf-8"))
    backfill.SIZE, backfill.PAUSE = 100, 0
    states = {}
    for version in ("0003", "0004", "0005"):
        migrate.up(connection, version, **quiet)
        if version == "0003":
            backfill.prepare(connection)
            for crash in (True, False):  # the second attempt goes on where the first broke off
                try:
                    while backfill.batch(connection, crash and backfill.progress(connection)[0] >= 200):
                        pass
                except backfill.Crash:
                    claim(backfill.progress(connection) == (200, 300), "a batch broken off leaves no trace")
            claim(backfill.progress(connection) == (500, 0), "the backfill goes on to the end")
        states[version] = (rehearse.schema(connection), rehearse.rows(connection))
    migrate.down(connection, "0003", **quiet)
    again = (rehearse.schema(connection), rehearse.rows(connection))
    same = [sorted(map(repr, column)) for column in zip(*again[1])]
    was = [sorted(map(repr, column)) for column in zip(*states["0003"][1])]
    claim(sorted(same) == sorted(was), "down to 0003: each value is there again")
    migrate.up(connection, **quiet)
    claim((rehearse.schema(connection), rehearse.rows(connection)) == states["0005"],
          "and up again: schema and rows as before")
    names = [row[0] for row in connection.execute("select name from sqlite_schema where type = 'index'")]
    claim("booking_hut" in names, "the index survives the table that is built anew")
    try:
        migrate.step(connection, "drop table booking;\ncreate table nonsense (;\n", "select ?", (1,))
        claim(False, "a script with a mistake is refused")
    except Exception:
        claim(connection.execute("select count(*) from booking").fetchone() == (500,),
              "a script with a mistake in its second statement changes nothing")
    connection.close()


if __name__ == "__main__":
    lessons.main(HERE, BASE, ANSWERS, {"prices": prices, "rebuilding": rebuilding,
                                         "locks of PostgreSQL": locks, "ways": ways})
