"""Accounts and sessions: the reference service of the drill on login and session hygiene."""

import hashlib
import hmac
import secrets
import threading
from http.cookies import CookieError, SimpleCookie

from service import Response, answer_with, not_allowed, options, problem, record, text

FAULTS = {
    "fixation": "goes on with the session id that the browser brought along",
    "tell-tale": "tells an unknown address from a wrong password",
    "stays-in": "takes the cookie away at the end of a session, and goes on honouring it",
    "readable-cookie": "lets scripts read the cookie",
    "any-origin": "acts for pages of another site",
}
options = options(__doc__, FAULTS)
users, sessions, lock = {}, {}, threading.Lock()
ATTRIBUTES = "; Path=/; HttpOnly; SameSite=Lax"  # and Secure, wherever it is served with https
PRIVATE = {"Cache-Control": "no-store"}
NOBODY = (b"-" * 16, b"")


def digest(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=2 ** 13, r=8, p=1)


def cookie(value, more=""):
    attributes = ATTRIBUTES.replace("; HttpOnly", "") if options.fault == "readable-cookie" else ATTRIBUTES
    return {"Set-Cookie": f"session={value}{attributes}{more}"}


def presented(request):
    try:
        found = SimpleCookie(request.headers.get("Cookie", "")).get("session")
    except CookieError:
        return None
    return found and found.value


def kept(session):
    """What stands in the store: a digest, so that whoever reads the store can't use what is in it."""
    return hashlib.sha256(session.encode()).digest()


def signed_in(request):
    """The address of whoever asks, or 401."""
    session = presented(request)
    email = sessions.get(kept(session)) if session else None
    if email is None:
        raise problem(401, headers={**PRIVATE, "WWW-Authenticate": 'Cookie realm="huts"'})
    return email


def check_origin(request):
    """A browser says in Origin whose page sends a form. Other programs don't send it."""
    origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
    if origin and origin.partition("//")[2] != host and options.fault != "any-origin":
        raise problem(403, "It was sent by a page of another site.", "origin", "Not from there")


def register(request):
    long_enough = (lambda value: isinstance(value, str) and 12 <= len(value) <= 200, "a text of 12 to 200 characters")
    user = record(request, email=text(200), password=long_enough)
    salt = secrets.token_bytes(16)
    secret = digest(user["password"], salt)
    with lock:
        if user["email"] in users:
            raise problem(409, "Log in, or take another address.", "taken", "There is such an account")
        users[user["email"]] = (salt, secret)
    return Response(201, {"email": user["email"]}, PRIVATE)


def log_in(request):
    given = record(request, email=text(200), password=text(200))
    salt, secret = users.get(given["email"], NOBODY)
    if options.fault == "tell-tale" and secret == b"":
        raise problem(404, "Nobody has this address.")
    if not hmac.compare_digest(digest(given["password"], salt), secret):  # as long for an unknown address
        raise problem(401, "Address or password are not right.", "credentials", "You are not logged in",
                      {**PRIVATE, "WWW-Authenticate": 'Cookie realm="huts"'})
    session = presented(request) if options.fault == "fixation" else None
    session = session or secrets.token_urlsafe(32)
    with lock:
        sessions[kept(session)] = given["email"]
    return Response(201, {"email": given["email"]}, {**PRIVATE, **cookie(session)})


def log_out(request):
    signed_in(request)
    if options.fault != "stays-in":
        sessions.pop(kept(presented(request)), None)
    return Response(204, headers={**PRIVATE, **cookie("", "; Max-Age=0")})


def app(request):
    if request.method != "GET":
        check_origin(request)
    match request.path, request.method:
        case "/users", "POST":
            return register(request)
        case "/session", "POST":
            return log_in(request)
        case "/session", "DELETE":
            return log_out(request)
        case "/me", "GET":
            return Response(200, {"email": signed_in(request)}, PRIVATE)
        case "/users", _:
            raise not_allowed("POST")
        case "/session", _:
            raise not_allowed("POST", "DELETE")
        case "/me", _:
            raise not_allowed("GET", "HEAD")
    raise problem(404)


if __name__ == "__main__":
    answer_with(app, options.port)
