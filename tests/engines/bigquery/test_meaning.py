"""What the stand-in makes of BigQuery's functions is what Google's own engine makes of them.

Belongs here: the expressions whose translation had to be mended (`functions`). The macros of the dbt project
are compared elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.engines.bigquery.needed import ENGINES
from tests.engines.bigquery.server import StandIn, serve

pytestmark = ENGINES

INSTANT = "timestamp '2026-03-29 00:59:59.999999+00:00'"
EXPRESSIONS = [
    # Sunday is 1, and a day of a week is counted in the local calendar.
    *(f"extract(dayofweek from date '2026-03-{day:02}')" for day in (1, 2, 7, 8)),
    "extract(isoweek from date '2027-01-01')",
    f"cast(extract(date from {INSTANT}) as string)",
    # Hours that have passed, not boundaries that were crossed.
    "timestamp_diff(timestamp '2026-01-01 11:30:00+00', timestamp '2026-01-01 10:59:00+00', hour)",
    "timestamp_diff(timestamp '2026-01-02 23:00:00+00', timestamp '2026-01-01 23:30:00+00', day)",
    f"timestamp_diff({INSTANT}, timestamp '1970-01-01 00:00:00+00', microsecond)",
    f"cast(datetime({INSTANT}, 'Europe/Berlin') as string)",
    f"cast(datetime({INSTANT}, concat('Asia/', 'Kathmandu')) as string)",
    "unix_micros(timestamp(datetime '2026-03-29 12:00:00', 'America/New_York'))",
    "unix_micros(timestamp(date '2026-03-29', 'Europe/Berlin'))",
    f"safe.datetime({INSTANT}, 'Europe/Nowhere') is null",
    f"safe.datetime({INSTANT}, 'Europe/Berlin') is null",
    f"safe.datetime({INSTANT}, cast(null as string)) is null",
    "json_value('{\"k\": \"v\"}', '$.k')",
    "json_value('{\"k\": {\"a\": 1}}', '$.k')",
    'json_value(\'{"k": ["first", "second"]}\', \'$."k"[0]\')',
    "json_value('{\"a b\": true}', '$.\"a b\"')",
    "json_value('no json', '$.k')",
    "json_value(cast(null as string), '$.k')",
    "safe_cast('1.5' as int64)",
    "safe_cast(' 12 ' as int64)",
    "safe_cast('0x1f' as int64)",
    "safe_cast('' as int64)",
    "safe_cast('99999999999999999999' as int64)",
    "safe_cast(2.5 as int64)",
    "unix_micros(safe_cast('2026-01-31T08:00:00.123456+02:00' as timestamp))",
    "unix_micros(safe_cast('2026-01-31 08:00:00' as timestamp))",
    "unix_micros(safe_cast('yesterday' as timestamp))",
    "cast(24.0 as string)",
    "cast(0.5 as string)",
    "cast(numeric '100.50' as string)",
    "cast(100 as string)",
    "cast(true as string)",
    "cast(7 / 2 as string)",
    "cast(6 / 3 as string)",
    "cast(date_add(date '2026-01-31', interval 1 month) as string)",
    "cast(date_trunc(date '2026-01-01', isoweek) as string)",
    "cast(date_sub(date '2026-03-01', interval 1 day) as string)",
    "unix_micros(timestamp_millis(1767225600123))",
    "unix_micros(timestamp_add(timestamp '2026-01-01 00:00:00+00', "
    "interval cast(round(1.5 * 3600000000) as int64) microsecond))",
    "split('a|b|c', '|')[safe_offset(1)]",
    "split('a|b|c', '|')[safe_offset(9)]",
    "regexp_extract('abc', '[0-9]+')",
    "regexp_replace(lower('Hi, There!'), r'[^a-z0-9]+', ' ')",
    "to_hex(md5('acct_1'))",
    "mod(cast(concat('0x', substr(to_hex(md5('acct_1')), 1, 8)) as int64), 10000)",
    "format_timestamp('%Y-%m-%dT%H:%M:%E6SZ', timestamp '2026-01-31 08:00:00.000001+00')",
    "(select string_agg(x, ',' order by x) from unnest(['b', 'a', 'B']) as x)",
    "(select min(v) from unnest([3, null, 1]) as v)",
    "greatest(1, cast(null as int64))",
]


@pytest.fixture(scope="module")
def google() -> Callable[[str], Any]:
    """Runs a query of one cell in Google's engine."""
    import wasmtime
    import zetasql.api as zetasql_api
    import zetasql.types as zetasql_types
    from zetasql.core import wasm_client

    class CachedConfig(wasmtime.Config):
        """Compiling the engine takes half a minute, reading it from the cache a second."""

        def __init__(self) -> None:
            super().__init__()
            self.cache = True

    wasm_client.Config = CachedConfig
    language = zetasql_types.LanguageOptions.maximum_features()
    language.product_mode = zetasql_types.ProductMode.PRODUCT_EXTERNAL
    # Its own default is the zone of Los Angeles.
    options = zetasql_types.AnalyzerOptions(language_options=language, default_timezone="UTC")
    builtin = zetasql_types.ZetaSQLBuiltinFunctionOptions(language_options=language)
    catalogue = zetasql_types.SimpleCatalog(name="catalogue", builtin_function_options=builtin)

    def run(sql: str) -> Any:
        builder = zetasql_api.PreparedQuery.builder().set_sql(sql).set_analyzer_options(options)
        query = builder.set_catalog(catalogue).prepare()
        try:
            [row] = query.execute().content.table_data.row
            return row.cell[0].string_value
        finally:
            query.close()

    return run


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with serve() as made:
        yield made


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_means_what_it_means_to_google(
    google: Callable[[str], Any], stand_in: StandIn, expression: str
) -> None:
    from google.auth import credentials
    from google.cloud import bigquery

    sql = f"select cast({expression} as string) as v"
    client = bigquery.Client(
        project=stand_in.project,
        credentials=credentials.AnonymousCredentials(),
        client_options={"api_endpoint": stand_in.endpoint},
    )
    [here] = client.query(sql, job_retry=None).result(timeout=60)

    assert here["v"] == google(sql)
