"""What is kept of a resident's reminders, and forgetting it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select, update

from latido.care.tables import bookings
from latido.console.overdue.tables import calls, claims
from latido.experiments.exposing import forget_exposures
from latido.messaging.sender import WITHDRAWN
from latido.messaging.tables import message
from latido.reminders.aligning import WORDLESS
from latido.reminders.planning import mark_stale
from latido.reminders.tables import changes, plans, reminder

FORGOTTEN = "she asked to be forgotten"


class KeptReminders:
    """Reminders as her rights see them (`Care.reminders`)."""

    def count(self, connection: Connection, resident: str) -> int:
        """How many are kept, whatever became of them."""
        mine = select(func.count()).where(reminder.c.resident == resident)
        return int(connection.execute(mine).scalar_one())

    def calls(self, connection: Connection, resident: str) -> tuple[int, datetime | None]:
        """How many calls to her are noted, and when the last one was; one that was taken back is none."""
        taken_back = select(calls.c.undoes).where(calls.c.resident == resident, calls.c.undoes.is_not(None))
        hers = (calls.c.resident == resident, calls.c.undoes.is_(None), calls.c.id.not_in(taken_back))
        row = connection.execute(select(func.count(), func.max(calls.c.at)).where(*hers)).one()
        return int(row[0]), row[1]

    def plan_anew(self, connection: Connection, resident: str) -> None:
        """Have her planned anew, from the caller's transaction on."""
        mark_stale(connection, resident)

    def forget(self, connection: Connection, resident: str) -> None:
        """Withdraw what is still queued and keep none of the rest, in the caller's transaction.

        One whose message may be on its way is kept without words until it is settled, so that it is never sent anew.
        """
        # Whoever plans or queues for her just now is waited for, and then finds nothing left to write to.
        connection.execute(delete(plans).where(plans.c.resident == resident))
        mine = reminder.c.resident == resident
        ids = connection.execute(select(reminder.c.id).where(mine).with_for_update()).scalars().all()
        forget_exposures(connection, resident)
        unsent = (message.c.reminder_id.in_(ids), message.c.state == "queued")
        over = {"state": "failed", "failed_at": func.now(), "last_error": WITHDRAWN}
        connection.execute(update(message).where(*unsent).values(over))
        under_way = exists().where(message.c.reminder_id == reminder.c.id, message.c.state.in_(("sending", "unknown")))
        connection.execute(delete(reminder).where(mine, ~under_way))
        blank = {"state": "cancelled", "variables_sealed": WORDLESS, "last_reason": FORGOTTEN}
        connection.execute(update(reminder).where(mine).values(blank))
        untold = update(bookings).where(bookings.c.resident == resident, bookings.c.told_visit.is_not(None))
        connection.execute(untold.values(told_visit=None, told_visit_at=None))
        for table in (changes, claims, calls):
            connection.execute(delete(table).where(table.c.resident == resident))
