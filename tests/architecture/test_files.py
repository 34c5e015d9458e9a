"""The rules that a look into the tracked files can hold."""

import re
import subprocess
from pathlib import Path

import pytest

TOP_LEVEL = {
    "README.md",
    "dagster_project",
    "dbt_project",
    "experiments",
    "nudge_senders",
    "pyproject.toml",
    "tests",
    "uv.lock",
    "workspace.yaml",
}

ENGINE_QUESTION = re.compile(r"target\.(type|name)|adapter\.type\b")
# A contract spells its float type as the engine does; dbt offers no other place to say so.
CONTRACT_FLOAT = re.compile(r"\s*data_type: \"\{\{ 'float64' if target\.type == 'bigquery' else .* \}\}\"")

CLOCK = re.compile(
    r"\b(current_timestamp|current_date|current_time|localtimestamp|getdate|sysdate|systimestamp|run_started_at"
    r"|get_current_timestamp)\b|\b(now|today)\(\)|modules\.datetime",
    re.IGNORECASE,
)

LOCAL_PATH = re.compile(r"(?<![A-Za-z0-9_.])/(?:home|Users|root|work|opt|tmp|mnt)/[A-Za-z0-9_]|[A-Z]:\\Users")
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|xox[abeprs]-[0-9A-Za-z-]{10}|pat-(?:na|eu)\d-[0-9a-f]{8}|BEGIN [A-Z ]*PRIVATE KEY"
    r"|[rs]k_live_[0-9A-Za-z]{8}|gh[opsu]_[A-Za-z0-9]{20}|hooks\.slack\.com/services/T[0-9A-Z]{6}"
)
DEFERRED = re.compile(r"\b(TODO|FIXME|XXX)\b|#\s*noqa|--\s*noqa")
REGISTRY = re.compile(r"(?:registry|url) = \"(https?://[^/\"]+)")


@pytest.fixture(scope="module")
def tracked(repository: Path) -> dict[str, str]:
    """Text of every tracked file by its path in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    paths = [path for path in listed if path and (repository / path).is_file()]
    return {path: (repository / path).read_text(encoding="utf-8", errors="replace") for path in paths}


def _lines(
    tracked: dict[str, str], pattern: re.Pattern[str], *, under: str = "", suffix: str = ""
) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in tracked.items()
        if path.startswith(under) and path.endswith(suffix)
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def _ours(tracked: dict[str, str]) -> dict[str, str]:
    """All but the lock file, which is written by a tool, and this file, which spells what it looks for."""
    return {
        path: text
        for path, text in tracked.items()
        if path != "uv.lock" and not path.endswith("/test_files.py")
    }


def test_the_top_level_holds_the_named_rooms_and_nothing_else(tracked: dict[str, str]) -> None:
    rooms = {path.split("/")[0] for path in tracked}

    assert {room for room in rooms if not room.startswith(".")} <= TOP_LEVEL


def test_only_cross_db_macros_ask_which_engine_they_are_on(tracked: dict[str, str]) -> None:
    asking = [
        line
        for line in _lines(tracked, ENGINE_QUESTION, under="dbt_project/")
        if not line.startswith("dbt_project/macros/cross_db/")
        and not (".yml:" in line and CONTRACT_FLOAT.fullmatch(line.split(": ", 1)[1]))
    ]

    assert asking == []


def test_only_one_macro_names_a_clock(tracked: dict[str, str]) -> None:
    clocks = _lines(tracked, CLOCK, under="dbt_project/", suffix=".sql")

    assert {line.split(":")[0] for line in clocks} == {"dbt_project/macros/cross_db/clock_now.sql"}


def test_every_engine_is_answered_or_refused_by_every_cross_db_macro(tracked: dict[str, str]) -> None:
    unanswered = [
        path
        for path, text in tracked.items()
        if path.startswith("dbt_project/macros/cross_db/")
        and "adapter.dispatch(" in text
        and not ("macro default__" in text and "macro duckdb__" in text)
    ]

    assert unanswered == []


def test_python_asks_for_the_time_in_its_clock_modules_alone(tracked: dict[str, str]) -> None:
    asking = [
        line
        for package in ("dagster_project/", "nudge_senders/", "experiments/")
        for line in _lines(
            tracked, re.compile(r"datetime\.(now|utcnow|today)\(|\btime\.time\("), under=package, suffix=".py"
        )
    ]

    assert {line.split(":")[0] for line in asking} <= {"dagster_project/clock.py", "nudge_senders/clock.py"}


def test_no_file_names_a_path_of_somebodys_machine(tracked: dict[str, str]) -> None:
    assert _lines(_ours(tracked), LOCAL_PATH) == []


def test_no_file_holds_a_secret(tracked: dict[str, str]) -> None:
    assert _lines(_ours(tracked), SECRET) == []


def test_nothing_is_left_for_later_and_no_linter_is_silenced(tracked: dict[str, str]) -> None:
    assert _lines(_ours(tracked), DEFERRED) == []


def test_the_lock_file_names_public_indexes_only(repository: Path) -> None:
    hosts = set(REGISTRY.findall((repository / "uv.lock").read_text(encoding="utf-8")))

    assert hosts == {"https://pypi.org", "https://files.pythonhosted.org"}
