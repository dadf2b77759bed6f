"""`latido fhir doctor`: what a FHIR server supports, tried and not only read, and what Latido will do without."""

from latido.fhir.doctor.examination import examine
from latido.fhir.doctor.findings import Finding, Probe, Report, Visit

__all__ = ["Finding", "Probe", "Report", "Visit", "examine"]
