"""The CapabilityStatement, made from the definitions, so that it cannot promise what is not there."""

from importlib.metadata import version

from latido.fhir.resources import FHIR_JSON, Resource
from latido.fhir.server.definitions import Definition, definitions

# When the set of interactions or resource types last changed.
AS_OF = "2026-11-23"

_SEARCH_TYPES = {"position": "special"}


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
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Bearer token of the service"},
                "resource": [_resource(each) for each in definitions().values()],
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _resource(definition: Definition) -> Resource:
    references = sorted(each.name for each in definition.search.values() if each.kind == "reference")
    referring = sorted(
        f"{other.name}:{each.name}"
        for other in definitions().values()
        for each in other.search.values()
        if each.kind == "reference" and definition.name in each.targets
    )
    found: Resource = {
        "type": definition.name,
        "interaction": [{"code": code} for code in ("read", "vread", "update", "create", "search-type")],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "searchParam": _parameters(definition),
    }
    found |= {"searchInclude": [f"{definition.name}:{name}" for name in references]} if references else {}
    return found | ({"searchRevInclude": referring} if referring else {})


def _parameters(definition: Definition) -> list[Resource]:
    common = [{"name": "_id", "type": "token"}, {"name": "_lastUpdated", "type": "date"}]
    own = [{"name": each.name, "type": _SEARCH_TYPES.get(each.kind, each.kind)} for each in definition.search.values()]
    return common + own
