"""Finds what a person wants to see rendered: a nudge by its id, or a text on a sample row.

Rendering belongs to nudge_senders. Nothing is sent and nothing is written.
"""

from __future__ import annotations

from typing import Any

import duckdb

from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.validation.seed_reader import Row, Seed, read_seed
from dagster_project.validation.seed_schema import SEEDS
from dagster_project.validation.source_shapes import Catalogue, read_catalogue
from dagster_project.validation.suggestions import choose_from
from dagster_project.validation.warehouse import WarehouseUnusable, reading
from nudge_senders.errors import TemplateBroken, UnusableQueueRow
from nudge_senders.preview import preview_nudge, preview_template


def preview(settings: Settings, name: str) -> str:
    """The rendered message of `name`: a nudge_id of the queue or the ledger, or `template_key` on a sample
    row, with `/milestone_key` and `/error_class` after it if wanted. Raises `Refused` for any other name."""
    try:
        texts = _seed(settings, "message_templates")
        template_key, _, rest = name.partition("/")
        if any(row.text("template_key") == template_key for row in texts.rows):
            milestone_key, _, error_class = rest.partition("/")
            milestone_key = "" if milestone_key == "any" else milestone_key
            return _text(settings, texts, template_key, milestone_key, error_class)
        return _nudge(settings, texts, name)
    except (TemplateBroken, UnusableQueueRow) as error:
        raise Refused(f"{error}.") from error


def _seed(settings: Settings, name: str) -> Seed:
    return read_seed(settings.dbt_project_dir / "seeds" / f"{name}.csv", SEEDS[name])


def _text(
    settings: Settings,
    texts: Seed,
    template_key: str,
    milestone_key: str,
    error_class: str,
    variant: str | None = None,
) -> str:
    """The text that a nudge of this milestone gets, on a sample row; every variant unless one is named."""
    milestone = _milestone(settings, milestone_key) if milestone_key else None
    fitting = [
        row
        for row in texts.rows
        if row.text("template_key") == template_key
        and row.text("error_class") == error_class
        and row.text("milestone_key") in ("", milestone_key)
        and variant in (None, row.text("variant"))
    ]
    # As in a tick, the row of the milestone itself wins over the one for any milestone.
    specific = [row for row in fitting if row.text("milestone_key") == milestone_key] or fitting
    if not specific:
        asked = "/".join(filter(None, (template_key, milestone_key or "any", error_class)))
        raise Refused(
            f"{texts.file} has no row for {asked}; {choose_from(asked, _names(texts, template_key))}."
        )
    overrides: dict[str, Any] = {}
    if milestone is not None:
        overrides = {
            "milestone_key": milestone_key,
            "milestone_name": milestone.text("milestone_name"),
            "milestone_order": milestone.whole("milestone_order"),
            "how_to_url": milestone.text("how_to_url") or None,
        }
    rendered = []
    for row in specific:
        text = preview_template(
            template_key,
            milestone_key=row.text("milestone_key"),
            error_class=error_class,
            variant=row.text("variant"),
            overrides=overrides,
        )
        rendered.append(f"Variant {row.text('variant')}:\n\n{text}" if row.text("variant") else text)
    return "\n\n".join(rendered)


def _milestone(settings: Settings, milestone_key: str) -> Row:
    path = _seed(settings, "critical_path")
    for row in path.rows:
        if row.text("milestone_key") == milestone_key:
            return row
    known = {row.text("milestone_key") for row in path.rows}
    raise Refused(f"{path.file} has no milestone '{milestone_key}'; {choose_from(milestone_key, known)}.")


def _names(texts: Seed, template_key: str) -> set[str]:
    return {
        "/".join(filter(None, (template_key, row.text("milestone_key") or "any", row.text("error_class"))))
        for row in texts.rows
        if row.text("template_key") == template_key
    }


def _nudge(settings: Settings, texts: Seed, nudge_id: str) -> str:
    try:
        with reading(settings) as connection:
            catalogue = read_catalogue(connection)
            queued = _row(connection, catalogue, settings.schema("onboarding"), "sync_nudge_queue", nudge_id)
            past = _row(connection, catalogue, settings.schema("nudges"), "nudge_states", nudge_id)
    except WarehouseUnusable as error:
        raise Refused(f"'{nudge_id}' is no template, and no nudge can be looked up: {error}.") from error
    if queued is not None:
        return preview_nudge(queued)
    if past is None:
        known = {row.text("template_key") for row in texts.rows}
        raise Refused(
            f"'{nudge_id}' is neither a nudge of the queue or the ledger nor a template; "
            f"{choose_from(nudge_id, known)}."
        )
    delivered = settings.outbox / str(past["namespace"]) / f"{nudge_id}.txt"
    if delivered.is_file():
        return f"As delivered to {delivered}:\n\n{delivered.read_text(encoding='utf-8')}"
    template_key, milestone_key, variant = (
        str(past.get(column) or "") for column in ("template_key", "milestone_key", "variant")
    )
    text = _text(settings, texts, template_key, milestone_key, "", variant)
    return f"The nudge has left the queue ({past.get('state')}); its text on a sample row:\n\n{text}"


def _row(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, schema: str, name: str, nudge_id: str
) -> dict[str, Any] | None:
    relation = catalogue.find(schema, name)
    if relation is None:
        return None
    found = connection.execute(f"select * from {relation.sql} where nudge_id = ? limit 1", [nudge_id])
    columns = [str(column[0]) for column in found.description or []]
    row = found.fetchone()
    return None if row is None else dict(zip(columns, row, strict=True))
