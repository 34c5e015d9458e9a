"""Finds what a person wants to see rendered: a nudge by its id, or a text on a sample row.

Rendering belongs to nudge_senders. Nothing is sent and nothing is written.
"""

from __future__ import annotations

from typing import Any

import duckdb

from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.validation.seed_reader import read_seed
from dagster_project.validation.seed_schema import SEEDS
from dagster_project.validation.source_shapes import Catalogue, read_catalogue
from dagster_project.validation.suggestions import choose_from
from dagster_project.validation.warehouse import WarehouseUnusable, reading
from nudge_senders.errors import TemplateBroken, UnusableQueueRow
from nudge_senders.preview import preview_nudge, preview_template

# Columns of the ledger that say which text a past nudge had.
_TEXT_OF_NUDGE = ("template_key", "milestone_key", "variant")


def preview(settings: Settings, name: str) -> str:
    """The rendered message of `name`: a nudge_id of the queue or the ledger, or `template_key` on a sample
    row, with `/milestone_key` and `/error_class` after it if wanted. Raises `Refused` for any other name."""
    try:
        return _template(settings, name) or _nudge(settings, name)
    except (TemplateBroken, UnusableQueueRow) as error:
        raise Refused(str(error)) from error


def _template(settings: Settings, name: str) -> str | None:
    """The text of a template of the seed, None when `name` begins with no template_key."""
    seed = read_seed(settings.dbt_project_dir / "seeds" / "message_templates.csv", SEEDS["message_templates"])
    template_key, _, rest = name.partition("/")
    rows = [row for row in seed.rows if row.text("template_key") == template_key]
    if not rows:
        return None
    milestone_key, _, error_class = rest.partition("/")
    if milestone_key == "any":
        milestone_key = ""
    variants = sorted(
        {
            row.text("variant")
            for row in rows
            if row.text("milestone_key") in ("", milestone_key) and row.text("error_class") == error_class
        }
    )
    if not variants:
        known = {"/".join(filter(None, (template_key, row.text("milestone_key") or "any"))) for row in rows}
        raise Refused(f"There is no text '{name}' in {seed.file}; {choose_from(name, known)}.")
    return "\n\n".join(
        (f"variant {variant}\n" if variant else "")
        + preview_template(
            template_key, milestone_key=milestone_key, error_class=error_class, variant=variant
        )
        for variant in variants
    )


def _nudge(settings: Settings, nudge_id: str) -> str:
    try:
        with reading(settings) as connection:
            catalogue = read_catalogue(connection)
            queued = _row(connection, catalogue, settings.schema("onboarding"), "sync_nudge_queue", nudge_id)
            claimed = _row(connection, catalogue, settings.schema("nudges"), "nudge_states", nudge_id)
    except WarehouseUnusable as error:
        raise Refused(f"'{nudge_id}' is no template, and no nudge can be looked up: {error}") from error
    if queued is not None:
        return preview_nudge(queued)
    if claimed is None:
        seed = read_seed(
            settings.dbt_project_dir / "seeds" / "message_templates.csv", SEEDS["message_templates"]
        )
        known = {row.text("template_key") for row in seed.rows}
        raise Refused(
            f"'{nudge_id}' is neither a nudge of the queue or the ledger nor a template; "
            f"{choose_from(nudge_id, known)}."
        )
    delivered = settings.outbox / str(claimed["namespace"]) / f"{nudge_id}.txt"
    if delivered.is_file():
        return f"As delivered to {delivered}:\n\n{delivered.read_text(encoding='utf-8')}"
    template_key, milestone_key, variant = (str(claimed.get(column) or "") for column in _TEXT_OF_NUDGE)
    told = f"The nudge has left the queue ({claimed.get('state')}); its text on a sample row:"
    return f"{told}\n\n{preview_template(template_key, milestone_key=milestone_key, variant=variant)}"


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
