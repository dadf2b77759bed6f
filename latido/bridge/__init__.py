"""Twilio's webhooks: verify, store, acknowledge."""
