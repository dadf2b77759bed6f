"""What is kept of a resident's reminders and notices, and forgetting both."""

from __future__ import annotations

from sqlalchemy import Connection, delete, exists, func, select, update

from latido.campaigns.tables import recipient
from latido.messaging.sender import WITHDRAWN
from latido.messaging.tables import message
from latido.reminders.forgetting import KeptReminders


class KeptNotices(KeptReminders):
    """As her rights see them (`Care.reminders`): the notices of campaigns beside the reminders."""

    def count(self, connection: Connection, resident: str) -> int:
        """How many are kept, whatever became of them."""
        mine = select(func.count()).where(recipient.c.resident == resident)
        return super().count(connection, resident) + int(connection.execute(mine).scalar_one())

    def forget(self, connection: Connection, resident: str) -> None:
        """Withdraw what is still queued and keep none of the rest; one that may be on its way stays until settled."""
        super().forget(connection, resident)
        mine = recipient.c.resident == resident
        ids = connection.execute(select(recipient.c.id).where(mine).with_for_update()).scalars().all()
        unsent = (message.c.campaign_recipient_id.in_(ids), message.c.state == "queued")
        over = {"state": "failed", "failed_at": func.now(), "last_error": WITHDRAWN}
        connection.execute(update(message).where(*unsent).values(over))
        on_its_way = exists().where(
            message.c.campaign_recipient_id == recipient.c.id, message.c.state.in_(("sending", "unknown"))
        )
        connection.execute(delete(recipient).where(mine, ~on_its_way))
        blank = {"state": "skipped", "reason": "forgotten", "role": "", "answer": None, "counted_on": None}
        connection.execute(update(recipient).where(mine).values(blank))
