"""Who was asked whether she comes and stays silent: off the list once she writes; a child's slot released (ADR 17)."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Row, exists, select

from latido.care.booking.cancel import release_unconfirmed
from latido.care.errors import CareError, HealthServiceUnavailable
from latido.messaging.tables import resident as residents
from latido.reminders.parts import Reminders
from latido.reminders.planning import PlanBusy, mark_stale, plan_resident
from latido.reminders.tables import changes, reminder

log = logging.getLogger(__name__)

AT_ONCE = 200


def heed_words(reminders: Reminders) -> int:
    """Have everybody planned anew who wrote since she was listed as silent; returns how many."""
    mine = (reminder.c.state == "listed", reminder.c.name.in_(("unconfirmed", "release")))
    stale = exists().where(changes.c.resident == reminder.c.resident)
    query = (
        select(reminder.c.resident)
        .join(residents, residents.c.key == reminder.c.resident)
        .where(*mine, residents.c.last_inbound_at > reminder.c.changed_at, ~stale)
        .distinct()
        .limit(AT_ONCE)
    )
    with reminders.care.engine.begin() as connection:
        wrote = connection.execute(query).scalars().all()
        for resident in wrote:
            mark_stale(connection, resident)
    return len(wrote)


def release_due(reminders: Reminders) -> int:
    """End the appointments whose slots are to be given to others; returns how many. None unless the policy wants it.

    Looked at once more before each. That she is told is a step of her plan: whoever dies here leaves nothing half done.
    """
    if not reminders.policy.unconfirmed.releases:
        return 0
    listed = (reminder.c.state == "listed", reminder.c.name == "release", reminder.c.due_at <= reminders.care.now())
    with reminders.care.engine.connect() as connection:
        rows = connection.execute(select(reminder).where(*listed).order_by(reminder.c.due_at).limit(AT_ONCE)).all()
    released = 0
    for row in rows:
        try:
            released += _release(reminders, row)
        except (PlanBusy, HealthServiceUnavailable):
            continue
        except CareError as error:
            log.warning("a slot nobody confirmed could not be released: %s", error.code)
    return released


def _release(reminders: Reminders, row: Row[Any]) -> int:
    """Her plan as it is now decides: a word of hers meanwhile keeps the slot."""
    if row.key not in plan_resident(reminders, row.resident):
        return 0
    release_unconfirmed(reminders.care, row.appointment_id, row.resident, f"reminder:{row.id}:release")
    return 1
