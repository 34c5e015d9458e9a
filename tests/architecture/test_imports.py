"""The import contracts stand in pyproject.toml, and hold."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def contracts(repository: Path) -> list[dict[str, object]]:
    """The contracts of import-linter."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = project["tool"]["importlinter"]["contracts"]
    return found


def test_the_contracts_hold(repository: Path) -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_contract_lists_an_exception(contracts: list[dict[str, object]]) -> None:
    assert [contract["name"] for contract in contracts if "ignore_imports" in contract] == []


def test_dagster_wires_and_is_known_to_nobody(contracts: list[dict[str, object]]) -> None:
    layers = [contract["layers"] for contract in contracts if contract["type"] == "layers"]

    assert ["dagster_project", "nudge_senders | experiments"] in layers


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("nudge_senders", "dagster"),
        ("nudge_senders", "dbt"),
        ("experiments", "dagster"),
        ("experiments", "nudge_senders"),
    ],
)
def test_a_package_may_not_import_a_module(
    contracts: list[dict[str, object]], package: str, module: str
) -> None:
    assert any(
        contract["type"] == "forbidden"
        and package in str(contract["source_modules"])
        and f"'{module}'" in str(contract["forbidden_modules"])
        for contract in contracts
    )


def test_destinations_are_independent_of_each_other(contracts: list[dict[str, object]]) -> None:
    modules = [str(contract["modules"]) for contract in contracts if contract["type"] == "independence"]

    assert "['nudge_senders.destinations.*']" in modules
