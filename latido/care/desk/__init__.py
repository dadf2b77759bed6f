"""What a centre's desk changes on the FHIR server, and how the resident learns of it."""
