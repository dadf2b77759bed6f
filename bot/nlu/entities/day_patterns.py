"""The ways in which a day is named, as patterns with the day they stand for (docs/nlu.md, "Weeks, days and hours")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.entities.calendar import (
    MONTH,
    WEEKDAY,
    last_of_month,
)
from bot.nlu.entities.day_values import (
    ValueOf,
    away_day,
    day_in_month,
    day_of_week,
    first_or_number_day,
    iso_day,
    named_day,
    nothing,
    number_day,
    numeric_day,
    ordinal_day,
    shift,
)
from bot.nlu.entities.numbers import NUMBER

_NEXT_WEEK = r"(?:semana que viene|proxima semana|semana proxima|semana siguiente|siguiente semana)"
_UNIT_AFTER = (
    r"(?!\s?(?:horas?\b|h\b|am\b|pm\b|a\.m|p\.m|semanas?|mes(?:es)?\b|dias?\b|anos?|anitos?|hij|kilos?"
    r"|kg|gramos|grados|cm\b|mm\b"
    r"|°|%|cuadras|minutos|veces|piso|bis\b|controles|embarazos?|y medi|y cuarto|menos cuarto))"
)
_NUMERIC = (
    r"(?<![\d/.\-+,])(?P<d>\d{1,2}) ?(?P<s>[/.\-]) ?(?P<m>[01]?\d)(?: ?[/.\-] ?(?P<y>(?:19|20)\d\d|\d\d))?"
    r"(?!\d|[/.:]\d|-\d(?!\d?:\d))" + _UNIT_AFTER
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


@dataclass(frozen=True)
class Pattern:
    """One way to name a day: `kind` tells how sure its value is beside another."""

    kind: str
    regex: re.Pattern[str]
    value_of: ValueOf


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
        ordinal_day,
    )
    yield Pattern(
        "exact", re.compile(r"(?<![\d/\-])(?P<y>20\d\d|19\d\d)[/\-](?P<m>\d\d)[/\-](?P<d>\d\d)(?!\d)"), iso_day
    )
    yield Pattern("exact", re.compile(_NUMERIC), numeric_day)
    yield Pattern(
        "exact",
        re.compile(r"(?<![\d.\-/])(?P<d>\d{1,2})(?P<s> )(?P<m>[01]?\d) (?:de[l ]* ?)?(?P<y>(?:19|20)\d\d)\b"),
        numeric_day,
    )
    yield Pattern(
        "exact",
        re.compile(
            r"\b(?:(?<=el )|(?<=dia )|(?=\d{1,2} del))(?P<d>\d{1,2}) del? (?:mes )?(?P<m>1[0-2]"
            r"|0?[1-9])\b(?P<s>)(?: del? (?P<y>(?:19|20)?\d\d))?(?! ?[\d/])" + _UNIT_AFTER
        ),
        numeric_day,
    )
    yield Pattern("exact", re.compile(_NAMED), named_day)


def _weekdays() -> Iterator[Pattern]:
    yield Pattern(
        "weekday",
        re.compile(
            rf"(?:\b(?P<ahead>(?:la |esta |para la )?(?:{_NEXT_WEEK}|semana pasada|esta semana))[ ,]+)?"
            rf"\b(?:(?:el|este|proximo|dia|para el|ese) )*(?P<gone>pasado )?(?P<w>{WEEKDAY}|mar(?= "
            r"\d{1,2}\b(?! de)))\b"
            rf"(?: (?:dia )?(?P<n>{NUMBER}|1e?ro|primero)\b(?! ?(?:[:/.\-]\d|de\b|del\b|{MONTH}\b|y media|y cuarto"
            rf"|menos cuarto)){_UNIT_AFTER})?"
            rf"(?P<week>,? de (?:la |esta )?(?:{_NEXT_WEEK}|proxima\b|que viene|semana pasada|pasada\b"
            rf"|esta semana|semana\b(?= que viene))|,? (?:la )?{_NEXT_WEEK})?"
            r"(?: que viene| proximo| que sigue| siguiente)?(?P<past> pasado\b(?! manana)| ultimo)?"
        ),
        day_of_week,
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
        day_in_month,
    )
    yield Pattern(
        "exact",
        re.compile(
            r"\b(?:el|dia|este|(?<=turno )del|(?<=cita )del|(?<=control )del) (?:dia )?(?P<n>(?!una?\b"
            rf"|uno\b){NUMBER}|1ro|1ero|primero)\b(?P<which>{which})?(?P<past> pasado\b(?! manana))?"
            r"(?! ?(?:[/:.]\d|de (?!tarde|manana|madrugada|noche)|del\b))" + _UNIT_AFTER
        ),
        first_or_number_day,
    )
    yield Pattern(
        "exact",
        re.compile(r"\b(?P<n>\d{1,2})(?P<which> de este mes| del mes que viene| del mes pasado| del corriente)\b"),
        number_day,
    )
    yield Pattern(
        "exact",
        re.compile(
            r"\b(?P<way>hace|en|dentro de|de aca a|de aqui a|en unos?)(?: ya| como| unos| unas| mas o "
            r"menos| aproximadamente| alrededor de)* "
            rf"(?P<n>{NUMBER}) (?P<unit>dias?|semanas?|mes(?:es)?)\b(?P<back> atras)?(?! y (?:medi|algo|pico))"
        ),
        away_day,
    )
    yield Pattern(
        "exact",
        re.compile(rf"\b(?P<way>)(?P<n>{NUMBER}) (?P<unit>dias?|semanas?|mes(?:es)?)(?P<back> atras)\b"),
        away_day,
    )


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
        yield Pattern("relative", re.compile(regex), shift(days))
    end_of_month = r"\b(?:a |para )?fin de (?:este )?mes\b|\bultimo dia (?:del|de este) mes\b"
    yield Pattern("exact", re.compile(end_of_month), lambda match, view: last_of_month(view.today))


def _all() -> Iterator[Pattern]:
    yield from (Pattern("unsure", re.compile(regex), nothing) for regex in _no_single_day())
    yield from _absolute()
    yield from _weekdays()
    yield from _numbers()
    yield from (Pattern("unsure", re.compile(regex), nothing) for regex in _weeks_and_months())
    yield from _words()


PATTERNS = tuple(_all())
