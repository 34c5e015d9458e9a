"""Where two engines disagree, in words: mart, key, column and both values of the first rows that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from tests.engines.parity.canonical import canonical, hash_of_rows

_AT_MOST = 5
_ABSENT = "no such row"


def differences(
    mart: str, key: Sequence[str], expected: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Empty when both give the same rows in any order. An empty `key` means the whole row."""
    if hash_of_rows(expected) == hash_of_rows(found):
        return []
    columns = sorted({name for rows in (expected, found) for name in (rows[0] if rows else ())})
    names = list(key) or columns
    told = list(islice(_differing(mart, names, columns, expected, found), _AT_MOST))
    return [f"{mart}: {len(expected)} rows against {len(found)}", *told]


def _differing(
    mart: str,
    key: Sequence[str],
    columns: Sequence[str],
    expected: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    left, right = _by_key(key, expected), _by_key(key, found)
    for place in sorted({*left, *right}, key=str):
        pairs = max(len(left.get(place, [])), len(right.get(place, [])))
        for number in range(pairs):
            one, other = (
                rows.get(place, [])[number] if number < len(rows.get(place, [])) else None
                for rows in (left, right)
            )
            named = ", ".join(f"{name} {value}" for name, value in zip(key, place, strict=True))
            if one is None or other is None:
                which = "expected" if other is None else "found"
                yield f"{mart}: {named}: {which} alone has this row"
                continue
            for column in columns:
                values = [canonical(row[column]) if column in row else _ABSENT for row in (one, other)]
                if values[0] != values[1]:
                    yield f"{mart}: {named}: {column} is {values[0]} against {values[1]}"


def _by_key(
    key: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str | None, ...], list[Mapping[str, Any]]]:
    found: dict[tuple[str | None, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(canonical(row.get(name)) for name in key), []).append(row)
    return found
