"""What a message means by what was said just before it.

"¿Espero o voy ya?" after a danger sign, "¿y a Mora?" after Luca's vaccines, "quiero sacarle turno" after a sick baby:
the words alone say something else or nothing. A button, and a message inside a form, mean what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import yaml
from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.entities.names import given_names
from bot.nlu.phrases import compile_any, sound_line
from bot.nlu.text import fold, words_of

IN_CONTEXT_FILE = Path(__file__).parents[1] / "data" / "in_context.yml"

Parsed = dict[str, Any]

CONSENT_FORM = "consent_form"
DANGER = "danger_sign"
ASKED_AGAIN = "ask_after_danger"
FOLLOW_UP = "danger_follow_up"
# What may stand between a danger sign and a question about it.
STILL_ABOUT_DANGER = frozenset({
    ASKED_AGAIN, FOLLOW_UP, "thank", "affirm", "deny", "nlu_fallback", "inform", "greet", "share_location",
    "send_media", "help",
})  # fmt: skip
OTHER_ALARMS = frozenset({DANGER, "report_violence", "report_self_harm", "report_loss"})
MOST_MESSAGES_SINCE = 5
LONGEST_QUESTION = 16  # words; a longer message speaks for itself
PLACES = frozenset({"neighbourhood", "address", "center_number", "latitude"})

OF_A_CHILD = frozenset({"ask_vaccines", "ask_pediatric_schedule", "book_pediatric", "register_baby", "report_birth"})
ASKED_FOR_SOMEBODY = frozenset({
    "ask_vaccines", "ask_pediatric_schedule", "ask_prenatal_schedule", "book_pediatric", "book_prenatal",
})  # fmt: skip
SAYS_NO_JOURNEY = frozenset({
    "inform", "thank", "affirm", "deny", "nlu_fallback", "greet", "share_location", "send_media", "help",
})  # fmt: skip
# What a short question about somebody else is mistaken for.
WEAK = SAYS_NO_JOURNEY | {"register_baby", "goodbye", "out_of_scope", "show_my_data", "bot_challenge", "find_cesac"}
SURE_OF_A_JOURNEY = 0.8
LONGEST_ELLIPSIS = 6
CHILD_TOPIC_LASTS = 8  # messages
CONFIDENCE = 0.9


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


def in_context(parsed: Parsed, tracker: DialogueStateTracker) -> Parsed:
    """The parsed message, with the intent and entities it has after what was said before."""
    if tracker.active_loop_name not in (None, CONSENT_FORM) or _intent_of(parsed) in OTHER_ALARMS:
        return parsed
    text = str(parsed.get("text") or "")
    people = tuple(tracker.get_slot("people") or ()) if "people" in tracker.slots else ()
    said = Said(parsed, sound_line(text).line, tuple(_before(tracker)), people)
    readings = (_after_danger,) if text.startswith("/") else READINGS
    return next((again for again in (read(said) for read in readings) if again), parsed)


def _before(tracker: DialogueStateTracker) -> Iterator[Parsed]:
    for event in reversed(list(tracker.events)):
        if isinstance(event, SessionStarted):
            return
        if isinstance(event, UserUttered):
            yield {"text": event.text or "", "intent": event.intent, "entities": event.entities}


def _intent_of(parsed: Mapping[str, Any]) -> str:
    return str((parsed.get("intent") or {}).get("name") or "")


def _after_danger(said: Said) -> Parsed | None:
    """What to do about a danger sign told a moment ago, or what she does about it."""
    danger = _danger_before(said)
    if danger is None:
        return None
    kind = [entity for entity in danger.get("entities") or () if entity["entity"] == "danger_kind"]
    if said.parsed.get("text", "").startswith("/"):
        return _read_as(said, ASKED_AGAIN, kind) if said.intent == "share_location" else None
    if len(said.line.split()) > LONGEST_QUESTION:
        return None
    if said.speaks_of("wavers"):
        return _read_as(said, ASKED_AGAIN, kind)
    if said.speaks_of("another_matter"):
        return None
    went = _went(said)
    if went is not None:
        return _read_as(said, FOLLOW_UP, [*kind, _entity("went", went)])
    asks = said.speaks_of("asks") or (said.intent == "inform" and said.has(PLACES))
    return _read_as(said, ASKED_AGAIN, kind) if asks else None


def _danger_before(said: Said) -> Parsed | None:
    for earlier in said.before[:MOST_MESSAGES_SINCE]:
        if _intent_of(earlier) == DANGER:
            return earlier
        if _intent_of(earlier) not in STILL_ABOUT_DANGER:
            return None
    return None


def _went(said: Said) -> str | None:
    """What she does about it, if she says so and does not ask."""
    if said.speaks_of("cannot"):
        return "no"
    if "?" in str(said.parsed.get("text")):
        return None
    if said.speaks_of("arrived"):
        return "yes"
    return "going" if said.speaks_of("going") or said.intent == "affirm" else None


def _same_for_another(said: Said) -> Parsed | None:
    """ "¿Y a Mora?": what was asked last, for whom this message names."""
    last = _last_journey(said)
    short = len(words_of(str(said.parsed.get("text")))) <= LONGEST_ELLIPSIS
    weak = said.intent in WEAK or said.confidence < SURE_OF_A_JOURNEY
    if last not in ASKED_FOR_SOMEBODY or not short or not weak or not said.speaks_of("same_again"):
        return None
    whom = _whom(said, last)
    return _read_as(said, last, whom) if whom else None


def _last_journey(said: Said) -> str:
    return next((name for name in map(_intent_of, said.before) if name and name not in SAYS_NO_JOURNEY), "")


def _whom(said: Said, journey: str) -> list[Mapping[str, Any]]:
    """Entities that name whom it is about, those found among them; empty when it names nobody."""
    found = [one for one in said.parsed.get("entities") or () if one["entity"] in ("given_name", "person_cue")]
    if said.has(PLACES | {"date"}):
        return []
    other = _the_other_child(said) if said.speaks_of("another_one") else None
    if other is not None:
        return [*found, _entity("person", other)]
    name = _name_at_the_end(said)
    if name and not any(one["entity"] == "given_name" for one in found):
        found.append(_entity("given_name", name))
    if found and journey in OF_A_CHILD and not any(one["entity"] == "person_cue" for one in found):
        found.append(_entity("person_cue", {"who": "child", "relation": None, "which": None}))
    return found


def _name_at_the_end(said: Said) -> str | None:
    """The last word, when it is somebody's on record or a given name."""
    words = [word.text for word in words_of(str(said.parsed.get("text"))) if word.text.isalpha()]
    on_record = {fold(str(one.get("given_name") or "")) for one in said.people} - {""}
    name = words[-1] if words else ""
    return name.capitalize() if name in given_names().names | given_names().also_words | on_record else None


def _the_other_child(said: Said) -> str | None:
    """The one of two children on record that was not spoken of just now."""
    children = [one for one in said.people if one.get("kind") == "child"]
    for earlier in said.before[:MOST_MESSAGES_SINCE]:
        meant = [one for one in children if _is_about(earlier, one)]
        if len(children) == 2 and len(meant) == 1:
            return next(str(one["id"]) for one in children if one is not meant[0])
    return None


def _is_about(message: Parsed, child: Mapping[str, Any]) -> bool:
    tapped = any(one["entity"] == "person" and one["value"] == child["id"] for one in message["entities"] or ())
    name = fold(str(child.get("given_name") or ""))
    return tapped or name in [word.text for word in words_of(str(message["text"]))]


def _appointment_of_a_child(said: Said) -> Parsed | None:
    """ "Quiero sacarle turno de control" where a baby was spoken of is no prenatal appointment."""
    pregnancy = said.speaks_of("of_a_pregnancy") or said.has(frozenset({"gestational_age", "for_whom"}))
    if said.intent != "book_prenatal" or pregnancy:
        return None
    if not (_sick_baby_before(said) or (said.speaks_of("for_her_or_him") and _child_before(said))):
        return None
    return _read_as(said, "book_pediatric", [*(said.parsed.get("entities") or ())])


def _sick_baby_before(said: Said) -> bool:
    kinds = [
        one["value"]
        for earlier in said.before[:CHILD_TOPIC_LASTS]
        for one in earlier["entities"] or ()
        if one["entity"] == "danger_kind"
    ]
    return bool(kinds) and isinstance(kinds[0], dict) and kinds[0].get("phase") == "newborn"


def _child_before(said: Said) -> bool:
    """Whether a child was spoken of last, or the phone serves children and nobody pregnant."""
    spoken_of = _last_journey(said) in OF_A_CHILD
    pregnant = any(one.get("pregnancy") for one in said.people)
    return spoken_of or (not pregnant and any(one.get("kind") == "child" for one in said.people))


READINGS: tuple[Callable[[Said], Parsed | None], ...] = (_after_danger, _same_for_another, _appointment_of_a_child)


def _read_as(said: Said, intent: str, entities: list[Any]) -> Parsed:
    """The message with this intent; what was found in it stays, and its own reading stays second."""
    named = {"name": intent, "confidence": max(CONFIDENCE, said.confidence) if said.intent == intent else CONFIDENCE}
    found = list(said.parsed.get("entities") or ())
    more = [one for one in entities if one not in found]
    ranking = [named, *(said.parsed.get("intent_ranking") or [])]
    return {**said.parsed, "intent": named, "intent_ranking": ranking, "entities": [*found, *more]}


def _entity(name: str, value: object) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "InContext"}
