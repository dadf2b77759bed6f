"""What Latido says without having been asked just now: queued behind whatever the resident already has coming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from latido.crypto import Vault
from latido.messaging.messages import Button, Reply
from latido.messaging.outbox import choices_digest, queue_replies
from latido.messaging.tables import alert as alert_table
from latido.messaging.tables import message
from latido.messaging.tables import resident as residents_table


@dataclass(frozen=True)
class Notices:
    """Writes to residents in the transaction of the caller: what is decided and what is said stand or fall together."""

    vault: Vault

    def last_wrote(self, connection: Connection, residents: Sequence[str]) -> Mapping[str, datetime]:
        """When each of these residents last wrote to us, which opens WhatsApp's 24 hours."""
        wrote = (residents_table.c.key.in_(residents), residents_table.c.last_inbound_at.is_not(None))
        query = select(residents_table.c.key, residents_table.c.last_inbound_at).where(*wrote)
        return {row.key: row.last_inbound_at for row in connection.execute(query)}

    def alert(self, connection: Connection, resident: str, kind: str, subject: str, detail: str) -> bool:
        """Ask the operators to see to it, once per kind and subject; False for one who never wrote to us."""
        about = (residents_table.c.key, literal(kind), literal(subject), literal(detail))
        one = select(*about).where(residents_table.c.key == resident)
        raised = insert(alert_table).from_select(["resident", "kind", "subject", "detail"], one)
        connection.execute(raised.on_conflict_do_nothing())
        known = select(residents_table.c.key).where(residents_table.c.key == resident)
        return connection.execute(known).first() is not None

    def close_alerts(self, connection: Connection, kind: str, about: str) -> None:
        """Close the open alerts of the kind whose subject begins so: there is nothing left to see to."""
        these = (alert_table.c.kind == kind, alert_table.c.subject.startswith(about, autoescape=True))
        still_open = alert_table.c.resolved_at.is_(None)
        connection.execute(update(alert_table).where(*these, still_open).values(resolved_at=func.now()))

    def say(self, connection: Connection, resident: str, text: str, buttons: Sequence[tuple[str, str]]) -> None:
        """Queue one message; `buttons` (title, payload) are three at most."""
        queue_replies(connection, self.vault, resident, None, [_reply(text, buttons)])

    def unsay(self, connection: Connection, resident: str, text: str, buttons: Sequence[tuple[str, str]]) -> bool:
        """Withdraw a message with buttons that is still queued; False when it is on its way or was never said."""
        this = (
            message.c.resident == resident,
            message.c.direction == "out",
            message.c.state == "queued",
            message.c.choices_digest == choices_digest(_reply(text, buttons)),
        )
        over = {"state": "failed", "failed_at": func.now(), "last_error": "withdrawn before it was sent"}
        return connection.execute(update(message).where(*this).values(over)).rowcount > 0


def _reply(text: str, buttons: Sequence[tuple[str, str]]) -> Reply:
    choices = tuple(Button(title, payload) for title, payload in buttons)
    return Reply("quick_reply", text, choices) if choices else Reply("text", text)
