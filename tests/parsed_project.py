"""The dbt project as shipped, parsed once for all tests of a run.

Belongs here: who parses, and putting the result where dbt looks for what it need not parse again. Does not
belong here: building, and what a test changes in its copy of the project.
"""

import fcntl
import os
import pprint
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

SHIPPED_PROJECT = Path(__file__).parents[1] / "dbt_project"

#: As a tick in shadow sets it. dbt parses everything again where the profile or a variable that a macro reads
#: is another, so every parse names the same warehouse. Parsing opens none.
PARSED_FOR = {
    "MILESTONE_AGENT_TARGET": "duckdb",
    "MILESTONE_AGENT_DUCKDB_PATH": "warehouse.duckdb",
    "MILESTONE_AGENT_ENV": "dev",
    "MILESTONE_AGENT_SCHEMA_PREFIX": "",
    "MILESTONE_AGENT_LIVE": "0",
}

_WHAT_DBT_KEEPS = "partial_parse.msgpack"


@dataclass(frozen=True)
class ParsedProject:
    """What dbt wrote about the shipped project."""

    folder: Path

    @property
    def manifest(self) -> Path:
        return self.folder / "manifest.json"

    def hand_to(self, target: Path, warehouse: Path | None = None) -> None:
        """A later parse with this target folder, of the project or a copy of it with the times of its files,
        reads only what changed. It is one for `PARSED_FOR`, or for the warehouse named.
        """
        target.mkdir(parents=True, exist_ok=True)
        kept = (self.folder / _WHAT_DBT_KEEPS).read_bytes()
        (target / _WHAT_DBT_KEEPS).write_bytes(kept if warehouse is None else _for(warehouse, kept))


def parse_once(folder: Path) -> ParsedProject:
    """The one of all processes that is first parses; the others wait for it."""
    folder.mkdir(exist_ok=True)
    parsed = ParsedProject(folder / "target")
    with (folder / "parse.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not parsed.manifest.is_file():
            _parse(folder)
    return parsed


@contextmanager
def only_these_settings(settings: Mapping[str, str]) -> Iterator[None]:
    """No setting of ours in the environment but these."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("MILESTONE_AGENT_"):
            del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _for(warehouse: Path, kept: bytes) -> bytes:
    """What dbt keeps, as if it had parsed with this warehouse in the profile. Where dbt calculates its hash
    in another way it parses everything, and nothing else is lost.
    """
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.artifacts.resources import FileHash
    from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder

    profiles = yaml.safe_load((SHIPPED_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    profile = profiles["milestone_agent"]["outputs"]["duckdb"]
    shown = {name: value for name, value in profile.items() if name not in ("type", "threads")}
    shown = DuckDBCredentials.translate_aliases({**shown, "path": str(warehouse)})
    connection = sorted(DuckDBCredentials.from_dict(shown).connection_info())
    parsed = extended_mashumuro_decoder(kept)
    checksum = FileHash.from_contents(pprint.pformat(connection)).checksum
    parsed["state_check"]["profile_hash"]["checksum"] = checksum
    rewritten: bytes = extended_mashumaro_encoder(parsed)
    return rewritten


def _parse(folder: Path) -> None:
    from dbt.cli.main import dbtRunner

    with only_these_settings(PARSED_FOR):
        outcome = dbtRunner().invoke(
            [
                "parse",
                *("--project-dir", str(SHIPPED_PROJECT)),
                *("--profiles-dir", str(SHIPPED_PROJECT)),
                *("--target", "duckdb"),
                *("--target-path", str(folder / "target")),
                *("--log-path", str(folder / "logs")),
                *("--quiet", "--no-partial-parse"),
            ]
        )
    assert outcome.success, outcome.exception
