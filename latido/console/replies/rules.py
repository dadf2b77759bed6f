"""What a canned reply may be, and how it is filled for the day. Pure, the file data/console/replies.yml apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml

from latido.console.showing import BUENOS_AIRES, MONTHS, WEEKDAYS

FILE = Path(__file__).resolve().parents[3] / "data" / "console" / "replies.yml"
LONGEST = 1000
WORD = re.compile(r"[a-z0-9][a-z0-9_-]{1,23}")
FACTS = ("saludo", "hoy", "manana", "hora")
_PLACE = re.compile(r"\{([^{}]*)\}")


class ReplyRefused(Exception):
    """It cannot be kept; `reason` is a word of `reply_refusals` in the labels."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Provided:
    """The file: replies by word, and the templates an operator may send by name, with what each is for."""

    replies: Mapping[str, str]
    templates: Mapping[str, str]


@cache
def provided(path: Path = FILE) -> Provided:
    """What comes with this version of Latido."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Provided({check_word(word): check_text(text) for word, text in read["replies"].items()}, read["templates"])


def check_word(word: str) -> str:
    """The word in lower case and without its slash; ReplyRefused for one that cannot be typed after it."""
    plain = word.strip().lower().removeprefix("/")
    if not WORD.fullmatch(plain):
        raise ReplyRefused("word")
    return plain


def check_text(text: str) -> str:
    """The text; ReplyRefused when it is empty, too long, or asks for a fact that nobody knows."""
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise ReplyRefused("empty")
    if len(words) > LONGEST:
        raise ReplyRefused("long")
    if not set(_PLACE.findall(words)) <= set(FACTS):
        raise ReplyRefused("fact")
    return words


def filled(text: str, now: datetime) -> str:
    """The text with the facts of the day in Buenos Aires."""
    facts = day_facts(now)
    return _PLACE.sub(lambda found: facts.get(found[1], found[0]), text)


def day_facts(now: datetime) -> Mapping[str, str]:
    """What stands for each placeholder at this moment."""
    here = now.astimezone(BUENOS_AIRES)
    greeting = (
        "Buenas noches" if here.hour < 5 or here.hour >= 20 else "Buen día" if here.hour < 13 else "Buenas tardes"
    )
    day, after = _date(here), _date(here + timedelta(days=1))
    return {"saludo": greeting, "hoy": day, "manana": after, "hora": f"{here:%H:%M}"}


def _date(day: datetime) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} de {MONTHS[day.month - 1]}"
