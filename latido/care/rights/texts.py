"""The words about what is kept of her. They are in data/care/rights.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parents[3] / "data" / "care" / "rights.yml"


@dataclass(frozen=True)
class RightsTexts:
    """The words of one date."""

    content: Mapping[str, Any]

    def title(self, name: str) -> str:
        """The title of a section."""
        return str(self.content["titles"][name])

    def line(self, name: str, /, **values: object) -> str:
        """A line with its values filled in."""
        return str(self.content["lines"][name]).format(**values)

    def all_of(self, name: str) -> list[str]:
        """The lines of `erased` or `kept`, in their order."""
        return [str(line) for line in self.content[name].values()]

    def day(self, day: date) -> str:
        """A date in words: 23 de noviembre de 2026."""
        words = str(self.content["date"])
        return words.format(day=day.day, month=self.content["months"][day.month - 1], year=day.year)


@lru_cache(maxsize=1)
def load_rights_texts() -> RightsTexts:
    """The words as they are in the data file."""
    return RightsTexts(yaml.safe_load(FILE.read_text(encoding="utf-8")))
