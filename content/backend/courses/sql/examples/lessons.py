"""Runs what lessons show: their SQL, their commands, and the results printed below them.

In a reading, the blocks run from top to bottom on one database:

- `sql` runs on SQLite and, where a server is given, on PostgreSQL, which has to agree. Blocks that
  begin with the comment `-- SQLite` or `-- PostgreSQL` are for that one alone.
- `text` right below it is what it prints. Only where the text begins with `error:` may it fail.
- In a block with `sessions` in its first line, each line ends with the comment of whoever says
  it, and what that one gets: `-- Ada`, `-- Ada: 12`, `-- Bob: waits`, `-- Ada; Bob: error 40001`.
- `sql` that stands in an example, letter for letter, is not run again.
- `sh` runs in a copy of the examples, and `text` below it is what it prints.
- `python` stands in an example, letter for letter.

A server is given as libpq has it: PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE in the
environment. Its schemas `lesson` and `sessions` are dropped and made anew.
"""

import csv
import os
import pathlib
import queue
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from decimal import Decimal, InvalidOperation

sys.dont_write_bytecode = True
import shell

SECONDS = 30  # the longest that any one answer may take
WAITS = 0.4  # who has no answer after this long waits for somebody
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
failures = []


def claim(holds, text):
    print(("  ok    " if holds else "  FAIL  ") + text)
    if not holds:
        failures.append(text)


def equal(got, expected, what):
    claim(got == expected, what)
    if got != expected:
        print(textwrap.indent(f"expected\n{expected}\ngot\n{got}", " " * 10))


def blocks(text):
    """The code blocks: language, code, line, and whether nothing stands between it and the last."""
    end = None
    for found in BLOCK.finditer(text):
        joined = end is not None and not text[end:found.start()].strip()
        end = found.end()
        code = re.sub(f"^{found[1]}", "", found[3], flags=re.MULTILINE)
        yield found[2], code, text.count("\n", 0, found.start()) + 1, joined


class Postgres:
    """One session of psql."""

    def __init__(self, schema, *scripts):
        program = shutil.which("psql") or max(
            map(str, pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql")), default="psql")
        self.process = subprocess.Popen(
            [program, "-X", "-q", "--csv", "-P", "null=null"], text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        if scripts:
            self.ask(f"drop schema if exists {schema} cascade")
            self.ask(f"create schema {schema}")
        self.ask(f"set search_path = {schema}")
        self.ask("set deadlock_timeout = '3s'")  # a slow machine needs time to get into the deadlock
        for script in scripts:
            for statement in shell.statements(script.splitlines(keepends=True)):
                rows, error = self.ask(statement)
                if error:
                    raise RuntimeError(f"PostgreSQL refused {statement!r}: {error}")

    @staticmethod
    def given():
        return bool(os.environ.get("PGHOST"))

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send(self, statement):
        statement = statement.rstrip().removesuffix(";")
        self.process.stdin.write(statement + "\n;\n\\echo @@ :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\n")
        self.process.stdin.flush()

    def reply(self, seconds=SECONDS):
        """(rows with the names first, error), or None where nothing came in time."""
        lines = getattr(self, "partial", [])
        while True:
            try:
                line = self.lines.get(timeout=seconds)
            except queue.Empty:
                self.partial = lines
                return None
            if line is None:
                return [], "08006 psql ended"
            if line.startswith("@@ "):
                self.partial = []
                _, failed, state, message = (line.rstrip() + " ").split(" ", 3)
                return list(csv.reader(lines)), f"{state} {message}" if failed == "true" else ""
            lines.append(line)

    def ask(self, statement):
        self.send(statement)
        return self.reply() or ([], "no answer in time")

    def value(self, statement):
        """The one value that it gives."""
        rows, error = self.ask(statement)
        if error or len(rows) != 2:
            raise RuntimeError(f"{statement!r}: {error or rows}")
        return rows[1][0]

    def close(self):
        self.process.stdin.close()
        self.process.wait(SECONDS)


def plain(cell):
    """One spelling for what the two databases write in several."""
    if cell in ("t", "f"):
        return "1" if cell == "t" else "0"
    try:
        return str(round(Decimal(cell), 6).normalize())
    except InvalidOperation:
        return cell


def same(rows, shown):
    """Whether psql's rows are those of the printed table."""
    names, *cells = rows or [[]]
    ours = shell.table(names, [[plain(cell) for cell in row] for row in cells])
    printed = shown.splitlines()
    if printed[:1] == ["(no rows)"]:
        return ours == shown
    widths = [len(dashes) for dashes in printed[1].split("  ")]
    parsed = []
    for line in printed:
        at, row = 0, []
        for width in widths:
            row.append(line[at:at + width].strip())
            at += width + 2
        parsed.append(row)
    theirs = shell.table(parsed[0], [[plain(cell) for cell in row] for row in parsed[2:]])
    return ours == theirs


class Reading:
    """One reading, with the database that its blocks share."""

    def __init__(self, path, base, examples):
        self.path, self.base, self.examples = path, base, examples
        self.lite = shell.connect()
        self.lite.executescript(base)
        for script in re.findall(r"^python3 shell.py (.+)$", self.path.read_text(encoding="utf-8"), re.M):
            for name in script.split():
                if name != "huts.sql":
                    self.lite.executescript((examples / name).read_text(encoding="utf-8"))
        self.pg = Postgres("lesson", base) if Postgres.given() else None
        self.scripts = [script.read_text(encoding="utf-8") for script in examples.rglob("*.sql")]
        self.folder = tempfile.TemporaryDirectory()
        self.work = pathlib.Path(self.folder.name) / "examples"
        shutil.copytree(examples, self.work, ignore=shutil.ignore_patterns("__pycache__"))

    def run(self):
        found = list(blocks(self.path.read_text(encoding="utf-8")))
        sources = [path.read_text(encoding="utf-8") for path in self.examples.glob("*.py")]
        for number, (language, code, line, _) in enumerate(found):
            after = found[number + 1] if number + 1 < len(found) else ("", "", 0, False)
            shown = after[1].rstrip("\n") if after[0] == "text" and after[3] else None
            what = f"{self.path.name}:{line}"
            if language == "sql":
                self.sql(code, shown, what)
            elif language == "sh":
                self.commands(code, shown, what)
            elif language == "python":
                claim(any(code in source for source in sources), f"{what}: stands in an example")
            elif language != "text":
                claim(False, f"{what}: nothing runs a block of {language}")
        if self.pg:
            self.pg.close()
        self.lite.close()
        self.folder.cleanup()

    def sql(self, code, shown, what):
        first = code.splitlines()[0]
        if "sessions" in first:
            if first.startswith("-- SQLite") or Postgres.given():
                self.sessions(code, what, first.startswith("-- SQLite"))
            return
        if any(code in source for source in self.scripts):
            claim(True, f"{what}: stands in an example")
            return
        steps = list(shell.statements(code.splitlines(keepends=True)))
        if not first.startswith("-- PostgreSQL"):
            got = [printed for step in steps if (printed := shell.run(self.lite, step))]
            fine = not any(text.startswith("error:") for text in got)
            if shown is not None:
                equal("\n\n".join(got), shown, f"{what}: SQLite prints what the text shows")
            else:
                claim(fine, f"{what}: SQLite runs it" + ("" if fine else f": {got}"))
        if self.pg and not first.startswith("-- SQLite"):
            expected = shown.split("\n\n") if shown else []
            only = first.startswith("-- PostgreSQL")
            for step in steps:
                rows, error = self.pg.ask(step)
                if not rows and not error:
                    continue
                wanted = expected.pop(0) if expected else None
                if wanted is None:
                    claim(not error, f"{what}: PostgreSQL runs it {error}")
                elif wanted.startswith("error:"):
                    said = wanted.removeprefix("error: ") in error if only else bool(error)
                    claim(said, f"{what}: PostgreSQL refuses it: {error}")
                else:
                    claim(not error and same(rows, wanted), f"{what}: PostgreSQL gives the same rows")
                    if error or not same(rows, wanted):
                        print(textwrap.indent(f"{error}{rows}", " " * 10))
            claim(not expected, f"{what}: PostgreSQL shows all of it")

    def sessions(self, code, what, lite):
        place = self.work / "sessions.db"
        if lite:
            place.unlink(missing_ok=True)
            owner = shell.connect(str(place))
            owner.execute("pragma journal_mode = wal")
            owner.executescript(self.base)
        else:
            owner = Postgres("sessions", self.base)
        open_, waiting = {}, set()
        for line in code.splitlines()[1:]:
            if "--" not in line:
                continue
            statement, said = line.rsplit("--", 1)
            speaker = said.split(";")[0].split(":")[0].strip()
            if speaker not in open_:
                open_[speaker] = sqlite3.connect(place, isolation_level=None, timeout=0) if lite \
                    else Postgres("sessions")
            if lite:
                answer = shell.run(open_[speaker], statement)
                got = {speaker: answer.splitlines()[2] if answer and "error" not in answer
                       and len(answer.splitlines()) > 2 else answer}
            else:
                open_[speaker].send(statement)
                got = {}
                for name in [speaker, *sorted(waiting)]:
                    wanted = re.search(rf"\b{name}: ([^;]*)", said)
                    quick = wanted is not None and wanted[1].strip() == "waits"
                    if name != speaker and wanted is None:
                        continue
                    reply = open_[name].reply(WAITS if quick else SECONDS)
                    if reply is None:
                        got[name] = "waits"
                        waiting.add(name)
                        continue
                    waiting.discard(name)
                    rows, error = reply
                    got[name] = f"error {error[:5]}" if error else \
                        " | ".join(rows[1]) if len(rows) > 1 else ""
            for part in said.split(";"):
                name, _, wanted = (text.strip() for text in part.partition(":"))
                wanted = "" if wanted == "goes on" else wanted
                if not wanted and not got.get(name, "").startswith("error"):
                    continue
                equal(got.get(name, ""), wanted, f"{what}: {statement.strip()} -- {part.strip()}")
        for session in open_.values():
            session.close()
        owner.close()

    def commands(self, code, shown, what):
        lines = [line for line in code.splitlines() if not line.startswith("cd ")]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        ended = subprocess.run(["sh", "-ec", "\n".join(lines)], cwd=self.work, text=True,
                               env=environment, stdin=subprocess.DEVNULL, timeout=120,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if shown is None:
            claim(ended.returncode == 0, f"{what}: the commands run")
            if ended.returncode:
                print(textwrap.indent(ended.stdout, " " * 10))
        else:
            equal(ended.stdout.rstrip("\n"), shown, f"{what}: the commands print what the text shows")


def questions(path):
    """(id, source) of each question of a quiz."""
    text = path.read_text(encoding="utf-8")
    parts = re.split(r"^    - id: (.+)$", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def quiz(path, base, answers):
    """Its SQL runs, and its numbers are what the database says."""
    for name, source in questions(path):
        what = f"{path.name}: {name}"
        lite = shell.connect()
        lite.executescript(base)
        before, asked = answers.get(name, ("", None))
        lite.executescript(before)
        pg = Postgres("lesson", base, before) if Postgres.given() and "```sql" in source else None
        for language, code, _, _ in blocks(source):
            first = code.splitlines()[0]
            if language != "sql":
                claim(language == "text", f"{what}: nothing runs a block of {language}")
                continue
            for step in shell.statements(code.splitlines(keepends=True)):
                if not first.startswith("-- PostgreSQL"):
                    shown = shell.run(lite, step)
                    claim(not shown.startswith("error:"), f"{what}: SQLite runs it" +
                          (f": {shown}" if shown.startswith("error:") else ""))
                if pg and not first.startswith("-- SQLite"):
                    _, error = pg.ask(step)
                    claim(not error, f"{what}: PostgreSQL runs it {error}")
        wanted = re.search(r'^      answer: "(.*)"$', source, re.MULTILINE)
        if asked and wanted is None:
            claim(False, f"{what}: has no number to compare")
        elif asked:
            for database, value in [("SQLite", lambda sql: lite.execute(sql).fetchone()[0])] + \
                    ([("PostgreSQL", pg.value)] if pg else []):
                equal(plain(str(value(asked))), plain(wanted[1]),
                      f"{what}: the answer is {database}'s")
        if pg:
            pg.close()
        lite.close()


def main(here, base, answers, more):
    """Everything of one course: its readings, its quizzes, and what `more` claims beside."""
    wanted = sys.argv[1:]
    if not Postgres.given():
        print("PostgreSQL is not asked: no server is given (PGHOST is not set)")
    course = here.parent
    for path in sorted(course.glob("*.md")):
        if wanted and path.stem not in wanted:
            continue
        print(path.stem)
        try:
            source = path.read_text(encoding="utf-8")
            if "kind: quiz" in source:
                quiz(path, base, answers.get(path.stem, {}))
            else:
                # A drill brings its own schema.
                Reading(path, "" if "kind: drill" in source else base, here).run()
        except Exception as fault:  # a crash is a failure, and the others still run
            claim(False, f"{path.name} broke off: {type(fault).__name__}: {fault}")
    for name, function in more.items():
        if wanted and name not in wanted:
            continue
        print(name)
        try:
            function()
        except Exception as fault:
            claim(False, f"{name} broke off: {type(fault).__name__}: {fault}")
    print(f"{len(failures)} claims failed" if failures else "every claim holds")
    sys.exit(1 if failures else 0)
