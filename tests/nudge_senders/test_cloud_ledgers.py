"""The ledger on BigQuery and Snowflake: the same order on every engine, and no statement twice.

Against stand-ins at the libraries' boundary; what the real engines do is not shown here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions

from nudge_senders.errors import (
    LeaseHeld,
    LedgerLocked,
    LedgerUnreadable,
    NotInDoubt,
    SenderMisconfigured,
)
from nudge_senders.ledger import Claim, Ledger, open_ledger
from nudge_senders.ledger.bigquery_warehouse import BigQueryWarehouse, JobUnanswered
from nudge_senders.ledger.dialects import for_bigquery, for_snowflake
from nudge_senders.ledger.snowflake_warehouse import SnowflakeWarehouse, open_snowflake
from nudge_senders.ledger.statements import _named_statements, bind, schema_statements, statement
from nudge_senders.ledger.warehouse import Warehouse
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Uncertain
from nudge_senders.recording import Result, entry_of_claim, result_of
from nudge_senders.resolving import resolve
from nudge_senders.vocabulary import Action, Kind
from tests.nudge_senders.cloud_engines import FakeBigQuery, FakeSnowflake, lost
from tests.nudge_senders.world import START, FakeClock, queue_row

NAMESPACE = "dev/shadow"


def ledger_on(warehouse: Warehouse, home: Path, clock: FakeClock | None = None) -> Ledger:
    home.mkdir(exist_ok=True)
    return Ledger(warehouse, home=home, schema="nudges", clock=clock or FakeClock())


def big_query(engine: FakeBigQuery) -> BigQueryWarehouse:
    return BigQueryWarehouse(engine, "nudges", sleep=lambda seconds: None)


def a_tick(ledger: Ledger, *nudge_ids: str) -> list[tuple[str, str]]:
    """Migrate, take the lease, claim, attempt, lose the answers, give the lease back: (nudge, state)."""
    ledger.migrate()
    lease = ledger.acquire_lease(
        namespace=NAMESPACE, tick_id="t1", tick_at=START, time_to_live=timedelta(minutes=45)
    )
    nudges = [Nudge.from_row(queue_row(nudge_id, "t1", account_id="a';drop")) for nudge_id in nudge_ids]

    def entry(claim, kind, steps):
        return entry_of_claim(
            claim, Result(kind=kind), steps_after_claim=steps, recorded_at=START, destination="hubspot"
        )

    def claim() -> tuple[list[Claim], Mapping[str, str]]:
        return ledger.claim(
            lease,
            nudges,
            lambda claim: entry(claim, Kind.CLAIMED, 0),
            destination="hubspot",
            repeat_within=None,
        )

    claims, refused = claim()
    assert (len(claims), refused) == (len(nudge_ids), {})
    again, refused = claim()
    assert (again, set(refused.values())) == ([], {"claimed_in_this_tick"})
    ledger.append_attempting(lease, [entry(claim, Kind.ATTEMPTING, 1) for claim in claims])
    doubt = result_of(Uncertain("read_timeout"), nudge_id="n", attempt=1, now=START)
    outcomes = [
        entry_of_claim(claim, doubt, steps_after_claim=2, recorded_at=START, destination="hubspot")
        for claim in claims
    ]
    assert ledger.append_outcomes(lease, outcomes)
    ledger.release_lease(lease)
    return [(state.nudge_id, state.state) for state in ledger.states(NAMESPACE)]


@pytest.mark.parametrize(
    "warehouse",
    [lambda: big_query(FakeBigQuery()), lambda: SnowflakeWarehouse(FakeSnowflake().connect, "nudges")],
    ids=["bigquery", "snowflake"],
)
def test_the_ledger_keeps_its_order_on_every_engine(
    warehouse: Callable[[], Warehouse], tmp_path: Path
) -> None:
    ledger = ledger_on(warehouse(), tmp_path)
    assert (ledger.version(), ledger.is_migrated()) == (None, False)
    assert a_tick(ledger, "a", "b") == [("a", "uncertain"), ("b", "uncertain")]
    assert ledger.is_migrated()
    lease = ledger.acquire_lease(
        namespace=NAMESPACE, tick_id="t2", tick_at=START, time_to_live=timedelta(minutes=45)
    )
    assert lease.fence == 2
    with pytest.raises(LeaseHeld):
        resolve(
            ledger, namespace=NAMESPACE, nudge_id="a", action=Action.DELIVER, is_sent=True, who="kim", why="x"
        )
    ledger.release_lease(lease)
    resolve(
        ledger, namespace=NAMESPACE, nudge_id="a", action=Action.DELIVER, is_sent=True, who="kim", why="x"
    )
    with pytest.raises(NotInDoubt):
        resolve(
            ledger,
            namespace=NAMESPACE,
            nudge_id="a",
            action=Action.DELIVER,
            is_sent=False,
            who="kim",
            why="x",
        )
    assert [state.state for state in ledger.states(NAMESPACE)] == ["resolved_sent", "uncertain"]
    assert ledger.trust_problems(NAMESPACE) == []
    halt_id = ledger.append_halt(scope="channel:email", who="kim", why="a wrong link")
    assert [halt.recorded_at for halt in ledger.halts()] == [START]
    ledger.release_halt(halt_id, who="kim", why="mended")
    assert ledger.halts() == []
    assert not ledger.is_unproven_after_rest("hubspot", rested_by="nudge_senders")
    ledger.migrate()
    assert len(ledger.entries("a")) == 4


@pytest.mark.parametrize("is_everywhere", [False, pytest.param(True, marks=pytest.mark.full)])
def test_a_lost_answer_never_runs_a_statement_twice_wherever_it_is_lost(
    tmp_path: Path, is_everywhere: bool
) -> None:
    whole = FakeBigQuery()
    a_tick(ledger_on(big_query(whole), tmp_path / "whole"), "a", "b")
    expected = _entries(whole)
    assert len(expected) == 6
    # The last job of each kind, such as the commit of the outcomes; or all.
    last = {(job.labels or {})["purpose"]: number for number, job in enumerate(whole.jobs, start=1)}
    for number in range(1, len(whole.jobs) + 1) if is_everywhere else sorted(last.values()):
        never_arrived = [{"before": lost(number)}] if is_everywhere else []
        for faults in ({"after": lost(number)}, *never_arrived):
            engine = FakeBigQuery(**faults)
            home = tmp_path / f"{number}-{next(iter(faults))}"
            assert a_tick(ledger_on(big_query(engine), home), "a", "b") == [
                ("a", "uncertain"),
                ("b", "uncertain"),
            ]
            assert _entries(engine) == expected
            # One that had run was found under its id; one that had not, ran now.
            assert len(engine.adopted) == (1 if "after" in faults else 0)


def _entries(engine: FakeBigQuery) -> list[tuple[object, ...]]:
    return engine.database.execute(
        "select nudge_id, kind, fence, seq from nudges.nudge_events order by all"
    ).fetchall()


def test_a_service_that_stays_silent_stops_the_ledger_and_names_the_job(tmp_path: Path) -> None:
    engine = FakeBigQuery()
    ledger = ledger_on(big_query(engine), tmp_path)
    ledger.migrate()

    def silent(number: int) -> None:
        raise JobUnanswered("ServiceUnavailable")

    engine.before = silent
    with pytest.raises(LedgerUnreadable, match=r"no answer to job milestone_agent_\w+_001_begin_transaction"):
        ledger.halts()


def test_a_collision_is_repeated_as_a_new_transaction_with_new_ids(tmp_path: Path) -> None:
    engine = FakeBigQuery()
    ledger = ledger_on(big_query(engine), tmp_path)
    ledger.migrate()
    engine.jobs.clear()
    other = engine.database.cursor()
    collided: list[int] = []

    def touch_the_lease(number: int) -> None:
        # Another tick touches the row first and commits, while ours is open.
        if engine.jobs and "nudge_lease" in engine.jobs[-1].sql and not collided:
            collided.append(number)
            other.execute("update nudges.nudge_lease set fence = fence + 5")

    engine.after = touch_the_lease
    lease = ledger.acquire_lease(
        namespace=NAMESPACE, tick_id="t1", tick_at=START, time_to_live=timedelta(minutes=45)
    )
    assert (lease.fence, len(collided)) == (6, 1)
    ids = [job.job_id for job in engine.jobs]
    assert len(set(ids)) == len(ids)
    assert len({job.session_id for job in engine.jobs if job.session_id}) == 2


def test_every_job_of_bigquery_has_an_id_of_ours_and_says_what_it_is_for(tmp_path: Path) -> None:
    engine = FakeBigQuery()
    a_tick(ledger_on(big_query(engine), tmp_path), "a")
    assert all(job.job_id.startswith("milestone_agent_") and len(job.job_id) < 200 for job in engine.jobs)
    touched = [job for job in engine.jobs if job.sql.lstrip().startswith("update nudges.nudge_lease")]
    assert {(job.labels or {}).get("purpose") for job in touched} == {"update_nudges_nudge_lease"}
    assert any((job.labels or {}).get("fence") == "1" and "_f1_" in job.job_id for job in touched)
    begun = [job for job in engine.jobs if job.begins_session]
    ended = [job for job in engine.jobs if job.sql == "call BQ.ABORT_SESSION()"]
    assert len(begun) == len(ended) > 3


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake"])
def test_every_statement_reads_as_the_engines_sql_with_its_types(dialect: str) -> None:
    def mapped(sql: str) -> str:
        return for_bigquery(sql, "nudges") if dialect == "bigquery" else for_snowflake(sql)

    queries = [
        bind(mapped(statement(name, "nudges")), _Anything(), "@" if dialect == "bigquery" else ":")[0]
        for name in _named_statements("queries.sql")
    ]
    foreign = {"bigquery": "VARCHAR", "snowflake": "TIMESTAMPTZ"}[dialect]
    for sql in [*map(mapped, schema_statements("nudges")), *queries]:
        [tree] = sqlglot.parse(sql, dialect=dialect)
        assert tree is not None
        assert not isinstance(tree, expressions.Command), sql
        assert foreign not in {kind.this.name for kind in tree.find_all(expressions.DataType)}, sql
        for select in tree.find_all(expressions.Select):
            # BigQuery has no condition without a table.
            has_table = any(isinstance(part, expressions.From) for part in select.args.values())
            assert has_table or not select.args.get("where"), sql
    assert for_bigquery("select 'varchar' as x, cast(y as varchar)", "d") == (
        "select 'varchar' as x, cast(y as string)"
    )


class _Anything(dict[str, object]):
    def __missing__(self, name: str) -> object:
        return ["one", "two"] if name.endswith("_in") else "one"


def test_snowflakes_appends_read_as_its_sql_and_every_value_is_bound(tmp_path: Path) -> None:
    engine = FakeSnowflake()
    a_tick(ledger_on(SnowflakeWarehouse(engine.connect, "nudges"), tmp_path), "a")
    appends = [sql for sql in engine.statements if "flatten" in sql]
    assert appends
    for sql in engine.statements:
        assert "drop" not in sql
        sqlglot.parse_one(sql.replace("%(", ":").replace(")s", ""), dialect="snowflake")


def test_a_lock_of_snowflake_that_is_not_freed_is_a_collision_and_other_errors_tell_no_value(
    tmp_path: Path,
) -> None:
    programming_error = type("ProgrammingError", (Exception,), {"__module__": "snowflake.connector.errors"})

    def fail_with(number: int) -> Callable[[str], None]:
        def fail(sql: str) -> None:
            if "nudge_halts" in sql:
                error = programming_error("near 'ada@acme.example'")
                error.errno = number
                raise error

        return fail

    engine = FakeSnowflake()
    warehouse = SnowflakeWarehouse(engine.connect, "nudges")
    waits: list[float] = []
    ledger = Ledger(warehouse, home=tmp_path, schema="nudges", clock=FakeClock(), sleep=waits.append)
    ledger.migrate()
    engine.failing = fail_with(625)
    with pytest.raises(LedgerLocked, match="another process writes the ledger at the same time"):
        ledger.halts()
    # Five tries, each rolled back, and each wait about twice the one before.
    assert sum("nudge_halts" in sql and sql.startswith("select") for sql in engine.statements) == 5
    assert [0.125 * 2**number <= wait <= 0.25 * 2**number for number, wait in enumerate(waits)] == [True] * 4
    assert len({wait / 2**number for number, wait in enumerate(waits)}) > 1
    engine.failing = fail_with(2003)
    with pytest.raises(LedgerUnreadable) as told:
        ledger.halts()
    assert "ProgrammingError 2003" in str(told.value)
    assert "ada" not in str(told.value)


def test_the_backend_follows_the_target_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(target: str, environ: dict[str, str]) -> Ledger:
        return open_ledger(tmp_path / "w.duckdb", clock=FakeClock(), target=target, environ=environ)

    with pytest.raises(SenderMisconfigured, match="MILESTONE_AGENT_BIGQUERY_PROJECT is missing"):
        opened("bigquery", {})
    with pytest.raises(SenderMisconfigured, match=r"MILESTONE_AGENT_SNOWFLAKE_ACCOUNT, .*PASSWORD"):
        opened("snowflake", {})
    with pytest.raises(SenderMisconfigured, match="no ledger on 'redshift'"):
        opened("redshift", {})
    monkeypatch.setitem(sys.modules, "google.cloud", None)
    with pytest.raises(SenderMisconfigured, match=r"\[bigquery\]"):
        opened("bigquery", {"MILESTONE_AGENT_BIGQUERY_PROJECT": "p"})
    monkeypatch.setitem(sys.modules, "snowflake", None)
    names = ("ACCOUNT", "USER", "DATABASE", "WAREHOUSE")
    environ = {f"MILESTONE_AGENT_SNOWFLAKE_{name}": "x" for name in names}
    environ["DBT_ENV_SECRET_SNOWFLAKE_PASSWORD"] = "x"
    with pytest.raises(SenderMisconfigured, match=r"\[snowflake\]"):
        open_snowflake("nudges", environ)
