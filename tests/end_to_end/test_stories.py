"""Whole stories on the real project: from raw rows to the outbox, over several ticks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dagster_project.errors import Refused
from nudge_senders.counts import DeliveryCounts
from tests.end_to_end.conftest import House

WORKSPACE = "Workspace Created"


def test_nothing_leaves_before_the_first_event_and_then_the_slipped_get_one_hint_and_the_done_none(
    house: House,
) -> None:
    house.sign_up("late", house.now - timedelta(hours=6))
    house.sign_up("done", house.now - timedelta(hours=6))
    with pytest.raises(Refused, match="the event source segment is empty"):
        house.tick()
    assert not house.deliveries()

    house.pass_time(minutes=5)
    house.load_noise()
    house.pass_time(minutes=1)
    house.load_event("done", WORKSPACE, house.now, house.now)
    house.pass_time(minutes=1)
    assert house.tick().counts.sent == 1
    house.pass_time(minutes=5)
    house.load_noise()
    assert house.tick().counts.sent == 0
    assert house.sent() == [("late", "workspace_created", 1)]
    assert set(house.deliveries().values()) == {1}


@pytest.mark.full
def test_a_loader_stopped_for_six_hours_and_caught_up_in_three_chunks_makes_no_nudge_wrong(
    house: House,
) -> None:
    start = house.now
    for account in ("early", "late", "stuck"):
        house.sign_up(account, start - timedelta(hours=1))
    house.load_noise()
    house.tick()
    # "early" and "late" do their milestone in time, but the loader stands still and nobody knows.
    house.pass_time(hours=6)
    assert house.tick().counts.sent == 0
    for chunk, (account, hours_after) in enumerate([("early", 0.5), ("late", 2.5), ("nobody", 5.9)]):
        house.pass_time(minutes=5 + chunk)
        house.load_event(account, WORKSPACE, start + timedelta(hours=hours_after), house.now)
        house.execute(
            "update segment.tracks set received_at = ? where context_group_id = ?",
            (start + timedelta(hours=hours_after)).replace(tzinfo=None),
            account,
        )
        if chunk == 2:
            # From here on everything is loaded again up to the present.
            house.load_noise()
        house.tick()
    assert house.sent() == [("stuck", "workspace_created", 1)]


def test_a_slip_that_nobody_could_be_sent_for_leads_to_tier_one_first(house: House) -> None:
    house.settings.halt_file.write_text("stop", encoding="utf-8")
    house.sign_up("stuck", house.now - timedelta(hours=56))
    house.load_noise()
    house.pass_time(minutes=1)
    house.tick()
    assert house.sent() == []
    house.settings.halt_file.unlink()
    house.pass_time(minutes=10)
    house.tick()
    assert house.sent() == [("stuck", "workspace_created", 1)]
    house.pass_time(minutes=10)
    house.load_noise()
    house.tick()
    assert house.sent() == [("stuck", "workspace_created", 1)]
    assert house.decision("stuck", 3)[0] == "defer"


def test_control_accounts_get_none_and_a_full_refresh_after_a_change_of_share_keeps_every_arm(
    house: House,
) -> None:
    house.set_treatment_share(0.5)
    for number in range(40):
        house.sign_up(f"account-{number}", house.now - timedelta(hours=6))
    house.load_noise()
    house.pass_time(minutes=1)
    house.tick()
    arms = dict(house.execute("select account_id, arm from onboarding.fct_experiment_assignments"))
    assert set(arms.values()) == {"treatment", "control"}
    assert {account for account, _, _ in house.sent()} == {a for a, arm in arms.items() if arm == "treatment"}

    house.set_treatment_share(0.9)
    house.sign_up("newcomer", house.now - timedelta(hours=1))
    house.pass_time(minutes=5)
    house.load_noise()
    house.tick(full_refresh=True)
    after = dict(house.execute("select account_id, arm from onboarding.fct_experiment_assignments"))
    assert {account: after[account] for account in arms} == arms
    assert set(after) - set(arms) == {"newcomer"}
    assert {account for account, _, _ in house.sent()} <= {
        a for a, arm in after.items() if arm == "treatment"
    }


@pytest.mark.full
def test_a_late_row_under_an_older_load_time_counts_once_and_days_without_one_are_not_read_again(
    house: House,
) -> None:
    first_day_read = "select min(loaded_on) from onboarding_intermediate.int_events_loaded"
    events_counted = (
        "select sum(event_rows) from onboarding_intermediate.int_users_active_daily where user_id = 'u-done'"
    )
    yesterday = house.now - timedelta(days=1)
    house.sign_up("done", house.now - timedelta(hours=25))
    house.load_event("done", "Page Viewed", yesterday, yesterday)
    house.load_noise()
    house.tick()
    house.pass_time(minutes=5)
    house.load_event("done", WORKSPACE, yesterday, yesterday)
    house.tick()
    assert house.execute(first_day_read) == [(yesterday.date(),)]
    assert house.execute(
        "select completed_at from onboarding.fct_account_milestones "
        "where account_id = 'done' and milestone_key = 'workspace_created'"
    ) == [(yesterday.replace(tzinfo=None),)]
    assert house.execute(events_counted) == [(2,)]
    house.pass_time(minutes=5)
    house.load_noise()
    house.tick()
    assert house.execute(first_day_read) == [(house.now.date(),)]
    assert house.execute(events_counted) == [(2,)]


@pytest.mark.full
def test_a_hint_is_taken_back_once_when_its_step_is_done_and_the_next_one_says_so(house: House) -> None:
    """The tick before it still shows; the tick after has nothing to do."""
    house.sign_up("busy", house.now - timedelta(hours=6))
    house.load_noise()
    house.pass_time(minutes=1)
    house.tick()
    assert house.sent() == [("busy", "workspace_created", 1)]
    house.pass_time(minutes=5)
    house.load_noise()
    assert house.tick().counts.as_dict() == DeliveryCounts().as_dict()

    house.load_event("busy", WORKSPACE, house.now, house.now)
    house.pass_time(minutes=1)
    house.load_noise()
    taken_back = house.tick().counts
    assert (taken_back.withdrawn, taken_back.sent) == (1, 1)
    [withdrawal] = house.execute(
        "select nudge_id, destination, reason_code from nudges.nudge_events "
        "where action = 'withdraw' and kind = 'claimed'"
    )
    assert withdrawal[1:] == ("outbox", "milestone_resolved")

    house.pass_time(minutes=5)
    house.load_noise()
    assert house.tick().counts.as_dict() == DeliveryCounts().as_dict()
    assert house.deliveries("withdraw") == {withdrawal[0]: 1}
    assert house.sent("withdraw") == [("busy", "workspace_created", 1)]
    assert house.sent() == [("busy", "workspace_created", 1)]


@pytest.mark.full
def test_a_hint_that_was_taken_back_for_a_hold_does_not_come_back_and_an_idle_house_wakes_for_it(
    house: House,
) -> None:
    house.execute(
        "create table crm.account_holds (account_id varchar, held_from timestamp, held_until timestamp)"
    )
    house.sign_up("away", house.now - timedelta(hours=6))
    house.load_noise()
    house.pass_time(minutes=1)
    hold_begins = house.now + timedelta(hours=1)
    house.execute(
        "insert into crm.account_holds values ('away', $1, $2)",
        *[hold_begins.replace(tzinfo=None), (hold_begins + timedelta(hours=2)).replace(tzinfo=None)],
    )
    first = house.tick()
    assert (first.counts.sent, first.next_wake_at) == (1, hold_begins)

    house.now = hold_begins
    assert house.tick().counts.withdrawn == 1
    assert house.decision("away", 1) == ("done", "already_sent")

    house.pass_time(hours=3)
    house.load_noise()
    assert house.tick().counts.as_dict() == DeliveryCounts().as_dict()
    assert house.decision("away", 1) == ("done", "already_sent")


@pytest.mark.full
def test_a_hint_that_a_halt_keeps_back_for_a_week_makes_room_for_the_email_and_never_comes_after_it(
    house: House,
) -> None:
    house.sign_up("stuck", house.now - timedelta(hours=2))
    house.load_noise()
    house.pass_time(minutes=1)
    house.tick()
    house.pass_time(hours=4)
    house.load_noise()
    house.ledger().append_halt(scope="channel:in_app", who="test", why="the hint is broken")
    house.tick()
    assert house.decision("stuck", 1) == ("defer", "halted")

    house.pass_time(days=2)
    house.load_noise()
    house.tick()
    assert house.decision("stuck", 2) == ("defer", "earlier_tier_open")

    house.pass_time(days=7)
    house.load_noise()
    house.tick()
    assert house.decision("stuck", 1) == ("suppress", "expired")
    assert house.decision("stuck", 2)[1] in ("send", "quiet_hours")
    house.pass_time(minutes=5)
    house.tick()
    assert house.decision("stuck", 1) == ("suppress", "expired")
