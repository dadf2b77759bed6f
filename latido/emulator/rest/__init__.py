"""Twilio's REST API, as far as WhatsApp needs it."""
