"""What the environment says, read once and checked: target, warehouse, namespace and the folders that follow
from them.

Policy does not belong here (it lives in the dbt seeds), nor do vendor settings (`nudge_senders` reads its
own).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dagster_project.errors import ConfigurationError

TARGETS = ("duckdb", "bigquery", "snowflake")
ENVIRONMENTS = ("dev", "prod")
DEFAULT_DUCKDB_PATH = ".milestone-agent/warehouse.duckdb"
MARTS_COPY = "marts.duckdb"
PREFIX = "MILESTONE_AGENT_"


#: Schemas that this pipeline writes, before the prefix, and those of the raw tables as shipped.
OWN_SCHEMAS = (
    "onboarding",
    "onboarding_intermediate",
    "onboarding_staging",
    "onboarding_seeds",
    "onboarding_snapshots",
    "nudges",
)
RAW_SCHEMAS = (
    "segment",
    "amplitude",
    "mixpanel",
    "crm",
    "integrations",
    "feedback",
    "loader",
    "information_schema",
)
_OWN_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"


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
    def place(self) -> str:
        """What people call the warehouse: the file, or the target's name."""
        return str(self.duckdb_path) if self.is_embedded else self.target

    @property
    def is_embedded(self) -> bool:
        """Whether the warehouse is a DuckDB file, which has to be there before anything is read."""
        return self.target == "duckdb"

    @property
    def is_absent(self) -> bool:
        """Whether there is nothing to read because nobody has made the file yet; a cloud warehouse is
        there."""
        return self.is_embedded and not self.duckdb_path.is_file()

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
        """Read and check the variables; raises `ConfigurationError` with a line for each that is wrong, and
        touches nothing.

        `project_dir` wins over `MILESTONE_AGENT_DBT_PROJECT`, which wins over the `dbt_project` beside this
        package.
        """
        wrong: list[str] = []
        target = _one_of(environ, "TARGET", TARGETS, wrong)
        env = _one_of(environ, "ENV", ENVIRONMENTS, wrong)
        prefix = environ.get(f"{PREFIX}SCHEMA_PREFIX", "")
        wrong += _problems_of_prefix(prefix, target=target, env=env)
        path = _place(environ, "DUCKDB_PATH", Path(DEFAULT_DUCKDB_PATH), wrong)
        if path is not None:
            wrong += _problems_of_path(path, prefix)
        project = project_dir or _place(environ, "DBT_PROJECT", _OWN_PROJECT, wrong)
        if wrong or target is None or env is None or path is None or project is None:
            raise ConfigurationError("\n".join(wrong))
        return cls(
            target=target,
            duckdb_path=path,
            env=env,
            schema_prefix=prefix,
            is_live=environ.get(f"{PREFIX}LIVE", "") == "1",
            is_halted=environ.get(f"{PREFIX}HALT", "") == "1",
            home=path.parent,
            dbt_project_dir=project.absolute(),
        )


def _one_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...], wrong: list[str]) -> str | None:
    """The variable's value, the first of `allowed` by default; None, and a line in `wrong`, for another."""
    value = environ.get(f"{PREFIX}{name}") or allowed[0]
    if value in allowed:
        return value
    wrong.append(f"{PREFIX}{name} is {value!r}; set it to one of: {', '.join(allowed)}.")
    return None


def _problems_of_prefix(value: str, *, target: str | None, env: str | None) -> Iterator[str]:
    name = f"{PREFIX}SCHEMA_PREFIX"
    if value and not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", value):
        yield (
            f"{name} is {value!r}; use at most 32 lower-case letters, digits and underscores, a letter first."
        )
    elif value and env == "prod":
        yield f"{name} is {value!r}, but production has no prefix; unset it or {PREFIX}ENV=prod."
    elif not value and target in ("bigquery", "snowflake") and env == "dev":
        yield (
            f"{name} is empty: outside production the shared {target} warehouse needs one, such as your name "
            "and an underscore."
        )


def _place(environ: Mapping[str, str], name: str, default: Path, wrong: list[str]) -> Path | None:
    """The path that the variable names, absolute; None, and a line in `wrong`, when nothing can be there."""
    named = Path(environ.get(f"{PREFIX}{name}") or default)
    try:
        path = named.expanduser().absolute()
        folder = next((above for above in path.parents if above.exists()), path.parent)
        is_below_a_file = not folder.is_dir()
        path.exists()
    except RuntimeError:
        wrong.append(f"{PREFIX}{name} is {str(named)!r}, but there is no such user; write the whole path.")
    except OSError as error:
        wrong.append(
            f"{PREFIX}{name} is {_shortened(str(named))!r}, which cannot be looked at ({error.strerror}); "
            "give another path, or change the permissions of its folder."
        )
    else:
        if not is_below_a_file:
            return path
        wrong.append(f"{PREFIX}{name} is {str(named)!r}, but {folder} is a file and no folder; give another.")
    return None


def _problems_of_path(path: Path, prefix: str) -> Iterator[str]:
    name = f"{PREFIX}DUCKDB_PATH"
    if path.is_dir():
        yield f"{name} is the folder {path}; give the path of a DuckDB file."
    elif path.name == MARTS_COPY:
        yield (
            f"{name} ends in {MARTS_COPY}, the name of the copy for readers that every tick replaces; "
            "give the warehouse another name."
        )
    elif catalogue_name(path).lower() in {*RAW_SCHEMAS, *(f"{prefix}{schema}" for schema in OWN_SCHEMAS)}:
        yield ambiguous(path)
    elif set(path.name) & set("'\""):
        yield (
            f"{name} names the file {path.name}, and a quote in the name ends up in SQL; rename the file, "
            "for example to warehouse.duckdb."
        )


def catalogue_name(path: Path) -> str:
    """What DuckDB calls a file: its name up to the first dot."""
    return path.name.lstrip(".").split(".")[0]


def ambiguous(path: Path) -> str:
    """Why a file may not be called like a schema in it."""
    return (
        f"{PREFIX}DUCKDB_PATH names the file {path.name}, but {catalogue_name(path)} is also a schema in it "
        "and DuckDB cannot tell the two apart; rename the file, for example to warehouse.duckdb."
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:60]}..."
