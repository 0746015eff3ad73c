"""A list of climbs in pages: the reference service of the drill on pagination."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from urllib.parse import urlencode

from service import Response, answer_with, not_allowed, options, problem, record, text

FAULTS = {
    "offset": "counts entries instead of remembering a place, so that a new one moves all pages",
    "short-page": "takes a page that is not full for the last, and so says that a full one is followed by another",
    "open-cursor": "believes a cursor that somebody wrote, and one of another list",
    "cut": "ends the list after one page and does not say that there is more",
}
options = options(__doc__, FAULTS)
SECRET = secrets.token_bytes(32)  # in a real service it is kept, and shared by all replicas
DEFAULT, MOST = 20, 100
climbs, lock = [], threading.Lock()


def seal(payload):
    return hmac.new(SECRET, payload, hashlib.sha256).digest()[:16]


def cursor_for(area, place):
    payload = json.dumps([area, place]).encode()
    return base64.urlsafe_b64encode(seal(payload) + payload).decode().rstrip("=")


def read_cursor(cursor, area):
    """The place that a cursor of this list names."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    if options.fault == "open-cursor":
        try:
            return json.loads(raw[16:])[1]
        except (ValueError, IndexError):
            return 10 ** 9
    if not hmac.compare_digest(raw[:16], seal(raw[16:])) or json.loads(raw[16:])[0] != area:
        raise problem(400, "Begin again without a cursor.", "cursor", "This cursor is not of this list")
    return json.loads(raw[16:])[1]


def limit_of(request):
    wanted = request.query.get("limit", str(DEFAULT))
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 9 and 1 <= int(wanted) <= MOST):
        raise problem(422, f"limit is a whole number from 1 to {MOST}.", "limit", "This limit is none")
    return int(wanted)


def page(request):
    """The climbs of an area after the cursor, newest first, and where the next page begins."""
    area, limit = request.query.get("area", ""), limit_of(request)
    rows = [climb for climb in reversed(climbs) if climb["area"] == area]
    place = read_cursor(request.query["cursor"], area) if "cursor" in request.query else None
    if options.fault == "offset":
        begin = place or 0
        rows, following = rows[begin:], begin + limit
    else:
        rows = [climb for climb in rows if place is None or climb["number"] < place]
        following = rows[:limit][-1]["number"] if rows else None
    more = len(rows) >= limit if options.fault == "short-page" else len(rows) > limit
    cursor = cursor_for(area, following) if more and options.fault != "cut" else None
    headers = {"Cache-Control": "no-store"}
    if cursor:
        query = urlencode({"area": area, "limit": limit, "cursor": cursor})
        headers["Link"] = f'</climbs?{query}>; rel="next"'
    return Response(200, {"items": rows[:limit], "next": cursor}, headers)


def app(request):
    with lock:
        if request.path != "/climbs":
            raise problem(404)
        if request.method == "GET":
            return page(request)
        if request.method == "POST":
            climb = record(request, area=text(40), peak=text(80))
            climbs.append({"number": len(climbs) + 1, **climb})
            return Response(201, climbs[-1])
        raise not_allowed("GET", "HEAD", "POST")


if __name__ == "__main__":
    answer_with(app, options.port)
