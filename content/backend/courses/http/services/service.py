"""What the reference services of the drills share: their options, over the server of the examples.

Each service listens on 127.0.0.1 and prints its address on its first line:

    python3 pages.py --port 8001
    python3 pages.py --fault offset

`--port` is 0 by default, or what PORT in the environment says: the system then picks a free one. `--fault` builds one
known mistake into the service. A drill is right when the service passes it, and when each mistake makes it fail.
"""

import argparse
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parent.parent / "examples"))
from loopback import Problem, Response, serve as answer_with

PROBLEMS = {
    400: ("unreadable", "This can't be read"),
    401: ("who-are-you", "Say who you are"),
    404: ("not-found", "There is no such resource"),
    409: ("conflict", "The present state stands against it"),
}


def options(description, faults):
    """Reads the command line. `faults` has the name of each known mistake and what it is."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "0")))
    parser.add_argument("--fault", choices=sorted(faults), help="; ".join(f"{k}: {v}" for k, v in faults.items()))
    return parser.parse_args()


def problem(status, detail=None, code=None, title=None, headers=None, **members):
    """A problem of the usual kind for its status, unless it is named."""
    usual = PROBLEMS.get(status, ("refused", "Refused"))
    return Problem(status, code or usual[0], title or usual[1], detail, headers, **members)


def invalid(faults):
    """422 with a list of faults, each a pair of JSON Pointer and what is wrong; all of them at once."""
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in faults]
    return Problem(422, "invalid", "The content is not valid", errors=errors)


def not_allowed(*methods):
    return Problem(405, "method", "Not with this method", headers={"Allow": ", ".join(methods)})


def record(request, **members):
    """The content as an object of these members, each with the test of its value and what that asks for.

    A member that isn't named here is refused, and so is one that is missing.
    """
    content = request.json()
    if not isinstance(content, dict):
        raise invalid([("", "an object is expected")])
    faults = [(f"/{name}", "there is no such member") for name in content if name not in members]
    for name, (holds, asks) in members.items():
        if name not in content:
            faults.append((f"/{name}", "is missing"))
        elif not holds(content[name]):
            faults.append((f"/{name}", asks))
    if faults:
        raise invalid(faults)
    return content


def text(most):
    """The test of a member that is a text of so many characters, not only spaces."""
    return (lambda value: isinstance(value, str) and 0 < len(value.strip()) and len(value) <= most,
            f"a text of 1 to {most} characters")


def whole(least, most):
    """The test of a member that is a whole number in these bounds; true and false are none."""
    return (lambda value: type(value) is int and least <= value <= most,
            f"a whole number from {least} to {most}")


def bearer(request):
    """What follows `Bearer` in Authorization, or 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise problem(401, headers={"WWW-Authenticate": 'Bearer realm="huts"'})
    return token.strip()
