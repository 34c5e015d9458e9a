"""Rules across the rows of the nudge policy and the message templates: tiers, channels, destinations, texts.

Which channels a destination and a text are for, nudge_senders say; whether a text can be rendered is asked in
template_rules, and when a nudge is due is said in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise

from dagster_project.validation.path_rules import by_path
from dagster_project.validation.report import Problem
from dagster_project.validation.seed_reader import Row, Seed
from dagster_project.validation.seed_schema import CHANNELS, DEFAULT_PATH, TIERS
from dagster_project.validation.suggestions import choose_from, closest
from nudge_senders.errors import TemplateBroken
from nudge_senders.registry import CHANNELS_OF
from nudge_senders.template_files import TEMPLATE_DIR, load_template, template_name


def check_policy(seeds: Mapping[str, Seed], destinations: frozenset[str]) -> Iterator[Problem]:
    """`destinations`: every name that a seed may use."""
    policy, path = seeds["nudge_policy"], seeds["critical_path"]
    if policy.is_readable:
        for path_key, rows in by_path(policy).items():
            yield from _path_of_policy(policy, path, path_key, rows[0])
            yield from _delays(policy, path_key, rows)
            for row in rows:
                yield from _tier(policy, row)
                yield from _destination(policy, row, destinations)
                yield from _channel_of_destination(policy, row)
        yield from _paths_without_policy(policy, path)
    yield from check_templates_named(seeds, destinations)


def _path_of_policy(policy: Seed, path: Seed, path_key: str, row: Row) -> Iterator[Problem]:
    known = by_path(path) if path.is_readable else {path_key: []}
    if not known or path_key in known or path_key == DEFAULT_PATH or not path_key:
        return
    near = closest(path_key, known)
    what = f"path_key '{path_key}' is on no row of {path.file}"
    if near:
        yield policy.error(row, path_key, what, f"did you mean {near[0]}?")
    else:
        yield policy.warning(row, path_key, what, "the row is never used; take it away or add the path")


def _paths_without_policy(policy: Seed, path: Seed) -> Iterator[Problem]:
    covered = by_path(policy)
    if not policy.rows or DEFAULT_PATH in covered:
        return
    for path_key, rows in by_path(path).items():
        if path_key not in covered:
            yield policy.error(
                None,
                path_key,
                f"path {path_key} ({path.file}:{rows[0].line}) has no tier here and there is no path default",
                f"add rows for {path_key}, or rows of path default that every other path falls back to",
            )


def _delays(policy: Seed, path_key: str, rows: list[Row]) -> Iterator[Problem]:
    tiers = [(row.whole("tier"), row.number("delay_hours"), row) for row in rows]
    ordered: list[tuple[int, Decimal, Row]] = sorted(
        ((tier, delay, row) for tier, delay, row in tiers if tier is not None and delay is not None),
        key=lambda item: item[0],
    )
    for (lower, earlier, _), (tier, delay, row) in pairwise(ordered):
        if tier != lower and delay <= earlier:
            yield policy.error(
                row,
                f"{path_key} tier {tier}",
                f"delay_hours {delay} of tier {tier} on path {path_key} "
                f"is not above {earlier}, that of tier {lower}",
                "delays count from the slip and grow from tier to tier, such as 1, 25, 49",
            )


def _tier(policy: Seed, row: Row) -> Iterator[Problem]:
    tier, channel = row.whole("tier"), row.text("channel")
    if tier is None or tier < 1:
        return
    key = f"{row.text('path_key')} tier {tier}"
    if tier not in TIERS:
        yield policy.error(
            row, key, f"tier {tier} of path {row.text('path_key')} does not exist", "use tier 1, 2 or 3"
        )
    elif (channel == "human") != (tier == TIERS[-1]):
        remedy = "tiers 1 and 2 write to the customer (in_app, email), tier 3 to the CSM (human)"
        yield policy.error(row, key, f"channel '{channel}' cannot be tier {tier}", remedy)


def _destination(policy: Seed, row: Row, destinations: frozenset[str]) -> Iterator[Problem]:
    name = row.text("destination")
    key = f"{row.text('path_key')} tier {row.text('tier')}"
    if name and name not in destinations:
        what = f"destination '{name}' of tier {row.text('tier')} is not known"
        yield policy.error(row, key, what, choose_from(name, destinations))


def _channel_of_destination(policy: Seed, row: Row) -> Iterator[Problem]:
    name, channel = row.text("destination"), row.text("channel")
    able = sorted(CHANNELS_OF.get(name, ()))
    if not able or channel not in CHANNELS or channel in able:
        return
    fitting = sorted(other for other, channels in CHANNELS_OF.items() if channel in channels)
    yield policy.error(
        row,
        f"{row.text('path_key')} tier {row.text('tier')}",
        f"destination {name} of tier {row.text('tier')} cannot carry channel {channel} "
        f"(it carries {', '.join(able)})",
        f"for {channel} use one of {', '.join(fitting)}",
    )


def check_templates_named(seeds: Mapping[str, Seed], destinations: frozenset[str]) -> Iterator[Problem]:
    """Every tier finds a text for every milestone it can be about, and no row names what does not exist."""
    policy, path, templates = seeds["nudge_policy"], seeds["critical_path"], seeds["message_templates"]
    if not templates.is_readable:
        return
    for row in templates.rows:
        name = row.text("destination")
        if name and name not in destinations:
            what = f"destination '{name}' of template {row.text('template_key')} is not known"
            yield templates.error(row, row.text("template_key"), what, choose_from(name, destinations))
    yield from _unused_milestones(templates, path)
    if templates.rows:
        for row in policy.rows:
            yield from _text_for(row, policy, path, templates)


def _text_for(row: Row, policy: Seed, path: Seed, templates: Seed) -> Iterator[Problem]:
    template_key, destination = row.text("template_key"), row.text("destination")
    key = f"{row.text('path_key')} tier {row.text('tier')}"
    if not template_key or not destination:
        return
    rows = [candidate for candidate in templates.rows if candidate.text("template_key") == template_key]
    if not rows:
        known = {candidate.text("template_key") for candidate in templates.rows}
        yield policy.error(
            row,
            key,
            f"template_key '{template_key}' of tier {row.text('tier')} has no row in {templates.file}",
            choose_from(template_key, known) + "; or add a row for it",
        )
        return
    enabled = [
        candidate
        for candidate in rows
        if candidate.is_on("is_enabled") and candidate.text("destination") == destination
    ]
    yield from _channel_of_texts(row, policy, enabled)
    covered = {candidate.text("milestone_key") for candidate in enabled if not candidate.text("error_class")}
    if "" in covered:
        return
    missing = sorted(_milestones_of(row.text("path_key"), policy, path) - covered)
    if missing:
        yield policy.error(
            row,
            key,
            f"template '{template_key}' has no enabled row for destination {destination} and "
            f"milestone {', '.join(missing)} in {templates.file}",
            "add one, best with an empty milestone_key, which stands for any milestone",
        )


def _channel_of_texts(row: Row, policy: Seed, texts: list[Row]) -> Iterator[Problem]:
    """A text is written for one channel; the senders render it for no other."""
    channel = row.text("channel")
    if channel not in CHANNELS:
        return
    others = {of: name for text in texts for name, of in _text_and_channel(text) if of != channel}
    for of, name in sorted(others.items()):
        yield policy.error(
            row,
            f"{row.text('path_key')} tier {row.text('tier')}",
            f"template '{row.text('template_key')}' of tier {row.text('tier')} is a text for channel {of} "
            f"({name}), not for {channel}",
            f"name a template for {channel}, or correct the channel",
        )


def _text_and_channel(text: Row) -> Iterator[tuple[str, str]]:
    """Nothing for a text that lives at the vendor, and for a broken one, which is reported on its own row."""
    if text.text("vendor_template_id"):
        return
    parts = ("template_key", "milestone_key", "error_class", "variant")
    with suppress(TemplateBroken):
        name = template_name(*(text.text(part) for part in parts))
        yield name, load_template(TEMPLATE_DIR, name).channel


def _milestones_of(policy_path: str, policy: Seed, path: Seed) -> set[str]:
    """Milestones whose nudges follow the policy of `policy_path`, fall-back included."""
    own = set(by_path(policy))
    return {
        row.text("milestone_key")
        for row in path.rows
        if row.text("path_key") == policy_path
        or (policy_path == DEFAULT_PATH and row.text("path_key") not in own)
    }


def _unused_milestones(templates: Seed, path: Seed) -> Iterator[Problem]:
    known = {row.text("milestone_key") for row in path.rows}
    if not known:
        return
    unknown: dict[str, list[Row]] = {}
    for row in templates.rows:
        milestone = row.text("milestone_key")
        if milestone and milestone not in known:
            unknown.setdefault(milestone, []).append(row)
    for milestone, rows in unknown.items():
        lines = ", ".join(str(row.line) for row in rows)
        near = closest(milestone, known)
        hint = f"did you mean {near[0]}? Else take" if near else "take"
        yield templates.warning(
            rows[0],
            milestone,
            f"milestone_key '{milestone}' (lines {lines}) is on no path",
            f"{hint} the rows away, they are never used",
        )
