"""Fills the message log as the bridge, the worker and the sender do, so that the pages have something to show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Engine, insert, select, update

from latido.crypto import Vault
from latido.messaging.alerts import raise_alert
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import InboundMessage, Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.tables import alert, message


class Log:
    """The message log of some residents."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self._numbers = count(1)

    def key(self, address: str) -> str:
        return self.vault.resident_key(address)

    def receives(self, address: str, text: str, kind: Any = "text", at: datetime | None = None) -> int:
        """Store an inbound message and return its id."""
        sid = f"SM{next(self._numbers):032x}"
        assert store_inbound(self.engine, self.vault, InboundMessage(sid, address, kind, text, profile_name="Ana"))
        with self.engine.begin() as connection:
            row = connection.execute(select(message.c.id).where(message.c.provider_sid == sid)).scalar_one()
            if at is not None:
                connection.execute(update(message).where(message.c.id == row).values(created_at=at))
        return int(row)

    def answers(
        self, inbound: int, replies: Iterable[Reply | str], at: datetime | None = None, **understood: Any
    ) -> list[int]:
        """Settle an inbound message as the worker does and queue these replies; returns their ids."""
        said = [reply if isinstance(reply, Reply) else Reply("text", reply) for reply in replies]
        with self.engine.begin() as connection:
            values = {"state": "answered", "answered_at": at, **understood}
            resident = connection.execute(
                update(message).where(message.c.id == inbound).values(values).returning(message.c.resident)
            ).scalar_one()
            queue_replies(connection, self.vault, resident, inbound, said)
            rows = connection.execute(
                select(message.c.id).where(message.c.answers_id == inbound).order_by(message.c.id)
            )
            ids = [int(row.id) for row in rows]
            if at is not None:
                connection.execute(update(message).where(message.c.id.in_(ids)).values(created_at=at))
        return ids

    def marks(self, message_ids: Iterable[int], **values: Any) -> None:
        """Set columns, as the sender and the receipts do."""
        with self.engine.begin() as connection:
            connection.execute(update(message).where(message.c.id.in_(list(message_ids))).values(values))

    def alerts(self, kind: str, message_id: int, detail: str = "", at: datetime | None = None) -> None:
        """Raise an alert as the worker does."""
        with self.engine.begin() as connection:
            found = select(message.c.resident).where(message.c.id == message_id)
            raise_alert(connection, kind, connection.execute(found).scalar_one(), message_id, detail)
            if at is not None:
                connection.execute(update(alert).where(alert.c.message_id == message_id).values(created_at=at))

    def says(self, address: str, text: str) -> None:
        """A message of ours that answers nothing, such as a reminder."""
        with self.engine.begin() as connection:
            connection.execute(
                insert(message).values(
                    resident=self.key(address),
                    direction="out",
                    kind="text",
                    state="queued",
                    text=text,
                    content_sealed=self.vault.seal("{}"),
                )
            )


def nlu(name: str, confidence: float, second: tuple[str, float] | None = None, **entities: Any) -> dict[str, Any]:
    """An understanding as the bot reports it."""
    ranking = [{"name": name, "confidence": confidence}]
    if second:
        ranking.append({"name": second[0], "confidence": second[1]})
    found = [{"entity": entity, "value": value, "start": 0, "end": 1} for entity, value in entities.items()]
    return {"intent": ranking[0], "ranking": ranking, "entities": found, "model": "20261123-081500"}
