"""Dagster's event log on SQLite with connections that are kept: the same files and tables, a fifth of the
cost per event.

The stock storage opens a new engine and connection several times for each of a tick's hundreds of events.
Named in `dagster.yaml`, so that every process of this home uses it. It overrides one private method, which
the pin of Dagster's version covers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, StaticPool

# The index and the run under way; a daemon that lives for months must not collect open files.
_ENGINES_KEPT = 2


class KeptConnectionsEventLogStorage(SqliteEventLogStorage):
    """One connection per file; the parent's lock already lets one thread in at a time."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> KeptConnectionsEventLogStorage:
        return cls(inst_data=inst_data, **config_value)

    def dispose(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine_of(shard).begin() as connection:
            yield connection

    def _engine_of(self, shard: str) -> Engine:
        if shard in self._engines:
            self._engines.move_to_end(shard)
            return self._engines[shard]
        address = self.conn_string_for_shard(shard)
        if shard not in self._initialized_dbs:
            patience = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            self._initdb(create_engine(address, poolclass=NullPool, connect_args=patience))
            self._initialized_dbs.add(shard)
        engine = create_engine(
            address,
            poolclass=StaticPool,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _wait_for_no_disk)
        self._engines[shard] = engine
        while len(self._engines) > _ENGINES_KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return engine


def _wait_for_no_disk(connection: Any, _record: Any) -> None:
    """In WAL mode a killed process loses nothing without it, only a crashed machine the last events."""
    connection.execute("PRAGMA synchronous=NORMAL")
