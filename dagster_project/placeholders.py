"""Values in a query written DuckDB's way, named as a `Session` of the ledger takes them.

What stands in a text, in a quoted name or in a comment is no placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_PLACEHOLDER = re.compile(
    r"""
      '(?:[^']|'')*'          # a text
    | "(?:[^"]|"")*"          # a quoted name
    | `[^`]*`                 # one of BigQuery
    | --[^\n]*                # a comment
    | /\*.*?\*/
    | (?P<next>\?)
    | (?<![\w$])\$(?P<named>[A-Za-z_]\w*|\d+)
    """,
    re.VERBOSE | re.DOTALL,
)


def in_named_values(
    query: str, parameters: Sequence[object] | Mapping[str, object] | None
) -> tuple[str, dict[str, object]]:
    """The query with `:name` for each `?`, `$1` or `$name`, and the values by these names.

    Raises ValueError where there are more or fewer `?` than values, or a name that has none.
    """
    given: Mapping[str, object] = parameters if isinstance(parameters, Mapping) else {}
    values: Sequence[object] = parameters if isinstance(parameters, Sequence) else ()
    numbered = {str(number): value for number, value in enumerate(values, start=1)}
    used: dict[str, object] = {}
    places = 0

    def named(match: re.Match[str]) -> str:
        nonlocal places
        name = match["named"]
        if match["next"] is not None:
            places += 1
            name = str(places)
        if name is None:
            return match.group()
        known = numbered if name.isdigit() else given
        if name not in known:
            raise ValueError(f"{len(values)} values, and none for placeholder {name}")
        called = f"value_{name}" if name.isdigit() else name
        used[called] = known[name]
        return f":{called}"

    text = _PLACEHOLDER.sub(named, query)
    if places and places != len(values):
        raise ValueError(f"{len(values)} values for {places} placeholders")
    return text, used


def places_of(values: Sequence[object]) -> str:
    """As many `?` as there are values, for a list in brackets; a null, which matches nothing, for none."""
    return ", ".join("?" * len(values)) or "null"
