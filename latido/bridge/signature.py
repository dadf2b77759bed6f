"""Twilio's signature over the public URL and every form parameter."""

from __future__ import annotations

from collections.abc import Sequence

from twilio.request_validator import RequestValidator

from latido.bridge.parsing import Form


class SignatureCheck:
    """Accepts what one of the account's auth tokens signed; two tokens are valid while one replaces the other."""

    def __init__(self, auth_tokens: Sequence[str], base_url: str) -> None:
        self._validators = [RequestValidator(token) for token in auth_tokens]
        self._base_url = base_url.rstrip("/")

    def accepts(self, path: str, query: str, form: Form, signature: str | None) -> bool:
        """Whether `signature` is Twilio's for this form at our public URL; False when there is none."""
        url = f"{self._base_url}{path}" + (f"?{query}" if query else "")
        return any(validator.validate(url, form, signature or "") for validator in self._validators)
