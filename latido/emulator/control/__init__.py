"""The emulator's own API, for tests and for the phone page: `/emulator/…`."""
