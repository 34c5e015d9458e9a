"""The closed list of delivery limits (names, units, ranges, scopes), and the check of the seed against it.

What a limit does is said where it is used (SQL or the senders).
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from dagster_project.clock import Clock, system_clock
from dagster_project.validation import seed_values
from dagster_project.validation.report import Problem
from dagster_project.validation.seed_reader import Row, Seed
from dagster_project.validation.source_contract import EVENT_SOURCES
from dagster_project.validation.suggestions import choose_from
from nudge_senders.vocabulary import Channel

# Sources whose age is watched; the others are looked at as they are.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "source": (*EVENT_SOURCES, "crm", "feedback"),
    "channel": tuple(channel.value for channel in Channel),
}


@dataclass(frozen=True)
class Limit:
    """One known limit; numbers are whole, `least` and `most` included. The units 'date', 'time zone' and
    'domains' (a list with |, or nothing) take those instead.

    A limit with `scope_kinds` may stand once per scope; `covers` names the scopes that need a value, by a row
    of their own or by one with an empty scope.
    """

    unit: str
    least: int = 0
    most: int = 10_000_000
    scope_kinds: tuple[str, ...] = ()
    covers: tuple[str, ...] = ("",)

    @property
    def is_list(self) -> bool:
        return self.unit == "domains"


_DOMAIN = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+\Z")
_EVENT_SCOPES = tuple(f"source:{source}" for source in EVENT_SOURCES)
_AGED_SCOPES = tuple(f"source:{source}" for source in SCOPES["source"])

LIMITS: Mapping[str, Limit] = {
    "history_starts_on": Limit("date"),
    "clock_skew_minutes": Limit("minutes", most=1_440),
    "completeness_lag_minutes": Limit("minutes", scope_kinds=("source",), covers=_EVENT_SCOPES),
    "slice_overlap_minutes": Limit("minutes"),
    "max_source_age_minutes": Limit("minutes", least=1, scope_kinds=("source",), covers=_AGED_SCOPES),
    "onboarding_window_days": Limit("days", least=1, most=3_650),
    "in_danger_days": Limit("days", least=1, most=3_650),
    "active_contact_days": Limit("days", least=1, most=3_650),
    "human_touch_cooldown_hours": Limit("hours", most=8_760),
    "max_nudge_age_business_hours": Limit("hours", least=1, most=8_760),
    "in_app_max_hours": Limit("hours", least=1, most=8_760),
    # Longer than a minute and the re-check would no longer be one.
    "recheck_max_age_seconds": Limit("seconds", least=1, most=60),
    "attempt_deadline_seconds": Limit("seconds", least=1, most=300),
    "default_time_zone": Limit("time zone"),
    "quiet_hours_start": Limit("local hour", most=23),
    "quiet_hours_end": Limit("local hour", most=23),
    # A cap beyond these is none.
    "account_messages_per_day": Limit("messages", least=1, most=20),
    "account_messages_per_week": Limit("messages", least=1, most=100),
    "person_messages_per_day": Limit("messages", least=1, most=10),
    "person_messages_per_week": Limit("messages", least=1, most=50),
    "csm_messages_per_day": Limit("messages", least=1, most=100),
    "emails_per_day_without_feedback": Limit("messages", most=1_000),
    "allowed_recipient_domains": Limit("domains"),
    "max_nudges_per_tick": Limit("nudges", least=1, scope_kinds=("channel",)),
    "max_nudges_per_hour": Limit("nudges", least=1, scope_kinds=("channel",)),
    "max_nudges_per_day": Limit("nudges", least=1, scope_kinds=("channel",)),
    "max_nudges_per_tick_percent": Limit("percent", least=1, most=100),
    "max_nudges_per_hour_percent": Limit("percent", least=1, most=1_200),
    # A day may carry several nudges to one account, in tiers and milestones.
    "max_nudges_per_day_percent": Limit("percent", least=1, most=10_000),
    "max_nudges_of_any_base": Limit("nudges", least=1),
    "anomaly_factor": Limit("times", least=1, most=1_000),
    "anomaly_floor_slips": Limit("slips"),
    "silent_milestone_median": Limit("completions", least=1),
    "policy_growth_percent": Limit("percent", most=10_000),
    "policy_growth_floor_nudges": Limit("nudges"),
    "source_volume_percent": Limit("percent", most=100),
    "source_volume_floor_rows": Limit("rows", least=1),
    "template_window_days": Limit("days", least=1, most=365),
    "template_complaints_per_10000": Limit("messages", most=10_000),
    "template_unsubscribes_per_10000": Limit("messages", most=10_000),
    "template_bounces_per_10000": Limit("messages", most=10_000),
    "template_small_sample_messages": Limit("messages", least=1),
    "template_small_sample_complaints": Limit("complaints", least=1),
}


def check_limits(limits: Seed, *, clock: Clock = system_clock) -> Iterator[Problem]:
    if not limits.is_readable or not limits.rows:
        return
    today = clock().date()
    for row in limits.rows:
        yield from _row(limits, row, today)
    yield from _missing(limits)
    yield from _quiet_hours(limits)


def _row(limits: Seed, row: Row, today: date) -> Iterator[Problem]:
    name, scope, value = row.text("limit_name"), row.text("scope"), row.text("limit_value")
    if not name:
        return
    limit = LIMITS.get(name)
    if limit is None:
        yield limits.error(row, name, f"limit_name '{name}' is not known", choose_from(name, LIMITS))
        return
    if value:
        yield from _value(limits, row, name, value, limit, today)
    elif not limit.is_list:
        yield limits.error(row, name, f"limit_value of {name} is empty", "give every row a limit_value")
    if row.text("unit") and row.text("unit") != limit.unit:
        what = f"unit '{row.text('unit')}' of {name} is not its unit"
        yield limits.error(row, name, what, f"{name} is given in {limit.unit}; convert the value")
    if scope:
        yield from _scope(limits, row, name, scope, limit)


def _value(limits: Seed, row: Row, name: str, value: str, limit: Limit, today: date) -> Iterator[Problem]:
    what = f"limit_value '{value}' of {name} is not a {'date' if limit.unit == 'date' else 'whole number'}"
    if limit.unit == "time zone":
        if not _is_zone(value):
            what = f"limit_value '{value}' of {name} is not a time zone"
            yield limits.error(row, name, what, "write UTC or a name such as Europe/Berlin")
        return
    if limit.is_list:
        for domain in value.lower().split("|"):
            if not _DOMAIN.match(domain.strip()):
                what = f"'{domain.strip()}' of {name} is not a domain"
                yield limits.error(
                    row, name, what, "write what follows the @, such as example.com, and | between two"
                )
        return
    if limit.unit == "date":
        given = seed_values.day(value)
        if given is None:
            yield limits.error(row, name, what, "write it as 2000-01-01")
        elif given > today:
            what = f"limit_value {value} of {name} lies in the future, so that every event would be unusable"
            yield limits.error(row, name, what, "write a day before your first event, such as 2000-01-01")
        return
    amount = seed_values.whole(value)
    if amount is None:
        yield limits.error(row, name, what, f"write {limit.unit} in digits only")
    elif not limit.least <= amount <= limit.most:
        yield limits.error(
            row,
            name,
            f"limit_value {value} of {name} is out of range",
            f"give {limit.least} to {limit.most} {limit.unit}",
        )


def _is_zone(name: str) -> bool:
    """Abbreviations such as EST5 are left out: they mean other things elsewhere, and know no summer."""
    return name == "UTC" or ("/" in name and name in zoneinfo.available_timezones())


def _quiet_hours(limits: Seed) -> Iterator[Problem]:
    rows = {row.text("limit_name"): row for row in limits.rows}
    start, end = rows.get("quiet_hours_start"), rows.get("quiet_hours_end")
    if start is None or end is None or start.whole("limit_value") is None:
        return
    if start.whole("limit_value") == end.whole("limit_value"):
        what = f"the quiet hours from {start.text('limit_value')} to {end.text('limit_value')} have no length"
        remedy = "let them end at another hour; a tier is exempt by respects_quiet_hours = false"
        yield limits.error(end, "quiet_hours_end", what, remedy)


def _scope(limits: Seed, row: Row, name: str, scope: str, limit: Limit) -> Iterator[Problem]:
    if not limit.scope_kinds:
        yield limits.error(row, name, f"{name} takes no scope, but has '{scope}'", "leave the scope empty")
        return
    kind, _, named = scope.partition(":")
    if kind not in limit.scope_kinds or named not in SCOPES[kind]:
        known = [f"{kind}:{value}" for kind in limit.scope_kinds for value in SCOPES[kind]]
        yield limits.error(row, name, f"scope '{scope}' of {name} is not known", choose_from(scope, known))


def _missing(limits: Seed) -> Iterator[Problem]:
    present = {(row.text("limit_name"), row.text("scope")) for row in limits.rows}
    for name, limit in LIMITS.items():
        if (name, "") in present:
            continue
        for scope in limit.covers:
            if (name, scope) not in present:
                shown = f"{name} for {scope}" if scope else name
                yield limits.error(
                    None,
                    name,
                    f"the limit {shown} is missing",
                    f"add a row {name},{scope},<{limit.unit}>,{limit.unit},",
                )
