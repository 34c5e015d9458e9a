"""A nudge's name, spelled out by hand."""

from __future__ import annotations

import hashlib


def nudge_id(namespace: str, account_id: str, cycle: int, milestone_key: str, tier: int, channel: str) -> str:
    """Each part with its length before it, so that no two nudges read the same."""
    parts = [str(part) for part in ("v1", namespace, account_id, cycle, milestone_key, tier, channel)]
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
