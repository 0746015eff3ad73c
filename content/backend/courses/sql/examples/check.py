"""Runs everything that the lessons of this course show, and holds it to what they say.

    python3 check.py              all of them
    python3 check.py joins        one of them

How blocks of a lesson are run, and how to have PostgreSQL asked as well, stands in lessons.py.
The exit code is 0 when every claim holds, else 1. Python 3.10 or newer with SQLite 3.39 or newer,
and nothing beside the standard library.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
import lessons

HERE = pathlib.Path(__file__).resolve().parent
BASE = (HERE / "huts.sql").read_text(encoding="utf-8")

# Quizzes and their questions: what is there before the question's own SQL runs, and what then gives
# the number that is its answer.
ANSWERS = {
    "select-quiz": {
        "not-equal": ("""
            create table task (id integer primary key, state text);
            with recursive n (i) as (select 1 union all select i + 1 from n where i < 20)
              insert into task select i, case when i <= 8 then 'done' when i <= 15 then 'open' end
                from n;
        """, "select count(*) from task where state <> 'done'"),
    },
}

if __name__ == "__main__":
    lessons.main(HERE, BASE, ANSWERS, {})
