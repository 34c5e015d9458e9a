"""A copy of the dbt project that a test may change, and its builds.

Belongs here: copying, seeds, calling dbt in this process, reading relations. Does not belong here: what the
rows should be.
"""

import csv
import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

import duckdb

from tests.oracle.instants import text_of
from tests.oracle.policy import Seeds, load_seeds
from tests.oracle.raw import Row
from tests.parsed_project import PARSED_FOR, SHIPPED_PROJECT, ParsedProject, only_these_settings

_SELECTED = ("tag:tick", "tag:policy")
_TESTS = ("test", "unit_test")
# Reports that are tables, and what follows from a snapshot.
_NIGHTLY = ("tag:report,config.materialized:table", "resource_type:snapshot+")


class BuildFailed(AssertionError):
    """dbt did not finish; the message has the nodes and their errors."""


class DbtProjectCopy:
    """A dbt project in a folder of its own; what a test changed in it is parsed once, and it is built as
    often as wanted.
    """

    #: What every copy starts from; without it a copy is parsed from its first file to its last.
    parsed: ClassVar[ParsedProject | None] = None

    def __init__(self, folder: Path, seeds: Seeds | None = None) -> None:
        self.folder = folder / "dbt_project"
        self.warehouse = folder / "warehouse.duckdb"
        self._work = folder / "work"
        if self.parsed is not None:
            self.parsed.hand_to(self._work / "target")
        self._manifest: Any = None
        ignored = shutil.ignore_patterns("target", "logs", "dbt_packages")
        shutil.copytree(SHIPPED_PROJECT, self.folder, ignore=ignored)
        self.seeds = load_seeds(self.folder / "seeds")
        if seeds is not None:
            self.write_seeds(seeds)

    def write_seeds(self, seeds: Seeds) -> None:
        """Replace the seed files; the next build reads them."""
        self.seeds = {name: [dict(row) for row in rows] for name, rows in seeds.items()}
        for name, rows in self.seeds.items():
            path = self.folder / "seeds" / f"{name}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)

    def forget_warehouse(self) -> None:
        """Start again with an empty file."""
        for path in self.warehouse.parent.glob(self.warehouse.name + "*"):
            path.unlink()

    def build(
        self, *, as_of: int | None = None, is_full_refresh: bool = False, is_live: bool = False
    ) -> None:
        """Build what a tick builds, tests left out; `as_of` is the instant of a replay."""
        arguments = ["--select", *_SELECTED, "--exclude", *_NIGHTLY]
        if is_full_refresh:
            arguments.append("--full-refresh")
        self._build(arguments, as_of, is_live)

    def copied_to(self, folder: Path) -> "DbtProjectCopy":
        """The project with its seeds and its warehouse as built, in a folder where it may be changed."""
        copy = DbtProjectCopy(folder, self.seeds)
        shutil.copy(self.warehouse, copy.warehouse)
        return copy

    def build_again_from(self, *models: str, as_of: int) -> None:
        """Build these models of a tick, and what follows from them, in a warehouse that was built before."""
        selected = [f"{model}+,{part}" for model in models for part in _SELECTED]
        self._build(["--select", *selected, "--exclude", *_NIGHTLY, "--full-refresh"], as_of, is_live=False)

    def build_at_night(
        self, *names: str, as_of: int | None = None, is_live: bool = False, is_tested: bool = False
    ) -> None:
        """Build these models and snapshots after what a tick builds, with their data tests if wanted."""
        self._build(["--select", *names], as_of, is_live, is_tested)

    def write_semantic_manifest(self) -> None:
        """What is known of the metrics, where `mf` looks for it; after a build."""
        from dbt.contracts.graph.semantic_manifest import SemanticManifest

        target = self.folder / "target"
        target.mkdir(exist_ok=True)
        SemanticManifest(self._manifest).write_json_to_file(str(target / "semantic_manifest.json"))

    def rows(self, query: str) -> list[Row]:
        """The rows of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("set timezone='UTC'")
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def _build(self, selection: list[str], as_of: int | None, is_live: bool, is_tested: bool = False) -> None:
        tests_of = "cautious" if is_tested else "empty"
        arguments = ["build", *selection, "--indirect-selection", tests_of, "--no-write-json"]
        for kind in _TESTS[1:] if is_tested else _TESTS:
            arguments += ["--exclude-resource-type", kind]
        if as_of is not None:
            instant = text_of(as_of).replace(" ", "T") + "Z"
            arguments += ["--vars", json.dumps({"as_of": instant})]
        if self._manifest is None:
            with only_these_settings(PARSED_FOR):
                self._manifest = self._invoke(["parse", "--no-write-json"], None).result
        settings = {**PARSED_FOR, "MILESTONE_AGENT_DUCKDB_PATH": str(self.warehouse)}
        if is_live:
            settings["MILESTONE_AGENT_LIVE"] = "1"
        with only_these_settings(settings):
            self._invoke(arguments, self._manifest)

    def _invoke(self, arguments: list[str], manifest: Any) -> Any:
        from dbt.cli.main import dbtRunner

        where = [
            f"--project-dir={self.folder}",
            f"--profiles-dir={self.folder}",
            "--target=duckdb",
            f"--target-path={self._work / 'target'}",
        ]
        quiet = [
            "--no-send-anonymous-usage-stats",
            "--no-use-colors",
            "--log-level=none",
            "--log-level-file=error",
            f"--log-path={self._work / 'logs'}",
        ]
        try:
            outcome: Any = dbtRunner(manifest=manifest).invoke([*quiet, *arguments, *where])
        finally:
            _close_warehouse()
        if outcome.success:
            return outcome
        if outcome.exception is not None:
            raise BuildFailed(str(outcome.exception))
        bad = [one for one in outcome.result.results if str(one.status) in ("error", "fail")]
        raise BuildFailed("\n".join(f"{one.node.name}: {one.message}" for one in bad))


def _close_warehouse() -> None:
    """Give the file back: dbt-duckdb would keep it open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    # The adapter annotates this method in part only.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
