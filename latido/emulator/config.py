"""What the emulator is told at its start, and what it refuses to start with."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from latido.emulator.addresses import is_whatsapp_address

TOKEN_PREFIX = "emulator-"


class EmulatorConfigError(ValueError):
    """The emulator cannot start with these values; the message says which one to change."""


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """The account that the emulator plays and the webhooks it calls; a URL may end in a Twilio `#override`.

    With `contents_path` the contents outlive the emulator, as they outlive everything at Twilio.
    """

    account_sid: str
    auth_token: str
    sender: str
    inbound_url: str
    port: int = 8001
    status_url: str | None = None
    fallback_url: str | None = None
    messaging_service_sid: str | None = None
    contents_path: Path | None = None

    def __post_init__(self) -> None:
        _check_account(self.account_sid, self.auth_token)
        if not is_whatsapp_address(self.sender):
            raise EmulatorConfigError(f"sender {self.sender!r} is not like whatsapp:+5491150500147")
        if self.messaging_service_sid and not re.fullmatch(r"MG[0-9a-f]{32}", self.messaging_service_sid):
            raise EmulatorConfigError("messaging_service_sid must be MG and 32 hexadecimal digits, or unset")
        for url in filter(None, (self.inbound_url, self.status_url, self.fallback_url)):
            _check_url(url)

    @property
    def base_url(self) -> str:
        """Where the emulator answers, on this machine only."""
        return f"http://127.0.0.1:{self.port}"


def _check_account(account_sid: str, auth_token: str) -> None:
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", account_sid):
        raise EmulatorConfigError("account_sid must be AC and 32 hexadecimal digits")
    if re.fullmatch(r"[0-9a-fA-F]{32}", auth_token):
        raise EmulatorConfigError(
            "auth_token looks like a real Twilio Auth Token. The emulator does not touch real credentials: "
            f"give it a made-up one that begins with {TOKEN_PREFIX!r}"
        )
    if not auth_token.startswith(TOKEN_PREFIX):
        raise EmulatorConfigError(f"auth_token must begin with {TOKEN_PREFIX!r}: no real one by mistake")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EmulatorConfigError(f"{url!r} is not an http(s) URL")
