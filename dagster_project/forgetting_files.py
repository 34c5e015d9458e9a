"""The outbox without a person: messages to them lose their text, others that name them the name and address.

The lines of deliveries stay as they are: they are what was counted, and hold no name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dagster_project.forgetting_whom import Person

_TEXT_REMOVED = "nudge: {nudge_id}\nThe text was removed because its recipient is forgotten.\n"
_REDACTED = "[forgotten]"


def clear_outbox(outbox: Path, person: Person) -> Iterator[tuple[str, int, str]]:
    """(namespace, number of files, what was done) for what was changed below the folder."""
    removed: dict[str, int] = {}
    redacted: dict[str, int] = {}
    for path in sorted(outbox.glob("*/*/*.txt")):
        namespace = str(path.parent.relative_to(outbox))
        text = path.read_text(encoding="utf-8", errors="replace")
        nudge_id = path.name.split(".")[0]
        if nudge_id in person.nudge_ids and not path.name.endswith(".withdrawn.txt"):
            if _replace(path, text, _TEXT_REMOVED.format(nudge_id=nudge_id)):
                removed[namespace] = removed.get(namespace, 0) + 1
        elif _replace(path, text, _without(text, person)):
            redacted[namespace] = redacted.get(namespace, 0) + 1
    yield from ((namespace, number, "texts removed") for namespace, number in removed.items())
    yield from (
        (namespace, number, "texts without name and address") for namespace, number in redacted.items()
    )


def _without(text: str, person: Person) -> str:
    for word in sorted({*person.emails, *person.names, *person.contact_ids}, key=len, reverse=True):
        text = text.replace(word, _REDACTED)
    return text


def _replace(path: Path, before: str, after: str) -> bool:
    """Written aside and renamed, so that a reader never sees half a message; says whether it changed."""
    if before == after:
        return False
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(after, encoding="utf-8")
    os.replace(aside, path)
    return True
