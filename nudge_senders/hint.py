"""An in-app hint as values that a vendor keeps about a person and a banner, guide or in-app message reads.

Belongs here: what the values are called and how long they may be. How a vendor is told them is said in its
own file. All are set together and cleared together; the nudge's id among them says whose they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from nudge_senders.destination import Delivery
from nudge_senders.errors import UnusableQueueRow

DEFAULT_PREFIX = "onboarding_hint"
PREFIX_PATTERN = r"[A-Za-z][A-Za-z0-9_]{0,39}"
_PARTS = ("milestone", "nudge_id", "title", "text", "url")
#: Of one value: the least of what the vendors keep of a text.
LONGEST_VALUE = 255


def hint_names(prefix: str) -> tuple[str, ...]:
    """The names of the values, such as `onboarding_hint_nudge_id`."""
    return tuple(f"{prefix}_{part}" for part in _PARTS)


def hint_values(prefix: str, delivery: Delivery) -> dict[str, str]:
    """The values that show this nudge. Raises UnusableQueueRow when its link is longer than a vendor keeps.

    A text that lives at the vendor (`vendor_template_id`) leaves title, text and link to it: the milestone
    then chooses the text.
    """
    nudge = delivery.nudges[0]
    message = delivery.messages[nudge.nudge_id]
    url = message.link_url or message.variables.get("how_to_url", "")
    if len(url) > LONGEST_VALUE:
        raise UnusableQueueRow(f"the link of nudge {nudge.nudge_id} has more than {LONGEST_VALUE} characters")
    texts = (
        nudge.milestone_key,
        nudge.nudge_id,
        _cut(message.title),
        _cut(" ".join(message.paragraphs)),
        url,
    )
    return dict(zip(hint_names(prefix), texts, strict=True))


def holder(prefix: str, values: object) -> str | None:
    """The id of the nudge that the values of a person show; None when they show none."""
    found = values.get(f"{prefix}_nudge_id") if isinstance(values, Mapping) else None
    return str(found) if found else None


def _cut(text: str) -> str:
    if len(text) <= LONGEST_VALUE:
        return text
    return text[: LONGEST_VALUE - 1].rsplit(" ", 1)[0][: LONGEST_VALUE - 1] + "…"
