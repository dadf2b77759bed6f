"""A stand-in for Twilio's WhatsApp with a phone page: development, demos and tests, never production."""

from latido.emulator.app import create_app, run
from latido.emulator.config import EmulatorConfig, EmulatorConfigError

__all__ = ["EmulatorConfig", "EmulatorConfigError", "create_app", "run"]
