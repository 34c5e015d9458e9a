"""A DuckDB file in the hands of this process, for the length of a transaction.

To start DuckDB takes longer than to write what the ledger writes. So instances without a file are kept, and a
file is attached to one and detached again. An instance has one connection and holds one file at a time; where
detaching fails it is closed, as a file that stays attached is locked for everybody.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nudge_senders.ledger.duckdb_files import is_held_by_this_process

#: The catalogue of an instance that holds no file. A file's own is called after the file, which has no slash.
_NO_FILE = '"no/file"'
_log = logging.getLogger("nudge_senders")
_idle: list[duckdb.DuckDBPyConnection] = []
_of_the_parent: list[duckdb.DuckDBPyConnection] = []


@dataclass(frozen=True)
class HeldFile:
    """`connection` is in UTC and its catalogue is the file, as `duckdb.connect` would give it."""

    connection: duckdb.DuckDBPyConnection
    #: the file's catalogue, quoted; None where the file belongs to another instance of this process
    attached_as: str | None

    def let_go(self) -> None:
        """The connection must not be used any more."""
        if self.attached_as is None:
            self.connection.close()
            return
        try:
            self.connection.execute(f"use {_NO_FILE}.main")
            self.connection.execute(f"detach {self.attached_as}")
        except BaseException as error:
            self.connection.close()
            if not isinstance(error, duckdb.Error):
                raise
            _log.warning("the warehouse file would not be detached and was closed: %s", error)
        else:
            _idle.append(self.connection)


def hold(path: Path) -> HeldFile:
    """Make the file if it is not there. Raises what DuckDB raises for one that cannot be opened."""
    try:
        instance = _idle.pop()
    except IndexError:
        instance = _new_instance()
    try:
        text = str(path).replace("'", "''")
        # Without its type, a file of another program would have DuckDB look for an extension in the network.
        instance.execute(f"attach '{text}' (type duckdb)")
    except duckdb.Error as error:
        _idle.append(instance)
        if not is_held_by_this_process(error):
            raise
        connection = duckdb.connect(str(path))
        connection.execute("set timezone = 'UTC'")
        return HeldFile(connection, None)
    except BaseException:
        instance.close()
        raise
    try:
        catalogue = _catalogue_of_file(instance)
        instance.execute(f"use {catalogue}.main")
    except BaseException:
        instance.close()
        raise
    return HeldFile(instance, catalogue)


def _new_instance() -> duckdb.DuckDBPyConnection:
    instance = duckdb.connect()
    instance.execute("set timezone = 'UTC'")
    # A file may be called `memory`, as the catalogue is that an instance begins with.
    instance.execute(f"attach ':memory:' as {_NO_FILE}")
    instance.execute(f"use {_NO_FILE}.main")
    instance.execute("detach memory")
    return instance


def _catalogue_of_file(instance: duckdb.DuckDBPyConnection) -> str:
    """The name that DuckDB has given to the file, quoted."""
    name = instance.execute(
        "select database_name from duckdb_databases() where path is not null and not internal"
    ).fetchall()[0][0]
    return '"' + str(name).replace('"', '""') + '"'


def _leave_to_the_parent() -> None:
    # The threads of an instance are not forked, so that not even closing it would end.
    _of_the_parent.extend(_idle)
    _idle.clear()


os.register_at_fork(after_in_child=_leave_to_the_parent)
