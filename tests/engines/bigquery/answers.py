"""What a request is answered with, and BigQuery's way of saying no.

Does not belong here: which request is refused (that is said where it is noticed).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: HTTP status of each reason, as BigQuery's table of error messages has it.
STATUS_OF = {
    "invalid": 400,
    "invalidQuery": 400,
    "notFound": 404,
    "duplicate": 409,
    "rateLimitExceeded": 403,
    "quotaExceeded": 403,
    "accessDenied": 403,
    "bytesBilledLimitExceeded": 403,
    "responseTooLarge": 403,
    "backendError": 503,
    "internalError": 500,
    "notImplemented": 501,
    "stopped": 200,
}


@dataclass(frozen=True)
class Answer:
    """A JSON body with a status and headers; no body for None."""

    body: dict[str, Any] | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A request or a job that BigQuery would refuse, by its reason."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message

    @property
    def proto(self) -> dict[str, str]:
        """An ErrorProto, as jobs carry it."""
        return {"reason": self.reason, "location": "query", "message": self.message}

    @property
    def answer(self) -> Answer:
        status = STATUS_OF[self.reason]
        error = {"code": status, "message": self.message, "errors": [{**self.proto, "domain": "global"}]}
        return Answer({"error": error}, status)
