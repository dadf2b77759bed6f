"""`time_of_day`: an hour, a part of the day, or both."""

from __future__ import annotations

import re

from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, number_of

_PARTS = (
    ("morning", re.compile(r"\b(?:(?:a|por|de|en) la manana|(?:de|a|por) manana|temprano|tempranito)\b")),
    (
        "afternoon",
        re.compile(r"\b(?:(?:a|por|de|en) la (?:tarde|tardecita)|(?:de|por|a) tarde|tardecita|(?<!mas )tarde)\b"),
    ),
)
_UNSURE = re.compile(r"\b(?:despues|antes|a partir|pasadas) de las?\b|\ba la noche\b")
_NOON = re.compile(r"\b(?:al |a )?mediodia\b")
_WITH_MINUTES = re.compile(
    r"(?<![\d/.\-])(?P<h>[01]?\d|2[0-3])(?P<s>[:.])(?P<m>[0-5]\d)(?![\d/\-]|\.\d)(?:\s*(?P<suffix>am|pm|hs?|horas?))?"
)
_HOUR = re.compile(
    rf"\b(?P<cue>a las?|las|tipo|desde las|para las|como a las) (?P<h>{NUMBER})\b(?![:.]\d|\s*(?:semanas|meses|dias))"
    r"(?P<more> y (?:media|cuarto)| menos cuarto| y \d{1,2})?(?:\s*(?P<suffix>am|pm|hs?|horas?))?"
)
_HOUR_SUFFIX = re.compile(
    rf"\b(?P<h>{NUMBER})(?P<more> y (?:media|cuarto)| menos cuarto)?\s?(?P<suffix>am|pm|hs|horas)\b"
)
_HALF = re.compile(rf"\b(?P<h>{NUMBER})(?P<more> y (?:media|cuarto)| menos cuarto)(?P<suffix>)\b")
_OF_PART = re.compile(
    rf"\b(?P<h>{NUMBER})(?P<more> y (?:media|cuarto)| menos cuarto)? de la (?P<suffix>manana|tarde|noche)\b"
)
_IN_HOURS = re.compile(r"\b(?:hace|en|cada|dentro de|por|durante|ultimas)\s+$")
_MINUTES = {" y media": 30, " y cuarto": 15, " menos cuarto": -15}


def find_time(reading: Reading) -> None:
    """Adds `time_of_day` when the message names an hour or a part of the day."""
    part, span = _part(reading)
    hour, hour_span = (None, None) if _UNSURE.search(reading.folded) else _hour(reading, part)
    if hour:
        part = part or ("morning" if int(hour[:2]) < 12 else "afternoon" if int(hour[:2]) < 20 else None)
    span = hour_span or span
    if span and (part or hour):
        reading.add("time_of_day", {"part": part, "time": hour}, *span)


def _part(reading: Reading) -> tuple[str | None, tuple[int, int] | None]:
    for name, pattern in _PARTS:
        match = pattern.search(reading.folded)
        if match and reading.free(*match.span()):
            return name, match.span()
    return None, None


def _hour(reading: Reading, part: str | None) -> tuple[str | None, tuple[int, int] | None]:
    for pattern in (_WITH_MINUTES, _OF_PART, _HOUR, _HOUR_SUFFIX, _HALF):
        for match in pattern.finditer(reading.folded):
            if not reading.free(*match.span()) or _IN_HOURS.search(reading.folded[: match.start()]):
                continue
            clock = _clock(match, part)
            if clock:
                return clock, match.span()
    noon = _NOON.search(reading.folded)
    return ("12:00", noon.span()) if noon else (None, None)


def _clock(match: re.Match[str], part: str | None) -> str | None:
    groups = match.groupdict()
    hour, minutes = number_of(groups["h"]), _minutes(groups)
    if hour > 23:
        return None
    exact = bool(groups.get("m")) and len(groups["h"]) == 2 and groups["h"].startswith("0")
    hour_of_day = hour if exact else _hour_of_day(hour, groups.get("suffix"), part)
    if hour_of_day is None:
        return None
    total = hour_of_day * 60 + minutes
    return f"{total // 60 % 24:02d}:{total % 60:02d}"


def _minutes(groups: dict[str, str | None]) -> int:
    if groups.get("m"):
        return int(groups["m"] or 0)
    more = groups.get("more") or ""
    return _MINUTES.get(more, int(more[3:]) if re.fullmatch(r" y \d{1,2}", more) else 0)


def _hour_of_day(hour: int, suffix: str | None, part: str | None) -> int | None:
    """24-hour clock; None for a bare 7, which may be either."""
    if suffix == "noche":
        return hour + 12 if 6 <= hour < 12 else None
    if suffix in ("pm", "tarde") or (part == "afternoon" and hour < 12):
        return hour % 12 + 12
    if suffix in ("am", "manana") or part == "morning" or hour == 0 or hour > 12:
        return hour
    if 1 <= hour <= 6:
        return hour + 12
    return None if hour == 7 else hour
