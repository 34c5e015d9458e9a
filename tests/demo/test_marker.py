"""The demo writes to files that it made itself and leaves every other file as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.demo import generator
from dagster_project.demo.generator import generate
from dagster_project.demo.marker import GENERATOR_VERSION, marker_of
from dagster_project.errors import Refused, WarehouseBusy
from tests.demo.conftest import NOW


def small(path: Path, seed: int = 1) -> None:
    generate(path, now=NOW, accounts=12, days=5, seed=seed)


def test_the_file_says_who_made_it(world: Path) -> None:
    marker = marker_of(world)
    assert marker is not None
    assert (marker.seed, marker.accounts, marker.days) == (generator.DEFAULT_SEED, 400, 90)
    assert marker.created_at == NOW.replace(tzinfo=None)
    assert marker.generator_version == GENERATOR_VERSION


def test_a_warehouse_that_the_demo_did_not_make_is_refused_and_untouched(foreign_warehouse: Path) -> None:
    outbox = foreign_warehouse.parent / "outbox" / "dev" / "shadow"
    outbox.mkdir(parents=True)
    (outbox / "deliveries.jsonl").write_text("{}\n", encoding="utf-8")
    before = (foreign_warehouse.read_bytes(), foreign_warehouse.stat().st_mtime_ns)
    listing = sorted(foreign_warehouse.parent.rglob("*"))
    with pytest.raises(Refused, match=r"mine\.duckdb was not made by the demo.*MILESTONE_AGENT_DUCKDB_PATH"):
        small(foreign_warehouse)
    assert (foreign_warehouse.read_bytes(), foreign_warehouse.stat().st_mtime_ns) == before
    assert sorted(foreign_warehouse.parent.rglob("*")) == listing


@pytest.mark.parametrize("content", [b"", b"account_id,signed_up_at\n1,2026-01-01\n"], ids=["empty", "text"])
def test_a_file_that_is_no_warehouse_is_refused_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"notes\.duckdb"):
        small(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not a file"):
        small(tmp_path)


def test_a_demo_in_use_by_another_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    small(path)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline()
        with pytest.raises(WarehouseBusy, match="locked by process"):
            small(path, seed=2)
    finally:
        holder.communicate(b"\n")
    assert marker_of(path) is not None


def test_the_demo_replaces_its_own_warehouse_with_its_outbox_and_its_log(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    small(path, seed=1)
    outbox = tmp_path / "outbox" / "dev" / "shadow"
    outbox.mkdir(parents=True)
    (outbox / "deliveries.jsonl").write_text("{}\n", encoding="utf-8")
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema nudges; create table nudges.nudge_events as select 1 as entry_id")
    small(path, seed=2)
    marker = marker_of(path)
    assert marker is not None and marker.seed == 2
    with duckdb.connect(str(path), read_only=True) as connection:
        assert not connection.execute(
            "from information_schema.tables where table_schema = 'nudges'"
        ).fetchall()
    assert list(tmp_path.iterdir()) == [path]


def test_an_outbox_beside_a_new_demo_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "kept.txt").write_text("kept", encoding="utf-8")
    small(tmp_path / "warehouse.duckdb")
    assert (tmp_path / "outbox" / "kept.txt").read_text(encoding="utf-8") == "kept"


def test_an_interrupted_build_leaves_the_former_demo_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "warehouse.duckdb"
    small(path, seed=1)
    before = path.read_bytes()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(generator, "write_customers", interrupt)
    with pytest.raises(KeyboardInterrupt):
        small(path, seed=2)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("accounts", "days", "seed"), [(9, 90, 1), (400, 1, 1), (400, 90, -1)])
def test_impossible_sizes_are_refused(tmp_path: Path, accounts: int, days: int, seed: int) -> None:
    with pytest.raises(Refused, match="at least 10 accounts"):
        generate(tmp_path / "w.duckdb", now=NOW, accounts=accounts, days=days, seed=seed)
    assert not list(tmp_path.iterdir())
