"""What can go wrong with a FHIR call, by what the caller may do next.

FhirError
├── NeverSent        the server was not reached: try again, nothing happened
├── OutcomeUnknown   a write may or may not have happened: read back, or repeat the same conditional write
├── Busy             429, 503, or a read that failed on the server's side: try again after `retry_after` seconds
├── Refused          400, 422 …: our request is wrong, `outcome` says where; do not repeat it
├── NotFound         404: no such resource
│   └── Gone         410: it was deleted
├── Conflict         409, 412: somebody else was first; read or search again
├── Unauthorized     401, 403: get a new token once, then tell an operator
└── NotFhir          the answer is no FHIR JSON: wrong address, or a proxy's error page

No message carries a URL's query, a request's body or a value out of one.
"""

from latido.fhir.resources import Resource, issues


class FhirError(Exception):
    """A FHIR call failed; catch a subclass to know what may be done next."""

    def __init__(self, message: str, status: int | None = None, outcome: Resource | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.outcome = outcome

    @property
    def places(self) -> list[str]:
        """Where the server says the fault lies, as FHIRPath-like expressions."""
        return [place for _, place, _ in issues(self.outcome) if place]


class NeverSent(FhirError):
    """The health service cannot be reached. Nothing was done: try again with back-off."""


class OutcomeUnknown(FhirError):
    """The answer to a write was lost. Read back by identifier, or repeat the same conditional write."""


class Busy(FhirError):
    """The health service cannot answer now. Try again after `retry_after` seconds (None: your own back-off)."""

    def __init__(
        self,
        message: str,
        status: int | None = None,
        outcome: Resource | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status, outcome)
        self.retry_after = retry_after


class Refused(FhirError):
    """The health service refused the request as wrong. Do not repeat it; `outcome` and `places` say why."""


class NotFound(FhirError):
    """There is no such resource."""


class Gone(NotFound):
    """The resource was deleted."""


class Conflict(FhirError):
    """Somebody else was first (slot taken, version changed). Read or search again, offer something else."""


class Unauthorized(FhirError):
    """The token or its scope is not accepted. Get a new one once, then tell an operator."""


class NotFhir(FhirError):
    """The answer is not FHIR JSON. Check the base URL and what stands between."""
