"""Turns: one resident's open messages, in order, through the bot and into the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, get_args

from sqlalchemy import Connection, Engine, Row, func, update

from latido.crypto import Vault
from latido.messaging.alerts import raise_alert
from latido.messaging.conversation import BotUnavailable, Conversation, Turn, TurnFailed
from latido.messaging.lanes import LaneName, Lease, LeaseLost, hold, lock_all, release
from latido.messaging.messages import InboundKind, Reply
from latido.messaging.next_messages import next_inbound
from latido.messaging.outbox import queue_replies
from latido.messaging.straight_on import StraightOn, Tried
from latido.messaging.tables import message, resident
from latido.messaging.together import ThreadsTogether
from latido.messaging.turn_records import Answered, bubbles_of, write_turns
from latido.messaging.turn_requests import turn_request
from tracelog import note, step, trace_of

logger = logging.getLogger(__name__)

TELL_DELAY_AFTER = timedelta(seconds=10)
TELL_DELAY_AGAIN = timedelta(minutes=30)
LONGEST_BACKOFF = 10.0
# So many messages of one resident, then those who wait for a free place: whoever floods holds none for good.
IN_A_ROW = 4
MEDIA_KINDS = frozenset(get_args(InboundKind)) - {"text", "location", "button", "unknown"}


class _Later(Exception):
    """The message cannot be answered now: its lane is to be given back for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


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
    leaving: threading.Event = field(default_factory=threading.Event)
    straight_on: StraightOn = field(default_factory=StraightOn)
    send_lease_seconds: float = 40.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def work(self, lease: Lease, first: Any = None) -> float | None:
        """Answer the resident's open messages in order, then give the lane back; returns a delay in seconds.

        `first` is the oldest of them where it is known (`find`).
        """
        try:
            inbound, taken = first or self._first(lease), 0
            while inbound is not None:
                inbound, taken = self._turn(lease, inbound), taken + 1
                if inbound is not None and (taken == IN_A_ROW or self.leaving.is_set()):
                    release(self.engine, lease)  # whoever waits comes first; or another worker goes on with her
                    return None if self.leaving.is_set() else 0.0
        except LeaseLost:
            logger.warning("a turn took longer than its lease; another worker has it")
        except _Later as later:
            release(self.engine, lease, later.seconds)
            return later.seconds
        return None

    def _first(self, lease: Lease) -> Row[Any] | None:
        """The oldest open message; None when there is none, and then the lane is given back."""
        inbound = self.find([lease]).get(lease.resident)
        if inbound is None:
            release(self.engine, lease)
        return inbound

    def find(self, leases: Sequence[Lease]) -> dict[str, Row[Any]]:
        """The oldest open message of each resident, by her key."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return next_inbound(connection, [lease.resident for lease in leases])

    def _turn(self, lease: Lease, inbound: Row[Any]) -> Row[Any] | None:
        """One message's turn; then the next one, or None when there is none and the lane was given back."""
        with step("turn", trace_of(inbound.provider_sid), message_id=inbound.id, attempt=inbound.attempts + 1):
            try:
                return self._try(lease, inbound)
            except _Later as put_off:
                later = put_off
        raise later

    def _try(self, lease: Lease, inbound: Row[Any]) -> Row[Any] | None:
        try:
            turn = self.conversation.take_turn(turn_request(self.engine, self.vault, inbound, self.now()))
        except BotUnavailable as error:
            logger.warning("the bot cannot be reached: %s", error)
            note(outcome="bot_away")
            raise _Later(self._wait_for_bot(lease, inbound)) from error
        except TurnFailed as error:
            logger.warning("turn of message %s failed: %s", inbound.id, error)
            note(outcome="failed")
            return self._failed(lease, inbound, str(error))
        following = self._write_down(lease, inbound, turn)
        note(outcome="answered", replies=len(turn.replies))
        return following

    def _write_down(self, lease: Lease, inbound: Row[Any], turn: Turn) -> Row[Any] | None:
        """Commit what the turn gave, and hand its first answer to the sender; returns the resident's next message."""
        bubbles = bubbles_of(turn)
        straight_on, tried = self.straight_on.lease(inbound, bubbles), None
        try:
            following, tried = self._written.do(Answered(lease, inbound, turn, bubbles, straight_on))
        finally:
            if straight_on is not None:
                self.straight_on.go(straight_on, tried)
        if bubbles and tried is None:
            self.wake("send")
        return following

    @cached_property
    def _written(self) -> ThreadsTogether[Answered, tuple[Row[Any] | None, Tried | None]]:
        return ThreadsTogether(self._write)

    def _write(self, answered: Sequence[Answered]) -> list[tuple[Row[Any] | None, Tried | None] | Exception]:
        """Write turns of several residents in one transaction, which also gives back the lanes where all is said."""
        leases = (self.lease_seconds, self.send_lease_seconds)
        more: dict[str, Row[Any]] = {}
        with self.engine.begin() as connection:
            held = lock_all(connection, [one.lease for one in answered])
            ours = [one for one in answered if one.lease.resident in held]
            results = write_turns(connection, self.vault, ours, self.follow_up_after, leases) if ours else []
            written = {one.lease.resident: result for one, result in zip(ours, results, strict=True)}
            if going_on := [resident for resident, result in written.items() if result.goes_on]:
                more = next_inbound(connection, going_on)
        return [
            (more.get(key), written[key].tried) if key in held else LeaseLost("turn")
            for key in (one.lease.resident for one in answered)
        ]

    def _failed(self, lease: Lease, inbound: Row[Any], reason: str) -> Row[Any] | None:
        attempts = inbound.attempts + 1
        with self.engine.begin() as connection:
            hold(connection, lease, self.lease_seconds)
            this = update(message).where(message.c.id == inbound.id, message.c.state == "received")
            connection.execute(this.values(attempts=attempts, last_error=reason))
            if attempts >= self.attempts:
                connection.execute(this.values(state="set_aside", answered_at=func.now(), urgent=True))
                self._say(connection, inbound, "set_aside")
                raise_alert(connection, "set_aside", inbound.resident, inbound.id, reason)
        if attempts < self.attempts:
            raise _Later(min(0.5 * 2.0 ** int(attempts), LONGEST_BACKOFF))
        self.wake("send")
        return self._first(lease)

    def _wait_for_bot(self, lease: Lease, inbound: Row[Any]) -> float:
        """Say once that it takes longer, and when to try again: sooner for a message that has just come."""
        waited: timedelta = self.now() - inbound.created_at
        told = inbound.delay_told_at
        if waited > TELL_DELAY_AFTER and (told is None or self.now() - told > TELL_DELAY_AGAIN):
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
