"""What the environment says, read once and checked: target, warehouse, namespace and the folders that follow
from them.

Policy does not belong here (it lives in the dbt seeds), nor do vendor settings (`nudge_senders` reads its
own).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dagster_project.errors import ConfigurationError

TARGETS = ("duckdb", "bigquery", "snowflake")
ENVIRONMENTS = ("dev", "prod")
DEFAULT_DUCKDB_PATH = ".milestone-agent/warehouse.duckdb"
MARTS_COPY = "marts.duckdb"
PREFIX = "MILESTONE_AGENT_"


SCHEMAS = frozenset(
    ["onboarding", "nudges", "segment", "amplitude", "mixpanel", "crm", "integrations", "feedback", "loader"]
)


@dataclass(frozen=True)
class Settings:
    """Where things are and how much may leave; no secret is kept in it."""

    target: str
    duckdb_path: Path
    env: str
    schema_prefix: str
    is_live: bool
    is_halted: bool
    home: Path
    dbt_project_dir: Path

    @property
    def namespace(self) -> str:
        """`<env>/live` or `<env>/shadow`: what planning, caps and reports read."""
        return f"{self.env}/{'live' if self.is_live else 'shadow'}"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    @property
    def halt_file(self) -> Path:
        """A file whose existence stops all sends, also while the warehouse is locked."""
        return self.home / "HALT"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def dbt_target_dir(self) -> Path:
        """dbt's compiled files; one folder per target, because a manifest of one target is wrong for
        another.
        """
        return self.home / "dbt" / self.target

    @property
    def dbt_log_dir(self) -> Path:
        return self.home / "dbt" / "logs"

    @property
    def marts_copy(self) -> Path:
        """What analysts read on DuckDB: an idle reader of the warehouse itself would block the writer."""
        return self.home / MARTS_COPY

    def schema(self, name: str) -> str:
        """The schema's name in the warehouse, prefix included."""
        return f"{self.schema_prefix}{name}"

    def dbt_environment(self) -> dict[str, str]:
        """The variables that the dbt project reads, absolute, so that it does not matter from where it
        runs.
        """
        return {
            f"{PREFIX}TARGET": self.target,
            f"{PREFIX}DUCKDB_PATH": str(self.duckdb_path),
            f"{PREFIX}ENV": self.env,
            f"{PREFIX}SCHEMA_PREFIX": self.schema_prefix,
            f"{PREFIX}LIVE": "1" if self.is_live else "0",
            f"{PREFIX}DBT_PROJECT": str(self.dbt_project_dir),
        }

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, project_dir: Path | None = None) -> Settings:
        """Read and check the variables; raises `ConfigurationError` and touches nothing.

        `project_dir` wins over `MILESTONE_AGENT_DBT_PROJECT`, which wins over the `dbt_project` beside this
        package.
        """
        target = _one_of(environ, "TARGET", "duckdb", TARGETS)
        env = _one_of(environ, "ENV", "dev", ENVIRONMENTS)
        prefix = _schema_prefix(environ.get(f"{PREFIX}SCHEMA_PREFIX", ""), target=target, env=env)
        path = Path(environ.get(f"{PREFIX}DUCKDB_PATH") or DEFAULT_DUCKDB_PATH).expanduser().absolute()
        if path.is_dir():
            raise ConfigurationError(
                f"{PREFIX}DUCKDB_PATH is the folder {path}; give the path of a DuckDB file."
            )
        if path.name == MARTS_COPY:
            raise ConfigurationError(
                f"{PREFIX}DUCKDB_PATH ends in {MARTS_COPY}, the name of the copy for readers that every tick "
                "replaces; give the warehouse another name."
            )
        if path.stem.lower() in SCHEMAS:
            raise ConfigurationError(
                f"{PREFIX}DUCKDB_PATH names the file {path.name}, but {path.stem} is also a schema in it and "
                "DuckDB cannot tell the two apart; rename the file, for example to warehouse.duckdb."
            )
        return cls(
            target=target,
            duckdb_path=path,
            env=env,
            schema_prefix=prefix,
            is_live=environ.get(f"{PREFIX}LIVE", "") == "1",
            is_halted=environ.get(f"{PREFIX}HALT", "") == "1",
            home=path.parent,
            dbt_project_dir=project_dir.absolute() if project_dir else _project_dir(environ),
        )


def _one_of(environ: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = environ.get(f"{PREFIX}{name}") or default
    if value not in allowed:
        raise ConfigurationError(f"{PREFIX}{name} is {value!r}; set it to one of: {', '.join(allowed)}.")
    return value


def _schema_prefix(value: str, *, target: str, env: str) -> str:
    name = f"{PREFIX}SCHEMA_PREFIX"
    if value and not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", value):
        raise ConfigurationError(
            f"{name} is {value!r}; use at most 32 lower-case letters, digits and underscores, a letter first."
        )
    if value and env == "prod":
        raise ConfigurationError(
            f"{name} is {value!r}, but production has no prefix; unset it or {PREFIX}ENV=prod."
        )
    if not value and target != "duckdb" and env != "prod":
        raise ConfigurationError(
            f"{name} is empty: outside production the shared {target} warehouse needs one, such as your name "
            "and an underscore."
        )
    return value


def _project_dir(environ: Mapping[str, str]) -> Path:
    named = environ.get(f"{PREFIX}DBT_PROJECT")
    if named:
        return Path(named).expanduser().absolute()
    return Path(__file__).resolve().parent.parent / "dbt_project"
