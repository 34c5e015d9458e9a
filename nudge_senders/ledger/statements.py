"""Loads the named SQL of this folder and binds values to it. No SQL is written in Python but for lists of
placeholders.

The placeholders are `:name` in the files; a backend turns them into what its driver takes. A value that is a
list is bound to a placeholder whose name ends in `_in` and becomes as many placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from nudge_senders.errors import SenderMisconfigured

Parameters = Mapping[str, object]
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
#: Or a text, a quoted name or a comment, in which nothing is a placeholder.
_PLACEHOLDER = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/|(?<![:\w]):([a-zA-Z_]\w*)""", re.DOTALL
)
_COMMENT = re.compile(r"--[^\n]*")


def checked_identifier(name: str) -> str:
    """The name, when it can stand in SQL unquoted; SenderMisconfigured otherwise."""
    if not _IDENTIFIER.match(name):
        raise SenderMisconfigured(
            f"{name!r} is not a usable schema name (letters, digits and '_', at most 63)"
        )
    return name


@cache
def _named_statements(file_name: str) -> Mapping[str, str]:
    text = files(__package__).joinpath(file_name).read_text(encoding="utf-8")
    pieces = re.split(r"^-- name: (\w+)\s*$", text, flags=re.MULTILINE)
    return {
        name: _COMMENT.sub("", body).strip() for name, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }


def statement(name: str, schema: str) -> str:
    """The statement `name` of queries.sql, for the ledger in `schema`."""
    return _named_statements("queries.sql")[name].replace("{schema}", checked_identifier(schema))


def schema_statements(schema: str) -> Iterator[str]:
    """Every statement of schema.sql in order."""
    for text in _named_statements("schema.sql").values():
        yield text.replace("{schema}", checked_identifier(schema))


def bind(sql: str, parameters: Parameters, marker: str) -> tuple[str, dict[str, object]]:
    """The statement with `marker` (such as "$") before each name, and only the parameters that it uses.

    A list becomes `name_0, name_1, ...`; an empty one a null, which matches nothing.
    """
    used: dict[str, object] = {}

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group()
        value = parameters[name]
        if not name.endswith("_in"):
            used[name] = value
            return f"{marker}{name}"
        if not isinstance(value, (list, tuple)):
            raise TypeError(f":{name} takes a list")
        if not value:
            return "null"
        names = [f"{name}_{number}" for number in range(len(value))]
        used.update(zip(names, value, strict=True))
        return ", ".join(f"{marker}{each}" for each in names)

    return _PLACEHOLDER.sub(replace, sql), used
