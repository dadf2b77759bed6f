"""The sender: a resident's queued messages to Twilio, in order, each accepted once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Row, func, select, update

from latido.crypto import Vault
from latido.messaging.contents import content_sid_for, content_types, forget_content
from latido.messaging.inbox import merge_stored_receipts
from latido.messaging.lanes import Lease, LeaseLost, hold, release
from latido.messaging.messages import Reply
from latido.messaging.outbox import opened_reply
from latido.messaging.pacing import Pacer
from latido.messaging.provider import Accepted, NeverAccepted, OutcomeUnknown, Outgoing, Rejected, SendProblem
from latido.messaging.tables import message, resident
from latido.messaging.turns import raise_alert

logger = logging.getLogger(__name__)

WINDOW = timedelta(hours=24)
OUT_OF_WINDOW = 63016
UNKNOWN_CONTENT = 21655
TRIES_WITH_NEW_CONTENT = 3
# Twilio may list a message some seconds after it took it: we look several times before we believe it never came.
BELIEVE_ABSENT_AFTER = timedelta(seconds=20)
LOOK_AGAIN = 2.0
LONGEST_BACKOFF = 30.0


class Provider(Protocol):
    """Whoever carries messages to WhatsApp; each call raises a SendProblem."""

    sender: str

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one message over."""
        ...

    def create_content(self, friendly_name: str, types: dict[str, object]) -> str:
        """Make a content and return its sid."""
        ...

    def sent_to(self, address: str, since: datetime) -> list[tuple[str, str, str]]:
        """(sid, status, body) of what was accepted for an address since then, oldest first."""
        ...


@dataclass(frozen=True)
class Sender:
    """What sending needs; `callback_url` is the public address of the status webhook."""

    engine: Engine
    vault: Vault
    provider: Provider
    pacer: Pacer
    callback_url: str
    lease_seconds: float
    believe_absent_after: timedelta = BELIEVE_ABSENT_AFTER

    def work(self, lease: Lease) -> None:
        """Send the resident's open messages one after the other, then give the lane back."""
        try:
            delay = None
            while delay is None and (outbound := self._next(lease)) is not None:
                delay = self._advance(lease, outbound)
        except LeaseLost:
            logger.warning("a send took longer than its lease; another worker has it")
            return
        release(self.engine, lease, delay)

    def _next(self, lease: Lease) -> Row[Any] | None:
        oldest = (
            select(message, resident.c.address_sealed, resident.c.last_inbound_at)
            .join(resident, resident.c.key == message.c.resident)
            .where(message.c.resident == lease.resident, message.c.state.in_(("queued", "sending", "unknown")))
            .order_by(message.c.id)
            .limit(1)
        )
        with self.engine.connect() as connection:
            return connection.execute(oldest).first()

    def _advance(self, lease: Lease, outbound: Row[Any]) -> float | None:
        """One message one step further; None when it is settled, else the seconds to wait."""
        if outbound.state in ("sending", "unknown"):
            return self._settle(lease, outbound)
        if not _window_is_open(outbound):
            self._note(lease, outbound, "failed", error_code=OUT_OF_WINDOW, last_error="the 24-hour window is closed")
            return None
        wait = self.pacer.wait(self.provider.sender, outbound.resident)
        return wait if wait > 0 else self._attempt(lease, outbound)

    def _attempt(self, lease: Lease, outbound: Row[Any]) -> float | None:
        """Send it: that we try is committed before the call, what came of it after."""
        reply = opened_reply(self.vault, outbound.content_sealed)
        try:
            outgoing = self._outgoing(outbound, reply)
            self._note(lease, outbound, "sending", attempted_at=func.now(), attempts=outbound.attempts + 1)
            accepted = self.provider.send(outgoing)
        except NeverAccepted as problem:
            self._note(lease, outbound, "queued", last_error=str(problem), attempts=outbound.attempts + 1)
            return _backoff(outbound.attempts)
        except OutcomeUnknown as problem:
            self._note(lease, outbound, "unknown", last_error=str(problem))
            return LOOK_AGAIN
        except Rejected as problem:
            if problem.code == UNKNOWN_CONTENT and outbound.attempts < TRIES_WITH_NEW_CONTENT:
                return self._with_new_content(lease, outbound, outgoing)
            self._note(lease, outbound, "failed", last_error=str(problem), error_code=problem.code)
            return None
        self._accepted(lease, outbound, accepted.sid, accepted.status)
        return None

    def _with_new_content(self, lease: Lease, outbound: Row[Any], outgoing: Outgoing) -> float:
        forget_content(self.engine, outgoing.content_sid or "")
        self._note(lease, outbound, "queued", last_error="the content was gone", attempts=outbound.attempts + 1)
        return _backoff(outbound.attempts)

    def _outgoing(self, outbound: Row[Any], reply: Reply) -> Outgoing:
        content_sid = None
        if reply.kind in ("quick_reply", "list"):
            content_sid = content_sid_for(self.engine, content_types(reply), self.provider.create_content)
        return Outgoing(
            to=self.vault.open(outbound.address_sealed),
            body=reply.text,
            callback=f"{self.callback_url}?ref={outbound.id}",
            content_sid=content_sid,
            location=reply.location,
        )

    def _settle(self, lease: Lease, outbound: Row[Any]) -> float | None:
        """Ask Twilio whether it took the message; only one that it never took is queued again."""
        try:
            sid_and_status = self._found(outbound)
        except SendProblem as problem:
            logger.warning("message %s is not settled yet: %s", outbound.id, problem)
            return LOOK_AGAIN
        if sid_and_status is not None:
            self._accepted(lease, outbound, *sid_and_status)
            return None
        if datetime.now(UTC) - outbound.attempted_at < self.believe_absent_after:
            return LOOK_AGAIN
        self._note(lease, outbound, "queued", last_error="Twilio never took it")
        return None

    def _found(self, outbound: Row[Any]) -> tuple[str, str] | None:
        body = opened_reply(self.vault, outbound.content_sealed).text
        listed = self.provider.sent_to(self.vault.open(outbound.address_sealed), outbound.attempted_at)
        with self.engine.connect() as connection:
            taken = set(
                connection.execute(
                    select(message.c.provider_sid).where(message.c.provider_sid.in_([sid for sid, _, _ in listed]))
                ).scalars()
            )
        matching = [(sid, status) for sid, status, text in listed if text.strip() == body.strip() and sid not in taken]
        return matching[0] if matching else None

    def _accepted(self, lease: Lease, outbound: Row[Any], sid: str, status: str) -> None:
        with self.engine.begin() as connection:
            hold(connection, lease, self.lease_seconds)
            connection.execute(
                update(message)
                .where(message.c.id == outbound.id, message.c.state != "failed")
                .values(
                    state="handed_over",
                    provider_sid=sid,
                    status=func.coalesce(message.c.status, status),
                    handed_over_at=func.coalesce(message.c.handed_over_at, func.now()),
                    last_error=None,
                )
            )
            merge_stored_receipts(connection, outbound.id, sid)

    def _note(self, lease: Lease, outbound: Row[Any], state: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            hold(connection, lease, self.lease_seconds)
            _move(connection, outbound, state, values)
            if state == "failed":
                raise_alert(connection, "undelivered", outbound.resident, outbound.id, str(values["last_error"]))


def _move(connection: Connection, outbound: Row[Any], state: str, values: dict[str, Any]) -> None:
    """Change the state unless a receipt has settled the message in the meantime."""
    moment = {"failed_at": func.now()} if state == "failed" else {}
    connection.execute(
        update(message)
        .where(message.c.id == outbound.id, message.c.state.in_(("queued", "sending", "unknown")))
        .values(state=state, **moment, **values)
    )


def _window_is_open(outbound: Row[Any]) -> bool:
    """Whether the resident wrote in the last 24 hours: outside, WhatsApp takes approved templates only."""
    last = outbound.last_inbound_at
    return last is not None and datetime.now(UTC) - last < WINDOW


def _backoff(attempts: int) -> float:
    return float(min(0.25 * 2.0**attempts, LONGEST_BACKOFF))
