"""Runs everything that the lessons of this course show, and holds it to what they say.

    python3 check.py              all of them
    python3 check.py backfill     one of them

It uses lessons.py of the course on SQL, where it stands how blocks of a lesson are run, and how to
have PostgreSQL asked as well. The exit code is 0 when every claim holds, else 1. Python 3.10 or
newer with SQLite 3.39 or newer, and nothing beside the standard library.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
SQL = HERE.parents[1] / "sql" / "examples"
sys.path.insert(0, str(SQL))
import lessons

BASE = (SQL / "huts.sql").read_text(encoding="utf-8")
ANSWERS = {}

if __name__ == "__main__":
    lessons.main(HERE, BASE, ANSWERS, {})
