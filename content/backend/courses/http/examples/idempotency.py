"""Transfers between accounts: a retried POST happens once."""

import hashlib
import re
import sqlite3
import sys
import threading
from contextlib import contextmanager

sys.dont_write_bytecode = True
from loopback import Problem, Response, serve

TOKENS = {"ada-token": "ada", "bob-token": "bob"}
KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([A-Za-z0-9._:-]{1,255})')

database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
database.executescript("""
    create table account (owner text primary key, cents integer not null check (cents >= 0));
    insert into account values ('ada', 10000), ('bob', 5000);
    create table transfer (id integer primary key, payer text not null, payee text not null,
                           cents integer not null);
    create table answered (caller text not null, key text not null, fingerprint text not null,
                           status integer not null, location text not null, content blob not null,
                           primary key (caller, key));
""")
lock = threading.Lock()


@contextmanager
def transaction():
    """BEGIN, then COMMIT when all went well and ROLLBACK when anything was raised."""
    with lock:
        database.execute("begin immediate")
        try:
            yield
        except BaseException:
            database.execute("rollback")
            raise
        database.execute("commit")


def transfer(payer, order):
    payee, cents = order.get("to"), order.get("cents")
    if payee not in [person for person in TOKENS.values() if person != payer]:
        raise Problem(422, "unknown-payee", "There is no such account to send to")
    if type(cents) is not int or not 1 <= cents <= 1_000_000:
        raise Problem(422, "invalid", "cents is a whole number from 1 to 1000000")
    database.execute("update account set cents = cents + ? where owner = ?", (cents, payee))
    paid = database.execute("update account set cents = cents - ? where owner = ? and cents >= ?",
                            (cents, payer, cents))
    if paid.rowcount == 0:  # the rollback takes the payee's cents back as well
        raise Problem(409, "insufficient", "The account does not hold that much")
    made = database.execute("insert into transfer (payer, payee, cents) values (?, ?, ?)",
                            (payer, payee, cents))
    return Response(201, {"id": made.lastrowid, "to": payee, "cents": cents},
                    {"Location": f"/transfers/{made.lastrowid}"})


def once(caller, request, work):
    """Do the work, or replay what was answered when this key was first used."""
    field = request.headers.get("Idempotency-Key")
    if field is None:
        return work()
    found = KEY.fullmatch(field.strip())
    if found is None:
        raise Problem(400, "idempotency-key", "The Idempotency-Key can't be read")
    key = found[1] or found[2]
    what = f"{request.method} {request.target} {request.media_type()}\n".encode() + request.body
    fingerprint = hashlib.sha256(what).hexdigest()
    row = database.execute("select fingerprint, status, location, content from answered "
                           "where caller = ? and key = ?", (caller, key)).fetchone()
    if row is not None:
        if row[0] != fingerprint:
            raise Problem(422, "key-reused", "This key was used for a different request")
        return Response(row[1], headers={"Content-Type": "application/json", "Location": row[2]},
                        content=row[3])
    response = work()
    database.execute("insert into answered values (?, ?, ?, ?, ?, ?)",
                     (caller, key, fingerprint, response.status,
                      response.headers["Location"], response.content))
    return response


def app(request):
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token not in TOKENS:
        raise Problem(401, "unauthenticated", "Sign in first",
                      headers={"WWW-Authenticate": "Bearer"})
    who = TOKENS[token]
    if request.path == "/account" and request.method == "GET":
        with lock:
            row = database.execute("select cents from account where owner = ?", (who,)).fetchone()
        return Response(200, {"owner": who, "cents": row[0]}, {"Cache-Control": "no-store"})
    if request.path == "/transfers" and request.method == "POST":
        order = request.json()
        if not isinstance(order, dict):
            raise Problem(422, "invalid", "A transfer is an object")
        with transaction():  # the key's row and the money move together, or not at all
            return once(who, request, lambda: transfer(who, order))
    raise Problem(404, "not-found", "There is no such resource")


if __name__ == "__main__":
    serve(app)
