"""Slack's own client, with everything off that could send twice, follow a stranger or read without end.

Belongs here: how a request travels. What is said to whom, and what an answer means, does not. `build_client`
contacts nothing. A call of the client raises, besides slack_sdk's SlackApiError for an answer with
`ok: false`, NotSent when no connection came about and EffectUnknown when one broke.
"""

from __future__ import annotations

import http.client
import logging
import time
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient

from nudge_senders.errors import EffectUnknown, NotSent, SenderMisconfigured

SLACK_URL = "https://slack.com/api/"
_LARGEST_ANSWER_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def build_client(token: str, *, base_url: str = SLACK_URL, timeout_seconds: int = 10) -> WebClient:
    """A client that asks once, directly and within bounds.

    `timeout_seconds` holds for connecting, for every wait on the socket, and for reading the whole answer.
    Raises SenderMisconfigured for a `base_url` that is neither https nor on this machine.
    """
    parts = urllib.parse.urlsplit(base_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise SenderMisconfigured("the address of Slack's API must begin with https://")
    client = _DirectClient(
        token, base_url=base_url, timeout=timeout_seconds, retry_handlers=[], logger=_silent_logger()
    )
    # The client takes a proxy out of the environment when it is built.
    client.proxy = None
    return client


class _DirectClient(WebClient):
    """The SDK leaves the transport to urllib's opener of the whole process, which follows redirects, takes
    proxies from the environment and reads without limit."""

    def _perform_urllib_http_request_internal(self, url: str, req: urllib.request.Request) -> dict[str, Any]:
        opener = urllib.request.OpenerDirector()
        opener.add_handler(_PlainHandler())
        opener.add_handler(_TlsHandler(context=self.ssl))
        give_up_at = time.monotonic() + self.timeout
        try:
            answer = opener.open(req, timeout=self.timeout)
            assert answer is not None
            with answer:
                body = _read(answer, give_up_at)
                return {
                    "status": answer.status,
                    "headers": {name.lower(): value for name, value in answer.headers.items()},
                    "body": body.decode("utf-8", "replace"),
                }
        except _NotConnected as error:
            raise NotSent("connection_failed") from error
        except (OSError, HTTPException) as error:
            raise EffectUnknown("connection_broke") from error


class _NotConnected(Exception):
    """No connection came about, so no byte of a request has left. No OSError, which urllib would wrap."""


class _PlainConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise _NotConnected(type(error).__name__) from None


class _TlsConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise _NotConnected(type(error).__name__) from None


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PlainConnection, req)


class _TlsHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_TlsConnection, req, context=self._context)  # type: ignore[attr-defined]


def _read(answer: http.client.HTTPResponse, give_up_at: float) -> bytes:
    """The body; EffectUnknown when it is longer or takes longer than any honest answer."""
    body = bytearray()
    while chunk := answer.read1(_CHUNK_BYTES):
        body += chunk
        if len(body) > _LARGEST_ANSWER_BYTES:
            raise EffectUnknown("answer_too_large")
        if time.monotonic() > give_up_at:
            raise EffectUnknown("answer_too_slow")
    return bytes(body)


def _silent_logger() -> logging.Logger:
    """The client logs bodies and addresses; what has to be known is in the errors that it raises."""
    logger = logging.getLogger("nudge_senders.slack_client")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
