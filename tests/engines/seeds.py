"""Whether seeds arrived on an engine as they are written."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.parsed_project import SHIPPED_PROJECT

#: Text of the columns named, of all rows of the seed named.
Texts = Callable[[str, Sequence[str]], Sequence[Mapping[str, Any]]]


def assert_all_arrived(texts: Texts) -> None:
    """Every row is there, and what is null was empty."""
    seeds = sorted((SHIPPED_PROJECT / "seeds").glob("*.csv"))
    assert len(seeds) == 8
    for path in seeds:
        with path.open(newline="", encoding="utf-8") as file:
            written = [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)]
        found = texts(path.stem, list(written[0]))
        assert len(found) == len(written), path.stem
        first = next(iter(written[0]))
        assert sorted(str(row[first]) for row in found) == sorted(row[first] for row in written)
        assert {name for row in found for name in row if row[name] is None} <= {
            name for row in written for name in row if row[name] == ""
        }
