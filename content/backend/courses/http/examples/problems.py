"""A library desk whose every refusal is a problem document with the right status."""

import sys
import threading

sys.dont_write_bytecode = True
from loopback import Problem, Response, serve

TOKENS = {"ada-token": "ada", "bob-token": "bob"}
books = {"emma": None, "dune": "bob", "ulysses": None}  # title -> who has borrowed it
notes = {"n1": {"owner": "bob", "text": "due on Friday"}}
lock = threading.Lock()


def caller(request):
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token not in TOKENS:
        raise Problem(401, "unauthenticated", "Sign in first",
                      headers={"WWW-Authenticate": 'Bearer realm="library"'})
    return TOKENS[token]


def borrow(who, title):
    if title not in books:
        raise Problem(404, "book-not-found", "There is no such book")
    if title == "ulysses":
        raise Problem(403, "reading-room-only", "This book does not leave the house",
                      "You may read it in the reading room.")
    if books[title] not in (None, who):
        raise Problem(409, "already-borrowed", "Somebody else has this book",
                      f"'{title}' is on loan. Reserve it, or try again later.",
                      reserve=f"/books/{title}/reservations")
    books[title] = who
    return Response(200, {"book": title, "borrower": who})


def app(request):
    if request.path == "/crash":
        return Response(200, {"answer": 1 // 0})  # a bug, to see what gets out
    who = caller(request)
    kind, _, name = request.path.strip("/").partition("/")
    if kind == "notes":
        note = notes.get(name)
        if note is None or note["owner"] != who:
            # One answer for "is not there" and "is not yours": no way to tell which.
            raise Problem(404, "note-not-found", "There is no such note")
        return Response(200, {"text": note["text"]})
    if kind == "books" and name.endswith("/loan"):
        if request.method != "PUT":
            raise Problem(405, "method", "A loan is taken with PUT", headers={"Allow": "PUT"})
        with lock:
            return borrow(who, name.removesuffix("/loan"))
    raise Problem(404, "not-found", "There is no such resource")


if __name__ == "__main__":
    serve(app)
