"""Where the texts lie and how a file is read. What fills them is `rendering`.

A text lies in `templates/<template_key>/<milestone_key, or any>[.<error_class>][@<variant>].j2`. It opens
with `key: value` lines, then a line `---`, then the body; paragraphs are divided by empty lines:

    channel: in_app | email | human
    title: the heading; the subject of an email; the head of a Slack card
    fallback: (human only) the line of the notification
    link_text: / link_url: the one link, left out when the url comes out empty
    signature: (customers only) the last line

Every part but `channel` is a Jinja template over the queue's columns. A file whose name begins with `_` is a
piece for others to include.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nudge_senders.errors import TemplateBroken
from nudge_senders.vocabulary import Channel

TEMPLATE_DIR: Final = Path(__file__).parent / "templates"
_NAME_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\Z")
_KEYS = ("channel", "title", "fallback", "link_text", "link_url", "signature")
_INCLUDE = re.compile(r"{%-?\s*include\s+['\"]([\w/.-]+)['\"]\s*-?%}")
_LARGEST_FILE = 20_000


@dataclass(frozen=True)
class TemplateFile:
    """A file taken apart: `parts` are Jinja sources by name (title, fallback, link_text, link_url, body)."""

    name: str
    channel: Channel
    parts: MappingProxyType[str, str]
    #: over the file and what it includes
    content_hash: str


def template_name(
    template_key: str, milestone_key: str = "", error_class: str = "", variant: str = ""
) -> str:
    """The file of a row of message_templates, below the template folder. Raises TemplateBroken for a key that
    cannot be part of a file's name."""
    for part in (template_key, milestone_key or "any", error_class or "any", variant or "any"):
        if not _NAME_PART.match(part):
            raise TemplateBroken(
                f"{part!r} cannot be part of a template's file name (letters, digits, '_' and '-')"
            )
    error_class = f".{error_class}" if error_class else ""
    variant = f"@{variant}" if variant else ""
    return f"{template_key}/{milestone_key or 'any'}{error_class}{variant}.j2"


def load_template(template_dir: Path, name: str) -> TemplateFile:
    """Read and take apart one file. Raises TemplateBroken."""
    source = _read(template_dir, name)
    head, line, body = source.partition("\n---\n")
    if not line:
        raise TemplateBroken(f"{name} has no line '---' between its head and its body")
    parts = {"body": body}
    for number, text in enumerate(head.splitlines(), start=1):
        key, colon, value = text.partition(":")
        if not colon or key.strip() not in _KEYS or key.strip() in parts:
            raise TemplateBroken(
                f"{name}, line {number}: expected one of {', '.join(_KEYS)}, each once, and a colon"
            )
        parts[key.strip()] = value.strip()
    try:
        channel = Channel(parts.pop("channel", ""))
    except ValueError as error:
        raise TemplateBroken(f"{name}: channel must be one of {', '.join(Channel)}") from error
    if "title" not in parts:
        raise TemplateBroken(f"{name} has no title")
    if channel is Channel.HUMAN and "fallback" not in parts:
        raise TemplateBroken(f"{name} has no fallback, which Slack shows in notifications")
    included = "".join(_read(template_dir, piece) for piece in sorted(set(_INCLUDE.findall(body))))
    digest = hashlib.sha256((source + "\0" + included).encode()).hexdigest()
    return TemplateFile(name, channel, MappingProxyType(parts), digest)


def _read(template_dir: Path, name: str) -> str:
    try:
        source = (template_dir / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise TemplateBroken(f"{name} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateBroken(f"{name} cannot be read: {error}") from error
    if len(source) > _LARGEST_FILE:
        raise TemplateBroken(f"{name} is larger than {_LARGEST_FILE} characters")
    return source
