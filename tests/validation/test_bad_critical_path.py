"""Critical paths that cannot be followed: orders, keys, hours, clocks, vanity events."""

from __future__ import annotations

import pytest

from dagster_project.validation.path_rules import MOST_SPELLINGS
from tests.validation.bad_seeds import PATH, Bad, Spoil, assert_refused, change
from tests.validation.house import REPOSITORY, House

FIRST = "default,1,workspace_created,Workspace created,Workspace Created|workspace_created,1,4,"


def path_hours(expected: str, slip: str) -> Spoil:
    return change("critical_path", FIRST, FIRST.replace(",1,4,", f",{expected},{slip},"))


CRITICAL_PATH = [
    Bad(
        "two milestones with one order",
        change(PATH, "default,3,", "default,2,"),
        PATH,
        4,
        "milestone_order 2 is used twice on path default (team_member_invited, integration_connected)",
        "give each milestone its own order",
    ),
    Bad(
        "a milestone key twice",
        change(PATH, "default,3,integration_connected", "default,3,team_member_invited"),
        PATH,
        4,
        "milestone_key team_member_invited",
        "keep one row per path_key, milestone_key",
    ),
    Bad(
        "an order of zero",
        change(PATH, "default,1,", "default,0,"),
        PATH,
        2,
        "milestone_order '0'",
        "from 1 up",
    ),
    Bad(
        "an order that is a fraction",
        change(PATH, "default,1,", "default,1.5,"),
        PATH,
        2,
        "milestone_order '1.5'",
        "digits only",
    ),
    Bad(
        "an order beyond all columns",
        change(PATH, "default,5,", "default,3000000000,"),
        PATH,
        6,
        "milestone_order '3000000000'",
        "number them",
    ),
    Bad(
        "more spellings than are taken apart",
        change(PATH, "Workspace Created|", "|".join(f"e{number}" for number in range(100)) + "|"),
        PATH,
        2,
        "event_name of workspace_created has 101 spellings",
        "keep it to 100: those after them would be dropped",
    ),
    Bad(
        "no path key",
        change(PATH, FIRST, FIRST.removeprefix("default")),
        PATH,
        2,
        "path_key",
        "give every row a path_key",
    ),
    Bad(
        "no event name",
        change(PATH, "Workspace Created|workspace_created", ""),
        PATH,
        2,
        "workspace_created",
        "give every row a event_name",
    ),
    Bad("hours of zero", path_hours("0", "4"), PATH, 2, "workspace_created", "positive number of hours"),
    Bad("negative hours", path_hours("-1", "4"), PATH, 2, "workspace_created", "positive number of hours"),
    Bad("hours in words", path_hours("one", "4"), PATH, 2, "workspace_created", "write a number such as 24"),
    Bad(
        "hours that are not a number", path_hours("NaN", "4"), PATH, 2, "workspace_created", "write a number"
    ),
    Bad("hours without end", path_hours("1", "inf"), PATH, 2, "workspace_created", "write a number"),
    Bad("hours with an exponent", path_hours("1", "1e3"), PATH, 2, "slip_hours '1e3'", "write a number"),
    Bad(
        "hours with a decimal comma",
        path_hours('"1,5"', "4"),
        PATH,
        2,
        "expected_hours '1,5'",
        "such as 24 or 1.5",
    ),
    Bad(
        "hours with five decimals",
        path_hours("1.00001", "4"),
        PATH,
        2,
        "expected_hours '1.00001'",
        "round it",
    ),
    Bad(
        "hours as long as a century", path_hours("1", "999999"), PATH, 2, "slip_hours '999999'", "give hours"
    ),
    Bad("no hours", path_hours("", "4"), PATH, 2, "expected_hours", "give every row a expected_hours"),
    Bad(
        "a slip before it is expected",
        path_hours("5", "4"),
        PATH,
        2,
        "workspace_created",
        "give slip_hours at least the expected_hours",
    ),
    Bad(
        "mixed clocks",
        change(PATH, "invite-your-team,business,", "invite-your-team,elapsed,"),
        PATH,
        9,
        "enterprise",
        "a path has one clock",
    ),
    Bad(
        "a clock left out of one row",
        change(PATH, "invite-your-team,business,", "invite-your-team,,"),
        PATH,
        9,
        "team_member_invited",
        "a path has one clock",
    ),
    Bad(
        "an unknown clock",
        change(PATH, "invite-your-team,business,", "invite-your-team,busines,"),
        PATH,
        9,
        "clock 'busines'",
        "did you mean business?",
    ),
    Bad(
        "a vanity event",
        change(PATH, "Workspace Created|", "Logged In|"),
        PATH,
        2,
        "Logged In",
        "choose an event",
    ),
    Bad(
        "a vanity event spelt otherwise",
        change(PATH, "Workspace Created|", "LOGGED-in|"),
        PATH,
        2,
        "LOGGED-in",
        "choose an event",
    ),
    Bad(
        "a vanity event as second spelling",
        change(PATH, "|workspace_created", "|$page_view"),
        PATH,
        2,
        "$page_view",
        "choose an event",
    ),
    Bad(
        "an empty spelling",
        change(PATH, "Workspace Created|", "Workspace Created||"),
        PATH,
        2,
        "workspace_created",
        "write spellings as",
    ),
    Bad(
        "a key with spaces around it",
        change(PATH, ",workspace_created,", ", workspace_created,"),
        PATH,
        2,
        "milestone_key ' workspace_created'",
        "take the spaces away",
    ),
    Bad(
        "a key with a pipe",
        change(PATH, ",workspace_created,", ",workspace|created,"),
        PATH,
        2,
        "milestone_key 'workspace|created'",
        "letters, digits and underscores",
    ),
    Bad(
        "a key that dbt reads as nothing",
        change(PATH, ",workspace_created,", ",null,"),
        PATH,
        2,
        "'null'",
        "use another word",
    ),
    Bad(
        "a key that turns the terminal round",
        change(PATH, ",workspace_created,", ",work\u202espace,"),
        PATH,
        2,
        "milestone_key",
        "type the value again",
    ),
    Bad(
        "a key of ten thousand letters",
        change(PATH, ",workspace_created,", f",{'k' * 10_000},"),
        PATH,
        2,
        "milestone_key",
        "keep it under",
    ),
    Bad(
        "a link that is none",
        change(PATH, "https://help.example.com/videos/create-a-workspace", "javascript:alert(1)"),
        PATH,
        2,
        "how_to_url",
        "start it with https://",
    ),
]


@pytest.mark.parametrize("bad", CRITICAL_PATH, ids=lambda bad: bad.name)
def test_a_critical_path_that_cannot_be_followed_is_refused(house: House, bad: Bad) -> None:
    assert_refused(house, bad)


def test_as_many_spellings_are_allowed_as_the_models_take_apart() -> None:
    model = REPOSITORY / "dbt_project/models/intermediate/policy/int_event_names.sql"

    assert f"{{% set most_spellings = {MOST_SPELLINGS} %}}" in model.read_text(encoding="utf-8")
