"""Pictures say what is seen, or why nothing is."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from dagster_project.readout.pictures import (
    activation_picture,
    as_markdown,
    days_saved_picture,
    growth_picture,
    guardrails_picture,
)
from experiments.decision import Status
from experiments.pictured import ActivationCurve
from experiments.readout import Readout
from experiments.row import CONTROL, TREATMENT
from tests.dagster_project.readout import built

PICTURES = (activation_picture, days_saved_picture, growth_picture, guardrails_picture)
RUNNING = built.readout(Status.RUNNING, built.interval(2.0, -1.1, 5.1))


def texts(svg: str) -> str:
    """Everything that is written in the picture, and nothing that is only drawn."""
    root = ElementTree.fromstring(svg)
    return " ".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))


def test_the_curves_name_arms_horizon_and_the_accounts_at_risk() -> None:
    told = texts(activation_picture(RUNNING))
    for label in ("day 60: counted up to here", "with nudges", "without nudges", "963", "132", "days since"):
        assert label in told


@pytest.mark.parametrize("horizon_days", [14.0, 30.0])
def test_the_line_at_the_horizon_follows_the_plan(horizon_days: float) -> None:
    told = texts(activation_picture(built.readout(horizon_days=horizon_days)))
    assert f"day {horizon_days:g}: counted" in told and "day 60" not in told


def test_days_saved_are_drawn_with_nought_the_least_wanted_and_the_final_date() -> None:
    told = texts(days_saved_picture(RUNNING))
    for label in (
        "0: no difference",
        "3 days:",
        "final look on 30 Nov 2026",
        "today: +2.0",
        "(-1.1 to +5.1)",
    ):
        assert label in told


def test_the_final_look_stands_at_its_own_date_once_it_is_taken() -> None:
    told = texts(days_saved_picture(built.at_final_look(RUNNING, built.interval(1.0, -1.2, 3.4))))
    assert "final look: +1.0" in told and "today" not in told


def test_a_guardrail_without_a_number_is_shown_with_its_limit_and_called_unknown() -> None:
    young = built.young(RUNNING)
    assert "not to be" in texts(guardrails_picture(young))
    assert "too early to tell" in texts(guardrails_picture(young))
    assert "Over the agreed limit with nudges: unsubscribed" in texts(
        guardrails_picture(built.crossed(RUNNING))
    )


def test_a_long_name_is_cut_and_a_strange_one_escaped() -> None:
    strange = replace(RUNNING.guardrails[0], name="$\\frac{a}{b}$ <script> & " + "x" * 80)
    svg = guardrails_picture(replace(RUNNING, guardrails=(strange,)))
    assert "<script>" not in svg
    assert "x" * 27 not in texts(svg)


@pytest.mark.parametrize("draw", PICTURES)
def test_where_nothing_can_be_drawn_a_sentence_says_why(draw: Callable[[Readout], str]) -> None:
    told = texts(draw(replace(built.empty(RUNNING), guardrails=())))
    assert re.search(r"nothing to draw", told)
    assert re.search(r"[a-z]\.( |$)", told), "and a sentence beside it"


def test_arms_that_cannot_be_compared_are_not_drawn_beside_each_other() -> None:
    unsound = built.unsound(RUNNING)
    for draw in (activation_picture, days_saved_picture):
        assert "not comparable" in texts(draw(unsound))
        assert "with nudges" not in texts(draw(unsound))


def test_an_arm_without_accounts_leaves_the_other_one_drawn() -> None:
    nobody = ActivationCurve(TREATMENT, np.array([0.0]), np.array([0.0]), (0.0,), (0,))
    control = built.curve(CONTROL, 963, 26.0, 60.0)
    told = texts(activation_picture(replace(RUNNING, curves=(control, nobody))))
    assert "no account yet with nudges" in told and "963" in told


def test_a_million_accounts_over_two_years_stay_small_and_every_picture_is_the_same_twice() -> None:
    big = built.readout(
        Status.RUNNING,
        built.interval(2.0, -1.1, 5.1),
        size=830,
        cutoff=built.STARTS_AT + timedelta(days=740),
    )
    before = dict(mpl.rcParams)
    for draw in PICTURES:
        svg = draw(big)
        assert len(as_markdown(svg, "alt")) < 60_000
        assert svg == draw(big)
        assert not re.search(r"\b(nan|None|inf)\b", svg)
    assert dict(mpl.rcParams) == before, "no setting of the process is changed"


def test_markdown_holds_the_whole_picture_and_its_alternative_text() -> None:
    svg = growth_picture(RUNNING)
    markdown = as_markdown(svg, "how it\n[grows]")
    head, data = markdown.removesuffix(")").split("base64,")
    assert head == "![how it (grows)](data:image/svg+xml;"
    assert base64.b64decode(data).decode() == svg
