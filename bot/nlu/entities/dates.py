"""`date` and the days of a birth, a last period, a due date; nothing where it is no single day: she is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from bot.nlu.entities.day_roles import Role
from bot.nlu.entities.days import Day, days_in
from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import number_of

_ENTITY_OF: tuple[tuple[Role, str], ...] = (
    ("visit", "date"),
    ("birth", "birth_date"),
    ("last_period", "last_period_date"),
    ("due", "due_date"),
)
_PART = r"(?: ?(?:,|a la \w+|por la \w+|de \w+|en ese horario|temprano|feriado|ahi|ya|al final|me parece que))*"
_REFUSED_BEFORE = re.compile(
    r"\b(?:no (?:puedo|podria|podre|me sirve|voy|vamos|quiero|llego|me queda|me viene bien|es|era|sea"
    r"|para|estoy|va a ser)|imposible|menos|excepto|salvo"
    r"|tampoco|en ve[zs] del?|en lugar del?|no|ni|nada de|cancel\w+ (?:el |mi )?(?:turno )?d?)"
    r"(?: a poder| ir| poder| venir| asistir| libre| bien| para| dia| del?| al?| los| este| ese| el| l| "
    r"turno| control| cita)* ?$"
)
_REFUSED_AFTER = re.compile(
    r"^" + _PART + r" ?(?:no\b(?! ?\?)(?! (?:se\b|trabajo|tengo nada|laburo|curso|estoy ocupad|hay problema|tengo "
    r"problema)\b)|imposible|tampoco|ni ahi|trabajo\b|laburo\b|se me complica"
    r"|es imposible|me es imposible|viajo\b|estoy ocupada|tengo (?:medico|dentista|examen|facultad|otro"
    r"|otra|que )|ya tengo (?:otra cosa|algo))"
)
_REFUSED_AFTER_COMMA = re.compile(r"^, ?(?:no (?:puedo|me sirve|voy|llego|podria)|imposible|tampoco|trabajo\b)")
_CHOSEN_BEFORE = re.compile(
    r"\b(?:mejor(?! no)|dame|poneme|anotame|prefiero|preferiria|preferible|preferentemente|sino|si no"
    r"|digo|perdon|quise "
    r"decir|quiero decir|mejor dicho|corrijo|equivoque|me confundi"
    r"|en realidad|pasa\w* (?:para|al?)|cambi\w+ (?:para|por|al?)|mov\w+ (?:para|al?)|corr\w+ (?:para"
    r"|al?)|reprogram\w+ (?:para|al?)|puede ser|podra ser|pueda ser)"
    r"(?:,| es| era| seria| el| para| al?| l| dia| turno| me das| dame| que| sea)* ?$"
)
_WORSE_BEFORE = re.compile(r"\bmejor que (?:el )?$")
_TAKEN_BEFORE = re.compile(
    r"\b(?:puedo|podria|podemos|pueda|me sirve|me viene bien|me queda bien)(?: ir| a partir| el| para| "
    r"recien| solo| l)* ?$"
)
_TAKEN_AFTER = re.compile(
    r"^" + _PART + r" ?(?:si\b(?! no)|puedo\b|podria\b|mejor\b|dale\b|esta bien|me (?:sirve|viene bien|queda (?:bien"
    r"|mejor|comodo)|conviene)|perfecto|ok\b|estaria (?:bien|bueno)|es mejor)"
)
_WISHED_BEFORE = re.compile(r"\b(?:para|turno|cita|control)(?: del| el| l| de)* ?$")
_OPEN_ENDED = re.compile(r"\b(?:despues|antes|a partir|desde|hasta|pasando)(?: de| del| el| de el| l)* ?$")
_EITHER = re.compile(
    r"^ ?,? ?(?:o|u|y|e|ni|/|o sino|o si no)(?: tambien| tal vez| capaz| sino)? ?(?:para )?(?:el |a ?)?$"
)
_LISTED = re.compile(r"^ ?, ?(?:el )?$")
_RANGE = re.compile(r"^ ?(?:al?|hasta|a el|hasta el|para|por|al dia) ?$")
_MOVES = re.compile(r"\b(?:cambi\w+|pas[aeo]\w*|mov\w+|corr[ae]\w*|reprogram\w+|adelant\w+|atras\w+|posterg\w+)\b")
_CANCELS = re.compile(
    r"\bno (?:voy a |puedo|podre|voy|llego)(?: a)?(?: poder)?(?: ir| asistir)\b.*|\bturno\b|\bcontrol\b"
    r"|\bcita\b|\bcancel"
)
_DAY_ALONE = re.compile(r"\W*(?:el |dia |seria el |para el |creo que el |fue el |y el )*(?P<n>\d{1,2})\W*")
_ASKS_A_DAY = ("date", "day", "birth", "born", "last_period", "offer")


@dataclass
class Stance:
    """How she stands to a day: refused, taken (1) or chosen before others (2)."""

    day: Day
    refused: bool = False
    taken: int = 0


def find_date(reading: Reading) -> None:
    """Adds the day of each role that the message settles."""
    days = days_in(reading) or _bare_answer(reading)
    for role, entity in _ENTITY_OF:
        day = _settled(reading, [day for day in days if day.role == role and _unclaimed(reading, day)])
        if day and day.value:
            add = reading.add if role == "visit" else reading.add_beside
            add(entity, day.value.isoformat(), day.start, day.end)


def _unclaimed(reading: Reading, day: Day) -> bool:
    """Whether nothing else stands there: "estoy de 20.3" is no day; a last period is both day and weeks."""
    return day.role != "visit" or reading.free(day.start, day.end)


def _bare_answer(reading: Reading) -> list[Day]:
    """ "28" in answer to the question for a day."""
    match = _DAY_ALONE.fullmatch(reading.folded)
    if not match or not reading.asks_for(*_ASKS_A_DAY) or reading.asks_for("gestational"):
        return []
    if not 1 <= number_of(match["n"]) <= 31 or not reading.free(*match.span("n")):
        return []
    from_number = f"el {match['n']}"
    as_day = Reading(
        reading.text,
        type(reading.plain)(from_number, (0,) * len(from_number), (0,) * len(from_number)),
        reading.now,
        reading.expecting,
    )
    return [Day(*match.span("n"), day.value, day.kind, day.role) for day in days_in(as_day)]


def _settled(reading: Reading, days: list[Day]) -> Day | None:
    """The one day meant, or None."""
    stances = _stances(reading.folded, days)
    open_to_her = [one for one in stances if not one.refused]
    best = max((one.taken for one in open_to_her), default=0)
    candidates = [one.day for one in open_to_her if one.taken == best]
    if not candidates and len(days) == 1 and _CANCELS.search(reading.folded) and days[0].value:
        candidates = days
    ahead = [day for day in candidates if not day.back]
    exact = [day for day in candidates if not reading.folded.startswith("hace", day.start)]
    for narrowed in (candidates, ahead, exact, _wished(reading.folded, candidates)):
        values = {day.value for day in narrowed}
        if len(values) == 1:
            return narrowed[0]
    return None


def _wished(folded: str, days: list[Day]) -> list[Day]:
    """Those asked for in so many words, unless some are told as alternatives."""
    if any(_EITHER.match(folded[a.end : b.start]) or _LISTED.match(folded[a.end : b.start]) for a, b in _pairs(days)):
        return days
    return [day for day in days if _WISHED_BEFORE.search(folded[: day.start])]


def _pairs(days: list[Day]) -> list[tuple[Day, Day]]:
    return list(pairwise(days))


def _stances(folded: str, days: list[Day]) -> list[Stance]:
    stances = [_stance(folded, days, index) for index in range(len(days))]
    _drop_ranges(folded, stances)
    for first, second in pairwise(stances):
        _share(folded, first, second)
    for second, first in pairwise(reversed(stances)):
        _share(folded, second, first)
    return stances


def _stance(folded: str, days: list[Day], index: int) -> Stance:
    day = days[index]
    before = folded[days[index - 1].end if index else 0 : day.start]
    after = folded[day.end : days[index + 1].start if index + 1 < len(days) else len(folded)]
    chosen = 2 if _CHOSEN_BEFORE.search(before) and not _WORSE_BEFORE.search(before) else 0
    taken = (
        1 if _TAKEN_AFTER.match(after) or (_TAKEN_BEFORE.search(before) and not _REFUSED_BEFORE.search(before)) else 0
    )
    after_it = _REFUSED_AFTER.match(after)
    right_after = bool(after_it and (len(days) > 1 or not re.search(r"\b(?:manana|tarde)\b", after_it.group())))
    refused = right_after or bool(
        _REFUSED_AFTER_COMMA.match(after) or _REFUSED_BEFORE.search(before) or _WORSE_BEFORE.search(before)
    )
    open_ended = day.role == "visit" and _OPEN_ENDED.search(before)
    if open_ended:
        day = Day(day.start, day.end, None, "unsure", day.role)
    refused = not day.back and (right_after or (refused and not (taken or chosen)))
    return Stance(day, refused, max(chosen, taken))


def _drop_ranges(folded: str, stances: list[Stance]) -> None:
    """ "De lunes a viernes" names no day; "del martes al jueves" names one only when something is moved."""
    for first, second in pairwise(stances):
        if not _RANGE.match(folded[first.day.end : second.day.start]):
            continue
        if _MOVES.search(folded):
            first.refused, second.taken = True, 2
        elif re.search(r"\b(?:de|del|desde|desde el|entre|entre el) ?$", folded[: first.day.start]):
            first.refused = second.refused = True


def _share(folded: str, first: Stance, second: Stance) -> None:
    """Alternatives share what is said of one of them: "no puedo el lunes ni el martes"."""
    one, other = sorted((first, second), key=lambda stance: stance.day.start)
    between = folded[one.day.end : other.day.start]
    if second.refused or second.taken:
        return
    if _EITHER.match(between):
        second.refused, second.taken = first.refused, first.taken
    elif first is one and _LISTED.match(between) and not first.refused:
        second.taken = first.taken
