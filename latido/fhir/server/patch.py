"""JSON Patch (RFC 6902) on a stored resource."""

import base64
import binascii
import json
from typing import Any

import jsonpatch
import jsonpointer

from latido.fhir.resources import Resource
from latido.fhir.server.answers import parse_any, refuse
from latido.fhir.server.nesting import value_too_deep

JSON_PATCH = "application/json-patch+json"
MAX_OPERATIONS = 200

# Far above any resource of the job: a few "copy" operations can otherwise double it without end.
_MAX_CHARACTERS = 1_000_000

# The last ones come of pointers into the middle of numbers and strings.
_MISFITS = (
    jsonpatch.JsonPatchException,
    jsonpointer.JsonPointerException,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)

Patch = tuple[Resource, ...]
"""The operations of a patch, in their order."""


def read_patch(body: bytes, place: str = "") -> Patch:
    """The operations in a JSON Patch document; 400 when it is none."""
    found = parse_any(body)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        refuse(400, "structure", "a JSON Patch is a list of operations", place)
    if not 1 <= len(found) <= MAX_OPERATIONS:
        refuse(400, "structure", f"a JSON Patch has 1 to {MAX_OPERATIONS} operations", place)
    try:
        jsonpatch.JsonPatch(found)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException):
        refuse(400, "structure", "an operation lacks op, path, value or from, or has one that is no such thing", place)
    return tuple(found)


def read_binary_patch(binary: Resource, place: str) -> Patch:
    """The operations in the Binary that carries a patch inside a Bundle."""
    if binary.get("resourceType") != "Binary" or binary.get("contentType") != JSON_PATCH:
        refuse(400, "structure", f"a patch in a Bundle is a Binary of {JSON_PATCH}", place)
    try:
        return read_patch(base64.b64decode(str(binary.get("data", "")), validate=True), place)
    except binascii.Error:
        refuse(400, "structure", "is not base64", f"{place}.data")


def patched(resource: Resource, patch: Patch, place: str = "") -> Resource:
    """The resource after the patch; 422 when an operation fails, or touches what only the server says.

    `resource` is used up.
    """
    identity = _identity(resource)
    found: Any = resource
    for number, operation in enumerate(patch):
        found = _after(found, operation, f"operation {number + 1}", place)
    if not isinstance(found, dict) or _identity(found) != identity:
        refuse(422, "business-rule", "a patch leaves resourceType, id and meta.versionId as they are", place)
    return found


def _after(found: Any, operation: Resource, name: str, place: str) -> Any:
    try:
        after = jsonpatch.JsonPatch([operation]).apply(found, in_place=True)
        too_deep = value_too_deep(after)
        longest = len(json.dumps(after)) if operation["op"] == "copy" and not too_deep else 0
    except jsonpatch.JsonPatchTestFailed:
        refuse(422, "conflict", f"{name}: the test fails: read the resource again", place)
    except _MISFITS:
        refuse(422, "processing", f"{name} does not fit the resource", place)
    if too_deep or longest > _MAX_CHARACTERS:
        refuse(422, "too-long", f"{name} makes the resource too {'deep' if too_deep else 'large'}", place)
    return after


def _identity(resource: Resource) -> tuple[object, object, object]:
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return resource.get("resourceType"), resource.get("id"), version
