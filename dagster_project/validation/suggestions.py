"""The nearest known name to one that is not known: "did you mean ...". Nothing else."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(name: str, known: Iterable[str], *, limit: int = 1) -> list[str]:
    """Known names that look like `name`, nearest first, whatever their case and punctuation."""
    by_shape: dict[str, str] = {}
    # In an order, so that of two that are as near the same one is named each time.
    for candidate in sorted(known):
        by_shape.setdefault(shape(candidate), candidate)
    found = difflib.get_close_matches(shape(name), by_shape, n=limit, cutoff=0.6)
    return [by_shape[match] for match in found]


def choose_from(name: str, known: Iterable[str]) -> str:
    """A remedy: the nearest known name if one is near, else the whole list."""
    names = sorted(known)
    near = closest(name, names)
    return f"did you mean {near[0]}? Known: {', '.join(names)}" if near else f"use one of {', '.join(names)}"


def shape(name: str) -> str:
    """`name` without case, spaces and punctuation: spellings of one event name have one shape."""
    return "".join(character for character in name.casefold() if character.isalnum())
