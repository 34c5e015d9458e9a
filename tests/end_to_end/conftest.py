"""A house for stories: the real dbt project on a stranger's raw tables, and a clock that only moves forward.

Stories begin at the present, because `int_as_of` compares the lease with the warehouse's own clock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.tick import TickOptions, TickResult, run_tick
from nudge_senders.ledger import Ledger, open_ledger
from tests.parsed_project import ParsedProject

REPOSITORY = Path(__file__).resolve().parents[2]
EVERYBODY_TREATED = 1.0
_CACHES = {"dbt", "dagster"}


@dataclass
class House:
    """One warehouse, told as a story: accounts sign up, events are loaded, time passes, ticks run."""

    folder: Path
    now: datetime

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self._environment(), project_dir=self.folder / "project")

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def execute(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.settings.duckdb_path)) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql, list(values)).fetchall()

    def sign_up(self, account_id: str, at: datetime) -> None:
        """An account with one reachable contact."""
        self.sign_up_all({account_id: at})

    def sign_up_all(self, accounts: Mapping[str, datetime]) -> None:
        """Accounts and when they signed up, each with one reachable contact."""
        with duckdb.connect(str(self.settings.duckdb_path)) as connection:
            for account_id, at in accounts.items():
                moment = _naive(at)
                connection.execute(
                    "insert into crm.accounts (account_id, account_name, signed_up_at, updated_at) "
                    "values (?, ?, ?, ?)",
                    [account_id, f"Company {account_id}", moment, moment],
                )
                connection.execute(
                    "insert into crm.contacts (contact_id, account_id, user_id, email, full_name, role, "
                    "timezone, email_consent, last_seen_at, updated_at) values ('c-' || $1, $1, 'u-' || $1, "
                    "$1 || '@example.com', 'Kim', 'admin', 'UTC', true, $2, $2)",
                    [account_id, moment],
                )

    def load_event(self, account_id: str, event: str, occurred_at: datetime, loaded_at: datetime) -> None:
        self.execute(
            "insert into segment.tracks values (uuid(), $2, 'u-' || $1, null, $1, $3, $4, $4)",
            *[account_id, event, _naive(occurred_at), _naive(loaded_at)],
        )

    def load_noise(self) -> None:
        """Something of no consequence just arrived, so the source is alive and complete up to its lag."""
        self.load_event("nobody", "Page Viewed", self.now, self.now)

    def set_treatment_share(self, share: float) -> None:
        epochs = self.folder / "project" / "seeds" / "experiment_epochs.csv"
        epochs.write_text(
            f"experiment_key,epoch,starts_at,treatment_share\nttfv_nudge,1,2000-01-01 00:00:00,{share}\n",
            encoding="utf-8",
        )

    def rewrite_seed(self, name: str, before: str, after: str) -> None:
        """An edit of a seed as a person would make it; the text that it replaces is there once."""
        seed = self.folder / "project" / "seeds" / f"{name}.csv"
        text = seed.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name} reads otherwise now"
        seed.write_text(text.replace(before, after), encoding="utf-8")

    def reasons(self) -> Counter[str]:
        """How many due nudges have which reason."""
        rows = self.execute("select reason_code, count(*) from onboarding.fct_nudge_decisions group by 1")
        return Counter({str(reason): int(str(number)) for reason, number in rows})

    def tick(self, **options: Any) -> TickResult:
        return run_tick(self.settings, TickOptions(**options), clock=self.clock)

    def tick_killed_at(self, fault: str) -> None:
        """The command line in a process of its own, which ends itself with SIGKILL at the named step."""
        environment = {**os.environ, **self._environment(), "MILESTONE_AGENT_FAULT": fault}
        environment["MILESTONE_AGENT_DBT_PROJECT"] = str(self.folder / "project")
        done = subprocess.run(
            [sys.executable, "-c", "from dagster_project.cli import main; main(['tick'])"],
            env=environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == -9, done.stdout + done.stderr

    def ledger(self) -> Ledger:
        return open_ledger(self.settings.duckdb_path, clock=self.clock)

    def deliveries(self, action: str = "deliver") -> Counter[str]:
        """How often each nudge was delivered, or taken back, by the outbox's own appended lines."""
        lines = self.settings.outbox / self.settings.namespace / "deliveries.jsonl"
        if not lines.is_file():
            return Counter()
        left = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
        return Counter(
            nudge_id for line in left if line["action"] == action for nudge_id in line["nudge_ids"]
        )

    def sent(self, action: str = "deliver") -> list[tuple[object, ...]]:
        """(account, milestone, tier) of what was sent or taken back, in that order."""
        return self.execute(
            "select account_id, milestone_key, tier from nudges.nudge_events "
            "where kind = 'sent' and action = ? order by recorded_at, seq",
            action,
        )

    def decision(self, account_id: str, tier: int) -> tuple[object, ...]:
        [row] = self.execute(
            "select decision, reason_code from onboarding.fct_nudge_decisions "
            "where account_id = ? and tier = ?",
            *[account_id, tier],
        )
        return row

    def make_new(self) -> None:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        for left in home.iterdir():
            if left.name not in _CACHES:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        shutil.rmtree(self.folder / "project", ignore_errors=True)
        ignored = shutil.ignore_patterns("target", "logs")
        shutil.copytree(REPOSITORY / "dbt_project", self.folder / "project", ignore=ignored)
        self.set_treatment_share(EVERYBODY_TREATED)
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute(_RAW_TABLES)

    def _environment(self) -> dict[str, str]:
        return {"MILESTONE_AGENT_DUCKDB_PATH": str(self.folder / "home" / "warehouse.duckdb")}


_RAW_TABLES = """
create schema segment;
create schema crm;
create table segment.tracks (
    id varchar, event varchar, user_id varchar, anonymous_id varchar, context_group_id varchar,
    timestamp timestamp, received_at timestamp, uuid_ts timestamp
);
create table crm.accounts (
    account_id varchar, account_name varchar, signed_up_at timestamp, updated_at timestamp
);
create table crm.contacts (
    contact_id varchar, account_id varchar, user_id varchar, email varchar, full_name varchar, role varchar,
    timezone varchar, email_consent boolean, unsubscribed_at timestamp, hard_bounced_at timestamp,
    last_seen_at timestamp, updated_at timestamp
);
"""


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject) -> Path:
    """Used by all stories of a process in turn, so that dbt parses once what differs from the shipped
    project.
    """
    made = tmp_path_factory.mktemp("house")
    home = made / "home"
    parsed_project.hand_to(home / "dbt" / "duckdb", warehouse=home / "warehouse.duckdb")
    return made


@pytest.fixture
def house(folder: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for name in [name for name in os.environ if name.startswith("MILESTONE_AGENT_")]:
        monkeypatch.delenv(name)
    new = House(folder, datetime.now(UTC).replace(microsecond=0))
    new.make_new()
    return new
