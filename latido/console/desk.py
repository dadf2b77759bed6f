"""What an operator has at hand under a conversation that is hers: replies, templates, colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, func, select

from latido.console.replies.rules import filled, provided
from latido.console.replies.store import replies_of
from latido.console.roles import ROLES, may
from latido.console.tables import operator, operator_session
from latido.console.tickets import Card
from latido.crypto import Vault
from latido.messaging.takeover import Takeover, is_approved
from latido.messaging.templates.reading import templates

Box = Literal["open", "shut", "others", "none"]
QUEUE = "cola"
HERE = timedelta(minutes=10)
ATTENDING = tuple(role for role in ROLES if may(role, "attend"))


@dataclass(frozen=True)
class AtHand:
    """A canned reply filled for today."""

    word: str
    text: str


@dataclass(frozen=True)
class TemplateChoice:
    """A template that may be sent outside the 24 hours; `preview` is what she reads."""

    name: str
    words: str
    preview: str


@dataclass(frozen=True)
class Colleague:
    """Another operator who may take it over; `is_here`: did something in the last ten minutes."""

    username: str
    is_here: bool


@dataclass(frozen=True)
class Desk:
    """`template_waits`: one was sent and she has not written since."""

    replies: Sequence[AtHand]
    templates: Sequence[TemplateChoice]
    template_waits: bool
    colleagues: Sequence[Colleague]

    def text_of(self, word: str) -> str:
        """The saved reply of this word; nothing where there is none."""
        return next((one.text for one in self.replies if one.word == word), "")


def desk_of(connection: Connection, vault: Vault, key: str, card: Card, operator_id: int, now: datetime) -> Desk:
    """Everything at hand for this operator and conversation; colleagues are all but who has it."""
    takeover = Takeover(connection, vault, now)
    shut = not takeover.may_write(key)
    others = operator.c.username != card.holder if card.holder else operator.c.id != operator_id
    return Desk(
        replies=tuple(AtHand(one.word, filled(one.text, now)) for one in replies_of(connection, operator_id)),
        templates=_templates(connection) if shut else (),
        template_waits=shut and takeover.template_waits(key),
        colleagues=_colleagues(connection, others, now),
    )


def box_of(card: Card, role: str, has_draft: bool) -> Box:
    """What is under a thread: a box to write in, what can be done outside the 24 hours, or nothing.

    Who may release what a colleague holds can pass it on from there too (`others`).

    Who wrote while a conversation fell back to the queue keeps her box: sending takes it again.
    """
    hers = card.is_mine or (has_draft and card.state != "taken")
    if not may(role, "attend") or not hers:
        return "others" if card.state == "taken" and may(role, "release_others") else "none"
    return "open" if card.may_write else "shut"


def colleague_called(connection: Connection, username: str) -> int | None:
    """The number of an operator who may attend to residents and may enter; None for anybody else."""
    them = (operator.c.username == username, operator.c.role.in_(ATTENDING), operator.c.disabled_at.is_(None))
    found = connection.execute(select(operator.c.id).where(*them)).scalar()
    return None if found is None else int(found)


def _templates(connection: Connection) -> Sequence[TemplateChoice]:
    approved = [(name, words) for name, words in provided().templates.items() if is_approved(connection, name)]
    return tuple(TemplateChoice(name, words, outside_text(name)) for name, words in approved)


def outside_text(name: str) -> str:
    """What WhatsApp shows of a template without variables."""
    return templates()[(name, "")].outside.body


def _colleagues(connection: Connection, others: ColumnElement[bool], now: datetime) -> Sequence[Colleague]:
    seen = func.max(operator_session.c.last_seen_at)
    wanted = (
        select(operator.c.username, seen.label("seen"))
        .outerjoin(operator_session, operator_session.c.operator_id == operator.c.id)
        .where(others, operator.c.role.in_(ATTENDING), operator.c.disabled_at.is_(None))
        .group_by(operator.c.username)
    )
    found = [
        Colleague(row.username, row.seen is not None and row.seen > now - HERE) for row in connection.execute(wanted)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_here, one.username)))
