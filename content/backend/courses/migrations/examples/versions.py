"""Which version of a program works with which state of the schema?

A reads and writes `price`. B writes both columns and reads `price`. C writes both and reads
`price_cents`. D knows only `price_cents`.
"""

import sqlite3
import sys

sys.dont_write_bytecode = True
import backfill
import migrate

WRITES = {"A": ["price"], "B": ["price", "price_cents"], "C": ["price", "price_cents"],
          "D": ["price_cents"]}
READS = {"A": "price", "B": "price", "C": "price_cents", "D": "price_cents"}
VALUES = {"price": 79.9, "price_cents": 7990}


def writes(connection, program):
    columns = WRITES[program]
    connection.execute(f"insert into booking (hut_id, guest, arrive, {', '.join(columns)}) values "
                       f"(1, 'Bob', '2027-08-01', {', '.join('?' * len(columns))})",
                       [VALUES[column] for column in columns])


def reads(connection, program):
    """The prices of all bookings; each of them has one."""
    rows = connection.execute(f"select {READS[program]} from booking").fetchall()
    if any(price is None for price, in rows):
        raise LookupError("a booking without a price")


def works(state, program):
    """On a database in this state with an old booking in it."""
    connection = migrate.open_database(":memory:")
    quiet = {"say": lambda _: None}
    migrate.up(connection, "0002", **quiet)
    connection.execute("insert into hut values (1, 'Larch', 12)")
    connection.execute("insert into booking values (1, 1, 'Ada', '2027-07-01', 45.5)")
    migrate.up(connection, min(state[:4], "0003"), **quiet)
    if state != "0003" and state > "0003":
        backfill.prepare(connection)
        while backfill.batch(connection):
            pass
    migrate.up(connection, state[:4], **quiet)
    try:
        reads(connection, program)
        writes(connection, program)
    except (sqlite3.Error, LookupError):
        return False
    return True


STATES = ["0002", "0003", "0003 and filled", "0004", "0005"]

if __name__ == "__main__":
    print("schema           A      B      C      D")
    for state in STATES:
        answers = ["works" if works(state, program) else "-    " for program in "ABCD"]
        print(f"{state:<17}{'  '.join(answers)}".rstrip())
