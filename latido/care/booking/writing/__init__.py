"""How appointments and their slots are written to a FHIR server: three ways, chosen by what the server offers."""
