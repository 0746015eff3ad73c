"""Runs every example and holds it to what the lessons say about it.

    python3 check.py            all of them
    python3 check.py methods    one of them

Each example runs as a process of its own on a free port of 127.0.0.1 and is stopped
at the end. The exit code is 0 when every claim holds, else 1. Python 3.10 or newer, and
nothing beside its standard library.
"""

import http.client
import json
import pathlib
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

HERE = pathlib.Path(__file__).resolve().parent
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
TABLES = """create table page (id integer, body text, version integer);
            create table climb (id integer, peak text, climbed_at text);"""
SECONDS = 10  # the longest that any one answer may take
failures = []


def claim(holds, text):
    print(("  ok    " if holds else "  FAIL  ") + text)
    if not holds:
        failures.append(text)


class Answer:
    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content

    @property
    def json(self):
        return json.loads(self.content)

    def is_problem(self, status, code=None):
        return (self.status == status
                and self.headers.get("Content-Type") == "application/problem+json"
                and self.json["status"] == status
                and bool(self.json["title"])
                and self.json["type"].startswith("https://")
                and code in (None, self.json["code"]))


class Example:
    """One example, running."""

    def __init__(self, name):
        self.process = subprocess.Popen([sys.executable, str(HERE / f"{name}.py")],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        watchdog = threading.Timer(SECONDS, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        if not line.startswith("http://127.0.0.1:"):
            self.stop()
            raise RuntimeError(f"{name}.py did not start:\n{self.log}")
        self.port = urlsplit(line.strip()).port

    def stop(self):
        self.process.kill()
        self.log = self.process.communicate()[1]

    def ask(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
                headers = {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def raw(self, *lines):
        """Send lines of a request and read until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received


def messages(run):
    raw = run.raw("GET /notes/1 HTTP/1.1", "Host: hut.example", "Connection: close")
    head, _, content = raw.partition(b"\r\n\r\n")
    claim(raw.startswith(b"HTTP/1.1 200 OK\r\n"), "the answer starts with a status line")
    claim(b"Content-Length: %d\r\n" % len(content) in head + b"\r\n",
          "Content-Length counts the bytes after the empty line")
    claim(b" 400 " in run.raw("GET /notes/1 HTTP/1.1", "Connection: close").split(b"\r\n")[0],
          "a request without Host is answered 400")
    both = run.raw("POST /mirror HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 2")
    claim(b" 400 " in both.split(b"\r\n")[0], "two lengths are answered 400")
    claim(b" 411 " in run.raw("POST /mirror HTTP/1.1", "Host: a",
                              "Transfer-Encoding: chunked").split(b"\r\n")[0],
          "content without a length is answered 411 by this server")

    plain = run.ask("GET", "/notes/1", headers={"aCCept": "text/plain"})
    claim(plain.headers["Content-Type"].startswith("text/plain")
          and plain.content.decode().startswith("Packing list\n"),
          "field names compare without regard to case, and Accept picks text/plain")
    claim(plain.headers["Vary"] == "Accept", "Vary names the field that decided")
    weighed = {"text/plain;q=0.4, application/json;q=0.9": "application/json",
               "text/*;q=0.8, */*;q=0.1": "text/plain; charset=utf-8",
               "application/json;q=0, */*": "text/plain; charset=utf-8",
               "*/*": "application/json"}
    for accept, expected in weighed.items():
        got = run.ask("GET", "/notes/1", headers={"Accept": accept}).headers["Content-Type"]
        claim(got == expected, f"Accept: {accept} gets {expected}")
    claim(run.ask("GET", "/notes/1", headers={"Accept": "image/png"}).is_problem(406),
          "nothing suitable is answered 406")
    get, head = run.ask("GET", "/notes/1"), run.ask("HEAD", "/notes/1")
    bare = run.raw("HEAD /notes/1 HTTP/1.1", "Host: a", "Connection: close")
    claim(bare.endswith(b"\r\n\r\n") and head.headers["Content-Length"] == str(len(get.content)),
          "HEAD has the fields of GET and no content")
    mirror = run.ask("POST", "/mirror/a%2Fb?q=1", "héllo".encode()).json
    claim(mirror["target"] == "/mirror/a%2Fb?q=1" and mirror["content_bytes"] == 6,
          "the target arrives as sent, and length counts bytes, not letters")


def methods(run):
    one, two = (run.ask("POST", "/bookmarks", {"url": "https://example.com"}) for _ in range(2))
    claim(one.status == two.status == 201 and one.headers["Location"] != two.headers["Location"],
          "POST twice makes two bookmarks, each with its Location")
    put = [run.ask("PUT", "/bookmarks/rfc", {"url": "https://rfc.example", "tags": {"a": 1}})
           for _ in range(2)]
    claim([answer.status for answer in put] == [201, 204], "PUT makes it first, then replaces it")
    claim(len(run.ask("GET", "/bookmarks").json["items"]) == 3, "PUT twice made one bookmark")
    merge = {"Content-Type": "application/merge-patch+json"}
    patched = run.ask("PATCH", "/bookmarks/rfc",
                      json.dumps({"title": "HTTP", "tags": {"b": 2, "a": None}}), merge)
    claim(patched.json == {"url": "https://rfc.example", "tags": {"b": 2}, "title": "HTTP"},
          "a merge patch keeps absent members, removes null ones, and merges objects")
    replaced = run.ask("PUT", "/bookmarks/rfc", {"title": "only this"})
    claim(replaced.status == 204
          and run.ask("GET", "/bookmarks/rfc").json == {"title": "only this"},
          "PUT replaces the whole, so what it leaves out is gone")
    refused = run.ask("PATCH", "/bookmarks/rfc", {"title": "x"})
    claim(refused.is_problem(415)
          and refused.headers["Accept-Patch"] == "application/merge-patch+json",
          "a patch of another type is answered 415 with Accept-Patch")
    gone = [run.ask("DELETE", "/bookmarks/rfc").status for _ in range(2)]
    claim(gone == [204, 404], "DELETE twice: 204, then 404, and the same state after both")
    wrong = run.ask("DELETE", "/bookmarks")
    claim(wrong.is_problem(405) and wrong.headers["Allow"] == "GET, HEAD, POST",
          "a method that is not for this resource is answered 405 with Allow")
    claim(run.ask("BREW", "/bookmarks").is_problem(501),
          "a method that nobody knows is answered 501")


def problems(run):
    ada, bob = ({"Authorization": f"Bearer {who}-token"} for who in ("ada", "bob"))
    nobody = run.ask("PUT", "/books/emma/loan")
    claim(nobody.is_problem(401) and nobody.headers["WWW-Authenticate"].startswith("Bearer"),
          "no credential: 401 with WWW-Authenticate")
    claim(run.ask("PUT", "/books/emma/loan", headers=ada).status == 200, "a loan succeeds")
    claim(run.ask("PUT", "/books/ulysses/loan", headers=ada).is_problem(403),
          "known but not allowed: 403")
    taken = run.ask("PUT", "/books/dune/loan", headers=ada)
    claim(taken.is_problem(409, "already-borrowed")
          and taken.json["reserve"] == "/books/dune/reservations",
          "a conflict with the state: 409, with an extension member to go on from")
    hidden, absent = (run.ask("GET", f"/notes/{name}", headers=ada) for name in ("n1", "n9"))
    same = [{**answer.json, "instance": None} for answer in (hidden, absent)]
    claim(hidden.is_problem(404) and same[0] == same[1],
          "somebody else's note and no note give the same 404")
    claim(run.ask("GET", "/notes/n1", headers=bob).json == {"text": "due on Friday"},
          "its owner reads it")
    method = run.ask("POST", "/books/emma/loan", headers=ada)
    claim(method.is_problem(405) and method.headers["Allow"] == "PUT", "405 comes with Allow")
    crash = run.ask("GET", "/crash")
    claim(crash.is_problem(500) and b"division" not in crash.content
          and b"Traceback" not in crash.content, "500 does not tell what broke")
    run.stop()
    claim("ZeroDivisionError" in run.log and crash.json["instance"] in run.log,
          "the log does, beside the instance that the client was given")


def validation(run):
    good = {"guest": "  Zoe\u0308  ", "email": "zoe@Example.COM", "arrive": "2027-07-14",
            "leave": "2027-07-16", "beds": 2, "meals": ["dinner", "dinner"]}

    def faults(change):
        answer = run.ask("POST", "/bookings", {**good, **change})
        return [error["pointer"] for error in answer.json["errors"]] \
            if answer.is_problem(422) else answer.status

    made = run.ask("POST", "/bookings", good)
    claim(made.status == 201 and made.headers["Location"] == "/bookings/1", "a good booking: 201")
    claim(made.json == {"guest": "Zo\u00eb", "email": "zoe@example.com", "arrive": "2027-07-14",
                        "leave": "2027-07-16", "nights": 2, "beds": 2, "meals": ["dinner"]},
          "what is stored is the canonical form")
    claim(faults({"guest": "", "leave": "2027-07-14", "beds": "2", "colour": "red"})
          == ["/colour", "/guest", "/leave", "/beds"], "all faults at once, each with its pointer")
    claim(faults({"beds": True}) == ["/beds"] and faults({"beds": 2.0}) == ["/beds"],
          "true and 2.0 are not whole numbers of beds")
    claim(faults({"meals": ["dinner", "supper"]}) == ["/meals/1"], "the pointer counts from 0")
    claim(faults({"a/b~c": 1}) == ["/a~1b~0c"], "slash and tilde are escaped in a pointer")
    claim(faults({"guest": "x" * 81}) == ["/guest"] and faults({"guest": "a\u0000b"}) == ["/guest"],
          "lengths and control characters are held to")
    claim(faults({"arrive": "2027-02-30"}) == ["/arrive"]
          and faults({"arrive": "20270714"}) == ["/arrive"], "a day must exist, in one spelling")
    headers = {"Content-Type": "application/json"}
    for body, what in {'{"guest": ': "broken JSON", '{"beds": 1, "beds": 9}': "a duplicate member",
                       '{"beds": NaN}': "NaN", b"\xff{}": "wrong encoding",
                       "[" * 30000: "bottomless nesting"}.items():
        claim(run.ask("POST", "/bookings", body, headers).is_problem(400), f"{what}: 400")
    claim(run.ask("POST", "/bookings", "[]", headers).is_problem(422), "readable but no object: 422")
    claim(run.ask("POST", "/bookings", "a=1", {"Content-Type": "text/plain"}).is_problem(415),
          "another type: 415")
    large = run.raw("POST /bookings HTTP/1.1", "Host: a", "Content-Type: application/json",
                    "Content-Length: 99999999")
    claim(b" 413 " in large.split(b"\r\n")[0], "too large is refused before it is read: 413")


def conditional(run):
    first = run.ask("GET", "/pages/hut")
    tag = first.headers["ETag"]
    same = run.ask("GET", "/pages/hut", headers={"If-None-Match": tag})
    claim(same.status == 304 and same.content == b"" and same.headers["ETag"] == tag
          and same.headers["Cache-Control"] == "no-cache",
          "unchanged: 304, no content, the same ETag and Cache-Control")
    for field in (f"W/{tag}", f'"old", {tag}', "*"):
        claim(run.ask("GET", "/pages/hut", headers={"If-None-Match": field}).status == 304,
              f"If-None-Match: {field} matches")
    claim(run.ask("GET", "/pages/hut", headers={"If-None-Match": '"old"'}).status == 200,
          "another tag: 200 and the content")

    page = {"title": "The hut", "beds": 14}
    claim(run.ask("PUT", "/pages/hut", page).is_problem(428), "a blind write: 428")
    claim(run.ask("PUT", "/pages/hut", page, {"If-Match": f"W/{tag}"}).is_problem(412),
          "a weak tag never matches If-Match")
    ada = run.ask("PUT", "/pages/hut", page, {"If-Match": tag})
    claim(ada.status == 204 and ada.headers["ETag"] != tag, "the first writer succeeds")
    claim(run.ask("GET", "/pages/hut").headers["ETag"] == ada.headers["ETag"],
          "the ETag of the write is the ETag of the next read")
    bob = run.ask("PUT", "/pages/hut", {"title": "Bob's"}, {"If-Match": tag})
    claim(bob.is_problem(412) and run.ask("GET", "/pages/hut").json == page,
          "the second, who read the same version, gets 412, and nothing is lost")

    wins = []

    def add_a_bed(_):
        for _ in range(200):
            seen = run.ask("GET", "/pages/hut")
            changed = {**seen.json, "beds": seen.json["beds"] + 1}
            written = run.ask("PUT", "/pages/hut", changed, {"If-Match": seen.headers["ETag"]})
            if written.status == 204:
                return wins.append(1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_a_bed, range(8)))
    claim(len(wins) == 8 and run.ask("GET", "/pages/hut").json["beds"] == 22,
          "eight writers at once, each redoing on 412: eight beds more")


def idempotency(run):
    ada, bob = ({"Authorization": f"Bearer {who}-token"} for who in ("ada", "bob"))

    def send(key, cents, who=ada, to="bob"):
        key = {} if key is None else {"Idempotency-Key": key}
        return run.ask("POST", "/transfers", {"to": to, "cents": cents}, {**who, **key})

    def cents(who=ada):
        return run.ask("GET", "/account", headers=who).json["cents"]

    send(None, 100), send(None, 100)
    claim(cents() == 9800, "without a key, two requests are two transfers")
    one, two = send('"k-1"', 500), send('"k-1"', 500)
    claim(one.status == two.status == 201 and one.content == two.content
          and one.headers["Location"] == two.headers["Location"],
          "with a key, the retry gets the first answer byte for byte")
    claim(cents() == 9300 and cents(bob) == 5700, "and the money moved once")
    claim(send("k-1", 500).content == one.content, "the bare form names the same key")
    claim(send('"k-1"', 900).is_problem(422, "key-reused") and cents() == 9300,
          "the same key with another body: 422")
    claim(send('"k-1"', 500, bob, "ada").status == 201 and cents() == 9800,
          "a key belongs to its caller")
    claim(send('"k-2"', 999999).is_problem(409) and cents() == 9800 and cents(bob) == 5200,
          "refused: nothing moved on either side")
    claim(send('"k-2"', 50).status == 201,
          "a refused attempt was rolled back with its key, so the key is free")
    claim(send('"broken', 1).is_problem(400), "an unreadable key: 400")
    before = cents()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send('"k-3"', 10).content, range(8)))
    claim(len(set(answers)) == 1 and cents() == before - 10,
          "eight at once with one key: one transfer, one answer")


def pages(run):
    def ids(answer):
        return [climb["id"] for climb in answer.json["items"]]

    seen, target, count = [], "/climbs?limit=3", 0
    while target and count < 10:
        answer = run.ask("GET", target)
        seen += ids(answer)
        count += 1
        if count == 1:
            run.ask("POST", "/climbs")  # somebody writes while we read
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        claim((link is not None) == (answer.json["next"] is not None),
              f"page {count}: the Link field and next agree")
        target = link and link[1]
    claim(seen == [7, 6, 5, 4, 3, 2, 1] and count == 3,
          "by cursor: each climb once, in order, although one was added on the way")

    first = run.ask("GET", "/climbs-by-offset?limit=3&offset=0")
    run.ask("POST", "/climbs")
    second = run.ask("GET", "/climbs-by-offset?limit=3&offset=3")
    claim(set(ids(first)) & set(ids(second)) == {6}, "by offset: one climb is seen twice")

    cursor = run.ask("GET", "/climbs?limit=3").json["next"]
    for forged in (("B" if cursor[0] == "A" else "A") + cursor[1:], "e30", "%C3%A4"):
        claim(run.ask("GET", f"/climbs?cursor={forged}").is_problem(400),
              f"a cursor that was not made here is refused: {forged[:8]!r}")
    for limit in ("0", "101", "ten", "-1"):
        claim(run.ask("GET", f"/climbs?limit={limit}").is_problem(422), f"limit={limit}: 422")
    statuses = [run.ask("GET", "/report") for _ in range(3)]
    claim([answer.status for answer in statuses] == [200, 200, 429]
          and 1 <= int(statuses[2].headers["Retry-After"]) <= 11,
          "the third report at once: 429 with Retry-After")


def quotes():
    """What a lesson shows as code is what it claims to be.

    Python stands in an example, letter for letter; JSON can be read; HTTP announces the length that
    its content has; SQL and commands can be understood.
    """
    sources = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.py"))]
    for lesson in sorted(HERE.parent.glob("*.md")):
        text = lesson.read_text(encoding="utf-8")
        for number, found in enumerate(BLOCK.finditer(text), 1):
            language, code = found[2], re.sub(f"^{found[1]}", "", found[3], flags=re.MULTILINE)
            what = f"{lesson.name}: block {number}, {language},"
            if language == "python":
                claim(any(code in source for source in sources), f"{what} stands in an example")
            elif language == "json":
                claim(readable(code), f"{what} can be read")
            elif language == "http":
                head, _, content = code.partition("\n\n")
                length = re.search(r"^Content-Length: (\d+)$", head, re.MULTILINE)
                if content.strip() and length:
                    sizes = (len(content.encode()), len(content.rstrip("\n").encode()))
                    claim(int(length[1]) in sizes, f"{what} has the length that it announces")
                if content.strip() and "json" in head:
                    claim(readable(content), f"{what} has content that can be read")
            elif language == "sql":
                database = sqlite3.connect(":memory:")
                database.executescript(TABLES)
                try:
                    database.execute(code, dict.fromkeys(re.findall(r":(\w+)", code), 1))
                    claim(True, f"{what} can be run")
                except sqlite3.Error as fault:
                    claim(False, f"{what} can be run: {fault}")
                database.close()
            elif language == "sh":
                shell = subprocess.run(["sh", "-n"], input=code, text=True, capture_output=True)
                claim(shell.returncode == 0, f"{what} can be understood {shell.stderr}")
                named = re.findall(r"python3 (\w+\.py)", code)
                claim(all((HERE / name).is_file() for name in named), f"{what} names examples there are")
            elif language != "text":
                claim(False, f"{what} is of a language that nothing checks")


def readable(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


EXAMPLES = [messages, methods, problems, validation, conditional, idempotency, pages]


def main():
    wanted = sys.argv[1:] or [example.__name__ for example in EXAMPLES] + ["quotes"]
    known = {example.__name__: example for example in EXAMPLES}
    for name in wanted:
        print(name)
        if name == "quotes":
            quotes()
            continue
        if name not in known:
            sys.exit(f"no example {name}; there are: {', '.join(known)}, quotes")
        run = None
        try:
            run = Example(name)
            known[name](run)
        except Exception as fault:  # a crash is a failure, and the others still run
            claim(False, f"{name} broke off: {type(fault).__name__}: {fault}")
        finally:
            if run is not None:
                run.stop()
    print(f"{len(failures)} claims failed" if failures else "every claim holds")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
