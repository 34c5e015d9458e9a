"""HubSpot's own client for transactional email, with all off that could send twice or read without end.

Belongs here: how the three requests travel that are made of HubSpot. What is sent and what an answer means is
said in `destinations.hubspot`. Building it contacts nothing. Its methods raise NotSent when certainly nothing
left and EffectUnknown when the connection broke; every answer, refusals too, is a Response.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hubspot.marketing.transactional import (
    ApiClient,
    ApiException,
    Configuration,
    PublicSingleSendEmail,
    PublicSingleSendRequestEgg,
    PublicSMTPTokensApi,
    SingleSendApi,
)

from nudge_senders.destination import Response
from nudge_senders.errors import NotSent
from nudge_senders.http_call import HttpCaller

HUBSPOT_URL = "https://api.hubapi.com"
_STATUS_PATH = "/marketing/v3/email/send-statuses/{statusId}"
#: With every call: its answer is read by `http_call`, which has bounds of its own.
_BOUNDS: Mapping[str, Any] = {"_request_timeout": (3, 8), "_preload_content": False}


class HubSpotClient:
    """See the module's docstring."""

    def __init__(self, token: str, *, base_url: str | None, http: HttpCaller) -> None:
        configuration = Configuration(host=base_url or HUBSPOT_URL)
        configuration.access_token = token
        self._client = ApiClient(configuration)
        self._transport = _Transport(http)
        # The client's own pool of connections repeats requests, follows redirects and reads without end.
        self._client.rest_client.pool_manager = self._transport

    def send(self, body: Mapping[str, Any]) -> Response:
        """Single-send. `body` has emailId, message (to, sendId) and customProperties."""
        message = body["message"]
        egg = PublicSingleSendRequestEgg(
            email_id=body["emailId"],
            message=PublicSingleSendEmail(to=message["to"], send_id=message["sendId"]),
            custom_properties=body["customProperties"],
        )
        return self._asked(lambda: SingleSendApi(self._client).send_email(egg, **_BOUNDS))

    def status(self, status_id: str) -> Response:
        """The status of a send, for which the client has no method."""
        return self._asked(
            lambda: self._client.call_api(
                _STATUS_PATH,
                "GET",
                path_params={"statusId": status_id},
                header_params={"Accept": "application/json"},
                auth_settings=["oauth2"],
                **_BOUNDS,
            )
        )

    def tokens(self) -> Response:
        """One token for SMTP: harmless to ask for, and only with the scope that sending takes."""
        return self._asked(lambda: PublicSMTPTokensApi(self._client).get_tokens_page(limit=1, **_BOUNDS))

    def _asked(self, ask: Callable[[], object]) -> Response:
        self._transport.answer = None
        # Raised for a status above 299; the answer itself was kept.
        with contextlib.suppress(ApiException):
            ask()
        if self._transport.answer is None:
            raise NotSent("request_not_made")
        return self._transport.answer


class _Transport:
    """What the client takes for its pool of connections: one request within bounds, whose answer is kept."""

    def __init__(self, http: HttpCaller) -> None:
        self._http = http
        self.answer: Response | None = None

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: str | None = None,
        fields: Iterable[tuple[str, object]] | None = None,
        **_: object,
    ) -> _Status:
        self.answer = self._http.request(
            method,
            url,
            headers=headers,
            params={name: str(value) for name, value in fields or ()},
            content=body.encode() if body is not None else None,
        )
        return _Status(self.answer.status)


class _Status:
    """As much of an answer as the client looks at."""

    reason = ""
    data = b""

    def __init__(self, status: int) -> None:
        self.status = status

    def getheaders(self) -> dict[str, str]:
        return {}
