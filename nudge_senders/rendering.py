"""Turns a nudge and a template into a Message: sandboxed, strict, escaped for its channel, bounded in size.

Values come from customers and are data: never compiled, cleaned of control and direction characters, cut.
Escaping follows the channel: Slack's three characters are escaped in every value; an email's text is escaped
as a whole when it becomes HTML (`Message.html`); an in-app text is plain. Where the files lie and how they
look is said in `template_files`; which words a text may not hold is checked in `templates_check`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nudge_senders.errors import TemplateBroken
from nudge_senders.message import Message
from nudge_senders.nudge import Nudge
from nudge_senders.template_files import TEMPLATE_DIR, TemplateFile, load_template, template_name
from nudge_senders.vocabulary import Channel

#: Columns of the queue that are no words for anybody.
_NOT_TOKENS = frozenset({"nudge_id", "tick_id", "namespace", "action", "policy_hash", "vendor_template_id"})
TOKENS = frozenset(column.name for column in fields(Nudge)) - _NOT_TOKENS
#: Tokens that only the CSM's card may show: what sounds like blame, and what is the house's own.
INTERNAL_TOKENS = frozenset(
    {
        "csm_slack_id",
        "digest_key",
        "earlier_nudges",
        "failed_error_message",
        "failed_log_url",
        "has_complaint",
        "hours_overdue",
        "recipient_reason",
    }
)
#: Tokens that change while nothing happens to the nudge. A customer's text at the vendor gets none of them:
#: an email that is repeated after a lost answer has to be the same email.
_CHANGING_TOKENS = frozenset(
    {
        "active_contacts_7d",
        "as_of",
        "day_of_onboarding",
        "deadline_at",
        "due_at",
        "eligible_at",
        "last_activity_at",
        "tick_at",
    }
)
_LONGEST_VALUE = 200
_LONGEST_URL = 2000
_LONGEST_TITLE = {Channel.IN_APP: 100, Channel.EMAIL: 150, Channel.HUMAN: 150}
_LONGEST_PARAGRAPH = {Channel.IN_APP: 1000, Channel.EMAIL: 5000, Channel.HUMAN: 3000}
_MOST_PARAGRAPHS = 40
_LINK = re.compile(r"https?://[^\s<>\"'|]+\Z", re.IGNORECASE)


def render(nudge: Nudge, template_dir: Path = TEMPLATE_DIR) -> Message:
    """The message of a nudge. Raises TemplateBroken (file, what, remedy). Pure but for reading the file."""
    if nudge.vendor_template_id:
        return Message(
            channel=nudge.channel,
            template_name=f"vendor:{nudge.vendor_template_id}",
            template_hash=f"vendor:{nudge.vendor_template_id}",
            vendor_template_id=nudge.vendor_template_id,
            variables=_variables(nudge),
        )
    name = template_name(
        nudge.template_key,
        nudge.template_milestone_key or "",
        nudge.template_error_class or "",
        nudge.variant or "",
    )
    template = load_template(template_dir, name)
    if template.channel is not nudge.channel:
        raise TemplateBroken(f"{name} is a text for channel {template.channel}, not for {nudge.channel}")
    return render_template(template, token_values(nudge), template_dir)


def render_template(template: TemplateFile, values: Mapping[str, object], template_dir: Path) -> Message:
    """The template filled with these values (token -> value, None for null)."""

    def fill(part: str, *, is_escaped: bool = True) -> str:
        is_slack = is_escaped and template.channel is Channel.HUMAN
        try:
            return _compiled(template_dir, is_slack, template.parts.get(part, "")).render(values).strip()
        except (
            TemplateError,
            TypeError,
            ValueError,
            OverflowError,
            ArithmeticError,
            AttributeError,
        ) as error:
            raise TemplateBroken(f"{template.name} ({part}): {error}") from error

    title = " ".join(fill("title").split())
    paragraphs = tuple(
        "\n".join(_lines(block)) for block in re.split(r"\n\s*\n", fill("body")) if block.strip()
    )
    link_url = fill("link_url", is_escaped=False)
    # A link made of a customer's data may be anything; one that is no plain web address is left out.
    link_url = link_url if _LINK.match(link_url) else ""
    message = Message(
        channel=template.channel,
        template_name=template.name,
        template_hash=template.content_hash,
        title=title,
        paragraphs=paragraphs,
        fallback=" ".join(fill("fallback").split()),
        link_text=fill("link_text") if link_url else "",
        link_url=link_url,
        signature=" ".join(fill("signature").split()),
    )
    _check_size(message)
    return message


def token_values(nudge: Nudge) -> dict[str, object]:
    """Token -> cleaned value of this nudge, None where the queue has null."""
    return {name: _clean(name, getattr(nudge, name)) for name in TOKENS}


def _variables(nudge: Nudge) -> dict[str, str]:
    """What a text at the vendor may use: the tokens that are not internal, and for customers only those that
    stay as they are."""
    kept_back = INTERNAL_TOKENS | (_CHANGING_TOKENS if nudge.channel is not Channel.HUMAN else frozenset())
    values = {name: value for name, value in token_values(nudge).items() if value is not None}
    return {name: str(value) for name, value in sorted(values.items()) if name not in kept_back}


def _check_size(message: Message) -> None:
    channel = message.channel
    if not message.title or not message.paragraphs:
        raise TemplateBroken(f"{message.template_name} renders to an empty title or body")
    if len(message.title) > _LONGEST_TITLE[channel]:
        raise TemplateBroken(
            f"{message.template_name}: title is longer than {_LONGEST_TITLE[channel]} characters"
        )
    if len(message.paragraphs) > _MOST_PARAGRAPHS:
        raise TemplateBroken(f"{message.template_name}: more than {_MOST_PARAGRAPHS} paragraphs")
    longest = max(len(paragraph) for paragraph in message.paragraphs)
    if longest > _LONGEST_PARAGRAPH[channel]:
        raise TemplateBroken(
            f"{message.template_name}: a paragraph is longer than {_LONGEST_PARAGRAPH[channel]} characters"
        )


def _lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines() if line.strip()]


def _clean(name: str, value: object) -> object:
    """Text without control, format, surrogate and line characters, cut; everything else as it is."""
    if not isinstance(value, str):
        return value
    kept = "".join(" " if character.isspace() else character for character in value)
    kept = "".join(
        character for character in kept if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    )
    kept = kept.strip()
    limit = _LONGEST_URL if name.endswith("_url") else _LONGEST_VALUE
    cut = kept if len(kept) <= limit else kept[: limit - 1] + "…"
    # A value that held nothing but such characters says nothing: templates treat it as null.
    return cut or None


def slack_escape(text: str) -> str:
    """Slack's three, in this order: afterwards no `<...>` of a value can be a mention, a link or a
    channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_unescape(text: str) -> str:
    """What a reader sees of `slack_escape`d text."""
    return text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")


@lru_cache(maxsize=8)
def _environment(template_dir: Path, is_slack: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(template_dir),
        undefined=StrictUndefined,
        autoescape=False,
        finalize=_finalizer(slack_escape if is_slack else str),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(utc=_utc, hours=_hours, first_name=_first_name)
    return environment


@lru_cache(maxsize=512)
def _compiled(template_dir: Path, is_slack: bool, source: str) -> Template:
    return _environment(template_dir, is_slack).from_string(source)


def template_environment(template_dir: Path) -> ImmutableSandboxedEnvironment:
    """The environment that templates are compiled in, for whoever inspects them."""
    return _environment(template_dir, False)


def _finalizer(escape: Callable[[str], str]) -> Callable[[object], object]:
    def finalize(value: object) -> object:
        if isinstance(value, Undefined):
            return value
        if value is None:
            raise ValueError("a null value would be written: ask for it with {% if %} first")
        return escape(str(value))

    return finalize


def _utc(value: datetime) -> str:
    """2026-03-01 14:05 UTC"""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _hours(value: float) -> str:
    """Whole hours, as people say them."""
    return f"{float(value):.0f}"


def _first_name(value: str) -> str:
    """The first word of a name, however it is written."""
    words = value.split()
    return words[0] if words else value
