"""Loads that broke, histories that arrive at once and policies with a mistake: nothing leaves that should
not, the tick says why, and once the cause is gone it goes on by itself.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from dagster_project.errors import Refused
from tests.end_to_end.conftest import House

WORKSPACE = "Workspace Created"
MANY = 30


@pytest.mark.full
def test_a_table_that_is_emptied_later_makes_nobody_slip(house: House) -> None:
    house.sign_up("stuck", house.now - timedelta(hours=3))
    house.load_noise()
    house.pass_time(minutes=1)
    house.tick()
    house.pass_time(hours=5)
    house.execute("delete from segment.tracks")
    with pytest.raises(Refused, match="the event source segment is empty"):
        house.tick()
    house.load_noise()
    house.pass_time(minutes=5)
    assert house.tick().counts.sent == 1


@pytest.mark.full
def test_a_loader_that_stood_still_for_a_day_sends_nothing_and_goes_on_within_two_ticks(house: House) -> None:
    start = house.now
    for account in ("stuck", "late"):
        house.sign_up(account, start - timedelta(hours=3))
    house.load_noise()
    house.pass_time(minutes=1)
    assert house.tick().counts.sent == 0
    for _ in range(2):
        house.pass_time(hours=12)
        assert house.tick().counts.sent == 0
    # What had happened meanwhile comes with the first load.
    house.load_event("late", WORKSPACE, start, house.now)
    house.load_noise()
    for _ in range(2):
        house.pass_time(minutes=5)
        house.tick()
    assert house.sent() == [("stuck", "workspace_created", 1)]


@pytest.mark.full
def test_twelve_months_that_are_loaded_at_once_wait_until_a_person_says_that_they_are_right(
    house: House,
) -> None:
    house.sign_up("known", house.now - timedelta(hours=3))
    house.load_noise()
    house.pass_time(minutes=1)
    house.tick()

    house.pass_time(minutes=4)
    house.sign_up_all({f"old-{n}": house.now - timedelta(hours=12 * n + 5) for n in range(730)})
    house.load_noise()
    for _ in range(2):
        house.pass_time(minutes=1)
        tick = house.tick()
        assert tick.counts.sent == 0
        assert [why.split(":")[0] for why in tick.holding] == ["slips known late"]
    assert house.reasons()["anomaly_tripped"] > MANY

    observed = house.execute(
        "select observed from onboarding_intermediate.int_anomalies_checked where is_holding"
    )[0][0]
    _release(house, up_to=int(str(observed)) - 1)
    house.pass_time(minutes=1)
    assert house.tick().counts.sent == 0
    _release(house, up_to=int(str(observed)))
    house.pass_time(minutes=1)
    # A ceiling all the same: as many as any base may get.
    assert house.tick().counts.sent == 50
    assert house.reasons()["over_ceiling"] > 0


@pytest.mark.full
def test_a_day_of_many_slips_waits_for_a_person_and_not_again_on_the_day_after(house: House) -> None:
    house.sign_up("known", house.now - timedelta(days=20))
    house.load_noise()
    house.pass_time(minutes=1)
    house.tick()

    morning = (house.now + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    house.now = morning
    house.sign_up_all({f"new-{number}": morning - timedelta(hours=7) for number in range(MANY)})
    house.load_noise()
    house.pass_time(minutes=1)
    tick = house.tick()
    assert tick.counts.sent == 0
    assert [why.split(":")[0] for why in tick.holding] == [f"slips of {morning:%Y-%m-%d}"]

    _release(house, up_to=MANY)
    house.pass_time(minutes=1)
    assert house.tick().counts.sent > 0
    house.now = morning + timedelta(hours=25)
    house.load_noise()
    house.pass_time(minutes=1)
    assert house.tick().holding == ()


@pytest.mark.full
def test_a_policy_by_which_everybody_slips_sends_nothing_and_is_forgotten_once_it_is_mended(
    house: House,
) -> None:
    house.sign_up_all({f"in-time-{number}": house.now - timedelta(hours=30) for number in range(MANY)})
    for number in range(MANY):
        house.load_event(f"in-time-{number}", WORKSPACE, house.now - timedelta(hours=29), house.now)
    house.sign_up("stuck", house.now - timedelta(hours=6))
    house.load_noise()
    house.pass_time(minutes=1)
    assert house.tick().counts.sent == 1

    step = "default,2,team_member_invited,Team member invited,Team Member Invited|team_member_invited,"
    right, wrong = f"{step}24,48,", f"{step}0.24,0.48,"
    house.rewrite_seed("critical_path", right, wrong)
    for _ in range(2):
        house.pass_time(minutes=5)
        house.load_noise()
        tick = house.tick()
        assert tick.counts.sent == 0
        assert "policy" in {why.split(":")[0] for why in tick.holding}
    assert house.reasons()["policy_changed"] >= MANY

    house.rewrite_seed("critical_path", wrong, right)
    house.sign_up("stuck-as-well", house.now - timedelta(hours=6))
    for _ in range(2):
        house.pass_time(minutes=5)
        house.load_noise()
        house.tick()
    assert [account for account, _, _ in house.sent()] == ["stuck", "stuck-as-well"]


@pytest.mark.full
def test_a_policy_that_changes_little_looks_once_and_then_goes_on_by_itself(house: House) -> None:
    house.sign_up("first", house.now - timedelta(hours=6))
    house.load_noise()
    house.pass_time(minutes=1)
    assert house.tick().counts.sent == 1
    house.sign_up("second", house.now - timedelta(hours=6))
    house.rewrite_seed("delivery_limits", "human_touch_cooldown_hours,,48", "human_touch_cooldown_hours,,47")
    house.pass_time(minutes=5)
    house.load_noise()
    looking = house.tick()
    assert looking.counts.sent == 0
    # Nothing new has to arrive for the tick that sends.
    assert looking.next_wake_at is not None
    assert looking.next_wake_at <= house.now + timedelta(minutes=5)
    house.pass_time(minutes=5)
    assert house.tick().counts.sent == 1


@pytest.mark.full
def test_a_nightly_loader_sends_the_morning_s_and_no_more(house: House) -> None:
    for day in range(2):
        house.sign_up(f"of-day-{day}", house.now - timedelta(hours=10))
        house.load_noise()
        sent = []
        for _ in range(2):
            house.pass_time(minutes=5)
            sent.append(house.tick().counts.sent)
        house.pass_time(hours=23, minutes=50)
        # Tier 1 of the day's account, and the next tier of those of the days before.
        assert sent[0] >= 1
        assert sent[1] == 0, sent
        assert house.decision(f"of-day-{day}", 1)[0] == "done"


def _release(house: House, up_to: int) -> None:
    last = house.ledger().last_finished_tick("dev/shadow")
    assert last is not None and last.policy_hash is not None
    house.ledger().release_anomaly(
        up_to=up_to, policy_hash=last.policy_hash, lasting=timedelta(hours=24), who="test", why="a load"
    )
