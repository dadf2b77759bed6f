"""Which way a server is written to, by its CapabilityStatement: its own operations, else a transaction, else steps."""

from __future__ import annotations

from latido.care.booking.writing.operations import OperationWriter
from latido.care.booking.writing.steps import StepWriter
from latido.care.booking.writing.transaction import TransactionWriter
from latido.care.booking.writing.writer import Writer
from latido.care.services import Care
from latido.fhir.client import FhirClient
from latido.fhir.features import Features


def writer_for(fhir: FhirClient, features: Features) -> Writer:
    """The safest way this server offers; one that says nothing of itself is written to step by step."""
    if "book" in features.appointment_operations:
        return OperationWriter(fhir, holds="hold" in features.appointment_operations)
    if features.transaction:
        return TransactionWriter(fhir, atomic=False)
    return StepWriter(fhir)


def writer_of(care: Care) -> Writer:
    """The way to the server of this care; the embedded server's transactions are certain to be all or nothing."""
    if care.foreign:
        return writer_for(care.fhir, care.fhir.features())
    return TransactionWriter(care.fhir, atomic=True)
