"""Reports that take long, of which nobody gets too many: the reference service of the drill on rate limits."""

import math
import threading
import time

from service import Response, answer_with, bearer, not_allowed, options, problem, record, text

FAULTS = {
    "one-bucket": "counts all callers together, so that one of them uses up everybody's share",
    "no-hint": "refuses without saying when to come back",
    "grudge": "counts what it refuses, so that whoever keeps asking never gets in again",
    "unlimited": "limits nothing",
}
options = options(__doc__, FAULTS)
BURST, RATE = 5, 0.5  # tokens in a full bucket, and how many come back in a second
buckets, reports, lock = {}, [], threading.Lock()


def take(caller, now):
    """0 when the caller had a token, which is then gone; else the seconds until there is one."""
    tokens, seen = buckets.get(caller, (float(BURST), now))
    tokens = min(float(BURST), tokens + (now - seen) * RATE)
    if tokens >= 1:
        buckets[caller] = (tokens - 1, now)
        return 0
    buckets[caller] = (tokens - 1 if options.fault == "grudge" else tokens, now)
    return max(1, math.ceil((1 - tokens) / RATE))


def app(request):
    if request.path != "/reports":
        raise problem(404)
    if request.method != "POST":
        raise not_allowed("POST")
    caller = bearer(request)  # before the limit: a stranger has no bucket
    with lock:
        wait = 0
        if options.fault != "unlimited":
            wait = take("all" if options.fault == "one-bucket" else caller, time.monotonic())
        if wait:
            hint = {} if options.fault == "no-hint" else {"Retry-After": str(wait)}
            raise problem(429, "Wait, then send it again.", "too-many", "Too many reports", hint)
        report = record(request, hut=text(40))
        reports.append({"id": f"r{len(reports) + 1}", **report})
        return Response(202, reports[-1], {"Location": f"/reports/{reports[-1]['id']}"})


if __name__ == "__main__":
    answer_with(app, options.port)
