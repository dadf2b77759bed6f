"""Clinical resources with one fault each, and where it lies."""

from __future__ import annotations

from typing import Any

from .examples import EXAMPLES, LOINC, SNOMED, TERMINOLOGY, concept

RECOMMENDATION = EXAMPLES["ImmunizationRecommendation"]["recommendation"][0]
PLANNED = EXAMPLES["CarePlan"]["activity"][0]["detail"]
RESOLVED = concept(f"{TERMINOLOGY}/condition-clinical", "resolved")
MISTAKE = concept(f"{TERMINOLOGY}/condition-ver-status", "entered-in-error")

CLINICAL_FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("AppointmentResponse", {"actor": ...}, "AppointmentResponse"),
    ("AppointmentResponse", {"participantStatus": "booked"}, "AppointmentResponse.participantStatus"),
    ("AppointmentResponse", {"appointment": {"reference": "Slot/s1"}}, "AppointmentResponse.appointment.reference"),
    ("RelatedPerson", {"patient": ...}, "RelatedPerson.patient"),
    ("RelatedPerson", {"gender": "mujer"}, "RelatedPerson.gender"),
    ("RelatedPerson", {"telecom": [{"value": "1155556666"}]}, "RelatedPerson.telecom[0]"),
    ("EpisodeOfCare", {"patient": ...}, "EpisodeOfCare.patient"),
    ("EpisodeOfCare", {"period": {"start": "2026-12-02", "end": "2026-12-01"}}, "EpisodeOfCare.period"),
    ("EpisodeOfCare", {"statusHistory": [{"status": "planned"}]}, "EpisodeOfCare.statusHistory[0].period"),
    ("Condition", {"subject": ...}, "Condition.subject"),
    ("Condition", {"clinicalStatus": {"text": "activa"}}, "Condition.clinicalStatus"),
    ("Condition", {"clinicalStatus": ...}, "Condition.clinicalStatus"),
    ("Condition", {"abatementDateTime": "2026-11-20"}, "Condition.abatement"),
    ("Condition", {"verificationStatus": MISTAKE}, "Condition.clinicalStatus"),
    ("Condition", {"clinicalStatus": RESOLVED, "abatementDateTime": "2026-01-01"}, "Condition"),
    ("Condition", {"onsetString": "hace poco"}, "Condition.onset"),
    ("Condition", {"stage": [{"type": {"text": "x"}}]}, "Condition.stage[0]"),
    ("Condition", {"evidence": [{"id": "x"}]}, "Condition.evidence[0]"),
    ("Condition", {"onsetDateTime": ..., "onsetAge": {"value": 24, "unit": "años"}}, "Condition.onsetAge"),
    (
        "Condition",
        {"onsetDateTime": ..., "onsetAge": {"value": -1, "system": "http://unitsofmeasure.org", "code": "a"}},
        "Condition.onsetAge",
    ),
    ("Observation", {"status": "listo"}, "Observation.status"),
    ("Observation", {"code": ...}, "Observation.code"),
    ("Observation", {"dataAbsentReason": {"text": "x"}}, "Observation.dataAbsentReason"),
    ("Observation", {"component": [{"code": concept(LOINC, "718-7")}]}, "Observation.component[0].code"),
    ("Observation", {"valueString": "10,4"}, "Observation.value"),
    ("Observation", {"referenceRange": [{"type": {"text": "x"}}]}, "Observation.referenceRange[0]"),
    (
        "Observation",
        {"component": [{"code": concept(SNOMED, "1"), "referenceRange": [{"low": {"code": "g"}, "text": "x"}]}]},
        "Observation.component[0].referenceRange[0].low",
    ),
    (
        "Observation",
        {"valueQuantity": ..., "valueRange": {"low": {"value": 3}, "high": {"value": 2}}},
        "Observation.valueRange",
    ),
    ("Observation", {"valueQuantity": ..., "valueRatio": {"numerator": {"value": 3}}}, "Observation.valueRatio"),
    ("Observation", {"issued": "2026-11-21"}, "Observation.issued"),
    ("Encounter", {"class": ...}, "Encounter.class"),
    ("Encounter", {"class": concept(LOINC, "x")}, "Encounter.class.coding"),
    ("Encounter", {"status": "fulfilled"}, "Encounter.status"),
    ("Encounter", {"appointment": [{"reference": "Slot/s1"}]}, "Encounter.appointment[0].reference"),
    ("Encounter", {"location": [{"status": "active"}]}, "Encounter.location[0].location"),
    ("CarePlan", {"intent": ...}, "CarePlan.intent"),
    ("CarePlan", {"subject": ...}, "CarePlan.subject"),
    ("CarePlan", {"activity": [{"detail": {"kind": "Appointment"}}]}, "CarePlan.activity[0].detail.status"),
    (
        "CarePlan",
        {"activity": [{"detail": PLANNED, "reference": {"reference": "Appointment/a1"}}]},
        "CarePlan.activity[0]",
    ),
    (
        "CarePlan",
        {"activity": [{"detail": {"status": "scheduled", "scheduledTiming": {"repeat": {"period": 4}}}}]},
        "CarePlan.activity[0].detail.scheduledTiming.repeat",
    ),
    ("CommunicationRequest", {"status": ...}, "CommunicationRequest.status"),
    ("CommunicationRequest", {"priority": 1}, "CommunicationRequest.priority"),
    ("CommunicationRequest", {"payload": [{"id": "x"}]}, "CommunicationRequest.payload[0].content"),
    ("CommunicationRequest", {"occurrencePeriod": {"start": "2026"}}, "CommunicationRequest.occurrence"),
    ("Communication", {"status": "completed"}, "Communication.statusReason"),
    ("Communication", {"received": "2026-11-25T09:00:00-03:00"}, "Communication"),
    ("Communication", {"payload": [{"contentText": "x"}]}, "Communication.payload[0].contentText"),
    ("Immunization", {"vaccineCode": ...}, "Immunization.vaccineCode"),
    ("Immunization", {"occurrenceDateTime": ...}, "Immunization.occurrence"),
    ("Immunization", {"protocolApplied": [{"series": "x"}]}, "Immunization.protocolApplied[0].doseNumber"),
    ("Immunization", {"education": [{"publicationDate": "2026"}]}, "Immunization.education[0]"),
    ("ImmunizationRecommendation", {"recommendation": ...}, "ImmunizationRecommendation.recommendation"),
    (
        "ImmunizationRecommendation",
        {"recommendation": [{name: each for name, each in RECOMMENDATION.items() if name != "vaccineCode"}]},
        "ImmunizationRecommendation.recommendation[0]",
    ),
    (
        "ImmunizationRecommendation",
        {"recommendation": [RECOMMENDATION | {"dateCriterion": [{"code": {"text": "x"}}]}]},
        "ImmunizationRecommendation.recommendation[0].dateCriterion[0].value",
    ),
    (
        "ImmunizationRecommendation",
        {"recommendation": [RECOMMENDATION | {"dateCriterion": [{"value": "2027"}]}]},
        "ImmunizationRecommendation.recommendation[0].dateCriterion[0].code",
    ),
    ("Consent", {"scope": ...}, "Consent.scope"),
    ("Consent", {"policyRule": ...}, "Consent"),
    ("Consent", {"patient": ...}, "Consent.patient"),
    (
        "Consent",
        {"provision": {"provision": [{"provision": [{"type": "quizás"}]}]}},
        "Consent.provision.provision[0].provision[0].type",
    ),
    ("Consent", {"sourceAttachment": {"data": "QUJD"}}, "Consent.sourceAttachment"),
    ("Consent", {"note": [{"text": "x"}]}, "Consent.note"),
]
"""Type, what is changed in its example (`...`: taken out), and the path of the fault."""
