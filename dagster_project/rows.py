"""The answer of a cloud engine as a `connection.Found`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

from dagster_project.clock import naive_utc


class Rows:
    """See `connection.Found`. `names` are there for an answer without rows as well."""

    def __init__(self, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.description = [(name,) for name in names]
        self._rows = [tuple(map(_stored, row)) for row in rows]

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def df(self) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame.from_records(self._rows, columns=[name for (name,) in self.description])


def _stored(value: Any) -> Any:
    return naive_utc(value) if isinstance(value, datetime) and value.tzinfo is not None else value
