"""Offering, booking, listing and cancelling appointments on a FHIR server."""
