"""Latido: a WhatsApp health assistant for the residents of Buenos Aires."""
