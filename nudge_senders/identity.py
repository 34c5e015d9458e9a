"""Derived ids and keyed hashes: what stands in the ledger instead of addresses and texts.

Everything here is a pure function, except for the one that reads or makes the key file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from nudge_senders.errors import SenderMisconfigured

HASH_KEY_VARIABLE = "MILESTONE_AGENT_HASH_KEY"
HASH_KEY_FILE = "hash_key"
_SHORTEST_KEY = 16


def _digest(parts: Iterable[object]) -> str:
    """sha256 over the parts, each with its length before it, so that no two lists of parts read the same."""
    running = hashlib.sha256()
    for part in parts:
        encoded = str(part).encode("utf-8", "surrogatepass")
        running.update(f"{len(encoded)}:".encode())
        running.update(encoded)
    return running.hexdigest()


def entry_id(
    *,
    ledger_id: str,
    namespace: str,
    nudge_id: str,
    action: str,
    kind: str,
    attempt: int,
    fence: int,
    seq: int,
) -> str:
    """The same entry has the same id however often it is appended."""
    return _digest(("entry-v1", ledger_id, namespace, nudge_id, action, kind, attempt, fence, seq))


def delivery_id(*, namespace: str, action: str, nudge_ids: Iterable[str]) -> str:
    """Id of one call: the set of nudges that it carries, in whatever order."""
    return _digest(("delivery-v1", namespace, action, *sorted(nudge_ids)))


def body_hash(operation: str, payload: Mapping[str, object]) -> str:
    """Hash of what is about to leave; key order does not matter."""
    return _digest(
        ("body-v1", operation, json.dumps(payload, sort_keys=True, ensure_ascii=True, default=str))
    )


def recipient_hash(key: bytes, recipient: str | None) -> str | None:
    """Keyed hash of an address, so that the ledger can say "the same person" but nobody can read or guess
    whom.

    An unkeyed hash of an email address falls to a dictionary. Addresses are compared trimmed and without
    case.
    """
    if recipient is None or not recipient.strip():
        return None
    return hmac.new(key, recipient.strip().casefold().encode(), hashlib.sha256).hexdigest()[:32]


def load_hash_key(environ: Mapping[str, str], home: Path) -> bytes:
    """The key of `recipient_hash`: from the environment, else from `<home>/hash_key`, made once with mode
    600.

    Raises SenderMisconfigured for a key that is too short, or a file that cannot be read or made.
    """
    from_environment = environ.get(HASH_KEY_VARIABLE, "").strip()
    if from_environment:
        if len(from_environment) < _SHORTEST_KEY:
            raise SenderMisconfigured(f"{HASH_KEY_VARIABLE} is shorter than {_SHORTEST_KEY} characters")
        return from_environment.encode()
    path = home / HASH_KEY_FILE
    try:
        if not path.exists():
            _write_new_key(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise SenderMisconfigured(
            f"cannot read or make {path}: {error.strerror}; or set {HASH_KEY_VARIABLE}"
        ) from error
    if len(key) < _SHORTEST_KEY:
        raise SenderMisconfigured(f"{path} is too short for a key; restore it, or set {HASH_KEY_VARIABLE}")
    return key


def _write_new_key(path: Path) -> None:
    """Written aside and linked into place: of two that race, one key wins whole and both read that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_hex(32).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
