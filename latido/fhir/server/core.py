"""The embedded FHIR server: one synchronous function from request to answer, over Postgres."""

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from latido.crypto import Vault
from latido.fhir.server.answers import (
    Fault,
    FhirResponse,
    Refusal,
    json_response,
    operation_outcome,
    refusal_response,
    refuse,
)
from latido.fhir.server.batch import is_batch, run_batch
from latido.fhir.server.database_errors import lost, outcome_unknown, refusal_of, worth_repeating
from latido.fhir.server.interactions import Interactions
from latido.fhir.server.request import FhirRequest

DEFAULT_BASE_URL = "http://localhost/fhir/R4"
ATTEMPTS = 4

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class FhirServer:
    """FHIR R4 over one Postgres. Holds no state: any number of them may serve one database."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lock_timeout_ms: int = 5_000,
        statement_timeout_ms: int = 20_000,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        # Whoever waits longer is told to come back: a stuck writer must not hang its neighbours. And each search is
        # planned for its own values: a plan for any values does not know a rare code from a common one.
        self._limits = (
            f"SET LOCAL lock_timeout = {lock_timeout_ms:d}; SET LOCAL statement_timeout = {statement_timeout_ms:d}; "
            "SET LOCAL plan_cache_mode = force_custom_plan"
        )

    def handle(
        self,
        method: str,
        path: str,
        query_string: str,
        headers: Mapping[str, str],
        body: bytes,
        base_url: str | None = None,
    ) -> FhirResponse:
        """The answer to one request, errors as OperationOutcome; never raises. `path` is relative to `base_url`."""
        request = FhirRequest(
            method=method.upper(),
            segments=tuple(part for part in path.split("/") if part),
            query=query_string,
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
            base_url=(base_url or DEFAULT_BASE_URL).rstrip("/"),
        )
        return self._perform(request)

    def _perform(self, request: FhirRequest) -> FhirResponse:
        try:
            return self._answer(request)
        except Refusal as refusal:
            return refusal_response(refusal)
        except Exception as error:
            return _failed(error)

    def _answer(self, request: FhirRequest) -> FhirResponse:
        request.check_accept()
        if request.method == "POST" and not request.segments:
            request = replace(request, content=request.json_body())
        if is_batch(request):
            return json_response(200, run_batch(request, self._perform, self._read_all))
        interaction = Interactions.find(request)
        for _ in range(ATTEMPTS):
            try:
                return self._in_transaction(lambda connection: interaction(self._interactions(connection), request))
            except DBAPIError as error:
                if not worth_repeating(error):
                    raise refusal_of(error) from error
            except PoolTimeout:
                break
        return refuse(503, "transient", "too many callers at once", headers={"Retry-After": "1"})

    def _read_all(self, requests: Sequence[FhirRequest]) -> list[FhirResponse] | None:
        """The answers to requests that only read, on one connection; None when the database failed at one of them."""
        try:
            return self._in_transaction(lambda connection: [self._read_one(connection, each) for each in requests])
        except (DBAPIError, PoolTimeout, Refusal):
            return None

    def _read_one(self, connection: Connection, request: FhirRequest) -> FhirResponse:
        try:
            return Interactions.find(request)(self._interactions(connection), request)
        except Refusal as refusal:
            return refusal_response(refusal)
        except DBAPIError:
            raise
        except Exception as error:
            return _failed(error)

    def _interactions(self, connection: Connection) -> Interactions:
        now = self._clock()
        # FHIR clients compare lastUpdated with _lastUpdated: keep no more digits than the wire shows.
        return Interactions(connection, self._vault, now.replace(microsecond=now.microsecond // 1000 * 1000))

    def _in_transaction(self, work: Callable[[Connection], _T]) -> _T:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(self._limits)
            result = work(connection)
            try:
                connection.commit()
            except DBAPIError as error:
                raise outcome_unknown() if lost(error) else error from error
            return result


def _failed(error: Exception) -> FhirResponse:
    # The message may hold values out of a resource; the place does not.
    place = "".join(traceback.format_tb(error.__traceback__))
    _log.error("FHIR request failed with %s\n%s", type(error).__name__, place)
    return json_response(500, operation_outcome([Fault("", "exception", "the server failed; it has been logged")]))
