"""What a calendar says, read from data/reminders/calendar.yml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORDS_FILE = Path(__file__).resolve().parents[3] / "data" / "reminders" / "calendar.yml"


class CalendarWords:
    """The texts by their place in the file, filled in; KeyError names one that is missing."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    def number(self, name: str) -> int:
        """A number at the top of the file."""
        return int(self._content[name])

    def listed(self, name: str) -> tuple[str, ...]:
        """A list at the top of the file."""
        return tuple(self._content[name])

    def say(self, path: str, **values: object) -> str:
        """A text by its path, `when.due`."""
        found: Any = self._content
        for part in path.split("."):
            found = found[part]
        return str(found).format(**values)

    def counted(self, path: str, count: int) -> str:
        """A text with a number in it, one or many."""
        return self.say(f"{path}.{'one' if count == 1 else 'many'}", count=count)


@cache
def calendar_words(path: Path = WORDS_FILE) -> CalendarWords:
    """The words of the data file."""
    return CalendarWords(yaml.safe_load(path.read_text(encoding="utf-8")))
