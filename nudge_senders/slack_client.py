"""Slack's own client, with everything off that could send twice, follow a stranger or read without end.

Belongs here: how a request travels. What is said to whom, and what an answer means, does not. `build_client`
contacts nothing. A call of the client raises, besides slack_sdk's SlackApiError for an answer that is not
`ok`, NotSent when certainly nothing left and EffectUnknown when the connection broke.
"""

from __future__ import annotations

import json
import logging
import urllib.request
from typing import Any

from slack_sdk import WebClient

from nudge_senders.http_call import HttpCaller, Patience

SLACK_URL = "https://slack.com/api/"


def build_client(
    token: str, *, base_url: str = SLACK_URL, timeout_seconds: int = 10, http: HttpCaller | None = None
) -> WebClient:
    """A client that asks once, directly and within bounds.

    `timeout_seconds` is for a whole call; `http` has bounds of its own.
    """
    caller = http or HttpCaller(patience=Patience(wait=timeout_seconds, total=timeout_seconds))
    return _DirectClient(token, base_url, caller)


class _DirectClient(WebClient):
    """The SDK leaves the transport to urllib's opener of the whole process, which follows redirects, takes
    proxies from the environment and reads without limit."""

    def __init__(self, token: str, base_url: str, http: HttpCaller) -> None:
        super().__init__(token, base_url=base_url, retry_handlers=[], logger=_silent_logger())
        self._http = http

    def _perform_urllib_http_request_internal(self, url: str, req: urllib.request.Request) -> dict[str, Any]:
        assert isinstance(req.data, bytes | None)
        headers = {name: str(value) for name, value in req.header_items() if name != "Content-length"}
        answer = self._http.request("POST", url, headers=headers, content=req.data or b"")
        return {
            "status": answer.status,
            "headers": dict(answer.headers),
            # The SDK reads JSON out of a text; what was none stays none.
            "body": json.dumps(answer.body) if answer.body is not None else "",
        }


def _silent_logger() -> logging.Logger:
    """The client logs bodies and addresses; what has to be known is in the errors that it raises."""
    logger = logging.getLogger("nudge_senders.slack_client")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
