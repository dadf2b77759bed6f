"""Turns: one resident's open messages, in order, through the bot and into the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.crypto import Vault
from latido.messaging.bubbles import merge_bubbles
from latido.messaging.conversation import BotUnavailable, Conversation, JsonObject, Turn, TurnFailed
from latido.messaging.follow_ups import due_at, note_turn
from latido.messaging.lanes import LaneName, Lease, LeaseLost, hold, release
from latido.messaging.messages import InboundKind, Reply
from latido.messaging.outbox import payload_of_button, payload_of_typed_title, queue_replies
from latido.messaging.redaction import masked_values
from latido.messaging.reminded import is_unasked, reminder_before
from latido.messaging.tables import alert, message, resident
from latido.messaging.tickets import note_hand_over, ticket_state
from tracelog import note, step, trace_of

logger = logging.getLogger(__name__)

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
URGENT_FLAGS = frozenset({"danger", "violence", "self_harm"})
ALERT_FLAGS = URGENT_FLAGS | {"wants_person", "rights"}
TELL_DELAY_AFTER = timedelta(seconds=10)
TELL_DELAY_AGAIN = timedelta(minutes=30)
LONGEST_BACKOFF = 10.0
MEDIA_KINDS = frozenset(get_args(InboundKind)) - {"text", "location", "button", "unknown"}


@dataclass(frozen=True)
class Turns:
    """What turns need; `texts` are the few sentences Latido says itself."""

    engine: Engine
    vault: Vault
    conversation: Conversation
    wake: Callable[[LaneName], None]
    texts: Mapping[str, str]
    attempts: int
    lease_seconds: float
    follow_up_after: timedelta = timedelta(hours=3)

    def work(self, lease: Lease) -> None:
        """Answer the resident's open messages one after the other, then give the lane back."""
        try:
            delay = None
            while delay is None and (inbound := self._next(lease)) is not None:
                delay = self._turn(lease, inbound)
        except LeaseLost:
            logger.warning("a turn took longer than its lease; another worker has it")
            return
        release(self.engine, lease, delay)

    def _next(self, lease: Lease) -> Row[Any] | None:
        oldest = (
            select(message, resident.c.profile_name_sealed, resident.c.delay_told_at)
            .join(resident, resident.c.key == message.c.resident)
            .where(message.c.resident == lease.resident, message.c.state == "received")
            .order_by(message.c.id)
            .limit(1)
        )
        with self.engine.connect() as connection:
            return connection.execute(oldest).first()

    def _turn(self, lease: Lease, inbound: Row[Any]) -> float | None:
        """One message's turn; None when it is settled, else the seconds to wait before trying again."""
        with step("turn", trace_of(inbound.provider_sid), message_id=inbound.id, attempt=inbound.attempts + 1):
            return self._try(lease, inbound)

    def _try(self, lease: Lease, inbound: Row[Any]) -> float | None:
        try:
            turn = self.conversation.take_turn(self._request(inbound))
        except BotUnavailable as error:
            logger.warning("the bot cannot be reached: %s", error)
            note(outcome="bot_away")
            return self._wait_for_bot(lease, inbound)
        except TurnFailed as error:
            logger.warning("turn of message %s failed: %s", inbound.id, error)
            note(outcome="failed")
            return self._failed(lease, inbound, str(error))
        with self.engine.begin() as connection:
            hold(connection, lease, self.lease_seconds)
            self._write(connection, inbound, turn)
        note(outcome="answered", replies=len(turn.replies))
        self.wake("send")
        return None

    def _request(self, inbound: Row[Any]) -> JsonObject:
        content = json.loads(self.vault.open(inbound.content_sealed))
        media = content["media"]
        with self.engine.connect() as connection:
            ticket = ticket_state(connection, inbound.resident)
            follows = (connection, inbound.resident, inbound.id, content.get("replies_to_sid"))
            reminder, unasked = reminder_before(*follows), is_unasked(*follows)
        return {
            "message_sid": inbound.provider_sid,
            "resident": inbound.resident,
            "kind": inbound.kind,
            "text": content["text"] or None,
            "payload": self._payload(inbound, content),
            "location": content["location"],
            "media": {"kind": inbound.kind, "content_type": media["content_type"]} if media else None,
            "context": {
                "now": datetime.now(BUENOS_AIRES).isoformat(timespec="seconds"),
                "received_at": inbound.created_at.astimezone(BUENOS_AIRES).isoformat(timespec="seconds"),
                "profile_name": self.vault.open(inbound.profile_name_sealed) if inbound.profile_name_sealed else None,
                "ticket": ticket,
                "held": ticket == "taken",
                "reminder": None if reminder is None else str(reminder),
                "unasked": unasked,
            },
        }

    def _payload(self, inbound: Row[Any], content: Mapping[str, Any]) -> str | None:
        with self.engine.connect() as connection:
            if content["button_id"] is not None:
                about = content.get("replies_to_sid")
                return payload_of_button(connection, self.vault, inbound.resident, content["button_id"], about)
            if inbound.kind == "text":
                return payload_of_typed_title(connection, self.vault, inbound.resident, inbound.id, content["text"])
        return None

    def _write(self, connection: Connection, inbound: Row[Any], turn: Turn) -> None:
        """Replies, NLU result, the inbound's new state and the ticket: all or nothing."""
        urgent = not URGENT_FLAGS.isdisjoint(turn.flags)
        _settle_inbound(
            connection,
            inbound.id,
            "answered",
            nlu=masked_values(turn.nlu.model_dump()),
            slots=masked_values(turn.slots),
            actions=turn.actions,
            active_form=turn.active_form,
            flags=turn.flags,
            urgent=urgent,
        )
        # The ticket before the lane, in the order in which the console locks them too.
        if turn.handover is not None:
            note_hand_over(connection, self.vault, inbound.resident, inbound.id, turn.handover)
        replies = merge_bubbles([reply.value() for reply in turn.replies])
        queue_replies(connection, self.vault, inbound.resident, inbound.id, replies)
        for flag in ALERT_FLAGS.intersection(turn.flags):
            raise_alert(connection, flag, inbound.resident, inbound.id)
        due = due_at(datetime.now(BUENOS_AIRES), self.follow_up_after)
        note_turn(connection, inbound.resident, inbound.id, turn.nlu.intent.name, "danger" in turn.flags, due)

    def _failed(self, lease: Lease, inbound: Row[Any], reason: str) -> float | None:
        attempts = inbound.attempts + 1
        with self.engine.begin() as connection:
            hold(connection, lease, self.lease_seconds)
            connection.execute(
                update(message).where(message.c.id == inbound.id).values(attempts=attempts, last_error=reason)
            )
            if attempts < self.attempts:
                return min(0.5 * 2.0 ** int(attempts), LONGEST_BACKOFF)
            _settle_inbound(connection, inbound.id, "set_aside", urgent=True)
            self._say(connection, inbound, "set_aside")
            raise_alert(connection, "set_aside", inbound.resident, inbound.id, reason)
        self.wake("send")
        return None

    def _wait_for_bot(self, lease: Lease, inbound: Row[Any]) -> float:
        """Say once that it takes longer, and when to try again: sooner for a message that has just come."""
        waited: timedelta = datetime.now(UTC) - inbound.created_at
        told = inbound.delay_told_at
        if waited > TELL_DELAY_AFTER and (told is None or datetime.now(UTC) - told > TELL_DELAY_AGAIN):
            with self.engine.begin() as connection:
                hold(connection, lease, self.lease_seconds)
                self._say(connection, inbound, "delayed")
                connection.execute(
                    update(resident).where(resident.c.key == inbound.resident).values(delay_told_at=func.now())
                )
            self.wake("send")
        return min(max(0.5, waited.total_seconds() / 4), LONGEST_BACKOFF)

    def _say(self, connection: Connection, inbound: Row[Any], text: str) -> None:
        queue_replies(connection, self.vault, inbound.resident, inbound.id, [Reply("text", self.texts[text].strip())])


def _settle_inbound(connection: Connection, inbound_id: int, state: str, **values: Any) -> None:
    connection.execute(
        update(message)
        .where(message.c.id == inbound_id, message.c.state == "received")
        .values(state=state, answered_at=func.now(), **values)
    )


def raise_alert(connection: Connection, kind: str, resident_key: str, message_id: int, detail: str = "") -> None:
    """Put something before the operators, once per message and kind."""
    connection.execute(
        upsert(alert)
        .values(kind=kind, resident=resident_key, message_id=message_id, detail=detail)
        .on_conflict_do_nothing()
    )
