"""A small picture for the metadata of a run: bars of counts. Reports for people belong to the marts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

_ROW, _LABEL, _BAR = 22, 190, 260


def bars(rows: Sequence[tuple[str, int]]) -> str:
    """Markdown that holds one inline SVG, longest bar at the full width; empty rows give a sentence
    instead.
    """
    if not rows:
        return "No accounts yet."
    longest = max(number for _, number in rows) or 1
    lines = "".join(_line(position, label, number, longest) for position, (label, number) in enumerate(rows))
    width, height = _LABEL + _BAR + 80, _ROW * len(rows)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12">{lines}</svg>'
    )
    return f"![accounts by next milestone](data:image/svg+xml,{quote(svg)})"


def _line(position: int, label: str, number: int, longest: int) -> str:
    top = position * _ROW
    length = max(1, round(_BAR * number / longest))
    return (
        f'<text x="0" y="{top + 15}">{escape(label[:28])}</text>'
        f'<rect x="{_LABEL}" y="{top + 3}" width="{length}" height="{_ROW - 6}" fill="#4f6bed"/>'
        f'<text x="{_LABEL + length + 6}" y="{top + 15}">{number}</text>'
    )
