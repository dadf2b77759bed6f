"""Content as values, read from data/content (cards and their pace), data/care/tips.yml and workshops.yml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from latido.reminders.rules.content import Card, Content, Pace, Stage, Workshop

DATA = Path(__file__).resolve().parents[2] / "data"
FOLDER = DATA / "content"
TIPS = DATA / "care" / "tips.yml"
WORKSHOPS = DATA / "care" / "workshops.yml"
FILES: Mapping[Stage, str] = {"pregnancy": "pregnancy.yml", "child": "baby.yml"}
DAYS_IN_WEEK = 7
LONGEST_TEXT, LONGEST_TITLE, LONGEST_LINE = 560, 60, 240
Given = Mapping[str, Any]


class BadContent(ValueError):
    """The content cannot be used as written; the message names the file and the card and says what is wrong."""


@cache
def load_content(folder: Path = FOLDER, workshops: Path = WORKSHOPS) -> Content:
    """All cards with their pace and the workshops that centres told of; BadContent says what is wrong."""
    pace = _read(folder / "pace.yml")
    tips = _read(TIPS)
    cards = [card for stage, name in FILES.items() for card in _cards(folder / name, stage, tips)]
    _refuse_doubles(cards)
    pattern = str(pace["words"]["workshop"])
    told = tuple(_workshop(each, pattern) for each in _read(workshops).get("workshops") or ())
    return Content(_pace(pace), tuple(cards), told)


def _read(path: Path) -> Given:
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(given, dict):
        raise BadContent(f"{path.name} must be a mapping")
    return given


def _pace(given: Given) -> Pace:
    return Pace(
        time=time.fromisoformat(str(given["time"])),
        every=_days(given, "every_days"),
        gap=_days(given, "gap_days"),
        late=_days(given, "late_days"),
        known_within=_days(given, "known_within_days"),
        pregnancy_ends_on_day=_days(given, "pregnancy_ends_on_day"),
        after_loss=_days(given, "after_loss_days"),
        same_card=_days(given, "same_card_days"),
    )


def _days(given: Given, name: str) -> int:
    found = given.get(name)
    if type(found) is not int or found < 1:
        raise BadContent(f"pace.yml: {name} must be a whole number of days from 1 on: {found!r} is none")
    return found


def _cards(path: Path, stage: Stage, tips: Given) -> list[Card]:
    given = _read(path)
    return [_card(path.name, stage, each, given["sources"], tips) for each in given["cards"]]


def _card(where: str, stage: Stage, given: Given, sources: Given, tips: Given) -> Card:
    name, told, named = str(given.get("id")), given, sources
    if "tip" in given:
        told, named = _tip(where, given, tips), tips["sources"]
    first = given["from_week"] * DAYS_IN_WEEK if stage == "pregnancy" else given["from_day"]
    text, unknown = " ".join(str(told["text"]).split()), set(told["sources"]) - set(named)
    if unknown or not told["sources"]:
        raise BadContent(f"{where}, {name}: each card names its sources, as listed at the top of its file")
    if not text or len(text) > LONGEST_TEXT or len(given["title"]) > LONGEST_TITLE:
        raise BadContent(f"{where}, {name}: {LONGEST_TEXT} characters of text fit, {LONGEST_TITLE} of title")
    source = "; ".join(str(named[each]) for each in told["sources"])
    return Card(name, stage, int(first), str(given["title"]), text, source)


def _tip(where: str, given: Given, tips: Given) -> Given:
    found = next((each for each in tips["cards"] if each["id"] == given["tip"]), None)
    if found is None:
        raise BadContent(f"{where}, {given.get('id')}: data/care/tips.yml has no card {given['tip']!r}")
    return cast(Given, found)


def _refuse_doubles(cards: list[Card]) -> None:
    names = [card.id for card in cards]
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise BadContent(f"two cards are called {', '.join(doubles)}: an id names a card for ever")
    bad = [name for name in names if not name.replace("_", "").isalnum()]
    if bad:
        raise BadContent(f"ids are letters, digits and underscores: {', '.join(bad)}")


def _workshop(given: Given, pattern: str) -> Workshop:
    line = " ".join(pattern.format(**given).split())
    stage = given.get("for")
    if len(line) > LONGEST_LINE or stage not in (None, *FILES):
        raise BadContent(f"workshops.yml, {given['title']}: {LONGEST_LINE} characters fit; `for` is one of {[*FILES]}")
    return Workshop(int(given["center"]), date.fromisoformat(str(given["valid_until"])), line, stage)
