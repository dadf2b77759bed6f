"""Messages Twilio could not deliver while our webhooks were down: looked up at Twilio and stored like any other.

Twilio gives up on a webhook after some seconds. Its list of messages knows text and sender of each, but neither the
point of a location nor the id of a button; such a message is stored with what is known of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine, select

from latido.crypto import Vault
from latido.messaging.inbox import store_inbound
from latido.messaging.lanes import LaneName
from latido.messaging.messages import InboundKind, InboundMessage
from latido.messaging.tables import message

logger = logging.getLogger(__name__)

# Counted from the newest message that Twilio lists, by its clock: ours may be wrong by as much as a day.
FIRST_LOOK_BACK = timedelta(hours=12)
OURS_MAY_BE_WRONG_BY = timedelta(hours=24)
OVERLAP = timedelta(minutes=2)
# A webhook that is still on its way is not missed: it gets this long to arrive by itself.
TIME_TO_ARRIVE = timedelta(seconds=16)
BATCH = 200


@dataclass(frozen=True)
class Listed:
    """An inbound message as Twilio lists it."""

    sid: str
    address: str
    text: str
    has_media: bool
    created_at: datetime


class History(Protocol):
    """Whoever knows what residents wrote to us."""

    def received_since(self, since: datetime) -> Iterator[Listed]:
        """Inbound messages since then, newest first; raises a SendProblem."""
        ...


@dataclass
class Reconciliation:
    """Finds what never reached the webhook, from where the last look ended; by Twilio's clock, not by ours."""

    engine: Engine
    vault: Vault
    history: History
    wake: Callable[[LaneName], None]
    time_to_arrive: timedelta = TIME_TO_ARRIVE
    _seen_until: datetime | None = None
    _missing_since: dict[str, float] = field(default_factory=dict, init=False)

    def look(self) -> int:
        """Store what is missing since the last look and had its time to arrive; returns how many messages that were."""
        listed = self._listed()
        missing = self._missing(listed)
        now = time.monotonic()
        self._missing_since = {one.sid: self._missing_since.get(one.sid, now) for one in missing}
        patience = self.time_to_arrive.total_seconds()
        given_up = [one for one in missing if now - self._missing_since[one.sid] >= patience]
        for one in reversed(given_up):
            store_inbound(self.engine, self.vault, _inbound(one))
        if given_up:
            logger.warning("%d messages had not reached the webhook; they are being answered now", len(given_up))
            self.wake("turn")
        if listed:
            self._seen_until = min(one.created_at for one in (listed[0], *missing))
        return len(given_up)

    def _listed(self) -> list[Listed]:
        """What Twilio lists since the last look, newest first; at first, the hours before the newest."""
        if self._seen_until is not None:
            return list(self.history.received_since(self._seen_until - OVERLAP))
        listed: list[Listed] = []
        for one in self.history.received_since(datetime.now(UTC) - FIRST_LOOK_BACK - OURS_MAY_BE_WRONG_BY):
            if listed and one.created_at < listed[0].created_at - FIRST_LOOK_BACK:
                break
            listed.append(one)
        return listed

    def _missing(self, listed: list[Listed]) -> list[Listed]:
        missing = []
        with self.engine.connect() as connection:
            for start in range(0, len(listed), BATCH):
                batch = listed[start : start + BATCH]
                sids = [one.sid for one in batch]
                stored = select(message.c.provider_sid).where(message.c.provider_sid.in_(sids))
                known = set(connection.execute(stored).scalars())
                missing += [one for one in batch if one.sid not in known]
        return missing


def _inbound(listed: Listed) -> InboundMessage:
    kind: InboundKind = "document" if listed.has_media else "text" if listed.text.strip() else "unknown"
    return InboundMessage(listed.sid, listed.address, kind, listed.text)
