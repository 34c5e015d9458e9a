"""The warehouse file is in our hands for a transaction, and nobody is kept from it before or after."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path
from threading import Thread

import duckdb
import pytest

from nudge_senders.ledger import open_ledger
from nudge_senders.ledger.duckdb_files import why_locked
from nudge_senders.ledger.duckdb_held_file import hold
from nudge_senders.ledger.duckdb_warehouse import DuckDBWarehouse
from tests.nudge_senders.world import FakeClock

_OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"


def is_free(path: Path) -> bool:
    """Can another process write to the file?"""
    opened = subprocess.run([sys.executable, "-c", _OPEN, str(path)], capture_output=True, check=False)
    return opened.returncode == 0


def write_a_row(path: Path) -> None:
    with DuckDBWarehouse(path).transaction() as session:
        session.run("create table if not exists noted (number integer)")
        session.run("insert into noted values (1)")


def rows_of(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        return len(connection.execute("select * from noted").fetchall())


def test_another_process_gets_the_file_between_transactions_and_not_during_one(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    write_a_row(path)
    assert is_free(path)
    with DuckDBWarehouse(path).transaction():
        assert not is_free(path)
    with pytest.raises(ZeroDivisionError), DuckDBWarehouse(path).transaction() as session:
        session.run("insert into noted values (2)")
        raise ZeroDivisionError
    assert is_free(path)
    assert rows_of(path) == 1


@pytest.mark.parametrize("name", ["memory.duckdb", "main.db", "file.duckdb", "it's.duckdb", 'a "b".duckdb'])
def test_the_file_may_be_called_anything(tmp_path: Path, name: str) -> None:
    ledger = open_ledger(tmp_path / name, clock=FakeClock())
    ledger.migrate()
    assert ledger.is_migrated()
    with duckdb.connect(str(tmp_path / name)) as connection:
        catalogue = connection.execute("select current_database()").fetchone()
    with DuckDBWarehouse(tmp_path / name).transaction() as session:
        assert tuple(session.run("select current_database() as name")[0].values()) == catalogue


def test_who_has_the_file_open_in_this_process_shares_it_with_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as ours:
        write_a_row(path)
        assert ours.execute("select count(*) from noted").fetchone() == (1,)
    assert is_free(path)


def test_another_thread_waits_for_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    write_a_row(path)
    other = Thread(target=write_a_row, args=(path,))
    with DuckDBWarehouse(path).transaction() as session:
        other.start()
        session.run("insert into noted values (2)")
    other.join(timeout=30)
    assert rows_of(path) == 3


def test_who_only_reads_the_file_in_this_process_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    write_a_row(path)
    reader = duckdb.connect(str(path), read_only=True)
    writer = Thread(target=write_a_row, args=(path,))
    writer.start()
    writer.join(timeout=0.3)
    assert writer.is_alive()
    reader.close()
    writer.join(timeout=30)
    assert rows_of(path) == 2


def test_a_holder_in_this_process_is_not_called_another_one(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    write_a_row(path)
    with duckdb.connect(str(path), read_only=True), pytest.raises(duckdb.Error) as refused:
        duckdb.connect(str(path))
    assert "in this process already" in why_locked(refused.value)


def test_what_cannot_be_let_go_of_by_itself_goes_with_its_instance(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    file = hold(path)
    file.connection.execute("begin transaction")
    file.connection.execute("create table noted (number integer)")
    file.let_go()
    assert is_free(path)


def test_a_forked_child_has_instances_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    write_a_row(path)
    child = multiprocessing.get_context("fork").Process(target=write_a_row_and_close, args=(path,))
    child.start()
    child.join(timeout=30)
    assert child.exitcode == 0
    assert rows_of(path) == 2


def write_a_row_and_close(path: Path) -> None:
    """To close an instance is to wait for its threads, which a child does not have of its parent's."""
    write_a_row(path)
    file = hold(path)
    file.connection.execute("begin transaction")
    file.connection.execute("insert into noted values (2)")
    file.let_go()
