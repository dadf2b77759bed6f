"""The CapabilityStatement, made from the definitions, so that it cannot promise what is not there."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version

from latido.fhir.resources import FHIR_JSON, Resource
from latido.fhir.server.definitions import Definition, SearchParameter, definitions
from latido.fhir.server.definitions.parameters import FHIR_TYPES
from latido.fhir.server.operations import OPERATIONS
from latido.fhir.server.patch import JSON_PATCH

# When the set of interactions or resource types last changed.
AS_OF = "2026-11-23"

# What `interactions.py` answers. These are the one place that says so; tests call each of them.
TYPE_INTERACTIONS = (
    "read",
    "vread",
    "update",
    "patch",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)
SYSTEM_INTERACTIONS = ("transaction", "batch")
TYPE_FEATURES: Resource = {
    "versioning": "versioned",
    "readHistory": True,
    "updateCreate": True,
    "conditionalCreate": True,
    "conditionalRead": "not-match",
    "conditionalUpdate": True,
}
OPERATION_DEFINITIONS: Mapping[tuple[str, str], str] = {name: each.definition for name, each in OPERATIONS.items()}
"""The definition of each operation, by resource type and name."""

_DOCUMENTATION = {
    "words": "Sealed: found by whole words, in any order, whatever their case and accents; no beginnings, no sorting.",
    "day": "Sealed: found by the whole day, [eq]YYYY-MM-DD; no ranges, no sorting.",
    "position": "Sorted by great-circle distance, which each entry tells in the location-distance extension.",
}


def capability_statement(base_url: str) -> Resource:
    """What this server does, for R4's `metadata`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": AS_OF,
        "kind": "instance",
        "software": {"name": "Latido", "version": version("latido")},
        "implementation": {"description": "Latido's embedded FHIR server", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON, "application/json"],
        "patchFormat": [JSON_PATCH],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Bearer token of the service"},
                "resource": [_resource(each) for each in definitions().values()],
                "interaction": _codes(SYSTEM_INTERACTIONS),
            }
        ],
    }


def _resource(definition: Definition) -> Resource:
    found: Resource = {"type": definition.name, "interaction": _codes(TYPE_INTERACTIONS)} | TYPE_FEATURES
    includes = sorted(f"{definition.name}:{each.name}" for each in definition.search.values() if _refers(each))
    found |= {"searchInclude": includes} if includes else {}
    referring = _referring(definition)
    found |= {"searchRevInclude": referring} if referring else {}
    found["searchParam"] = _parameters(definition)
    operations = _operations(definition)
    return found | ({"operation": operations} if operations else {})


def _codes(codes: Iterable[str]) -> list[Resource]:
    return [{"code": code} for code in codes]


def _refers(parameter: SearchParameter) -> bool:
    return parameter.kind == "reference"


def _referring(definition: Definition) -> list[str]:
    """What `_revinclude` may bring to this type; a reference without named targets may lead to any."""
    return sorted(
        f"{other.name}:{each.name}"
        for other in definitions().values()
        for each in other.search.values()
        if _refers(each) and (definition.name in each.targets or not each.targets)
    )


def _operations(definition: Definition) -> list[Resource]:
    found = OPERATION_DEFINITIONS.items()
    return [{"name": name, "definition": url} for (kind, name), url in found if kind == definition.name]


def _parameters(definition: Definition) -> list[Resource]:
    common = [{"name": "_id", "type": "token"}, {"name": "_lastUpdated", "type": "date"}]
    return common + [_parameter(each) for each in definition.search.values()]


def _parameter(parameter: SearchParameter) -> Resource:
    text = _DOCUMENTATION.get(parameter.kind)
    found: Resource = {"name": parameter.name, "type": FHIR_TYPES[parameter.kind]}
    return found | ({"documentation": text} if text else {})
