"""`date`: the one day a message speaks of; nothing when it is no single day, for then the resident is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.nlu.entities.calendar import (
    MONTH,
    MONTHS,
    WEEKDAY,
    WEEKDAYS,
    day_and_month,
    day_number,
    last_of_month,
    month_shift,
    months_away,
    nth_weekday,
    real_date,
    weekday,
    year_of,
)
from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, number_of

Match = re.Match[str]

PAST_CUE = re.compile(
    r"\b(?:nacio|naci|nacieron|nacimiento|fum|fur|ultima (?:regla|menstruacion|vez)|ultimo (?:periodo|ciclo)"
    r"|me vino|me bajo|me indispuse|regla|menstruacion|pasad[oa])\b"
)
_BIRTH_CUE = re.compile(r"\b(?:nacio|naci|nacimiento|nacid[oa])\b")
_UNSURE = re.compile(
    r"\b(?:(?:el )?otro " + WEEKDAY + r"|fin(?:es)? de semana|finde|principios? de|mediados? de|fines de"
    r"|(?:en|dentro de) (?:8|15|ocho|quince) dias|cualquier dia"
    r"|(?<!de )la semana que viene(?! el)|despues de las fiestas)\b"
)
_REFUSED_BEFORE = re.compile(r"\bno (?:puedo|me sirve|voy|quiero|tengo)(?: ir| poder| el| los| este)*\W*$")
_REFUSED_AFTER = re.compile(r"^\W*(?:no\b(?! puedo [a-z]+ pero)|imposible)")
_STREET_BEFORE = re.compile(r"\b(?:calle|av|avenida|vivo en|esquina|y|altura|sobre|plaza|barrio|villa|la)\W*$")
_HOUSE_NUMBER = re.compile(r"^\W*(?:al )?\d{2,5}\b(?!\s*(?:hs|horas|semanas|meses|[:/]))")
_CENTER_BEFORE = re.compile(
    r"\b(?:cesac|cezac|sesac|cesak|salita|sala|centro(?: de salud)?|barrio|villa|mza|manzana|casa)\W*$"
)
_NO_DAY_AFTER = re.compile(r"^\s*(?:semanas?|mes(?:es)?|dias?|anos?|horas?|hs|bis|%)\b")


@dataclass(frozen=True)
class Day:
    """A day in a message; the value is None for an impossible one."""

    start: int
    end: int
    value: date | None


@dataclass(frozen=True)
class View:
    """What a rule for days needs to know."""

    folded: str
    today: date
    past: bool
    birth: bool


Rule = tuple[re.Pattern[str], Callable[[Match, View], date | None]]


def find_date(reading: Reading) -> None:
    """Adds `date` when the message names exactly one day."""
    if _UNSURE.search(reading.folded):
        return
    days = [day for day in days_in(reading) if not (_refused(reading.folded, day) or _lasts(reading.folded, day))]
    values = {day.value for day in days}
    value = values.pop() if len(values) == 1 else None
    if value is not None:
        reading.add("date", value.isoformat(), days[0].start, days[0].end)


def days_in(reading: Reading, past: bool | None = None) -> list[Day]:
    """Every day named in the free stretches of the message, in order."""
    view = view_of(reading, past)
    days: list[Day] = []
    for pattern, value_of in _RULES:
        for match in pattern.finditer(reading.folded):
            if _is_free(reading, days, match) and _may_be_a_day(reading.folded, match):
                days.append(Day(match.start(), match.end(), value_of(match, view)))
    return sorted(days, key=lambda day: day.start)


def view_of(reading: Reading, past: bool | None = None) -> View:
    """The message with its direction: back in time or forward."""
    backward = bool(PAST_CUE.search(reading.folded)) if past is None else past
    return View(reading.folded, reading.now.date(), backward, bool(_BIRTH_CUE.search(reading.folded)))


def _is_free(reading: Reading, days: list[Day], match: Match) -> bool:
    return reading.free(match.start(), match.end()) and all(
        match.end() <= day.start or match.start() >= day.end for day in days
    )


def _may_be_a_day(folded: str, match: Match) -> bool:
    before, after = folded[: match.start()], folded[match.end() :]
    if _CENTER_BEFORE.search(before) or _NO_DAY_AFTER.match(after):
        return False
    named_month = re.search(MONTH, match.group()) is not None
    return not (named_month and (_STREET_BEFORE.search(before) or _HOUSE_NUMBER.match(after)))


def _refused(folded: str, day: Day) -> bool:
    return bool(_REFUSED_BEFORE.search(folded[: day.start]) or _REFUSED_AFTER.match(folded[day.end :]))


def _lasts(folded: str, day: Day) -> bool:
    """Whether "hace 2 meses que …" tells how long, not when."""
    return folded.startswith("hace", day.start) and bool(re.match(r"\s*que\b", folded[day.end :]))


def _numeric(match: Match, view: View) -> date | None:
    day, month = int(match["d"]), int(match["m"])
    if match["y"]:
        return real_date(year_of(int(match["y"]), view.today, view.birth), month, day)
    return day_and_month(day, month, view.today, view.past)


def _named(match: Match, view: View) -> date | None:
    day = 1 if match["d"].startswith("prim") else number_of(re.sub(r"(?:ro|er|°|º)$", "", match["d"]))
    month = MONTHS[match["m"]]
    if match["y"]:
        return real_date(year_of(int(match["y"]), view.today, view.birth), month, day)
    return day_and_month(day, month, view.today, view.past)


def _weekday(match: Match, view: View) -> date | None:
    past = view.past or bool(match["past"])
    day = weekday(WEEKDAYS[match["w"]], view.today, past, next_week=bool(match["week"]))
    if not match["n"]:
        return day
    by_number = day_number(int(match["n"]), view.today, past)
    return by_number if by_number and by_number.weekday() == WEEKDAYS[match["w"]] else None


def _number(match: Match, view: View) -> date | None:
    day = int(match["n"])
    if match["which"]:
        shift = -1 if "pasado" in match["which"] else 0 if "este" in match["which"] else 1
        year, month = month_shift(view.today.year, view.today.month, shift)
        return real_date(year, month, day)
    return day_number(day, view.today, view.past)


def _away(match: Match, view: View) -> date | None:
    amount = number_of(match["n"])
    amount = -amount if match["way"] == "hace" else amount
    if match["unit"].startswith("dia"):
        return view.today + timedelta(days=amount)
    if match["unit"].startswith("semana"):
        return view.today + timedelta(days=7 * amount)
    return months_away(view.today, amount)


def _ordinal(match: Match, view: View) -> date | None:
    order = {"prim": 1, "segu": 2, "terc": 3, "cuar": 4, "ulti": -1}[match["nth"][:4]]
    return nth_weekday(order, WEEKDAYS[match["w"]], MONTHS[match["m"]], view.today)


def _shift(days: int) -> Callable[[Match, View], date | None]:
    return lambda match, view: view.today + timedelta(days=days)


def _rules() -> Iterator[Rule]:
    yield (
        re.compile(rf"\b(?P<nth>prim\w+|segund\w+|tercer\w*|cuart\w+|ultim\w+) (?P<w>{WEEKDAY}) de (?P<m>{MONTH})\b"),
        _ordinal,
    )
    yield (
        re.compile(
            r"(?<![\d/.\-])(?P<d>[0-3]?\d)\s?(?P<s>[/.\-])\s?(?P<m>[01]?\d)"
            r"(?:\s?(?P=s)\s?(?P<y>\d{4}|\d{2}))?(?![\d]|[/.\-]\d)(?!\s?(?:hs|horas|kg))"
        ),
        _numeric,
    )
    yield (
        re.compile(
            rf"\b(?P<d>primero|1ro|1er|1[°º]|{NUMBER})\s*(?:de |del mes de |/|-)?\s*(?P<m>{MONTH})\b"
            rf"(?:\s*(?:de |del |/|-)?\s*(?P<y>\d{{4}}|\d{{2}})\b(?!\s*(?:hs|horas|:)))?"
        ),
        _named,
    )
    yield (
        re.compile(
            rf"\b(?:(?:el|este|proximo|los|para el) )*(?P<w>{WEEKDAY})\b"
            r"(?: (?P<n>[0-3]?\d)\b(?!\s?(?:hs|horas|:)))?"
            r"(?P<week> de la (?:semana que viene|proxima semana|otra semana))?"
            r"(?: que viene| proximo)?(?P<past> pasado)?"
        ),
        _weekday,
    )
    yield (
        re.compile(
            r"\b(?:el|dia) (?:dia )?(?P<n>[0-3]?\d)\b"
            r"(?P<which> (?:del mes (?:pasado|que viene|proximo)|de este mes|del proximo mes|del corriente))?"
            r"(?!\s?(?:[/:.]\d|de|hs|horas|semanas|meses))"
        ),
        _number,
    )
    yield re.compile(rf"\b(?P<way>hace|en|dentro de) (?P<n>{NUMBER}) (?P<unit>dias?|semanas?|mes(?:es)?)\b"), _away
    yield re.compile(r"\bpasado manana\b"), _shift(2)
    yield re.compile(r"\b(?:antes de ayer|anteayer|antiayer|antier)\b"), _shift(-2)
    yield re.compile(r"\b(?:ayer|anoche)\b"), _shift(-1)
    yield re.compile(r"\bhoy\b"), _shift(0)
    yield re.compile(r"(?<!a la )(?<!por la )(?<!de la )(?<!a )(?<!de )(?<!la )\bmanana\b"), _shift(1)
    yield re.compile(r"(?:^|, ?|\b(?:para|el|voy|dia) )pasado(?=$| (?:a la|por la|si|puedo|me)\b|[,.])"), _shift(2)
    yield re.compile(r"\b(?P<d>[0-3]?\d) del (?P<m>1[0-2]|0?[1-9])(?P<y>)\b(?!\s*[\d/])"), _numeric
    yield re.compile(r"\b(?:a )?fin de mes\b"), lambda match, view: last_of_month(view.today)


_RULES = tuple(_rules())
