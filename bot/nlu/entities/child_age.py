"""`child_age`: how old a child is, in days, as an inclusive range."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.nlu.entities.calendar import months_away
from bot.nlu.entities.day_roles import role_at
from bot.nlu.entities.days import days_in
from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, number_of
from bot.nlu.entities.people import relations
from bot.nlu.entities.pregnancy_context import ADULT, CARRYING

Ages = tuple[int, int]
Span = tuple[int, int]

_UNITS = {"dia": (1.0, 0), "semana": (7.0, 6), "mes": (30.4375, 29), "ano": (365.25, 364)}
_NEWBORN_DAYS = 28
_A_CHILD_UNTIL_DAYS = 18 * 366
_UNIT = r"(?:dias?|diitas|semanas?|mes(?:es)?|anos?|anitos?)"
_AGE = re.compile(
    rf"\b(?:(?P<first>{NUMBER}) (?:y|e) )?(?P<n>{NUMBER}) ?(?P<u>{_UNIT})\b(?P<half> y medi[oa])?(?:(?: y|,| "
    rf"con) (?P<more>{NUMBER}) (?P<mu>dias?|semanas?|mes(?:es)?)\b)?"
)
_YEARS_TO_COME = re.compile(
    rf"\b(?:va a cumplir|esta por cumplir|por cumplir|cumple|cumplio) (?:los )?(?P<n>{NUMBER})\b(?! "
    rf"?(?:{_UNIT}|de |/|[:.]\d))"
)
_TELLS_AGE = re.compile(
    r"(?:\b(?:tiene|tienen|tenia|de|cumple|cumplio|cumplira|va a cumplir|por cumplir|hizo|con|es de|son "
    r"de|ya|anda por|lleva|edad|tendra|,|:)"
    r"(?: \w+ de)?(?:\W+(?:casi|ya|los|sus|unos|unas|como|apenas|recien|solo|de|hoy|mas o menos|edad))*\W*|^\W*)$"
)
_NOT_HIS_AGE = re.compile(
    r"\b(?:e[mn]bara[sz]\w*|panza|barriga|estoy|ando|voy|llevo|tengo|curso|gestacion|fiebre|tos"
    r"|vomito\w*|vomita|diarrea|dolor\w*|turno|control|controles|vacunas?|atraso|mocos|gripe|dosis|la "
    r"de|las de"
    r"|hace|en|dentro|cada|por|reposo|antibiotico)\b(?! (?:un|una|mi|dos|tres|el|la|al|a) )"
)
_NOT_HIS_AGE_AFTER = re.compile(
    r"^ (?:de (?:embarazo|gestacion|e[mn]bara\w+|panza|fiebre|tos|atraso|casad\w+)|embarazada|sin |con "
    r"(?:fiebre|tos|diarrea|mocos|vomitos)|que (?:no|tiene|esta))"
)
_CARRYING = re.compile(
    r"\b(?:hija|nieta|sobrina|nena|hermana|cunada|nuera)\b[\w\s,]*\besta (?:ya )?(?:de|por)\b[\w\s]*$"
    r"|\b(?:estoy|esta|e[mn]barazada|e[mn]barazo|espero)(?: de)? (?:mellizos|mellizas|gemelos|trillizos)\b[\w\s]*$"
)
_NEWBORN = re.compile(r"\brecien nacid[oa]s?\b|\bneonat[oa]\b")
_PREMATURE_WEEKS = re.compile(r"\bnaci\w+ (?:\w+ )?(?:de|a las|con) $")
_AGO = re.compile(rf"\bhace(?: ya| como| unos| unas| casi)* (?P<n>{NUMBER}) (?P<u>{_UNIT})\b(?P<half> y medi[oa])?")
_HAS_AFTER = re.compile(r"^ (?:ya )?tienen?\b")
_A_WOMAN_ALREADY = 10 * 365


def find_child_age(reading: Reading) -> None:
    """Adds `child_age` from the ages that are told, else from a day of birth."""
    days_in(reading)  # before ages are claimed
    found = list(_told(reading)) or list(_from_birth(reading)) or list(_newborn(reading)) or list(_asked(reading))
    for (low, high), (start, end) in found:
        grown = low >= _A_WOMAN_ALREADY and CARRYING.search(reading.folded)
        if 0 <= low <= high <= _A_CHILD_UNTIL_DAYS and not grown:
            reading.add("child_age", {"days_min": low, "days_max": high}, start, end)


def _told(reading: Reading) -> Iterator[tuple[Ages, Span]]:
    for match in _AGE.finditer(reading.folded):
        if reading.free(*match.span()) and _is_a_childs(reading, match):
            if match["first"]:
                yield _range(number_of(match["first"]), match["u"]), match.span("first")
            yield _age(reading, match), (match.start("n"), match.end())
    for match in _YEARS_TO_COME.finditer(reading.folded):
        if number_of(match["n"]) < 18 and _names_a_child(reading.folded[: match.start()]):
            years = number_of(match["n"]) - (0 if match.group().startswith("cumplio") else 1)
            yield _range(years, "ano"), match.span()


def _is_a_childs(reading: Reading, match: re.Match[str]) -> bool:
    """Whether it is told of a child: by the words before it, else by those behind it."""
    start = match.start("first") if match["first"] else match.start("n")
    before, after = reading.folded[:start], reading.folded[match.end() :]
    if _NOT_HIS_AGE_AFTER.match(after) or _CARRYING.search(before) or _PREMATURE_WEEKS.search(before):
        return False
    if match["u"].startswith("anit") or (_HAS_AFTER.match(after) and not ADULT.search(before)):
        return match["u"][:2] != "an" or number_of(match["n"]) < 18
    clause = re.split(r"[.;!?\n]", before)[-1]
    subject = _last_child(clause, reading, len(before) - len(clause))
    if subject is not None:
        between = clause[subject:]
        if not _NOT_HIS_AGE.search(between) and (_TELLS_AGE.search(between) or re.fullmatch(r"\W*(?:de )?", between)):
            return True
    if re.search(r"\b(?:tiene|tienen|cumple|cumplio)(?: ya| casi| recien)* $", before) and not ADULT.search(clause):
        return match["u"][:3] != "ano" or number_of(match["n"]) < 18
    return False


def _last_child(clause: str, reading: Reading, offset: int) -> int | None:
    """Where the last child named in the clause ends, no further than some words away."""
    words = re.finditer(r"(?<!estoy )(?<!soy )\b[a-z]+", clause)  # "estoy gorda" is no child
    ends = [word.end() for word in words if word.group() in relations().child]
    ends += [
        match.end()
        for match in re.finditer(
            r"\b(?:el|la|l[oa]s) (?:otr[oa]s?|mayor|menor|mas \w+|grande|chiquit[oa])\b|\buno\b", clause
        )
    ]
    ends += [
        one.end - offset
        for one in reading.found
        if one.entity == "given_name" and offset <= one.start < offset + len(clause)
    ]
    near = [end for end in ends if len(clause) - end <= 45]
    return max(near, default=None)


def _names_a_child(before: str) -> bool:
    return any(word in relations().child for word in re.findall(r"[a-z]+", before[-60:]))


def _age(reading: Reading, match: re.Match[str]) -> Ages:
    number, before = number_of(match["n"]), reading.folded[: match.start("n")]
    low, high = _range(number, match["u"], half=bool(match["half"]))
    if match["more"]:
        more, more_high = _range(number_of(match["more"]), match["mu"])
        low, high = low + more, low + more_high
    if re.search(r"\b(?:casi|por cumplir|va a cumplir|cumplira)(?: los)? $", before):
        return _range(number - 1, match["u"])
    turning = re.search(r"\bcumple(?: los)? $", before)
    return _turning(reading, match, low) if turning else (low, high)


def _turning(reading: Reading, match: re.Match[str], low: int) -> Ages:
    """ "Cumple 2 meses el martes": born on a day that can be told."""
    today = reading.now.date()
    day = next((day.value for day in days_in(reading) if day.value and day.value >= today), today)
    born = _back(day, number_of(match["n"]), match["u"])
    return ((today - born).days, (today - born).days) if born else (low, low)


def _back(day: date, number: int, unit: str) -> date | None:
    if unit.startswith("mes"):
        return months_away(day, -number)
    if unit.startswith("an"):
        return months_away(day, -12 * number)
    return day - timedelta(days=number * (7 if unit.startswith("semana") else 1))


def _range(number: int, unit: str, half: bool = False) -> Ages:
    days, more = _UNITS[next(known for known in _UNITS if unit.startswith(known[:2]))]
    low = round(number * days + (days / 2 if half else 0))
    return low, low + (more // 2 if half else more)


def _from_birth(reading: Reading) -> Iterator[tuple[Ages, Span]]:
    """From "nació el 3/11"; "hace 2 meses" tells no single day of birth."""
    ago = _AGO.search(reading.folded)
    if ago and role_at(reading, *ago.span()) == "birth" and not ago["u"].startswith("di"):
        yield _range(number_of(ago["n"]), ago["u"], half=bool(ago["half"])), ago.span()
        return
    today = reading.now.date()
    for day in days_in(reading):
        if day.role == "birth" and day.value and today - timedelta(days=_A_CHILD_UNTIL_DAYS) <= day.value <= today:
            days = (today - day.value).days
            yield (days, days), (day.start, day.end)
            return


def _newborn(reading: Reading) -> Iterator[tuple[Ages, Span]]:
    match = _NEWBORN.search(reading.folded)
    if match:
        yield (0, _NEWBORN_DAYS), match.span()


def _asked(reading: Reading) -> Iterator[tuple[Ages, Span]]:
    """ "3 meses" or "casi 2 años" in answer to the question how old he is."""
    if not reading.asks_for("child_age", "baby_age"):
        return
    match = _AGE.search(reading.folded)
    if match:
        yield _age(reading, match), (match.start("n"), match.end())
