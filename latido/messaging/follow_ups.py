"""The question that follows a danger sign, hours later: "¿Pudiste ir a la guardia?" Asked once an episode, or called.

The row is written in the transaction of the turn that heard of danger, and settled in the one that queues the question,
so that no death of a worker asks twice or never.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.messaging.notices import Notices
from latido.messaging.tables import danger_follow_up as follow_up
from latido.messaging.tables import resident
from latido.messaging.tickets import ticket_state

log = logging.getLogger(__name__)

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
WINDOW = timedelta(hours=24)  # WhatsApp lets us write this long after her last message
QUIET_FROM, QUIET_UNTIL, MORNING = time(22), time(8), time(8, 30)
AT_ONCE = 20
CALL = "danger_call"
INTENT = "danger_follow_up"
# What she tells in a turn that makes the question wrong: it would hurt, or could be read by the one she fears.
ENDING_INTENTS = frozenset({"report_loss", "report_violence", "report_self_harm"})


def due_at(now: datetime, after: timedelta) -> datetime:
    """When to ask: some hours later, in the morning when that is in the night of Buenos Aires."""
    due = (now + after).astimezone(BUENOS_AIRES)
    if due.time() >= QUIET_FROM:
        due += timedelta(days=1)
    elif due.time() >= QUIET_UNTIL:
        return due
    return datetime.combine(due.date(), MORNING, BUENOS_AIRES)


def note_turn(
    connection: Connection, key: str, message_id: int, intent: str | None, in_danger: bool, due: datetime
) -> None:
    """What a turn does to the question: danger plans or moves it, a loss or violence ends it."""
    if intent in ENDING_INTENTS:
        _drop(connection, key, due)
    elif in_danger and intent != INTENT:
        planned = upsert(follow_up).values(resident=key, message_id=message_id, due_at=due)
        moved = {"message_id": message_id, "due_at": due}
        waiting = follow_up.c.state == "waiting"
        connection.execute(
            planned.on_conflict_do_update(index_elements=[follow_up.c.resident], index_where=waiting, set_=moved)
        )


def forget_follow_ups(connection: Connection, key: str) -> None:
    """Nothing is kept of when she was in danger, and nothing is asked any more."""
    connection.execute(delete(follow_up).where(follow_up.c.resident == key))


@dataclass(frozen=True)
class FollowUps:
    """Asks what is due; `is_silent` says who asked not to be written to."""

    engine: Engine
    notices: Notices
    texts: Mapping[str, str]
    is_silent: Callable[[Connection, str], bool]
    now: Callable[[], datetime]

    def ask_due(self) -> int:
        """Ask, or have a person call, whoever's question is due; returns how many were settled."""
        settled = 0
        while settled < AT_ONCE and self._ask_one():
            settled += 1
        return settled

    def _ask_one(self) -> bool:
        now = self.now()
        due = (
            select(follow_up, resident.c.last_inbound_at)
            .join(resident, resident.c.key == follow_up.c.resident)
            .where(follow_up.c.state == "waiting", follow_up.c.due_at <= now)
            .order_by(follow_up.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True, of=follow_up)
        )
        with self.engine.begin() as connection:
            row = connection.execute(due).first()
            if row is None:
                return False
            state = self._settle(connection, row, now)
            settled = update(follow_up).where(follow_up.c.id == row.id)
            connection.execute(settled.values(state=state, settled_at=now))
        return True

    def _settle(self, connection: Connection, row: Row[tuple[object, ...]], now: datetime) -> str:
        if self.is_silent(connection, row.resident) or ticket_state(connection, row.resident) == "taken":
            return "dropped"
        if row.last_inbound_at is None or now - row.last_inbound_at >= WINDOW:
            self.notices.alert(connection, row.resident, CALL, f"follow-up:{row.id}", self.texts["follow_up_call"])
            return "called"
        buttons = [(self.texts["follow_up_" + went], _payload(went)) for went in ("yes", "going", "no")]
        self.notices.say(connection, row.resident, self.texts["follow_up"].strip(), buttons)
        return "asked"


def _drop(connection: Connection, key: str, now: datetime) -> None:
    waiting = (follow_up.c.resident == key, follow_up.c.state == "waiting")
    connection.execute(update(follow_up).where(*waiting).values(state="dropped", settled_at=now))


def _payload(went: str) -> str:
    return f"/{INTENT}" + json.dumps({"went": went})
