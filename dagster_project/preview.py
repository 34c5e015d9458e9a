"""Finds what a person wants to see rendered: a text on a sample row, or a nudge by its id.

What is known of a nudge is gathered in `preview_facts`, rendering belongs to nudge_senders. Nothing is sent
and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dagster_project.errors import Refused
from dagster_project.preview_facts import NudgeFacts, nudge_facts
from dagster_project.reasons import sentence
from dagster_project.settings import Settings
from dagster_project.text_layout import instant, paragraph
from dagster_project.validation.seed_reader import Row, Seed, read_seed, shown_path
from dagster_project.validation.seed_schema import SEEDS
from dagster_project.validation.suggestions import choose_from
from dagster_project.validation.warehouse import WarehouseUnusable
from nudge_senders.errors import TemplateBroken, UnusableQueueRow
from nudge_senders.nudge import Nudge
from nudge_senders.preview import preview_delivered, preview_nudge, preview_template, sample_nudge
from nudge_senders.samples import SAMPLE_NUDGE

#: What a sample account says of a failing integration, left out where its story would not fit.
_FAILING = (
    "failed_integration",
    "failed_error_code",
    "failed_error_class",
    "failed_error_message",
    "failed_proposed_fix",
    "failed_log_url",
    "failed_at",
)
_SENT = ("sent", "resolved_sent")


@dataclass(frozen=True)
class _TextName:
    """A text as `message_templates` names it; an empty milestone or error class is the one for any."""

    template_key: str
    milestone_key: str = ""
    error_class: str = ""
    #: none: every variant
    variant: str | None = None

    def __str__(self) -> str:
        return "/".join(filter(None, (self.template_key, self.milestone_key or "any", self.error_class)))


def preview(settings: Settings, name: str) -> str:
    """The rendered message of `name`. Raises `Refused` for a name that is none of these:

    a nudge_id; a `template_key` on a sample row, with `/milestone_key` and `/error_class` after it if wanted;
    a file below nudge_senders/templates.
    """
    try:
        texts = _seed(settings, "message_templates")
        if any(row.text("template_key") == name.partition("/")[0] for row in texts.rows):
            return _on_sample(settings, texts, _text_name(settings, texts, name))
        return _nudge(settings, texts, name)
    except (TemplateBroken, UnusableQueueRow) as error:
        raise Refused(f"{error}.") from error


def nudge_to_try(settings: Settings, name: str, destination: str | None) -> Nudge:
    """The one nudge that a test send of `name` carries, with the destination that its row or `destination`
    names. Raises `Refused` for a name that `preview` does not know or that stands for several texts."""
    try:
        texts = _seed(settings, "message_templates")
        if any(row.text("template_key") == name.partition("/")[0] for row in texts.rows):
            nudge = _sample_to_try(settings, texts, _text_name(settings, texts, name))
        else:
            nudge = _known_nudge(texts, name, _facts(settings, name))
    except (TemplateBroken, UnusableQueueRow) as error:
        raise Refused(f"{error}.") from error
    return replace(nudge, destination=destination) if destination else nudge


def _sample_to_try(settings: Settings, texts: Seed, name: _TextName) -> Nudge:
    row = _only_row(texts, name)
    overrides = _sample_at(settings, name) if name.milestone_key else {}
    return sample_nudge(
        name.template_key,
        milestone_key=row.text("milestone_key"),
        error_class=name.error_class,
        variant=row.text("variant"),
        overrides={
            **overrides,
            "vendor_template_id": row.text("vendor_template_id") or None,
            "destination": row.text("destination"),
        },
    )


def _known_nudge(texts: Seed, nudge_id: str, facts: NudgeFacts) -> Nudge:
    if facts.queued is not None:
        return Nudge.from_row(facts.queued)
    if facts.decision is None:
        raise Refused(
            f"'{nudge_id}' is neither in the queue nor due, so there is no message of its own to send; "
            "name a template, which is sent with the facts of a sample account."
        )
    name = _TextName(str(facts.decision.get("template_key") or ""), str(facts.decision["milestone_key"]))
    return Nudge.from_row({**facts.known, **_text_columns(_only_row(texts, name))})


def _only_row(texts: Seed, name: _TextName) -> Row:
    """The row of this name; of several that differ in variant, none can be preferred."""
    rows = _rows(texts, name)
    rows = [row for row in rows if row.is_on("is_enabled")] or rows
    if len(rows) > 1:
        variants = ", ".join(sorted(row.text("variant") or "(none)" for row in rows))
        raise Refused(
            f"{name} has several texts (variants {variants}); name one of them as {name}@variant, "
            "as the preview of a template shows them."
        )
    return rows[0]


def _text_columns(row: Row) -> dict[str, Any]:
    """A text's row as the queue's columns."""
    return {
        "template_milestone_key": row.text("milestone_key"),
        "variant": row.text("variant"),
        "vendor_template_id": row.text("vendor_template_id") or None,
    }


def _facts(settings: Settings, nudge_id: str) -> NudgeFacts:
    try:
        return nudge_facts(settings, nudge_id)
    except WarehouseUnusable as error:
        raise Refused(f"'{nudge_id}' is no template, and no nudge can be looked up: {error}.") from error


def _seed(settings: Settings, name: str) -> Seed:
    seed = read_seed(settings.dbt_project_dir / "seeds" / f"{name}.csv", SEEDS[name])
    if not seed.is_readable:
        raise Refused("\n".join(str(problem) for problem in seed.problems))
    return seed


def _text_name(settings: Settings, texts: Seed, name: str) -> _TextName:
    """Read `email_how_to/unknown`, `email_how_to/any/unknown` and `email_how_to/any.unknown.j2` as one."""
    template_key, _, rest = name.partition("/")
    rest, at, variant = rest.removesuffix(".j2").partition("@")
    milestone_key, _, error_class = rest.replace(".", "/").partition("/")
    milestone_key = "" if milestone_key == "any" else milestone_key
    path = _seed(settings, "critical_path")
    milestones = {row.text("milestone_key") for row in path.rows}
    errors = {row.text("error_class") for row in texts.rows if row.text("template_key") == template_key} - {
        ""
    }
    if milestone_key in errors - milestones and not error_class:
        milestone_key, error_class = "", milestone_key
    if milestone_key and milestone_key not in milestones:
        known = milestones | (set() if error_class else errors)
        raise Refused(f"{path.file} has no milestone '{milestone_key}'; {choose_from(milestone_key, known)}.")
    return _TextName(template_key, milestone_key, error_class, variant if at else None)


def _on_sample(settings: Settings, texts: Seed, name: _TextName) -> str:
    overrides = _sample_at(settings, name) if name.milestone_key else {}
    return _rendered(
        _rows(texts, name),
        lambda row: preview_template(
            name.template_key,
            milestone_key=row.text("milestone_key"),
            error_class=name.error_class,
            variant=row.text("variant"),
            overrides={**overrides, "vendor_template_id": row.text("vendor_template_id") or None},
        ),
    )


def _rows(texts: Seed, name: _TextName) -> list[Row]:
    """The texts that a nudge of this name may get; every variant unless one is named."""
    fitting = [
        row
        for row in texts.rows
        if row.text("template_key") == name.template_key
        and row.text("error_class") == name.error_class
        and row.text("milestone_key") in ("", name.milestone_key)
        and name.variant in (None, row.text("variant"))
    ]
    # As in a tick, the row of the milestone itself wins over the one for any milestone.
    specific = [row for row in fitting if row.text("milestone_key") == name.milestone_key] or fitting
    if not specific:
        known = {
            str(_TextName(name.template_key, row.text("milestone_key"), row.text("error_class")))
            for row in texts.rows
            if row.text("template_key") == name.template_key
        }
        raise Refused(f"{texts.file} has no row for {name}; {choose_from(str(name), known)}.")
    return specific


def _rendered(rows: list[Row], render: Callable[[Row], str]) -> str:
    """The texts of these rows one after another, each under the name of its variant."""
    return "\n\n".join(
        f"Variant {row.text('variant')}:\n\n{render(row)}" if row.text("variant") else render(row)
        for row in rows
    )


def _sample_at(settings: Settings, name: _TextName) -> dict[str, Any]:
    """The sample account moved along its path until this milestone is the next one."""
    rows = _seed(settings, "critical_path").rows
    milestone = next(row for row in rows if row.text("milestone_key") == name.milestone_key)
    path = sorted(
        (row for row in rows if row.text("path_key") == milestone.text("path_key")),
        key=lambda row: row.whole("milestone_order") or 0,
    )
    completed = path[: path.index(milestone)]
    moved: dict[str, Any] = {
        "path_key": milestone.text("path_key"),
        "milestone_key": name.milestone_key,
        "milestone_name": milestone.text("milestone_name"),
        "milestone_order": milestone.whole("milestone_order"),
        "how_to_url": milestone.text("how_to_url") or None,
        "milestones_completed": len(completed),
        "milestones_total": len(path),
        "furthest_milestone_name": completed[-1].text("milestone_name") if completed else None,
    }
    if not name.error_class and name.milestone_key != SAMPLE_NUDGE.milestone_key:
        moved |= dict.fromkeys(_FAILING)
    return moved


def _nudge(settings: Settings, texts: Seed, nudge_id: str) -> str:
    """A nudge of the queue, of the ledger or of the decisions, from what is known of it."""
    facts = _facts(settings, nudge_id)
    delivered = _delivered(settings, nudge_id, facts)
    if delivered is not None:
        return delivered
    if facts.queued is not None:
        return preview_nudge(facts.queued)
    if facts.decision is not None:
        return _not_queued(texts, nudge_id, facts)
    if facts.past is not None:
        past = {key: str(facts.past.get(key) or "") for key in ("template_key", "milestone_key", "variant")}
        text = _on_sample(
            settings, texts, _TextName(past["template_key"], past["milestone_key"], "", past["variant"])
        )
        return (
            f"The nudge has left the queue ({facts.past.get('state')}); its text on a sample row:\n\n{text}"
        )
    if facts.scheduled is not None:
        raise Refused(
            f"'{nudge_id}' is not in the queue: it is not due before {instant(facts.scheduled['due_at'])}."
        )
    known = {row.text("template_key") for row in texts.rows}
    raise Refused(
        f"'{nudge_id}' is neither a nudge of the queue, of the decisions or of the ledger nor a template; "
        f"{choose_from(nudge_id, known)}."
    )


def _delivered(settings: Settings, nudge_id: str, facts: NudgeFacts) -> str | None:
    """What the outbox keeps of a nudge that left; the queue still holds it until the next tick."""
    if facts.past is None or (facts.queued is not None and facts.past.get("state") not in _SENT):
        return None
    file = settings.outbox / str(facts.past["namespace"]) / f"{nudge_id}.txt"
    if not file.is_file():
        return None
    return f"As delivered to {shown_path(file)}:\n\n{preview_delivered(file.read_text(encoding='utf-8'))}"


def _not_queued(texts: Seed, nudge_id: str, facts: NudgeFacts) -> str:
    """A nudge that is due and not in the queue: why, and what it would say now."""
    assert facts.decision is not None
    code = str(facts.decision.get("reason_code"))
    name = _TextName(str(facts.decision.get("template_key") or ""), str(facts.decision["milestone_key"]))
    why = f"{nudge_id} is not in the queue: {facts.decision.get('decision')}, {code}: {sentence(code)}"
    how = "From what is known of the account, it would read:"
    if any(row.text("error_class") for row in texts.rows if row.text("template_key") == name.template_key):
        how = "From what is known of the account, and unless an integration of theirs fails, it would read:"
    rows = _rows(texts, name)
    rows = [row for row in rows if row.is_on("is_enabled")] or rows
    text = _rendered(
        rows,
        lambda row: preview_nudge({**facts.known, **_text_columns(row)}),
    )
    return "\n".join([*paragraph(why, indent=0), *paragraph(how, indent=0), "", text])
