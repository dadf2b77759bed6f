"""What really happened in a simulated year: what residents told, what desks did, what phones showed. Plain facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Fact:
    """Something that happened to one resident, and when; `data` says the rest in plain values."""

    at: datetime
    resident: int
    what: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Heard:
    """A reminder's message as Twilio took it: shown on her phone, or failed with a code.

    `text` is what she reads once she taps the notice; `step` names the step of a plan for ever.
    """

    at: datetime
    resident: int
    sid: str
    step: str
    kind: str
    name: str
    role: str
    service: str
    codes: tuple[str, ...]
    appointment: str | None
    starts: datetime | None
    text: str
    is_template: bool
    is_shown: bool
    error: int | None


@dataclass
class Listed:
    """A row of the operators' list, from when until when (None: to the end) it stood there."""

    at: datetime
    resident: int
    kind: str
    name: str
    role: str
    service: str
    codes: tuple[str, ...]
    appointment: str | None
    starts: datetime | None
    until: datetime | None = None


@dataclass(frozen=True)
class Outage:
    """A span in which something was away: "health service", "Twilio", "workers"."""

    what: str
    begins: datetime
    ends: datetime


@dataclass
class Diary:
    """A whole run. `unsettled`: what was still open at the end; `said_by_twilio`: by how each message ended there."""

    seed: int
    residents: int
    start: datetime
    end: datetime
    facts: list[Fact] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    unsettled: list[str] = field(default_factory=list)
    seconds: float = 0.0
    stops: int = 0

    def note(self, at: datetime, resident: int, what: str, **data: Any) -> None:
        """Write one fact down."""
        self.facts.append(Fact(at, resident, what, data))

    def events(self) -> Counter[str]:
        """How often each thing happened."""
        return Counter(fact.what for fact in self.facts)
