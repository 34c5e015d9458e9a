"""How the experiment grew: accounts that signed up and that reached first value, per arm, day by day."""

from __future__ import annotations

from dagster_project.readout import names
from dagster_project.readout.pictures.frame import (
    COLOURS,
    INK,
    SMALL,
    as_svg,
    axes,
    count_axis,
    date_axis,
    date_number,
    figure,
    label_ends,
    sentence_picture,
    thinned,
)
from experiments.pictured import Growth
from experiments.readout import Readout

_MOST_DAYS = 150


def growth_picture(readout: Readout) -> str:
    """Per arm the accounts assigned (thin line) and activated (thick line) up to each day. An SVG."""
    grown = [one for one in readout.growth if one.days and one.assigned[-1]]
    if not grown:
        return sentence_picture(
            "growth", "How the experiment grows: nothing to draw yet", "No account has signed up yet."
        )
    assigned, activated = (sum(column) for column in zip(*(_last(one) for one in grown), strict=True))
    title = f"{names.accounts(assigned)} signed up, {activated:,} of them reached first value"
    drawn = figure(title, height=3.2)
    area = axes(drawn, title, bottom=0.7, left=0.75, right=1.6)
    ends = []
    for one in grown:
        places = thinned(len(one.days), _MOST_DAYS)
        when = [date_number(one.days[place]) for place in places]
        colour = COLOURS.get(one.arm, INK)
        for column, width, told in (
            (one.assigned, 0.9, "signed up"),
            (one.activated, 2.2, "arrived"),
        ):
            area.plot(
                when,
                [column[place] for place in places],
                color=colour,
                linewidth=width,
                marker="o" if len(when) == 1 else None,
            )
            ends.append((float(column[-1]), f"{names.arm(one.arm)},\n{told}: {column[-1]:,}", colour))
    first = min(one.days[0] for one in grown)
    last = max(one.days[-1] for one in grown)
    area.set_xlim(date_number(first) - 0.5, max(date_number(last), date_number(first) + 3) + 0.5)
    area.set_ylim(0, max(1, *(one.assigned[-1] for one in grown)) * 1.05)
    area.set_ylabel("accounts, in all", fontsize=SMALL, color=INK)
    area.set_xlabel("date (UTC)", fontsize=SMALL, color=INK)
    count_axis(area)
    date_axis(area)
    label_ends(area, ends, at_x=area.get_xlim()[1], line_height=0.165, weight="normal")
    return as_svg(drawn, name="growth", told=title)


def _last(one: Growth) -> tuple[int, int]:
    return one.assigned[-1], one.activated[-1]
