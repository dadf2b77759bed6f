"""What is too unsure to act on: the turn decides it, so that the pipeline always names its best intent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOT_UNDERSTOOD = "nlu_fallback"
# What the pipeline writes beside the intent: the confidence below which this message counts as not understood.
UNSURE_BELOW = "unsure_below"
BELIEVED_ANYHOW, NEVER_BELIEVED = 0.0, 2.0


def decided(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """The parsed message with `nlu_fallback` for an intent that is too unsure; the guess stays second."""
    rest = {name: value for name, value in parsed.items() if name != UNSURE_BELOW}
    guess: Mapping[str, Any] = parsed.get("intent") or {}
    confidence = float(guess.get("confidence") or 0.0)
    if guess.get("name") and confidence >= float(parsed.get(UNSURE_BELOW) or 0.0):
        return rest
    fallback = {"name": NOT_UNDERSTOOD, "confidence": 1.0 - confidence}
    return {**rest, "intent": fallback, "intent_ranking": [fallback, *(parsed.get("intent_ranking") or [])]}
