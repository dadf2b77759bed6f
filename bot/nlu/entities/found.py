"""What an extractor finds, and the stretches of a message that are already spoken for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.nlu.entities.spelling import Plain


@dataclass(frozen=True)
class Found:
    """One entity, its value as docs/wires.md has it, and where it stands."""

    entity: str
    value: Any
    start: int
    end: int


@dataclass
class Reading:
    """A message while it is being read; places are those of the respelt text until the end."""

    text: str
    plain: Plain
    now: datetime
    expecting: str | None = None
    found: list[Found] = field(default_factory=list)
    days: list[Any] | None = None  # read once, by `days.days_in`, before numbers are claimed for something else
    cues: list[Any] | None = None  # likewise: what says of a day what it is a day of

    @property
    def folded(self) -> str:
        """The message without accents and case, respelt."""
        return self.plain.text

    def original(self, start: int, end: int) -> str:
        """What she wrote there."""
        begin, stop = self.plain.span(start, end)
        return self.text[begin:stop]

    def as_written(self) -> list[Found]:
        """What was found, with the places of the message as she wrote it, in their order."""
        placed = [(self.plain.span(one.start, one.end), one) for one in self.found]
        return sorted((replace(one, start=start, end=end) for (start, end), one in placed), key=lambda one: one.start)

    def free(self, start: int, end: int) -> bool:
        """Whether nothing found so far overlaps this stretch."""
        return all(end <= other.start or start >= other.end for other in self.found)

    def add(self, entity: str, value: Any, start: int, end: int) -> None:
        """Takes an entity unless its stretch is taken."""
        if self.free(start, end):
            self.found.append(Found(entity, value, start, end))

    def add_beside(self, entity: str, value: Any, start: int, end: int) -> None:
        """Takes an entity even if its stretch may mean something else: what was asked decides later."""
        self.found.append(Found(entity, value, start, end))

    def has(self, entity: str) -> bool:
        """Whether an entity of this kind is found."""
        return any(other.entity == entity for other in self.found)

    def asks_for(self, *names: str) -> bool:
        """Whether the question just asked is about one of these (part of its slot's name)."""
        return any(name in (self.expecting or "") for name in names)

    def is_whole(self, start: int, end: int) -> bool:
        """Whether the stretch is all there is in the message."""
        return not (self.folded[:start] + self.folded[end:]).strip(" .,;:!?¡¿\n")
