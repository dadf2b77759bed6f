"""Tickets as turns make them: a conversation that needs a person, with a summary that only operators open."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.crypto import Vault
from latido.messaging.conversation import HandOver
from latido.messaging.redaction import PRIVATE_NAMES, masked_values
from latido.messaging.tables import alert, ticket, ticket_event

LIVE = ("open", "taken")
SummaryLines = list[dict[str, Any]]


def is_live() -> ColumnElement[bool]:
    """The condition that a ticket waits or is taken."""
    states: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in LIVE]
    return ticket.c.state.in_(states)


def ticket_state(connection: Connection, resident: str) -> str | None:
    """`open` or `taken`; None when nobody is asked for."""
    state = select(ticket.c.state).where(ticket.c.resident == resident, is_live())
    return connection.execute(state).scalar()


def locked_ticket(connection: Connection, resident: str) -> Row[Any] | None:
    """The resident's live ticket, locked until the transaction ends."""
    live = select(ticket).where(ticket.c.resident == resident, is_live())
    return connection.execute(live.with_for_update()).first()


def note_hand_over(connection: Connection, vault: Vault, resident: str, message_id: int, wanted: HandOver) -> None:
    """What a turn says about a person: opens a ticket, adds a reason to the one there is, or closes it."""
    if wanted.withdrawn:
        _withdraw(connection, resident, message_id)
    elif wanted.reason:
        ask_for_person(connection, vault, resident, message_id, wanted.reason, wanted.lines())


def ask_for_person(
    connection: Connection, vault: Vault, resident: str, message_id: int, reason: str, summary: SummaryLines
) -> None:
    """A new ticket, or another reason for the live one: a resident has one at most."""
    sealed = vault.seal(json.dumps(_fit(summary), ensure_ascii=False))
    opened = connection.execute(
        upsert(ticket)
        .values(resident=resident, reasons=[reason], summary_sealed=sealed, message_id=message_id)
        .on_conflict_do_nothing(index_elements=[ticket.c.resident], index_where=is_live())
        .returning(ticket.c.id)
    ).scalar()
    if opened is not None:
        note_event(connection, opened, "opened", message_id=message_id)
        return
    row = locked_ticket(connection, resident)
    if row is None:  # closed between the two statements: then it is a new request
        ask_for_person(connection, vault, resident, message_id, reason, summary)
        return
    reasons = list(dict.fromkeys([*row.reasons, reason]))
    # The newest summary says where she is now.
    connection.execute(update(ticket).where(ticket.c.id == row.id).values(reasons=reasons, summary_sealed=sealed))
    note_event(connection, row.id, "asked_again", message_id=message_id)


def opened_summary(vault: Vault, summary_sealed: bytes) -> SummaryLines:
    """The lines that were sealed: `label` and `value`, both names of ours or values of slots."""
    lines: SummaryLines = json.loads(vault.open(summary_sealed)) if summary_sealed else []
    return lines


def note_event(
    connection: Connection,
    ticket_id: int,
    kind: str,
    operator_id: int | None = None,
    message_id: int | None = None,
    to: int | None = None,
    note_sealed: bytes | None = None,
) -> None:
    """One line of the audit; `to` is the operator it was handed over to, the note is for the next one."""
    values = {"ticket_id": ticket_id, "kind": kind, "operator_id": operator_id, "message_id": message_id}
    connection.execute(insert(ticket_event).values(**values, to_operator_id=to, note_sealed=note_sealed))


def _withdraw(connection: Connection, resident: str, message_id: int) -> None:
    """She needs nobody any more, nor does an alert; once a person is there, that person ends it."""
    row = locked_ticket(connection, resident)
    if row is None or row.state != "open":
        return
    settle(connection, row.id, "closed")
    note_event(connection, row.id, "withdrawn", message_id=message_id)
    asked = (alert.c.resident == resident, alert.c.kind == "wants_person", alert.c.resolved_at.is_(None))
    connection.execute(update(alert).where(*asked).values(resolved_at=func.now()))


def settle(connection: Connection, ticket_id: int, state: str) -> None:
    """Nobody has it any more: `open`, it waits again, or `closed`."""
    closed_at = func.now() if state == "closed" else None
    values = {"state": state, "operator_id": None, "taken_at": None, "operator_at": None, "closed_at": closed_at}
    connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(values))
    if state == "closed":  # what one told the next one serves nobody any more
        notes = update(ticket_event).where(ticket_event.c.ticket_id == ticket_id)
        connection.execute(notes.values(note_sealed=None))


def _fit(summary: SummaryLines) -> SummaryLines:
    """Without what names a person; documents, phones and mails in any value masked."""
    kept = [line for line in summary if line["label"] not in PRIVATE_NAMES]
    return [{"label": line["label"], "value": masked_values(line["value"])} for line in kept]
