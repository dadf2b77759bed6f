"""Weeks and months of a pregnancy as people tell them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, ORDINALS, number_of
from bot.nlu.entities.pregnancy_context import SPEAKS_OF_IT, is_a_wait, is_ambiguous, is_half_a_month, is_hers, is_told

# Months of pregnancy as completed weeks; unconfirmed, to be signed by an obstetrician (docs/nlu.md).
WEEKS_OF_MONTH = {
    1: (1, 4),
    2: (5, 8),
    3: (9, 13),
    4: (14, 17),
    5: (18, 22),
    6: (23, 27),
    7: (28, 31),
    8: (32, 35),
    9: (36, 40),
}
_WEEKS = r"(?:semanas?\b|sem\b)"
_MONTHS = r"(?:mes(?:es)?\b)"
_DAYS_MORE = r"(?:(?: ?[+.,/] ?| con | y )(?P<days>[0-6])(?: dias?\b)?)?"
_ONLY_AFTER_NUMBER = (
    r"(?!\d| ?(?:semanas?|anos?|anitos|dias?|meses|mes\b|cuadras?|horas?|h\b|minutos|grados|kilos?|kg|hijos|%|:|de (?:"
    + "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
    + r")|embarazos?|controles|y media|veces|/|-|pesos))"
)

_WIDEST = 8  # weeks; numbers further apart are no range

Weeks = tuple[int, int]
Span = tuple[int, int]


@dataclass(frozen=True)
class Term:
    """Completed weeks told outright, with the days beyond the first of them, and where."""

    weeks: Weeks
    days: int
    span: Span
    source: str


_WEEK_PATTERNS = (
    re.compile(rf"\bentre(?: las)? (?P<a>{NUMBER}) y (?:las )?(?P<b>{NUMBER}) ?{_WEEKS}"),
    re.compile(rf"\b(?P<a>{NUMBER}) ?(?:o|u|a|-|/|,(?= )) ?(?P<b>{NUMBER}) ?{_WEEKS}"),
    re.compile(
        rf"\b(?P<n>{NUMBER}) ?(?:[+.,] ?(?P<days>[0-6]) ?)?{_WEEKS}(?:(?: y| con|,| \+)? (?P<more>[0-6]"
        r"|un|dos|tres|cuatro|cinco|seis) dias?\b)?"
    ),
    re.compile(rf"\bsemanas? (?:numero )?(?P<a>{NUMBER}) ?(?:o|u|-|/) ?(?P<b>{NUMBER})\b"),
    re.compile(rf"\bsemanas? (?:numero |n[°º]? ?)?(?P<n>{NUMBER})\b{_DAYS_MORE}"),
    re.compile(r"(?<![\d+.])\b(?P<n>\d{1,2}) ?\+ ?(?P<days>[0-6])\b(?! ?\d)"),
    re.compile(r"\b(?P<n>\d{1,2}) ?s\b(?: ?(?:y )?(?P<days>[0-6]) ?d?\b)?"),
)
_BARE_WEEKS = re.compile(
    r"\b(?:estoy|estamos|ando|voy|vamos|curso|cursando|entre|entrando|esta|va|anda|estaba|andaba|iba)"
    r"(?: ya| recien| como| embarazada| mas o menos| aproximadamente| hoy| mi hija)* (?:de|en|por"
    r"|con)(?: como| unas| unos)?(?P<the> las?)? "
    rf"(?P<n>{NUMBER})\b(?: (?:o|u|a) (?P<b>{NUMBER})\b)?{_DAYS_MORE}{_ONLY_AFTER_NUMBER}"
)
_MONTH_PATTERNS = (
    re.compile(rf"\bentre(?: los)? (?P<a>{NUMBER}) y (?:los )?(?P<b>{NUMBER}) ?{_MONTHS}"),
    re.compile(rf"\b(?P<a>{NUMBER}) ?(?:o|u|a|-|/|,(?= )) ?(?P<b>{NUMBER}) ?{_MONTHS}"),
    re.compile(rf"\b(?P<n>{NUMBER}) ?{_MONTHS}"),
    re.compile(r"\bmes (?:numero )?(?P<n>[1-9])\b(?! ?[/:])"),
    re.compile(rf"\b(?P<o>{'|'.join(ORDINALS)}|[1-9](?:er|ro|do|to|mo|vo|no|°|º)) (?:y \w+ )?mes\b"),
)
_BARE_ORDINAL = re.compile(
    r"\b(?:voy|va|estoy|esta|ando|anda|entre|entrando|entro|empezando|empiezo|arranco|transito|curso"
    r"|cursando)\W+(?:ya |recien )?(?:por |en |a )?(?:el|al) "
    r"(?P<o>cuarto|quinto|sexto|septimo|setimo|octavo|noveno|[4-9](?:to|mo|vo|no))\b(?! (?:mes"
    r"|trimestre|hij|bebe|embarazo|turno|control|piso|parto|nene|nena|dia))"
)
_TRIMESTER = re.compile(
    r"\b(?P<o>primer|1er|1ro|segundo|2do|tercer|3er|3ro|ultimo|[123][°º]?) trimestre\b|\btrimestre "
    r"(?:numero )?(?P<n>[123]|uno|dos|tres)\b"
)
_LEFT = re.compile(
    r"\b(?:quedan?|faltan?|faltando|a)(?: solo| como| unos| unas| ya| nomas| mas o menos| "
    rf"aproximadamente| casi no)* (?P<n>{NUMBER}) ?(?P<u>{_WEEKS}|{_MONTHS}|dias\b)(?! y (?:medi|algo"
    r"|pico))"
)
_LEFT_TO_WHAT = re.compile(
    r"^ (?:de|para|del?) (?:parir|que nazca|el parto|la fecha|mi fecha|conocer|tener|nacer|terminar)"
)


def week_terms(reading: Reading) -> Iterator[Term]:
    """Each stretch that tells weeks of this pregnancy, the plainest way first."""
    for pattern in _WEEK_PATTERNS:
        for match in pattern.finditer(reading.folded):
            if is_hers(reading, match) and is_told(reading, match) and not is_ambiguous(reading, match):
                term = _week_term(match)
                if term.weeks[1] - term.weeks[0] <= _WIDEST:
                    yield term
    for match in _BARE_WEEKS.finditer(reading.folded):
        number = number_of(match["n"])
        if (4 if match["the"] else 10) <= number <= 44 and reading.free(*match.span("n")):
            low, high = sorted((number, number_of(match["b"]) if match["b"] else number))
            yield Term((low, high), int(match["days"] or 0), match.span("n"), "weeks")


def _week_term(match: re.Match[str]) -> Term:
    groups = match.groupdict()
    if groups.get("a"):
        low, high = sorted((number_of(groups["a"]), number_of(groups["b"])))
        return Term((low, high), 0, match.span(), "weeks")
    more = groups.get("days") or groups.get("more")
    weeks = number_of(groups["n"])
    return Term((weeks, weeks), number_of(more) if more else 0, match.span(), "weeks")


def month_terms(reading: Reading) -> Iterator[Term]:
    """Each stretch that tells months of this pregnancy, as weeks by the table."""
    for pattern in (*_MONTH_PATTERNS, _BARE_ORDINAL):
        for match in pattern.finditer(reading.folded):
            months = _months_of(match)
            hers = months and is_hers(reading, match) and (pattern is _BARE_ORDINAL or is_told(reading, match))
            if months and hers and not is_ambiguous(reading, match) and not is_half_a_month(reading, match):
                yield Term((WEEKS_OF_MONTH[months[0]][0], WEEKS_OF_MONTH[months[1]][1]), 0, match.span(), "months")


def _months_of(match: re.Match[str]) -> Weeks | None:
    groups = match.groupdict()
    if groups.get("a"):
        low, high = sorted((number_of(groups["a"]), number_of(groups["b"])))
    elif groups.get("o"):
        low = high = ORDINALS.get(groups["o"]) or int(groups["o"][0])
    else:
        low = high = number_of(groups["n"])
    return (low, high) if low in WEEKS_OF_MONTH and high in WEEKS_OF_MONTH else None


def trimester_term(reading: Reading) -> Term | None:
    """The weeks of a trimester, months 1 to 3, 4 to 6 or 7 to 9."""
    match = _TRIMESTER.search(reading.folded)
    if not match or (is_a_wait(reading.folded[: match.start()])):
        return None
    number = {"p": 1, "1": 1, "u": 3, "s": 2, "2": 2, "t": 3, "3": 3, "d": 2}[(match["o"] or match["n"])[0]]
    number = 1 if match["n"] == "uno" else number
    return Term((WEEKS_OF_MONTH[3 * number - 2][0], WEEKS_OF_MONTH[3 * number][1]), 0, match.span(), "trimester")


def left_term(reading: Reading) -> Term | None:
    """The weeks so far, from how long it is still to go."""
    for match in _LEFT.finditer(reading.folded):
        after = reading.folded[match.end() :]
        if match.group().startswith("a ") and not _LEFT_TO_WHAT.match(after):
            continue
        if re.search(r"\b(?:turno|cita|eco|ecografia|control|cumple|cumplir|vacuna)\b", reading.folded) or re.match(
            r" (?:de )?(?:licencia|reposo|alquiler)", after
        ):
            return None
        number = number_of(match["n"])
        if match["u"].startswith("mes"):
            return Term(WEEKS_OF_MONTH[9 - number], 0, match.span(), "months") if 1 <= number < 9 else None
        weeks = (280 - number) // 7 if match["u"].startswith("dia") else 40 - number
        return Term((weeks, weeks), 0, match.span(), "weeks")
    return None


def bare_term(reading: Reading) -> Term | None:
    """`20` in answer to "how far along": weeks, or months up to nine."""
    match = re.fullmatch(
        rf"\W*(?:de |como |unas |unos |creo que |estoy de |las |la )*(?P<n>{NUMBER})\W*", reading.folded
    )
    if not match or not reading.asks_for(*SPEAKS_OF_IT):
        return None
    number = number_of(match["n"])
    if number in WEEKS_OF_MONTH:
        return Term(WEEKS_OF_MONTH[number], 0, match.span("n"), "months")
    return Term((number, number), 0, match.span("n"), "weeks")
