"""A small house to spoil: a copy of the shipped seeds, a tiny warehouse with a ledger, and an outbox.

Only what tests of the command line share; no claim is tested here.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from click.testing import CliRunner, Result

from dagster_project.cli import main
from nudge_senders.registry import KNOWN_DESTINATIONS, settings_of

REPOSITORY = Path(__file__).resolve().parents[2]

_RAW = """
create schema segment;
create table segment.tracks (
    id varchar, event varchar, user_id varchar, context_group_id varchar, "timestamp" timestamp,
    received_at timestamp, uuid_ts timestamp
);
insert into segment.tracks
select 'e' || n, name, 'u1', 'acme', timestamp '2026-01-01 08:00:00', timestamp '2026-01-01 08:00:01',
    timestamp '2026-01-01 08:01:00'
from (
    values (1, 'Workspace Created'), (2, 'Team Member Invited'), (3, 'Integration Connected'),
        (4, 'Data Uploaded'), (5, 'Report Generated'), (6, 'Logged In')
) as events (n, name);
create schema crm;
create table crm.accounts (
    account_id varchar, account_name varchar, signed_up_at timestamp, timezone varchar
);
insert into crm.accounts values ('acme', 'Acme', timestamp '2026-01-01 07:00:00', 'Europe/Berlin');
create table crm.contacts (
    contact_id varchar, account_id varchar, user_id varchar, email varchar, timezone varchar
);
insert into crm.contacts values ('c1', 'acme', 'u1', 'ada@acme.example', 'UTC');
create schema nudges;
create table nudges.nudge_events (
    namespace varchar, nudge_id varchar, kind varchar, recorded_at timestamp, account_id varchar,
    milestone_key varchar
);
insert into nudges.nudge_events values
    ('dev/shadow', 'n1', 'sent', timestamp '2026-01-03 00:00:00', 'acme', 'team_member_invited');
create schema onboarding_seeds;
"""


def build_warehouse(path: Path) -> None:
    """Raw tables, one ledger entry, and the critical path as the last tick loaded it."""
    seed = REPOSITORY / "dbt_project" / "seeds" / "critical_path.csv"
    with duckdb.connect(str(path)) as connection:
        connection.execute(_RAW)
        connection.execute(
            f"create table onboarding_seeds.critical_path as from read_csv('{seed}', all_varchar = true)"
        )


@dataclass
class House:
    """Everything that a command touches lies below `root`."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        return self.root / "home" / "warehouse.duckdb"

    @property
    def outbox(self) -> Path:
        return self.root / "home" / "outbox"

    @property
    def project(self) -> Path:
        return self.root / "dbt_project"

    def seed(self, name: str) -> Path:
        return self.project / "seeds" / f"{name}.csv"

    def replace(self, name: str, old: str, new: str, *, count: int = 1) -> None:
        """Change a seed's text; the test is wrong when the old text is not there."""
        self._replace(self.seed(name), old, new, count)

    def replace_in_project(self, old: str, new: str) -> None:
        self._replace(self.project / "dbt_project.yml", old, new, 1)

    def append(self, name: str, row: str) -> None:
        text = self.seed(name).read_text(encoding="utf-8")
        self.seed(name).write_text(f"{text.rstrip()}\n{row}\n", encoding="utf-8")

    def sql(self, statements: str) -> None:
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(statements)

    def run(self, *arguments: str) -> Result:
        environ: dict[str, str | None] = {
            "MILESTONE_AGENT_DUCKDB_PATH": str(self.warehouse),
            "MILESTONE_AGENT_DBT_PROJECT": str(self.project),
            "MILESTONE_AGENT_TARGET": None,
            "MILESTONE_AGENT_ENV": None,
            "MILESTONE_AGENT_SCHEMA_PREFIX": None,
            "MILESTONE_AGENT_LIVE": None,
            "MILESTONE_AGENT_HALT": None,
            # Nobody's own settings: a vendor would be asked with them.
            **{setting.name: None for name in KNOWN_DESTINATIONS for setting in settings_of(name)},
        }
        return CliRunner().invoke(main, list(arguments), env={**environ, **self.environ})

    def fingerprint(self) -> dict[str, str]:
        """Every file below the root with a hash of its bytes: warehouse, ledger, outbox, project."""
        return {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    @staticmethod
    def _replace(path: Path, old: str, new: str, count: int) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{path.name} does not hold {old!r}"
        path.write_text(text.replace(old, new, count), encoding="utf-8")


def build_house(root: Path, warehouse: Path) -> House:
    """A house whose warehouse is a copy of `warehouse` and whose outbox holds one message."""
    house = House(root)
    (house.project / "seeds").mkdir(parents=True)
    shutil.copy(REPOSITORY / "dbt_project" / "dbt_project.yml", house.project)
    for seed in sorted((REPOSITORY / "dbt_project" / "seeds").glob("*.csv")):
        shutil.copy(seed, house.project / "seeds")
    house.outbox.mkdir(parents=True)
    (house.outbox / "deliveries.jsonl").write_text('{"nudge_ids": ["n1"]}\n', encoding="utf-8")
    shutil.copy(warehouse, house.warehouse)
    return house
