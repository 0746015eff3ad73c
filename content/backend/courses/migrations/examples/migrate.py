"""A small migration runner over SQLite.

    python3 migrate.py huts.db status        what is applied, and what is pending
    python3 migrate.py huts.db up            everything that is pending
    python3 migrate.py huts.db up 0003       up to that version
    python3 migrate.py huts.db down 0002     back to that version, the newest first
"""

import hashlib
import pathlib
import sqlite3
import sys

FOLDER = pathlib.Path(__file__).resolve().with_name("migrations")


class Refused(Exception):
    """Nothing was changed, for this reason."""


def open_database(place):
    """Foreign keys hold, and no transaction begins unless a statement begins one."""
    connection = sqlite3.connect(place, isolation_level=None, timeout=10)
    connection.execute("pragma foreign_keys = on")
    connection.execute("create table if not exists schema_migration (version text primary key, "
                       "checksum text not null, applied_at text not null default current_timestamp)")
    return connection


def scripts(folder=FOLDER):
    """The migrations in order: version, script up, script down."""
    return [(path.name, (path / "up.sql").read_text(encoding="utf-8"),
             (path / "down.sql").read_text(encoding="utf-8"))
            for path in sorted(folder.iterdir()) if path.is_dir()]


def checksum(script):
    return hashlib.sha256(script.encode()).hexdigest()[:12]


def statements(script):
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


def applied(connection, folder=FOLDER):
    """The applied versions, after a look whether they are what the folder says."""
    rows = connection.execute("select version, checksum from schema_migration order by version").fetchall()
    known = scripts(folder)
    for (version, was), (expected, up, _) in zip(rows, known):
        if version != expected:
            raise Refused(f"{version} is applied where the folder has {expected}")
        if was != checksum(up):
            raise Refused(f"{version} was changed after it had been applied")
    if len(rows) > len(known):
        raise Refused(f"{rows[-1][0]} is applied, and the folder does not have it")
    return [version for version, _ in rows]


def step(connection, script, note, values):
    """One script and the note about it, as one transaction."""
    connection.execute("pragma foreign_keys = off")  # a table is built anew by dropping the old one
    connection.execute("begin immediate")
    try:
        for statement in statements(script):
            connection.execute(statement)
        broken = connection.execute("pragma foreign_key_check").fetchall()
        if broken:
            raise Refused(f"{len(broken)} rows would refer to nothing")
        connection.execute(note, values)
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    finally:
        connection.execute("pragma foreign_keys = on")


def up(connection, target=None, folder=FOLDER, say=print):
    done = applied(connection, folder)
    for version, script, _ in scripts(folder)[len(done):]:
        if target is not None and version[:len(target)] > target:
            break
        step(connection, script, "insert into schema_migration (version, checksum) values (?, ?)",
             (version, checksum(script)))
        say(f"up    {version}")


def down(connection, target, folder=FOLDER, say=print):
    ways_back = {version: script for version, _, script in scripts(folder)}
    for version in reversed(applied(connection, folder)):
        if version[:len(target)] <= target:
            break
        step(connection, ways_back[version], "delete from schema_migration where version = ?", (version,))
        say(f"down  {version}")


def main(arguments):
    if len(arguments) < 2 or arguments[1] not in ("status", "up", "down"):
        sys.exit(__doc__)
    connection = open_database(arguments[0])
    try:
        if arguments[1] == "up":
            up(connection, *arguments[2:3])
        elif arguments[1] == "down":
            if len(arguments) < 3:
                raise Refused("down needs the version to go back to")
            down(connection, arguments[2])
        else:
            done = applied(connection)
            for version, _, _ in scripts():
                print("applied" if version in done else "pending", version)
    except (Refused, sqlite3.Error) as fault:
        sys.exit(f"refused: {fault}")


if __name__ == "__main__":
    main(sys.argv[1:])
