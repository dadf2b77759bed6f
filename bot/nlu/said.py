"""A message and what was said before it: what the readings of bot/nlu/in_context.py look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import yaml
from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.phrases import compile_any, sound_line

IN_CONTEXT_FILE = Path(__file__).parents[1] / "data" / "in_context.yml"
CONFIDENCE = 0.9

Parsed = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """A message, and what of the session bears on it, the latest first."""

    parsed: Parsed
    line: str
    before: tuple[Parsed, ...]
    people: tuple[Mapping[str, Any], ...]

    @property
    def intent(self) -> str:
        """What its words alone mean."""
        return str((self.parsed.get("intent") or {}).get("name") or "")

    @property
    def confidence(self) -> float:
        """How sure that is."""
        return float((self.parsed.get("intent") or {}).get("confidence") or 0.0)

    def has(self, names: frozenset[str]) -> bool:
        """Whether one of these entities was found."""
        return any(entity["entity"] in names for entity in self.parsed.get("entities") or ())

    def speaks_of(self, kind: str) -> bool:
        """Whether a phrase of this kind stands in it."""
        return bool(_phrases()[kind].search(self.line))


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Pattern[str]]:
    data = yaml.safe_load(IN_CONTEXT_FILE.read_text(encoding="utf-8"))
    flat = {**data.pop("after_danger"), **{kind: listed for kind, listed in data.items() if isinstance(listed, list)}}
    return {kind: compile_any(map(str, listed)) for kind, listed in flat.items()}


def what_was_said(parsed: Parsed, tracker: DialogueStateTracker) -> Said:
    """The message with the earlier ones of its session."""
    people = tuple(tracker.get_slot("people") or ()) if "people" in tracker.slots else ()
    return Said(parsed, sound_line(str(parsed.get("text") or "")).line, tuple(_before(tracker)), people)


def _before(tracker: DialogueStateTracker) -> Iterator[Parsed]:
    for event in reversed(list(tracker.events)):
        if isinstance(event, SessionStarted):
            return
        if isinstance(event, UserUttered):
            yield {"text": event.text or "", "intent": event.intent, "entities": event.entities}


def intent_of(parsed: Mapping[str, Any]) -> str:
    """The name of its intent."""
    return str((parsed.get("intent") or {}).get("name") or "")


def read_as(said: Said, intent: str, entities: list[Any]) -> Parsed:
    """The message with this intent; what was found in it stays, and its own reading stays second."""
    named = {"name": intent, "confidence": max(CONFIDENCE, said.confidence) if said.intent == intent else CONFIDENCE}
    found = list(said.parsed.get("entities") or ())
    more = [one for one in entities if one not in found]
    ranking = [named, *(said.parsed.get("intent_ranking") or [])]
    return {**said.parsed, "intent": named, "intent_ranking": ranking, "entities": [*found, *more]}


def entity_of(name: str, value: object) -> dict[str, Any]:
    """An entity that was said before, or is meant."""
    return {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "InContext"}
