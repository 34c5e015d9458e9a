"""Asks nudge_senders whether the texts that the seed names exist and render; puts answers on their lines.

What a template may say is judged there; which tier needs which row, in policy_rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.validation.report import Problem
from dagster_project.validation.seed_reader import Seed
from nudge_senders.templates_check import template_problems


def check_template_files(templates: Seed) -> Iterator[Problem]:
    if not templates.is_readable:
        return
    rows = templates.rows
    for found in template_problems([dict(row.cells) for row in rows]):
        # The senders count data rows from 1; a quoted line break would make that no line number.
        row = rows[found.row - 1] if 0 < found.row <= len(rows) else None
        yield templates.error(row, found.template_key, f"template {found.file}: {found.what}", found.remedy)
