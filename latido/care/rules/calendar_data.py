"""The calendars as values, read from data/care: dated, with source and sign-off."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from latido.care.rules.calendar import Age, AgeWindow, Calendar, Item, Kind, WeeksWindow, Window

DATA = Path(__file__).resolve().parents[3] / "data" / "care"
PRENATAL_CALENDAR = DATA / "prenatal_calendar.yml"
PEDIATRIC_CALENDAR = DATA / "pediatric_calendar.yml"
VACCINES = DATA / "vaccines.yml"
_WEEKS = re.compile(r"(\d{1,2})\+([0-6])")
_AGE = re.compile(r"(?:(\d{1,3})m)?(?:(\d{1,3})d)?")


class BadCalendar(ValueError):
    """A row of a calendar cannot be used as written; the message names it and says what is wrong."""


def load_prenatal_calendar(path: Path = PRENATAL_CALENDAR, vaccines: Path = VACCINES) -> Calendar:
    """The check-ups, studies and vaccines of a pregnancy; BadCalendar or KeyError says what is wrong."""
    return _calendar(_read(path), _read(vaccines), "pregnancy", _weeks_window)


def load_pediatric_calendar(path: Path = PEDIATRIC_CALENDAR, vaccines: Path = VACCINES) -> Calendar:
    """The check-ups, studies and vaccines of a baby; BadCalendar or KeyError says what is wrong."""
    return _calendar(_read(path), _read(vaccines), "childhood", _age_window)


@cache
def load_calendars() -> Mapping[str, Calendar]:
    """The calendars that ship with Latido, by service."""
    return {"prenatal": load_prenatal_calendar(), "pediatric": load_pediatric_calendar()}


def read_age(words: str) -> Age:
    """An age such as "3m15d"; BadCalendar when it is none."""
    found = _AGE.fullmatch(words)
    if not words or found is None:
        raise BadCalendar(f'{words!r} is no age: write it as "7d", "2m" or "3m15d"')
    return Age(int(found[1] or 0), int(found[2] or 0))


def _calendar(
    content: Mapping[str, Any], vaccines: Mapping[str, Any], whose: str, window: Callable[[Mapping[str, Any]], Window]
) -> Calendar:
    rows: list[tuple[Kind, Mapping[str, Any]]] = [("checkup", row) for row in content["checkups"]]
    rows += [("study", row) for row in content["studies"]]
    rows += [("vaccine", row) for row in vaccines[whose]]
    return Calendar(
        version=content["version"],
        official_minimum=content["official_minimum"],
        sources=tuple(_source(row) for row in [*content["sources"], *vaccines["sources"]]),
        items=tuple(_item(kind, row, window(row)) for kind, row in rows),
        past={**content["past"], **vaccines["past"]},
    )


def _item(kind: Kind, row: Mapping[str, Any], window: Window) -> Item:
    first, last = window.dates(date(2026, 1, 1))
    if first > last:
        raise BadCalendar(f"{row['code']} ends before it begins")
    return Item(
        kind, row["code"], row["title"], row.get("detail"), window, row.get("born_from"), row.get("born_before")
    )


def _weeks_window(row: Mapping[str, Any]) -> Window:
    return WeeksWindow(_days(row, "from"), _days(row, "to"))


def _age_window(row: Mapping[str, Any]) -> Window:
    return AgeWindow(read_age(row["from"]), read_age(row["before"]))


def _days(row: Mapping[str, Any], name: str) -> int:
    found = _WEEKS.fullmatch(str(row[name]))
    if found is None:
        raise BadCalendar(f'{row["code"]}: {row[name]!r} is no week of pregnancy: write it as "35+0"')
    return int(found[1]) * 7 + int(found[2])


def _source(row: Mapping[str, Any]) -> Mapping[str, str]:
    return {"name": str(row["name"]), "as_of": str(row["as_of"])}


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
