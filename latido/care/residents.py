"""What care remembers of a resident: the consent she gave, and her latest place to about 100 m."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from latido.care.places.geometry import Point
from latido.care.places.locate import Place
from latido.care.tables import consents, resident_places, silences

CURRENT_CONSENT = "2026-11"
CHAT = "chat"
REMINDERS = "reminders"
# Tips by the week of a pregnancy or the age of a child.
CONTENT = "content"


@dataclass(frozen=True)
class Consent:
    """A consent that stands."""

    version: str
    given_at: datetime


@dataclass(frozen=True)
class RememberedPlace:
    """A resident's latest place, to about 100 m."""

    label: str
    point: Point


def standing_consent(connection: Connection, resident: str, scope: str = CHAT) -> Consent | None:
    """The latest consent that was given and not withdrawn."""
    row = connection.execute(_STANDING, {"whose": resident, "wanted": scope}).first()
    return Consent(row.version, row.given_at) if row else None


# Made once: the check before every reminder asks it.
_STANDING: Select[Any] = (
    select(consents.c.version, consents.c.given_at)
    .where(
        consents.c.resident == bindparam("whose"),
        consents.c.scope == bindparam("wanted"),
        consents.c.withdrawn_at.is_(None),
    )
    .order_by(consents.c.given_at.desc())
    .limit(1)
)


def consenting(connection: Connection, residents: Sequence[str], scope: str = CHAT) -> frozenset[str]:
    """Which of these residents have a consent that stands."""
    standing = (consents.c.resident.in_(residents), consents.c.scope == scope, consents.c.withdrawn_at.is_(None))
    return frozenset(connection.execute(select(consents.c.resident).where(*standing)).scalars())


def give_consent(connection: Connection, resident: str, scope: str, version: str, now: datetime) -> None:
    """Record a consent; the same one again changes nothing."""
    values = {"resident": resident, "scope": scope, "version": version, "given_at": now}
    connection.execute(insert(consents).values(values).on_conflict_do_nothing())


def withdraw_consent(connection: Connection, resident: str, scope: str, now: datetime) -> None:
    """End every standing consent of this scope; without the one to chat, the place that it allowed to keep goes too."""
    standing = (consents.c.resident == resident, consents.c.scope == scope, consents.c.withdrawn_at.is_(None))
    connection.execute(update(consents).where(*standing).values(withdrawn_at=now))
    if scope == CHAT:
        connection.execute(delete(resident_places).where(resident_places.c.resident == resident))


def ask_for_silence(connection: Connection, resident: str, now: datetime) -> None:
    """From now on she is written to only in answer."""
    connection.execute(insert(silences).values(resident=resident, since=now).on_conflict_do_nothing())


def is_silent(connection: Connection, resident: str) -> bool:
    """Whether she asked to be written to only in answer."""
    return connection.execute(select(silences.c.since).where(silences.c.resident == resident)).first() is not None


def end_silence(connection: Connection, resident: str) -> None:
    """She may be written to again."""
    connection.execute(delete(silences).where(silences.c.resident == resident))


def may_be_written_to(connection: Connection, residents: Sequence[str]) -> frozenset[str]:
    """Which of these agreed to the chat and did not ask for silence: for whatever is no answer."""
    silent = connection.execute(select(silences.c.resident).where(silences.c.resident.in_(residents))).scalars()
    return consenting(connection, residents) - frozenset(silent)


def remember_place(engine: Engine, resident: str, place: Place, now: datetime) -> None:
    """Keep where she is, to about 100 m and without a door number; only once she has consented."""
    point = place.point.coarse()
    label = place.kept_label or (_without_door(place.label) if place.kind == "address" else place.label)
    values = {"label": label, "latitude": point.latitude, "longitude": point.longitude, "updated_at": now}
    with engine.begin() as connection:
        if standing_consent(connection, resident) is None:
            return
        connection.execute(
            insert(resident_places)
            .values(resident=resident, **values)
            .on_conflict_do_update(index_elements=["resident"], set_=values)
        )


def remembered_places(connection: Connection, residents: Collection[str]) -> dict[str, RememberedPlace]:
    """The latest places of many residents, of those of whom one is kept."""
    rows = connection.execute(select(resident_places).where(resident_places.c.resident.in_(residents)))
    return {row.resident: RememberedPlace(row.label, Point(row.latitude, row.longitude)) for row in rows}


def remembered_place(connection: Connection, resident: str) -> RememberedPlace | None:
    """Her latest place, if one is kept."""
    row = connection.execute(select(resident_places).where(resident_places.c.resident == resident)).first()
    return RememberedPlace(row.label, Point(row.latitude, row.longitude)) if row else None


def _without_door(address: str) -> str:
    return re.sub(r"\s+\d+$", "", address)
