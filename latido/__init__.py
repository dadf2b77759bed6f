"""Latido: a WhatsApp health assistant for the residents of Buenos Aires."""

__version__ = "0.1.0"
