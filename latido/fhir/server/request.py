"""One HTTP request to the server, with its headers understood."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from latido.fhir.resources import FHIR_JSON, Resource, version_of_etag
from latido.fhir.server.answers import parse, refuse

_JSON = frozenset({FHIR_JSON, "application/json", "text/json"})
_ANY_JSON = _JSON | {"*/*", "application/*", "text/*"}
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class FhirRequest:
    """A request; header names in lower case; `segments` is the path relative to the base.

    `content` is the body when it has been read already: that of an entry of a Bundle.
    """

    method: str
    segments: tuple[str, ...]
    query: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    content: Resource | None = None

    def json_body(self) -> Resource:
        """The body as a JSON object; 415 for another media type, 400 for broken JSON."""
        if self.content is not None:
            return self.content
        if self.media_type() not in _JSON:
            refuse(415, "not-supported", f"send {FHIR_JSON}")
        return parse(self.body)

    def form_body(self) -> str:
        """The body of a `_search`; 415 for another media type."""
        if self.body and self.media_type() != _FORM:
            refuse(415, "not-supported", f"send {_FORM}")
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            refuse(400, "structure", "the form is not UTF-8")

    def check_accept(self) -> None:
        """Refuse with 406 when the caller takes no JSON."""
        accepted = [part.split(";")[0].strip().lower() for part in self.headers.get("accept", "*/*").split(",")]
        if not any(part in _ANY_JSON for part in accepted):
            refuse(406, "not-supported", f"this server speaks {FHIR_JSON}")

    def prefers(self, name: str) -> str | None:
        """The value of a preference such as `return` or `handling`."""
        found = re.search(rf"(?:^|[,;\s]){name}\s*=\s*\"?([A-Za-z]+)", self.headers.get("prefer", ""))
        return found[1] if found else None

    def expected_version(self, place: str = "") -> str | None:
        """The version in `If-Match`, None for none; 400 when it is no entity tag."""
        value = self.headers.get("if-match")
        version = version_of_etag(value) if value is not None else None
        if value is not None and version is None:
            refuse(400, "value", 'If-Match takes an entity tag such as W/"3"', place)
        return version

    def media_type(self) -> str:
        """The media type of the body, without its parameters."""
        return self.headers.get("content-type", FHIR_JSON).split(";")[0].strip().lower()
