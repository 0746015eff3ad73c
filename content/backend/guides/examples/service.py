"""A service that says how it is, and ends decently.

    python3 service.py 8001
    curl -i http://127.0.0.1:8001/slow & kill -TERM the-number-it-printed
"""

import http.server
import os
import signal
import sys
import threading
import time

ready = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(f"begun {self.path}", file=sys.stderr, flush=True)
        if self.path == "/livez":
            self.answer(200, b"alive\n")
        elif self.path == "/readyz":
            self.answer(*((200, b"ready\n") if ready.is_set() else (503, b"not now\n")))
        elif self.path == "/slow":
            time.sleep(0.5)
            self.answer(200, b"finished\n")
        else:
            self.answer(404, b"nothing here\n")

    def answer(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, form, *values):
        print(f"ended {self.path}: {form % values}", file=sys.stderr, flush=True)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # the end waits for requests that were begun


def stop(signal_number, frame):
    """Not ready any more, nothing new; what was begun is finished, and then the process ends."""
    ready.clear()
    threading.Thread(target=server.shutdown).start()


if __name__ == "__main__":
    port = sys.argv[1] if len(sys.argv) > 1 else "0"
    if not port.isdecimal() or int(port) > 65535:
        sys.exit(f"the port has to be a number from 0 to 65535, and is {port!r}")
    server = Server(("127.0.0.1", int(port)), Handler)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    ready.set()
    print(f"http://127.0.0.1:{server.server_port} process {os.getpid()}", flush=True)
    server.serve_forever()
    server.server_close()
    print("ended", flush=True)
