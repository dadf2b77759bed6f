"""One write of a request or of a transaction, and what became of it."""

from dataclasses import dataclass

from latido.fhir.resources import Resource
from latido.fhir.server.answers import refuse
from latido.fhir.server.patch import JSON_PATCH, Patch, read_binary_patch, read_patch
from latido.fhir.server.request import FhirRequest
from latido.fhir.server.storage import Key, Stored


@dataclass(frozen=True)
class Step:
    """One write: a resource, or a patch of the one that is there (`resource` is empty until it is applied).

    `condition` is the query of a conditional update or patch. `place` is where the step stands in a transaction, for
    the path of a fault; empty for a single write.
    """

    kind: str
    resource: Resource
    identity: str | None = None
    if_match: str | None = None
    if_none_exist: str | None = None
    condition: str | None = None
    patch: Patch | None = None
    must_be_new: bool = False
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

    def request_path(self, name: str) -> str:
        """Where a part of the entry's request stands; empty for a single write, whose headers have no path."""
        return f"{self.place}.request.{name}" if self.place else ""


@dataclass(frozen=True)
class Done:
    """What became of a step: 201 created, 200 updated or found there already."""

    status: int
    stored: Stored


def read_step(request: FhirRequest, place: str = "", full_url: str | None = None) -> Step:
    """The write that a POST, PUT or PATCH asks for, at a path that takes it; refuses what is malformed."""
    kind, identity = request.segments[0], request.segments[1] if len(request.segments) > 1 else None
    conditional = identity is None and request.method != "POST"
    patch = _patch_of(request, place) if request.method == "PATCH" else None
    resource = {} if patch is not None else _resource_of(request, kind, identity, place)
    return Step(
        kind=kind,
        resource=resource,
        identity=identity,
        if_match=request.expected_version(f"{place}.request.ifMatch" if place else ""),
        if_none_exist=request.headers.get("if-none-exist") if request.method == "POST" else None,
        condition=request.query if conditional else None,
        patch=patch,
        full_url=full_url,
        place=place,
    )


def _resource_of(request: FhirRequest, kind: str, identity: str | None, place: str) -> Resource:
    resource = request.json_body()
    prefix = f"{place}.resource" if place else ""
    if resource.get("resourceType") != kind:
        refuse(400, "structure", f"must be a {kind}", f"{prefix}.resourceType".lstrip("."))
    if identity is not None and resource.get("id") != identity:
        refuse(400, "value", "must be the id in the URL", f"{prefix or kind}.id")
    return resource


def _patch_of(request: FhirRequest, place: str) -> Patch:
    if request.content is not None:
        return read_binary_patch(request.content, f"{place}.resource")
    if request.media_type() != JSON_PATCH:
        refuse(415, "not-supported", f"send {JSON_PATCH}", headers={"Accept-Patch": JSON_PATCH})
    return read_patch(request.body)
