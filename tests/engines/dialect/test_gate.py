"""Everything that dbt sends to BigQuery is right by Google's own analyser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engines.dialect.allowed import TYPE_ALIASES, as_google_reads_it

if TYPE_CHECKING:
    from tests.engines.dialect.google import Google
    from tests.engines.dialect.judged import Judged
    from tests.engines.dialect.sent import Sent

pytestmark = pytest.mark.engines

#: Names that a contract may use, by the name that Google's analyser uses.
CONTRACT_TYPES = {
    "string": "STRING",
    "bigint": "INT64",
    "integer": "INT64",
    "int64": "INT64",
    "float64": "DOUBLE",
    "boolean": "BOOL",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@pytest.mark.parametrize(
    ("run", "kinds"),
    [
        (
            "first build",
            {"CreateSchema", "CreateTableAsSelect", "CreateView", "Query", "AlterTableSetOptions"},
        ),
        ("later build", {"CreateTableAsSelect", "CreateView", "Query", "Merge", "Delete"}),
        ("data tests", {"Query"}),
    ],
)
def test_every_statement_is_right_by_googles_analyser(judged: Judged, run: str, kinds: set[str]) -> None:
    assert kinds <= set(judged.kinds[run])
    assert [str(refusal) for refusal in judged.refusals[run]] == []


def test_every_model_and_every_data_test_was_among_them(sent: Sent) -> None:
    from tests.engines.dialect.walk import sent_by

    nodes = [node for node in sent.manifest["nodes"].values() if node["resource_type"] != "seed"]
    senders = {sent_by(statement) for statement in [*sent.first_build, *sent.later_build, *sent.tests]}

    assert len(nodes) > 500
    assert {f"{node['resource_type']} {node['name']}" for node in nodes} - senders == set()


def test_every_column_has_on_bigquery_the_type_of_its_contract(sent: Sent, judged: Judged) -> None:
    from tests.engines.dialect.walk import kind_of

    wrong, compared = [], 0
    for node in sent.manifest["nodes"].values():
        if node["resource_type"] != "model" or not node["config"]["contract"]["enforced"]:
            continue
        found = judged.relations[node["database"], node["schema"], node["name"]]
        for column in node["columns"].values():
            compared += 1
            kind = kind_of(found[column["name"]])
            if kind != CONTRACT_TYPES[column["data_type"].lower()]:
                wrong.append(f"{node['name']}.{column['name']} is {kind}, not {column['data_type']}")
    assert compared > 200
    assert wrong == []


@pytest.mark.parametrize(
    "statement",
    [
        "select timestamp '2026-01-01 00:00:00+00' > datetime '2026-01-01 00:00:00' as x",
        "select timestamp '2026-01-01 00:00:00+00' = date '2026-01-01' as x",
        "select id::string as x from unnest(['a']) as id",
        "select 'a' || 1 + 1 as x",
        "select count(*) as x from (select 1 as k) as x group by x.k",
        "select timestamp_add(timestamp '2026-01-01 00:00:00+00', interval 1 month) as x",
    ],
)
def test_what_bigquery_refuses_is_refused(google: Google, statement: str) -> None:
    """Among it an instant compared with a wall clock, which the stand-in's engine compares in silence."""
    from tests.engines.dialect.google import RefusedError

    with pytest.raises(RefusedError):
        google.analysed(statement)


@pytest.mark.parametrize("alias", TYPE_ALIASES)
def test_what_is_allowed_is_needed_and_leaves_quoted_text_alone(google: Google, alias: str) -> None:
    from tests.engines.dialect.google import RefusedError

    statement = f"select cast('1' as {alias}) as x, 'a {alias}' as y /* {alias} */"

    assert google.rows_of(statement) == [{"x": 1, "y": f"a {alias}"}]
    with pytest.raises(RefusedError, match="Type not found"):
        google.analysed(as_google_reads_it(statement).replace("as int64", f"as `{alias}`"))


def test_a_refusal_names_the_model_and_what_is_wrong(google: Google) -> None:
    from tests.engines.dialect.walk import Walk

    planted = '/* {"purpose": "model", "node": "planted"} */ select lower(1) as x'

    [refusal] = Walk(google).refusals([planted])

    assert str(refusal).startswith("model planted: ")
    assert "LOWER" in str(refusal)
