"""The ledger through Snowflake's own connector: one holder of the lease, states that survive the way, and
an end to every wait.

What the ledger means by its statements is tested in `tests/nudge_senders`; here they travel.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from nudge_senders.clock import system_clock
from nudge_senders.errors import LeaseHeld, LedgerUnreadable
from nudge_senders.ledger import Ledger
from nudge_senders.ledger.snowflake_warehouse import SnowflakeWarehouse, open_snowflake
from nudge_senders.ledger.warehouse import CollidedTransaction
from tests.engines.needed import FOR_SNOWFLAKE, skip_without
from tests.engines.snowflake.service import PREFIX, Service
from tests.nudge_senders.test_cloud_ledgers import NAMESPACE, a_tick
from tests.nudge_senders.world import FakeClock

skip_without(*FOR_SNOWFLAKE)
pytestmark = pytest.mark.engines

_numbers = itertools.count(1)


@pytest.fixture
def schema() -> str:
    return f"{PREFIX}ledger_{next(_numbers)}"


@pytest.fixture
def warehouse(service: Service, schema: str) -> SnowflakeWarehouse:
    return open_snowflake(schema, service.environ)


@pytest.fixture
def open_it(warehouse: SnowflakeWarehouse, schema: str, tmp_path: Path) -> Callable[[], Ledger]:
    return lambda: Ledger(warehouse, home=tmp_path, schema=schema, clock=FakeClock())


def test_claims_attempts_and_doubts_survive_the_way(open_it: Callable[[], Ledger]) -> None:
    ledger = open_it()
    assert (ledger.version(), ledger.is_migrated()) == (None, False)

    assert a_tick(ledger, "a", "b") == [("a", "uncertain"), ("b", "uncertain")]
    assert ledger.is_migrated()
    entries = ledger.entries("a")
    assert [entry.kind for entry in entries] == ["claimed", "attempting", "uncertain"]
    # The account's id has a quote and a semicolon in it.
    assert {entry.account_id for entry in entries} == {"a';drop"}
    assert all(entry.recorded_at.tzinfo is not None for entry in entries)


def test_a_ledger_of_our_own_words_is_trusted(open_it: Callable[[], Ledger]) -> None:
    ledger = open_it()
    a_tick(ledger, "a")

    assert ledger.trust_problems(NAMESPACE) == []


def test_one_of_four_ticks_that_begin_at_once_gets_the_lease(open_it: Callable[[], Ledger]) -> None:
    open_it().migrate()
    outcomes: list[str] = []
    begin = threading.Barrier(4)

    def take(number: int) -> None:
        begin.wait()
        try:
            open_it().acquire_lease(
                namespace=NAMESPACE,
                tick_id=f"t{number}",
                tick_at=system_clock(),
                time_to_live=timedelta(minutes=45),
            )
            outcomes.append("taken")
        except (LeaseHeld, CollidedTransaction) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(outcomes) == 4
    assert outcomes.count("taken") == 1


def test_what_is_rolled_back_was_never_there(
    open_it: Callable[[], Ledger], warehouse: SnowflakeWarehouse, schema: str
) -> None:
    ledger = open_it()
    a_tick(ledger, "a")

    with pytest.raises(ZeroDivisionError), warehouse.transaction() as session:
        assert session.changed_rows(f"update {schema}.nudge_lease set fence = fence + 100") == 1
        raise ZeroDivisionError
    lease = ledger.lease()
    assert lease is not None
    assert lease.fence < 100


def test_a_refused_statement_is_told_by_its_number_alone(warehouse: SnowflakeWarehouse) -> None:
    secret = "ada@example.com"
    told = pytest.raises(LedgerUnreadable, match="ProgrammingError 2003")
    with told as error, warehouse.transaction() as session:
        session.run("select 1 from crm.nowhere where email = :email", {"email": secret})
    assert secret not in str(error.value)


def test_a_service_that_is_not_there_is_given_up_in_time(service: Service, schema: str) -> None:
    if service.is_live:
        pytest.skip("an account is always there")
    nobody = open_snowflake(schema, {**service.environ, "MILESTONE_AGENT_SNOWFLAKE_PORT": "9"})
    began = time.monotonic()

    with pytest.raises(LedgerUnreadable, match="OperationalError 250001"), nobody.transaction():
        pass
    assert time.monotonic() - began < 60
