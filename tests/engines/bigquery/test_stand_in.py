"""The stand-in is strict where BigQuery is: what it is trusted with in the other tests of this folder."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.engines.bigquery.needed import ENGINES
from tests.engines.bigquery.server import StandIn, serve

bigquery = pytest.importorskip("google.cloud.bigquery", reason="run: uv sync --group engines")
exceptions = pytest.importorskip("google.api_core.exceptions")
credentials = pytest.importorskip("google.auth.credentials")
pytestmark = ENGINES

AT = datetime(2026, 3, 2, 10, 0, 0, 123457, tzinfo=UTC)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    log = tmp_path_factory.mktemp("log") / "statements.jsonl"
    with serve(statements_file=log) as made:
        _client(made).create_dataset("d")
        yield made
        assert made.unserved == []
        assert len(log.read_text(encoding="utf-8").splitlines()) == len(made.statements)


def _client(stand_in: StandIn) -> Any:
    return bigquery.Client(
        project=stand_in.project,
        credentials=credentials.AnonymousCredentials(),
        client_options={"api_endpoint": stand_in.endpoint},
    )


@pytest.fixture
def client(stand_in: StandIn) -> Any:
    return _client(stand_in)


def _rows(client: Any, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    config = bigquery.QueryJobConfig(query_parameters=list(parameters))
    found = client.query(sql, job_config=config, job_retry=None).result(timeout=60)
    return [tuple(row.values()) for row in found]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("STRING", 'it\'s "quoted" \\ and ünïcode'),
        ("STRING", None),
        ("INT64", -(2**63)),
        ("FLOAT64", 0.1),
        ("NUMERIC", Decimal("1.000000001")),
        ("BOOL", True),
        ("TIMESTAMP", AT),
        ("DATETIME", datetime.fromisoformat("2026-03-02T10:00:00.123457")),
        ("DATE", date(2026, 2, 28)),
        ("BYTES", b"\x00\xff"),
    ],
)
def test_a_value_goes_in_and_comes_out_as_it_was(client: Any, kind: str, value: Any) -> None:
    assert _rows(client, "select @v as v", bigquery.ScalarQueryParameter("v", kind, value)) == [(value,)]


def test_lists_and_lists_of_structs_are_tables(client: Any) -> None:
    numbers = bigquery.ArrayQueryParameter("numbers", "INT64", [3, 1])
    people = bigquery.ArrayQueryParameter(
        "people",
        "STRUCT",
        [
            bigquery.StructQueryParameter(
                None,
                bigquery.ScalarQueryParameter("name", "STRING", name),
                bigquery.ScalarQueryParameter("seen_at", "TIMESTAMP", seen_at),
            )
            for name, seen_at in (("a", AT), ("b", None))
        ],
    )
    assert _rows(client, "select n from unnest(@numbers) as n order by n", numbers) == [(1,), (3,)]
    assert _rows(client, "select p.name, p.seen_at from unnest(@people) as p order by 1", people) == [
        ("a", AT),
        ("b", None),
    ]


def test_an_instant_and_a_local_time_are_two_types(client: Any) -> None:
    client.query(
        "create or replace table d.times as select timestamp '2026-01-01 10:00:00+00' as instant, "
        "datetime '2026-01-01 10:00:00' as wall_clock"
    ).result()
    kinds = {field.name: field.field_type for field in client.get_table("d.times").schema}

    assert kinds == {"instant": "TIMESTAMP", "wall_clock": "DATETIME"}


def test_a_table_that_requires_a_filter_is_not_read_without_one(client: Any) -> None:
    client.query(
        "create or replace table d.filtered partition by timestamp_trunc(at_time, month) cluster by k "
        "options (require_partition_filter = true) as select timestamp '2026-01-05' as at_time, 'a' as k"
    ).result()
    table = client.get_table("d.filtered")

    assert (table.time_partitioning.type_, table.time_partitioning.field) == ("MONTH", "at_time")
    assert (table.clustering_fields, table.require_partition_filter) == (["k"], True)
    for without in ("select * from d.filtered", "select k from d.filtered where k = 'a'"):
        with pytest.raises(exceptions.BadRequest, match=r"without a filter over column.*at_time"):
            _rows(client, without)
    assert _rows(client, "select k from d.filtered where at_time >= timestamp '2026-01-01'") == [("a",)]
    # One predicate has to reference the partition column and nothing else.
    bound = "at_time >= timestamp '2026-01-01'"
    assert _rows(client, f"select k from d.filtered where ({bound} or at_time is null)") == [("a",)]
    assert _rows(client, f"select k from d.filtered where ({bound} or at_time is null) and k = 'a'") == [
        ("a",)
    ]
    with pytest.raises(exceptions.BadRequest, match=r"without a filter over column.*at_time"):
        _rows(client, f"select k from d.filtered where {bound} or k = 'a'")
    inner = "select k from d.filtered where at_time > timestamp '2027-01-01'"
    assert _rows(client, f"select count(*) as n from ({inner})") == [(0,)]


def test_a_contract_is_kept(client: Any) -> None:
    typed = "create or replace table d.typed (a int64 not null, b string) as select {} as a, 'x' as b"
    client.query(typed.format("1")).result()
    modes = {field.name: (field.field_type, field.mode) for field in client.get_table("d.typed").schema}

    assert modes == {"a": ("INTEGER", "REQUIRED"), "b": ("STRING", "NULLABLE")}
    with pytest.raises(exceptions.BadRequest, match="Column a has type INTEGER"):
        client.query(typed.format("'one'")).result()
    with pytest.raises(exceptions.BadRequest):
        client.query("insert into d.typed (a, b) values (null, 'x')").result()


def test_a_file_arrives_in_pieces_and_an_empty_field_is_no_text(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("google.cloud.bigquery.client._DEFAULT_CHUNKSIZE", 256 * 1024)
    lines = [f'{number},{"" if number % 2 else "x"},""' for number in range(60_000)]
    content = "\n".join(["n,maybe,empty", *lines]).encode()
    config = bigquery.LoadJobConfig(
        schema=[
            bigquery.SchemaField("n", "INTEGER"),
            bigquery.SchemaField("maybe", "STRING"),
            bigquery.SchemaField("empty", "STRING"),
        ],
        skip_leading_rows=1,
        write_disposition="WRITE_TRUNCATE",
    )
    client.load_table_from_file(io.BytesIO(content), "d.loaded", job_config=config).result()

    assert _rows(client, "select count(*), countif(maybe is null), countif(empty = '') from d.loaded") == [
        (60_000, 30_000, 60_000)
    ]


def test_rows_are_loaded_as_json(client: Any) -> None:
    schema = [bigquery.SchemaField("a", "INTEGER"), bigquery.SchemaField("at_time", "TIMESTAMP")]
    config = bigquery.LoadJobConfig(schema=schema, write_disposition="WRITE_TRUNCATE")
    rows = [{"a": 1, "at_time": AT.isoformat()}, {"a": None, "at_time": None}]
    client.load_table_from_json(rows, "d.from_json", job_config=config).result()

    assert _rows(client, "select * from d.from_json order by a desc nulls last") == [(1, AT), (None, None)]


def test_a_long_result_comes_in_pages(client: Any) -> None:
    found = client.query("select n from unnest(generate_array(1, 25000)) as n").result(page_size=7000)

    assert [row["n"] for row in found] == list(range(1, 25001))


def test_rows_of_a_table_are_listed(client: Any) -> None:
    client.query("create or replace table d.few as select n from unnest(generate_array(1, 3)) as n").result()

    assert sorted(row["n"] for row in client.list_rows("d.few", page_size=2)) == [1, 2, 3]


def test_an_id_names_one_job(client: Any) -> None:
    client.query("select 1", job_id="mine", job_retry=None).result()
    with pytest.raises(exceptions.Conflict, match="Already Exists"):
        client.query("select 2", job_id="mine", job_retry=None)

    assert [tuple(row.values()) for row in client.get_job("mine").result()] == [(1,)]


def test_changed_rows_are_counted(client: Any) -> None:
    client.query(
        "create or replace table d.counted as select n from unnest(generate_array(1, 5)) as n"
    ).result()
    merge = (
        "merge d.counted as t using (select n from unnest([5, 6]) as n) as s on t.n = s.n "
        "when matched then update set n = t.n + 100 when not matched then insert (n) values (s.n)"
    )
    changed = {}
    for sql in ("update d.counted set n = n where n < 3", "delete from d.counted where n = 1", merge):
        job = client.query(sql)
        job.result()
        changed[sql.split()[0]] = (job.statement_type, job.num_dml_affected_rows)

    assert changed == {"update": ("UPDATE", 2), "delete": ("DELETE", 1), "merge": ("MERGE", 2)}


def test_of_two_open_transactions_that_change_a_row_the_second_is_aborted(client: Any) -> None:
    client.query("create or replace table d.one_row as select 1 as n").result()

    def begin() -> Any:
        job = client.query("begin transaction", job_config=bigquery.QueryJobConfig(create_session=True))
        job.result()
        session = bigquery.ConnectionProperty("session_id", job.session_info.session_id)
        return bigquery.QueryJobConfig(connection_properties=[session])

    first, second = begin(), begin()
    client.query("update d.one_row set n = 2 where true", job_config=first).result()
    with pytest.raises(exceptions.BadRequest, match="aborted due to concurrent update"):
        client.query("update d.one_row set n = 3 where true", job_config=second).result()
    assert _rows(client, "select n from d.one_row") == [(1,)]
    client.query("commit transaction", job_config=first).result()

    assert _rows(client, "select n from d.one_row") == [(2,)]


def test_concurrent_statements_on_one_row_all_count(client: Any) -> None:
    client.query("create or replace table d.counter as select 0 as n").result()
    threads = [
        threading.Thread(target=lambda: client.query("update d.counter set n = n + 1 where true").result())
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert _rows(client, "select n from d.counter") == [(6,)]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("select * from d.nowhere", exceptions.NotFound),
        ("select * from `another-project`.d.few", exceptions.NotFound),
        ("selec 1", exceptions.BadRequest),
        ("select 1 / 0", exceptions.BadRequest),
        ("select @missing", exceptions.BadRequest),
    ],
)
def test_what_cannot_run_is_refused_as_bigquery_refuses_it(client: Any, sql: str, error: Any) -> None:
    with pytest.raises(error):
        client.query(sql, job_retry=None).result()


def test_a_dry_run_changes_nothing(client: Any) -> None:
    client.query("create table d.never as select 1 as n", job_config=bigquery.QueryJobConfig(dry_run=True))

    with pytest.raises(exceptions.NotFound):
        client.get_table("d.never")
