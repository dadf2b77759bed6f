"""Taking back what was told before: "no, perdón, son 4 meses", "me equivoqué de barrio". Pure."""

from __future__ import annotations

import re
from typing import Any

from actions.prenatal_answers import told, told_age_band
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
# "No, es para mi hermana, no para mí": each one named, and whether it is denied.
_FOR_WHOM = re.compile(r"(?P<no>\bno (?:es |era |seria )?)?\bpara (?P<whom>mi(?: \w+)?|ella|esa)\b")
# "No, perdón, tengo 36": nothing else can be meant.
_OF_YEARS = re.compile(
    r"^(?:no )?(?:perdon|espera|pera|disculpa|mentira|me equivoque|me confundi) (?:tengo|tiene) \d\d$"
)
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


def another_person(turn: Turn) -> bool:
    """Whether it is for another relative than the one it was for: "no, es para mi hermana, no para mi mujer"."""
    known = turn.slots.get("for_whom") == "other" and turn.slots.get("patient_name") is not None
    named = _named(turn.words)
    denied = any(not meant and whom == "other" for whom, meant in named)
    return known and takes_back(turn) and denied and ("other", True) in named


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
    age = told_age_band(turn.words, turn.slots.get("for_whom"), certain=not _OF_YEARS.search(plain(turn.words)))
    return {**found, **({"age_band": age} if age else {})}


def _for_whom(text: str) -> str | None:
    """Only what says it in so many words: "para mí", "para mi hermana"; what is denied says it by its contrary."""
    named = _named(text)
    meant = [whom for whom, is_meant in named if is_meant]
    if meant:
        return meant[0]
    if ("self", False) in named:
        return "other"
    return "self" if is_one_of(text, "self") else None


def _named(text: str) -> list[tuple[str, bool]]:
    """Whom the text names, "self" or "other", in order; False where it denies her."""
    found = []
    for match in _FOR_WHOM.finditer(plain(text)):
        other = match["whom"] in ("ella", "esa") or mentions(match["whom"], "relatives")
        found.append(("other" if other else "self", match["no"] is None))
    return found


def _new_number(turn: Turn) -> Json:
    """A number that can only be a DNI needs no word of regret."""
    return {
        slot: new for slot, new in told(turn, {}).items() if slot in ("dni", "document_status") and turn.entity("dni")
    }
