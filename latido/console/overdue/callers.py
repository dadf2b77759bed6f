"""What the overdue list asks of care, which the console may not import: passed in by the wiring."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection


@dataclass(frozen=True)
class Whom:
    """Who is called about: one of a resident's people, and the service."""

    resident: str
    role: str
    service: str

    @property
    def path(self) -> str:
        """Her card's address, within the console."""
        return f"/overdue/{self.resident}/{self.role}/{self.service}"


@dataclass(frozen=True)
class Standing:
    """What decides her place in the list, without a name. `weeks` of a pregnancy, `age_days` of a child; None: unknown.

    `center` and `commune`: of the centre nearest to the place she told, if she told one.
    """

    priority: str | None = None
    weeks: int | None = None
    age_days: int | None = None
    place: str = ""
    center: int | None = None
    commune: int | None = None


@dataclass(frozen=True)
class Offer:
    """A free slot."""

    slot_id: str
    start: datetime
    center: str
    address: str
    distance_m: int | None


@dataclass(frozen=True)
class Booked:
    """What was booked for her; `told`: a message says so to her, else the operator has to."""

    start: datetime
    center_number: int | None
    center: str
    address: str
    told: bool


class CallersRefusal(Exception):
    """Care could not do it; `reason` is a word of labels.yml, `status` what the page answers."""

    def __init__(self, reason: str, status: int = 409) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Callers(Protocol):
    """What who calls can ask and do. Writes are harmless to repeat with the same `token`; all raise CallersRefusal."""

    def standings(self, connection: Connection, whom: Collection[Whom]) -> Mapping[Whom, Standing]:
        """What is known of each; one of whom nothing is known may be left out."""

    def why_gone(self, connection: Connection, whom: Whom, since: datetime) -> str:
        """A word of labels.yml for why she is not on the list any more."""

    def offers(self, whom: Whom, center: int | None, after: datetime | None) -> tuple[Offer, ...]:
        """Free slots by the rules that hold for everybody, near her place or at one centre."""

    def book(self, whom: Whom, slot_id: str, token: str) -> Booked:
        """Book it for her."""

    def tell_booked(self, connection: Connection, whom: Whom, booked: Booked) -> bool:
        """Queue a message that says what was booked, in the caller's transaction; False: she must not be written to."""

    def went(self, whom: Whom, reminders: Collection[int]) -> None:
        """She says that the visit has happened."""

    def confirm(self, whom: Whom, appointments: Collection[str], token: str) -> None:
        """She comes to these."""

    def cancel(self, whom: Whom, appointments: Collection[str], token: str) -> None:
        """She does not come to these: they are cancelled, and their slots go to whoever waits."""

    def loss(self, whom: Whom, token: str) -> None:
        """The pregnancy was lost, or the child died: everything about it stops."""

    def died(self, whom: Whom, token: str) -> None:
        """The person died: everything stops, and nothing is written to this phone."""


class NobodyCalls:
    """A console that was started without care: the list can be read."""

    def standings(self, connection: Connection, whom: Collection[Whom]) -> Mapping[Whom, Standing]:
        """Nothing is known."""
        return {}

    def why_gone(self, connection: Connection, whom: Whom, since: datetime) -> str:
        """Nobody knows."""
        return "unknown"

    def offers(self, whom: Whom, center: int | None, after: datetime | None) -> tuple[Offer, ...]:
        """Refuse."""
        raise CallersRefusal("away", 503)

    def book(self, whom: Whom, slot_id: str, token: str) -> Booked:
        """Refuse."""
        raise CallersRefusal("away", 503)

    def tell_booked(self, connection: Connection, whom: Whom, booked: Booked) -> bool:
        """Nobody is written to."""
        return False

    def went(self, whom: Whom, reminders: Collection[int]) -> None:
        """Refuse."""
        raise CallersRefusal("away", 503)

    def confirm(self, whom: Whom, appointments: Collection[str], token: str) -> None:
        """Refuse."""
        raise CallersRefusal("away", 503)

    def cancel(self, whom: Whom, appointments: Collection[str], token: str) -> None:
        """Refuse."""
        raise CallersRefusal("away", 503)

    def loss(self, whom: Whom, token: str) -> None:
        """Refuse."""
        raise CallersRefusal("away", 503)

    def died(self, whom: Whom, token: str) -> None:
        """Refuse."""
        raise CallersRefusal("away", 503)
