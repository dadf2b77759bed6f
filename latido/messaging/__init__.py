"""The message log (inbox and outbox), turns, the sender and Twilio's adapter."""
