"""Events of a generated business.

Belongs here: rows of the three event products and the group calls. Does not belong here: what they
complete.
"""

import json
from random import Random

from tests.oracle.generator.crm import Plan
from tests.oracle.generator.shapes import NOISE_NAMES, lag, odd_instant
from tests.oracle.instants import DAY, HOUR, MINUTE, at
from tests.oracle.policy import Policy
from tests.oracle.raw import ARRIVES, Row

_SKEW = 15 * MINUTE
_BEFORE_HISTORY = at("2000-01-01 00:00:00")


class _Writer:
    """Writes events in the shape of whichever product sent them."""

    def __init__(
        self, random: Random, sources: tuple[str, ...], now: int, tables: dict[str, list[Row]], has_text: bool
    ) -> None:
        self.random = random
        self.sources = sources
        self.now = now
        self.tables = tables
        self.has_text = has_text
        self.count = 0

    def write(
        self,
        name: str,
        occurred_at: int | None,
        *,
        hint: str | None = None,
        user_id: str | None = None,
        source: str | None = None,
        loaded_at: int | None = None,
        is_exact: bool = False,
    ) -> None:
        """One event, in some cases several times."""
        random = self.random
        source = source or random.choice(self.sources)
        if loaded_at is None and occurred_at is not None:
            loaded_at = occurred_at + lag(random)
            if is_exact:
                loaded_at = max(occurred_at - _SKEW, min(loaded_at, self.now))
        for _ in range(1 if random.random() < 0.93 else random.randint(2, 3)):
            self._write_row(source, name, occurred_at, loaded_at, hint, user_id)

    def _write_row(
        self,
        source: str,
        name: str,
        occurred_at: int | None,
        loaded_at: int | None,
        hint: str | None,
        user_id: str | None,
    ) -> None:
        random = self.random
        self.count += 1
        row_id = f"{source}-{self.count if random.random() < 0.98 else 1}"
        arrives_at = -(2**61) if loaded_at is None else loaded_at
        if random.random() < 0.03:
            # Committed late, under an older load time.
            arrives_at += random.randint(0, 40 * HOUR)
        received_at = loaded_at if loaded_at is None else loaded_at - random.choice((0, 0, MINUTE, HOUR))
        if source == "segment":
            as_text = self.has_text and random.random() < 0.3
            slug = name.lower().replace(" ", "_") + "_slug"
            row: Row = {
                "id": row_id,
                "event": random.choice((slug, slug, None)) if as_text else name,
                "event_text": name if as_text else random.choice((None, "Something Else", "")),
                "user_id": user_id if user_id is not None else random.choice((None, None, "")),
                "anonymous_id": f"anon-{self.count}",
                "context_group_id": hint,
                "timestamp": occurred_at,
                "received_at": received_at if random.random() < 0.98 else None,
                "uuid_ts": loaded_at,
            }
            self.tables["segment.tracks"].append({**row, ARRIVES: arrives_at})
        elif source == "amplitude":
            groups = _json_of(random, hint)
            row = {
                "uuid": row_id,
                "insert_id": None,
                "user_id": user_id,
                "event_type": name,
                "event_time": occurred_at,
                "server_upload_time": received_at,
                "groups": groups,
                "event_properties": "{}",
                "loaded_at": loaded_at,
            }
            self.tables["amplitude.events"].append({**row, ARRIVES: arrives_at})
        else:
            row = {
                "insert_id": row_id,
                "event": name,
                "distinct_id": user_id,
                "time": occurred_at,
                "mp_processing_time_ms": None if received_at is None else received_at // 1000,
                "properties": _json_of(random, hint),
                "loaded_at": loaded_at,
            }
            self.tables["mixpanel.events"].append({**row, ARRIVES: arrives_at})


def _json_of(random: Random, hint: str | None) -> str | None:
    if hint is None:
        return random.choice(
            (None, "{}", "", '{"plan": "pro"}', "{broken", "[]", '{"company": null}', '{"company": ""}')
        )
    key = random.choice(("account_id", "company_id", "company"))
    found: dict[str, object] = {"plan": "pro", "group_id": "decoy", key: hint}
    if random.random() < 0.25:
        found[key] = [hint]
    elif hint == "7":
        found[key] = 7
    return json.dumps(found, ensure_ascii=random.random() < 0.5)


def write_activity(
    random: Random,
    plans: list[Plan],
    policy: Policy,
    sources: tuple[str, ...],
    now: int,
    tables: dict[str, list[Row]],
) -> None:
    """All events, and the group calls that say whose users did them."""
    for source in sources:
        tables.setdefault({"segment": "segment.tracks"}.get(source, f"{source}.events"), [])
    groups = tables.setdefault("segment.groups", [])
    writer = _Writer(random, sources, now, tables, has_text="segment" in sources)
    known_users = _users_of_contacts(tables)
    for plan in plans:
        _write_plan(random, writer, plan, known_users.get(plan.account_id, []), groups, now)
    _write_movers(random, writer, plans, groups, now)
    _write_unusable(random, writer, plans, now)


def _users_of_contacts(tables: dict[str, list[Row]]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for row in tables.get("crm.contacts", []):
        if row["user_id"] and row["account_id"]:
            users.setdefault(row["account_id"], []).append(row["user_id"])
    return users


def _write_plan(
    random: Random, writer: _Writer, plan: Plan, contact_users: list[str], groups: list[Row], now: int
) -> None:
    grouped_user = f"user of {plan.account_id}"
    has_group_call = False
    for step, occurred_at in plan.completions:
        times = [occurred_at]
        if random.random() < 0.2:
            times += [occurred_at + random.randint(0, 3 * DAY) for _ in range(random.randint(1, 3))]
        if plan.cycle_started_at is not None:
            times.append(plan.cycle_started_at + random.choice((-1, 0, 1, HOUR)))
        for instant in times:
            name = random.choice(sorted(step.spellings))
            is_exact = plan.is_exact and instant == occurred_at
            way = random.random()
            alias = random.choice(plan.aliases) if plan.aliases and random.random() < 0.5 else None
            if way < 0.2 and contact_users:
                writer.write(name, instant, user_id=random.choice(contact_users), is_exact=is_exact)
            elif way < 0.45:
                has_group_call = True
                writer.write(name, instant, user_id=grouped_user, is_exact=is_exact)
            elif alias is not None:
                source = alias[0] if alias[0] in writer.sources else None
                user_id = random.choice((None, grouped_user))
                writer.write(name, instant, hint=alias[1], user_id=user_id, source=source, is_exact=is_exact)
            else:
                writer.write(name, instant, hint=plan.account_id, is_exact=is_exact)
    for _ in range(random.choice((0, 1, 1, 3))):
        instant = odd_instant(random, plan.signed_up_at - 2 * HOUR, max(now, plan.signed_up_at))
        if not plan.is_signed_up_in_crm and plan.is_exact:
            instant = max(instant, plan.signed_up_at)
        writer.write(random.choice(NOISE_NAMES), instant, hint=plan.account_id)
    if not plan.is_signed_up_in_crm and random.random() < 0.9:
        writer.write("Anything At All", plan.signed_up_at, hint=plan.account_id, is_exact=True)
    if has_group_call and random.random() < 0.95:
        # Often later than the first event.
        said_at = plan.signed_up_at + random.choice((-DAY, 0, HOUR, 2 * DAY))
        heard_at = min(said_at + lag(random), now) if random.random() < 0.8 else said_at + lag(random)
        group_id = (
            random.choice(plan.aliases)[1] if plan.aliases and random.random() < 0.3 else plan.account_id
        )
        groups.append(_group(grouped_user, group_id, said_at, heard_at))


def _group(user_id: str | None, group_id: str | None, said_at: int | None, heard_at: int) -> Row:
    return {
        "id": f"group-{user_id}-{said_at}",
        "user_id": user_id,
        "group_id": group_id,
        "timestamp": said_at,
        "received_at": heard_at,
        ARRIVES: heard_at,
    }


def _write_movers(random: Random, writer: _Writer, plans: list[Plan], groups: list[Row], now: int) -> None:
    """Users who leave one account for another, and repeat there what they did before."""
    for number in range(len(plans) // 12):
        first, second = random.sample(plans, 2)
        user_id = f"mover {number}"
        moved_at = odd_instant(random, now - 25 * DAY, now - HOUR)
        came_at = moved_at - random.randint(0, 9 * DAY)
        groups.append(_group(user_id, first.account_id, came_at, came_at + MINUTE))
        groups.append(
            _group(user_id, second.account_id, moved_at, moved_at + random.choice((0, HOUR, 3 * DAY)))
        )
        if random.random() < 0.1:
            groups.append(_group(user_id, None, moved_at, moved_at))
        step = random.choice(first.path)
        for instant in (came_at - HOUR, came_at, moved_at - 1, moved_at, moved_at + 1, moved_at + HOUR):
            if random.random() < 0.5:
                writer.write(random.choice(sorted(step.spellings)), instant, user_id=user_id)


def _write_unusable(random: Random, writer: _Writer, plans: list[Plan], now: int) -> None:
    """Times that cannot be believed, and the last ones that can."""
    for plan in random.sample(plans, len(plans) // 15):
        name = random.choice(sorted(random.choice(plan.path).spellings))
        loaded_at = now - random.randint(0, 3 * DAY)
        occurred_at, loaded_at_or_none = random.choice(
            (
                (None, loaded_at),
                (_BEFORE_HISTORY - 1, loaded_at),
                (0, loaded_at),
                (loaded_at + _SKEW + 1, loaded_at),
                (loaded_at + 900 * DAY, loaded_at),
                (loaded_at + _SKEW, loaded_at),
                (now, now - _SKEW),
                (now + 1, now - _SKEW + 1),
                (_BEFORE_HISTORY, loaded_at) if random.random() < 0.1 else (now - DAY, now + 1),
                (now - DAY, now),
                (now - DAY, now + 1),
            )
        )
        writer.write(name, occurred_at, hint=plan.account_id, loaded_at=loaded_at_or_none)
    for _ in range(max(5, len(plans) // 100)):
        # Nobody's: no hint and no user, a hint the CRM does not know.
        step = random.choice(random.choice(plans).path)
        name = random.choice(sorted(step.spellings))
        writer.write(
            name, now - random.randint(0, 30 * DAY), hint=random.choice((None, "", "stranger", "acc_0"))
        )
