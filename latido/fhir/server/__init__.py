"""The embedded FHIR R4 server, on Postgres."""

from latido.fhir.server.answers import FhirResponse
from latido.fhir.server.core import FhirServer

__all__ = ["FhirResponse", "FhirServer"]
