"""Tries the migrations on a copy: up, backfill, down, up again; and compares.

    python3 rehearse.py huts.db                   on a copy of huts.db
    python3 rehearse.py huts.db --fix fix.sql     with these corrections before
    python3 rehearse.py huts.db --times           and says how long each step took
"""

import pathlib
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
import backfill
import migrate

# What must be the same before and after, whatever the schema looks like.
FACTS = {
    "0002": "select count(*), count(distinct guest), sum(cast(round(price * 100) as integer)) from booking",
    "0005": "select count(*), count(distinct guest), sum(price_cents) from booking",
}
# What must be so before it begins.
ASSUMED = {"every price is a number": "select count(*) from booking where typeof(price) not in "
                                      "('real', 'integer')"}


def copy_of(place):
    """A copy in memory. The original is only read."""
    original = sqlite3.connect(f"{pathlib.Path(place).resolve().as_uri()}?mode=ro", uri=True)
    copy = migrate.open_database(":memory:")
    original.backup(copy)
    original.close()
    return copy


def schema(connection):
    """Columns, references and indexes; not the text, since a table built anew is spelt otherwise."""
    tables = [name for name, in connection.execute(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite%' "
        "and name not in ('schema_migration', 'backfill') order by name")]
    return [(table, connection.execute(f"pragma {what}({table})").fetchall())
            for table in tables for what in ("table_info", "foreign_key_list", "index_list")]


def rows(connection):
    return connection.execute("select * from booking order by id").fetchall()


def rehearse(place, fix=None, times=False):
    copy = copy_of(place)
    if fix is not None:
        copy.executescript(pathlib.Path(fix).read_text(encoding="utf-8"))

    def timed(name, work, *arguments):
        began = time.perf_counter()
        result = work(*arguments)
        print(f"ok    {name}" + (f": {time.perf_counter() - began:.3f} s" if times else ""))
        return result

    def fill():
        backfill.prepare(copy)
        while backfill.batch(copy):
            pass

    def again():
        migrate.up(copy, "0003", **quiet)
        fill()
        migrate.up(copy, **quiet)

    quiet = {"say": lambda _: None}
    fine = True
    for assumption, counter in ASSUMED.items():
        count, = copy.execute(counter).fetchone()
        print(("ok    " if count == 0 else "FAIL  ") + assumption + (f", except {count}" if count else ""))
        fine = fine and count == 0
    before = (schema(copy), rows(copy))
    facts = copy.execute(FACTS["0002"]).fetchone()
    try:
        timed("up to 0003", lambda: migrate.up(copy, "0003", **quiet))
        timed("backfill", fill)
        timed("up to 0005", lambda: migrate.up(copy, "0005", **quiet))
        same = copy.execute(FACTS["0005"]).fetchone() == facts
        print(("ok    " if same else "FAIL  ") + "the same bookings, guests and cents")
        timed("down to 0002", lambda: migrate.down(copy, "0002", **quiet))
        back = (schema(copy), rows(copy)) == before
        print(("ok    " if back else "FAIL  ") + "schema and rows are as they were")
        copy.execute("drop table backfill")  # or the second filling would believe that all is done
        timed("all of it once more", again)
    except (sqlite3.Error, migrate.Refused) as fault:
        print(f"FAIL  {fault}")
        return False
    return fine and same and back


if __name__ == "__main__":
    arguments = sys.argv[1:]
    given = arguments[arguments.index("--fix") + 1] if "--fix" in arguments else None
    passed = rehearse(arguments[0], given, "--times" in arguments)
    print("the rehearsal " + ("passed" if passed else "FAILED"))
