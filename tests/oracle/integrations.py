"""What stands in an account's way: the integration that failed last and has not run well since.

Belongs here: which integration fails, and whether anybody can tell why. Does not belong here: what is done
about it.
"""

import re

from tests.oracle.identity import Identity
from tests.oracle.raw import History, Row, rows, text

_FAILED = ("failed", "failure", "error", "errored")
# What the generated histories say, and the demo.
_RECOGNISED = re.compile(
    r"\b(token (has )?expired|too many requests|permission denied|column \S+ does not exist"
    r"|token for \S+ expired|could not reach|lacks usage|daily quota|changed from)\b",
    re.IGNORECASE,
)
_RECOGNISED_STATUS = re.compile(r"(?<!\d)(401|403|429|503)(?!\d)")


def accounts_with_unknown_error(history: History, identity: Identity, tick_at: int) -> set[str]:
    """The accounts whose latest failure is one that nobody recognises."""
    latest: dict[tuple[str, str], Row] = {}
    for row in rows(history, "integrations.sync_runs"):
        account_id = identity.of_id(text(row.get("account_id")))
        if account_id is None or not _is_known(row, tick_at):
            continue
        key = (account_id, row["integration"])
        if key not in latest or _age(row) > _age(latest[key]):
            latest[key] = row
    failing: dict[str, tuple[int, Row]] = {}
    for (account_id, _), row in sorted(latest.items(), reverse=True):
        finished_at = row["finished_at"]
        if row["status"] in _FAILED and finished_at >= failing.get(account_id, (finished_at, row))[0]:
            # Of two that ended at once, the first by name.
            failing[account_id] = (finished_at, row)
    return {account_id for account_id, (_, row) in failing.items() if not _is_recognised(row)}


def _is_known(row: Row, tick_at: int) -> bool:
    finished_at, loaded_at = row.get("finished_at"), row.get("loaded_at")
    return finished_at is not None and finished_at <= tick_at and (loaded_at is None or loaded_at <= tick_at)


def _age(row: Row) -> tuple[int, str]:
    return row["finished_at"], row["sync_run_id"]


def _is_recognised(row: Row) -> bool:
    said = _RECOGNISED.search(row.get("error_message") or "")
    return bool(said or _RECOGNISED_STATUS.search(row.get("error_code") or ""))
