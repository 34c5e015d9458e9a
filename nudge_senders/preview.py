"""What a nudge or a template would say, as text for a person's eyes. Sends nothing, claims nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nudge_senders.nudge import Nudge
from nudge_senders.rendering import render
from nudge_senders.samples import SAMPLE_NUDGE
from nudge_senders.template_files import TEMPLATE_DIR, load_template, template_name


def preview_nudge(queue_row: Mapping[str, Any], *, template_dir: Path = TEMPLATE_DIR) -> str:
    """The rendered message of a row of the queue. Raises UnusableQueueRow or TemplateBroken."""
    return render(Nudge.from_row(queue_row), template_dir).readable()


def preview_template(
    template_key: str,
    *,
    milestone_key: str = "",
    error_class: str = "",
    variant: str = "",
    overrides: Mapping[str, Any] | None = None,
    template_dir: Path = TEMPLATE_DIR,
) -> str:
    """The template on a made-up account, whose columns `overrides` replaces. Raises TemplateBroken."""
    template = load_template(template_dir, template_name(template_key, milestone_key, error_class, variant))
    nudge = replace(
        SAMPLE_NUDGE,
        channel=template.channel,
        template_key=template_key,
        template_milestone_key=milestone_key,
        template_error_class=error_class,
        variant=variant,
        **dict(overrides or {}),
    )
    return render(nudge, template_dir).readable()
