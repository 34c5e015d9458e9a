"""What dbt compiles for Snowflake is Snowflake's grammar. What it means is seen where fakesnow runs it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.engines.needed import FOR_SNOWFLAKE, skip_without

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    skip_without(*FOR_SNOWFLAKE)
    from tests.engines.dialect.snowflake import compiled_for_snowflake

    return compiled_for_snowflake(tmp_path_factory.mktemp("snowflake"))


def _wrong(statement: str) -> str | None:
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(statement, dialect="snowflake")
    except sqlglot.ParseError as error:
        return str(error)
    # What the parser does not understand it keeps as a command.
    return f"no query: {type(tree).__name__}" if not isinstance(tree, exp.Query) else None


def test_every_compiled_statement_is_parsed(compiled: Mapping[str, str]) -> None:
    wrong = {
        name: reason for name, statement in compiled.items() if (reason := _wrong(statement)) is not None
    }

    assert len(compiled) > 500
    assert wrong == {}


@pytest.mark.parametrize("statement", ["select from where", "select a b c from t", "grant x", "select (1"])
def test_what_is_no_query_is_refused(statement: str) -> None:
    skip_without(*FOR_SNOWFLAKE)

    assert _wrong(statement) is not None
