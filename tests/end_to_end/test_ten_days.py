"""Ten days of the demo through Dagster's own job: who gets what, when, and who never gets anything.

The vendors' own count of what they delivered is the truth, and a plain reading of the raw rows says what it
should have been; no table of the pipeline is asked for either. How the days go by is told in `ten_days`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.end_to_end.ten_days import Happening, Left, Telling, Tick, first_monday
from tests.oracle.instants import instant_of
from tests.oracle.raw import Row
from tests.oracle.reading import AccountReading
from tests.parsed_project import ParsedProject

IN_APP, EMAIL, HUMAN = 1, 2, 3
_MONDAY, _TUESDAY, _WEDNESDAY = range(3)
_ZONES = (
    ("NL", "Europe/Amsterdam"),
    ("CA", "America/Toronto"),
    ("IN", "Asia/Kolkata"),
    ("AU", "Australia/Sydney"),
)
_COMPLAINTS = {"spam_reported", "negative_reply", "complaint_to_csm"}
_OFFICE_OPENS, _OFFICE_CLOSES = 9, 17


Claim = Callable[[Telling], None]
_CLAIMS: list[Claim] = []


def _claim(claim: Claim) -> Claim:
    _CLAIMS.append(claim)
    return claim


@pytest.mark.full
def test_ten_days_of_the_demo_reach_whom_they_should_and_nobody_else(
    tmp_path: Path,
    parsed_project: ParsedProject,
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    """One test, as every process that took one of several would live through all the days."""
    start = first_monday(datetime.now(UTC))
    told = Telling(tmp_path, start, now=start)
    try:
        told.begin(parsed_project)
        told.live_through(_stories(told), monkeypatch)
        for claim in _CLAIMS:
            with subtests.test(claim.__name__.replace("_", " ")):
                claim(told)
    finally:
        told.vendors.close()


def _stories(telling: Telling) -> list[Happening]:
    """Day 0 is a Monday, the opening is on Thursday (3) at 6. A workspace that is not created has slipped
    after 4 hours; its hint is due an hour later.
    """
    at, happenings = telling.at, list[Happening]()

    def signs_up(story: str, day: int, hour: str, **more: object) -> None:
        moment = at(day, hour)
        happenings.append((moment, lambda: telling.sign_up(story, moment, **more)))

    def happens(day: int, hour: str, what: Callable[[], object]) -> None:
        happenings.append((at(day, hour), what))

    signs_up("early", 2, "22:00")
    signs_up("lasting", 3, "02:30")
    for number, (country, zone) in enumerate(_ZONES):
        for day, hour in ((3, "06:30"), (4, "07:30"), (7, "05:00")):
            signs_up(f"plain-{number}-{day}", day, hour, country_code=country, timezone=zone)
    signs_up("handover", 3, "06:30")
    happens(5, "10:00", lambda: _change_csm(telling))
    signs_up("quick", 3, "06:30")
    signs_up("done", 3, "06:30")
    happens(3, "14:00", lambda: telling.complete("done", at(3, "14:00")))
    signs_up("snoozed", 3, "06:30")
    happens(3, "16:00", lambda: _touch(telling, "snoozed", at(3, "16:00"), at(7, "10:00")))
    signs_up("held", 3, "06:30")
    happens(3, "18:00", lambda: _hold(telling, "held", at(4, "07:00"), at(7, "07:00")))
    signs_up("held-for-good", 4, "06:30")
    happens(4, "11:00", lambda: _hold(telling, "held-for-good", at(4, "11:00"), None))
    signs_up("friday", 4, "12:30")
    for story, country, zone in (
        ("feast", "DK", "Europe/Copenhagen"),
        ("no-feast", "NL", "Europe/Amsterdam"),
    ):
        signs_up(story, 6, "20:00", country_code=country, timezone=zone)
    signs_up("control", 4, "06:30", arm="control")
    signs_up("internal", 4, "06:30", is_internal=True)
    signs_up("churned", 4, "06:30", churned_at=at(4, "11:00"))
    signs_up("opted-out", 4, "06:30")
    happens(4, "06:30", lambda: _opt_out(telling, "opted-out", at(4, "06:30")))
    return happenings


def _change_csm(telling: Telling) -> None:
    telling.world.execute(
        "update crm.accounts set csm_name = 'New', csm_email = 'new@vendor.example', csm_slack_id = 'U0NEW', "
        "updated_at = ? where account_id = ?",
        *[telling.at(5, "10:00"), telling.stories["handover"]],
    )


def _touch(telling: Telling, story: str, at: datetime, until: datetime) -> None:
    telling.world.add(
        "crm.account_touches",
        touch_id=f"touch-{story}",
        account_id=telling.stories[story],
        kind="snoozed",
        occurred_at=at,
        until_at=until,
        noted_by="csm",
        loaded_at=at,
    )


def _hold(telling: Telling, story: str, since: datetime, until: datetime | None) -> None:
    telling.world.add(
        "crm.account_holds",
        account_id=telling.stories[story],
        reason="legal review",
        held_from=since,
        held_until=until,
        noted_by="csm",
    )


def _opt_out(telling: Telling, story: str, at: datetime) -> None:
    telling.world.execute(
        "update crm.contacts set unsubscribed_at = ?, updated_at = ? where account_id = ?",
        *[at, at, telling.stories[story]],
    )


# -- the whole


@_claim
def at_every_tick_leaves_what_a_plain_reading_of_the_raw_rows_wants_and_to_whom(told: Telling) -> None:
    for tick in told.ticks:
        left = {(each.nudge_id, each.recipient) for each in tick.left}
        wanted = {each for each in tick.wanted if each[0] != told.completed_on_the_way}
        assert left == wanted, f"{tick.at}: {_told(told, left ^ wanted)}, {tick.holding}"
        assert len(left) == len(tick.left)
    assert len(told.live) >= 60


@_claim
def no_provider_delivers_anything_twice(told: Telling) -> None:
    assert set(Counter(told.vendors.delivered).values()) == {1}
    assert sorted(told.vendors.delivered) == sorted(left.nudge_id for left in told.live)


@_claim
def in_shadow_the_vendors_hear_nothing(told: Telling) -> None:
    assert told.heard_in_shadow == 0
    assert not any(tick.shown for tick in told.ticks if not tick.is_live)


# -- the tiers


@_claim
def many_accounts_get_tier_after_tier_a_day_apart_in_office_hours_of_whom_they_are_for(
    told: Telling,
) -> None:
    by_milestone: dict[tuple[str, str], dict[int, Left]] = {}
    for left in told.live:
        by_milestone.setdefault((left.account_id, left.milestone_key), {})[left.tier] = left
    whole = {key: tiers for key, tiers in by_milestone.items() if set(tiers) == {IN_APP, EMAIL, HUMAN}}
    assert len(whole) >= 15
    assert len({_local(told, tiers[EMAIL]).utcoffset() for tiers in whole.values()}) >= 4
    for tiers in whole.values():
        hint, email, card = tiers[IN_APP], tiers[EMAIL], tiers[HUMAN]
        assert hint.at + timedelta(hours=24) <= email.at
        assert email.at + timedelta(hours=24) <= card.at
        contact = _contact(told, hint)
        assert (hint.recipient, email.recipient) == (contact["user_id"], contact["email"])
        assert card.recipient == _account(told, card)["csm_slack_id"]
    for left in told.live:
        if left.tier != IN_APP:
            assert _is_office_hour(told, left), f"{left} at {_local(told, left)}"
    assert any(not _is_office_hour(told, left) for left in told.live if left.tier == IN_APP)


# -- the stories


@_claim
def who_slips_on_a_friday_evening_sees_the_hint_at_once_and_gets_the_email_on_monday_morning(
    told: Telling,
) -> None:
    tiers = told.left_for("friday")
    assert tiers[IN_APP].at == told.at(4, "20:05")
    assert _local(told, tiers[EMAIL]).weekday() == _MONDAY
    assert tiers[EMAIL].at == told.at(7, "08:05")
    assert tiers[HUMAN].at == told.at(8, "08:05")


@_claim
def on_a_holiday_of_the_country_the_email_waits_for_the_day_after(told: Telling) -> None:
    here, elsewhere = told.left_for("feast"), told.left_for("no-feast")
    assert here[IN_APP].at == elsewhere[IN_APP].at == told.at(7, "01:05")
    assert _local(told, elsewhere[EMAIL]).weekday() == _TUESDAY
    assert _local(told, here[EMAIL]).weekday() == _WEDNESDAY
    assert here[EMAIL].at == elsewhere[EMAIL].at + timedelta(days=1)


@_claim
def the_card_goes_to_the_csm_who_has_the_account_by_then(told: Telling) -> None:
    tiers = told.left_for("handover")
    assert tiers[EMAIL].at < told.at(5, "10:00") < tiers[HUMAN].at
    assert tiers[HUMAN].recipient == "U0NEW"


@_claim
def who_completes_between_claim_and_call_gets_nothing_and_the_ledger_says_cancelled(
    told: Telling,
) -> None:
    assert set(told.left_for("quick")) == {IN_APP}
    assert told.completed_on_the_way not in told.vendors.delivered
    emails = [entry[1:] for entry in told.entries("quick") if entry[0] == EMAIL]
    assert emails == [("deliver", "claimed", None), ("deliver", "cancelled", "milestone_resolved")]
    [tick] = [tick for tick in told.ticks if told.completed_on_the_way in {each[0] for each in tick.wanted}]
    assert tick.is_live


@_claim
def a_snooze_holds_the_email_back_until_it_ends(told: Telling) -> None:
    tiers = told.left_for("snoozed")
    assert tiers[IN_APP].at == told.at(3, "12:05")
    assert tiers[EMAIL].at == told.at(7, "12:05")


@_claim
def a_hint_is_taken_back_once_its_step_is_done(told: Telling) -> None:
    assert _seen_from_until(told, "done") == (told.at(3, "12:05"), told.at(3, "20:05"))
    assert _seen_from_until(told, "quick") == (told.at(3, "12:05"), told.at(4, "20:05"))
    assert set(told.left_for("done")) == {IN_APP}


@_claim
def a_hold_takes_the_hint_away_and_the_email_waits_for_its_end(told: Telling) -> None:
    assert _seen_from_until(told, "held") == (told.at(3, "12:05"), told.at(4, "08:05"))
    tiers = told.left_for("held")
    assert tiers[EMAIL].at == told.at(7, "12:05")
    assert ("withdraw", "claimed", "on_hold") in [entry[1:] for entry in told.entries("held")]


@_claim
def a_hint_that_nobody_followed_for_a_week_is_taken_back(told: Telling) -> None:
    assert _seen_from_until(told, "lasting") == (told.at(3, "08:05"), told.at(10, "08:15"))
    assert ("withdraw", "claimed", "shown_long_enough") in [entry[1:] for entry in told.entries("lasting")]


@_claim
def no_hint_is_seen_after_the_tick_that_knows_that_it_has_to_go(told: Telling) -> None:
    shown_at = {left.nudge_id: left.at for left in told.live}
    checked = 0
    for tick in told.ticks:
        instant = instant_of(tick.at)
        for nudge_id in tick.shown.values():
            account_id, milestone_key, _, _ = told.nudges[nudge_id]
            reading = tick.accounts[account_id]
            order = next(one.order for one in reading.account.path if one.key == milestone_key)
            has_come_as_far = any(
                state.known_completed_at is not None and state.milestone.order >= order
                for state in reading.milestones
            )
            why = {
                "the step is done": has_come_as_far,
                "the account is on hold": reading.account.holds.is_held(instant),
                "the customer has left": _has_passed(reading.account.churned_at, instant),
                "a week is over": tick.at - shown_at[nudge_id] >= timedelta(days=7),
            }
            assert not any(why.values()), (tick.at, told.nudges[nudge_id], why)
            checked += 1
    assert checked > 100


# -- nobody else


@_claim
def nothing_ever_reaches_whom_nothing_may_reach(told: Telling) -> None:
    """Asked of every single delivery, by the raw rows as they were at its tick."""
    for tick in told.ticks:
        for left in tick.left if tick.is_live else ():
            assert _why_not(told, tick, left) == [], left
    # Such accounts there were, and they had slipped.
    for story in ("early", "control", "internal", "churned", "opted-out", "held-for-good"):
        assert any(_has_slipped(tick, told.stories[story]) for tick in told.ticks if tick.is_live), story
    for story in ("early", "control", "internal", "churned", "held-for-good"):
        assert told.left_for(story) == {}, story
    assert set(told.left_for("opted-out")) <= {HUMAN}


@_claim
def who_slipped_before_the_opening_was_rehearsed_and_gets_nothing(told: Telling) -> None:
    rehearsed = {left.account_id for tick in told.ticks if not tick.is_live for left in tick.left}
    assert told.stories["early"] in rehearsed
    assert told.left_for("early") == {}
    assert len(rehearsed) >= 5


def _why_not(told: Telling, tick: Tick, left: Left) -> list[str]:
    """Everything that forbids the delivery, read off the raw rows."""
    instant = instant_of(tick.at)
    account = _account(told, left)
    reading = tick.accounts[left.account_id]
    why = [] if _arm(told, reading) == "treatment" else ["not treated"]
    why += ["internal"] if account["is_internal"] else []
    why += ["churned"] if _has_passed(account["churned_at"], instant) else []
    why += [
        "held"
        for hold in tick.history["crm.account_holds"]
        if hold["account_id"] == left.account_id
        and hold["held_from"] <= instant
        and (hold["held_until"] is None or instant < hold["held_until"])
    ]
    if left.tier != HUMAN:
        why += _why_not_to_the_person(tick, left, _contact(told, left), instant)
    slips_at = reading.progress.slips_at
    why += ["slipped before the opening"] if slips_at is None or slips_at < instant_of(told.opened_at) else []
    return why


def _why_not_to_the_person(tick: Tick, left: Left, contact: Row, instant: int) -> list[str]:
    """Whoever has opted out, or bounced, under the same address anywhere has done so here."""
    contacts = tick.history["crm.contacts"]
    address = (contact["email"] or "").strip().lower()
    same = [row for row in contacts if (row["email"] or "").strip().lower() == address]
    colleagues = [row for row in contacts if row["account_id"] == contact["account_id"]]
    has_bounced = any(_has_passed(row["hard_bounced_at"], instant) for row in same)
    why = {
        "opted out": "unsubscribed" in _said(tick, same, instant)
        or any(row["email_consent"] is False or _has_passed(row["unsubscribed_at"], instant) for row in same),
        "complained": bool(_COMPLAINTS & _said(tick, colleagues, instant)),
        "never agreed to email": left.tier == EMAIL and contact["email_consent"] is not True,
        "bounced": left.tier == EMAIL and (has_bounced or "bounced" in _said(tick, same, instant)),
    }
    return [each for each, applies in why.items() if applies]


def _said(tick: Tick, contacts: list[Row], instant: int) -> set[str]:
    ids = {row["contact_id"] for row in contacts}
    return {
        row["event_type"]
        for row in tick.history["feedback.message_events"]
        if row["contact_id"] in ids and _has_passed(row["occurred_at"], instant)
    }


def _arm(told: Telling, reading: AccountReading) -> str | None:
    """By the hash of the id; whom no shadow tick knew and who came before the experiment has none."""
    account = reading.account
    known_in_shadow = {account_id for tick in told.ticks if not tick.is_live for account_id in tick.accounts}
    if account.account_id not in known_in_shadow and account.signed_up_at < instant_of(told.opened_at):
        return None
    return told.arm_of(account.account_id)


# -- looking things up


def _tick_of(told: Telling, left: Left) -> Tick:
    [tick] = [tick for tick in told.ticks if tick.at == left.at]
    return tick


def _has_passed(moment: int | None, instant: int) -> bool:
    return moment is not None and moment <= instant


def _has_slipped(tick: Tick, account_id: str) -> bool:
    return account_id in tick.accounts and tick.accounts[account_id].progress.is_slipped


def _account(told: Telling, left: Left) -> Row:
    """The CRM's row as it was when the message left."""
    [row] = [
        row for row in _tick_of(told, left).history["crm.accounts"] if row["account_id"] == left.account_id
    ]
    return row


def _contact(told: Telling, left: Left) -> Row:
    column = "user_id" if left.tier == IN_APP else "email"
    [row] = [row for row in _tick_of(told, left).history["crm.contacts"] if row[column] == left.recipient]
    return row


def _local(told: Telling, left: Left) -> datetime:
    """When it left on the clock of whom it is for: the contact's, and for a card the account's."""
    row = _account(told, left) if left.tier == HUMAN else _contact(told, left)
    return left.at.astimezone(ZoneInfo(row["timezone"]))


def _is_office_hour(told: Telling, left: Left) -> bool:
    local = _local(told, left)
    is_day_off = local.weekday() > 4 or (_account(told, left)["country_code"], local.date()) in told.days_off
    return not is_day_off and _OFFICE_OPENS <= local.hour < _OFFICE_CLOSES


def _seen_from_until(told: Telling, story: str) -> tuple[datetime, datetime | None]:
    """The first tick after which the story's hint was seen, and the first after which it was no more; none
    while it is.
    """
    nudge_id = told.left_for(story)[IN_APP].nudge_id
    seen = [tick.at for tick in told.ticks if nudge_id in tick.shown.values()]
    return seen[0], min((tick.at for tick in told.ticks if tick.at > seen[-1]), default=None)


def _told(told: Telling, differing: set[tuple[str, str | None]]) -> list[tuple[object, ...]]:
    return [(*told.nudges[nudge_id][:3], recipient) for nudge_id, recipient in differing]
