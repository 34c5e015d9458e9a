"""Tells the people who run the pipeline: one plain line to a Slack channel, or to the log without one.

What is worth a word is said elsewhere. Nothing here ever raises, and no line may name an account or a person.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

TOKEN, CHANNEL = "SLACK_BOT_TOKEN", "SLACK_OPS_CHANNEL"
_SECONDS_AT_MOST = 10

_log = logging.getLogger("milestone_agent.operations")


def tell(line: str, environ: Mapping[str, str]) -> None:
    """Post the line where `SLACK_BOT_TOKEN` and `SLACK_OPS_CHANNEL` say; log it where that cannot be done."""
    token, channel = (environ.get(name, "").strip() for name in (TOKEN, CHANNEL))
    if token and channel:
        try:
            _post(token, channel, line)
            return
        except Exception as error:
            # Its text may hold the token or the answer of a stranger.
            _log.error("the operations channel could not be told: %s", type(error).__name__)
    _log.error(line)


def _post(token: str, channel: str, line: str) -> None:
    from nudge_senders import slack_client

    client = slack_client.build_client(
        token, base_url=slack_client.SLACK_URL, timeout_seconds=_SECONDS_AT_MOST
    )
    escaped = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    client.chat_postMessage(
        channel=channel, text=escaped, mrkdwn=False, unfurl_links=False, unfurl_media=False
    )
