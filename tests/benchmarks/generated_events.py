"""The world of the benchmarks: raw events of Segment's shape and their accounts, written by DuckDB alone.

A row is a function of its number and the seed, so that the same call gives the same rows on any number of
threads, and rows that arrive later are those with higher numbers. Rows lie in the order of their load time.
Belongs here: the rows. Does not belong here: what is measured on them.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

#: What the shipped path calls its milestones; each is rarer than the one before.
MILESTONE_EVENTS = (
    "Workspace Created",
    "Team Member Invited",
    "Integration Connected",
    "Data Uploaded",
    "Report Generated",
)
DAYS = 180
#: Loads end here; a tick whose clock is later reads all of it.
ENDS_AT = datetime(2026, 1, 31, tzinfo=UTC)
SEED = 20
_ORDINARY_NAMES = 45
_MILESTONE_SHARE = 0.026
_DUPLICATE_SHARE = 0.01
_LATE_SHARE = 0.02
_LATE_DAYS = 10
_USERS_PER_ACCOUNT = 5

_TABLES = """
create schema if not exists segment;
create schema if not exists crm;
create or replace table segment.tracks (
    id varchar, event varchar, user_id varchar, context_group_id varchar, "timestamp" timestamp,
    received_at timestamp
);
create or replace table crm.accounts (
    account_id varchar, account_name varchar, segment varchar, signed_up_at timestamp, updated_at timestamp
);
"""
# `u` of a row and a purpose is uniform in [0, 1). A row sent again is an older one in all but its load time.
_ROWS = """
insert into segment.tracks
with numbered as (
    select
        i,
        case
            when u(i, 'again') < {duplicate} and i > 1000
                then i - 1 - cast(floor(u(i, 'back') * 1000) as bigint)
            else i
        end as j
    from range({first}, {last}) as numbers (i)
),
drawn as (
    select
        i,
        j,
        -- A power law: the hundredth part of the accounts makes about a fifth of the events.
        cast(floor(pow(u(j, 'account'), 3) * {accounts}) as bigint) as account,
        cast(floor(u(j, 'user') * {users}) as bigint) as of_account,
        u(j, 'name') as name_drawn,
        u(j, 'milestone') as milestone_drawn,
        u(j, 'how late') * case when u(j, 'late') < {late} then {late_days} * 86400e6 else 60e6 end as late_by
    from numbered
)
select
    'e' || j,
    case
        when name_drawn < {milestone}
            then {milestones}[1 + cast(floor(pow(milestone_drawn, 2) * {milestone_names}) as integer)]
        else 'Feature ' || cast(floor(u(j, 'feature') * {names}) as integer) || ' Used'
    end,
    'user_' || account || '_' || of_account,
    'acct_' || account,
    timestamp '{begins}' + to_microseconds(cast(floor(j * {step}) - late_by as bigint)),
    timestamp '{begins}' + to_microseconds(cast(floor(i * {step}) as bigint))
from drawn
"""
_ACCOUNTS = """
insert into crm.accounts
select
    'acct_' || i,
    'Account ' || i,
    'default',
    timestamp '{begins}' + to_microseconds(cast(floor(u(i, 'sign-up') * ({days} - 2) * 86400e6) as bigint)),
    timestamp '{begins}'
from range({accounts}) as numbers (i)
"""


@dataclass(frozen=True)
class World:
    """So many rows of so many accounts over `DAYS`, the last loaded at `ENDS_AT`."""

    rows: int
    accounts: int

    @property
    def begins_at(self) -> str:
        """When the first row was loaded, as SQL reads it."""
        return (ENDS_AT - timedelta(days=DAYS)).strftime("%Y-%m-%d %H:%M:%S")

    def write(self, path: Path) -> None:
        """Tables `segment.tracks` and `crm.accounts` in the file, in the place of those that are there."""
        with connected(path) as connection:
            connection.execute(_TABLES)
            self.append(connection, 0, self.rows)
            connection.execute(_ACCOUNTS.format(begins=self.begins_at, days=DAYS, accounts=self.accounts))

    def append(self, connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
        """The rows numbered `first` to `last` - 1; those beyond `rows` are loaded after `ENDS_AT`."""
        connection.execute(
            _ROWS.format(
                first=first,
                last=last,
                accounts=self.accounts,
                begins=self.begins_at,
                step=DAYS * 86400e6 / self.rows,
                users=_USERS_PER_ACCOUNT,
                duplicate=_DUPLICATE_SHARE,
                late=_LATE_SHARE,
                late_days=_LATE_DAYS,
                milestone=_MILESTONE_SHARE,
                milestones=list(MILESTONE_EVENTS),
                milestone_names=len(MILESTONE_EVENTS),
                names=_ORDINARY_NAMES,
            )
        )


def connected(
    path: Path, *, memory_limit: str = "2500MB", read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection that reads times as UTC, with the product's own limit of memory."""
    connection = duckdb.connect(str(path), read_only=read_only, config={"memory_limit": memory_limit})
    if str(path) == ":memory:":
        # Beside a file lies what does not fit into memory; without one that would be where it is called from.
        connection.execute(f"set temp_directory = '{tempfile.gettempdir()}'")
    connection.execute("set timezone = 'UTC'")
    connection.execute(
        "create or replace temp macro u(number, purpose) as "
        f"hash(number, purpose, {SEED}) / 18446744073709551616.0"
    )
    return connection
