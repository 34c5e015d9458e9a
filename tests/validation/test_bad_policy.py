"""Policies that cannot be carried out: tiers, delays, channels, destinations, texts."""

from __future__ import annotations

import pytest

from tests.validation.bad_seeds import POLICY, TEXTS, Bad, add, assert_refused, change, change_all
from tests.validation.house import House

NUDGE_POLICY = [
    Bad(
        "delays that stand still",
        change(POLICY, ",25,", ",1,"),
        POLICY,
        3,
        "tier 2",
        "grow from tier to tier",
    ),
    Bad(
        "delays that fall",
        change(POLICY, ",49,", ",24,"),
        POLICY,
        4,
        "delay_hours 24 of tier 3 on path default",
        "grow from tier to tier",
    ),
    Bad(
        "a negative delay",
        change(POLICY, ",intercom,1,", ",intercom,-1,"),
        POLICY,
        2,
        "delay_hours '-1'",
        "give 0 or more hours",
    ),
    Bad(
        "a delay in words", change(POLICY, ",25,", ",a day,"), POLICY, 3, "delay_hours 'a day'", "such as 25"
    ),
    Bad(
        "a delay with five decimals", change(POLICY, ",25,", ",25.00001,"), POLICY, 3, "25.00001", "round it"
    ),
    Bad("a tier twice", change(POLICY, "default,2,", "default,1,"), POLICY, 3, "tier 1", "keep one row per"),
    Bad(
        "a fourth tier",
        add(POLICY, "default,4,human,slack,99,csm_alert,true,true"),
        POLICY,
        5,
        "tier 4",
        "use tier 1, 2 or 3",
    ),
    Bad(
        "a tier twice, written differently",
        change(POLICY, "default,2,", "default,01,"),
        POLICY,
        3,
        "tier 01 is there twice (first on line 2)",
        "keep one row per",
    ),
    Bad(
        "a tier beyond all columns",
        change(POLICY, "default,3,", "default,3000000000,"),
        POLICY,
        4,
        "tier '3000000000' of path_key default, tier 3000000000 is above 1000000",
        "number them",
    ),
    Bad(
        "a text for the CSM in front of the customer",
        change_all((POLICY, "intercom,1,in_app_hint", "outbox,1,csm_alert"), (TEXTS, ",slack,", ",outbox,")),
        POLICY,
        2,
        "template 'csm_alert' of tier 1 is a text for channel human",
        "name a template for in_app, or correct the channel",
    ),
    Bad(
        "an in-app text as an email",
        change(POLICY, "1,in_app,intercom", "1,email,intercom"),
        POLICY,
        2,
        "template 'in_app_hint' of tier 1 is a text for channel in_app (in_app_hint/",
        "name a template for email",
    ),
    Bad(
        "an email through a messenger",
        change(POLICY, ",email,hubspot,", ",email,intercom,"),
        POLICY,
        3,
        "destination intercom of tier 2 cannot carry channel email (it carries in_app)",
        "for email use one of hubspot, lindy, outbox, salesloft, zapier",
    ),
    Bad("a tier of zero", change(POLICY, "default,1,", "default,0,"), POLICY, 2, "tier '0'", "from 1 up"),
    Bad(
        "an unknown channel",
        change(POLICY, ",email,", ",e-mail,"),
        POLICY,
        3,
        "channel 'e-mail'",
        "did you mean email?",
    ),
    Bad(
        "a person as tier 1",
        change(POLICY, ",in_app,", ",human,"),
        POLICY,
        2,
        "channel 'human'",
        "tier 3 to the CSM",
    ),
    Bad(
        "an unknown destination",
        change(POLICY, "hubspot", "hubspott"),
        POLICY,
        3,
        "destination 'hubspott'",
        "did you mean hubspot?",
    ),
    Bad(
        "an unknown template",
        change(POLICY, "email_how_to", "email_how_two"),
        POLICY,
        3,
        "email_how_two",
        "did you mean email_how_to?",
    ),
    Bad(
        "no template for the destination",
        change(POLICY, ",hubspot,", ",salesloft,"),
        POLICY,
        3,
        "email_how_to",
        "add one, best with an empty milestone_key",
    ),
    Bad(
        "a switch that is neither on nor off",
        change(POLICY, "csm_alert,true,true", "csm_alert,true,yes"),
        POLICY,
        4,
        "is_enabled 'yes'",
        "write true or false",
    ),
    Bad(
        "a misspelt path",
        add(POLICY, "enterprize,1,in_app,intercom,1,in_app_hint,false,true"),
        POLICY,
        5,
        "enterprize",
        "did you mean enterprise?",
    ),
    Bad(
        "a path without any tier",
        lambda house: house.replace(POLICY, "default,", "enterprise,", count=3),
        POLICY,
        None,
        "path default",
        "rows of path default",
    ),
]

MESSAGE_TEMPLATES = [
    Bad(
        "an unknown destination of a text",
        change(TEXTS, "csm_alert,,,,slack", "csm_alert,,,,slak"),
        TEXTS,
        15,
        "slak",
        "did you mean slack?",
    ),
    Bad(
        "a weight of zero",
        change(TEXTS, "in_app_hint,,,,intercom,,,true", "in_app_hint,,,,intercom,,0,true"),
        TEXTS,
        2,
        "weight '0'",
        "a number above 0",
    ),
    Bad(
        "a weight in words",
        change(TEXTS, "in_app_hint,,,,intercom,,,true", "in_app_hint,,,,intercom,,half,true"),
        TEXTS,
        2,
        "weight 'half'",
        "write a plain number",
    ),
    Bad(
        "an empty switch",
        change(TEXTS, "in_app_hint,,,,intercom,,,true", "in_app_hint,,,,intercom,,,"),
        TEXTS,
        2,
        "is_enabled",
        "give every row",
    ),
    Bad("a text twice", add(TEXTS, "csm_alert,,,,slack,,,true"), TEXTS, 27, "csm_alert", "keep one row per"),
    Bad(
        "a text that no file has",
        add(TEXTS, "in_app_hint,,,nowhere,intercom,,,true"),
        TEXTS,
        27,
        "in_app_hint",
        "in_app_hint",
    ),
]


@pytest.mark.parametrize("bad", [*NUDGE_POLICY, *MESSAGE_TEMPLATES], ids=lambda bad: bad.name)
def test_a_policy_that_cannot_be_carried_out_is_refused(house: House, bad: Bad) -> None:
    assert_refused(house, bad)
