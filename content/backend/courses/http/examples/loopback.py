"""The HTTP server under the examples: small enough to read in one sitting.

An example writes one function, `app(request) -> Response`, and calls `serve(app)`.
The server listens on 127.0.0.1 only. Run an example with a port to choose one:

    python3 methods.py 8001

Without one the system picks a free port, and the first line of output says which.
"""

import json
import sys
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MAX_BODY = 64 * 1024


class Request:
    """What the client asked: method, path, query, headers and the bytes of the content."""

    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method = method
        self.target = target
        self.path = parts.path
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.headers = headers  # field names compare without regard to case
        self.body = body

    def media_type(self):
        """The content's media type without its parameters, in lower case."""
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()

    def json(self, media_type="application/json"):
        """The content read as JSON, or a 415 or 400 for the client."""
        if self.media_type() != media_type:
            field = "Accept-Patch" if self.method == "PATCH" else "Accept"
            raise Problem(415, "media-type", f"Send {media_type}", headers={field: media_type})
        try:
            return json.loads(self.body.decode("utf-8"))
        except (ValueError, RecursionError) as fault:
            raise Problem(400, "unreadable", "The content is not JSON", str(fault)) from None


class Response:
    """What the server answers. `data` is sent as JSON; `content` is sent as it is."""

    def __init__(self, status, data=None, headers=None, content=None):
        self.status = status
        self.headers = dict(headers or {})
        if content is not None:
            self.content = content
        elif data is not None:
            self.content = (json.dumps(data, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
            self.headers.setdefault("Content-Type", "application/json")
        else:
            self.content = b""


class Problem(Exception):
    """Raise it anywhere: it is answered as application/problem+json (RFC 9457)."""

    def __init__(self, status, code, title, detail=None, headers=None, **members):
        super().__init__(title)
        self.status, self.headers = status, dict(headers or {})
        self.document = {"type": f"https://example.com/problems/{code}", "title": title,
                         "status": status, "code": code}
        if detail is not None:
            self.document["detail"] = detail
        self.document.update(members)

    def response(self):
        instance = {"instance": f"urn:uuid:{uuid.uuid4()}"}
        return Response(self.status, {**self.document, **instance},
                        {**self.headers, "Content-Type": "application/problem+json"})


def serve(app, port=None):
    """Answer requests with `app` until interrupted."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "example"
        sys_version = ""
        timeout = 30  # seconds a silent client may hold its thread

        def answer(self):
            try:
                response = app(self.read_request())
            except Problem as problem:
                response = problem.response()
            except Exception:
                # The client learns that it was our fault, and a number to quote.
                # What exactly broke goes to the log, beside the same number.
                response = Problem(500, "internal", "The server failed",
                                   "Quote the instance when you report this.").response()
                print(json.loads(response.content)["instance"], file=sys.stderr)
                traceback.print_exc()
            self.send(response)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

        def read_request(self):
            hosts = len(self.headers.get_all("Host", []))
            if hosts > 1 or (hosts == 0 and self.request_version == "HTTP/1.1"):
                self.close_connection = True
                raise Problem(400, "host", "The request needs exactly one Host field")
            if "Transfer-Encoding" in self.headers:
                self.close_connection = True  # what follows can't be told apart
                raise Problem(411, "length-required", "Send the content with a Content-Length")
            lengths = self.headers.get_all("Content-Length", ["0"])
            length = lengths[0]
            if len(lengths) != 1 or not (length.isascii() and length.isdigit()):
                self.close_connection = True
                raise Problem(400, "content-length", "Content-Length is not one number")
            if int(length) > MAX_BODY:
                self.close_connection = True
                raise Problem(413, "too-large", f"At most {MAX_BODY} bytes are accepted")
            try:
                body = self.rfile.read(int(length))
            except TimeoutError:
                self.close_connection = True
                raise Problem(408, "timeout", "The content did not arrive in time") from None
            if len(body) < int(length):
                self.close_connection = True
                raise Problem(400, "content-length", "The content is shorter than announced")
            # HEAD is GET without the content: let the app see a GET.
            method = "GET" if self.command == "HEAD" else self.command
            return Request(method, self.path, self.headers, body)

        def send(self, response):
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if response.status >= 200 and response.status not in (204, 304):
                self.send_header("Content-Length", str(len(response.content)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD" and response.status not in (204, 304):
                self.wfile.write(response.content)

        def send_error(self, code, message=None, explain=None):
            # What the library refuses by itself must be a problem document as well.
            self.close_connection = True
            self.send(Problem(int(code), "bad-request", message or "Refused").response())

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64  # connections that may wait while twenty arrive at once

    if port is None:
        port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with Server(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
