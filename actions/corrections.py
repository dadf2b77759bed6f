"""Taking back what was told before: "no, perdón, son 4 meses", "me equivoqué de barrio". Pure."""

from __future__ import annotations

from typing import Any

from actions.prenatal_answers import FOR_ME, told, told_age_band
from actions.texts import is_one_of, mentions, plain
from actions.turn import Turn

Json = dict[str, Any]

# What she says she got wrong, without saying yet what is right: it is asked again.
_ABOUT = {
    "about_place": "place",
    "about_document": "document_status",
    "about_name": "patient_name",
    "about_checkups": "prior_checkups",
    "about_age_of_pregnancy": "gestational_age",
    "about_years": "age_band",
}
# Offers worked out from an answer that has changed are no longer hers.
_SAYS_NOTHING_OF_URGENCY = frozenset({"document_status", "dni", "patient_name"})
_STALE_OFFERS = ("offers", "offer_search", "chosen_offer", "booking_confirmed")


def corrected(turn: Turn) -> Json:
    """The answers given earlier that this message changes; empty when it takes nothing back."""
    told_now = _told_again(turn) if takes_back(turn) else _new_number(turn)
    known = turn.slots
    changed = {slot: new for slot, new in told_now.items() if known.get(slot) is not None and known[slot] != new}
    if not changed:
        return {}
    if changed.get("document_status") not in (None, "dni"):
        changed["dni"] = None
    stale = {} if changed.keys() <= _SAYS_NOTHING_OF_URGENCY else dict.fromkeys(_STALE_OFFERS)
    return {**stale, **told_now, **changed}


def mistaken_about(turn: Turn) -> Json:
    """The slot to be asked again, when she only says that it is wrong; empty when she does not say which."""
    for words, slot in _ABOUT.items():
        if mentions(turn.words, words) and turn.slots.get(slot) is not None:
            return {slot: None, **dict.fromkeys(_STALE_OFFERS)}
    return {}


def is_mistaken(turn: Turn) -> bool:
    """Whether she says that something she told is wrong."""
    return mentions(turn.words, "mistaken")


def says_it_again(turn: Turn) -> bool:
    """Whether the message only repeats an answer that is known."""
    known = turn.slots
    if turn.is_button:
        again = told(turn, {})
        return bool(again) and all(known.get(slot) == value for slot, value in again.items())
    return known.get("for_whom") is not None and known["for_whom"] == _for_whom(turn.words)


def takes_back(turn: Turn) -> bool:
    """Whether it sounds like a correction: "perdón, …", "en realidad …", or a button of an earlier question."""
    return turn.is_button or mentions(turn.words, "correction")


def _told_again(turn: Turn) -> Json:
    found = told(turn, {})
    whose = _for_whom(turn.words)
    if whose:
        found["for_whom"] = whose
    age = told_age_band(turn.words, turn.slots.get("for_whom"), certain=True)
    return {**found, **({"age_band": age} if age else {})}


def _for_whom(text: str) -> str | None:
    """Only what says it in so many words: "para mí", "para mi hermana"."""
    if "para mi" in plain(text) and mentions(text, "relatives"):
        return "other"
    return "self" if FOR_ME.search(plain(text)) or is_one_of(text, "self") else None


def _new_number(turn: Turn) -> Json:
    """A number that can only be a DNI needs no word of regret."""
    return {
        slot: new for slot, new in told(turn, {}).items() if slot in ("dni", "document_status") and turn.entity("dni")
    }
