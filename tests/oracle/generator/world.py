"""A generated business: its accounts, and the rows that tell of them.

Belongs here: the order in which the parts of a history are made, and its options. Does not belong here:
each table's rows (`crm`, `activity`, `people`).
"""

from dataclasses import dataclass, field
from random import Random

from tests.oracle.generator.activity import write_activity
from tests.oracle.generator.crm import Plan, write_accounts
from tests.oracle.generator.people import write_people
from tests.oracle.instants import DAY, HOUR, MINUTE, at
from tests.oracle.policy import Seeds, read_policy
from tests.oracle.raw import ARRIVES, History, Row

OPTIONAL_TABLES = (
    "segment.groups",
    "crm.account_aliases",
    "crm.contacts",
    "crm.account_holds",
    "crm.account_touches",
    "integrations.sync_runs",
    "feedback.message_events",
    "loader.heartbeats",
)


@dataclass(frozen=True)
class Options:
    """What a history is like; `now` is the instant whose edges it is shaped to hit."""

    seed: int
    accounts: int = 2000
    now: int = field(default_factory=lambda: at("2026-04-17 09:37:12.345678"))
    sources: tuple[str, ...] = ("segment", "amplitude", "mixpanel")
    absent_tables: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    """Such as `segment.tracks.uuid_ts`."""
    has_heartbeats: bool = True
    silence: int = 0
    """For how long before `now` the sources have been silent, in microseconds."""


def generate(options: Options, seeds: Seeds) -> History:
    """The raw rows of a history; the same options give the same rows."""
    random = Random(options.seed)
    policy = read_policy(seeds)
    tables: dict[str, list[Row]] = {}
    plans: list[Plan] = write_accounts(random, policy, options.accounts, options.now, tables)
    write_people(random, plans, options.now, tables)
    write_activity(random, plans, policy, options.sources, options.now, tables)
    _write_heartbeats(random, options, tables)
    for rows in tables.values():
        random.shuffle(rows)
    return _without(tables, options)


def arrival_prefixes(random: Random, now: int, count: int) -> list[int]:
    """Instants at which a tick could have run, the last one `now`."""
    return [*sorted(now - random.randint(HOUR, 20 * DAY) for _ in range(count - 1)), now]


def _write_heartbeats(random: Random, options: Options, tables: dict[str, list[Row]]) -> None:
    rows = tables.setdefault("loader.heartbeats", [])
    if not options.has_heartbeats:
        return
    end = options.now - options.silence
    for source in (*options.sources, "crm", "feedback"):
        # Some time is missing at every beat: rows are complete only up to a while before it.
        instant = options.now - 25 * DAY
        while instant <= end:
            rows.append(
                {
                    "source_name": source,
                    "synced_through": instant - random.randint(0, 40 * MINUTE),
                    "loaded_at": instant,
                    ARRIVES: instant,
                }
            )
            instant += random.randint(2 * HOUR, 5 * HOUR)
        rows.append(
            {
                "source_name": source,
                "synced_through": end - random.randint(0, 30 * MINUTE),
                "loaded_at": end,
                ARRIVES: end,
            }
        )


def _without(tables: dict[str, list[Row]], options: Options) -> History:
    dropped: dict[str, set[str]] = {}
    for name in options.absent_columns:
        table, column = name.rsplit(".", 1)
        dropped.setdefault(table, set()).add(column)
    return {
        table: [
            {key: value for key, value in row.items() if key not in dropped.get(table, ())} for row in rows
        ]
        for table, rows in tables.items()
        if table not in options.absent_tables
    }
