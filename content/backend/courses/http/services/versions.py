"""Pages that several people edit: the reference service of the drill on conditional requests."""

import threading
import time

from service import Response, answer_with, not_allowed, options, problem, record, text, whole

FAULTS = {
    "blind": "writes without asking which version is meant",
    "race": "compares first and writes later, with a gap between the two",
    "weak-write": "lets a weak tag through for a write",
    "always-full": "sends the whole page to whoever has it already",
    "same-tag": "keeps the tag when the page changes",
}
options = options(__doc__, FAULTS)
pages, lock = {}, threading.Lock()


def tag_of(version):
    return '"v1"' if options.fault == "same-tag" else f'"v{version}"'


def tags(field):
    return [tag.strip() for tag in field.split(",")]


def matches_weakly(field, tag):
    return field.strip() == "*" or tag in (given.removeprefix("W/") for given in tags(field))


def matches_strongly(field, tag):
    if options.fault == "weak-write":
        return matches_weakly(field, tag)
    return field.strip() == "*" or tag in tags(field)


def read(request, name):
    if name not in pages:
        raise problem(404)
    version, page = pages[name]
    headers = {"ETag": tag_of(version), "Cache-Control": "no-cache"}
    known = request.headers.get("If-None-Match")
    if known and matches_weakly(known, tag_of(version)) and options.fault != "always-full":
        return Response(304, headers=headers)
    return Response(200, page, headers)


def check(request, name):
    """Refuses a write that was not made for the page as it is."""
    expected, absent = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    version = pages[name][0] if name in pages else None
    if expected is None and absent is None and options.fault != "blind":
        raise problem(428, "Send If-Match with the tag that you read, or If-None-Match: * to create.",
                      "precondition-required", "Say which version you are replacing")
    stale = problem(412, "Read it again, redo your change on what you find, and send that.", "stale",
                    "The page is not what you believe it to be")
    if expected is not None and (version is None or not matches_strongly(expected, tag_of(version))):
        raise stale
    if absent is not None and version is not None and matches_weakly(absent, tag_of(version)):
        raise stale
    return version


def write(request, name):
    page = record(request, title=text(80), beds=whole(0, 200))
    version = check(request, name)
    if options.fault == "race":
        lock.release()
        time.sleep(0.05)
        lock.acquire()
    pages[name] = ((version or 0) + 1, page)
    status = 201 if version is None else 200
    return Response(status, page, {"ETag": tag_of(pages[name][0]), "Cache-Control": "no-cache"})


def app(request):
    place, _, name = request.path.rpartition("/")
    if place != "/pages" or not name:
        raise problem(404)
    with lock:
        if request.method == "GET":
            return read(request, name)
        if request.method == "PUT":
            return write(request, name)
        raise not_allowed("GET", "HEAD", "PUT")


if __name__ == "__main__":
    answer_with(app, options.port)
