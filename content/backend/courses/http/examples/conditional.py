"""A page that two people edit: no download without need, no update lost."""

import hashlib
import sys
import threading

sys.dont_write_bytecode = True
from loopback import Problem, Response, serve

pages = {"hut": b'{"title": "The hut", "beds": 12}\n'}  # kept as they were sent
lock = threading.Lock()


def etag_of(content):
    """A strong validator: other bytes, other tag."""
    return '"' + hashlib.sha256(content).hexdigest()[:16] + '"'


def tags(field):
    # Good for tags without a comma inside, as ours are.
    return [tag.strip() for tag in field.split(",")]


def matches_weakly(field, etag):
    """If-None-Match: a tag counts whether or not W/ stands before it."""
    return field.strip() == "*" or etag in [tag.removeprefix("W/") for tag in tags(field)]


def matches_strongly(field, etag):
    """If-Match: a weak tag never matches."""
    return field.strip() == "*" or etag in tags(field)


def read_page(request, name):
    content = pages[name]
    headers = {"ETag": etag_of(content), "Cache-Control": "no-cache"}
    known = request.headers.get("If-None-Match")
    if known is not None and matches_weakly(known, headers["ETag"]):
        return Response(304, headers=headers)
    return Response(200, headers={**headers, "Content-Type": "application/json"}, content=content)


def write_page(request, name):
    expected = request.headers.get("If-Match")
    if expected is None:
        raise Problem(428, "precondition-required", "Say which version you are replacing",
                      "GET the page and send its ETag in If-Match.")
    if not matches_strongly(expected, etag_of(pages[name])):
        raise Problem(412, "stale", "The page has changed since you read it",
                      "GET it again, redo your change on the new version, and send that.")
    request.json()  # refuses what is not JSON
    pages[name] = request.body
    return Response(204, headers={"ETag": etag_of(request.body)})


def app(request):
    name = request.path.removeprefix("/pages/")
    if name not in pages:
        raise Problem(404, "not-found", "There is no such page")
    with lock:  # nothing comes between the comparison and the write
        if request.method == "GET":
            return read_page(request, name)
        if request.method == "PUT":
            return write_page(request, name)
    raise Problem(405, "method", "Not for a page", headers={"Allow": "GET, HEAD, PUT"})


if __name__ == "__main__":
    serve(app)
