"""Hints that are there to be copied name the program so that it runs from where it was called."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.cli.called_as import called_as


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the program in its virtual environment."""
    program = tmp_path / "my project" / ".venv" / "bin" / "milestone-agent"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    return tmp_path / "my project"


@pytest.fixture(autouse=True)
def empty_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def test_a_program_under_the_current_folder_is_named_by_its_relative_path(project: Path) -> None:
    relative = ".venv/bin/milestone-agent"
    assert called_as(relative, project) == relative
    assert called_as(f"./{relative}", project) == relative
    assert called_as(str(project / relative), project) == relative


def test_a_program_elsewhere_is_named_by_its_whole_path_quoted_for_a_shell(project: Path) -> None:
    program = project / ".venv/bin/milestone-agent"
    assert called_as(str(program), project.parent / "elsewhere") == f"'{program}'"


def test_a_program_on_the_path_is_named_by_its_bare_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project / ".venv/bin"))
    assert called_as(str(project / ".venv/bin/milestone-agent"), project) == "milestone-agent"
    assert called_as("milestone-agent", project) == "milestone-agent"


def test_another_program_of_that_name_on_the_path_is_not_meant(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "bin" / "milestone-agent"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    assert called_as(".venv/bin/milestone-agent", project) == ".venv/bin/milestone-agent"


def test_a_program_in_the_current_folder_can_be_run_as_it_is_named(project: Path) -> None:
    assert called_as("./milestone-agent", project / ".venv/bin") == "./milestone-agent"


def test_called_in_another_way_the_plain_name_is_given(project: Path) -> None:
    assert called_as("/usr/bin/pytest", project) == "milestone-agent"
    assert called_as("", project) == "milestone-agent"
