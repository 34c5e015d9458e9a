"""A row as text that is the same on every engine: what an engine calls a type is not looked at, what it
holds is.

Instants are integer microseconds since 1970 UTC; numbers have six decimals at most, which is where
engines' floats and fixed-point numbers part; an absent value is no text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tests.oracle.instants import instant_of

_DECIMALS = Decimal("0.000001")


def canonical(value: Any) -> str | None:
    """None for an absent value; ValueError for a type that no mart has."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        rounded = format(exact.quantize(_DECIMALS), "f").rstrip("0").rstrip(".")
        return "0" if rounded in ("-0", "") else rounded
    if isinstance(value, datetime):
        return f"{instant_of(value)} us"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return repr(value)
    raise ValueError(f"a {type(value).__name__} is in no mart")


def hash_of_row(row: Mapping[str, Any]) -> str:
    """Over the columns in the order of their names."""
    cells = [[name, canonical(row[name])] for name in sorted(row)]
    return hashlib.md5(json.dumps(cells).encode(), usedforsecurity=False).hexdigest()


def hash_of_rows(rows: Iterable[Mapping[str, Any]]) -> str:
    """Over the rows in any order, each as often as it is there."""
    hashes = sorted(hash_of_row(row) for row in rows)
    return hashlib.md5("".join(hashes).encode(), usedforsecurity=False).hexdigest()
