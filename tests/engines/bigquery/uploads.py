"""Files on their way into a load job: resumable in pieces, or in one multipart request."""

from __future__ import annotations

import email
import email.policy
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.engines.bigquery.answers import Answer, Refusal
from tests.engines.bigquery.jobs import Jobs

_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass
class _Upload:
    resource: dict[str, Any]
    content: bytes = b""


class Uploads:
    """The uploads that are not finished."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._open: dict[str, _Upload] = {}

    def begin(self, resource: dict[str, Any], location: str) -> Answer:
        """Answers with the place where the pieces go: `location` with the upload's id."""
        upload_id = uuid.uuid4().hex
        self._open[upload_id] = _Upload(resource)
        return Answer(None, 200, {"Location": f"{location}&upload_id={upload_id}"})

    def take_piece(self, upload_id: str, headers: Mapping[str, str], content: bytes) -> Answer:
        """A piece of the file: 308 while more is to come, then the job. Raises Refusal for an unknown
        upload."""
        if upload_id not in self._open:
            raise Refusal("notFound", f"Not found: upload {upload_id}")
        upload = self._open[upload_id]
        upload.content += content
        found = _RANGE.match(headers.get("Content-Range", ""))
        total = found.group(3) if found else str(len(upload.content))
        if total == "*" or len(upload.content) < int(total):
            return Answer(
                None, 308, {"Range": f"bytes=0-{len(upload.content) - 1}"} if upload.content else {}
            )
        del self._open[upload_id]
        return self._run(upload.resource, upload.content)

    def take_multipart(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """The job and the file in one body."""
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        parts = email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts()
        resource, content = (part.get_payload(decode=True) for part in parts)
        assert isinstance(resource, bytes)
        assert isinstance(content, bytes)
        return self._run(json.loads(resource), content)

    def _run(self, resource: dict[str, Any], content: bytes) -> Answer:
        record, _ = self._jobs.insert(resource, content)
        return Answer(self._jobs.resource(record))
