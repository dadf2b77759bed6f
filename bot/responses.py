"""Responses of the domain, filled in without touching the payloads of their buttons.

Rasa takes the braces of `/affirm{"consent": "yes"}` for a slot to fill in, fails, and logs a traceback each time.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator


class PayloadSafeResponses(TemplatedNaturalLanguageGenerator):
    """Fills in texts and titles; a payload stays as the domain has it."""

    def _fill_response(
        self, response: dict[str, Any], filled_slots: dict[str, Any] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        buttons = response.get("buttons") or []
        payloads = [button.pop("payload", None) for button in buttons]
        filled = super()._fill_response(response, filled_slots, **kwargs)
        for button, payload in zip(filled.get("buttons") or [], payloads, strict=True):
            if payload is not None:
                button["payload"] = payload
        return filled
