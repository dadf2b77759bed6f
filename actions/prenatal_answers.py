"""What a message says about a prenatal appointment. Pure: reads the turn, fills slots, asks nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from actions.texts import is_one_of, mentions, plain
from actions.turn import Turn

Json = dict[str, Any]

UNKNOWN_AGE: Json = {"source": "unknown"}
MOST_WEEKS = 42
NAME_LIMIT = 40
NO_NAME = ""
MOST_NAMES = 3
# Small words that are nobody's name, though they are short and all letters.
SMALL_TALK = frozenset({
    "greet", "thank", "goodbye", "help", "affirm", "deny", "bot_challenge", "ask_human", "ask_cost", "give_feedback",
})  # fmt: skip
_OF_SOMETHING_ELSE = frozenset({"date", "time_of_day", "neighbourhood", "address", "center_number", "gestational_age"})
UNDISCLOSED = "undisclosed"

_DNI = re.compile(r"(?<!\d)([0-9]{1,2}[. ]?[0-9]{3}[. ]?[0-9]{3})(?!\d)")
_YEARS = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")
# "tengo 15" is an age unless a unit follows; "tengo 15 años" surely is.
_AGE_TOLD = re.compile(
    r"\b(?P<verb>tengo|tiene|cumpli|cumplio) (?P<years>\d{2})(?P<unit> anos| anitos)?\b"
    r"(?! (?:sem|mes|dia|hora|hs|min|hij|control|turno|cuadra|eco|de|y medi|kilo|kg|grado|\d))"
)
_OWN_VERBS = frozenset({"tengo", "cumpli"})
# This no is none: "no, perdón, tengo 36".
_REGRETS = re.compile(r"^no (?:perdon|espera|pera|disculpa|mentira|me equivoque|me confundi)\b")
# "No, esperá, tiene gemelos", "no, solo anemia": a no that is taken back, or has an exception.
_AFTER_ALL = re.compile(
    r"^no\b.*?\b(?:pero|solo|solamente|espera|para|perdon|mentira|salvo|excepto|aunque)\b "
    r"(?P<rest>(?!no |nada|ningun|nunca).+)"
)
FOR_ME = re.compile(r"(?<!no )(?<!no es )\bpara mi\b")
# Who sent her here is not whom it is about: "mi cuñada me dijo que ustedes dan turno".
_RECOMMENDS = re.compile(r"\bmi \w+ (?:me|nos) (?:dijo|conto|recomendo|paso|hablo|comento|mando|explico|aviso)\b")
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-])*")
_ALLOWED = {
    "for_whom": {"self", "other"},
    "document_status": {"in_process", "none", "foreign"},
    "prior_checkups": {"none", "some", UNDISCLOSED},
    "age_band": {"under_15", "15_17", "18_35", "over_35", UNDISCLOSED},
    "conditions": {"yes", "no", UNDISCLOSED},
    "history": {"yes", "no", UNDISCLOSED},
}


def told(turn: Turn, slots: dict[str, Any]) -> Json:
    """What the message tells unasked, from its entities: fills only what is still open or being asked."""
    found: Json = {}
    for slot, allowed in _ALLOWED.items():
        if turn.entity(slot) in allowed:
            found[slot] = turn.entity(slot)
    if turn.entity("dni"):
        found.update(document_status="dni", dni=str(turn.entity("dni")))
    age = turn.entity("gestational_age")
    if age is not None:
        found["gestational_age"] = age if isinstance(age, dict) else UNKNOWN_AGE
    still_open = {slot: value for slot, value in found.items() if slots.get(slot) is None or slot == turn.requested}
    if "document_status" not in still_open:
        still_open.pop("dni", None)
    return still_open


def who_is_it_for(text: str) -> str | None:
    """ "self" or "other" when she said whose pregnancy it is; None when she did not, or named both."""
    if _RECOMMENDS.search(plain(text)):
        return "self" if mentions(text, "self_told") else None
    if mentions(text, "relatives") and mentions(text, "pregnant_after_relative"):
        return None if mentions(text, "self_told") and not _relative_is_subject(text) else "other"
    return "self" if mentions(text, "self_told") else None


def _relative_is_subject(text: str) -> bool:
    said = plain(text)
    return not any(said.startswith(word) for word in ("estoy", "toy", "quede"))


def told_age_band(text: str, for_whom: object, certain: bool = False) -> str | None:
    """The age band of an age told in passing ("tengo 15"); only with its unit when `certain`."""
    match = _AGE_TOLD.search(plain(text))
    if not match or (certain and not match["unit"]) or not 11 <= int(match["years"]) <= 55:
        return None
    own = match["verb"] in _OWN_VERBS
    return band(int(match["years"])) if own is (for_whom != "other") else None


def tells_of_old_history(text: str) -> bool:
    """Whether it tells of an earlier pregnancy that matters: a loss, a caesarean, long ago."""
    return mentions(text, "history") and mentions(text, "long_ago")


def answer(turn: Turn) -> Json | None:
    """The slots filled by the answer to the question being asked; None when it is no answer to it."""
    reader = _READERS.get(turn.requested or "")
    return reader(turn) if reader else None


def implausible(age: Json) -> bool:
    """Whether a gestational age cannot be: she is asked once more, kindly."""
    return (age.get("weeks_max") or 0) > MOST_WEEKS or (age.get("weeks_min") or 0) < 0


def yes_or_no(turn: Turn) -> bool | None:
    """A plain yes or no, by button or in words; None for anything else."""
    if is_one_of(turn.words, "yes"):
        return True
    if is_one_of(turn.words, "no"):
        return False
    if turn.means({"affirm"}):
        return True
    return False if turn.means({"deny"}) else None


def _for_whom(turn: Turn) -> Json | None:
    if is_one_of(turn.words, "other") or mentions(turn.words, "relatives"):
        return {"for_whom": "other"}
    if is_one_of(turn.words, "self") or FOR_ME.search(plain(turn.words)):
        return {"for_whom": "self"}
    whose = who_is_it_for(turn.words)
    return {"for_whom": whose} if whose else None


def _patient_name(turn: Turn) -> Json | None:
    if turn.entity("detail") == UNDISCLOSED or mentions(turn.words, "undisclosed"):
        return {"patient_name": NO_NAME}
    if is_one_of(turn.words, "self") or FOR_ME.search(plain(turn.words)):
        return {"for_whom": "self", "patient_name": None}
    if plain(turn.words) == "no" or mentions(turn.words, "unknown"):
        return {"patient_name": NO_NAME}
    said = told_name(turn)
    return {"patient_name": said} if said else None


def told_name(turn: Turn) -> str | None:
    """The name answered to "¿Cómo se llama?", with capitals; None when the words name nobody."""
    said = turn.entity("given_name") or _bare_name(turn)
    return None if not said else said.title() if said.islower() or said.isupper() else str(said)


def _bare_name(turn: Turn) -> str | None:
    """Words that may be a name: few, about nothing else, and no small talk."""
    if turn.means(SMALL_TALK) or set(turn.entities) & _OF_SOMETHING_ELSE or mentions(turn.words, "not_a_name"):
        return None
    return turn.words if is_name(turn.words) and len(turn.words.split()) <= MOST_NAMES else None


def is_name(text: str) -> bool:
    """Whether a text may be somebody's name: few words, all of letters."""
    parts = text.split()
    return 0 < len(text) <= NAME_LIMIT and len(parts) <= 4 and all(_NAME.fullmatch(part) for part in parts)


def _document(turn: Turn) -> Json | None:
    number = _DNI.search(turn.words)
    if number:
        return {"document_status": "dni", "dni": re.sub(r"\D", "", number.group(1))}
    without = any(mentions(turn.words, kind) for kind in ("undisclosed", "unknown", "no_document"))
    declined = without or yes_or_no(turn) is False
    return {"document_status": "none", "dni": None} if declined else None


def _gestational_age(turn: Turn) -> Json | None:
    unknown = mentions(turn.words, "unknown") or mentions(turn.words, "undisclosed") or is_one_of(turn.words, "no")
    return {"gestational_age": UNKNOWN_AGE} if unknown else None


def _age_band(turn: Turn) -> Json | None:
    if mentions(turn.words, "undisclosed") or mentions(turn.words, "unknown"):
        return {"age_band": UNDISCLOSED}
    years = _YEARS.search(turn.words)
    return {"age_band": band(int(years.group(1)))} if years and 9 <= int(years.group(1)) <= 60 else None


def band(years: int) -> str:
    """The age band of docs/wires.md for an age in years."""
    if years < 15:
        return "under_15"
    if years < 18:
        return "15_17"
    return "18_35" if years <= 35 else "over_35"


def tells_of_earlier_loss(turn: Turn) -> bool:
    """Whether "perdí un embarazo" answers the question about earlier ones, and does not tell of this one."""
    return turn.requested == "history" and mentions(turn.words, "history") and not mentions(turn.words, "just_now")


def _named(slot: str, yes: str = "yes", no: str = "no") -> Callable[[Turn], Json | None]:
    """Yes or no, or the thing itself: "tengo diabetes"."""
    plainly = _optional(slot, yes, no)

    def read(turn: Turn) -> Json | None:
        if mentions(turn.words, "what_for"):
            return None
        if mentions(turn.words, "undisclosed") or mentions(turn.words, "unknown"):
            return {slot: UNDISCLOSED}
        after_all = _AFTER_ALL.search(plain(turn.words))
        if after_all and mentions(after_all["rest"], slot):
            return {slot: yes}
        if _REGRETS.match(plain(turn.words)) and not mentions(turn.words, slot):
            return None
        denied = plain(turn.words).startswith("no ") or mentions(turn.words, f"no_{slot}")
        if mentions(turn.words, slot) or denied:
            return {slot: no if denied else yes}
        return plainly(turn)

    return read


def _optional(slot: str, yes: str, no: str) -> Callable[[Turn], Json | None]:
    def read(turn: Turn) -> Json | None:
        if mentions(turn.words, "undisclosed") or mentions(turn.words, "unknown"):
            return {slot: UNDISCLOSED}
        said = yes_or_no(turn)
        return None if said is None else {slot: yes if said else no}

    return read


_READERS: dict[str, Callable[[Turn], Json | None]] = {
    "for_whom": _for_whom,
    "patient_name": _patient_name,
    "document_status": _document,
    "gestational_age": _gestational_age,
    "prior_checkups": _named("prior_checkups", "some", "none"),
    "age_band": _age_band,
    "conditions": _named("conditions"),
    "history": _named("history"),
}
