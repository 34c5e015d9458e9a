"""Lets time pass in a demo warehouse: what was generated for later arrives when its hour has come.

How it works. The generator left two days of later rows in `planted.future_*`. A release moves those whose
collector would have received them by `now` into the raw tables, with `now` as their load time, and appends a
heartbeat `synced_through = now` for every source. Heartbeats exist for every source, so `as_of` equals the
instant of the newest release: between releases no fact moves and nothing slips, however late it gets.

A release also enters a few accounts into the CRM late (signed up hours ago, nothing done since): at most once
in three windows, and always so many that one of them is in the treatment arm, whose first nudge is then due
at once. Who that is follows from the hash of the ids, so the arms stay as random as before.

Time is cut into windows of five minutes. A window is released at most once, and stays quiet when the two
before it were released: of three consecutive looks two find something and one finds nothing changed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.clock import naive_utc
from dagster_project.demo.customers import HEARTBEAT_SOURCES
from dagster_project.demo.events import raw_event_inserts
from dagster_project.demo.marker import read_marker

WINDOW_SECONDS = 300
LATE_ENTRY_EVERY_WINDOWS = 3
MAX_LATE_ENTRIES = 15
"""Accounts entered at once; reached only when hardly anybody is treated."""


def release(path: Path, now: datetime) -> int:
    """Release what is due at `now` (aware) and return the number of rows that arrived, heartbeats included.

    0 means that nothing was touched: a quiet window, one that was released before, a clock that went back, or
    a warehouse that the demo did not make. The file is open for the release only; `duckdb.IOException` when
    another process holds it. All rows of a release appear together or not at all.
    """
    if not path.is_file():
        return 0
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        marker = read_marker(connection)
        present = naive_utc(now)
        if marker is None or present <= marker.created_at:
            return 0
        window = window_of(now)
        if not _is_released_in(connection, window, present):
            return 0
        connection.begin()
        try:
            rows = _release(connection, window, f"timestamp '{present.isoformat(sep=' ')}'")
            connection.execute("insert into planted.releases values (?, ?, ?)", [window, present, rows])
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    return rows


def window_of(now: datetime) -> int:
    """The number of the five-minute window of `now`, counted from 1970 in UTC."""
    return int(now.astimezone(UTC).timestamp()) // WINDOW_SECONDS


def _is_released_in(connection: duckdb.DuckDBPyConnection, window: int, present: datetime) -> bool:
    rows = connection.execute(
        "select window_number, released_at from planted.releases order by window_number desc limit 2"
    ).fetchall()
    if rows and (rows[0][0] >= window or rows[0][1] >= present):
        return False
    return [row[0] for row in rows] != [window - 1, window - 2]


def _release(connection: duckdb.DuckDBPyConnection, window: int, now: str) -> int:
    rows = _count(connection, f"from planted.future_events where received_at <= {now}")
    connection.execute(
        f"create or replace temp table demo_arriving as from planted.future_events where received_at <= {now}"
    )
    for statement in raw_event_inserts("demo_arriving", now):
        connection.execute(statement)
    connection.execute("drop table demo_arriving")
    connection.execute(f"delete from planted.future_events where received_at <= {now}")
    rows += _enter_accounts(connection, f"reserve_place is null and release_at <= {now}", now)
    rows += _enter_late(connection, window, now)
    connection.executemany(
        f"insert into loader.heartbeats values (?, {now}, {now})", [(source,) for source in HEARTBEAT_SOURCES]
    )
    # The CRM is never silent: somebody edits an account.
    connection.execute(
        f"update crm.accounts set updated_at = {now} where account_id = "
        f"(select account_id from crm.accounts where signed_up_at <= {now} "
        "order by updated_at, account_id limit 1)"
    )
    return rows + len(HEARTBEAT_SOURCES)


def _enter_accounts(connection: duckdb.DuckDBPyConnection, chosen: str, now: str) -> int:
    """CRM accounts, their contacts and their users' group calls, each as soon as it is known."""
    rows = 0
    for name, target, loaded in (
        ("accounts", "crm.accounts", f"{now} as updated_at"),
        ("contacts", "crm.contacts", f"{now} as last_seen_at, {now} as updated_at"),
        ("groups", "segment.groups", f"{now} as uuid_ts"),
    ):
        source = f"from planted.future_{name} where {chosen}"
        rows += _count(connection, source)
        connection.execute(
            f"insert into {target} select * exclude (release_at, reserve_place) replace ({loaded}) {source} "
            "order by release_at, reserve_place"
        )
        connection.execute(f"delete {source}")
    return rows


def _enter_late(connection: duckdb.DuckDBPyConnection, window: int, now: str) -> int:
    """The next accounts of the reserve, up to and including the first that is treated."""
    last = connection.execute("select max(window_number) from planted.late_entries").fetchone()
    if last and last[0] is not None and window - last[0] < LATE_ENTRY_EVERY_WINDOWS:
        return 0
    span = connection.execute(
        f"""select min(place),
            least(min(place) filter (where is_treated), min(place) + {MAX_LATE_ENTRIES - 1})
        from planted.reserve where place not in (select place from planted.late_entries)"""
    ).fetchone()
    if span is None or span[0] is None:
        return 0
    first, until = span[0], span[1]
    connection.execute(
        f"insert into planted.late_entries select place, {window} from planted.reserve "
        f"where place between {first} and {until}"
    )
    # Their sign-up is counted back from the entry, so that the first milestone has slipped by then.
    connection.execute(
        f"""update planted.future_accounts set signed_up_at = {now} - to_seconds(reserve.seconds_ago::bigint)
        from planted.reserve where reserve.place = future_accounts.reserve_place
        and reserve_place between {first} and {until}"""
    )
    connection.execute(
        f"""update planted.future_groups set "timestamp" = {now} - to_seconds(reserve.seconds_ago::bigint)
            + interval 4 minute,
        received_at = {now} from planted.reserve where reserve.place = future_groups.reserve_place
        and reserve_place between {first} and {until}"""
    )
    return _enter_accounts(connection, f"reserve_place between {first} and {until}", now)


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"select count(*) {source}").fetchone()
    return int(row[0]) if row else 0
