"""Who asked for content, and what bears on it: a loss, and the centres near her (workshops)."""

from __future__ import annotations

from sqlalchemy import Connection

from latido.care.people.pregnancies import all_pregnancies
from latido.care.people.record import all_people
from latido.care.residents import CONTENT, remembered_place, standing_consent
from latido.care.services import Care
from latido.reminders.rules.steps import Reader

NEAR = 3  # centres


def reader_of(connection: Connection, care: Care, resident: str) -> Reader | None:
    """She as a reader; None where her consent to content does not stand."""
    consent = standing_consent(connection, resident, CONTENT)
    if consent is None:
        return None
    stopped = [each.changed_at for each in all_people(connection, care.vault, resident) if each.state == "stopped"]
    lost = [each.ended_at for each in all_pregnancies(connection, care.vault, resident) if each.why == "loss"]
    losses = [moment for moment in [*stopped, *lost] if moment is not None]
    place = remembered_place(connection, resident)
    near = care.directory.nearest(place.point, limit=NEAR) if place else []
    return Reader(consent.given_at, max(losses, default=None), tuple(center.number for center, _ in near))
