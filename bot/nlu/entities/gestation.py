"""`gestational_age`: completed weeks on the day of the message, as an inclusive range, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from bot.nlu.entities.calendar import MONTH, MONTHS, last_of_month, month_range, month_shift, months_away
from bot.nlu.entities.days import Day, days_in, days_looking_back
from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, number_of
from bot.nlu.entities.pregnancy_context import SPEAKS_OF_IT, speaks_of_a_born_child
from bot.nlu.entities.pregnancy_terms import (
    Term,
    bare_term,
    left_term,
    month_terms,
    trimester_term,
    week_terms,
)

TERM_DAYS = 280
MAX_WEEKS = 44
_OVERDUE_DAYS = 28

_LMP_CUE = re.compile(
    r"\bf\.?u\.?[mr]\b|\bultim[ao] (?:dia de )?(?:mi |la )?(?:regla|menstruacion|periodo|ciclo|fecha de "
    r"menstruacion|vez que me (?:vino|indispuse|bajo))"
    r"|\bme (?:vino|bajo|indispuse)\b|\b(?:regla|menstruacion|periodo)\b|\bmenstru[oe]\b|\ble "
    r"(?:vino|bajo)\b|\bse indispuso\b"
)
_NO_PERIOD = re.compile(
    r"\bno (?:me|le) (?:vino|viene|baja|bajo|indispongo|ha venido)\b(?!(?: mas)? (?:desde|despues del?) )"
)
_NO_PERIOD_SINCE = re.compile(
    r"\bdesde\b.{1,40}\bno me (?:viene|indispongo|baja)\b|\bno (?:me (?:viene|vino|baja|bajo"
    r"|indispongo)|menstru[oe])(?: mas)? desde\b"
)
_NOT_LMP = re.compile(
    r"\bme (?:vino|bajo) (?:sangre|liquido|la presion|fiebre|la leche|un (?:mensaje|turno|aviso)|a buscar)"
)
_DUE_CUE = re.compile(
    r"\bfecha probable\b|\b(?:doy|da) a luz\b|\b(?:tengo|tenia) para\b|\bpase de fecha\b|\b(?:bebe|beba"
    r"|nena|nene|gord[oa]) viene "
    r"(?:en|para)\b|\bfecha (?:probable )?de parto\b|\bf\.?p\.?p\b|\bfecha (?:es |me dieron |la tengo "
    r"|de parto "
    r")?(?:para|el|en|a)\b|(?<!tuve )(?<!tuve un )(?<!tuve el )\bparto\b(?! (?:fue|natural|normal"
    r"|vaginal|respetado))|\bnace(?:n|r|ra|ran|ria)?\b|\bva a nacer\b"
    r"|\b(?:tengo|tenia|tiene|tenemos|dieron) (?:la )?fecha\b|\bmi fecha\b|\bsal(?:go|e) de cuentas?\b"
    r"|\bl[oa] espero\b|\bespero (?:para|a mi bebe|al bebe|la bebe|familia)\b|\bparir\b|\b(?:estoy"
    r"|estamos|esta) para\b"
    r"|\bllega (?:en|para)\b|\bcesarea\b|\btermino (?:en|el|para)\b"
)
_ECHO_CUE = re.compile(r"\b(?:eco|ecos|ecografia|ecografo|ecosonograma|ultrasonido|scan|translucencia|morfologica)\b")
_THEN_CUE = re.compile(
    r"\b(?:estaba|andaba|iba|decia|dijo|dijeron|dio|daba|marco|marcaba|salio|salia|era|eran|tenia)\b"
)
_SCAN_OF = re.compile(
    r"\b(?:eco|ecografia|translucencia|morfologica) (?:del?|fue el|fue|el|del dia) $|\b(?:eco|ecografia):? $"
)
_SCAN_WEEKS = re.compile(
    r"\b(?:decia|dice|dijo|dijeron|dio|daba|da|marco|marcaba|marca|salio|salia|estaba|estoy|era|eran"
    r"|puso|ponia|tenia)(?: que| estaba| estoy| eran| como| unas| de| en| tenia| casi no)* "
    rf"(?P<n>{NUMBER})(?: ?[.,+] ?(?P<days>[0-6]))?\b(?! ?(?:mes|dias|anos|hs|horas|cm|mm|[/:]))"
)
_AGO = re.compile(
    rf"\bhace(?: ya| como| unas| unos| mas o menos)* (?P<n>{NUMBER}) (?P<u>semanas?|mes(?:es)?|dias?)\b"
    rf"|\b(?P<n2>{NUMBER}) (?P<u2>semanas?|mes(?:es)?|dias?) atras\b"
)
_VAGUELY_AGO = re.compile(
    r"\b(?:hace (?:tiempo|unas semanas|unos dias|mucho|rato|un tiempo|bastante|unos meses)|el mes pasado|la "
    r"semana pasada|la otra vez|del mes pasado)\b"
)
_ONLY_MONTH = re.compile(
    r"\b(?:en|para|a|fue|de|desde|fecha|fpp|fum|fur|parto|menstruacion|regla|periodo|nace)\W+(?:(?:el"
    r"|en|para|los|a|fue|es)\W+)?(?:(?:fin(?:es)?|finales|principios?|mediados?|comienzos?) de )?(?:mes "
    rf"de )?(?P<m>{MONTH})\b(?:,? (?:del? )?(?:ano )?(?P<y>20\d\d|\d\d)\b)?"
)
_FOR_A_MONTH = re.compile(
    rf"^\W*(?:es |seria |nace |creo que )*para (?:el mes de |fines de |principios de |mediados de )?{MONTH}\b"
)
_LAST_MONTH = re.compile(r"\b(?:el )?mes pasado\b")
_PREGNANCY_IS_OVER = re.compile(
    r"\b(?:perdi (?:el|mi|un) (?:embarazo|bebe)|aborte|tuve un aborto|lo perdi|(?:se )?murio|fallecio|nacio "
    r"muert[oa])\b"
)

Range = tuple[int, int]
Span = tuple[int, int]


def find_gestation(reading: Reading) -> None:
    """Adds `gestational_age`, the surest source first; nothing when it is ambiguous, so that the resident is asked."""
    days_in(reading)  # before weeks are claimed
    if _PREGNANCY_IS_OVER.search(reading.folded) and not re.search(
        r"\bestoy (?:de nuevo |otra vez )?e[mn]bara|\bahora (?:estoy|ando|voy)\b|\bestoy (?:de|por)\b", reading.folded
    ):
        return
    for read in (_scan, _last_period, _due_date, _left, _trimester, _weeks, _months, _bare_answer):
        if read(reading):
            return


def _add(reading: Reading, weeks: Range, source: str, span: Span, lmp: date | None = None) -> bool:
    low, high = weeks
    if not 0 <= low <= high <= MAX_WEEKS:
        return False
    value = {"weeks_min": low, "weeks_max": high, "source": source, "lmp": lmp.isoformat() if lmp else None}
    reading.add_beside("gestational_age", value, *span)
    return True


def _add_term(reading: Reading, term: Term | None) -> bool:
    return term is not None and _add(reading, term.weeks, term.source, term.span)


def _scan(reading: Reading) -> bool:
    """Weeks that a scan or a doctor told some time ago, carried on to today."""
    folded = reading.folded
    echo, ago = _ECHO_CUE.search(folded), _AGO.search(folded)
    told = _THEN_CUE.search(folded) and (ago or _VAGUELY_AGO.search(folded))
    if not (echo or told or _was_then(reading)) or speaks_of_a_born_child(reading):
        return False
    term = next(week_terms(reading), None) or (_bare_scan_weeks(reading) if echo or ago else None)
    if not term:
        return False
    passed, span = _days_since(reading, term)
    if passed is None:
        return True  # nobody knows when: she is asked
    low, high = ((weeks * 7 + term.days + passed) // 7 for weeks in term.weeks)
    return _add(reading, (low, high), "ultrasound", span)


def _was_then(reading: Reading) -> Day | None:
    """The day of "el 2 de noviembre estaba de 20 semanas" or "eco del 12/10: …"."""
    for day in days_looking_back(reading):
        before, after = reading.folded[: day.start], reading.folded[day.end :]
        if day.kind == "exact" and (_SCAN_OF.search(before) or re.match(r",? (?:yo )?(?:estaba|andaba|iba)\b", after)):
            return day
    return None


def _bare_scan_weeks(reading: Reading) -> Term | None:
    match = _SCAN_WEEKS.search(reading.folded)
    if not match or not 4 <= number_of(match["n"]) <= 42:
        return None
    weeks = number_of(match["n"])
    return Term((weeks, weeks), int(match["days"] or 0), match.span("n"), "weeks")


def _days_since(reading: Reading, term: Term) -> tuple[int | None, Span]:
    """Days since the scan (None when it is only told vaguely), and the stretch that tells of it."""
    today = reading.now.date()
    for match in _AGO.finditer(reading.folded):
        if match.end() <= term.span[0] or match.start() >= term.span[1]:
            whole = (min(term.span[0], match.start()), max(term.span[1], match.end()))
            return _ago_days(match, today), whole
    past = [day for day in days_looking_back(reading) if (day.start, day.end) != term.span]
    for day in past if _THEN_CUE.search(reading.folded) or _was_then(reading) else []:
        passed = (today - (day.value or today)).days
        return passed, (min(term.span[0], day.start), max(term.span[1], day.end))
    vague = _VAGUELY_AGO.search(reading.folded) and _THEN_CUE.search(reading.folded)
    return (None if vague else 0), term.span


def _ago_days(match: re.Match[str], today: date) -> int:
    amount, unit = number_of(match["n"] or match["n2"]), match["u"] or match["u2"]
    if unit.startswith("semana"):
        return 7 * amount
    return amount if unit.startswith("dia") else (today - months_away(today, -amount)).days


def _last_period(reading: Reading) -> bool:
    folded = reading.folded
    cue = _LMP_CUE.search(_NOT_LMP.sub(" ", _NO_PERIOD.sub(" ", folded))) or _NO_PERIOD_SINCE.search(folded)
    if not (cue or reading.asks_for(*SPEAKS_OF_IT)):
        return False
    days = [day for day in days_in(reading) if day.role == "last_period"]
    named = [day for day in days if day.value]
    if len({day.value for day in named if day.kind != "relative"}) > 1:
        return True  # "entre el 20 y el 25": she is asked
    if named:
        return _from_lmp(reading, named[0])
    if days and any(day.kind != "unsure" for day in days):
        return bool(cue)
    if not cue:
        return False
    return _from_month(reading, past=True, weeks_on=_weeks_since, source="lmp")


def _from_lmp(reading: Reading, day: Day) -> bool:
    if day.value is None:
        return False
    passed = (reading.now.date() - day.value).days
    _add(reading, (passed // 7, passed // 7), "lmp", (day.start, day.end), day.value)
    return True


def _due_date(reading: Reading) -> bool:
    asked = reading.asks_for(*SPEAKS_OF_IT) and _FOR_A_MONTH.match(reading.folded)
    if not (asked or _DUE_CUE.search(reading.folded)):
        return False
    days = [day for day in days_in(reading) if day.role == "due" and day.kind != "unsure"]
    for day in days:
        if day.value:
            weeks = _weeks_before(_nearest_term(day.value, reading.now.date()), reading.now.date())
            return _add(reading, (weeks, weeks), "due_date", (day.start, day.end))
    return not days and _from_month(reading, past=False, weeks_on=_weeks_before, source="due_date")


def _nearest_term(due: date, today: date) -> date:
    """A due date without a year may have just passed."""
    year_ago = months_away(due, -12)
    return year_ago if (due - today).days > TERM_DAYS and 0 <= (today - year_ago).days <= _OVERDUE_DAYS else due


def _from_month(reading: Reading, past: bool, weeks_on: Callable[[date, date], int], source: str) -> bool:
    today = reading.now.date()
    match, last = _ONLY_MONTH.search(reading.folded), _LAST_MONTH.search(reading.folded) if past else None
    if match:
        days = _month_told(match, today, past)
    elif last:
        year, month = month_shift(today.year, today.month, -1)
        days, match = (date(year, month, 1), last_of_month(date(year, month, 1))), last
    else:
        return False
    weeks = sorted(weeks_on(day, today) for day in days)
    if weeks[1] < 0:
        return False
    return _add(reading, (max(weeks[0], 0), min(weeks[1], MAX_WEEKS)), source, match.span())


def _month_told(match: re.Match[str], today: date, past: bool) -> tuple[date, date]:
    month = MONTHS[match["m"]]
    if not match["y"]:
        return month_range(month, today, past)
    first = date(int(match["y"]) % 100 + 2000, month, 1)
    return first, last_of_month(first)


def _weeks_since(day: date, today: date) -> int:
    return (today - day).days // 7


def _weeks_before(due: date, today: date) -> int:
    return (TERM_DAYS - (due - today).days) // 7


def _left(reading: Reading) -> bool:
    return _add_term(reading, left_term(reading))


def _trimester(reading: Reading) -> bool:
    return not speaks_of_a_born_child(reading) and _add_term(reading, trimester_term(reading))


def _weeks(reading: Reading) -> bool:
    return _add_term(reading, next(week_terms(reading), None))


def _months(reading: Reading) -> bool:
    return _add_term(reading, next(month_terms(reading), None))


def _bare_answer(reading: Reading) -> bool:
    return _add_term(reading, bare_term(reading))
