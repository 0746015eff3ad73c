"""Notes that belong to somebody: the reference service of the drill on the objects of others."""

import secrets
import threading

from service import Response, answer_with, bearer, not_allowed, options, problem, record, text

FAULTS = {
    "anybody": "asks who you are, and not whether the note is yours",
    "tell-tale": "says 403 where somebody else's note is, and 404 where there is none",
    "open-list": "lists the notes of all",
    "unguarded-delete": "checks reading and writing, and forgets deleting",
    "readers-write": "lets whoever may read a note write it as well",
}
options = options(__doc__, FAULTS)
users, tokens, notes = {}, {}, {}
lock = threading.Lock()


def who(request):
    user = tokens.get(bearer(request))
    if user is None:
        raise problem(401, headers={"WWW-Authenticate": 'Bearer realm="huts", error="invalid_token"'})
    return user


def shown(note):
    return {name: note[name] for name in ("id", "owner", "text")}


def find(name, user, to_write):
    """A note that this user may read, or write."""
    note = notes.get(name)
    if options.fault == "anybody" and note:
        return note
    if note is None or user != note["owner"] and user not in note["readers"]:
        if note and options.fault == "tell-tale":
            raise problem(403, code="forbidden", title="This note is not yours")
        # One answer for "is not there" and "is not yours": no way to tell which.
        raise problem(404)
    if to_write and user != note["owner"] and options.fault != "readers-write":
        raise problem(403, "You may read this note.", "read-only", "You may not change it")
    return note


def sign_up(request):
    name = record(request, name=text(40))["name"]
    user = {"id": secrets.token_hex(4), "name": name}
    token = secrets.token_urlsafe(24)
    users[user["id"]], tokens[token] = user, user["id"]
    return Response(201, {**user, "token": token}, {"Cache-Control": "no-store"})


def collection(request, user):
    if request.method == "GET":
        mine = [shown(note) for note in notes.values() if options.fault == "open-list" or note["owner"] == user]
        return Response(200, {"items": mine, "next": None}, {"Cache-Control": "no-store"})
    if request.method == "POST":
        name = secrets.token_hex(8)
        # Who owns it is no member of the content: it follows from the token.
        notes[name] = {"id": name, "owner": user, "readers": set(), "text": record(request, text=text(1000))["text"]}
        return Response(201, shown(notes[name]), {"Location": f"/notes/{name}"})
    raise not_allowed("GET", "HEAD", "POST")


def one(request, user, name):
    if request.method == "GET":
        return Response(200, shown(find(name, user, False)), {"Cache-Control": "no-store"})
    if request.method == "PUT":
        note = find(name, user, True)
        note["text"] = record(request, text=text(1000))["text"]
        return Response(200, shown(note))
    if request.method == "DELETE":
        if options.fault != "unguarded-delete" or name not in notes:
            find(name, user, True)
        del notes[name]
        return Response(204)
    find(name, user, False)
    raise not_allowed("GET", "HEAD", "PUT", "DELETE")


def reader(request, user, name, other):
    note = find(name, user, True)
    if request.method == "PUT":
        if other not in users:
            raise problem(404)
        note["readers"].add(other)
        return Response(204)
    if request.method == "DELETE":
        note["readers"].discard(other)
        return Response(204)
    raise not_allowed("PUT", "DELETE")


def app(request):
    with lock:
        match request.path.strip("/").split("/"):
            case ["users"]:
                if request.method != "POST":
                    raise not_allowed("POST")
                return sign_up(request)
            case ["notes"]:
                return collection(request, who(request))
            case ["notes", name]:
                return one(request, who(request), name)
            case ["notes", name, "readers", other]:
                return reader(request, who(request), name, other)
        raise problem(404)


if __name__ == "__main__":
    answer_with(app, options.port)
