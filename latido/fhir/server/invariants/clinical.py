"""Rules of conditions, observations, plans and vaccines."""

from collections.abc import Iterator, Mapping

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.invariants.rules import Invariant, broken, coded, each, has, needs_one_of, starts_before_end

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"


def _by_mistake(resource: Resource) -> bool:
    return coded(resource.get("verificationStatus"), _VERIFICATION, "entered-in-error")


def _con_3(resource: Resource, path: str) -> Iterator[Fault]:
    listed = any(coded(one, _CATEGORY, "problem-list-item") for one in resource.get("category", []))
    if listed and "clinicalStatus" not in resource and not _by_mistake(resource):
        yield broken(f"{path}.clinicalStatus", "con-3: a problem list item says whether it still holds")


def _con_4(resource: Resource, path: str) -> Iterator[Fault]:
    over = coded(resource.get("clinicalStatus"), _CLINICAL, "inactive", "resolved", "remission")
    if has(resource, "abatement[x]") and not over:
        yield broken(f"{path}.abatement", "con-4: abated only when inactive, resolved or remission")


def _con_5(resource: Resource, path: str) -> Iterator[Fault]:
    if _by_mistake(resource) and "clinicalStatus" in resource:
        yield broken(f"{path}.clinicalStatus", "con-5: none when entered in error")


def _obs_6(resource: Resource, path: str) -> Iterator[Fault]:
    if "dataAbsentReason" in resource and has(resource, "value[x]"):
        yield broken(f"{path}.dataAbsentReason", "obs-6: only where there is no value")


def _obs_7(resource: Resource, path: str) -> Iterator[Fault]:
    if not has(resource, "value[x]"):
        return
    own = _codes(resource)
    for component, where in each(resource, "component", path):
        if own & _codes(component):
            yield broken(f"{where}.code", "obs-7: a component of the observation's own code leaves it no value")


def _codes(owner: Resource) -> set[tuple[str, str]]:
    codings = (owner.get("code") or {}).get("coding", [])
    return {(one.get("system", ""), one["code"]) for one in codings if "code" in one}


def _cpl_3(resource: Resource, path: str) -> Iterator[Fault]:
    for activity, where in each(resource, "activity", path):
        if {"reference", "detail"} <= activity.keys():
            yield broken(where, "cpl-3: an activity has reference or detail, not both")


INVARIANTS: Mapping[str, Invariant] = {
    "con-1": needs_one_of("stage", "con-1", "summary", "assessment"),
    "con-2": needs_one_of("evidence", "con-2", "code", "detail"),
    "con-3": _con_3,
    "con-4": _con_4,
    "con-5": _con_5,
    "onset-before-abatement": starts_before_end("onsetDateTime", "abatementDateTime"),
    "obs-6": _obs_6,
    "obs-7": _obs_7,
    "cpl-3": _cpl_3,
    "imm-1": needs_one_of("education", "imm-1", "documentType", "reference"),
    "imr-1": needs_one_of("recommendation", "imr-1", "vaccineCode", "targetDisease"),
}
