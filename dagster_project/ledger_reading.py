"""Opens the ledger's relations for a short look, as rows of column -> value. What is asked stands with those
who ask; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.validation.warehouse import reading

#: A query, in which {nudges} is the ledger's schema, and its values. Times are naive UTC.
Rows = Callable[..., list[dict[str, Any]]]

#: The latest row of each halt tells whether it is in force: a release is a further row of the same halt.
STANDING_HALTS = """
select halt_id, scope, who, why, recorded_at, until_at from {nudges}.nudge_halts
where 1 = 1
qualify row_number() over (partition by halt_id order by recorded_at desc, released_at desc nulls last) = 1
    and released_at is null and (until_at is null or until_at > ?)
order by recorded_at
"""


@contextmanager
def reading_ledger(settings: Settings) -> Iterator[Rows]:
    """Raises `Refused` where there is no ledger yet, `WarehouseBusy` while another process writes."""
    schema = settings.schema("nudges")
    with reading(settings) as connection:
        if not connection.columns_of(schema, "nudge_states"):
            raise Refused(f"There is no ledger in {settings.place} yet; run `milestone-agent init`.")

        def rows(query: str, *values: object) -> list[dict[str, Any]]:
            found = connection.execute(query.replace("{nudges}", schema), list(values))
            columns = [str(column[0]) for column in found.description or []]
            return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

        yield rows
