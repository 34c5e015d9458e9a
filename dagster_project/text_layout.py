"""How facts are laid out on a terminal of 100 columns: instants, sections, tables, wrapped sentences.

Text that comes from customers' data passes through here before it is printed. What is told stands elsewhere.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

WIDTH = 100


def instant(value: Any) -> str:
    """`2026-01-31 09:30 UTC`, with seconds where there are some; a dash for none."""
    if not isinstance(value, datetime):
        return "-" if value is None else str(value)
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if value.second else f"{value:%Y-%m-%d %H:%M} UTC"


def in_sections(sections: Iterable[tuple[str, Iterable[str]]]) -> str:
    """The lines of each section under its title, underlined; a section without a title is the head."""
    lines: list[str] = []
    for title, content in sections:
        if title:
            lines += ["", title, "-" * len(title)]
        lines += content
    return "\n".join(line.rstrip() for line in lines)


def labelled(label: str, text: str, *, label_width: int) -> list[str]:
    """A label and what it says, wrapped beside it."""
    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=f"  {label:<{label_width}}",
        subsequent_indent=" " * (label_width + 2),
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = WIDTH) -> list[str]:
    """Left-aligned columns; the widest column gives way when the table does not fit."""
    cells = [list(headings), *[[printable(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    while sum(widths) + 2 * (len(widths) - 1) + 2 > width:
        widths[widths.index(max(widths))] -= 1
    lines = (
        "  ".join(cut(cell, size).ljust(size) for cell, size in zip(row, widths, strict=True))
        for row in cells
    )
    return [f"  {line.rstrip()}" for line in lines]


def paragraph(text: str, *, indent: int = 2) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def printable(text: str) -> str:
    """Customer data without control characters, which could rewrite the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: max(size - 3, 0)] + "..."
