"""What the README says exists, and its commands are those that are run."""

import re
from pathlib import Path

import click
import pytest

from dagster_project.cli import main
from nudge_senders.registry import KNOWN_DESTINATIONS, settings_of


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    """The text of the README."""
    return (repository / "README.md").read_text(encoding="utf-8")


def _commands(readme: str) -> list[str]:
    return [
        line for block in re.findall(r"```bash\n(.*?)```", readme, re.DOTALL) for line in block.splitlines()
    ]


def test_the_script_of_the_checks_runs_the_test_command_of_the_readme(repository: Path, readme: str) -> None:
    script = (repository / ".ci" / "run").read_text(encoding="utf-8")
    command = next(line for line in _commands(readme) if "uv sync" in line and "pytest" in line)

    assert command in {line.strip() for line in script.splitlines()}


def test_every_command_in_the_readme_is_one_of_the_command_line(readme: str) -> None:
    named = {match for line in _commands(readme) for match in re.findall(r"milestone-agent ([a-z]+)", line)}

    assert named
    assert named <= set(main.list_commands(click.Context(main)))


def test_every_folder_in_the_tree_of_the_readme_is_there(repository: Path, readme: str) -> None:
    tree = re.findall(r"```\n(dbt_project/ .*?)```", readme, re.DOTALL)[0]
    parent = ""
    missing = []
    for line in tree.splitlines():
        name = line.split()[0]
        path = parent + name if line.startswith("  ") else name
        if not line.startswith("  "):
            parent = name if name.endswith("/") else ""
        if not (repository / path).exists():
            missing.append(path)

    assert missing == []


def test_every_setting_of_the_example_is_explained_in_the_readme(repository: Path, readme: str) -> None:
    example = (repository / ".env.example").read_text(encoding="utf-8")
    settings = re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)

    assert settings
    assert [name for name in settings if not _is_named(name, readme)] == []


def _is_named(name: str, readme: str) -> bool:
    """Named in full, or as `_REST` after the first of its family."""
    return name in readme or any(
        f"`{name[start:]}`" in readme for start in range(len(name)) if name[start] == "_"
    )


def test_every_setting_of_a_destination_is_in_the_readme_and_in_the_example(
    repository: Path, readme: str
) -> None:
    example = (repository / ".env.example").read_text(encoding="utf-8")
    #: The presets of the webhook have the same settings, shown for one of them.
    shown_by_another = ("momentum", "lindy", "moveworks")
    names = {
        setting.name
        for destination in KNOWN_DESTINATIONS
        if destination not in shown_by_another
        for setting in settings_of(destination)
    }

    assert len(names) > 10
    assert {name for name in names if f"`{name}" not in readme or f"\n{name}=" not in example} == set()
