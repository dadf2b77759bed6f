"""Rules of people, organizations and consents."""

from collections.abc import Iterator, Mapping

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.invariants.rules import Invariant, broken, coded, each, has, needs_one_of

_CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"


def _org_1(resource: Resource, path: str) -> Iterator[Fault]:
    if not has(resource, "identifier", "name"):
        yield broken(path, "org-1: an organization needs identifier or name")


def _not_at_home(name: str, key: str) -> Invariant:
    def rule(resource: Resource, path: str) -> Iterator[Fault]:
        for one, where in each(resource, name, path):
            if one.get("use") == "home":
                yield broken(f"{where}.use", f"{key}: an organization has no home")

    return rule


def _ppc_1(resource: Resource, path: str) -> Iterator[Fault]:
    if not has(resource, "policy", "policyRule"):
        yield broken(path, "ppc-1: a consent needs policy or policyRule")


def _scope_needs_patient(key: str, scope: str) -> Invariant:
    def rule(resource: Resource, path: str) -> Iterator[Fault]:
        # R4's own expression names the system 'something' and never bites; its text is what is meant.
        if coded(resource.get("scope"), _CONSENT_SCOPE, scope) and not has(resource, "patient"):
            yield broken(f"{path}.patient", f"{key}: a consent of scope {scope} needs a patient")

    return rule


INVARIANTS: Mapping[str, Invariant] = {
    "pat-1": needs_one_of("contact", "pat-1", "name", "telecom", "address", "organization"),
    "org-1": _org_1,
    "org-2": _not_at_home("address", "org-2"),
    "org-3": _not_at_home("telecom", "org-3"),
    "ppc-1": _ppc_1,
    "ppc-2": _scope_needs_patient("ppc-2", "patient-privacy"),
    "ppc-3": _scope_needs_patient("ppc-3", "research"),
    "ppc-4": _scope_needs_patient("ppc-4", "adr"),
    "ppc-5": _scope_needs_patient("ppc-5", "treatment"),
}
