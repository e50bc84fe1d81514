"""Writes values into SQL text, for a channel that takes no parameters (Management API).

`render` understands what psycopg understands: `%(name)s` is a value, `%%` a percent sign. A value becomes a
literal that no setting of the server reads differently: where a backslash stands in it, the form `E'…'` is
used, as libpq's own quoting does. A placeholder inside a comment, a quoted string or a quoted name is
refused, since a literal written there would end it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from iahome_fix.systems.database import Params
from iahome_fix.systems.database_errors import not_storable

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/ )
  | (?P<quoted> (?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
      | (?<![\w$]) (?P<dollars>\$(?:[^\W\d]\w*)?\$) .*? (?P=dollars) )
  | %\((?P<name>\w+)\)s
  | (?P<percents>%%)
  | (?P<end>;)
  | (?P<odd>%|/\*)
    """,
    re.VERBOSE | re.DOTALL,
)


def render(sql: str, params: Params | None) -> str:
    """The statement with its values written in. Without parameters the text stays as it is.

    Raises ValueError for a statement that psycopg would read differently: a placeholder in a comment or
    inside quotes, a percent sign that stands alone, a value that is not there. Raises SqlError (22021) for
    text that PostgreSQL cannot hold.
    """
    if params is None:
        return sql
    texts, names = _parts(sql)
    for name in names:
        if name not in params:
            raise ValueError(f"no value for {name}")
    values = [literal(params[name]) for name in names]
    return "".join(part for pair in zip(texts, (*values, ""), strict=True) for part in pair)


def unambiguous(sql: str) -> str:
    """The text with its quoted strings as standard_conforming_strings = on reads them, whatever is set.

    A string that holds a backslash gets the form `E'…'`. What stands between dollars is read when it runs.
    """
    return _TOKEN.sub(lambda token: _escaped(token[0]) if token["quoted"] else token[0], sql)


def one_statement(sql: str) -> str:
    """The statement without the semicolon at its end. Raises ValueError where more than one stands there."""
    cut: int | None = None
    for token in _TOKEN.finditer(sql):
        if token["end"] is not None and cut is None:
            cut = token.start()
        elif token["odd"] == "/*":
            raise ValueError("a comment that is open, or holds another")
    if cut is None:
        return sql
    rest = sql[cut + 1 :]
    if _TOKEN.sub(lambda token: "" if token["comment"] else token[0], rest).strip():
        raise ValueError("more than one statement")
    return sql[:cut] + "\n"


def literal(value: Any) -> str:
    """A value as SQL, of the type that psycopg would give it.

    Raises TypeError for a kind of value that is not listed in `Params`, SqlError (22021) for text that
    PostgreSQL cannot hold.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # In parentheses: behind a minus sign another one would begin a comment.
        return str(int(value)) if value >= 0 else f"({int(value)})"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'::{'timestamp' if value.tzinfo is None else 'timestamptz'}"
    if isinstance(value, Mapping):
        return f"{_text(json.dumps(value))}::jsonb"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return _array(value)
    raise TypeError(f"no literal for {type(value).__name__}")


@lru_cache(maxsize=256)
def _parts(sql: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What stands around the values, and their names: a text more than there are names."""
    texts, names, text, place = [], [], "", 0
    for token in _TOKEN.finditer(sql):
        text += sql[place : token.start()]
        place = token.end()
        if token["name"] is not None:
            texts.append(text)
            names.append(token["name"])
            text = ""
        elif token["percents"] is not None:
            text += "%"
        elif token["odd"] is not None:
            raise ValueError(f"a stray {token['odd']}")
        elif "%" in token[0].replace("%%", ""):
            raise ValueError("a percent sign in a comment or inside quotes")
        else:
            text += token[0].replace("%%", "%")
    return (*texts, text + sql[place:]), tuple(names)


def _escaped(quoted: str) -> str:
    if not quoted.startswith("'") or "\\" not in quoted:
        return quoted
    return " E" + quoted.replace("\\", "\\\\")


def _text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise not_storable() from None
    if "\0" in value:
        raise not_storable()
    quoted = value.replace("'", "''")
    if "\\" not in quoted:
        return f"'{quoted}'"
    # The blank keeps the E apart from a name that may stand before it.
    return " E'" + quoted.replace("\\", "\\\\") + "'"


def _number(value: float) -> str:
    if math.isfinite(value):
        return f"'{value!r}'::float8"
    return "'NaN'::float8" if math.isnan(value) else f"'{'-' if value < 0 else ''}Infinity'::float8"


def _array(values: Sequence[Any]) -> str:
    kinds = {_KINDS.get(type(value), "") for value in values if value is not None}
    if not kinds:
        return "'{" + ",".join("NULL" for _value in values) + "}'"
    if len(kinds) > 1 or "" in kinds:
        raise TypeError("no literal for a list of mixed or unlisted kinds")
    return f"array[{', '.join(literal(value) for value in values)}]::{kinds.pop()}[]"


_KINDS = {str: "text", bool: "boolean", int: "bigint", float: "float8"}
