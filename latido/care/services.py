"""What the use cases of care need, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from latido.care.places.directory import Directory, load_directory
from latido.care.places.geocoder import UsigGeocoder
from latido.care.places.locate import Locator
from latido.care.rules.priority import RuleSet, load_rules
from latido.crypto import Vault
from latido.fhir.client import FhirClient

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")


@dataclass(frozen=True)
class Care:
    """The dependencies of the use cases. `now` gives an aware instant."""

    engine: Engine
    vault: Vault
    fhir: FhirClient
    directory: Directory
    locator: Locator
    rules: RuleSet
    now: Callable[[], datetime]

    def local_now(self) -> datetime:
        """Now on the city's clocks."""
        return self.now().astimezone(BUENOS_AIRES)


def create_care(
    engine: Engine,
    vault: Vault,
    fhir: FhirClient,
    geocoder_url: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Care:
    """Care on these servers, with the places and rules that ship with Latido."""
    directory = load_directory()
    locator = Locator(directory, UsigGeocoder(geocoder_url))
    return Care(engine, vault, fhir, directory, locator, load_rules(), now)


def local(instant: datetime) -> str:
    """An instant as the city reads it, with seconds and offset: 2026-11-26T09:30:00-03:00."""
    return instant.astimezone(BUENOS_AIRES).isoformat(timespec="seconds")
