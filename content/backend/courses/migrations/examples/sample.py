"""A database of production's shape, at schema 0002: large enough, and as strange as old data is.

    python3 sample.py huts.db           10,000 bookings
    python3 sample.py huts.db 250000    as many as that
"""

import pathlib
import random
import sys

sys.dont_write_bytecode = True
import migrate


def fill(connection, bookings):
    chance = random.Random(7)  # the same numbers each time
    rows, booking = [], 0
    for _ in range(bookings):
        booking += chance.choice([1, 1, 1, 2, 9])  # ids have gaps
        rows.append((booking, chance.choice([1, 1, 1, 1, 2, 3]), f"Guest {booking % 977}",
                     f"20{chance.randint(15, 27)}-0{chance.randint(5, 9)}-{chance.randint(10, 28)}",
                     chance.randint(0, 30000) / 100))
    connection.execute("begin")
    connection.executemany("insert into hut (id, name, beds) values (?, ?, ?)",
                           [(1, "Larch", 12), (2, "Eagle", 20), (3, "Glacier", 8), (4, "Bivouac", 4)])
    connection.executemany("insert into booking (id, hut_id, guest, arrive, price) "
                           "values (?, ?, ?, ?, ?)", rows)
    # In 2019 somebody imported a list with decimal commas. Nobody remembers.
    connection.execute("update booking set price = '45,50' where id = "
                       "(select id from booking order by id limit 1 offset ?)", (bookings // 2,))
    connection.execute("commit")


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[1])
    place.unlink(missing_ok=True)
    database = migrate.open_database(place)
    migrate.up(database, "0002", say=lambda _: None)
    fill(database, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
    print(database.execute("select count(*) from booking").fetchone()[0], "bookings")
