"""Every day that a message names, with what it is a day of: a visit, a birth, a last period, a due date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from bot.nlu.entities.addresses import address_words
from bot.nlu.entities.calendar import MONTH
from bot.nlu.entities.day_patterns import PATTERNS, Match, NoDay, Pattern, View
from bot.nlu.entities.found import Reading

Role = Literal["visit", "birth", "last_period", "due"]

_CUES: tuple[tuple[Role, str], ...] = (
    (
        "due",
        r"fecha probable\b|\b(?:doy|da) a luz\b|\btengo para\b|\b(?:bebe|beba|nena|nene|gord[oa]) viene (?:en|para)\b"
        r"|fecha (?:probable )?de parto|\bf\.?p\.?p\b|salgo de cuentas?|sale de cuentas?|fecha (?:\w+ "
        r"){0,3}para|(?:tengo|tenia|tiene|tenemos) fecha|\bmi fecha (?:es|era|de)\b"
        r"|\bparto\b|\bnace[nr]?\b|\bnaceria\b|\bparir\b|nacimiento (?:previsto|estimado|para)"
        r"|\besta(?:mos|ba)? para\b|\bestoy para\b"
        r"|\bespero (?:al? bebe|la bebe|familia|para)|cesarea (?:programada|para)|tengo (?:la )?cesarea"
        r"|\btermino (?:el|en|para)\b",
    ),
    (
        "birth",
        r"\bnaci(?:o|eron|mos)?\b|\bnacid[oa]s?\b|\bnacimiento\b|\bf(?:echa|ec)?\.? ?(?:de )?nac\b"
        r"|\bdi a luz\b|\bdio a luz\b|\bpari(?:o)?\b"
        r"|\btuve (?:familia|(?:a )?(?:mi |la |al? |el |un |una )*(?:bebe|beba|hij|nen|gord|varon"
        r"|mujer))|(?<!regla )(?<!menstruacion )(?<!periodo )(?<!vez )\bl[oa] tuve\b|\bfui mama\b|\bfue "
        r"mama\b"
        r"|\btuvo (?:familia|(?:a )?(?:su |la |al? |el |un |una )*(?:bebe|beba|hij|nen))|hicieron (?:la )?cesarea",
    ),
    (
        "last_period",
        r"\bf\.?u\.?[mr]\b|\bultim[ao] (?:dia de )?(?:mi |la )?(?:regla|menstruacion|periodo|ciclo"
        r"|fecha de menstruacion|sangrado|vez que me (?:vino|indispuse|bajo))"
        r"|\bme (?:vino|bajo|indispuse|ha venido|enferme)\b|\bindispuse\b|\b(?:regla|menstruacion|periodo)\b"
        r"|\bno menstru[oe]\b|\bno me (?:viene|baja|indispongo)\b|\bsin (?:regla|menstruar|menstruacion|que me venga)\b"
        r"|\ble (?:vino|bajo)\b|\bse indispuso\b",
    ),
    (
        "visit",
        r"\b(?:turnos?|citas?|ficha|control(?:es)?|consulta|vacuna\w*|pediatra|obstetra|quiero|queria"
        r"|quisiera|necesito|necesitaria|puedo|podria|podre|dame|anota\w*|reserv\w+"
        r"|reprogram\w+|cambi\w+|llev\w+|voy|vamos|eco|ecografia|analisis|laboratorio)\b",
    ),
)
_CUE = re.compile("|".join(f"(?P<{role}>{words})" for role, words in _CUES))
_NOT_OF_THE_PERIOD = re.compile(
    r"\bme (?:vino|bajo) (?:a\b|un (?:mensaje|aviso|turno)|el (?:mensaje|turno|aviso)|la (?:presion"
    r"|fiebre|leche)|sangre|liquido|fiebre)"
)
_BOUNDARY = re.compile(r"[.;!?\n](?!\d)")
_ASKED: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("birth", ("birth", "born")),
    ("last_period", ("last_period", "gestational", "weeks", "pregnan")),
    ("due", ("due_date",)),
)

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
    r"\b(?:queda|toca|corresponde|atiend\w*|atend\w*|voy|prefiero|cerca|lejos|es)(?: cerca| lejos| al| "
    r"en)?\W*$|\ben\W*$"
)
_CENTER_AFTER_NUMBER = re.compile(r"^ (?:me (?:queda|toca|corresponde)|queda|es mas|esta mas|de san|de la boca)\b")
_MORNING_BEFORE = re.compile(
    r"\b(?:(?:a|por|de|en|toda|durante|esta) (?:la|las)|la|las|cada|una|a|de|por|buena|media|toda|turno)\s$"
)
_OF_TOMORROW = re.compile(
    r"\b(?:(?:el|mi|al|del|los|ese|este|tu|su) (?:turno|control|cita|consulta|visita|eco|ecografia)"
    r"|(?:la|mi) (?:cita|consulta|visita|eco|ecografia)"
    r"|(?:no )?(?:voy|ir|llego) (?:a la|al)|el|lo|dia|mediodia|noche) de\s$"
)
_NOT_DAY_AFTER_TOMORROW = re.compile(
    r"(?:\b(?:mes|ano|semana|dia|finde|ha|han|he|habia|haya|hubo|lo|la|siglo|me|te|se|fue|bien|mal|\d+)|"
    + MONTH
    + r") $"
)
_DAY_AFTER_TOMORROW = re.compile(
    r"^(?:$|\W*$|[,.;!?\n]| (?:a la|por la|a las?|si\b|puedo|podria|me (?:viene|sirve|queda)|mejor"
    r"|tampoco|no\b|temprano|tipo|o\b|u\b|y\b|tarde"
    r"|al mediodia|de (?:tarde|manana)|tengo|voy|hay|estoy|que)\b)"
)
_GOODBYE = re.compile(r"\bhasta $")
_PAST = re.compile(
    r"\bhace (?:poco|rato|mucho|unos|unas|un|una|dos|tres|\d)|\b(?:ayer|anteayer|anoche|(?:semana|mes"
    r"|ano|finde) pasad[oa])\b"
)
_LASTS = re.compile(r"^ ?(?:ya )?que (?!naci|tuve|l[oa] tuve|pari|di a luz|me (?:vino|indispuse|bajo)|fui|fue)\b")
_WITHOUT_PERIOD = re.compile(
    r"\bno me (?:viene|vino|baja|bajo|indispongo|indispuse|ha venido)\b|\b(?:atraso|retraso)\b|\bsin menstrua"
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
    for pattern in PATTERNS:
        for match in pattern.regex.finditer(reading.folded):
            if _is_free(reading, days, match) and _may_be_a_day(reading, match, pattern):
                role = role_at(reading, match.start(), match.end())
                day = _read(reading, match, pattern, role, back or _is_told_of_the_past(reading.folded, match))
                days += [day] if day else []
    return _merged(reading.folded, sorted(days, key=lambda day: day.start))


def role_at(reading: Reading, start: int, end: int) -> Role:
    """What a day at this place is a day of: told by the question, else by the nearest words."""
    for role, names in _ASKED:
        if reading.asks_for(*names):
            return role
    cues = [(cue.start(), cue.end(), _role_of(cue)) for cue in _CUE.finditer(_without_false_cues(reading.folded))]
    before = [cue for cue in cues if cue[0] < start]
    after = [cue for cue in cues if cue[0] >= end and not _BOUNDARY.search(reading.folded, end, cue[0])]
    near = [cue for cue in before if not _BOUNDARY.search(reading.folded, min(cue[1], start), start)]
    if near:
        return near[-1][2] if near[-1][2] != "visit" or not _told_after(reading, near[-1], after) else after[0][2]
    if after and after[0][2] != "visit" and "," not in reading.folded[end : after[0][0]]:
        return after[0][2]
    return before[-1][2] if before else "visit"


def _told_after(reading: Reading, near: tuple[int, int, Role], after: Sequence[tuple[int, int, Role]]) -> bool:
    """Whether "quiero … el 3 nació" has its day told by the verb right behind it."""
    return bool(after) and after[0][2] in ("birth", "last_period") and "," in reading.folded[near[1] : after[0][0]]


def _role_of(cue: Match) -> Role:
    return next(role for role, _ in _CUES if cue[role])


def _is_told_of_the_past(folded: str, match: Match) -> bool:
    """Whether its sentence says "hace poco", "ayer" or "la semana pasada" and wishes for nothing."""
    ends = [stop.end() for stop in _BOUNDARY.finditer(folded, 0, match.start())]
    stop = _BOUNDARY.search(folded, match.end())
    sentence = (
        folded[ends[-1] if ends else 0 : match.start()]
        + " # "
        + folded[match.end() : stop.start() if stop else len(folded)]
    )
    return bool(_PAST.search(sentence)) and not any(cue["visit"] for cue in _CUE.finditer(sentence))


def _without_false_cues(folded: str) -> str:
    return _NOT_OF_THE_PERIOD.sub(lambda match: "_" * len(match.group()), folded)


def _read(reading: Reading, match: Match, pattern: Pattern, role: Role, looks_back: bool) -> Day | None:
    today, past = reading.now.date(), looks_back or role in ("birth", "last_period")
    try:
        value = pattern.value_of(match, View(today, past, role == "birth"))
    except NoDay:
        return None
    if past and value and value > today:
        value = None
    back = value is not None and value < today and not past
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
