"""Bookings for a mountain hut: everything is checked once, at the boundary."""

import json
import sys
import unicodedata
from datetime import date

sys.dont_write_bytecode = True
from loopback import Problem, Response, serve

FIELDS = {"guest", "email", "arrive", "leave", "beds"}
MEALS = {"breakfast", "dinner"}


def read_object(request):
    """The content as a JSON object, or a 400 or 415: it can't be read."""
    if request.media_type() != "application/json":
        raise Problem(415, "media-type", "Send application/json",
                      headers={"Accept": "application/json"})

    def no_duplicates(pairs):
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the member {name!r} stands there twice")
        return dict(pairs)

    def no_constants(name):
        raise ValueError(f"{name} is not JSON")

    try:
        text = request.body.decode("utf-8")
        return json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constants)
    except ValueError as fault:
        raise Problem(400, "unreadable", "The content can't be read", str(fault)) from None
    except RecursionError:
        raise Problem(400, "unreadable", "The content is nested too deeply") from None


def booking_from(data):
    """A checked booking, or a 422 that names every fault at once."""
    if not isinstance(data, dict):
        raise Problem(422, "invalid", "The booking is not valid",
                      errors=[{"pointer": "", "detail": "must be an object"}])
    errors = []

    def fault(pointer, detail):
        errors.append({"pointer": pointer, "detail": detail})

    def text(name, longest):
        value = data.get(name)
        if not isinstance(value, str):
            return fault("/" + name, "must be a text")
        value = unicodedata.normalize("NFC", value).strip()  # one spelling for one name
        if not 1 <= len(value) <= longest:
            return fault("/" + name, f"must have 1 to {longest} characters")
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
            return fault("/" + name, "must not have control characters")
        return value

    def day(name):
        value = text(name, 10)
        if value is None:
            return None
        try:
            parsed = date.fromisoformat(value)
        except ValueError:
            parsed = None
        if parsed is None or parsed.isoformat() != value:
            return fault("/" + name, "must be a day such as 2027-07-14")
        return parsed

    for name in sorted(data.keys() - FIELDS - {"meals"}):
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        fault(pointer, "is not a field of a booking")
    guest, email = text("guest", 80), text("email", 254)
    if email is not None:
        local, at, host = email.rpartition("@")
        if not (local and at and "." in host) or " " in email:
            fault("/email", "must look like an e-mail address")
        email = f"{local}@{host.lower()}"  # host names know no case, local parts may
    arrive, leave = day("arrive"), day("leave")
    if arrive and leave and leave <= arrive:
        fault("/leave", "must be after the day of arrival")
    beds = data.get("beds")
    if type(beds) is not int or not 1 <= beds <= 12:  # in Python, True is an int as well
        fault("/beds", "must be a whole number from 1 to 12")
    meals = data.get("meals", [])
    if not isinstance(meals, list) or len(meals) > len(MEALS):
        fault("/meals", f"must be a list of at most {len(MEALS)}")
    else:
        for position, meal in enumerate(meals):
            if not isinstance(meal, str) or meal not in MEALS:
                fault(f"/meals/{position}", "must be one of: " + ", ".join(sorted(MEALS)))
    if errors:
        raise Problem(422, "invalid", "The booking is not valid",
                      f"{len(errors)} faults; each is named under errors.", errors=errors)
    return {"guest": guest, "email": email, "arrive": arrive.isoformat(),
            "leave": leave.isoformat(), "nights": (leave - arrive).days,
            "beds": beds, "meals": sorted(set(meals))}


def app(request):
    if request.path != "/bookings":
        raise Problem(404, "not-found", "There is no such resource")
    if request.method != "POST":
        raise Problem(405, "method", "A booking is made with POST", headers={"Allow": "POST"})
    booking = booking_from(read_object(request))
    return Response(201, booking, {"Location": "/bookings/1"})


if __name__ == "__main__":
    serve(app)
