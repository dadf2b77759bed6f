"""Straight on: the first answer of a turn goes to the sender of the same process, without a look for it in the log.

That it is tried is written with it, and its lane is leased to that sender, in the transaction of the turn. Who dies
before the call to Twilio leaves what any sender leaves that dies there: Twilio is asked before it is sent again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from latido.messaging.lanes import Lease
from latido.messaging.messages import Reply


@dataclass(frozen=True)
class Tried:
    """An answer in the log as one that is tried: what its sending has to know, as `next_outbound` would tell it."""

    id: int
    resident: str
    kind: str
    reply: Reply
    address_sealed: bytes
    answers_sid: str
    asked_at: datetime
    state: str = "sending"
    attempts: int = 0
    reminder_id: int | None = None
    campaign_recipient_id: int | None = None
    unreachable_code: int | None = None

    @classmethod
    def of(cls, message_id: int, inbound: Any, reply: Reply) -> Tried:
        """The answer `reply` to a message as `next_inbound` found it."""
        asked = (inbound.address_sealed, inbound.provider_sid, inbound.created_at)
        return cls(message_id, inbound.resident, reply.kind, reply, *asked)


class Places(Protocol):
    """The sender's threads."""

    def take(self) -> bool:
        """Take a place if one is free; it is given back, or work is begun in it."""
        ...

    def give_back(self) -> None:
        """Give back a place that was not needed."""
        ...

    def begin(self, lease: Lease, first: Any) -> None:
        """Work on the lane of this lease in a place that was taken, beginning with this message."""
        ...


@dataclass
class StraightOn:
    """Closed until a sender of the same process opens it: answers wait in the log, as for any other."""

    _places: Places | None = None
    _goes_now: Callable[[Any, Reply], bool] | None = None

    def open(self, places: Places, goes_now: Callable[[Any, Reply], bool]) -> None:
        """From now on answers go to these places; `goes_now` is asked whether a message's first answer may be sent."""
        self._places, self._goes_now = places, goes_now

    def lease(self, inbound: Any, replies: Sequence[Reply]) -> Lease | None:
        """A place for the first answer to this message, and the lease to be written with it; None when it must wait."""
        if self._places is None or self._goes_now is None or not replies:
            return None
        # Open when the database was restored: perhaps it was answered before, and Twilio has to be asked.
        if inbound.attempted_at is not None or not self._places.take():
            return None
        if self._goes_now(inbound, replies[0]):
            return Lease(inbound.resident, "send", uuid.uuid4())
        self._places.give_back()
        return None

    def go(self, lease: Lease, tried: Tried | None) -> None:
        """Send what was written under this lease; None: her lane was not free, and the place is given back."""
        if self._places is None:
            return
        if tried is None:
            self._places.give_back()
        else:
            self._places.begin(lease, tried)
