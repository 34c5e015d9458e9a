"""The ledger through Google's client: one holder of the lease, no statement twice, and an end to every wait.

What the ledger means by its statements is tested in `tests/nudge_senders`; here they travel.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.warehouse import reading
from nudge_senders.clock import system_clock
from nudge_senders.errors import LeaseHeld, LedgerUnreadable
from nudge_senders.ledger import Lease, Ledger, bigquery_jobs, open_ledger
from nudge_senders.ledger.bigquery_jobs import BigQueryJobs, client_of
from nudge_senders.ledger.bigquery_warehouse import BigQueryWarehouse, Job, JobExists
from nudge_senders.ledger.warehouse import CollidedTransaction
from tests.engines.bigquery.faults import FaultKind
from tests.engines.bigquery.needed import ENGINES
from tests.engines.bigquery.server import StandIn
from tests.engines.bigquery.service import PREFIX, Service

pytestmark = ENGINES

NAMESPACE = "dev/shadow"
_numbers = itertools.count(1)


@dataclass
class Book:
    """A ledger of its own, made anew, and the waits that it asked for."""

    jobs: BigQueryJobs
    schema: str
    home: Path
    waits: list[float] = field(default_factory=list)

    @property
    def warehouse(self) -> BigQueryWarehouse:
        return BigQueryWarehouse(self.jobs, self.schema, sleep=self.waits.append)

    def ledger(self) -> Ledger:
        return Ledger(self.warehouse, home=self.home, schema=self.schema, clock=system_clock)

    def take_lease(self, tick_id: str) -> Lease:
        return self.ledger().acquire_lease(
            namespace=NAMESPACE, tick_id=tick_id, tick_at=system_clock(), time_to_live=timedelta(minutes=45)
        )

    def halts(self) -> list[str]:
        return [halt.why for halt in self.ledger().halts()]

    def halt(self, why: str) -> None:
        self.ledger().append_halt(scope="all", who="somebody", why=why)


@pytest.fixture
def book(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_UNIVERSE_DOMAIN"):
        if name in service.environ:
            monkeypatch.setenv(name, service.environ[name])
    schema = f"{PREFIX}ledger_{next(_numbers)}"
    made = Book(BigQueryJobs(client_of(service.environ), schema), schema, tmp_path)
    made.ledger().migrate()
    yield made
    if service.stand_in is not None:
        service.stand_in.faults.clear()


@pytest.fixture
def stand_in(service: Service, book: Book) -> StandIn:
    if service.stand_in is None:
        pytest.skip("nothing goes wrong on purpose at Google's")
    service.stand_in.statements.clear()
    return service.stand_in


def _sent(stand_in: StandIn, text: str) -> list[str]:
    """Ids of the jobs whose statement holds the text."""
    return [each.job_id for each in stand_in.statements if text in each.sql]


def test_of_many_that_take_the_lease_at_once_exactly_one_has_it(book: Book) -> None:
    outcomes: list[Lease | Exception] = []
    together = threading.Barrier(5)

    def take(number: int) -> None:
        together.wait(timeout=30)
        try:
            outcomes.append(book.take_lease(f"tick-{number}"))
        except (LeaseHeld, CollidedTransaction) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    winners = [each for each in outcomes if isinstance(each, Lease)]
    assert len(outcomes) == 5
    assert len(winners) == 1
    row = book.ledger().lease()
    assert row is not None
    assert (row.tick_id, row.fence) == (winners[0].tick_id, 1)


def test_a_job_that_is_asked_for_again_is_not_run_again(book: Book) -> None:
    job = Job(
        f"milestone_agent_asked_twice_{book.schema}",
        f"insert into {book.schema}.nudge_halts (halt_id, why) values ('h', 'once')",
        {},
    )
    assert book.jobs.insert(job).changed_rows == 1
    with pytest.raises(JobExists):
        book.jobs.insert(job)
    assert book.jobs.adopt(job).changed_rows == 1
    assert book.halts() == ["once"]


def test_values_come_back_as_they_were_given(book: Book) -> None:
    why = 'it\'s "quoted" \\ and ünïcode\nin two lines'
    until = system_clock().replace(microsecond=123457) + timedelta(hours=1)
    book.ledger().append_halt(scope="channel:email", who="o'hara", why=why, until_at=until)

    [halt] = book.ledger().halts()
    assert (halt.scope, halt.who, halt.why, halt.until_at) == ("channel:email", "o'hara", why, until)


@pytest.mark.parametrize("fault", ["lost_reply", "lost_request"])
@pytest.mark.parametrize("statement", ["begin transaction", "insert into", "commit transaction"])
def test_an_answer_that_is_lost_leaves_exactly_one_row(
    book: Book, stand_in: StandIn, statement: str, fault: FaultKind
) -> None:
    stand_in.faults.add(fault, f"^{statement}")
    book.halt("once")

    assert book.halts() == ["once"]
    assert book.waits == [1.0]


def test_a_lease_whose_commit_was_not_answered_is_held_by_whoever_took_it(
    book: Book, stand_in: StandIn
) -> None:
    stand_in.faults.add("lost_reply", "^commit transaction")
    lease = book.take_lease("tick-1")

    row = book.ledger().lease()
    assert row is not None
    assert (row.tick_id, row.fence) == ("tick-1", lease.fence)
    with pytest.raises(LeaseHeld, match="tick-1"):
        book.take_lease("tick-2")


@pytest.mark.parametrize("fault", ["backendError", "rateLimitExceeded", "quotaExceeded"])
def test_a_service_that_is_busy_for_a_moment_is_waited_for(
    book: Book, stand_in: StandIn, fault: FaultKind
) -> None:
    stand_in.faults.add(fault, "^insert into", times=3)
    book.halt("once")

    assert book.halts() == ["once"]
    assert book.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("quotaExceeded", "put job .* off in 4 tries .quotaExceeded., and it did not run"),
        ("rateLimitExceeded", "put job .* off in 4 tries .rateLimitExceeded., and it did not run"),
        ("backendError", "no answer to job .* in 4 tries"),
        ("lost_request", "no answer to job .* in 4 tries"),
    ],
)
def test_a_service_that_stays_busy_is_given_up_with_the_jobs_name_and_nothing_written(
    book: Book, stand_in: StandIn, fault: FaultKind, told: str
) -> None:
    stand_in.faults.add(fault, "^insert into", times=1000)
    with pytest.raises(LedgerUnreadable, match=told):
        book.halt("never")

    stand_in.faults.clear()
    assert book.halts() == []
    assert _sent(stand_in, "rollback transaction")


def test_a_job_that_failed_by_itself_is_asked_for_under_another_id(book: Book, stand_in: StandIn) -> None:
    stand_in.faults.add("failed_job", "^create table", times=1, reason="backendError")
    book.warehouse.run_definitions([f"create table if not exists {book.schema}.another (x integer)"])

    first, second = _sent(stand_in, ".another")
    assert second.startswith(first)
    assert second != first


def test_a_statement_that_failed_within_a_transaction_takes_all_of_it_back(
    book: Book, stand_in: StandIn
) -> None:
    with (
        pytest.raises(LedgerUnreadable, match="refused a statement"),
        book.warehouse.transaction() as session,
    ):
        session.run(f"insert into {book.schema}.nudge_halts (halt_id, why) values ('h', 'never')")
        stand_in.faults.add("failed_job", "^select", reason="backendError")
        session.run(f"select count(*) as n from {book.schema}.nudge_halts")

    assert book.halts() == []


def test_transactions_that_meet_are_told_apart_and_the_later_one_is_repeated(book: Book) -> None:
    touch = f"update {book.schema}.nudge_lease set fence = fence + 1 where true"
    with book.warehouse.transaction() as first:
        first.run(touch)
        with pytest.raises(CollidedTransaction), book.warehouse.transaction() as second:
            second.run(touch)

    row = book.ledger().lease()
    assert row is not None
    assert row.fence == 1


def test_a_wrong_statement_is_refused_at_once_with_bigquerys_words(book: Book, stand_in: StandIn) -> None:
    with pytest.raises(LedgerUnreadable, match="no_such_column"), book.warehouse.reading() as session:
        session.run(f"select no_such_column from {book.schema}.nudge_halts")

    assert book.waits == []


def test_sessions_are_ended_however_a_transaction_ends(book: Book, stand_in: StandIn) -> None:
    book.halt("kept")
    with pytest.raises(ZeroDivisionError), book.warehouse.transaction():
        raise ZeroDivisionError

    begun, ended = (_sent(stand_in, text) for text in ("begin transaction", "BQ.ABORT_SESSION"))
    assert len(begun) == len(ended) == 2


def test_every_job_has_its_labels_and_a_bound_on_its_bill(book: Book, stand_in: StandIn) -> None:
    book.take_lease("tick-1")
    jobs: list[Any] = list(stand_in.statements)

    assert jobs
    for job in jobs:
        assert job.job_id.startswith("milestone_agent_")
        assert job.labels["product"] == "milestone_agent"
        assert job.configuration["maximumBytesBilled"] == str(20 * 1024**3)


def test_a_service_that_cannot_be_reached_is_given_up_within_its_time(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigquery_jobs, "CATALOGUE_SECONDS_AT_MOST", 0.5)
    for name, value in service.environ.items():
        monkeypatch.setenv(name, value)
    # Nobody listens there.
    monkeypatch.setenv("MILESTONE_AGENT_BIGQUERY_API_ENDPOINT", "http://127.0.0.1:9")
    unreachable = open_ledger(
        tmp_path / "w.duckdb", schema="nudges", clock=system_clock, target="bigquery", environ=os.environ
    )

    with pytest.raises(LedgerUnreadable, match="did not say whether the dataset nudges is there"):
        unreachable.is_migrated()
    settings = Settings.from_environment(os.environ)
    with pytest.raises(Refused, match="catalogue could not be read"), reading(settings) as connection:
        connection.columns_of("crm", "accounts")
