"""What a message means by what was said just before it.

"¿Espero o voy ya?" after a danger sign, "¿y a Mora?" after Luca's vaccines, "quiero sacarle turno" after a sick baby:
the words alone say something else or nothing. A button, and a message inside a form, mean what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.entities.names import given_names
from bot.nlu.said import Parsed, Said, entity_of, intent_of, read_as, what_was_said
from bot.nlu.text import fold, words_of

Reading = Callable[[Said], "Parsed | None"]

CONSENT_FORM = "consent_form"
DANGER = "danger_sign"
ASKED_AGAIN = "ask_after_danger"
FOLLOW_UP = "danger_follow_up"
# What may stand between a danger sign and a question about it.
STILL_ABOUT_DANGER = frozenset({
    "thank", "affirm", "deny", "nlu_fallback", "inform", "greet", "share_location",
    "send_media", "help",
})  # fmt: skip
OTHER_ALARMS = frozenset({DANGER, "report_violence", "report_self_harm", "report_loss"})
MOST_MESSAGES_SINCE = 5
LONGEST_QUESTION = 16  # words; a longer message speaks for itself
PLACES = frozenset({"neighbourhood", "address", "center_number", "latitude"})

OF_A_CHILD = frozenset({"ask_vaccines", "ask_pediatric_schedule", "book_pediatric", "register_baby", "report_birth"})
ASKED_FOR_SOMEBODY = frozenset({
    "ask_vaccines", "ask_pediatric_schedule", "ask_prenatal_schedule", "book_pediatric", "book_prenatal",
    "find_early_childhood_centre",
})  # fmt: skip
SAYS_NO_JOURNEY = frozenset({
    "inform", "thank", "affirm", "deny", "nlu_fallback", "greet", "share_location", "send_media", "help",
})  # fmt: skip
NAMES_SOMEBODY = frozenset({"given_name", "person_cue", "person", "child_age", "gestational_age", "birth_date"})
# What a short question about somebody else is mistaken for.
WEAK = SAYS_NO_JOURNEY | {"register_baby", "goodbye", "out_of_scope", "show_my_data", "bot_challenge", "find_cesac"}
SURE_OF_A_JOURNEY = 0.8
LONGEST_ELLIPSIS = 6
TOPIC_LASTS = 8  # messages
# What "basta de consejos" is taken for by its words; everything else is another matter.
OF_CONTENT = frozenset({
    "opt_out", "stop_flow", "ask_parenting_tips", "deny", "cancel_appointment", "inform", "nlu_fallback",
    "out_of_scope", "give_feedback", "goodbye", "opt_in", "ask_cost", "thank",
})  # fmt: skip
LONGEST_STOP = 12


def in_context(parsed: Parsed, tracker: DialogueStateTracker) -> Parsed:
    """The parsed message, with the intent and entities it has after what was said before."""
    text = str(parsed.get("text") or "")
    said = what_was_said(parsed, tracker)
    in_form = tracker.active_loop_name not in (None, CONSENT_FORM)
    return next((again for again in (read(said) for read in _readings(said, text, in_form)) if again), parsed)


def _readings(said: Said, text: str, in_form: bool) -> tuple[Reading, ...]:
    """What the message may mean by what was said before; in a form only that a loss was none."""
    if text.startswith("/"):
        return () if in_form else (_after_danger,)
    return (_loss_undone, _no_more_content) if in_form or said.intent in OTHER_ALARMS else READINGS


def _after_danger(said: Said) -> Parsed | None:
    """What to do about a danger sign told a moment ago, or what she does about it."""
    danger = _danger_before(said)
    if danger is None:
        return None
    kind = [entity for entity in danger.get("entities") or () if entity["entity"] == "danger_kind"]
    if said.parsed.get("text", "").startswith("/"):
        return read_as(said, ASKED_AGAIN, kind) if said.intent == "share_location" else None
    if len(said.line.split()) > LONGEST_QUESTION:
        return None
    if said.speaks_of("wavers"):
        return read_as(said, ASKED_AGAIN, kind)
    if said.speaks_of("another_matter"):
        return None
    if said.intent == "affirm" and _was_seen(danger):
        return read_as(said, "thank", [])
    went = _went(said)
    if went is not None:
        return read_as(said, FOLLOW_UP, [*kind, entity_of("went", went)])
    asks = said.speaks_of("asks") or (said.intent == "inform" and said.has(PLACES))
    return read_as(said, ASKED_AGAIN, kind) if asks else None


def _danger_before(said: Said) -> Parsed | None:
    """The sign itself or what was asked of it since: a long session keeps its last turns alone."""
    for earlier in said.before[:MOST_MESSAGES_SINCE]:
        if intent_of(earlier) in (DANGER, ASKED_AGAIN, FOLLOW_UP):
            return earlier
        if intent_of(earlier) not in STILL_ABOUT_DANGER:
            return None
    return None


def _was_seen(followed: Parsed) -> bool:
    """Whether she has told that she was seen: nothing is left to be done."""
    return any(one["entity"] == "went" and one["value"] == "yes" for one in followed.get("entities") or ())


def _went(said: Said) -> str | None:
    """What she does about it, if she says so and does not ask."""
    if said.speaks_of("cannot"):
        return "no"
    if "?" in str(said.parsed.get("text")):
        return None
    if said.speaks_of("arrived"):
        return "yes"
    return "going" if said.speaks_of("going") or said.intent == "affirm" else None


def _loss_undone(said: Said) -> Parsed | None:
    """ "Perdón, me equivoqué, no perdí nada", soon after a loss was told."""
    told = [earlier for earlier in said.before[:TOPIC_LASTS] if intent_of(earlier) == "report_loss"]
    if not told or _is_undone(told[0]) or said.has(frozenset({"danger_kind"})):
        return None
    mistaken = told[0] is said.before[0] and said.speaks_of("mistaken")
    undone = mistaken or said.speaks_of("not_lost")
    return read_as(said, "report_loss", [entity_of("detail", "undo")]) if undone else None


def _is_undone(loss: Parsed) -> bool:
    return any(one["entity"] == "detail" for one in loss.get("entities") or ())


def _same_for_another(said: Said) -> Parsed | None:
    """ "¿Y a Mora?": what was asked last, for whom this message names."""
    last = _last_journey(said)
    short = len(words_of(str(said.parsed.get("text")))) <= LONGEST_ELLIPSIS
    weak = said.intent in WEAK or said.confidence < SURE_OF_A_JOURNEY
    if last not in ASKED_FOR_SOMEBODY or not short or not weak or not said.speaks_of("same_again"):
        return None
    whom = _whom(said, last)
    return read_as(said, last, whom) if whom else None


def _last_journey(said: Said) -> str:
    return next((name for name in map(intent_of, said.before) if name and name not in SAYS_NO_JOURNEY), "")


def _whom(said: Said, journey: str) -> list[Mapping[str, Any]]:
    """Entities that name whom it is about, those found among them; empty when it names nobody."""
    found = [one for one in said.parsed.get("entities") or () if one["entity"] in ("given_name", "person_cue")]
    if said.has(PLACES | {"date"}):
        return []
    other = _the_other_child(said) if said.speaks_of("another_one") else None
    if other is not None:
        return [*found, entity_of("person", other)]
    name = _name_at_the_end(said)
    if name and not any(one["entity"] == "given_name" for one in found):
        found.append(entity_of("given_name", name))
    if found and journey in OF_A_CHILD and not any(one["entity"] == "person_cue" for one in found):
        found.append(entity_of("person_cue", {"who": "child", "relation": None, "which": None}))
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
    tapped = any(one["entity"] == "person" and one["value"] == child["id"] for one in message.get("entities") or ())
    name = fold(str(child.get("given_name") or ""))
    return tapped or name in [word.text for word in words_of(str(message["text"]))]


def _appointment_of_a_child(said: Said) -> Parsed | None:
    """ "Quiero sacarle turno de control" where a baby was spoken of is no prenatal appointment."""
    pregnancy = said.speaks_of("of_a_pregnancy") or said.has(frozenset({"gestational_age", "for_whom"}))
    if said.intent != "book_prenatal" or pregnancy:
        return None
    if not (_sick_baby_before(said) or (said.speaks_of("for_her_or_him") and _child_before(said))):
        return None
    return read_as(said, "book_pediatric", [*(said.parsed.get("entities") or ())])


def _sick_baby_before(said: Said) -> bool:
    kinds = [
        one["value"]
        for earlier in said.before[:TOPIC_LASTS]
        for one in earlier["entities"] or ()
        if one["entity"] == "danger_kind"
    ]
    return bool(kinds) and isinstance(kinds[0], dict) and kinds[0].get("phase") == "newborn"


def _child_before(said: Said) -> bool:
    """Whether a child was spoken of last, or the phone serves children and nobody pregnant."""
    spoken_of = _last_journey(said) in OF_A_CHILD
    pregnant = any(one.get("pregnancy") for one in said.people)
    return spoken_of or (not pregnant and any(one.get("kind") == "child" for one in said.people))


def _of_the_same_child(said: Said) -> Parsed | None:
    """ "¿Y vacunas?" after what was asked for one of several children: for that child."""
    words = [word.text for word in words_of(str(said.parsed.get("text")))]
    short = len(words) <= LONGEST_ELLIPSIS and words[:1] == ["y"]
    of_a_child = said.intent in OF_A_CHILD & ASKED_FOR_SOMEBODY and _last_journey(said) in OF_A_CHILD
    if not (short and of_a_child) or said.has(NAMES_SOMEBODY) or said.speaks_of("of_a_pregnancy"):
        return None
    children = [one for one in said.people if one.get("kind") == "child"]
    for earlier in said.before[:2]:
        meant = [one for one in children if _is_about(earlier, one)]
        if len(meant) == 1:
            return read_as(said, said.intent, [entity_of("person", str(meant[0]["id"]))])
    return None


def _due_for_somebody(said: Said) -> Parsed | None:
    """ "¿Y a Jonás qué le toca?": the check-ups of a child on record."""
    weak = said.intent in WEAK or said.confidence < SURE_OF_A_JOURNEY
    named = [one for one in said.people if one.get("kind") == "child" and _is_about(said.parsed, one)]
    if not weak or len(named) != 1 or not said.speaks_of("what_is_due"):
        return None
    return read_as(said, "ask_pediatric_schedule", [entity_of("person", str(named[0]["id"]))])


def _told_of_workshops(said: Said) -> Parsed | None:
    """ "Avisame", where workshops were asked about: of those, and not of her appointments."""
    if said.intent != "opt_in" or _last_journey(said) != "ask_workshops":
        return None
    return read_as(said, "ask_workshops", [entity_of("detail", "notify")])


def _no_more_content(said: Said) -> Parsed | None:
    """ "Basta de consejos": that consent alone, unless she means every message."""
    short = len(words_of(str(said.parsed.get("text")))) <= LONGEST_STOP
    if said.intent not in OF_CONTENT or not short or not said.speaks_of("no_more_content"):
        return None
    everything = said.speaks_of("of_all_messages") and not said.speaks_of("of_content_alone")
    return None if everything else read_as(said, "opt_out", [entity_of("detail", "content")])


READINGS: tuple[Reading, ...] = (
    _loss_undone,
    _after_danger,
    _same_for_another,
    _due_for_somebody,
    _of_the_same_child,
    _appointment_of_a_child,
    _told_of_workshops,
    _no_more_content,
)
