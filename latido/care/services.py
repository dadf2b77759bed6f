"""What the use cases of care need, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from latido.care.fhir_names import DNI_SYSTEMS, PRENATAL
from latido.care.mapping.agenda_map import AgendaMap
from latido.care.mapping.own_names import OwnNames
from latido.care.patient_ids import PatientIds
from latido.care.places.directory import Directory, load_directory
from latido.care.places.geocoder import UsigGeocoder
from latido.care.places.locate import Locator
from latido.care.places.settlements import SettlementSearch
from latido.care.rules.calendar import Calendar
from latido.care.rules.calendar_data import load_calendars
from latido.care.rules.service_rules import ServiceRules, load_service_rules
from latido.care.rules.waiting_data import WaitingRules
from latido.crypto import Vault
from latido.fhir.client import FhirClient

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
HOLD_MINUTES = 10.0


def _nobody_waits(slot_id: str) -> None:
    """What happens on a released slot while nothing looks after a waiting list."""


class Messenger(Protocol):
    """Whoever writes to residents outside a turn of the dialogue."""

    def last_wrote(self, connection: Connection, residents: Sequence[str]) -> Mapping[str, datetime]:
        """When each of these residents last wrote to us; one who never did is left out."""

    def say(self, connection: Connection, resident: str, text: str, buttons: Sequence[tuple[str, str]]) -> None:
        """Queue a message with buttons (title, payload) in the caller's transaction."""

    def unsay(self, connection: Connection, resident: str, text: str, buttons: Sequence[tuple[str, str]]) -> bool:
        """Withdraw a message with buttons that has not been handed to the provider yet; False when it is too late."""

    def alert(self, connection: Connection, resident: str, kind: str, subject: str, detail: str) -> bool:
        """Ask the operators to see to it, once per kind and subject; False for a resident who never wrote to us."""

    def close_alerts(self, connection: Connection, kind: str, about: str) -> None:
        """Nobody has to see to these any more: the open alerts of the kind whose subject begins so."""


class Silent:
    """A messenger for a process that writes to nobody."""

    def last_wrote(self, connection: Connection, residents: Sequence[str]) -> Mapping[str, datetime]:
        """Nobody can be written to."""
        return {}

    def say(self, connection: Connection, resident: str, text: str, buttons: Sequence[tuple[str, str]]) -> None:
        """Refuse: nothing may be lost unnoticed."""
        raise RuntimeError("this process was wired without a messenger: it cannot write to a resident")

    def unsay(self, connection: Connection, resident: str, text: str, buttons: Sequence[tuple[str, str]]) -> bool:
        """Nothing was said."""
        return False

    def alert(self, connection: Connection, resident: str, kind: str, subject: str, detail: str) -> bool:
        """Refuse, likewise."""
        raise RuntimeError("this process was wired without a messenger: it cannot alert the operators")

    def close_alerts(self, connection: Connection, kind: str, about: str) -> None:
        """There are none."""


class RemindersKept(Protocol):
    """What is kept of a resident's reminders."""

    def count(self, connection: Connection, resident: str) -> int:
        """How many are kept."""

    def calls(self, connection: Connection, resident: str) -> tuple[int, datetime | None]:
        """How many calls to her are noted, and when the last one was."""

    def forget(self, connection: Connection, resident: str) -> None:
        """Withdraw what was not sent yet and keep nothing of the rest, in the caller's transaction."""

    def plan_anew(self, connection: Connection, resident: str) -> None:
        """Something changed that stands in none of our tables: her plan is stale from the caller's transaction on."""


class NoReminders:
    """A process that keeps no reminders."""

    def count(self, connection: Connection, resident: str) -> int:
        """There are none."""
        return 0

    def calls(self, connection: Connection, resident: str) -> tuple[int, datetime | None]:
        """Nobody called."""
        return 0, None

    def forget(self, connection: Connection, resident: str) -> None:
        """There is nothing to forget."""

    def plan_anew(self, connection: Connection, resident: str) -> None:
        """There is no plan."""


@dataclass(frozen=True)
class Care:
    """The dependencies of the use cases. `now` gives an aware instant.

    `rules` and `calendars` are by service; `waiting` is what holds for every service's waiting list. `foreign`: the
    FHIR server is not the embedded one. `released` is told the id of a slot that has become free; it is a hint, for a
    process may die before it.
    """

    engine: Engine
    vault: Vault
    fhir: FhirClient
    directory: Directory
    locator: Locator
    rules: Mapping[str, ServiceRules]
    now: Callable[[], datetime]
    waiting: WaitingRules
    messenger: Messenger = field(default_factory=Silent)
    calendars: Mapping[str, Calendar] = field(default_factory=load_calendars)
    foreign: bool = False
    agendas: AgendaMap = field(default_factory=OwnNames)
    dni_systems: tuple[str, ...] = DNI_SYSTEMS
    hold_minutes: float = HOLD_MINUTES
    released: Callable[[str], None] = _nobody_waits
    reminders: RemindersKept = field(default_factory=NoReminders)
    patient_ids: PatientIds = field(default_factory=PatientIds)

    def local_now(self) -> datetime:
        """Now on the city's clocks."""
        return self.now().astimezone(BUENOS_AIRES)


def create_care(
    engine: Engine,
    vault: Vault,
    fhir: FhirClient,
    geocoder_url: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    messenger: Messenger | None = None,
    settlements_url: str | None = None,
) -> Care:
    """Care on these servers, with the places and rules that ship with Latido."""
    directory = load_directory()
    blocks = SettlementSearch(settlements_url) if settlements_url else None
    locator = Locator(directory, UsigGeocoder(geocoder_url), blocks)
    rules = load_service_rules()
    waiting = rules[PRENATAL].waiting
    return Care(engine, vault, fhir, directory, locator, rules, now, waiting, messenger or Silent())


def local(instant: datetime) -> str:
    """An instant as the city reads it, with seconds and offset: 2026-11-26T09:30:00-03:00."""
    return instant.astimezone(BUENOS_AIRES).isoformat(timespec="seconds")
