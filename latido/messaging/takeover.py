"""A person in the conversation: takes it, writes in it, gives it back, closes it; in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Engine, Row, func, select, update

from latido.crypto import Vault
from latido.messaging.messages import Button, Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.reachability import unreachable
from latido.messaging.redaction import masked
from latido.messaging.tables import message, resident, ticket, ticket_event
from latido.messaging.templates.replies import reminder_reply
from latido.messaging.templates.store import APPROVED, best_version
from latido.messaging.tickets import ask_for_person, locked_ticket, note_event, settle

TEXTS = Path(__file__).parent / "texts" / "es_AR.yml"
WINDOW = timedelta(hours=24)
LONGEST = 1600
LONGEST_NOTE = 400
RESUME = "/resume_flow"
NO_JOURNEY = (None, "consent_form")


class NotPossible(Exception):
    """The step cannot be done now; `reason` is a word of `refusals` in the console's labels."""

    def __init__(self, reason: str, holder: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.holder = holder


@dataclass(frozen=True)
class Takeover:
    """What an operator, or the time, may do to a conversation; raises NotPossible."""

    connection: Connection
    vault: Vault
    now: datetime

    def take(self, key: str, operator_id: int) -> bool:
        """The conversation becomes this operator's, False when it was before; `held` when another one has it."""
        row = locked_ticket(self.connection, key) or self._own_initiative(key)
        if row.state == "taken":
            if row.operator_id != operator_id:
                raise NotPossible("held", row.operator_id)
            return False
        taken = {"state": "taken", "operator_id": operator_id, "taken_at": self.now, "operator_at": self.now}
        self.connection.execute(update(ticket).where(ticket.c.id == row.id).values(taken))
        note_event(self.connection, row.id, "taken", operator_id)
        self._tell(key, "handover_taken", resumable=False)
        return True

    def write(self, key: str, operator_id: int, text: str) -> None:
        """Queue what the operator says; `window` when WhatsApp would refuse it."""
        row = self._held_by(key, operator_id)
        words = text.strip()
        if not words or len(words) > LONGEST:
            raise NotPossible("empty" if not words else "long")
        if not self.may_write(key):
            raise NotPossible("window")
        self._say(key, row, operator_id, Reply("text", words))

    def send_template(self, key: str, operator_id: int, name: str) -> None:
        """Outside the window: a template that WhatsApp approved, once until she writes again."""
        row = self._held_by(key, operator_id)
        if self.may_write(key):
            raise NotPossible("window_open")
        if not is_approved(self.connection, name):
            raise NotPossible("no_template")
        if unreachable(self.connection, [key]):
            raise NotPossible("unreachable")
        if self.template_waits(key):
            raise NotPossible("told_already")
        self._say(key, row, operator_id, reminder_reply(name, {}, None))

    def hand_over(self, key: str, operator_id: int, to: int, note: str = "", for_others: bool = False) -> None:
        """Another operator has it from now on; nothing is said to the resident, for whom a person stays a person."""
        row = self._held_by(key, operator_id, for_others)
        if to == row.operator_id:
            raise NotPossible("same_holder")
        passed = {"operator_id": to, "operator_at": self.now}
        self.connection.execute(update(ticket).where(ticket.c.id == row.id).values(passed))
        note_event(self.connection, row.id, "handed_over", operator_id, to=to, note_sealed=self._sealed(note))

    def give_back(self, key: str, operator_id: int, for_others: bool = False, note: str = "") -> None:
        """The bot answers again, the ticket waits again; `for_others`: also when another operator has it."""
        row = self._held_by(key, operator_id, for_others)
        settle(self.connection, row.id, "open")
        note_event(self.connection, row.id, "given_back", operator_id, note_sealed=self._sealed(note))
        self._tell(key, "handover_given_back")

    def close(self, key: str, operator_id: int, for_others: bool = False) -> None:
        """The request is done with, whether somebody had taken it or not."""
        row = locked_ticket(self.connection, key)
        if row is None:
            raise NotPossible("no_ticket")
        if row.state == "taken" and row.operator_id != operator_id and not for_others:
            raise NotPossible("held", row.operator_id)
        settle(self.connection, row.id, "closed")
        note_event(self.connection, row.id, "closed", operator_id)
        self._tell(key, "handover_closed")

    def let_go(self, key: str, idle_since: datetime) -> bool:
        """Give it back when its operator did nothing since then; whether that was so."""
        row = locked_ticket(self.connection, key)
        if row is None or row.state != "taken" or row.operator_at > idle_since:
            return False
        settle(self.connection, row.id, "open")
        note_event(self.connection, row.id, "timed_out")
        self._tell(key, "handover_went_quiet")
        return True

    def may_write(self, key: str) -> bool:
        """Whether WhatsApp's 24 hours since her last message are not over."""
        ends = self.window_ends(key)
        return ends is not None and self.now < ends

    def window_ends(self, key: str) -> datetime | None:
        """When she can be written to in free form no more; None when she never wrote."""
        row = self.connection.execute(
            select(resident.c.last_inbound_at, resident.c.window_shut_at).where(resident.c.key == key)
        ).first()
        if row is None or row.last_inbound_at is None:
            return None
        ends: datetime = row.last_inbound_at + WINDOW
        # WhatsApp may say that it is over before we think so: it counts by its own clock.
        shut = row.window_shut_at if row.window_shut_at and row.window_shut_at >= row.last_inbound_at else ends
        return min(ends, shut)

    def template_waits(self, key: str) -> bool:
        """Whether an operator's template went out, or will, since she last wrote: one is enough."""
        wrote = select(resident.c.last_inbound_at).where(resident.c.key == key).scalar_subquery()
        sent = select(message.c.id).where(
            message.c.resident == key,
            message.c.template.is_not(None),
            message.c.reminder_id.is_(None),
            message.c.campaign_recipient_id.is_(None),
            message.c.state != "failed",
            message.c.created_at > func.coalesce(wrote, datetime.min.replace(tzinfo=UTC)),
            message.c.id.in_(select(ticket_event.c.message_id).where(ticket_event.c.kind == "wrote")),
        )
        return self.connection.execute(sent.limit(1)).first() is not None

    def _say(self, key: str, row: Row[Any], operator_id: int, reply: Reply) -> None:
        """Queue it in the operator's name."""
        (said,) = queue_replies(self.connection, self.vault, key, None, [reply])
        note_event(self.connection, row.id, "wrote", operator_id, said)
        spoke = {"operator_at": self.now, "first_reply_at": func.coalesce(ticket.c.first_reply_at, self.now)}
        self.connection.execute(update(ticket).where(ticket.c.id == row.id).values(spoke))

    def _sealed(self, note: str) -> bytes | None:
        words = masked(note.strip())
        if len(words) > LONGEST_NOTE:
            raise NotPossible("long_note")
        return self.vault.seal(words) if words else None

    def _own_initiative(self, key: str) -> Row[Any]:
        """A ticket for a conversation that an operator takes without having been asked."""
        last = select(func.max(message.c.id)).where(message.c.resident == key, message.c.direction == "in")
        message_id = self.connection.execute(last).scalar()
        if message_id is None:
            raise NotPossible("no_ticket")
        ask_for_person(self.connection, self.vault, key, message_id, "operator", [])
        made = locked_ticket(self.connection, key)
        if made is None:
            raise NotPossible("no_ticket")
        return made

    def _held_by(self, key: str, operator_id: int, for_others: bool = False) -> Row[Any]:
        row = locked_ticket(self.connection, key)
        if row is None or row.state != "taken":
            raise NotPossible("not_holder")
        if row.operator_id != operator_id and not for_others:
            raise NotPossible("held", row.operator_id)
        return row

    def _tell(self, key: str, text: str, resumable: bool = True) -> None:
        """One short message, where WhatsApp allows it; with the way back to a journey left open."""
        if not self.may_write(key):
            return
        words = _texts()
        reply = Reply("text", words[text].strip())
        if resumable and journey_is_open(self.connection, key):
            reply = Reply("quick_reply", words[text].strip(), (Button(words["handover_resume"], RESUME),))
        queue_replies(self.connection, self.vault, key, None, [reply])


def is_approved(connection: Connection, name: str) -> bool:
    """Whether WhatsApp lets the plain wording of this template through."""
    version = best_version(connection, name, "")
    return version is not None and version.approval.status == APPROVED


def journey_is_open(connection: Connection, key: str) -> bool:
    """Whether a form was active after her last turn, or left half-way before."""
    mine = (message.c.resident == key, message.c.direction == "in", message.c.state == "answered")
    last = select(message.c.active_form).where(*mine).order_by(message.c.id.desc()).limit(1)
    if connection.execute(last).scalar() not in NO_JOURNEY:
        return True
    left = message.c.slots["open_form"].astext
    newest = select(left).where(*mine, message.c.slots.has_key("open_form")).order_by(message.c.id.desc()).limit(1)
    return connection.execute(newest).scalar() is not None


def let_go_of_idle(engine: Engine, vault: Vault, idle: timedelta, now: datetime | None = None) -> int:
    """Give back every conversation whose operator did nothing for `idle`; returns how many."""
    now = now or datetime.now(UTC)
    with engine.connect() as connection:
        quiet = select(ticket.c.resident).where(ticket.c.state == "taken", ticket.c.operator_at <= now - idle)
        keys = connection.execute(quiet).scalars().all()
    count = 0
    for key in keys:
        with engine.begin() as connection:
            count += Takeover(connection, vault, now).let_go(key, now - idle)
    return count


@cache
def _texts() -> Mapping[str, str]:
    texts: Mapping[str, str] = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    return texts
