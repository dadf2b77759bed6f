"""What she reads of a change at the desk. The words are in data/care/desk_changes.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from latido.care.desk.judging import Step
from latido.care.places.directory import Center
from latido.care.services import BUENOS_AIRES

TEXTS_FILE = Path(__file__).resolve().parents[3] / "data" / "care" / "desk_changes.yml"


@dataclass(frozen=True)
class DeskTexts:
    """The words of one date."""

    content: Mapping[str, Any]

    def message(self, step: Step, role: str, center: Center | None) -> str:
        """What happened, when and where; no word of health."""
        same_time = step.kind == "moved" and step.before_at == step.starts_at
        words: str = self.content["messages"]["other_place" if same_time else step.kind]
        return words.format(
            whose=self.content["own" if role.startswith("self") else "other"],
            before=self._moment(step.before_at or step.starts_at),
            day=self._moment(step.starts_at or step.before_at),
            place=self._place(center),
        )

    def buttons(self, step: Step, service: str | None) -> list[tuple[str, str]]:
        """What she can do about it: (title, payload)."""
        offered = self.content["buttons"][step.kind]
        chosen = offered.get(service) or offered.get("any") or []
        return [(each["title"], each["payload"]) for each in chosen]

    def alert(self, message: str) -> str:
        """What an operator is asked to do when she could not be written to."""
        words: str = self.content["alert"]
        return words.format(message=message)

    def alert_of_stopped(self, message: str) -> str:
        """What an operator reads when she is not to be written to about it any more."""
        words: str = self.content["alert_stopped"]
        return words.format(message=message)

    def _place(self, center: Center | None) -> str:
        if center is None:
            return str(self.content["unknown_place"])
        words: str = self.content["place"]
        return words.format(name=center.name, address=center.address)

    def _moment(self, moment: datetime | None) -> str:
        if moment is None:
            raise ValueError("a change that is told has a start")
        there = moment.astimezone(BUENOS_AIRES)
        weekday, month = self.content["weekdays"][there.weekday()], self.content["months"][there.month - 1]
        words: str = self.content["day"]
        return words.format(weekday=weekday, day=there.day, month=month, time=f"{there.hour}:{there.minute:02}")


def load_texts(path: Path = TEXTS_FILE) -> DeskTexts:
    """The words as they are in the data file."""
    return DeskTexts(yaml.safe_load(path.read_text(encoding="utf-8")))
