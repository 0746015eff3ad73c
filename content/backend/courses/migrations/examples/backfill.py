"""Fills booking.price_cents from booking.price, in batches; may be stopped and started at any time.

    python3 backfill.py huts.db
    python3 backfill.py huts.db --crash 3     break off in the middle of the third batch
"""

import sys
import time

sys.dont_write_bytecode = True
import migrate

SIZE = 2000  # rows in a batch: a fraction of a second, for which other writers can wait
PAUSE = 0.01  # seconds between two batches, in which they get their turn


class Crash(Exception):
    """As if somebody had pulled the plug."""


def prepare(connection):
    connection.execute("create table if not exists backfill (name text primary key, "
                       "last_id integer not null, filled integer not null)")
    connection.execute("insert or ignore into backfill values ('price_cents', 0, 0)")


def batch(connection, crash=False):
    """The next batch, with the note of how far it went, as one transaction; False when all is done."""
    connection.execute("begin immediate")
    try:
        last_id, = connection.execute("select last_id from backfill where name = 'price_cents'").fetchone()
        until, = connection.execute("select max(id) from (select id from booking where id > ? "
                                    "order by id limit ?)", (last_id, SIZE)).fetchone()
        if until is None:
            connection.execute("commit")
            return False
        filled = connection.execute("update booking set price_cents = round(price * 100) "
                                    "where id > ? and id <= ? and price_cents is null "
                                    "and typeof(price) in ('real', 'integer')",
                                    (last_id, until)).rowcount
        if crash:
            raise Crash
        connection.execute("update backfill set last_id = ?, filled = filled + ? "
                           "where name = 'price_cents'", (until, filled))
        connection.execute("commit")
        return True
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


def progress(connection):
    """(rows filled by now, rows that are still empty)"""
    filled, = connection.execute("select filled from backfill where name = 'price_cents'").fetchone()
    left, = connection.execute("select count(*) from booking where price_cents is null").fetchone()
    return filled, left


def main(place, crash_in=None):
    connection = migrate.open_database(place)
    prepare(connection)
    print("filled %d, left %d: begin" % progress(connection))
    number = 1
    try:
        while batch(connection, crash=number == crash_in):
            number += 1
            time.sleep(PAUSE)
    except Crash:
        print("filled %d, left %d: broken off in batch %d" % (*progress(connection), number))
        return
    print("filled %d, left %d: done" % progress(connection))
    for row in connection.execute("select id, price from booking where price_cents is null"):
        print("for a person to decide: booking %d has the price %r" % row)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[3]) if sys.argv[2:3] == ["--crash"] else None)
