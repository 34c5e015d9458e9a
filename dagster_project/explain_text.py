"""Tells the facts of one account on a terminal: at most 100 columns, sentences beside codes.

Pure text of facts; nothing is read or decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dagster_project.explain import AccountFacts, Record
from dagster_project.explain_when import waits_until
from dagster_project.reasons import sentence
from dagster_project.text_layout import (
    WIDTH,
    cut,
    in_sections,
    instant,
    labelled,
    paragraph,
    printable,
    table,
)

_LABEL = 22


def explanation(facts: AccountFacts) -> str:
    """The whole answer: why and why not, ending with everything that the ledger holds."""
    sections = (
        ("", _head(facts)),
        ("Account", _account(facts)),
        ("People", _people(facts)),
        ("Milestones", _milestones(facts)),
        ("Clock", _clock(facts)),
        ("Due nudges and what is decided about them", _decisions(facts)),
        ("Next due times", _next_due(facts)),
        ("How decisions changed", _changes(facts)),
        ("What still shows", _shown(facts)),
        ("Ledger", _ledger(facts)),
    )
    return in_sections(sections)


def _head(facts: AccountFacts) -> Iterator[str]:
    name = printable(str(facts.account.get("account_name") or ""))
    yield cut(f"{name} ({facts.account_id})" if name else facts.account_id, WIDTH)
    as_of, tick_at = facts.as_of.get("as_of") or facts.progress.get("as_of"), facts.as_of.get("tick_at")
    yield f"facts as of {instant(as_of)}, decided at {instant(tick_at)}, namespace {facts.namespace}"


def _account(facts: AccountFacts) -> Iterator[str]:
    account, progress = facts.account, facts.progress
    yield _fact("path", account.get("path_key") or progress.get("path_key"))
    yield _fact(
        "segment, plan",
        ", ".join(str(account[key]) for key in ("segment", "plan") if account.get(key)) or "-",
    )
    yield _fact("signed up", instant(account.get("signed_up_at") or progress.get("signed_up_at")))
    yield _fact("cycle", account.get("cycle"))
    yield _fact("CSM", account.get("csm_name") or account.get("csm_email"))
    yield _fact("time zone", account.get("timezone"))
    if facts.assignments:
        for row in facts.assignments:
            told = f"{row.get('arm')} (experiment {row.get('experiment_key')}, epoch {row.get('epoch')}, "
            yield _fact("arm", f"{told}assigned {instant(row.get('assigned_at'))})")
    else:
        yield _fact("arm", "not enrolled in an experiment, so not nudged")
    if account.get("is_internal"):
        yield _fact("internal", "yes: " + sentence("internal"))
    if account.get("churned_at"):
        yield _fact("churned", instant(account.get("churned_at")))
    if not facts.holds:
        yield _fact("holds", "none")
    for hold in facts.holds:
        until = instant(hold.get("held_until")) if hold.get("held_until") else "further notice"
        yield from labelled(
            "hold",
            f"{instant(hold.get('held_from'))} to {until}: {hold.get('reason') or 'no reason'}",
            label_width=_LABEL,
        )


def _people(facts: AccountFacts) -> Iterator[str]:
    """Contacts without name and address, and what happened between them and our people."""
    if not facts.contacts:
        yield "  no contact in the CRM"
    else:
        yield from table(
            ("contact", "role", "in-app", "email", "last seen"),
            [
                (
                    str(row.get("contact_id")),
                    str(row.get("role") or "-"),
                    "yes" if row.get("user_id") else "no user id",
                    (row.get("email_blocked_by") or "yes") if row.get("email") else "no address",
                    instant(row.get("last_seen_at")),
                )
                for row in facts.contacts
            ],
        )
    for row in facts.touches:
        until = f", until {instant(row['until_at'])}" if row.get("until_at") else ""
        by = f", noted by {row['noted_by']}" if row.get("noted_by") else ""
        yield from labelled(
            "touch", f"{row.get('kind')} {instant(row.get('occurred_at'))}{until}{by}", label_width=_LABEL
        )


def _milestones(facts: AccountFacts) -> Iterator[str]:
    if not facts.milestones:
        yield "  none"
        return
    yield from table(
        ("#", "milestone", "status", "completed at", "first known at"),
        [
            (
                str(row.get("milestone_order")),
                str(row.get("milestone_key")),
                str(row.get("status")),
                instant(row.get("completed_at")),
                instant(row.get("first_known_at")),
            )
            for row in facts.milestones
        ],
    )


def _clock(facts: AccountFacts) -> Iterator[str]:
    progress = facts.progress
    yield _fact("last progress", instant(progress.get("last_progress_at")))
    if not facts.milestones:
        path = progress.get("path_key")
        yield _fact("next milestone", f"none: the path {path} has no milestones in critical_path.csv")
        return
    if not progress.get("next_milestone_key"):
        yield _fact(
            "next milestone", "none: first value was reached " + instant(progress.get("first_value_at"))
        )
        return
    yield _fact("next milestone", progress.get("next_milestone_key"))
    yield _fact("expected by", instant(progress.get("next_milestone_expected_by")))
    slips_at = progress.get("slips_at")
    yield _fact("slips at", instant(slips_at) if slips_at else "never, while the hold without an end lasts")
    yield _fact("slipped", "yes" if progress.get("is_slipped") else "no")
    yield _fact("hours overdue", _hours(progress.get("hours_overdue")))
    if progress.get("escalated_at"):
        yield _fact("escalated", instant(progress.get("escalated_at")))


def _decisions(facts: AccountFacts) -> Iterator[str]:
    if not facts.decisions:
        yield from paragraph(_why_nothing_is_due(facts))
        return
    for row in facts.decisions:
        yield cut(
            f"  {row.get('milestone_key')}, tier {row.get('tier')} "
            f"({row.get('channel')} to {row.get('destination')}), due {instant(row.get('due_at'))}",
            WIDTH,
        )
        code = str(row.get("reason_code") or "")
        yield from paragraph(f"{row.get('decision')}, {code}: {sentence(code)}", indent=6)
        yield from paragraph(waits_until(facts, row), indent=6)
        named = f"nudge {row.get('nudge_id')}"
        if row.get("contact_id"):
            named += f", to contact {row['contact_id']} ({row.get('recipient_reason') or 'reason unknown'})"
        yield from paragraph(printable(named), indent=6)


def _why_nothing_is_due(facts: AccountFacts) -> str:
    if not facts.progress.get("next_milestone_key"):
        return "None: the path is completed."
    if facts.progress.get("is_slipped"):
        return "None yet: the milestone has slipped, and the delay of the first tier has not run."
    return "None: the next milestone has not slipped."


def _next_due(facts: AccountFacts) -> Iterator[str]:
    due = {str(row.get("nudge_id")) for row in facts.decisions}
    key = facts.progress.get("next_milestone_key")
    coming = [
        row
        for row in facts.scheduled
        if str(row.get("nudge_id")) not in due and row.get("due_at") and row.get("milestone_key") == key
    ]
    slips_at = facts.progress.get("slips_at")
    if not coming and slips_at and not facts.progress.get("is_slipped"):
        yield from paragraph(f"None before {key} slips at {instant(slips_at)}.")
    elif not coming:
        yield "  none"
    for row in coming:
        yield cut(f"  {instant(row['due_at'])}  {row.get('milestone_key')}, tier {row.get('tier')}", WIDTH)


def _changes(facts: AccountFacts) -> Iterator[str]:
    rows = [row for row in facts.changes if row.get("namespace") in (None, facts.namespace)]
    if not rows:
        yield "  none"
        return
    yield from table(
        ("tick at", "milestone", "tier", "decision", "reason"),
        [
            (
                instant(row.get("tick_at") or row.get("changed_at")),
                str(row.get("milestone_key") or row.get("nudge_id")),
                str(row.get("tier") or "-"),
                str(row.get("decision") or "-"),
                str(row.get("reason_code") or "no longer due"),
            )
            for row in rows
        ],
    )


def _shown(facts: AccountFacts) -> Iterator[str]:
    """What the last tick found set, and why some of it is taken back; what came of that is in the ledger."""
    if not facts.shown:
        yield "  nothing"
    causes = {row["nudge_id"]: str(row.get("withdraw_reason_code")) for row in facts.withdrawals}
    for row in facts.shown:
        until = f", until {instant(row['ends_at'])} at most" if row.get("ends_at") else ""
        named = f"{row.get('milestone_key')}, tier {row.get('tier')} at {row.get('destination')}"
        yield from paragraph(printable(f"{named} since {instant(row.get('set_at'))}{until}"))
        if row["nudge_id"] in causes:
            cause = causes[row["nudge_id"]]
            yield from paragraph(f"to be taken back, {cause}: {sentence(cause)}", indent=6)


def _ledger(facts: AccountFacts) -> Iterator[str]:
    if not facts.ledger:
        yield "  no entry: nothing was ever claimed for this account"
        return
    for namespace in sorted({str(row.get("namespace")) for row in facts.ledger}):
        yield f"  {namespace}"
        yield from table(
            ("recorded at", "milestone", "tier", "kind", "destination", "attempt", "reason"),
            [_entry(row) for row in facts.ledger if str(row.get("namespace")) == namespace],
        )


def _entry(row: Record) -> tuple[str, ...]:
    kind = str(row.get("kind"))
    return (
        instant(row.get("recorded_at")),
        str(row.get("milestone_key") or "-"),
        str(row.get("tier") or "-"),
        kind if row.get("action") in (None, "deliver") else f"{row.get('action')} {kind}",
        str(row.get("destination") or "-"),
        str(row.get("attempt") if row.get("attempt") is not None else "-"),
        str(row.get("reason_code") or row.get("provider_status") or ""),
    )


def _fact(label: str, value: Any) -> str:
    shown = "-" if value is None or value == "" else printable(str(value))
    return cut(f"  {label:<{_LABEL}}{shown}", WIDTH)


def _hours(value: Any) -> str:
    return "-" if value is None else f"{float(value):.1f}"
