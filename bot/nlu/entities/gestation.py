"""`gestational_age`: completed weeks on the day of the message, as an inclusive range, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bot.nlu.entities.calendar import MONTH, MONTHS, month_range
from bot.nlu.entities.dates import Day, days_in
from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, ORDINALS, number_of

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
TERM_DAYS = 280
MAX_WEEKS = 44

_SPEAKS_OF_IT = ("gestational", "weeks", "last_period", "pregnan")
_LMP_CUE = re.compile(
    r"\b(?:fum|fur|f\.u\.m\.?|f\.u\.r\.?|ultimo (?:periodo|ciclo)"
    r"|ultima (?:regla|menstruacion|mestruacion|vez que me (?:vino|indispuse))"
    r"|me (?:vino|bajo|indispuse)|mi (?:regla|menstruacion|periodo)|la regla|regla fue|menstruacion fue)\b"
)
_NOT_LMP = re.compile(r"\bno me (?:vino|viene|baja|bajo)|\bme bajo (?:sangre|liquido|la presion)|atraso|retraso\b")
_DUE_CUE = re.compile(
    r"\b(?:fecha (?:probable )?de parto|fpp|f\.p\.p|fecha (?:es |me dieron |la tengo )?para|parto para"
    r"|parto es|nace en|nace para"
    r"|nacer? (?:en|para|el)"
    r"|va a nacer|tengo (?:el parto|cesarea|fecha)|salgo de cuentas|espero para|parir (?:en|para))\b"
)
_ECHO_CUE = re.compile(r"\b(?:eco|ecos|ecografia|ecografo|ecosonograma|ultrasonido|scan)\b")
_CHILD = re.compile(
    r"\b(?:mi (?:bebe|bb|nene|nena|hij[oa]|beba|gord[oa]|chiquit[oa]|niet[oa]|sobrin[oa])"
    r"|el (?:bebe|bb|nene)|la (?:beba|nena)|bebe de|nene de|nena de"
    r"|hij[oa] de|niet[oa] de|wawa|guagua|criatura|recien nacid[oa])\b"
)
_CARRYING = re.compile(r"e[mn]bara[sz]|gestante|gestacion|\b(?:hija|nieta|sobrina)\b[\w\s,]*\besta de\b")
_PREGNANT = re.compile(
    r"\b(?:e[mn]bara[sz]\w*|gestante|gestacion|encinta|panza|prenatal|prenada|semanas?"
    r"|ryeguasu|hyeguasu|wiksayuq|gravida)\b"
)
_AMBIGUOUS = re.compile(
    r"\bmes(?:es)? y (?:medio|algo|pico)|\bcasi\b|\bcumpli\b|\bpor cumplir\b|\b(?:de |con )(?:atraso|retraso)"
    r"|\bno me (?:viene|vino|baja|bajo|indispongo)\b|\ba[tr]+aso\b"
)
_WEEKS = r"(?:semanas?|sem\b|semnas?|cemanas?)"
_MONTHS_WORD = r"(?:mes(?:es)?\b)"
_WEEKS_RANGE = re.compile(rf"\b(?:entre )?(?P<a>{NUMBER})\s?(?:o|a|y|-|u)\s?(?P<b>{NUMBER})\s?{_WEEKS}")
_WEEKS_ONE = re.compile(
    rf"\b(?P<n>{NUMBER})(?:\s?[+.,]\s?[0-6])?\s?{_WEEKS}|\bsemana (?P<m>{NUMBER})\b|\b(?P<p>\d{{1,2}})\s?\+\s?[0-6]\b"
)
_MONTHS_RANGE = re.compile(rf"\b(?:entre )?(?P<a>{NUMBER})\s?(?:o|a|-|u)\s?(?P<b>{NUMBER})\s?{_MONTHS_WORD}")
_MONTHS_ONE = re.compile(rf"\b(?P<n>{NUMBER})\s?{_MONTHS_WORD}|\bmes (?P<m>[1-9])\b")
_MONTH_ORDINAL = re.compile(rf"\b(?P<o>{'|'.join(ORDINALS)}|[1-9](?:er|do|to|mo|vo|no|°|º)) mes\b")
_TRIMESTER = re.compile(r"\b(?P<o>primer|1er|1ro|segundo|2do|2|tercer|3er|3ro|3|1)[°º]? trimestre\b")
_LEFT = re.compile(
    rf"\b(?:me )?(?:quedan?|faltan?)(?: solo| como| unos| unas)? (?P<n>{NUMBER})\s?(?P<u>{_WEEKS}|{_MONTHS_WORD})"
)
_SCAN_AGO = re.compile(rf"\bhace (?P<n>{NUMBER}) {_WEEKS}")
_NOT_OF_PREGNANCY = re.compile(
    r"\b(?:hace|en|dentro de|cada|por|las proximas|faltan|quedan|ultimas|desde hace)\s*(?:unas |unos |como )?$"
)
_TURN_AFTER = re.compile(
    r"^\s*(?:que (?:no|me|tuve)|sin|despues|antes|para el turno|de atraso|de retraso|de vida|de nacid)"
)
_ONLY_MONTH = re.compile(rf"\b(?:en|para|fines de|principios de|mediados de|de|fue|a) (?P<m>{MONTH})\b")

Range = tuple[int, int]


def find_gestation(reading: Reading) -> None:
    """Adds `gestational_age`, the surest source first; nothing when it is ambiguous, so that the resident is asked."""
    for read in (_ultrasound, _last_period, _due_date, _left, _trimester, _weeks, _months, _bare_answer):
        if read(reading):
            return


def _add(reading: Reading, weeks: Range, source: str, span: tuple[int, int], lmp: date | None = None) -> bool:
    low, high = weeks
    if not 0 <= low <= high <= MAX_WEEKS:
        return False
    value = {"weeks_min": low, "weeks_max": high, "source": source, "lmp": lmp.isoformat() if lmp else None}
    reading.add("gestational_age", value, *span)
    return True


def _ultrasound(reading: Reading) -> bool:
    cue, weeks = _ECHO_CUE.search(reading.folded), _first_weeks(reading)
    if not cue or not weeks or _CHILD.search(reading.folded):
        return False
    then, span = weeks
    ago, span = _scan_age(reading, span)
    return _add(reading, (then[0] + ago, then[1] + ago), "ultrasound", span)


def _scan_age(reading: Reading, span: Range) -> tuple[int, Range]:
    """Weeks since the scan, and the stretch of the message that tells of it."""
    match = _SCAN_AGO.search(reading.folded)
    if match and not (match.start() <= span[0] < match.end()):
        return number_of(match["n"]), (min(span[0], match.start()), max(span[1], match.end()))
    past = [day for day in days_in(reading, past=True) if day.value and day.value <= reading.now.date()]
    if not past or past[0].value is None:
        return 0, span
    whole = (min(span[0], past[0].start), max(span[1], past[0].end))
    return (reading.now.date() - past[0].value).days // 7, whole


def _last_period(reading: Reading) -> bool:
    cue = _LMP_CUE.search(reading.folded)
    asked = reading.asks_for(*_SPEAKS_OF_IT)
    if _NOT_LMP.search(reading.folded) or not (cue or asked) or _DUE_CUE.search(reading.folded):
        return False
    days = [day for day in days_in(reading, past=True) if day.value]
    if days:
        return _from_lmp(reading, days[0], cue)
    return bool(cue) and _from_month(reading, past=True, weeks_on=_weeks_since, source="lmp")


def _from_lmp(reading: Reading, day: Day, cue: re.Match[str] | None) -> bool:
    if day.value is None:
        return False
    passed = (reading.now.date() - day.value).days
    start = min(day.start, cue.start()) if cue else day.start
    end = max(day.end, cue.end()) if cue else day.end
    return passed >= 0 and _add(reading, (passed // 7, passed // 7), "lmp", (start, end), day.value)


def _due_date(reading: Reading) -> bool:
    if not _DUE_CUE.search(reading.folded) or (_CHILD.search(reading.folded) and "nac" not in reading.folded):
        return False
    days = [day for day in days_in(reading, past=False) if day.value]
    if days and days[0].value:
        weeks = _weeks_before(days[0].value, reading.now.date())
        return _add(reading, (weeks, weeks), "due_date", (days[0].start, days[0].end))
    return _from_month(reading, past=False, weeks_on=_weeks_before, source="due_date")


def _from_month(reading: Reading, past: bool, weeks_on: Callable[[date, date], int], source: str) -> bool:
    match = _ONLY_MONTH.search(reading.folded)
    if not match:
        return False
    today = reading.now.date()
    weeks = sorted(max(0, weeks_on(day, today)) for day in month_range(MONTHS[match["m"]], today, past))
    return _add(reading, (weeks[0], min(weeks[1], MAX_WEEKS)), source, match.span())


def _weeks_since(day: date, today: date) -> int:
    return (today - day).days // 7


def _weeks_before(due: date, today: date) -> int:
    return (TERM_DAYS - (due - today).days) // 7


def _left(reading: Reading) -> bool:
    match = _LEFT.search(reading.folded)
    if not match or re.search(r"turno|cita|eco", reading.folded):
        return False
    left = number_of(match["n"])
    if match["u"].startswith("mes"):
        return left < 9 and _add(reading, WEEKS_OF_MONTH[9 - left], "months", match.span())
    return _add(reading, (40 - left, 40 - left), "weeks", match.span())


def _trimester(reading: Reading) -> bool:
    match = _TRIMESTER.search(reading.folded)
    if not match:
        return False
    number = {"p": 1, "1": 1, "s": 2, "2": 2, "t": 3, "3": 3}[match["o"][0]]
    return _add(reading, (WEEKS_OF_MONTH[3 * number - 2][0], WEEKS_OF_MONTH[3 * number][1]), "trimester", match.span())


def _weeks(reading: Reading) -> bool:
    found = _first_weeks(reading)
    if not found or _child_age_only(reading) or _ambiguous(reading):
        return False
    return _add(reading, found[0], "weeks", found[1])


def _first_weeks(reading: Reading) -> tuple[Range, tuple[int, int]] | None:
    for match in _WEEKS_RANGE.finditer(reading.folded):
        if _of_pregnancy(reading, match):
            low, high = sorted((number_of(match["a"]), number_of(match["b"])))
            return (low, high), match.span()
    for match in _WEEKS_ONE.finditer(reading.folded):
        if _of_pregnancy(reading, match):
            weeks = number_of(match["n"] or match["m"] or match["p"])
            return (weeks, weeks), match.span()
    return None


def _months(reading: Reading) -> bool:
    if _child_age_only(reading) or _ambiguous(reading):
        return False
    for pattern in (_MONTHS_RANGE, _MONTHS_ONE, _MONTH_ORDINAL):
        for match in pattern.finditer(reading.folded):
            months = _months_of(match)
            if months and _of_pregnancy(reading, match) and _is_about_pregnancy(reading, match):
                weeks = (WEEKS_OF_MONTH[months[0]][0], WEEKS_OF_MONTH[months[1]][1])
                return _add(reading, weeks, "months", match.span())
    return False


def _months_of(match: re.Match[str]) -> Range | None:
    groups = match.groupdict()
    if groups.get("a"):
        low, high = sorted((number_of(groups["a"]), number_of(groups["b"])))
    elif groups.get("o"):
        low = high = ORDINALS.get(groups["o"]) or int(groups["o"][0])
    else:
        low = high = number_of(groups["n"] or groups["m"])
    return (low, high) if low in WEEKS_OF_MONTH and high in WEEKS_OF_MONTH else None


def _is_about_pregnancy(reading: Reading, match: re.Match[str]) -> bool:
    said = re.search(
        r"\b(?:estoy|estamos|esta|ando|voy|vamos|curso|cursando|tengo|llevo|tiene|son|eran|de|con|por el|ya)\s*"
        r"(?:de |por el |por los |los |en el |unos |como |el |mi |en )*$",
        reading.folded[: match.start()],
    )
    return bool(
        _PREGNANT.search(reading.folded) or said or reading.asks_for(*_SPEAKS_OF_IT) or reading.is_whole(*match.span())
    )


def _bare_answer(reading: Reading) -> bool:
    """`20` in answer to "how far along": weeks, or months up to nine."""
    match = re.fullmatch(rf"\W*(?:de |como |unas |unos )?(?P<n>{NUMBER})\W*", reading.folded)
    if not match or not reading.asks_for(*_SPEAKS_OF_IT):
        return False
    number = number_of(match["n"])
    if number in WEEKS_OF_MONTH:
        return _add(reading, WEEKS_OF_MONTH[number], "months", match.span("n"))
    return _add(reading, (number, number), "weeks", match.span("n"))


def _of_pregnancy(reading: Reading, match: re.Match[str]) -> bool:
    before, after = reading.folded[: match.start()], reading.folded[match.end() :]
    if _TURN_AFTER.match(after) or not reading.free(*match.span()):
        return False
    away = _NOT_OF_PREGNANCY.search(before)
    return not away or bool(re.match(r"\s*que (?:estoy|quede|me entere que estoy) e[mn]bara", after))


def _child_age_only(reading: Reading) -> bool:
    return bool(_CHILD.search(reading.folded)) and not _CARRYING.search(reading.folded)


def _ambiguous(reading: Reading) -> bool:
    return bool(_AMBIGUOUS.search(reading.folded))
