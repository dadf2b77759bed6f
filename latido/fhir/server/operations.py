"""Operations (`POST Type/$name`), by resource type and name.

An operation is a function of the connection, the vault and the request; it stands in a module of its own and is named
here, which makes it known to the routes and to the CapabilityStatement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from latido.crypto import Vault
from latido.fhir.server.answers import FhirResponse
from latido.fhir.server.match import MATCH_DEFINITION, match_patient
from latido.fhir.server.request import FhirRequest


@dataclass(frozen=True)
class Operation:
    """One operation, and the canonical URL of its OperationDefinition."""

    definition: str
    run: Callable[[Connection, Vault, FhirRequest], FhirResponse]


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("Patient", "match"): Operation(MATCH_DEFINITION, match_patient),
}
"""What there is, by type and name without the `$`."""
