"""A tick killed with SIGKILL at any named step: the next ones deliver nothing twice, lose nothing, show
what is in doubt.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.end_to_end.conftest import House

ACCOUNTS = 3
# Every named step between claim and outcome; the senders' own tests kill at each of all steps in every run.
FAULTS = (
    "after_effect",
    pytest.param("after_attempting", marks=pytest.mark.full),
    pytest.param("after_claim", marks=pytest.mark.full),
    pytest.param("before_recheck", marks=pytest.mark.full),
    pytest.param("before_attempting", marks=pytest.mark.full),
    pytest.param("before_outcome", marks=pytest.mark.full),
)
# Between the attempt and its outcome nobody can know whether the message left.
IN_DOUBT = {"after_attempting", "after_effect", "before_outcome"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tick_killed_at_any_step_is_followed_by_one_that_delivers_nothing_twice(
    house: House, fault: str
) -> None:
    for number in range(ACCOUNTS):
        house.sign_up(f"stuck-{number}", house.now - timedelta(hours=6))
    house.load_noise()
    house.tick_killed_at(fault)
    in_doubt = house.ledger().counts_by_state("dev/shadow").get("uncertain", 0)
    assert (in_doubt > 0) == (fault in IN_DOUBT)

    # Far enough for every settling time and retry; nothing new arrives but proof that the source is alive.
    # A doubt is settled first and acted upon after.
    for minutes in (10, 90) if fault in IN_DOUBT else (90,):
        house.pass_time(minutes=minutes)
        house.load_noise()
        house.tick()
    delivered = house.deliveries()
    assert set(delivered.values()) <= {1}, delivered
    states = house.ledger().counts_by_state("dev/shadow")
    assert states.get("sent", 0) + states.get("needs_review", 0) + states.get("uncertain", 0) == ACCOUNTS, (
        states
    )
    assert len(delivered) >= ACCOUNTS - 1
