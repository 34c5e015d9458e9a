"""An error that the stand-in did not foresee is a refused statement, told at once. As it ships, it is HTTP
500, which the connector takes for a busy service and repeats for minutes.
"""

from collections.abc import Callable
from typing import Any

import duckdb
import fakesnow.server
from fakesnow.cursor import FakeSnowflakeCursor
from snowflake.connector.errors import Error, ProgrammingError

PATCHED = [
    (FakeSnowflakeCursor, "execute"),
    (FakeSnowflakeCursor, "_describe_last_sql"),
    (fakesnow.server, "describe_as_rowtype"),
]

_REFUSED = 1003
#: Snowflake lets the second of two transactions wait for a lock and tells this when it has waited too long;
#: here it is told at once.
_LOCKED = 625


def _told(unrepaired: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return unrepaired(*arguments, **named)
        except Error:
            raise
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            number = _LOCKED if isinstance(error, duckdb.TransactionException) else _REFUSED
            raise ProgrammingError(msg=told, errno=number, sqlstate="42000") from error

    return call


def apply() -> None:
    FakeSnowflakeCursor.execute = _told(FakeSnowflakeCursor.execute)
    FakeSnowflakeCursor._describe_last_sql = _told(FakeSnowflakeCursor._describe_last_sql)
    fakesnow.server.describe_as_rowtype = _told(fakesnow.server.describe_as_rowtype)
