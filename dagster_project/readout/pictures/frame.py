"""What the pictures share: size, colours, text as text, the same bytes for the same numbers.

Belongs here: the look, and how a figure becomes an SVG. Does not belong here: what a picture shows.
Figures are made without pyplot, so that nothing is left behind and no screen is needed.
"""

from __future__ import annotations

import io
import re
import textwrap
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from experiments.row import CONTROL, TREATMENT

WIDTH = 6.1
"""Inches; narrow enough for the text to be read on a phone as well."""

COLOURS = {TREATMENT: "#005f99", CONTROL: "#a84e00"}
"""Blue and a dark orange: told apart by the colour-blind, 5:1 or more against white; dashes help in print."""

STYLES = {TREATMENT: "-", CONTROL: (0, (4, 1.6))}

INK, QUIET, GRID = "#1d232b", "#56606c", "#e3e6ea"

TITLE_SIZE, TEXT_SIZE, SMALL = 11.5, 10.0, 9.0

TITLE_COLUMNS = 62
"""Characters of a title that fit the width in the widest of the fonts that may stand in."""

_FONTS = "font-family: system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Verdana, sans-serif"

SENTENCE = "sentence"
"""The class of a picture in which nothing is drawn."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LEAST_DATES = 3

_saving = threading.Lock()
"""The settings of matplotlib's writer belong to the process: one picture is written at a time."""


def figure(title: str, *, height: float) -> Figure:
    """An empty picture of the common width with its title, on a light ground of its own."""
    drawn = Figure(figsize=(WIDTH, height), facecolor="white")
    drawn.text(
        0.02,
        1 - 0.1 / height,
        textwrap.fill(title, TITLE_COLUMNS),
        va="top",
        ha="left",
        fontsize=TITLE_SIZE,
        fontweight="bold",
        color=INK,
        parse_math=False,
    )
    return drawn


def axes(drawn: Figure, title: str, *, bottom: float, left: float = 0.75, right: float = 1.5) -> Axes:
    """The area to draw in, below the title. Margins are inches; `right` leaves room for labels of lines."""
    width, height = drawn.get_size_inches()
    top = 0.28 + 0.19 * len(textwrap.wrap(title, TITLE_COLUMNS))
    area = drawn.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    )
    area.spines[["top", "right"]].set_visible(False)
    area.spines[["left", "bottom"]].set_color(QUIET)
    area.tick_params(labelsize=SMALL, colors=QUIET, labelcolor=INK)
    area.grid(axis="y", color=GRID, linewidth=0.6)
    area.set_axisbelow(True)
    return area


def sentence_picture(name: str, title: str, sentence: str) -> str:
    """What stands in a picture's place when there is nothing to draw: why not."""
    lines = textwrap.fill(sentence, 66)
    drawn = figure(title, height=0.75 + 0.17 * lines.count("\n"))
    drawn.text(0.02, 0.12, lines, va="bottom", ha="left", fontsize=TEXT_SIZE, color=QUIET, parse_math=False)
    svg = as_svg(drawn, name=name, told=f"{title}. {sentence}")
    return svg.replace("<svg", f'<svg class="{SENTENCE}"', 1)


def size_inches(area: Axes) -> tuple[float, float]:
    """Width and height of the area that is drawn in."""
    drawn, box = area.figure, area.get_position()
    assert isinstance(drawn, Figure)
    width, height = drawn.get_size_inches()
    return float(width * box.width), float(height * box.height)


def not_comparable(name: str, title: str) -> str:
    """What stands where two arms would be compared that must not be."""
    return sentence_picture(
        name, title, "Nothing is shown here: the arms are not comparable, so a difference would mean nothing."
    )


def label_ends(
    area: Axes,
    ends: Sequence[tuple[float, str, str]],
    *,
    at_x: float,
    line_height: float = 0.17,
    weight: str = "bold",
) -> None:
    """Labels (height on the axis, text, colour) to the right of where lines end at `at_x`, moved apart where
    they would overlap. `line_height` is inches per line of text.
    """
    low, high = area.get_ylim()
    per_inch = (high - low) / size_inches(area)[1]
    placed: list[tuple[float, float, str, str]] = []
    for height, text, colour in sorted(ends):
        need = line_height * (text.count("\n") + 1) * per_inch
        at = max(height, low + need / 2)
        if placed:
            below, below_need, *_ = placed[-1]
            at = max(at, below + (below_need + need) / 2)
        placed.append((at, need, text, colour))
    ceiling = high + 0.1 * per_inch
    for place in range(len(placed) - 1, -1, -1):
        at, need, text, colour = placed[place]
        at = min(at, ceiling - need / 2)
        ceiling = at - need / 2
        placed[place] = (at, need, text, colour)
    for at, _, text, colour in placed:
        area.annotate(
            text,
            (at_x, at),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            ha="left",
            fontsize=SMALL,
            fontweight=weight,
            color=colour,
            annotation_clip=False,
        )


def date_axis(area: Axes) -> None:
    """At most six dates below the axis, in English whatever the machine speaks; the year where it begins."""
    low, high = area.get_xlim()
    # matplotlib ships no types for its dates.
    locator = AutoDateLocator(minticks=_LEAST_DATES, maxticks=6)  # type: ignore[no-untyped-call]
    begin, end = (_EPOCH + timedelta(days=day) for day in (low, high))
    found = locator.tick_values(begin, end)  # type: ignore[no-untyped-call]
    ticks = sorted({round(float(tick)) for tick in found if low <= tick <= high})
    area.xaxis.set_major_locator(FixedLocator(ticks))
    labels, year = [], 0
    for moment in (_EPOCH + timedelta(days=tick) for tick in ticks):
        label = f"{moment.day} {_MONTHS[moment.month - 1]}"
        labels.append(label if moment.year == year else f"{label}\n{moment.year}")
        year = moment.year
    area.set_xticklabels(labels)


def date_number(value: date | datetime) -> float:
    """Days since 1970, which is how matplotlib counts dates; of a date, its beginning in UTC."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return (value - _EPOCH) / timedelta(days=1)


def written_day(value: date | datetime) -> str:
    """`14 Sep 2026`."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def count_axis(area: Axes) -> None:
    """Whole accounts on the vertical axis; thousands and millions in short."""
    # A count axis begins with a MaxNLocator, and matplotlib says Locator.
    area.yaxis.get_major_locator().set_params(integer=True, nbins=5)  # type: ignore[call-arg]
    area.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _short(value: float) -> str:
    for size, sign in ((1_000_000, "M"), (10_000, "k")):
        if abs(value) >= size:
            return f"{value / (1_000 if sign == 'k' else size):g} {sign}"
    return f"{value:,.0f}"


def thinned(length: int, most: int) -> list[int]:
    """Places of at most `most` of `length` values, evenly spread, first and last among them."""
    if length <= most:
        return list(range(length))
    return sorted({round(place * (length - 1) / (most - 1)) for place in range(most)})


def as_svg(drawn: Figure, *, name: str, told: str) -> str:
    """The figure as one `<svg>` element: text as text, no date, no address outside, ids that begin with
    `name` so that several stand in one page. `told` is what it says to those who do not see it.
    """
    written = io.StringIO()
    with _saving, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        # matplotlib ships no types for its backends.
        FigureCanvasSVG(drawn).print_svg(  # type: ignore[no-untyped-call]
            written, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style.*?</style>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*</defs>\s*", "", svg)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(id="|href="#|url\(#)', rf"\1{name}-", svg)
    svg = re.sub(r"font: ([^;\"]*?)(\d[\d.]*px) [^;\"]*", rf"font: \1\2 sans-serif; {_FONTS}", svg)
    svg = re.sub(r' d="[^"]*"', lambda path: _rounded(path[0]), svg)
    head = f'<svg role="img" aria-label={quoteattr(told)} stroke-linejoin="round"'
    return svg.replace("<svg", head, 1).strip()


def _rounded(path: str) -> str:
    """Coordinates to a hundredth of a point, which nobody sees and halves the size."""
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), path)
