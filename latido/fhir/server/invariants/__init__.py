"""Rules between elements, by the name FHIR gives them; our own have a name in words.

Source: the "Constraints" of each resource's and data type's page at https://hl7.org/fhir/R4/. Only rules that R4 calls
errors are here, but for con-3, a best practice there: a problem on a person's list must say whether it still holds.
"""

from collections.abc import Mapping

from latido.fhir.server.invariants import appointments, clinical, communication, people
from latido.fhir.server.invariants.datatypes import OF_TYPES
from latido.fhir.server.invariants.domain import in_domain_resource
from latido.fhir.server.invariants.rules import Invariant

INVARIANTS: Mapping[str, Invariant] = {
    **appointments.INVARIANTS,
    **people.INVARIANTS,
    **clinical.INVARIANTS,
    **communication.INVARIANTS,
}
"""The rules that a definition may name."""

__all__ = ["INVARIANTS", "OF_TYPES", "Invariant", "in_domain_resource"]
