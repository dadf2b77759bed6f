"""`child_age`: how old a child is, in days, as an inclusive range."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.nlu.entities.days import days_in
from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, number_of

_CHILD = (
    r"(?:bebes?|bb|bebit[oa]|beba|nen[ea]|hij[oa]|hijit[oa]|gord[oa]|gordit[oa]|niet[oa]|sobrin[oa]"
    r"|chiquit[oa]|peque\w*|nin[oa]"
    r"|wawa|guagua|criatura|recien nacid[oa]|mellizos|gemel[oa]s|hermanit[oa])"
)
_UNITS = {"dia": (1, 0), "semana": (7, 6), "mes": (30.4375, 29), "ano": (365.25, 364)}
_AGE = re.compile(
    rf"\b{_CHILD}\b[\w\s,]{{0,40}}?\b(?:tiene|de|cumple|cumplio|con|ya|va a cumplir|es de|son de)\s+"
    rf"(?:casi |ya |los |sus )*"
    rf"(?P<n>{NUMBER})\s?(?P<u>dias?|semanas?|mes(?:es)?|anos?|anit[o]s?)\b(?P<half> y medio)?"
)
_BORN = re.compile(
    rf"\b(?:nacio|naci[oó]|nacieron|nacid[oa]"
    rf"|lo tuve|la tuve|fui mama|tuve familia|di a luz|tuve a mi {_CHILD}|fecha de nacimiento)\b"
)
_A_CHILD_UNTIL_DAYS = 18 * 366
# "mi nieta está de 4 meses" is said of a pregnancy, "mi nieta tiene 4 meses" of a child.
_NOT_A_CHILD = re.compile(r"\b(?:e[mn]bara[sz]\w*|panza) de\b|\b(?:hija|nieta|sobrina)\b[\w\s,]*\besta de\b")


def find_child_age(reading: Reading) -> None:
    """Adds `child_age` from an age that is told, or from a day of birth."""
    match = _AGE.search(reading.folded)
    if match and not _NOT_A_CHILD.search(match.group()):
        days, more = _UNITS[_unit(match["u"])]
        low = round(number_of(match["n"]) * days + (days / 2 if match["half"] else 0))
        reading.add("child_age", {"days_min": low, "days_max": low + more}, match.start("n"), match.end())
    elif _BORN.search(reading.folded):
        _from_birth(reading)


def _unit(word: str) -> str:
    return next(unit for unit in _UNITS if word.startswith(unit[:2]))


def _from_birth(reading: Reading) -> None:
    today = reading.now.date()
    oldest = today - timedelta(days=_A_CHILD_UNTIL_DAYS)
    born = [day for day in days_in(reading) if day.role == "birth" and day.value and oldest <= day.value <= today]
    if born and born[0].value:
        days = (today - born[0].value).days
        reading.add("child_age", {"days_min": days, "days_max": days}, born[0].start, born[0].end)
