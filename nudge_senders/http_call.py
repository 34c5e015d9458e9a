"""One HTTP request within bounds: asked once, directly, no longer than agreed, no more read than agreed.

Belongs here: what is asked and answered, in the terms of destinations. How a request travels, and which
failures are certain to have sent nothing, stands in `http_transport`; what an answer means, in the
destinations, and in `http_answers` what all of them mean alike.

Nothing is repeated, no redirect followed, no proxy or netrc taken from the environment.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nudge_senders.clock import Clock, system_clock
from nudge_senders.destination import Request, Response

if TYPE_CHECKING:
    from nudge_senders.http_transport import Line

#: An answer longer than this, packed or unpacked, is not read to its end.
LARGEST_ANSWER_BYTES = 1024 * 1024
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "milestone-agent",
}

#: Name -> addresses, or OSError.
Resolve = Callable[[str], Sequence[str]]
#: Whether a connection to this address may be opened.
MayConnect = Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds: to find and reach the provider, for each wait on the connection, and for everything
    together."""

    connect: float = 3.0
    wait: float = 8.0
    total: float = 12.0


class HttpCaller:
    """Makes requests. `resolve` and `may_connect` decide where a name leads; whoever builds a destination
    sets them, never the environment."""

    def __init__(
        self,
        *,
        patience: Patience | None = None,
        clock: Clock = system_clock,
        resolve: Resolve | None = None,
        may_connect: MayConnect = lambda address: True,
    ) -> None:
        self._patience = patience or Patience()
        self._clock = clock
        self._resolve = resolve
        self._may_connect = may_connect
        # They name addresses and headers; what has to be known is in the errors raised here.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)

    def send(self, base_url: str, request: Request, *, headers: Mapping[str, str]) -> Response:
        """A request whose operation is `METHOD /path`; the payload of a GET or DELETE goes into the query,
        that of any other becomes JSON. Raises what `request` raises."""
        method, path = request.operation.split(" ", 1)
        if method in ("GET", "DELETE"):
            params = {name: str(value) for name, value in request.payload.items()}
            return self.request(method, base_url + path, headers=headers, params=params)
        return self.request(method, base_url + path, headers=headers, body=request.payload)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: object = None,
        content: bytes | None = None,
    ) -> Response:
        """The provider's answer, whatever its status. `body` is sent as JSON, `content` as it is.

        The answer's body is decoded JSON, or None where it is none. Raises NotSent when certainly no byte of
        the request left, else EffectUnknown.
        """
        status, answered, raw = self._line().ask(
            method, url, headers={**_HEADERS, **headers}, params=params, body=body, content=content
        )
        return Response(
            status=status,
            body=_decoded(raw),
            headers={name.lower(): value for name, value in answered.items()},
            received_at=self._clock(),
        )

    def reach(self, host: str, port: int) -> None:
        """Open a connection with TLS and close it again, without a request. Raises NotSent."""
        self._line().reach(host, port)

    def _line(self) -> Line:
        # Its libraries take longer to import than everything else here, and a rehearsal calls nobody.
        from nudge_senders.http_transport import Line

        return Line(self._patience, self._resolve, self._may_connect)


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body) if body.strip() else None
    except (ValueError, RecursionError):
        return None
