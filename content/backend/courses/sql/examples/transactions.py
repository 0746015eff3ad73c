"""Eight guests, four beds: what a transaction is for."""

import pathlib
import random
import sqlite3
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from shell import connect

BIVOUAC, DAY = 4, "2027-08-01"
TAKEN = "select coalesce(sum(beds), 0) from booking where hut_id = ? and arrive = ?"
BOOK = "insert into booking (hut_id, guest_id, arrive, nights, beds) values (?, ?, ?, 1, 1)"


def in_transaction(connection, work, attempts=10):
    """Do the work as one transaction; begin again, wholly, where somebody was in the way."""
    for attempt in range(1, attempts + 1):
        try:
            connection.execute("begin immediate")
            result = work(connection)
            connection.execute("commit")
            return result
        except sqlite3.OperationalError as fault:
            if connection.in_transaction:
                connection.execute("rollback")
            if "locked" not in str(fault) or attempt == attempts:
                raise
            time.sleep(random.uniform(0, 0.01 * 2 ** attempt))
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


def fits(connection):
    beds, = connection.execute("select beds from hut where id = ?", (BIVOUAC,)).fetchone()
    taken, = connection.execute(TAKEN, (BIVOUAC, DAY)).fetchone()
    return taken + 1 <= beds


def book(connection, guest):
    """Look and book; whether there was a bed left."""
    if not fits(connection):
        return False
    connection.execute(BOOK, (BIVOUAC, guest, DAY))
    return True


def evening(ask):
    """Lets eight guests ask at once; how many were confirmed, and how many beds are taken."""
    with tempfile.TemporaryDirectory() as folder:
        place = str(pathlib.Path(folder) / "huts.db")
        owner = connect(place, pathlib.Path(__file__).with_name("huts.sql"))
        owner.execute("pragma journal_mode = wal")
        owner.executemany("insert into guest (id, name, email) values (?, 'Guest', ?)",
                          [(guest, f"{guest}@example.com") for guest in range(11, 19)])
        together, confirmed = threading.Barrier(8), []

        def arrive(guest):
            connection = sqlite3.connect(place, isolation_level=None, timeout=10)
            together.wait()
            if ask(connection, guest, together):
                confirmed.append(guest)
            connection.close()

        threads = [threading.Thread(target=arrive, args=(guest,)) for guest in range(11, 19)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken, = owner.execute(TAKEN, (BIVOUAC, DAY)).fetchone()
        owner.close()
        return f"{len(confirmed)} guests were confirmed, {taken} of 4 beds are taken"


def look_then_book(connection, guest, together):
    free = fits(connection)
    together.wait()  # the bad moment, which in life comes by chance
    if free:
        connection.execute(BOOK, (BIVOUAC, guest, DAY))
    return free


def in_one(connection, guest, together):
    return in_transaction(connection, lambda connection: book(connection, guest))


if __name__ == "__main__":
    print("look, then book:", evening(look_then_book))
    print("one transaction:", evening(in_one))
