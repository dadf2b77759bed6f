"""Every day that a message names, with what it is a day of: a visit, a birth, a last period, a due date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.nlu.entities.addresses import address_words
from bot.nlu.entities.calendar import MONTH
from bot.nlu.entities.day_patterns import PATTERNS, Pattern
from bot.nlu.entities.day_roles import Role, looks_back, role_at
from bot.nlu.entities.day_values import Match, NoDay, View
from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER

# Nobody names so many: each is read with all words around it, and a page of them would hold up everybody else.
MOST_DAYS = 80

_STREET_BEFORE = re.compile(
    r"\b(?:calle|av|avda|avenida|avenidas|esquina|esq|altura|sobre|plaza|plazoleta|villa|hospital"
    r"|escuela|estacion|barrio"
    r"|pasaje|autopista|la|en|por|entre|vivo|casi|con|y)\W*$"
)
_ARTICLE_BEFORE = re.compile(r"\b(?:el|dia|para|del|desde|hasta|al|un|fue|fum|fur)\W*$")
_HOUSE_NUMBER = re.compile(
    r"^\W*(?:al |altura |numero )?\d{2,5}\b(?! ?(?:horas|h\b|semanas|meses|am\b|pm\b|de la|y medi|[:/]))"
)
_CORNER = re.compile(r"^ (?:y|e|esq|esquina|entre|casi|con) (?:av |avenida |la )?([a-z]{3,})")
_PLACE_BEFORE = re.compile(
    r"\b(?:cesac|cezac|sesac|cesak|sesak|salita|sala|centro(?: de salud)?|barrio|villa|mza|manzana|casa"
    r"|lote|torre|piso|depto|linea|colectivo|bondi"
    r"|numero|presion(?: \w+)?|temperatura|fiebre|peso|pesa|pesaba|mide|dni|documento|dosis|tiene|tenia"
    r"|de a|grado|sector|cama|sobre)\W*$"
)
_BARE_RANGE = re.compile(r"\b(?:de|entre|las|la|a las?|tipo)\W*$")
_CENTER_BEFORE_NUMBER = re.compile(
    r"\b(?:queda|toca|corresponde|atiend\w*|atend\w*|voy|cerca|lejos|es|abren?|cierran?)(?: cerca| lejos| al| "
    r"en)?\W*$|\ben\W*$"
)
_CENTER_AFTER_NUMBER = re.compile(
    r"^ (?:que (?:telefono|horario|direccion)|abren?|cierran?|me (?:queda|toca|corresponde)|queda|es mas"
    r"|esta mas|de san|de la boca)\b"
)
_MORNING_BEFORE = re.compile(
    r"\b(?:(?:a|por|de|en|toda|durante|esta) (?:la|las)|la|las|cada|una|a|de|por|buena|media|toda|(?:^"
    r"|prefiero |en el |del |al )turno)\s$"
)
_OF_TOMORROW = re.compile(
    r"\b(?:(?:el|mi|al|del|los|ese|este|tu|su) (?:turno|control|cita|consulta|visita|eco|ecografia)"
    r"|(?:la|mi) (?:cita|consulta|visita|eco|ecografia)"
    r"|(?:no )?(?:voy|ir|llego) (?:a la|al)|el|lo|dia|mediodia|noche) de\s$"
)
_NOT_DAY_AFTER_TOMORROW = re.compile(
    rf"\b(?:mes|ano|semana|dia|finde|ha|han|he|habia|haya|hubo|lo|la|siglo|me|te|se|fue|bien|mal|\d+|{MONTH}) $"
)
_DAY_AFTER_TOMORROW = re.compile(
    r"^(?:$|\W*$|[,.;!?\n]| (?:a la|por la|a las?|si\b|puedo|podria|me (?:viene|sirve|queda)|mejor"
    r"|tampoco|no\b|temprano|tipo|o\b|u\b|y\b|tarde"
    r"|al mediodia|de (?:tarde|manana)|tengo|voy|hay|estoy|que)\b)"
)
_ALTERNATIVE_AFTER = re.compile(rf"^ (?:o|u) {NUMBER}\b(?! ?(?:horas|h\b|:|dias|semanas|mes|anos|minutos))")
_GOODBYE = re.compile(r"\bhasta $")
_LASTS = re.compile(r"^ ?(?:ya )?que (?!naci|tuve|l[oa] tuve|pari|di a luz|me (?:vino|indispuse|bajo)|fui|fue)\b")
_WITHOUT_PERIOD = re.compile(
    r"\bsin (?:la |mi )?(?:regla|menstruacion|periodo)\b|\bno me (?:viene|vino|baja|bajo|indispongo"
    r"|indispuse|ha venido)\b|\b(?:atraso|retraso)\b|\bsin menstrua"
)


@dataclass(frozen=True)
class Day:
    """A day in a message; the value is None when it is impossible, or no single one."""

    start: int
    end: int
    value: date | None
    kind: str
    role: Role
    back: bool = False


def days_in(reading: Reading) -> list[Day]:
    """The days named in the message, in order; those of places and centres left out."""
    if reading.days is None:
        reading.days = _days_in(reading)
    return reading.days


def days_looking_back(reading: Reading) -> list[Day]:
    """The same days if all of them are past, as those of a scan."""
    return [day for day in _days_in(reading, back=True) if day.value and day.value <= reading.now.date()]


def _days_in(reading: Reading, back: bool = False) -> list[Day]:
    days: list[Day] = []
    tried = 0
    for pattern in PATTERNS:
        for match in pattern.regex.finditer(reading.folded):
            tried += 1
            if tried > MOST_DAYS:
                return []
            if _is_free(reading, days, match) and _may_be_a_day(reading, match, pattern):
                role = role_at(reading, match.start(), match.end())
                day = _read(reading, match, pattern, role, back or looks_back(reading.folded, match))
                days += [day] if day else []
    return _merged(reading.folded, sorted(days, key=lambda day: day.start))


def _read(reading: Reading, match: Match, pattern: Pattern, role: Role, looks_back: bool) -> Day | None:
    today, past = reading.now.date(), looks_back or role in ("birth", "last_period")
    try:
        value = pattern.value_of(match, View(today, past, role == "birth"))
    except NoDay:
        return None
    if (past and value and value > today) or _ALTERNATIVE_AFTER.match(reading.folded[match.end() :]):
        value = None
    back = value is not None and value < today and role == "visit"
    return Day(match.start(), match.end(), value, pattern.kind, role, back)


def _is_free(reading: Reading, days: Sequence[Day], match: Match) -> bool:
    return reading.free(match.start(), match.end()) and all(
        match.end() <= day.start or match.start() >= day.end for day in days
    )


def _may_be_a_day(reading: Reading, match: Match, pattern: Pattern) -> bool:
    before, after = reading.folded[: match.start()], reading.folded[match.end() :]
    said = match.group()
    if pattern.kind == "relative":
        return _relative_fits(said, before, after)
    if pattern.kind != "exact":
        return True
    if said.startswith("hace") or said.endswith("atras"):
        return not (_LASTS.match(after) or _WITHOUT_PERIOD.search(reading.folded) or re.search(r"\bdesde $", before))
    if _PLACE_BEFORE.search(before):
        return False
    groups = match.groupdict()
    if groups.get("s") in (".", "-") and _BARE_RANGE.search(before):
        return False
    if "w" not in groups and groups.get("m") in _MONTH_NAMES:
        return _no_street(before, after)
    bare = "which" in groups and not groups["which"]
    return not (bare and (_CENTER_BEFORE_NUMBER.search(before) or _CENTER_AFTER_NUMBER.match(after)))


_MONTH_NAMES = frozenset(MONTH[3:-1].split("|"))


def _no_street(before: str, after: str) -> bool:
    if _ARTICLE_BEFORE.search(before):
        return True
    corner = _CORNER.match(after)
    words = address_words()
    joined = bool(corner and corner[1] not in words.no_street | words.never_in_corner)
    return not (_STREET_BEFORE.search(before) or _HOUSE_NUMBER.match(after) or joined)


def _relative_fits(said: str, before: str, after: str) -> bool:
    if said == "manana":
        if re.match(r" o (?:a la |por la |la |de )?tarde\b", after):
            return False
        return bool(_OF_TOMORROW.search(before)) or not (_MORNING_BEFORE.search(before) or _GOODBYE.search(before))
    if said == "pasado":
        return bool(_DAY_AFTER_TOMORROW.match(after)) and not _NOT_DAY_AFTER_TOMORROW.search(before)
    return True


def _merged(folded: str, days: list[Day]) -> list[Day]:
    """ "Hoy lunes", "jueves 26 de noviembre": one day; none when the two disagree, so that she is asked."""
    merged: list[Day] = []
    for day in days:
        one = _one_of(folded, merged[-1], day) if merged else None
        if one:
            merged[-1] = one
        else:
            merged.append(day)
    return merged


def _one_of(folded: str, first: Day, second: Day) -> Day | None:
    between = folded[first.end : second.start]
    kinds = {first.kind, second.kind}
    if (
        "weekday" not in kinds
        or len(kinds) == 1
        or "unsure" in kinds
        or not re.fullmatch(r"[ ,]*(?:(?:es )?el |que es |o sea )?", between)
    ):
        return None
    named, exact = (first, second) if first.kind == "weekday" else (second, first)
    agree = exact.value is not None and named.value is not None and exact.value.weekday() == named.value.weekday()
    if not agree and "," in between:
        return None
    value = exact.value if agree else None
    return replace(exact, start=first.start, end=second.end, value=value)
