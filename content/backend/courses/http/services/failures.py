"""Huts with their weather, which somebody else's service knows: the reference of the drill on graceful errors.

That service is played here: `PUT /provider` says how it does, so that its failures can be called forth.
"""

import time

from service import Problem, Response, answer_with, not_allowed, options, problem, record

FAULTS = {
    "all-or-nothing": "lets the whole page of a hut fail with its weather",
    "trace": "shows the caller what broke inside",
    "blames-caller": "answers its own failures with 400",
    "html": "answers what it does not know with a page for people",
    "made-up": "answers 200 with weather that nobody measured",
}
options = options(__doc__, FAULTS)
HUTS = {"hohe-warte": {"id": "hohe-warte", "name": "Hohe Warte", "beds": 24}}
provider = {"state": "up"}
STATES = ("up", "down", "garbled", "slow", "bug")
PATIENCE = 0.3  # seconds that we wait for the provider




def ask_provider():
    """What the provider answers, in its own format."""
    match provider["state"]:
        case "down":
            raise ConnectionRefusedError("weather.internal:9000 refused the connection")
        case "slow":
            time.sleep(PATIENCE)
            raise TimeoutError("weather.internal:9000 was silent")
        case "garbled":
            return {"t": "n/a"}
        case "bug":
            return None
    return {"t": -4}


def weather():
    """The weather, or the problem that a caller can make something of."""
    try:
        return {"celsius": int(ask_provider()["t"])}
    except ConnectionRefusedError:
        raise problem(503, "Ask again in a while.", "weather-away", "The weather is not to be had",
                      {"Retry-After": "30"}) from None
    except TimeoutError:
        raise problem(504, code="weather-slow", title="The weather did not come in time") from None
    except ValueError:
        raise problem(502, code="weather-garbled", title="The weather came garbled") from None


def hut(name):
    """A hut; its weather is worth having, and not worth failing for."""
    found, missing = None, []
    try:
        found = weather()
    except Problem:
        if options.fault == "all-or-nothing":
            raise
        missing = ["weather"]
    return Response(200, {**HUTS[name], "weather": found, "unavailable": missing}, {"Cache-Control": "no-store"})


def route(request):
    parts = request.path.strip("/").split("/")
    if parts == ["provider"]:
        if request.method != "PUT":
            raise not_allowed("PUT")
        provider.update(record(request, state=(lambda value: value in STATES, f"one of {', '.join(STATES)}")))
        return Response(204)
    if parts[0] != "huts" or len(parts) not in (2, 3) or parts[1] not in HUTS or parts[2:] not in ([], ["weather"]):
        raise problem(404)
    if request.method != "GET":
        raise not_allowed("GET", "HEAD")
    if len(parts) == 2:
        return hut(parts[1])
    return Response(200, weather(), {"Cache-Control": "no-store"})


def app(request):
    try:
        return route(request)
    except Problem as refusal:
        if refusal.status == 404 and options.fault == "html":
            return Response(404, content=b"<h1>Not Found</h1>", headers={"Content-Type": "text/html"})
        if refusal.status > 500 and options.fault == "blames-caller":
            refusal.status = refusal.document["status"] = 400
        if refusal.status > 500 and options.fault == "made-up":
            return Response(200, {"celsius": 20})
        raise
    except Exception as broken:
        if options.fault == "trace":
            return problem(500, f"{type(broken).__name__} in {__file__}: {broken}", "internal", "It broke").response()
        raise  # the server answers 500 with a number, and writes the rest to its log beside that number


if __name__ == "__main__":
    answer_with(app, options.port)
