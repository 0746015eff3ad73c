"""Bookmarks: what each method promises, kept by a server of one page."""

import itertools
import sys
import threading

sys.dont_write_bytecode = True
from loopback import Problem, Response, serve

bookmarks = {}  # name -> representation
numbers = itertools.count(1)
lock = threading.Lock()


def merge_patch(target, patch):
    """RFC 7396: absent members stay, null members go, objects merge, the rest replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def collection(request):
    if request.method == "GET":
        return Response(200, {"items": sorted(bookmarks)})
    if request.method == "POST":  # the server picks the URI: twice is two bookmarks
        bookmark = request.json()
        name = next(name for name in map("b{}".format, numbers) if name not in bookmarks)
        bookmarks[name] = bookmark
        return Response(201, bookmark, {"Location": f"/bookmarks/{name}"})
    raise Problem(405, "method", "Not for a collection", headers={"Allow": "GET, HEAD, POST"})


def single(request, name):
    known = name in bookmarks
    if request.method == "PUT":  # the client picked the URI: twice is still one bookmark
        bookmarks[name] = request.json()
        return Response(204) if known else Response(201, bookmarks[name])
    if request.method not in ("GET", "PATCH", "DELETE"):
        raise Problem(405, "method", "Not for a bookmark",
                      headers={"Allow": "GET, HEAD, PUT, PATCH, DELETE"})
    if not known:
        raise Problem(404, "not-found", "There is no such bookmark")
    if request.method == "PATCH":
        patch = request.json("application/merge-patch+json")
        bookmarks[name] = merge_patch(bookmarks[name], patch)
    if request.method == "DELETE":
        del bookmarks[name]
        return Response(204)
    return Response(200, bookmarks[name])


def app(request):
    with lock:  # one request at a time sees and changes the bookmarks
        if request.path == "/bookmarks":
            return collection(request)
        if request.path.startswith("/bookmarks/"):
            return single(request, request.path.removeprefix("/bookmarks/"))
    raise Problem(404, "not-found", "There is no such resource")


if __name__ == "__main__":
    serve(app)
