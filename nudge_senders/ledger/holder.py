"""Who holds a lease: `host:pid:random`, and whether that process is certainly gone. No SQL here."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

#: Tokens of the leases that this very process took. After a restart in a container the new process may have
#: the old one's pid; a holder with our pid and a token that we never made is therefore dead.
_OWN_TOKENS: set[str] = set()


def new_holder() -> str:
    token = secrets.token_hex(8)
    _OWN_TOKENS.add(token)
    return f"{_host()}:{os.getpid()}:{token}"


def is_certainly_dead(holder: str) -> bool:
    """True only when the holder was a process of this host that no longer runs. In doubt it lives."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    token = holder.rpartition(":")[2]
    if host != _host() or not rest.isdecimal():
        return False
    pid = int(rest)
    if pid == os.getpid():
        return token not in _OWN_TOKENS
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """A killed child that its parent has not buried yet still answers to its pid."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def _host() -> str:
    return socket.gethostname().replace(":", "_") or "unknown"
