"""What is worth a look, and in which order. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# In the order in which they are looked at: what the model does not know yet teaches most.
REASONS = ("not_understood", "low_margin", "feedback", "danger", "random")
ALARMS = frozenset({"danger", "self_harm", "violence"})
LEAST_MARGIN = 0.2
SHARE = 0.01


@dataclass(frozen=True)
class Prediction:
    """What a model said of a message: intents with confidences of 0–1, entities as kind and place in the text."""

    model: str = ""
    intent: str = ""
    confidence: float = 0.0
    runner_up: str = ""
    runner_up_confidence: float = 0.0
    entities: tuple[tuple[str, int, int], ...] = ()

    @property
    def margin(self) -> float:
        """How far the first is ahead of the second, 0–1."""
        return self.confidence - self.runner_up_confidence


def prediction_of(nlu: Mapping[str, Any] | None) -> Prediction:
    """The prediction in a row of the log."""
    told = nlu or {}
    first = told.get("intent") or {}
    others = [one for one in told.get("ranking") or () if one.get("name") and one["name"] != first.get("name")]
    second = others[0] if others else {}
    return Prediction(
        model=str(told.get("model") or ""),
        intent=str(first.get("name") or ""),
        confidence=float(first.get("confidence") or 0.0),
        runner_up=str(second.get("name") or ""),
        runner_up_confidence=float(second.get("confidence") or 0.0),
        entities=_placed(told.get("entities") or ()),
    )


def reason_to_review(message_id: int, flags: Collection[str], predicted: Prediction) -> str | None:
    """The first reason that holds, or None: this message teaches little."""
    if "not_understood" in flags:
        return "not_understood"
    if predicted.runner_up and predicted.margin < LEAST_MARGIN:
        return "low_margin"
    if "feedback" in flags:
        return "feedback"
    if is_alarm(flags):
        return "danger"
    return "random" if is_drawn(message_id) else None


def is_alarm(flags: Collection[str]) -> bool:
    """Whether the message was answered as an emergency."""
    return not ALARMS.isdisjoint(flags)


def is_drawn(message_id: int) -> bool:
    """Whether it is of the random share: by the hash of its id, so the same ones whenever and wherever it is asked."""
    return _bucket(str(message_id), 10_000) < SHARE * 10_000


def is_kept_for_tests(normal: str) -> bool:
    """Whether a wording (without accents, signs and capitals) is of the fifth that is never trained on, for good."""
    return _bucket(normal, 5) == 0


def _bucket(text: str, of: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % of


def _placed(entities: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        (str(one["entity"]), int(one["start"]), int(one["end"]))
        for one in entities
        if one.get("entity") and isinstance(one.get("start"), int) and isinstance(one.get("end"), int)
    )
