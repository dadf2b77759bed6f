"""FHIR R4 (4.0.1): a thin client for any server, and the embedded server for one machine."""
