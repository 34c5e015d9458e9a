"""Each repair of the stand-in is still needed: what it is for works with all of them, and not as shipped.

A repair that is needed no more fails here, and goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.engines.needed import FOR_SNOWFLAKE, skip_without
from tests.engines.snowflake import repairs
from tests.engines.snowflake.service import Service
from tests.engines.snowflake.stand_in import stand_in

skip_without(*FOR_SNOWFLAKE)
pytestmark = pytest.mark.engines


def _rows(connection: Any, *statements: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _a_temporary_relation_lies_in_its_schema(connection: Any) -> bool:
    made = "create temporary view analytics.probes.shown as select 1 as number"
    return _rows(connection, made, "select number from analytics.probes.shown") == [(1,)]


def _a_merge_takes_expressions_within_a_transaction(connection: Any) -> bool:
    merged = _rows(
        connection,
        "create or replace table probes.merged (id number(38, 0), since timestamp_ntz)",
        "insert into probes.merged select 1, '2026-01-02'::timestamp_ntz",
        "commit",
        "begin transaction",
        "merge into probes.merged as dest using (select 1 as id, '2026-01-01'::timestamp_ntz as since "
        "union all select 2, '2026-01-03'::timestamp_ntz) as src on dest.id = src.id "
        "when matched then update set since = least(dest.since, src.since) "
        "when not matched then insert (id, since) values (id, since)",
    )
    kept = _rows(connection, "commit", "select since from probes.merged order by id")
    return merged == [(1, 1)] and [f"{since:%d}" for (since,) in kept] == ["01", "03"]


def _an_error_is_an_answer(connection: Any) -> bool:
    from snowflake.connector.errors import ProgrammingError

    try:
        _rows(connection, "select 9223372036854775807::bigint + x from (select 1::bigint as x)")
    except ProgrammingError as error:
        return error.errno == 1003
    return False


def _a_null_instant_is_null(connection: Any) -> bool:
    return _rows(connection, "select null::timestamp_ntz, null::timestamp_tz") == [(None, None)]


def _a_dollar_in_a_text_stays(connection: Any) -> bool:
    return _rows(connection, "select '$device:1'") == [("$device:1",)]


def _views_are_among_the_tables(connection: Any) -> bool:
    asked = "select table_type from information_schema.tables where table_name = 'LISTED'"
    return _rows(connection, "create view probes.listed as select 1 as number", asked) == [("VIEW",)]


def _a_day_added_to_a_date_is_a_date(connection: Any) -> bool:
    added = _rows(connection, "select dateadd(day, 1, day) from (select '2026-01-31'::date as day)")
    return added == [(date(2026, 2, 1),)] and type(added[0][0]) is date


def _an_instant_is_written_in_its_format(connection: Any) -> bool:
    form = 'YYYY-MM-DD"T"HH24:MI:SS.FF6'
    noted = "(select '2026-01-02 03:04:05.5'::timestamp_ntz as noted_at)"
    written = _rows(connection, f"select to_char(noted_at, '{form}') || 'Z' from {noted}")
    return written == [("2026-01-02T03:04:05.500000Z",)]


def _rows_have_one_hash_in_any_order(connection: Any) -> bool:
    hashed = [
        _rows(connection, f"select hash_agg(t.*) from (select 1 as a union all select 2 {order}) as t")
        for order in ("order by 1", "order by 1 desc")
    ]
    other = _rows(connection, "select hash_agg(t.*) from (select 1 as a union all select 3) as t")
    return hashed[0] == hashed[1] != other


def _a_document_says_of_what_type_it_is(connection: Any) -> bool:
    types = ", ".join(f"typeof(get_path(d, '{key}'))" for key in "aotx")
    document = """parse_json('{"a": [1], "o": {}, "t": "z"}')"""
    found = _rows(connection, f"select {types} from (select {document} as d)")
    return found == [("ARRAY", "OBJECT", "VARCHAR", None)]


PROBES: dict[str, Callable[[Any], bool]] = {
    "days_added": _a_day_added_to_a_date_is_a_date,
    "dollars_in_texts": _a_dollar_in_a_text_stays,
    "errors_are_told": _an_error_is_an_answer,
    "hash_of_rows": _rows_have_one_hash_in_any_order,
    "instants_as_text": _an_instant_is_written_in_its_format,
    "native_merge": _a_merge_takes_expressions_within_a_transaction,
    "null_instants": _a_null_instant_is_null,
    "temporary_relations": _a_temporary_relation_lies_in_its_schema,
    "types_of_documents": _a_document_says_of_what_type_it_is,
    "views_among_tables": _views_are_among_the_tables,
}


def _opened(folder: Path, without: list[str]) -> Iterator[Service]:
    with stand_in(folder / "stand_in.log", without) as place:
        service = Service(place, folder)
        with service.connected(network_timeout=1) as connection:
            _rows(connection, "create schema probes")
        yield service


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from _opened(tmp_path_factory.mktemp("repaired"), [])


@pytest.fixture(scope="module")
def as_shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from _opened(tmp_path_factory.mktemp("as_shipped"), repairs.names())


def test_every_repair_has_its_probe() -> None:
    assert sorted(PROBES) == repairs.names()


@pytest.mark.parametrize("name", sorted(PROBES))
def test_with_the_repairs_it_answers_as_snowflake_does(repaired: Service, name: str) -> None:
    with repaired.connected(network_timeout=1) as connection:
        assert PROBES[name](connection)


@pytest.mark.parametrize("name", sorted(PROBES))
def test_as_shipped_it_does_not(as_shipped: Service, name: str) -> None:
    from snowflake.connector.errors import Error

    is_right = False
    with suppress(Error), as_shipped.connected(network_timeout=1) as connection:
        is_right = PROBES[name](connection)
    assert not is_right, f"the repair {name} is needed no more"


def test_a_name_that_is_gone_stops_the_stand_in_at_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fakesnow.variables

    monkeypatch.delattr(fakesnow.variables.Variables, "inline_variables")
    others = [name for name in repairs.names() if name != "dollars_in_texts"]
    with pytest.raises(AttributeError, match=r"repair dollars_in_texts: .*inline_variables"):
        repairs.apply_all(without=others)


def test_a_repair_that_is_none_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="no such repair: nothing"),
        stand_in(tmp_path / "stand_in.log", ["nothing"]),
    ):
        pass
