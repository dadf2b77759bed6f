"""`time_of_day`: an hour, a part of the day, or both; nothing where it is open, so that she is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, number_of

Span = tuple[int, int]

_PARTS = (
    (
        "morning",
        re.compile(
            r"\b(?:(?:a|por|de|en|durante) las? mananas?|(?:bien |mas )?temprano|(?<!partir )(?<!antes "
            r")(?<!luego )de mananas?|(?:a|por) "
            r"manana|esta manana"
            r"|turno de (?:la )?manana|(?:^|prefiero |en el )turno manana)\b"
        ),
    ),
    (
        "afternoon",
        re.compile(
            r"\b(?:(?:a|por|de|en|durante) las? (?:tardes?|tardecitas?)|(?:de|por|a) tardes?|tardecita|esta tarde"
            r"|(?<!mas )(?<!muy )(?<!llego )(?<!llegar )(?<!llegue )(?<!hizo )(?<!re )(?<!es )(?<!tan "
            r")(?<!demasiado )(?<!sea )(?<!buena )(?<!media )tarde)\b"
        ),
    ),
)
_REFUSED_BEFORE = re.compile(
    r"\b(?:no (?:puedo|me sirve|voy|quiero|llego|me queda)(?: bien| ir)?|no|menos|tampoco|nunca|ni"
    r"|salvo|excepto|trabajo|laburo|curso|estudio|trabaja) ?$"
)
_REFUSED_AFTER = re.compile(
    r"^ ?(?:no\b(?! (?:trabajo|laburo|curso|tengo nada|estoy ocupad|se\b))|imposible|tampoco|trabajo\b"
    r"|laburo\b|curso\b|se me complica|estoy ocupada)"
)
_CHOSEN_BEFORE = re.compile(
    r"\b(?:mejor|prefiero|preferiria|sino|digo|perdon|en realidad|me sirve|preferentemente)(?: si es| "
    r"seria| ir| que sea)? ?$"
)
_CHOSEN_AFTER = re.compile(
    r"^(?: mejor\b|,? ?(?:si\b|puedo\b|dale|me (?:sirve|viene bien|queda (?:bien|mejor))|prefiero|esta bien))"
)
_EITHER_PART = re.compile(r"\bmanana o (?:a la |por la |la |de )?tarde\b|\btarde o (?:a la |por la |la |de )?manana\b")

_OPEN = re.compile(
    r"\b(?:despues|antes|a partir|pasad[oa]s?|desde|hasta|recien|luego|luego de)(?: de| del| "
    rf"despues)*(?: las?| la| el)* ?(?:{NUMBER}(?:[:.]\d\d)?|mediodia)(?: y (?:media|cuarto)| horas| "
    r"h\b)*"
    rf"|\b(?:de|entre|desde)(?: las?)? {NUMBER}(?:[:.]\d\d)?(?: y (?:media|cuarto))?(?: horas| h)? (?:a"
    rf"|y|hasta)(?: las?)? {NUMBER}(?:[:.]\d\d)?(?: horas| h)?\b(?! (?:semanas|mes|dias|anos))"
    rf"|\b{NUMBER}(?: horas)? ?(?:a|-) ?{NUMBER} ?(?:horas|h|am|pm)\b"
)
_NOON = re.compile(r"\b(?:al |a |de |del )?(?:mediodia|medio dia)\b")
_MINUTES_MORE = (
    rf"(?P<more> y (?:media|cuarto|pico)| menos (?:cuarto|{NUMBER})| y {NUMBER}| (?:treinta|quince|cuarenta "
    r"y cinco|30|15|45))?"
)
_SUFFIX = r"(?: ?(?P<suffix>a\.? ?m\b\.?|p\.? ?m\b\.?|horas?\b|h\b|hrs\b))?"
_OF_PART = r"(?:,? ?(?:de|a|por|en) la (?P<part>manana|tarde|tardecita|noche)\b| (?:del|al) (?P<noon>mediodia))?"
_CUE = (
    r"\b(?P<cue>(?:a|para|por|desde|tipo|como|sobre|onda|y)? ?(?:a )?las|(?:a|para|tipo) la(?= (?:una"
    r"|1)\b)|tipo|onda|a eso de(?: las?)?|alrededor de(?: las?)?"
    r"|cerca de las?|como a las?|a ls|alas)"
)
_PATTERNS = (
    re.compile(
        r"(?<![\d/.\-,])(?P<h>[01]?\d|2[0-3])(?P<s>[:.]| : )(?P<m>[0-5]\d)(?![\d/\-]|\.\d|\.? "
        rf"?(?:kilos?|kg|semanas|grados|gramos|de fiebre|%|°))(?P<more>){_SUFFIX}{_OF_PART}"
    ),
    re.compile(
        rf"\b(?:cuarto|quince|15|diez|cinco|veinte|un cuarto) (?:pa|para) las? (?P<to>{NUMBER})\b(?P<more>){_OF_PART}"
    ),
    re.compile(
        rf"{_CUE} (?P<h>{NUMBER})\b(?![:.,/\-+]\d| (?:semanas?|mes(?:es)?|dias?|cuadras"
        rf"|anos?)\b){_MINUTES_MORE}{_SUFFIX}{_OF_PART}"
    ),
    re.compile(rf"{_CUE} (?P<hm>(?:0?[89]|1\d|2[0-3])[0-5]\d)\b{_SUFFIX}"),
    re.compile(r"\b(?P<hm>(?:0?[6-9]|1\d|2[0-3])[0-5]\d) ?(?P<suffix>horas|h)\b"),
    re.compile(
        rf"\b(?P<h>{NUMBER})\b(?P<more> y (?:media|cuarto|{NUMBER})| menos cuarto)? ?(?P<suffix>a\.? "
        rf"?m\b\.?|p\.? ?m\b\.?|horas|h\b|hrs\b){_OF_PART}"
    ),
    re.compile(
        rf"\b(?P<h>{NUMBER})(?P<more> y (?:media|cuarto)| menos cuarto)?,? (?:de|a|por) la "
        r"(?P<part>manana|tarde|tardecita|noche)\b"
    ),
    re.compile(rf"\b(?P<h>{NUMBER}) (?:del|de) (?P<noon>mediodia)\b"),
    re.compile(rf"\b(?P<h>{NUMBER})(?P<more> y (?:media|cuarto)| menos cuarto)\b(?! (?:kilos?|anos?|meses))"),
)
_NO_HOUR_BEFORE = re.compile(
    r"\b(?:hace|en|cada|dentro de(?: las)?|por|durante|ultimas|las ultimas|unas|semana|de|del dia|el"
    r"|dia|cesac|salita|sala|centro|numero|casa|manzana|desde hace|cesac el"
    r"|tengo|tiene|primeras|fiebre|barrio|villa)(?: casi| unas| como)? $"
)
# Without one of these no hour and no part of the day is told; most messages end here.
_MAYBE = re.compile(
    r"\d|\b(?:las?|tipo|onda|mediodia|medio|media|cuarto|mananas?|tardes?|tardecitas?|temprano|noche|horas?"
    r"|am|pm)\b"
)
_DAYS = ("date", "birth_date", "last_period_date", "due_date", "child_age")
_QUARTERS = {"media": 30, "cuarto": 15, "pico": 0, "treinta": 30, "quince": 15}


@dataclass(frozen=True)
class Clock:
    """An hour with the stretch that tells it."""

    time: str
    span: Span


def find_time(reading: Reading) -> None:
    """Adds `time_of_day` when the message names one hour or one part of the day."""
    if not _MAYBE.search(reading.folded):
        return
    part, span = _part(reading)
    hours = _hours(reading, part)
    hour = hours[0] if len({one.time for one in hours}) == 1 else None
    if hour:
        part = part or _part_of(hour.time)
        span = hour.span
    if span and (part or hour):
        reading.add_beside("time_of_day", {"part": part, "time": hour.time if hour else None}, *span)


def _part_of(time: str) -> str | None:
    return "morning" if time < "12:00" else "afternoon" if time < "20:00" else None


def _part(reading: Reading) -> tuple[str | None, Span | None]:
    """The part of the day that she can or prefers; none when she leaves two open."""
    if _EITHER_PART.search(reading.folded):
        return None, None
    said = [
        (name, match.span())
        for name, pattern in _PARTS
        for match in pattern.finditer(reading.folded)
        if _is_free(reading, match.span())
    ]
    open_to_her = [one for one in said if not _is_refused(reading.folded, one[1])]
    chosen = [one for one in open_to_her if _is_chosen(reading.folded, one[1])]
    for narrowed in (open_to_her, chosen):
        if len({name for name, _ in narrowed}) == 1:
            return narrowed[0]
    return None, None


def _is_free(reading: Reading, span: Span) -> bool:
    """Whether nothing but a day stands there: "esta tarde" is both."""
    return all(
        span[1] <= one.start or span[0] >= one.end or (one.entity in _DAYS and "esta " in reading.folded[slice(*span)])
        for one in reading.found
    )


def _is_refused(folded: str, span: Span) -> bool:
    return bool(
        _REFUSED_BEFORE.search(folded[: span[0]]) or _REFUSED_AFTER.match(folded[span[1] :])
    ) and not _is_chosen(folded, span)


def _is_chosen(folded: str, span: Span) -> bool:
    return bool(_CHOSEN_BEFORE.search(folded[: span[0]]) or _CHOSEN_AFTER.match(folded[span[1] :]))


def _hours(reading: Reading, part: str | None) -> list[Clock]:
    """The hours told exactly and not refused; "después de las 2" is none."""
    taken = [match.span() for match in _OPEN.finditer(reading.folded)]
    found: list[Clock] = []
    refused: list[Span] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(reading.folded):
            span = match.span()
            if not _apart(span, [*taken, *refused, *(one.span for one in found)]) or not reading.free(
                *_number_span(match)
            ):
                continue
            clock = None if _is_no_hour(reading.folded, match) else _clock(match, part)
            if clock and _is_refused(reading.folded, span):
                refused.append(span)
            elif clock:
                found.append(Clock(clock, span))
    noon = _NOON.search(reading.folded)
    if noon and not found and _apart(noon.span(), taken) and not _is_refused(reading.folded, noon.span()):
        found.append(Clock("12:00", noon.span()))
    chosen = [one for one in found if _is_chosen(reading.folded, one.span)]
    return chosen or _with_alternatives(reading.folded, found)


def _with_alternatives(folded: str, found: list[Clock]) -> list[Clock]:
    """ "A las 2 o 3" has two hours, though the second has no cue of its own."""
    more = [
        one
        for one in found
        if re.match(rf"^ (?:o|u) (?:a las? )?{NUMBER}\b(?! (?:semanas|mes|dias))", folded[one.span[1] :])
    ]
    return [] if more else found


def _apart(span: Span, others: list[Span]) -> bool:
    return all(span[1] <= start or span[0] >= end for start, end in others)


def _number_span(match: re.Match[str]) -> Span:
    groups = match.groupdict()
    return match.span(next(name for name in ("h", "hm", "to") if groups.get(name)))


def _is_no_hour(folded: str, match: re.Match[str]) -> bool:
    groups = match.groupdict()
    if groups.get("cue") is not None or groups.get("to"):
        return False
    before = folded[: match.start()]
    if groups.get("m") or groups.get("part"):
        return bool(re.search(r"\b(?:fiebre|presion|peso|pesa|temperatura|hace|cada)(?: de| es)? $", before))
    return bool(_NO_HOUR_BEFORE.search(before))


def _clock(match: re.Match[str], part: str | None) -> str | None:
    groups = match.groupdict()
    if groups.get("hm"):
        return _checked(int(groups["hm"][:-2]), int(groups["hm"][-2:]))
    if groups.get("to"):
        less = {"quince": 15, "15": 15, "diez": 10, "cinco": 5, "veinte": 20}.get(match.group().split()[0], 15)
        hour = _hour_of_day(number_of(groups["to"]), None, groups.get("part"), part)
        return None if hour is None else _checked(hour, -less)
    if number_of(groups["h"]) > 23:
        return None
    exact = groups["h"].startswith("0") and len(groups["h"]) == 2
    hour = (
        number_of(groups["h"])
        if exact
        else _hour_of_day(number_of(groups["h"]), groups.get("suffix"), groups.get("part"), part, groups.get("noon"))
    )
    return None if hour is None else _checked(hour, _minutes(groups))


def _checked(hour: int, minutes: int) -> str:
    total = hour * 60 + minutes
    return f"{total // 60 % 24:02d}:{total % 60:02d}"


def _minutes(groups: dict[str, str | None]) -> int:
    if groups.get("m"):
        return int(groups["m"] or 0)
    more = (groups.get("more") or "").strip()
    if not more:
        return 0
    words = more.removeprefix("y ").removeprefix("menos ")
    minutes = _QUARTERS.get(words)
    if minutes is None:
        minutes = number_of(words)
    return -minutes if more.startswith("menos") else minutes


def _hour_of_day(
    hour: int, suffix: str | None, of: str | None, part: str | None, noon: str | None = None
) -> int | None:
    """24-hour clock; None for a bare 7, which may be either."""
    plain_suffix = re.sub(r"[^a-z]", "", suffix or "")
    if of == "noche":
        return hour + 12 if 6 <= hour < 12 else None
    if hour > 12 or hour == 0:
        return hour
    if (
        plain_suffix == "pm"
        or of in ("tarde", "tardecita")
        or noon
        or (part == "afternoon" and not of and plain_suffix != "am")
    ):
        return hour % 12 + 12
    if plain_suffix == "am" or of == "manana" or part == "morning":
        return hour
    if 1 <= hour <= 6:
        return hour + 12
    return None if hour == 7 else hour
