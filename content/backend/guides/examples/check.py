"""Runs the examples of the guides and holds them to what the guides say.

    python3 check.py

The exit code is 0 when every claim holds, else 1. Python 3.10 or newer, and nothing beside its
standard library.
"""

import json
import pathlib
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 10  # the longest that any one answer may take
failures = []


def claim(holds, text):
    print(("  ok    " if holds else "  FAIL  ") + text)
    if not holds:
        failures.append(text)


def surprise():
    ended = subprocess.run([sys.executable, str(HERE / "surprise.py")], capture_output=True,
                           text=True, timeout=SECONDS)
    claim(ended.stdout == "['bread', 'milk', 'cheese']\n" * 2, "one list with two names")


def service():
    wrong = subprocess.run([sys.executable, str(HERE / "service.py"), "eighty"], capture_output=True,
                           text=True, timeout=SECONDS)
    claim(wrong.returncode == 1 and "'eighty'" in wrong.stderr,
          "a wrong configuration ends the start, with one sentence")
    process = subprocess.Popen([sys.executable, str(HERE / "service.py")], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watchdog = threading.Timer(SECONDS, process.kill)
    watchdog.start()
    try:
        address = process.stdout.readline().split()[0]

        def ask(path):
            try:
                with urllib.request.urlopen(address + path, timeout=SECONDS) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as fault:
                with fault:
                    return fault.code, fault.read()

        claim(ask("/livez") == (200, b"alive\n"), "it says that it is alive")
        claim(ask("/readyz") == (200, b"ready\n"), "and that it is ready")
        answers = []
        begun = threading.Thread(target=lambda: answers.append(ask("/slow")))
        begun.start()
        while (line := process.stderr.readline()) and line != "begun /slow\n":
            pass
        process.send_signal(signal.SIGTERM)
        begun.join(SECONDS)
        claim(answers == [(200, b"finished\n")], "a request that was begun is finished")
        out, _ = process.communicate(timeout=SECONDS)
        claim(process.returncode == 0 and out == "ended\n", "and then the process ends by itself")
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def quotes():
    """What a guide quotes as Python stands in an example; what it shows as JSON is JSON."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.py"))]
    for guide in sorted(HERE.parent.glob("*.md")):
        for language, code in re.findall(r"^```(\w+)\n(.*?)^```$", guide.read_text(encoding="utf-8"),
                                         re.DOTALL | re.MULTILINE):
            if language == "python":
                claim(any(code in source for source in sources), f"{guide.name}: stands in an example")
            elif language in ("json", "http"):
                content = code.partition("\n\n")[2] if language == "http" else code
                try:
                    claim(isinstance(json.loads(content), dict), f"{guide.name}: its JSON can be read")
                except ValueError as fault:
                    claim(False, f"{guide.name}: {fault}")
            else:
                claim(False, f"{guide.name}: nothing runs a block of {language}")


if __name__ == "__main__":
    for check in (surprise, service, quotes):
        print(check.__name__)
        try:
            check()
        except Exception as fault:  # a crash is a failure, and the others still run
            claim(False, f"{check.__name__} broke off: {type(fault).__name__}: {fault}")
    print(f"{len(failures)} claims failed" if failures else "every claim holds")
    sys.exit(1 if failures else 0)
