"""Ten days of the demo, told once: three in shadow, an opening, seven live, with planted stories among the
demo's own accounts.

Belongs here: what happens when, and what is written down of every tick: what the vendors delivered, and what
a plain reading of the raw rows (`tests.oracle`) would have delivered. Does not belong here: what has to hold
of it.

It begins on the next Monday, because `int_as_of` compares the lease with the warehouse's own clock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dagster import DagsterInstance, Definitions

from dagster_project.build import Overrides, build_definitions
from dagster_project.cli import main
from dagster_project.jobs import TICK_JOB
from dagster_project.session import TickSession
from dagster_project.settings import Settings
from tests.end_to_end.living_demo import LivingDemo
from tests.end_to_end.vendors import Vendors
from tests.oracle.assignment import BUCKETS, bucket_of
from tests.oracle.decisions import SEND
from tests.oracle.instants import instant_of
from tests.oracle.ledger import Ledger, NudgeState
from tests.oracle.nudge_id import nudge_id
from tests.oracle.policy import Seeds, load_seeds, read_policy
from tests.oracle.raw import History
from tests.oracle.reading import AccountReading, read
from tests.parsed_project import SHIPPED_PROJECT, ParsedProject

#: Few enough that no day has more slips than the anomaly trip takes for a mistake.
ACCOUNTS = 140
DAYS = 60
TREATMENT_SHARE = 0.5
_FIRST_EPOCH = "2000-01-01 00:00:00"
#: Day, hour and minute of the ticks, in UTC: few, as each costs what dbt and Dagster cost, and so chosen that
#: the office hours of every part of the world have some of them.
_SHADOW = ((0, "06:00"), (2, "08:05"), (3, "05:55"))
_LIVE = (
    *((3, hour) for hour in ("08:05", "12:05", "20:05")),
    *((4, hour) for hour in ("08:05", "12:05", "20:05")),
    (5, "12:05"),
    *((7, hour) for hour in ("01:05", "08:05", "12:05", "20:05")),
    *((8, hour) for hour in ("01:05", "08:05", "20:05")),
    *((9, hour) for hour in ("08:05", "20:05")),
    (10, "08:15"),
)
_OPENED = (3, "06:00")
#: The experiment may not begin before the opening.
_EPOCH_AFTER_OPENING = (3, "06:01")
HOLIDAY = (8, "DK")
#: How a tier below the human one names a contact.
_ADDRESS_COLUMNS = {1: "user_id", 2: "email"}
STORIES_MILESTONE, _STORIES_EVENT = "workspace_created", "Workspace Created"


#: When, and what is then done to the world.
Happening = tuple[datetime, Callable[[], object]]


@dataclass(frozen=True)
class Left:
    """One message that a vendor delivered, or in shadow the outbox."""

    at: datetime
    nudge_id: str
    account_id: str
    milestone_key: str
    tier: int
    recipient: str | None


@dataclass(frozen=True)
class Tick:
    """One tick: what left in it, what the plain reading wanted to leave, and how all stood then."""

    at: datetime
    is_live: bool
    left: tuple[Left, ...]
    #: (nudge_id, recipient)
    wanted: frozenset[tuple[str, str | None]]
    accounts: dict[str, AccountReading]
    history: History
    #: user id -> the hint that he sees
    shown: dict[str, str]
    holding: tuple[str, ...]


@dataclass
class Telling:
    """The ten days while they go by."""

    folder: Path
    start: datetime
    now: datetime
    ticks: list[Tick] = field(default_factory=list)
    #: Story -> account_id, of one that is treated.
    stories: dict[str, str] = field(default_factory=dict)
    heard_in_shadow: int = 0
    completed_on_the_way: str | None = None

    def __post_init__(self) -> None:
        self.vendors = Vendors(self.clock)
        self.project = self.folder / "project"
        self.warehouse = self.folder / "home" / "warehouse.duckdb"
        #: nudge_id -> account_id, milestone_key, tier, channel
        self.nudges: dict[str, tuple[str, str, int, str]] = {}
        self._lines_read = 0

    def clock(self) -> datetime:
        return self.now

    def at(self, day: int, hour: str) -> datetime:
        hours, minutes = map(int, hour.split(":"))
        return self.start + timedelta(days=day, hours=hours - self.start.hour, minutes=minutes)

    @property
    def opened_at(self) -> datetime:
        return self.at(*_OPENED)

    @property
    def live(self) -> list[Left]:
        """Everything that the vendors delivered, in order."""
        return [left for tick in self.ticks if tick.is_live for left in tick.left]

    @property
    def days_off(self) -> set[tuple[str, date]]:
        """(country, day) of every holiday."""
        return {(country, day) for country, days in self.policy.holidays.items() for day in days}

    def arm_of(self, account_id: str) -> str:
        """By the documented hash of the id."""
        is_treated = bucket_of(self.policy.salt, account_id) < TREATMENT_SHARE * BUCKETS
        return "treatment" if is_treated else "control"

    def left_for(self, story: str) -> dict[int, Left]:
        """What a story's account got for the milestone that the stories are about, by tier."""
        key = (self.stories[story], STORIES_MILESTONE)
        return {left.tier: left for left in self.live if (left.account_id, left.milestone_key) == key}

    def entries(self, story: str) -> list[tuple[object, ...]]:
        """(tier, action, kind, reason) of the ledger's live entries on the same, in order."""
        return self.world.execute(
            "select tier, action, kind, reason_code from nudges.nudge_events where account_id = ? "
            "and milestone_key = ? and namespace = 'prod/live' order by recorded_at, fence, attempt, seq",
            *[self.stories[story], STORIES_MILESTONE],
        )

    # -- the beginning

    def begin(self, parsed_project: ParsedProject) -> None:
        shutil.copytree(SHIPPED_PROJECT, self.project, ignore=shutil.ignore_patterns("target", "logs"))
        parsed_project.hand_to(self.warehouse.parent / "dbt" / "duckdb", warehouse=self.warehouse)
        self._start_experiment(_FIRST_EPOCH)
        day, country = HOLIDAY
        with (self.project / "seeds" / "holidays.csv").open("a", encoding="utf-8") as holidays:
            holidays.write(f"{country},{self.at(day, '00:00'):%Y-%m-%d},A day off\n")
        self.policy = read_policy(load_seeds(self.project / "seeds"))
        self.world = LivingDemo(
            self.warehouse,
            start=self.start,
            end=self.at(10, "08:15"),
            seeds_dir=self.project / "seeds",
            accounts=ACCOUNTS,
            days=DAYS,
        )

    def _start_experiment(self, starts_at: str) -> None:
        (self.project / "seeds" / "experiment_epochs.csv").write_text(
            f"experiment_key,epoch,starts_at,treatment_share\nttfv_nudge,1,{starts_at},{TREATMENT_SHARE}\n",
            encoding="utf-8",
        )

    # -- the days

    def live_through(self, happenings: list[Happening], patch: pytest.MonkeyPatch) -> None:
        """All ticks, the opening, and what happens in between, in the order of time."""
        for name in [name for name in os.environ if name.startswith("MILESTONE_AGENT_")]:
            patch.delenv(name)
        for name, value in {**self.vendors.environ, **self._environ(is_live=False)}.items():
            patch.setenv(name, value)
        patch.setattr("dagster_project.cli.ledger.system_clock", self.clock)
        waiting = sorted(happenings, key=lambda each: each[0])
        definitions, session = self._put_together(is_live=False)
        for day, hour in (*_SHADOW, _OPENED, *_LIVE):
            self.now = self.at(day, hour)
            while waiting and waiting[0][0] <= self.now:
                waiting.pop(0)[1]()
            if (day, hour) == _OPENED:
                self.heard_in_shadow = sum(len(host.seen) for host in self.vendors.hosts)
                patch.setenv("MILESTONE_AGENT_LIVE", "1")
                self._open()
                definitions, session = self._put_together(is_live=True)
                continue
            self._tick(definitions, session)

    def _open(self) -> None:
        """As a person does it: refused until the experiment begins later, then with the number told."""
        refused = _run("ledger", "open")
        assert "let the first epoch start after the opening" in refused.output, refused.output
        self._start_experiment(f"{self.at(*_EPOCH_AFTER_OPENING):%Y-%m-%d %H:%M:%S}")
        asked = _run("ledger", "open")
        found = re.search(r"--confirm (\d+)", asked.output)
        assert asked.exit_code == 2 and found, asked.output
        opened = _run("ledger", "open", "--confirm", found[1])
        assert opened.exit_code == 0, opened.output

    def _put_together(self, *, is_live: bool) -> tuple[Definitions, TickSession]:
        settings = Settings.from_environment(self._environ(is_live=is_live))
        session = TickSession(
            settings, clock=self.clock, fault=self._pass, make_destinations=self.vendors.registry
        )
        overrides = Overrides(settings=settings, clock=self.clock, make_session=lambda: session)
        return build_definitions(overrides), session

    def _environ(self, *, is_live: bool) -> dict[str, str]:
        return {
            "MILESTONE_AGENT_DUCKDB_PATH": str(self.warehouse),
            "MILESTONE_AGENT_DBT_PROJECT": str(self.project),
            "MILESTONE_AGENT_ENV": "prod",
            "MILESTONE_AGENT_LIVE": "1" if is_live else "0",
        }

    def _tick(self, definitions: Definitions, session: TickSession) -> None:
        is_live = session.settings.is_live
        self.world.arrive(self.now)
        history = self.world.history()
        self.vendors.learn(history)
        seeds = load_seeds(self.project / "seeds")
        accounts = self._read(history, seeds, is_live=is_live)
        self._name_nudges(accounts, session.settings.namespace)
        with DagsterInstance.ephemeral() as instance:
            run = definitions.resolve_job_def(TICK_JOB).execute_in_process(
                instance=instance, run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
            )
        assert run.success and session.summary is not None
        wanted = _wanted(accounts, history, session.settings.namespace)
        left = self._left_live() if is_live else self._left_in_shadow(session.settings, dict(wanted))
        self.ticks.append(
            Tick(
                at=self.now,
                is_live=is_live,
                left=tuple(left),
                wanted=wanted,
                accounts=accounts,
                history=history,
                shown=self.vendors.shown(),
                holding=session.summary.holding,
            )
        )

    # -- what the plain reading knows

    def _read(self, history: History, seeds: Seeds, *, is_live: bool) -> dict[str, AccountReading]:
        # Whoever had an arm before the opening keeps it; between the last tick in shadow and the new epoch
        # nobody signs up.
        first = {**seeds["experiment_epochs"][0], "starts_at": _FIRST_EPOCH}
        instant = instant_of(self.now)
        ledger = _LedgerOfProd(
            self._states(is_live), is_live, instant_of(self.opened_at) if is_live else None
        )
        return read(
            history, {**seeds, "experiment_epochs": [first]}, as_of=instant, tick_at=instant, ledger=ledger
        )

    def _states(self, is_live: bool) -> dict[tuple[str, int, str, int], NudgeState]:
        """The ledger as the vendors' books have it: what they delivered, and when."""
        states = {}
        for tick in self.ticks:
            for left in tick.left if tick.is_live == is_live else ():
                _, _, _, channel = self.nudges[left.nudge_id]
                states[(left.account_id, 1, left.milestone_key, left.tier)] = NudgeState(
                    account_id=left.account_id,
                    cycle=1,
                    milestone_key=left.milestone_key,
                    tier=left.tier,
                    state="sent",
                    claimed_at=instant_of(left.at),
                    attempted_at=instant_of(left.at),
                    sent_at=instant_of(left.at),
                    contact_id=_contact_of(left, tick.history),
                    nudge_id=left.nudge_id,
                    channel=channel,
                )
        return states

    def _name_nudges(self, accounts: dict[str, AccountReading], namespace: str) -> None:
        for account_id, reading in accounts.items():
            for milestone in reading.account.path:
                for tier in self.policy.tiers_of(reading.account.path_key):
                    named = nudge_id(namespace, account_id, 1, milestone.key, tier.number, tier.channel)
                    self.nudges[named] = (account_id, milestone.key, tier.number, tier.channel)

    # -- what left

    def _left_live(self) -> list[Left]:
        return [self._left(each.nudge_id, each.recipient) for each in self.vendors.newly_delivered()]

    def _left_in_shadow(self, settings: Settings, recipients: dict[str, str | None]) -> list[Left]:
        """The outbox writes to nobody, so the recipient is whom the plain reading chose."""
        file = settings.outbox / settings.namespace / "deliveries.jsonl"
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        new, self._lines_read = lines[self._lines_read :], len(lines)
        return [
            self._left(nudge_id, recipients.get(nudge_id))
            for line in new
            for nudge_id in line["nudge_ids"]
            if line["action"] == "deliver"
        ]

    def _left(self, nudge_id: str, recipient: str | None) -> Left:
        account_id, milestone_key, tier, _ = self.nudges[nudge_id]
        return Left(self.now, nudge_id, account_id, milestone_key, tier, recipient)

    # -- what a story adds

    def sign_up(
        self,
        story: str,
        at: datetime,
        *,
        arm: str = "treatment",
        country_code: str = "NL",
        timezone: str = "Europe/Amsterdam",
        is_internal: bool = False,
        churned_at: datetime | None = None,
    ) -> None:
        """An account of that arm with one reachable contact, who is an admin."""
        named = (f"{story}-{number}" for number in range(1000))
        account_id = self.stories[story] = next(name for name in named if self.arm_of(name) == arm)
        csm = len(self.stories) % 3
        self.world.add(
            "crm.accounts",
            account_id=account_id,
            account_name=f"Company {story}",
            signed_up_at=at,
            country_code=country_code,
            csm_name=f"Cy {csm}",
            csm_email=f"story{csm}@vendor.example",
            csm_slack_id=f"U0STORY{csm}",
            timezone=timezone,
            is_internal=is_internal,
            churned_at=churned_at,
            updated_at=at,
        )
        self.world.add(
            "crm.contacts",
            contact_id=f"contact-{account_id}",
            account_id=account_id,
            user_id=f"user-{account_id}",
            email=f"{account_id}@{story}.example",
            full_name="Kim Lee",
            role="admin",
            timezone=timezone,
            email_consent=True,
            last_seen_at=at,
            updated_at=at,
        )

    def complete(self, story: str, at: datetime) -> None:
        """The account does what the stories are about, and it is loaded at once."""
        account_id = self.stories[story]
        self.world.add(
            "segment.tracks",
            id=f"{account_id}-{_STORIES_EVENT}",
            event=_STORIES_EVENT,
            user_id=f"user-{account_id}",
            context_group_id=account_id,
            timestamp=at,
            received_at=at,
            uuid_ts=at,
        )

    def _pass(self, point: str) -> None:
        """Once the email of the story `quick` is claimed, its account does what it would be asked to do."""
        if point != "after_claim" or self.completed_on_the_way or "quick" not in self.stories:
            return
        if any(tier == 2 and kind == "claimed" for tier, _, kind, _ in self.entries("quick")):
            self.complete("quick", self.now)
            self.completed_on_the_way = nudge_id(
                "prod/live", self.stories["quick"], 1, STORIES_MILESTONE, 2, "email"
            )


class _LedgerOfProd(Ledger):
    """In prod anybody may be written to."""

    @property
    def namespace(self) -> str:
        return f"prod/{'live' if self.is_live else 'shadow'}"

    @property
    def writes_to_everybody(self) -> bool:
        return True


def first_monday(now: datetime) -> datetime:
    """The next Monday's 06:00 UTC that has not begun."""
    today = now.astimezone(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday())


def _wanted(
    accounts: dict[str, AccountReading], history: History, namespace: str
) -> frozenset[tuple[str, str | None]]:
    people = {row["contact_id"]: row for row in history["crm.contacts"]}
    return frozenset(
        (
            nudge_id(namespace, account_id, 1, one.milestone_key, one.tier, one.channel),
            reading.account.csm_slack_id
            if one.channel == "human"
            else people[one.contact_id][_ADDRESS_COLUMNS[one.tier]],
        )
        for account_id, reading in accounts.items()
        for one in reading.decisions
        if one.decision == SEND
    )


def _contact_of(left: Left, history: History) -> str | None:
    column = _ADDRESS_COLUMNS.get(left.tier)
    if column is None or left.recipient is None:
        return None
    [contact_id] = [row["contact_id"] for row in history["crm.contacts"] if row[column] == left.recipient]
    return str(contact_id)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))
