"""What Latido says without having been asked just now: queued behind whatever the resident already has coming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, literal, select
from sqlalchemy.dialects.postgresql import insert

from latido.crypto import Vault
from latido.messaging.messages import Button, Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.tables import alert as alert_table
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

    def say(self, connection: Connection, resident: str, text: str, buttons: Sequence[tuple[str, str]]) -> None:
        """Queue one message; `buttons` (title, payload) are three at most."""
        choices = tuple(Button(title, payload) for title, payload in buttons)
        reply = Reply("quick_reply", text, choices) if choices else Reply("text", text)
        queue_replies(connection, self.vault, resident, None, [reply])
