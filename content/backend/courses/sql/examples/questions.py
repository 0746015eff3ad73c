"""How a value from outside gets into a statement: badly, and well."""

import pathlib
import sys

sys.dont_write_bytecode = True
from shell import connect


def huts_named_badly(connection, name):
    """DON'T: the name becomes a part of the statement, and may say anything."""
    text = f"select id, name from hut where name = '{name}' order by id"
    return connection.execute(text).fetchall()


def huts_named(connection, name):
    """The statement is fixed; the name travels beside it and can't be anything but a value."""
    text = "select id, name from hut where name = ? order by id"
    return connection.execute(text, (name,)).fetchall()


if __name__ == "__main__":
    huts = connect(":memory:", pathlib.Path(__file__).with_name("huts.sql"))
    for name in ("Larch", "x' or '1'='1"):
        print(f'badly, "{name}": {huts_named_badly(huts, name)}')
    print(f'well,  "{name}": {huts_named(huts, name)}')
