"""A log of climbs that people read page by page while others write to it."""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import threading
import time

sys.dont_write_bytecode = True
from loopback import Problem, Response, serve

SECRET = secrets.token_bytes(32)  # in a real service it is kept, and shared by all replicas
DEFAULT, MOST = 3, 100
climbs = [{"id": number, "peak": f"peak {number}"} for number in range(1, 8)]
lock = threading.Lock()


def cursor_for(last_id):
    payload = json.dumps({"after": last_id}).encode()
    seal = hmac.new(SECRET, payload, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(seal + payload).decode().rstrip("=")


def read_cursor(cursor):
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    seal, payload = raw[:16], raw[16:]
    if not hmac.compare_digest(seal, hmac.new(SECRET, payload, hashlib.sha256).digest()[:16]):
        raise Problem(400, "cursor", "This cursor was not made here",
                      "Start again without a cursor.")
    return json.loads(payload)["after"]


def limit_of(request):
    text = request.query.get("limit", str(DEFAULT))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST:
        raise Problem(422, "limit", f"limit is a whole number from 1 to {MOST}")
    return int(text)


def newest_first(request):
    """The climbs after the cursor, newest first, and where the next page begins."""
    limit = limit_of(request)
    rows = sorted(climbs, key=lambda climb: -climb["id"])
    if "cursor" in request.query:
        after = read_cursor(request.query["cursor"])
        rows = [climb for climb in rows if climb["id"] < after]
    page, more = rows[:limit], rows[limit:]
    headers, following = {}, None
    if more:
        following = cursor_for(page[-1]["id"])
        headers["Link"] = f'</climbs?limit={limit}&cursor={following}>; rel="next"'
    return Response(200, {"items": page, "next": following}, headers)


def by_offset(request):
    """The same list by offset, to see what goes wrong."""
    limit, text = limit_of(request), request.query.get("offset", "0")
    if not (text.isascii() and text.isdigit()):
        raise Problem(422, "offset", "offset is a whole number")
    offset = int(text)
    rows = sorted(climbs, key=lambda climb: -climb["id"])
    return Response(200, {"items": rows[offset:offset + limit]})


class Bucket:
    """At most `burst` requests at once, refilled at `rate` a second."""

    def __init__(self, burst, rate):
        self.burst, self.rate = burst, rate
        self.tokens, self.seen = float(burst), time.monotonic()

    def take(self):
        """0 when there was a token, else the whole seconds until there is one."""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.seen) * self.rate)
        self.seen = now
        if self.tokens < 1:
            return int((1 - self.tokens) / self.rate) + 1
        self.tokens -= 1
        return 0


reports = Bucket(burst=2, rate=0.1)


def app(request):
    with lock:
        if request.path == "/climbs" and request.method == "GET":
            return newest_first(request)
        if request.path == "/climbs-by-offset" and request.method == "GET":
            return by_offset(request)
        if request.path == "/climbs" and request.method == "POST":
            number = len(climbs) + 1
            climbs.append({"id": number, "peak": f"peak {number}"})
            return Response(201, climbs[-1], {"Location": f"/climbs/{number}"})
        if request.path == "/report" and request.method == "GET":
            wait = reports.take()
            if wait:
                raise Problem(429, "too-many", "Too many reports",
                              headers={"Retry-After": str(wait)})
            return Response(200, {"climbs": len(climbs)})
    raise Problem(404, "not-found", "There is no such resource")


if __name__ == "__main__":
    serve(app)
