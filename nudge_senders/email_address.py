"""Whether an email address may be handed to a provider. Pure.

Stricter than the standards: a line break, a second address or a comment in what a provider turns into a
header is how a message reaches somebody else. What merely looks like an address within a text is found by
`nudge.ADDRESS_PATTERN`.
"""

from __future__ import annotations

import re

_LONGEST = 254
_USABLE = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]",
)
_LONGEST_LOCAL_PART = 64


def usable_address(text: str | None) -> str | None:
    """The address without the spaces around it; None when it is not exactly one plain address."""
    address = (text or "").strip(" ")
    is_usable = (
        len(address) <= _LONGEST
        and _USABLE.fullmatch(address) is not None
        and len(address.partition("@")[0]) <= _LONGEST_LOCAL_PART
    )
    return address if is_usable else None


def fits_into_a_header(text: str) -> bool:
    """No line break, NUL or other control character, so that a provider sees one header and not two."""
    return not any(ord(character) < 32 or ord(character) == 127 for character in text)
