"""Transfers of cents that may be repeated: the reference service of the drill on idempotency under a burst."""

import hashlib
import threading
import time
from collections import defaultdict

from service import Response, answer_with, bearer, not_allowed, options, problem, record, text, whole

FAULTS = {
    "race": "looks the key up and stores it in two steps, with a gap between them",
    "no-fingerprint": "gives the stored answer to another request under the same key",
    "shared-keys": "gives a stranger who uses the same key the stored answer",
    "forgets": "does not look at the key at all",
}
options = options(__doc__, FAULTS)
OPENING = 10_000
cents, answered, transfers = defaultdict(lambda: OPENING), {}, []
lock = threading.Lock()  # stands for the transaction: the money and the key change together


def transfer(caller, order):
    if order["to"] == caller:
        raise problem(409, "Nothing would move.", "to-yourself")
    if cents[caller] < order["cents"]:
        raise problem(409, "There is not so much on the account.", "not-enough")
    cents[caller] -= order["cents"]
    cents[order["to"]] += order["cents"]
    transfers.append({"id": f"t{len(transfers) + 1}", "from": caller, **order})
    return transfers[-1]


def once(key, fingerprint, work):
    """The answer that is stored under the key, or that of the work, which is then stored."""
    known = answered.get(key)
    if known is None:
        if options.fault == "race":
            lock.release()
            time.sleep(0.05)
            lock.acquire()
        known = answered[key] = (fingerprint, work())
    elif known[0] != fingerprint and options.fault != "no-fingerprint":
        raise problem(422, "Make a new key for a new request.", "key-reused", "This key was used for another request")
    return known[1]


def app(request):
    caller = bearer(request)
    if request.path == "/account" and request.method == "GET":
        with lock:
            return Response(200, {"owner": caller, "cents": cents[caller]}, {"Cache-Control": "no-store"})
    if request.path != "/transfers":
        raise problem(404)
    if request.method != "POST":
        raise not_allowed("POST")
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key or len(key) > 80:
        raise problem(400, "Send an Idempotency-Key of 1 to 80 characters.", "key", "There is no key")
    order = record(request, to=text(80), cents=whole(1, OPENING))
    fingerprint = hashlib.sha256(request.body).digest()
    with lock:
        if options.fault == "forgets":
            made = transfer(caller, order)
        else:
            owner = None if options.fault == "shared-keys" else caller
            made = once((owner, key), fingerprint, lambda: transfer(caller, order))
        return Response(201, made, {"Location": f"/transfers/{made['id']}"})


if __name__ == "__main__":
    answer_with(app, options.port)
