"""Where a webhook may lead: which addresses may be named, and which may be reached.

Pure. A URL comes from whoever configures the pipeline, but may have been copied from anywhere: it must not
turn the senders into a way to reach machines of our own network.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
#: A name with a top-level domain that begins with a letter: no spelling of a number is one.
_HOST = re.compile(rf"({_LABEL}\.)+(?=[a-z]){_LABEL}")
#: Printable ASCII without space and without what parsers disagree about.
_URL = re.compile(r"[!-~]{1,2000}")
#: Public by its number, but answered by the machine's own cloud.
_CLOUD_INTERNAL = frozenset({ipaddress.ip_address("168.63.129.16")})
_TRANSLATED = ipaddress.ip_network("64:ff9b::/32")


def allowed_hosts(listed: str) -> frozenset[str]:
    """The operator's list, separated by commas. A host is allowed by its whole name alone."""
    return frozenset(host.strip().lower() for host in listed.split(",") if host.strip())


def url_problem(url: str, hosts: frozenset[str]) -> str | None:
    """What is wrong with the URL of a webhook, told without any part of it; None when it may be used."""
    if not _URL.fullmatch(url) or "\\" in url:
        return "holds characters that no URL has"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme != "https":
        return "does not begin with https://"
    if "@" in parts.netloc:
        return "names a user"
    if port not in (None, 443) or parts.netloc.endswith(":"):
        return "names a port, and only 443 is used"
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        return "names no host by its domain name"
    if parts.hostname not in hosts:
        return "names a host that WEBHOOK_ALLOWED_HOSTS does not list"
    if parts.fragment:
        return "has a fragment"
    return None


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, whatever family it is written in."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        # These lead to an IPv4 address, which nobody has judged.
        if found.sixtofour is not None or found.teredo is not None or found in _TRANSLATED:
            return False
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_unspecified or found in _CLOUD_INTERNAL
    )
