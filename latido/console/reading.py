"""A turn of the log as an operator reads it: names in words, nothing that identifies a person. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Row

from latido.console.showing import HIDDEN, may_be_shown, value_in_short
from latido.messaging.redaction import masked

LABELS = Path(__file__).parent / "labels.yml"
FAILED_STATUSES = frozenset({"failed", "undelivered"})
# What the dialogue does in every turn and tells an operator nothing.
ROUTINE_ACTIONS = frozenset({"action_listen", "action_extract_slots", "action_unlikely_intent"})


@dataclass(frozen=True)
class Guess:
    """An intent with its confidence, 0–1."""

    name: str
    words: str
    confidence: float

    @property
    def percent(self) -> str:
        """`93 %`."""
        return f"{round(self.confidence * 100)} %"


@dataclass(frozen=True)
class Named:
    """A name of the log, its words, and a value that may be shown."""

    name: str
    words: str
    value: str = ""


@dataclass(frozen=True)
class Understood:
    """What was understood of an inbound message and done about it."""

    intent: Guess | None
    runner_up: Guess | None
    model: str | None
    entities: tuple[Named, ...]
    slots: tuple[Named, ...]
    forgotten: tuple[Named, ...]
    actions: tuple[str, ...]
    flags: tuple[Named, ...]
    form: str | None
    appointment_id: str | None


@dataclass(frozen=True)
class Delivery:
    """How far an outbound message came: `step` names the tick, `words` say it, `why` it failed."""

    step: str
    words: str
    why: str = ""


def understood(row: Row[Any]) -> Understood:
    """The reading of one inbound row."""
    nlu = row.nlu or {}
    ranking = [_guess(one) for one in nlu.get("ranking") or [] if one.get("name")]
    intent = _guess(nlu["intent"]) if (nlu.get("intent") or {}).get("name") else None
    runner_up = next((one for one in ranking if intent is None or one.name != intent.name), None)
    slots: dict[str, Any] = {name: value for name, value in (row.slots or {}).items() if may_be_shown(name)}
    appointment = slots.pop("booked_appointment", None) or slots.pop("appointment_id", None)
    return Understood(
        intent=intent,
        runner_up=runner_up,
        model=nlu.get("model"),
        entities=tuple(_entity(one) for one in nlu.get("entities") or []),
        slots=tuple(_slot(name, value) for name, value in slots.items() if value is not None),
        forgotten=tuple(_slot(name, value) for name, value in slots.items() if value is None),
        actions=tuple(masked(name) for name in row.actions or () if name not in ROUTINE_ACTIONS),
        flags=tuple(Named(flag, label("flags", flag)) for flag in row.flags or ()),
        form=label("forms", row.active_form) if row.active_form else None,
        appointment_id=value_in_short(appointment) if appointment else None,
    )


def delivery(state: str, status: str | None, error_code: int | None) -> Delivery:
    """How far an outbound message came, by its state and Twilio's status."""
    if state == "failed" or status in FAILED_STATUSES:
        why = label("errors", error_code) if error_code is not None else ""
        code = f"código {error_code}" if error_code is not None else ""
        return Delivery(
            "failed", label("delivery", "failed"), f"{code}: {why}" if why and why != str(error_code) else code
        )
    if state != "handed_over":
        return Delivery(state, label("delivery", state))
    step = status if status in ("sent", "delivered", "read") else "accepted"
    return Delivery(step, label("delivery", step))


def label(group: str, name: object) -> str:
    """The words for a name of the log; the name itself where there are none."""
    return str(_labels()[group].get(name, name))


def labels_of(group: str) -> dict[str, str]:
    """All names of a group with their words."""
    return {str(name): words for name, words in _labels()[group].items()}


@cache
def _labels() -> dict[str, dict[object, str]]:
    loaded: dict[str, dict[object, str]] = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    return loaded


def _guess(one: Mapping[str, Any]) -> Guess:
    return Guess(one["name"], label("intents", one["name"]), float(one.get("confidence") or 0.0))


def _entity(one: Mapping[str, Any]) -> Named:
    name = str(one.get("entity"))
    value = value_in_short(one.get("value"), label) if may_be_shown(name) else HIDDEN
    return Named(name, label("entities", name), value)


def _slot(name: str, value: object) -> Named:
    return Named(name, label("slots", name), value_in_short(value, label))
