"""The ways in which a day is named, as patterns with the day they stand for (the rules of docs/nlu.md, "Days")."""

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
from bot.nlu.entities.numbers import NUMBER, number_of

Match = re.Match[str]

_NEXT_WEEK = r"(?:semana que viene|proxima semana|semana proxima|semana siguiente|siguiente semana)"
_UNIT_AFTER = (
    r"(?!\s?(?:horas?\b|h\b|am\b|pm\b|a\.m|p\.m|semanas?|mes(?:es)?\b|dias?\b|anos?|anitos?|hij|kilos?"
    r"|kg|gramos|grados|cm\b|mm\b"
    r"|°|%|cuadras|minutos|veces|piso|bis\b|controles|embarazos?|y medi|y cuarto|menos cuarto))"
)
_NUMERIC = (
    r"(?<![\d/.\-+,])(?P<d>\d{1,2}) ?(?P<s>[/.\-]) ?(?P<m>[01]?\d)(?: ?[/.\-] ?(?P<y>(?:19|20)\d\d|\d\d))?"
    r"(?!\d|[/.\-]\d)" + _UNIT_AFTER
)
_HOUR_AFTER = r"(?! ?(?:horas|h\b|:\d|a \d|y medi|y cuarto|am\b|pm\b|de la))"
_NAMED = (
    rf"\b(?P<gone>pasado )?(?P<d>primero|primer dia|1ro|1ero|1er|1[°º]|(?!una? ){NUMBER})[ .]*(?:de |del "
    r"|del mes de |/|-"
    r"|, )?(?:mes de )?"
    rf" ?(?P<m>{MONTH})\b(?! del plata)"
    r"(?:(?P<year> (?:de |del |de el )?(?:este ano|ano pasado|ano que viene|ano proximo|proximo ano))"
    rf"|[ ,]*(?:del? (?:ano )?|ano |[\-/] ?)?(?P<y>(?:19|20)\d\d)\b{_HOUR_AFTER}"
    rf"|(?: del? (?:ano )?'?| ?[\-/] ?| ')(?P<short>\d\d)\b{_HOUR_AFTER}"
    r"|[ ,]+(?P<bare>\d\d)(?= ?(?:$|[,.;!?\n])))?"
    r"(?P<past> pasado| ultimo)?"
)


class NoDay(Exception):
    """What looked like a day is none (a price, a temperature, an hour)."""


@dataclass(frozen=True)
class View:
    """What a pattern needs to know: today, whether to look back, whether it is a birth."""

    today: date
    past: bool
    birth: bool = False


ValueOf = Callable[[Match, View], "date | None"]


@dataclass(frozen=True)
class Pattern:
    """One way to name a day: `kind` tells how sure its value is beside another."""

    kind: str
    regex: re.Pattern[str]
    value_of: ValueOf


def _numeric(match: Match, view: View) -> date | None:
    day, month = int(match["d"]), int(match["m"])
    decimal = match["s"] == "." and " " in match.group()
    if not 1 <= day <= 31 or month == 0 or (month > 12 and match["s"] != "/") or decimal:
        raise NoDay
    if match["y"]:
        return real_date(year_of(int(match["y"]), view.today, view.birth), month, day)
    return day_and_month(day, month, view.today, view.past)


def _day_of(written: str) -> int:
    """The day of a month: a number, or "primero" in one of its ways."""
    return 1 if re.match(r"prim|1(?:er|ro|°|º)", written) else number_of(written)


def _iso(match: Match, view: View) -> date | None:
    return real_date(int(match["y"]), int(match["m"]), int(match["d"]))


def _named(match: Match, view: View) -> date | None:
    day, month = _day_of(match["d"]), MONTHS[match["m"]]
    year = match["y"] or match["short"] or (match["bare"] if view.birth else None)
    if year:
        return real_date(year_of(int(year), view.today, view.birth), month, day)
    if match["year"]:
        shift = -1 if "pasado" in match["year"] else 0 if "este" in match["year"] else 1
        return real_date(view.today.year + shift, month, day)
    return day_and_month(day, month, view.today, view.past or bool(match["past"] or match["gone"]))


def _weekday(match: Match, view: View) -> date | None:
    number, week = WEEKDAYS[match["w"]], match["week"] or match["ahead"] or ""
    monday = view.today - timedelta(days=view.today.weekday())
    if "esta semana" in week:
        return monday + timedelta(days=number)
    if "pasada" in week:
        return monday + timedelta(days=number - 7)
    past = view.past or bool(match["past"] or match["gone"])
    day = weekday(number, view.today, past, next_week=bool(week))
    return _checked(match, view, day, past) if match["n"] else day


def _checked(match: Match, view: View, day: date, past: bool) -> date | None:
    """The number counts; None when no such day is that weekday soon, so that she is asked."""
    number = _day_of(match["n"])
    by_number = day_number(number, view.today, past)
    if view.today.day == number and view.today.weekday() == day.weekday():
        return view.today
    return by_number if by_number and by_number.weekday() == day.weekday() else None


def _number(match: Match, view: View) -> date | None:
    day = _day_of(match["n"])
    if not 1 <= day <= 31:
        raise NoDay
    if match["which"]:
        shift = -1 if "pasado" in match["which"] else 0 if re.search("este|corriente", match["which"]) else 1
        year, month = month_shift(view.today.year, view.today.month, shift)
        return real_date(year, month, day)
    return day_number(day, view.today, view.past or bool(match.groupdict().get("past")))


def _in_month(match: Match, view: View) -> date | None:
    year, month = month_shift(view.today.year, view.today.month, -1 if "pasado" in match["which"] else 1)
    return real_date(year, month, number_of(match["n"]))


def _away(match: Match, view: View) -> date | None:
    amount = number_of(match["n"])
    back = match["way"] == "hace" or bool(match["back"])
    amount = -amount if back else amount
    if match["unit"].startswith("dia"):
        return view.today + timedelta(days=amount)
    if match["unit"].startswith("semana"):
        return view.today + timedelta(days=7 * amount)
    return months_away(view.today, amount)


def _ordinal(match: Match, view: View) -> date | None:
    order = {"prim": 1, "segu": 2, "terc": 3, "cuar": 4, "ulti": -1, "1": 1, "2": 2, "3": 3}[_start_of(match["nth"])]
    if match["m"]:
        return nth_weekday(order, WEEKDAYS[match["w"]], MONTHS[match["m"]], view.today)
    _, month = month_shift(view.today.year, view.today.month, 1 if re.search("viene|proximo", match["which"]) else 0)
    day = nth_weekday(order, WEEKDAYS[match["w"]], month, view.today)
    return day if day and day >= view.today else None


def _start_of(nth: str) -> str:
    return nth[0] if nth[0].isdigit() else nth[:4]


def _shift(days: int) -> ValueOf:
    return lambda match, view: view.today + timedelta(days=days)


def _nothing(match: Match, view: View) -> date | None:
    return None


def _no_single_day() -> Iterator[str]:
    yield rf"\b(?:el |este )?otro {WEEKDAY}\b"
    yield rf"\b(?:todos los|cualquier|algun|los|un|cada|dos|ni los) {WEEKDAY}s?\b(?! {NUMBER}\b)"
    yield (
        rf"\bde (?:hoy|aca|manana|{WEEKDAY}) en (?:8|15|ocho|quince)\b|\b(?:en|dentro de) (?:unos |como "
        r")?(?:8|15|ocho|quince) dias\b"
    )
    yield (
        r"\b(?:principios?|comienzos?|mediados?|fines|finales|primera semana|segunda semana|ultima semana) "
        r"del? (?:mes|ano|\w+)\b"
    )
    yield r"\b(?:este |el |los )?(?:fin(?:es)? de semana)\b|\b(?:dias? de semana|entre semana)\b"
    yield r"\b(?:cualquier (?:dia|momento|fecha)|cualquiera de (?:los|estos))\b"
    yield (
        r"\b(?:despues|pasando|pasadas|antes) (?:de )?(?:las fiestas|navidad|ano nuevo|reyes|vacaciones|las "
        r"vacaciones|el feriado)\b"
    )


def _weeks_and_months() -> Iterator[str]:
    yield rf"\b(?:la |esta |para la )?(?:{_NEXT_WEEK}|otra semana|semana pasada)\b"
    yield r"\b(?:el )?(?:mes que viene|mes proximo|proximo mes|mes pasado|otro mes)\b"


def _absolute() -> Iterator[Pattern]:
    months = rf"(?P<m>{MONTH})|(?P<which>(?:este |proximo )?mes(?: que viene| proximo)?)"
    yield Pattern(
        "exact",
        re.compile(
            r"\b(?:el )?(?P<nth>prim\w+|segund\w+|tercer\w*|cuart\w+|ultim\w+|[123](?:er|ro|do)) "
            rf"(?P<w>{WEEKDAY}) del? (?:{months})\b"
        ),
        _ordinal,
    )
    yield Pattern("exact", re.compile(r"(?<![\d/\-])(?P<y>20\d\d|19\d\d)[/\-](?P<m>\d\d)[/\-](?P<d>\d\d)(?!\d)"), _iso)
    yield Pattern("exact", re.compile(_NUMERIC), _numeric)
    yield Pattern(
        "exact",
        re.compile(r"(?<![\d.\-/])(?P<d>\d{1,2})(?P<s> )(?P<m>[01]?\d) (?:de[l ]* ?)?(?P<y>(?:19|20)\d\d)\b"),
        _numeric,
    )
    yield Pattern(
        "exact",
        re.compile(
            r"\b(?:(?<=el )|(?<=dia )|(?=\d{1,2} del))(?P<d>\d{1,2}) del? (?:mes )?(?P<m>1[0-2]"
            r"|0?[1-9])\b(?P<s>)(?: del? (?P<y>(?:19|20)?\d\d))?(?! ?[\d/])" + _UNIT_AFTER
        ),
        _numeric,
    )
    yield Pattern("exact", re.compile(_NAMED), _named)


def _weekdays() -> Iterator[Pattern]:
    yield Pattern(
        "weekday",
        re.compile(
            rf"(?:\b(?P<ahead>(?:la |esta |para la )?(?:{_NEXT_WEEK}|semana pasada|esta semana))[ ,]+)?"
            rf"\b(?:(?:el|este|proximo|dia|para el|ese) )*(?P<gone>pasado )?(?P<w>{WEEKDAY})\b"
            rf"(?: (?:dia )?(?P<n>{NUMBER}|1e?ro|primero)\b(?! ?(?:[:/.\-]\d|de\b|del\b|{MONTH}\b|y media|y cuarto"
            rf"|menos cuarto)){_UNIT_AFTER})?"
            rf"(?P<week>,? de (?:la |esta )?(?:{_NEXT_WEEK}|proxima\b|que viene|semana pasada|pasada\b"
            rf"|esta semana|semana\b(?= que viene))|,? (?:la )?{_NEXT_WEEK})?"
            r"(?: que viene| proximo| que sigue| siguiente)?(?P<past> pasado\b(?! manana)| ultimo)?"
        ),
        _weekday,
    )


def _numbers() -> Iterator[Pattern]:
    which = (
        r" del? (?:mes )?(?:pasado|que viene|proximo)\b| de este mes| del (?:proximo|pasado) mes| del "
        r"corriente| del presente"
    )
    yield Pattern(
        "exact",
        re.compile(
            rf"\b(?:el )?(?P<which>mes (?:pasado|que viene|proximo)|proximo mes)[ ,]+(?:el )(?:dia )?(?P<n>{NUMBER})\b"
        ),
        _in_month,
    )
    yield Pattern(
        "exact",
        re.compile(
            r"\b(?:el|dia|este|(?<=turno )del|(?<=cita )del|(?<=control )del) (?:dia )?(?P<n>(?!una?\b"
            rf"|uno\b){NUMBER}|1ro|1ero|primero)\b(?P<which>{which})?(?P<past> pasado\b(?! manana))?"
            r"(?! ?(?:[/:.]\d|de (?!tarde|manana|madrugada|noche)|del\b))" + _UNIT_AFTER
        ),
        _first_or_number,
    )
    yield Pattern(
        "exact",
        re.compile(r"\b(?P<n>\d{1,2})(?P<which> de este mes| del mes que viene| del mes pasado| del corriente)\b"),
        _number,
    )
    yield Pattern(
        "exact",
        re.compile(
            r"\b(?P<way>hace|en|dentro de|de aca a|de aqui a|en unos?)(?: ya| como| unos| unas| mas o "
            r"menos| aproximadamente| alrededor de)* "
            rf"(?P<n>{NUMBER}) (?P<unit>dias?|semanas?|mes(?:es)?)\b(?P<back> atras)?(?! y (?:medi|algo|pico))"
        ),
        _away,
    )
    yield Pattern(
        "exact", re.compile(rf"\b(?P<way>)(?P<n>{NUMBER}) (?P<unit>dias?|semanas?|mes(?:es)?)(?P<back> atras)\b"), _away
    )


def _first_or_number(match: Match, view: View) -> date | None:
    """ "El 28"; "el primero" only when a month is told, else it is a person or a thing."""
    if re.match(r"prim|1e?r", match["n"]) and not match["which"]:
        raise NoDay
    return _number(match, view)


def _words() -> Iterator[Pattern]:
    relative = (
        (r"\bpasado manana\b", 2),
        (r"\b(?:antes de ayer|anteayer|anteanoche|antes de anoche|antenoche)\b", -2),
        (r"\b(?:ayer|anoche)\b", -1),
        (r"\bhoy\b(?! en dia)|\besta (?:tarde|tardecita|manana|noche)\b|\bahora mismo\b", 0),
        (r"\bmanana\b", 1),
        (r"\bpasado\b", 2),
    )
    for regex, days in relative:
        yield Pattern("relative", re.compile(regex), _shift(days))
    end_of_month = r"\b(?:a |para )?fin de (?:este )?mes\b|\bultimo dia (?:del|de este) mes\b"
    yield Pattern("exact", re.compile(end_of_month), lambda match, view: last_of_month(view.today))


def _all() -> Iterator[Pattern]:
    yield from (Pattern("unsure", re.compile(regex), _nothing) for regex in _no_single_day())
    yield from _absolute()
    yield from _weekdays()
    yield from _numbers()
    yield from (Pattern("unsure", re.compile(regex), _nothing) for regex in _weeks_and_months())
    yield from _words()


PATTERNS = tuple(_all())
