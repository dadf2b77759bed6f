"""One good resource of each type that a pregnancy and a child's first year leave behind.

`WORDS` stand in them wherever a diagnosis, a result or a name may stand: a stored copy must show none of them.
"""

from __future__ import annotations

from typing import Any

WORDS = (
    "preeclampsia",
    "77386006",
    "snomed",
    "118185001",
    "hemoglobina",
    "718-7",
    "loinc",
    "amenaza",
    "hepatitis",
    "sifilis",
    "control prenatal",
    "Marisol",
    "Quispe",
    "urn:example:risk",
    "LOTE-9",
)

PATIENT = {"reference": "Patient/p1"}
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def concept(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    found: dict[str, Any] = {"coding": [{"system": system, "code": code}]}
    return found | ({"text": text} if text else {})


def identifier(value: str) -> list[dict[str, str]]:
    """One business identifier."""
    return [{"system": "urn:example:record", "value": value}]


EXAMPLES: dict[str, dict[str, Any]] = {
    "AppointmentResponse": {
        "identifier": identifier("answer-1"),
        "appointment": {"reference": "Appointment/a1"},
        "actor": PATIENT,
        "participantStatus": "accepted",
    },
    "RelatedPerson": {
        "identifier": identifier("mother-1"),
        "active": True,
        "patient": {"reference": "Patient/child"},
        "relationship": [concept(f"{TERMINOLOGY}/v3-RoleCode", "MTH")],
        "name": [{"given": ["Marisol"], "family": "Quispe Ñandú"}],
        "telecom": [{"system": "phone", "value": "+5491155556666"}],
        "birthDate": "1996-02-03",
    },
    "EpisodeOfCare": {
        "identifier": identifier("pregnancy-1"),
        "status": "active",
        "statusHistory": [{"status": "planned", "period": {"start": "2026-06-01", "end": "2026-06-30"}}],
        "type": [concept("urn:example:risk", "pregnancy", "control prenatal")],
        "diagnosis": [{"condition": {"reference": "Condition/c1"}, "rank": 1}],
        "patient": PATIENT,
        "managingOrganization": {"reference": "Organization/cesac-15"},
        "period": {"start": "2026-07-01"},
    },
    "Condition": {
        "identifier": identifier("condition-1"),
        "clinicalStatus": concept(f"{TERMINOLOGY}/condition-clinical", "active"),
        "verificationStatus": concept(f"{TERMINOLOGY}/condition-ver-status", "confirmed"),
        "category": [concept(f"{TERMINOLOGY}/condition-category", "problem-list-item")],
        "code": concept(SNOMED, "77386006", "embarazo con preeclampsia"),
        "subject": PATIENT,
        "encounter": {"reference": "Encounter/e1"},
        "onsetDateTime": "2026-06-20",
        "recordedDate": "2026-11-23T10:00:00-03:00",
        "evidence": [{"detail": [{"reference": "Observation/o1"}]}],
        "note": [{"text": "amenaza de parto prematuro"}],
    },
    "Observation": {
        "identifier": identifier("observation-1"),
        "basedOn": [{"reference": "CarePlan/cp1"}],
        "status": "final",
        "category": [concept(f"{TERMINOLOGY}/observation-category", "laboratory")],
        "code": concept(LOINC, "718-7", "hemoglobina"),
        "subject": PATIENT,
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2026-11-20T08:30:00-03:00",
        "issued": "2026-11-21T12:00:00.000-03:00",
        "valueQuantity": {"value": 10.4, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"},
        "referenceRange": [{"low": {"value": 11}, "text": "hemoglobina en el embarazo"}],
        "component": [{"code": concept(SNOMED, "118185001"), "valueString": "sifilis: no reactivo"}],
    },
    "Encounter": {
        "identifier": identifier("visit-1"),
        "status": "finished",
        "class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB"},
        "type": [concept("urn:example:risk", "visit", "control prenatal")],
        "subject": PATIENT,
        "episodeOfCare": [{"reference": "EpisodeOfCare/ep1"}],
        "appointment": [{"reference": "Appointment/a1"}],
        "period": {"start": "2026-11-20T08:00:00-03:00", "end": "2026-11-20T08:40:00-03:00"},
        "location": [{"location": {"reference": "Location/cesac-15"}, "status": "completed"}],
    },
    "CarePlan": {
        "identifier": identifier("plan-1"),
        "status": "active",
        "intent": "plan",
        "category": [concept(SNOMED, "118185001", "control prenatal")],
        "title": "Plan de controles, sifilis en el primero",
        "subject": PATIENT,
        "period": {"start": "2026-07-01", "end": "2027-03-27"},
        "addresses": [{"reference": "Condition/c1"}],
        "activity": [
            {
                "detail": {
                    "kind": "Appointment",
                    "code": concept("urn:example:risk", "check-2", "segundo control: preeclampsia"),
                    "status": "scheduled",
                    "scheduledPeriod": {"start": "2026-11-20", "end": "2026-12-04"},
                }
            },
            {
                "detail": {
                    "status": "not-started",
                    "scheduledTiming": {
                        "event": ["2027-01-10"],
                        "repeat": {"boundsPeriod": {"start": "2027-01-01", "end": "2027-01-31"}},
                    },
                }
            },
            {"reference": {"reference": "Appointment/a1"}},
        ],
    },
    "CommunicationRequest": {
        "identifier": identifier("reminder-1"),
        "groupIdentifier": identifier("group-1")[0],
        "status": "active",
        "category": [concept(f"{TERMINOLOGY}/communication-category", "reminder")],
        "priority": "routine",
        "medium": [concept(f"{TERMINOLOGY}/v3-ParticipationMode", "WRITTEN")],
        "subject": PATIENT,
        "about": [{"reference": "Appointment/a1"}],
        "payload": [{"contentString": "Marisol, el 26 tenés control prenatal"}],
        "occurrenceDateTime": "2026-11-25T10:00:00-03:00",
        "authoredOn": "2026-11-23T10:00:00-03:00",
        "recipient": [PATIENT],
    },
    "Communication": {
        "identifier": identifier("attempt-1"),
        "basedOn": [{"reference": "CommunicationRequest/cr1"}],
        "status": "not-done",
        "statusReason": concept(f"{TERMINOLOGY}/communication-not-done-reason", "invalid-phone-number"),
        "category": [concept(f"{TERMINOLOGY}/communication-category", "reminder")],
        "subject": PATIENT,
        "about": [{"reference": "Appointment/a1"}],
        "sent": "2026-11-25T10:00:03-03:00",
        "recipient": [PATIENT],
        "payload": [{"contentString": "control prenatal"}],
    },
    "Immunization": {
        "identifier": identifier("dose-1"),
        "status": "completed",
        "vaccineCode": concept(SNOMED, "45397-hep", "hepatitis B"),
        "patient": {"reference": "Patient/child"},
        "occurrenceDateTime": "2026-11-20",
        "primarySource": True,
        "lotNumber": "LOTE-9",
        "protocolApplied": [
            {"series": "hepatitis", "targetDisease": [concept(SNOMED, "66071002")], "doseNumberPositiveInt": 1}
        ],
    },
    "ImmunizationRecommendation": {
        "identifier": identifier("due-1"),
        "patient": {"reference": "Patient/child"},
        "date": "2026-11-23",
        "recommendation": [
            {
                "vaccineCode": [concept(SNOMED, "45397-hep", "hepatitis B")],
                "forecastStatus": concept(f"{TERMINOLOGY}/immunization-recommendation-status", "due"),
                "dateCriterion": [{"code": concept(LOINC, "30980-7"), "value": "2027-01-20"}],
                "doseNumberPositiveInt": 2,
                "supportingImmunization": [{"reference": "Immunization/i1"}],
            }
        ],
    },
    "Consent": {
        "identifier": identifier("consent-1"),
        "status": "active",
        "scope": concept(f"{TERMINOLOGY}/consentscope", "patient-privacy"),
        "category": [concept(LOINC, "59284-0")],
        "patient": PATIENT,
        "dateTime": "2026-11-23T10:00:00-03:00",
        "performer": [PATIENT],
        "policyRule": concept(f"{TERMINOLOGY}/v3-ActCode", "OPTIN"),
        "provision": {
            "type": "permit",
            "period": {"start": "2026-11-23", "end": "2027-11-23"},
            "purpose": [{"system": "urn:example:risk", "code": "reminders"}],
            "provision": [{"type": "deny", "provision": [{"type": "permit", "code": [{"text": "hepatitis"}]}]}],
        },
    },
}


def example(kind: str, **changes: Any) -> dict[str, Any]:
    """The example with elements changed, or taken out by `...`."""
    merged = {"resourceType": kind} | EXAMPLES[kind] | changes
    return {name: value for name, value in merged.items() if value is not ...}


SEARCHES = [
    ("AppointmentResponse", "appointment=Appointment/a1", "appointment=Appointment/a2"),
    ("AppointmentResponse", "part-status=accepted", "part-status=declined"),
    ("AppointmentResponse", "patient=Patient/p1", "patient=Patient/p2"),
    ("RelatedPerson", "patient=Patient/child", "patient=Patient/p1"),
    ("RelatedPerson", "name=QUISPE marisol", "name=quis"),
    ("RelatedPerson", "name=nandu", "name=nandu perez"),
    ("RelatedPerson", "phone=+5491155556666", "email=+5491155556666"),
    ("RelatedPerson", "birthdate=1996-02-03", "birthdate=1996-02-04"),
    ("EpisodeOfCare", "patient=Patient/p1&status=active", "patient=Patient/p1&status=finished"),
    ("EpisodeOfCare", "type=urn:example:risk|pregnancy", "type=urn:example:other|pregnancy"),
    ("EpisodeOfCare", "condition=Condition/c1", "condition=Condition/c2"),
    ("EpisodeOfCare", "date=ge2026-11-01", "date=lt2026-07-01"),
    ("Condition", f"code={SNOMED}|77386006", f"code={LOINC}|77386006"),
    ("Condition", f"clinical-status={TERMINOLOGY}/condition-clinical|", "clinical-status=urn:x|"),
    ("Condition", "onset-date=2026-06-20", "onset-date=eq2026-06-21"),
    ("Condition", "recorded-date=ge2026-11-23", "recorded-date=gt2026-11-23"),
    ("Condition", "subject=Patient/p1&verification-status=confirmed", "verification-status:not=confirmed"),
    ("Condition", "evidence-detail=Observation/o1", "evidence-detail=Observation/o2"),
    ("Observation", "patient=Patient/p1&code=718-7", "patient=Patient/p1&code=718-8"),
    ("Observation", "combo-code=118185001", "component-code=718-7"),
    ("Observation", "date=2026-11-20", "date=2026-11-21"),
    ("Observation", "based-on=CarePlan/cp1", "based-on=CarePlan/cp2"),
    ("Observation", "category=laboratory&status=final,amended", "status=preliminary"),
    ("Encounter", "appointment=Appointment/a1", "appointment=Appointment/a2"),
    ("Encounter", "episode-of-care=EpisodeOfCare/ep1&class=AMB", "class=EMER"),
    ("Encounter", "date=2026-11-20&location=Location/cesac-15", "date=2026-11-21"),
    ("CarePlan", "patient=Patient/p1&status=active&activity-date=ge2026-12-01", "activity-date=ge2027-02-01"),
    ("CarePlan", "activity-date=2027-01", "activity-date=lt2026-11-20"),
    ("CarePlan", "activity-reference=Appointment/a1", "activity-reference=Appointment/a2"),
    ("CarePlan", "condition=Condition/c1&category=118185001", "category=x"),
    ("CommunicationRequest", "group-identifier=urn:example:record|group-1", "group-identifier=group-2"),
    ("CommunicationRequest", "occurrence=le2026-11-26&status=active", "occurrence=ge2026-11-26"),
    ("CommunicationRequest", "recipient=Patient/p1&priority=routine", "priority=urgent"),
    ("Communication", "based-on=CommunicationRequest/cr1", "based-on=CommunicationRequest/cr2"),
    ("Communication", "sent=2026-11-25&status=not-done", "status=completed"),
    ("Immunization", "patient=Patient/child&date=2026-11-20", "patient=Patient/child&date=2026-11-21"),
    ("Immunization", "vaccine-code=45397-hep&series=Hepatitis", "series=hepat"),
    ("Immunization", "lot-number=lote-9", "lot-number=lote-8"),
    ("ImmunizationRecommendation", "patient=Patient/child&status=due,overdue", "status=immune"),
    ("ImmunizationRecommendation", "support=Immunization/i1", "support=Immunization/i2"),
    ("Consent", "patient=Patient/p1&status=active&scope=patient-privacy", "scope=treatment"),
    ("Consent", "period=ge2026-12&purpose=reminders", "period=lt2026-11-01"),
]
"""Type, query that finds its example, and one that does not."""


def pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a query written as in a URL, unescaped."""
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))]
