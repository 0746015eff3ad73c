"""A small SQL shell over SQLite, for whoever has Python and no other client.

    python3 shell.py huts.sql              in memory, with the statements of huts.sql
    python3 shell.py --keep my.db huts.sql in a file, which stays
    python3 shell.py --keep my.db          that file again

Statements end with a semicolon and may take several lines; Ctrl-D ends the shell.
"""

import pathlib
import re
import sqlite3
import sys

OLDEST = (3, 39)  # `is distinct from` came with it


def connect(place=":memory:", *scripts):
    """Foreign keys hold, and no transaction begins unless a statement begins one."""
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("pragma foreign_keys = on")
    for script in scripts:
        connection.executescript(pathlib.Path(script).read_text(encoding="utf-8"))
    return connection


def table(names, rows):
    """Rows as text: a column as wide as its widest value."""
    cells = [[("null" if value is None else str(value)) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells)]
    lines = [names, ["-" * width for width in widths], *cells]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            for line in lines]
    return "\n".join(text if rows else ["(no rows)"])


def plan(rows):
    """SQLite's plan: what belongs to a step is indented below it."""
    depth = {0: -1}
    for step, parent, _, _ in rows:
        depth[step] = depth[parent] + 1
    return "\n".join("  " * depth[step] + text for step, _, _, text in rows)


def run(connection, statement):
    """What to show for one statement; an empty text where there is nothing to show."""
    try:
        cursor = connection.execute(statement)
        rows = cursor.fetchall()
    except sqlite3.Error as error:
        return f"error: {error}"
    if re.match(r"(\s*--.*\n)*\s*explain query plan\b", statement, re.IGNORECASE):
        return plan(rows)
    return table([column[0] for column in cursor.description], rows) if cursor.description else ""


def statements(lines):
    """Lines, put together to whole statements."""
    pending = ""
    for piece in (piece for line in lines for piece in re.split("(?<=;)", line)):
        pending += piece
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if pending.strip():
        yield pending.strip()


def typed():
    while True:
        try:
            yield input("sql> " if sys.stdin.isatty() else "") + "\n"
        except (EOFError, KeyboardInterrupt):
            return


def main(arguments):
    if sqlite3.sqlite_version_info < OLDEST:
        print(f"note: this is SQLite {sqlite3.sqlite_version}; a few examples need 3.39 or newer")
    place = ":memory:"
    if arguments[:1] == ["--keep"]:
        place, arguments = arguments[1], arguments[2:]
    connection = connect(place, *arguments)
    for statement in statements(typed()):
        shown = run(connection, statement)
        if shown:
            print(shown)


if __name__ == "__main__":
    main(sys.argv[1:])
