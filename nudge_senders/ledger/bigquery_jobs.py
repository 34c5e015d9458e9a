"""BigQuery's own client, with every retry of its own switched off: a job is asked for once and answers once.

Belongs here: how a job travels and what an error of the library means. When a job is asked for again is
`bigquery_warehouse`'s. The library is an extra and is imported when a client is built.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nudge_senders.errors import SenderMisconfigured
from nudge_senders.ledger.bigquery_warehouse import (
    QUOTA_REASONS,
    BigQueryWarehouse,
    Job,
    JobExists,
    JobFailed,
    JobPutOff,
    JobResult,
    JobUnanswered,
    Parameters,
)

if TYPE_CHECKING:
    from google.cloud import bigquery

PROJECT, LOCATION = "MILESTONE_AGENT_BIGQUERY_PROJECT", "MILESTONE_AGENT_BIGQUERY_LOCATION"
#: Unset for Google's own; dbt's profile reads it as well.
API_ENDPOINT = "MILESTONE_AGENT_BIGQUERY_API_ENDPOINT"
#: A ledger's statement reads some hundred megabytes at most; more is a mistake that somebody pays for.
MOST_BYTES_BILLED = 20 * 1024**3
_SECONDS_AT_MOST = 120
#: What a client is made of, the variables that Google's library reads by itself included.
_SAYS_WHERE = (
    PROJECT,
    LOCATION,
    API_ENDPOINT,
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
)
_CLIENTS: dict[tuple[object, ...], Any] = {}
#: For what the API knows without a job, the library's own repeats included.
CATALOGUE_SECONDS_AT_MOST = 30.0


def open_bigquery(dataset: str, environ: Mapping[str, str]) -> BigQueryWarehouse:
    """The ledger in this dataset. Contacts nothing yet. Raises SenderMisconfigured for a missing extra or
    project."""
    return BigQueryWarehouse(BigQueryJobs(client_of(environ), dataset), dataset)


def client_of(environ: Mapping[str, str]) -> Any:
    """A google.cloud.bigquery.Client for the project, location and endpoint that `environ` names, the same
    one for all of a process, so that its token is asked for once. Contacts nothing yet. Raises
    SenderMisconfigured as above, and for a key file that cannot be used."""
    place = (os.getpid(), *(environ.get(name) for name in _SAYS_WHERE))
    if place not in _CLIENTS:
        _CLIENTS[place] = _new_client(environ)
    return _CLIENTS[place]


def _new_client(environ: Mapping[str, str]) -> Any:
    project = environ.get(PROJECT, "").strip()
    if not project:
        raise SenderMisconfigured(f"{PROJECT} is missing: name the project that holds the ledger")
    api_endpoint = environ.get(API_ENDPOINT, "").strip()
    try:
        from google.cloud import bigquery
    except ImportError as error:
        raise SenderMisconfigured(
            "the ledger on BigQuery needs an extra: pip install 'onboarding-milestone-agent[bigquery]'"
        ) from error
    from google.auth.exceptions import GoogleAuthError

    try:
        return bigquery.Client(
            project=project,
            location=environ.get(LOCATION, "").strip() or None,
            client_options={"api_endpoint": api_endpoint} if api_endpoint else None,
        )
    except (GoogleAuthError, OSError, ValueError) as error:
        raise SenderMisconfigured(
            f"no credentials for BigQuery ({_first_line(error)}): point GOOGLE_APPLICATION_CREDENTIALS at a "
            "key file, or run `gcloud auth application-default login`"
        ) from error


def patience() -> Any:
    """The library's way of asking the catalogue again for half a minute; by itself it goes on for ten."""
    from google.cloud.bigquery import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(CATALOGUE_SECONDS_AT_MOST)


class BigQueryJobs:
    """See `bigquery_warehouse.Jobs`. `client` is a google.cloud.bigquery.Client."""

    def __init__(self, client: Any, dataset: str) -> None:
        self._client = client
        self._dataset = dataset
        self._location: str | None = client.location

    def dataset_exists(self) -> bool:
        from google.api_core.exceptions import NotFound

        with _meaning():
            try:
                found = self._client.get_dataset(
                    self._dataset, retry=patience(), timeout=CATALOGUE_SECONDS_AT_MOST
                )
            except NotFound:
                return False
        # Of a transaction's first statement nothing tells where it belongs.
        self._location = self._location or found.location
        return True

    def insert(self, job: Job) -> JobResult:
        from google.api_core.exceptions import Conflict

        with _meaning():
            try:
                running = self._client.query(
                    job.sql,
                    job_config=_config(job),
                    job_id=job.job_id,
                    location=self._where(),
                    # The library must not run it again by itself.
                    retry=None,
                    job_retry=None,
                    timeout=_SECONDS_AT_MOST,
                )
            except Conflict as error:
                raise JobExists(job.job_id) from error
            return _result_of(running)

    def adopt(self, job: Job) -> JobResult:
        with _meaning():
            return _result_of(
                self._client.get_job(job.job_id, location=self._where(), retry=None, timeout=_SECONDS_AT_MOST)
            )

    def _where(self) -> str | None:
        if self._location is None:
            self.dataset_exists()
        return self._location


def _result_of(running: Any) -> JobResult:
    from google.api_core.exceptions import GoogleAPICallError

    try:
        rows = running.result(retry=None, job_retry=None, timeout=_SECONDS_AT_MOST)
    except GoogleAPICallError as error:
        failure = running.error_result
        if failure is None:
            # The question failed, and nobody knows about the job.
            raise
        raise JobFailed(_first_line(error), str(failure.get("reason", ""))) from error
    session = running.session_info
    return JobResult(
        names=[field.name for field in rows.schema or ()],
        values=[tuple(row.values()) for row in rows],
        changed_rows=int(running.num_dml_affected_rows or 0),
        session_id=session.session_id if session is not None else None,
    )


@contextmanager
def _meaning() -> Iterator[None]:
    """The library's errors by what they mean here."""
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError, TransportError
    from requests.exceptions import RequestException

    try:
        yield
    except exceptions.TooManyRequests as error:
        raise JobPutOff("rateLimitExceeded") from error
    except (exceptions.ServerError, exceptions.RetryError) as error:
        raise JobUnanswered(type(error).__name__) from error
    except (RequestException, ConnectionError, TimeoutError, TransportError) as error:
        raise JobUnanswered(type(error).__name__) from error
    except GoogleAuthError as error:
        raise JobFailed(f"the credentials are refused ({type(error).__name__})") from error
    except exceptions.GoogleAPICallError as error:
        reason = str(error.errors[0].get("reason", "")) if error.errors else ""
        if reason in QUOTA_REASONS:
            raise JobPutOff(reason) from error
        raise JobFailed(_first_line(error), reason) from error


def _config(job: Job) -> bigquery.QueryJobConfig:
    from google.cloud import bigquery

    config = bigquery.QueryJobConfig(
        query_parameters=_query_parameters(job.parameters),
        labels=dict(job.labels or {}),
        maximum_bytes_billed=MOST_BYTES_BILLED,
        use_query_cache=False,
    )
    if job.begins_session:
        config.create_session = True
    if job.session_id is not None:
        config.connection_properties = [bigquery.ConnectionProperty("session_id", job.session_id)]
    return config


def _query_parameters(parameters: Parameters) -> list[Any]:
    from google.cloud import bigquery

    made: list[Any] = []
    for name, (kind, value) in parameters.items():
        if isinstance(kind, str):
            made.append(bigquery.ScalarQueryParameter(name, kind, value))
            continue
        rows = [
            bigquery.StructQueryParameter(
                None,
                *(bigquery.ScalarQueryParameter(column, kind[column], row[column]) for column in kind),
            )
            for row in value
        ]
        made.append(bigquery.ArrayQueryParameter(name, "STRUCT", rows))
    return made


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
