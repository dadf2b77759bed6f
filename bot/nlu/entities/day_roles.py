"""What a day is a day of, and whether it is told looking back: by the nearest words, else by the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from bot.nlu.entities.day_values import Match
from bot.nlu.entities.found import Reading

Role = Literal["visit", "birth", "last_period", "due"]
Cue = tuple[int, int, Role]

_CUES: tuple[tuple[Role, str], ...] = (
    (
        "due",
        r"fecha probable\b|\b(?:doy|da) a luz\b|\b(?:tengo|tenia) para\b|\b(?:bebe|beba|nena|nene"
        r"|gord[oa]) viene (?:en|para)\b"
        r"|fecha (?:probable )?de parto|\bf\.?p\.?p\b|salgo de cuentas?|sale de cuentas?|fecha (?:\w+ "
        r"){0,3}para|(?:tengo|tenia|tiene|tenemos) fecha|\bmi fecha (?:es|era|de)\b"
        r"|(?<!tuve )(?<!tuve un )(?<!tuve el )\bparto\b(?! (?:fue|natural|normal|vaginal|respetado))"
        r"|\bnace(?:n|r|ra|ran|ria)?\b|\bparir\b|nacimiento (?:previsto|estimado|para)"
        r"|\besta(?:mos|ba)? para\b|\bestoy para\b"
        r"|\bespero (?:al? bebe|la bebe|familia|para)|(?<!hicieron )(?<!hicieron la )(?<!tuve )(?<!una "
        r")(?<!por )(?<!fue )(?<!con )\bcesarea\b(?! (?:anterior|previa|hace|fue))"
        r"|\btermino (?:el|en|para)\b",
    ),
    (
        "birth",
        r"\bparto (?:fue|natural|normal|vaginal|respetado)\b|\btuve (?:un |el )?parto\b|\btuve en (?:el|la)\b"
        r"|\bnaci(?:o|eron|mos)?\b|\bnacid[oa]s?\b|\bnacimiento\b|\bf(?:echa|ec)?\.? ?(?:de )?nac\b"
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
        r"|\bmenstru[oe]\b|\bno me (?:viene|baja|indispongo)\b|\bsin (?:regla|menstruar|menstruacion|que me venga)\b"
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
    ("due", ("due_date",)),
    ("last_period", ("last_period", "gestational", "weeks", "pregnan")),
)

_PAST = re.compile(
    r"\bhace (?:poco|rato|mucho|unos|unas|un|una|dos|tres|\d)|\b(?:ayer|anteayer|anoche|(?:semana|mes"
    r"|ano|finde) pasad[oa])\b"
)
_MISSED_BEFORE = re.compile(
    r"\b(?:no (?:fui|fuimos|pude|pudimos|llegue|llegamos|apareci|me presente)|falte|faltamos|falto)\b[^,.;!?\n]{0,40}$"
)
_MISSED_AFTER = re.compile(
    r"^ (?:al (?:turno|control) )?(?:no (?:fui|fuimos|pude|pudimos|llegue|apareci)|falte|faltamos)\b"
)


def role_at(reading: Reading, start: int, end: int) -> Role:
    """What a day at this place is a day of: told by the nearest words, else by the question."""
    told = _told_at(reading, start, end)
    asked = next((role for role, names in _ASKED if reading.asks_for(*names)), "visit")
    return asked if told == "visit" else told


def _told_at(reading: Reading, start: int, end: int) -> Role:
    cues = _cues_in(reading)
    before = [cue for cue in cues if cue[0] < start]
    after = [cue for cue in cues if cue[0] >= end and not _BOUNDARY.search(reading.folded, end, cue[0])]
    near = [cue for cue in before if not _BOUNDARY.search(reading.folded, min(cue[1], start), start)]
    if near:
        return near[-1][2] if near[-1][2] != "visit" or not _told_after(reading, near[-1], after) else after[0][2]
    if after and after[0][2] != "visit" and "," not in reading.folded[end : after[0][0]]:
        return after[0][2]
    return before[-1][2] if before else "visit"


def _cues_in(reading: Reading) -> Sequence[Cue]:
    """The words that tell a role, looked for once: a message of nothing but days would be searched for each of them."""
    if reading.cues is None:
        found = _CUE.finditer(_without_false_cues(reading.folded))
        reading.cues = [(cue.start(), cue.end(), _role_of(cue)) for cue in found]
    return reading.cues


def _told_after(reading: Reading, near: Cue, after: Sequence[Cue]) -> bool:
    """Whether "quiero … el 3 nació" has its day told by the verb right behind it."""
    return bool(after) and after[0][2] in ("birth", "last_period") and "," in reading.folded[near[1] : after[0][0]]


def _role_of(cue: Match) -> Role:
    return next(role for role, _ in _CUES if cue[role])


def looks_back(folded: str, match: Match) -> bool:
    """Whether a day without a role was: "falté el martes", "hace poco, el 3"."""
    return _is_missed(folded, match) or _is_told_of_the_past(folded, match)


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


def _is_missed(folded: str, match: Match) -> bool:
    """Whether the day is told by "no fui" or "falté"."""
    return bool(_MISSED_BEFORE.search(folded[: match.start()]) or _MISSED_AFTER.match(folded[match.end() :]))


def _without_false_cues(folded: str) -> str:
    return _NOT_OF_THE_PERIOD.sub(lambda match: "_" * len(match.group()), folded)
