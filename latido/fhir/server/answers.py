"""The server's requests, answers and refusals as values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, NoReturn

from latido.fhir.resources import FHIR_JSON, Resource, etag
from latido.fhir.server.nesting import DEEPEST, text_too_deep

CONTENT_TYPE = f"{FHIR_JSON}; charset=utf-8"


@dataclass(frozen=True)
class FhirResponse:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a resource or request; `path` is FHIRPath-like; `text` holds no value out of it."""

    path: str
    code: str
    text: str

    def under(self, prefix: str) -> "Fault":
        """The same fault, seen from the resource that contains this one."""
        return Fault(f"{prefix}.{self.path}" if self.path else prefix, self.code, self.text)


class Refusal(Exception):
    """The server refuses a request; becomes an OperationOutcome with this status."""

    def __init__(self, status: int, faults: Sequence[Fault], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {', '.join(fault.code for fault in faults)}")
        self.status = status
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


def refuse(status: int, code: str, text: str, path: str = "", headers: Mapping[str, str] | None = None) -> NoReturn:
    """Raise the refusal of a request for one fault."""
    raise Refusal(status, [Fault(path, code, text)], headers)


def operation_outcome(faults: Sequence[Fault], severity: str = "error") -> Resource:
    """The OperationOutcome that lists the faults, each with its place."""
    issues = []
    for fault in faults:
        issue: Resource = {"severity": severity, "code": fault.code, "diagnostics": fault.text}
        issues.append(issue | ({"expression": [fault.path]} if fault.path else {}))
    return {"resourceType": "OperationOutcome", "issue": issues}


def json_response(status: int, content: Resource | str, headers: Mapping[str, str] | None = None) -> FhirResponse:
    """An answer with a resource, given as an object or as its stored JSON text."""
    body = content if isinstance(content, str) else dump(content)
    return FhirResponse(status, {"Content-Type": CONTENT_TYPE} | dict(headers or {}), body.encode())


def refusal_response(refusal: Refusal) -> FhirResponse:
    """The answer that tells of a refusal."""
    return json_response(refusal.status, operation_outcome(refusal.faults), refusal.headers)


def version_headers(version: int, last_updated: datetime) -> dict[str, str]:
    """`ETag` and `Last-Modified` of a stored version."""
    return {"ETag": etag(version), "Last-Modified": format_datetime(last_updated, usegmt=True)}


def dump(resource: Resource) -> str:
    """A resource as compact JSON text."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse(text: str | bytes) -> Resource:
    """The JSON object in a body; refuses what is no JSON object, doubles a name, or nests without end."""
    found = parse_any(text)
    if not isinstance(found, dict):
        refuse(400, "structure", "the body must be one JSON object")
    return found


def parse_any(text: str | bytes) -> Any:
    """The JSON value in a body; refuses what is no JSON, doubles a name, or nests without end."""
    try:
        plain = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
        if text_too_deep(plain):
            refuse(400, "structure", f"the body nests deeper than {DEEPEST} levels")
        return json.loads(plain, object_pairs_hook=_unique, parse_constant=_no_constant)
    except ValueError as error:
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refusal(400, [Fault("", "structure", f"the body is not valid JSON{where}")]) from None


def _unique(pairs: list[tuple[str, object]]) -> Resource:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
