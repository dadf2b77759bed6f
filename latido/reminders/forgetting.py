"""What is kept of a resident's reminders, and forgetting it."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, update

from latido.messaging.tables import message
from latido.reminders.tables import changes, plans, reminder


class KeptReminders:
    """Reminders as her rights see them (`Care.reminders`)."""

    def count(self, connection: Connection, resident: str) -> int:
        """How many are kept, whatever became of them."""
        mine = select(func.count()).where(reminder.c.resident == resident)
        return int(connection.execute(mine).scalar_one())

    def forget(self, connection: Connection, resident: str) -> None:
        """Withdraw what is still queued and keep none of the rest, in the caller's transaction."""
        # Whoever plans or queues for her just now is waited for, and then finds nothing left to write to.
        connection.execute(delete(plans).where(plans.c.resident == resident))
        mine = select(reminder.c.id).where(reminder.c.resident == resident)
        ids = connection.execute(mine.with_for_update()).scalars().all()
        unsent = (message.c.reminder_id.in_(ids), message.c.state == "queued")
        over = {"state": "failed", "failed_at": func.now(), "last_error": "withdrawn before it was sent"}
        connection.execute(update(message).where(*unsent).values(over))
        connection.execute(delete(reminder).where(reminder.c.resident == resident))
        connection.execute(delete(changes).where(changes.c.resident == resident))
