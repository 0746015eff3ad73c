"""Bookings of a hut: the reference service of the drill on status codes and validation."""

import threading
from datetime import date

from service import Problem, Response, answer_with, invalid, not_allowed, options, problem

FAULTS = {
    "always-ok": "answers refusals with 200 and hides them in the content",
    "first-only": "names one fault, where there are several",
    "ignores-unknown": "takes members that it does not know",
    "truthy": "takes true for the number 1",
    "forgets-allow": "refuses a method without saying which there are",
}
options = options(__doc__, FAULTS)
bookings, lock = {}, threading.Lock()
MEMBERS = ("guest", "beds", "arrive", "leave")


def day(value):
    """A day as in 2027-07-14, or nothing."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def is_count(value):
    number = isinstance(value, int) if options.fault == "truthy" else type(value) is int
    return number and 1 <= value <= 12


def parse(content):
    """A booking in its canonical form, or every reason why it is none."""
    if not isinstance(content, dict):
        raise invalid([("", "an object is expected")])
    faults = [(f"/{name}", "is missing") for name in MEMBERS if name not in content]
    if options.fault != "ignores-unknown":
        faults += [(f"/{name}", "there is no such member") for name in content if name not in MEMBERS]
    guest, beds = content.get("guest"), content.get("beds")
    if "guest" in content and not (isinstance(guest, str) and 1 <= len(guest.strip()) <= 80):
        faults.append(("/guest", "a text of 1 to 80 characters"))
    if "beds" in content and not is_count(beds):
        faults.append(("/beds", "a whole number from 1 to 12"))
    arrive, leave = day(content.get("arrive")), day(content.get("leave"))
    faults += [(f"/{name}", "a day such as 2027-07-14") for name, found in (("arrive", arrive), ("leave", leave))
               if name in content and found is None]
    if arrive and leave and leave <= arrive:
        faults.append(("/leave", "comes after the day of arrival"))
    if faults:
        raise invalid(faults[:1] if options.fault == "first-only" else faults)
    return {"guest": guest.strip(), "beds": beds, "arrive": str(arrive), "leave": str(leave),
            "nights": (leave - arrive).days}


def book(request):
    booking = parse(request.json())
    taken = {(b["guest"], b["arrive"]) for b in bookings.values() if b}
    if (booking["guest"], booking["arrive"]) in taken:
        raise problem(409, "This guest has a booking that begins on this day.", "already-booked")
    number = str(len(bookings) + 1)
    bookings[number] = {"id": number, **booking}
    return Response(201, bookings[number], {"Location": f"/bookings/{number}"})


def answer(request):
    with lock:
        if request.path == "/bookings":
            if request.method != "POST":
                raise not_allowed("POST") if options.fault != "forgets-allow" else problem(405)
            return book(request)
        place, _, number = request.path.rpartition("/")
        if place != "/bookings" or bookings.get(number) is None:
            raise problem(404)
        if request.method == "GET":
            return Response(200, bookings[number])
        if request.method == "DELETE":
            bookings[number] = None  # its number is not given to another
            return Response(204)
        raise not_allowed("GET", "HEAD", "DELETE") if options.fault != "forgets-allow" else problem(405)


def app(request):
    try:
        return answer(request)
    except Problem as refusal:
        if options.fault == "always-ok":
            return Response(200, {"success": False, "error": refusal.document["title"]})
        raise


if __name__ == "__main__":
    answer_with(app, options.port)
