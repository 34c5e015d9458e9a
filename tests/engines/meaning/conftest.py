"""The engines, and every case written out for each of them."""

from collections.abc import Callable, Mapping

import pytest

from tests.engines.meaning.case import Call
from tests.engines.meaning.cases import CASES
from tests.engines.meaning.cases.times import NOW_IN_UTC
from tests.engines.meaning.rendering import rendered
from tests.engines.needed import FOR_BIGQUERY, FOR_SNOWFLAKE, skip_without

#: Answers of a query, in the order of their places.
Runner = Callable[[str], list[object]]


@pytest.fixture(scope="session")
def expressions(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Mapping[str, str]]:
    """The SQL of every case on an engine, by the name of the case; rendered once."""
    kept: dict[str, Mapping[str, str]] = {}

    def on(engine: str) -> Mapping[str, str]:
        if engine not in kept:
            calls = {case.name: Call(case.macro, case.arguments) for case in [*CASES, NOW_IN_UTC]}
            kept[engine] = rendered(engine, calls, tmp_path_factory.mktemp("rendered"))
        return kept[engine]

    return on


@pytest.fixture(scope="session")
def runners() -> Callable[[str], Runner]:
    """What runs a query on an engine; each is started once, by the first that asks."""
    skip_without(*FOR_BIGQUERY, *FOR_SNOWFLAKE)
    from tests.engines.dialect.google import Google
    from tests.engines.meaning.engines import on_duckdb, on_fakesnow, on_google

    started: dict[str, Runner] = {}
    starts = {"duckdb": on_duckdb, "bigquery": lambda: on_google(Google()), "snowflake": on_fakesnow}

    def on(engine: str) -> Runner:
        if engine not in started:
            started[engine] = starts[engine]()
        return started[engine]

    return on
