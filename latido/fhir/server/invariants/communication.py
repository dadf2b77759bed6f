"""Rules of messages sent. R4 has none between their elements; these are what its definitions say in words."""

from collections.abc import Iterator, Mapping

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.invariants.rules import Invariant, broken, starts_before_end

_AS_IT_SHOULD_BE = ("preparation", "in-progress", "completed")


def _reason_of_a_halt(resource: Resource, path: str) -> Iterator[Fault]:
    if "statusReason" in resource and resource.get("status") in _AS_IT_SHOULD_BE:
        yield broken(f"{path}.statusReason", "a reason only when it was not done, halted or stopped")


INVARIANTS: Mapping[str, Invariant] = {
    "reason-of-a-halt": _reason_of_a_halt,
    "sent-before-received": starts_before_end("sent", "received"),
}
