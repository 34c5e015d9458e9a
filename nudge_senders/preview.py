"""What a nudge or a template would say, as text for a person's eyes. Sends nothing, claims nothing.

Slack's three characters travel as entities and are shown by Slack as themselves: so they are shown here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nudge_senders.message import Message
from nudge_senders.nudge import Nudge
from nudge_senders.rendering import render, slack_unescape
from nudge_senders.samples import SAMPLE_NUDGE
from nudge_senders.template_files import TEMPLATE_DIR, load_template, template_name
from nudge_senders.vocabulary import Channel


def preview_nudge(queue_row: Mapping[str, Any], *, template_dir: Path = TEMPLATE_DIR) -> str:
    """The rendered message of a row of the queue. Raises UnusableQueueRow or TemplateBroken."""
    return _as_read(render(Nudge.from_row(queue_row), template_dir))


def preview_delivered(text: str) -> str:
    """A message as the outbox keeps it, with the characters that its reader would have seen."""
    return slack_unescape(text) if f"\nchannel: {Channel.HUMAN.value}\n" in text else text


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
    nudge = sample_nudge(
        template_key,
        milestone_key=milestone_key,
        error_class=error_class,
        variant=variant,
        overrides=overrides,
        template_dir=template_dir,
    )
    return _as_read(render(nudge, template_dir))


def sample_nudge(
    template_key: str,
    *,
    milestone_key: str = "",
    error_class: str = "",
    variant: str = "",
    overrides: Mapping[str, Any] | None = None,
    template_dir: Path = TEMPLATE_DIR,
) -> Nudge:
    """A nudge with this text for a made-up account. Raises TemplateBroken."""
    nudge = replace(
        SAMPLE_NUDGE,
        template_key=template_key,
        template_milestone_key=milestone_key,
        template_error_class=error_class,
        variant=variant,
        **dict(overrides or {}),
    )
    if not nudge.vendor_template_id:
        name = template_name(template_key, milestone_key, error_class, variant)
        nudge = replace(nudge, channel=load_template(template_dir, name).channel)
    return nudge


def _as_read(message: Message) -> str:
    if message.channel is not Channel.HUMAN:
        return message.readable()
    return replace(
        message,
        title=slack_unescape(message.title),
        paragraphs=tuple(map(slack_unescape, message.paragraphs)),
        fallback=slack_unescape(message.fallback),
        link_text=slack_unescape(message.link_text),
        signature=slack_unescape(message.signature),
    ).readable()
