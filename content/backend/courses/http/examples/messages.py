"""One resource, two representations, and a mirror that shows what arrived."""

import re
import sys

sys.dont_write_bytecode = True
from loopback import Problem, Response, serve

NOTE = {"title": "Packing list", "items": ["rope", "map", "coffee"]}
OFFERS = ["application/json", "text/plain"]  # the first is the default
WEIGHT = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)")


def negotiate(accept, offers):
    """The offered media type that the Accept field likes best, or None."""

    def quality(offer):
        best = (-1, 0.0)  # how specific the matching range is, and its weight
        for item in accept.split(","):
            media_range, *parameters = [part.strip().lower() for part in item.split(";")]
            weights = [p[2:] for p in parameters if WEIGHT.fullmatch(p)]
            weight = float(weights[0]) if weights else 1.0
            matches = [media_range == "*/*", media_range == offer.split("/")[0] + "/*",
                       media_range == offer]
            if any(matches):
                best = max(best, (matches.index(True), weight), key=lambda found: found[0])
        return best[1]

    chosen = max(offers, key=quality)  # equal weights: the earlier offer wins
    return chosen if quality(chosen) > 0 else None


def app(request):
    if request.path == "/notes/1" and request.method == "GET":
        chosen = negotiate(request.headers.get("Accept", "*/*"), OFFERS)
        if chosen is None:
            raise Problem(406, "not-acceptable", "No representation suits the Accept field",
                          offers=OFFERS)
        headers = {"Content-Type": chosen, "Vary": "Accept"}
        if chosen == "text/plain":
            lines = [NOTE["title"], *("- " + item for item in NOTE["items"])]
            return Response(200, headers={**headers, "Content-Type": "text/plain; charset=utf-8"},
                            content=("\n".join(lines) + "\n").encode())
        return Response(200, NOTE, headers)
    if request.path.startswith("/mirror"):
        return Response(200, {"method": request.method, "target": request.target,
                              "headers": request.headers.items(),
                              "content_bytes": len(request.body)})
    raise Problem(404, "not-found", "There is no such resource")


if __name__ == "__main__":
    serve(app)
