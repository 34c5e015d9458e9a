"""To which account an id, a user or an event belongs.

Belongs here: aliases, merged accounts, group calls and the users of contacts. Does not belong here: what
the account's rows say (`accounts`).
"""

from dataclasses import dataclass

from tests.oracle.events import Event
from tests.oracle.policy import Policy
from tests.oracle.raw import History, Row, rows, text

_GENERIC = "crm"


@dataclass(frozen=True)
class _GroupCall:
    said_at: int
    received_at: int
    group_id: str


class Identity:
    """The mapping of ids to accounts as it is known at an instant."""

    def __init__(self, history: History, policy: Policy, tick_at: int) -> None:
        self._crm_ids = {found for row in rows(history, "crm.accounts") if (found := text(row["account_id"]))}
        self._aliases = _latest_aliases(rows(history, "crm.account_aliases"))
        self._groups = _group_calls(rows(history, "segment.groups"), policy, tick_at)
        self.account_ids = sorted(one for one in self._crm_ids if self.of_id(one) == one)
        self._users = self._users_of_contacts(rows(history, "crm.contacts"))

    def of_id(self, external_id: str | None, source: str = _GENERIC) -> str | None:
        """The account that an id of a source stands for, none when the CRM does not have it."""
        if external_id is None:
            return None
        alias = self._aliases.get((source, external_id), self._aliases.get((_GENERIC, external_id)))
        end = None if alias is None else self._end_of_chain(alias, {external_id})
        if end is not None:
            return end
        return external_id if external_id in self._crm_ids else None

    def of_event(self, event: Event) -> str | None:
        """The account an event belongs to, none when it is unmapped or ambiguous."""
        if event.hint is not None:
            return self.of_id(event.hint, event.source)
        if event.user_id is None or event.occurred_at is None:
            return None
        group_id = self._group_at(event.user_id, event.occurred_at)
        if group_id is not None:
            return self.of_id(group_id, "segment")
        owners = self._users.get(event.user_id, set())
        return next(iter(owners)) if len(owners) == 1 else None

    def _end_of_chain(self, account_id: str, seen: set[str]) -> str | None:
        while (_GENERIC, account_id) in self._aliases:
            if account_id in seen:
                return None
            seen.add(account_id)
            account_id = self._aliases[(_GENERIC, account_id)]
        return account_id if account_id in self._crm_ids else None

    def _group_at(self, user_id: str, occurred_at: int) -> str | None:
        calls = self._groups.get(user_id, [])
        earlier = [call for call in calls if call.said_at <= occurred_at]
        if earlier:
            return max(earlier, key=lambda call: (call.said_at, call.received_at, call.group_id)).group_id
        if calls:
            first = min(call.said_at for call in calls)
            ties = [call for call in calls if call.said_at == first]
            return max(ties, key=lambda call: (call.received_at, call.group_id)).group_id
        return None

    def _users_of_contacts(self, contacts: list[Row]) -> dict[str, set[str]]:
        owners: dict[str, set[str]] = {}
        for row in latest_contacts(contacts):
            account_id = self.of_id(text(row.get("account_id")))
            user_id = text(row.get("user_id"))
            if account_id is not None and user_id is not None:
                owners.setdefault(user_id, set()).add(account_id)
        return owners


def latest_contacts(contacts: list[Row]) -> list[Row]:
    """One row per contact id: the one updated last."""
    latest: dict[str, Row] = {}
    for row in contacts:
        contact_id = text(row.get("contact_id"))
        if contact_id is None:
            continue
        other = latest.get(contact_id)
        if other is None or _updated(row) > _updated(other):
            latest[contact_id] = row
    return list(latest.values())


def _latest_aliases(aliases: list[Row]) -> dict[tuple[str, str], str]:
    latest: dict[tuple[str, str], Row] = {}
    for row in aliases:
        external_id, account_id = text(row.get("external_id")), text(row.get("account_id"))
        if external_id is None or account_id is None:
            continue
        key = (text(row.get("source_name")) or _GENERIC, external_id)
        if key not in latest or _updated(row) > _updated(latest[key]):
            latest[key] = row
    # A row that names itself says nothing.
    return {key: row["account_id"] for key, row in latest.items() if row["account_id"] != key[1]}


def _group_calls(groups: list[Row], policy: Policy, tick_at: int) -> dict[str, list[_GroupCall]]:
    calls: dict[str, list[_GroupCall]] = {}
    for row in groups:
        user_id, group_id = text(row.get("user_id")), text(row.get("group_id"))
        said_at, received_at = row.get("timestamp"), row.get("received_at")
        if (
            user_id is None
            or group_id is None
            or said_at is None
            or received_at is None
            or received_at > tick_at
            or not policy.is_believable(said_at, received_at)
        ):
            continue
        calls.setdefault(user_id, []).append(_GroupCall(said_at, received_at, group_id))
    return calls


def _updated(row: Row) -> int:
    updated_at = row.get("updated_at")
    return -(2**62) if updated_at is None else int(updated_at)
