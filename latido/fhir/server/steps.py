"""One write of a request or of a transaction, and what became of it."""

from dataclasses import dataclass

from latido.fhir.resources import Resource
from latido.fhir.server.storage import Key, Stored


@dataclass(frozen=True)
class Step:
    """One write. `place` is where it stands in a transaction, for the path of a fault; empty for a single write."""

    kind: str
    resource: Resource
    identity: str | None = None
    if_match: str | None = None
    if_none_exist: str | None = None
    full_url: str | None = None
    place: str = ""

    @property
    def key(self) -> Key:
        """Type and id; the id of a create is given before anything is written."""
        return self.kind, self.identity or ""

    def path(self, element: str) -> str:
        """Where an element of the resource stands, such as `Bundle.entry[1].resource.Slot.status`."""
        inner = f"{self.kind}.{element}"
        return f"{self.place}.resource.{inner}" if self.place else inner


@dataclass(frozen=True)
class Done:
    """What became of a step: 201 created, 200 updated or found there already."""

    status: int
    stored: Stored
