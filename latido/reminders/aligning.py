"""Bringing the rows of one resident in line with her plan: written, changed, cancelled, or left as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from latido.crypto import Vault
from latido.messaging.tables import message
from latido.reminders.rules.steps import Step
from latido.reminders.tables import OPEN, reminder

AWAY = "WhatsApp does not deliver to her"
NOT_PLANNED = "the plan has it no more"
TOO_LATE = "its last moment passed"
DROPPED: Mapping[str, Any] = {"state": "cancelled", "last_reason": NOT_PLANNED}
LET_GO: Mapping[str, Any] = {"lease_until": None, "lease_token": None}
# What a message says is kept here only until it stands in the message log.
WORDLESS = b""


def bring_in_line(
    connection: Connection,
    vault: Vault,
    resident: str,
    steps: Mapping[str, Step],
    now: datetime,
    why_not: str = NOT_PLANNED,
) -> None:
    """Make her rows what `steps` (by key) say, in the caller's transaction. What was said stays said."""
    rows = {row.key: row for row in _rows(connection, resident, list(steps))}
    for row in rows.values():
        step = steps.get(row.key)
        if step is None:
            _drop(connection, row, now, why_not)
        elif row.state in ("pending", "cancelled", "expired", "listed"):
            _follow(connection, vault, row, step, now)
    fresh = [_new(vault, resident, step, now) for step in steps.values() if step.key not in rows]
    missing = [values for values in fresh if values["not_after"] > now]
    if missing:
        connection.execute(insert(reminder), missing)


def _rows(connection: Connection, resident: str, keys: list[str]) -> list[Row[Any]]:
    """Her open rows and those of these steps, locked in one order, with the state of the message that says each."""
    wanted = or_(reminder.c.state.in_((*OPEN, "listed")), reminder.c.key.in_(keys))
    query = (
        select(reminder, message.c.state.label("message_state"))
        .outerjoin(message, message.c.id == reminder.c.message_id)
        .where(reminder.c.resident == resident, wanted)
        .order_by(reminder.c.id)
        .with_for_update(of=reminder)
    )
    return list(connection.execute(query))


def _drop(connection: Connection, row: Row[Any], now: datetime, why_not: str) -> None:
    """No longer to be said; a message that may be on its way is let be, and decides what the row becomes."""
    if row.state == "queued" and row.message_state in ("sending", "unknown", "handed_over"):
        return
    if row.state not in (*OPEN, "listed"):
        return
    is_late = row.not_after <= now
    over = {"state": "expired", "last_reason": TOO_LATE} if is_late else {**DROPPED, "last_reason": why_not}
    _change(connection, row.id, {**over, "variables_sealed": WORDLESS, **LET_GO}, now)


def _follow(connection: Connection, vault: Vault, row: Row[Any], step: Step, now: datetime) -> None:
    """A row not yet under way takes the plan's moments and words; one that was dropped stands again."""
    if step.not_after <= now or (row.state == "expired" and step.not_after <= row.not_after):
        return
    values = _told(vault, row, step)
    if row.state in ("cancelled", "expired"):
        values |= {"state": "pending", "last_reason": None}
    if row.state == "listed" and not step.is_listed:
        values["state"] = "pending"
    if values:
        _change(connection, row.id, values, now)


def _told(vault: Vault, row: Row[Any], step: Step) -> dict[str, Any]:
    """What differs."""
    told = {"due_at": step.due_at, "not_after": step.not_after, "template": step.template, "codes": list(step.codes)}
    differing: dict[str, Any] = {name: value for name, value in told.items() if getattr(row, name) != value}
    if opened_variables(vault, row.variables_sealed) != dict(step.variables):
        differing["variables_sealed"] = _sealed(vault, step)
    return differing


def _new(vault: Vault, resident: str, step: Step, now: datetime) -> dict[str, Any]:
    return {
        "key": step.key,
        "resident": resident,
        "role": step.role,
        "group_key": step.group,
        "kind": step.kind,
        "name": step.name,
        "service": step.service,
        "due_at": step.due_at,
        "not_after": step.not_after,
        "template": step.template,
        "variables_sealed": _sealed(vault, step),
        "appointment_id": step.appointment_id,
        "codes": list(step.codes),
        "state": "pending",
        "created_at": now,
        "changed_at": now,
    }


def _sealed(vault: Vault, step: Step) -> bytes:
    return vault.seal(json.dumps(dict(step.variables), ensure_ascii=False))


def opened_variables(vault: Vault, sealed: bytes) -> dict[str, str]:
    """What the message of a row says, by name; nothing once it stands in the message log, or is dropped."""
    variables: dict[str, str] = json.loads(vault.open(sealed)) if sealed else {}
    return variables


def _change(connection: Connection, reminder_id: int, values: Mapping[str, Any], now: datetime) -> None:
    connection.execute(update(reminder).where(reminder.c.id == reminder_id).values(changed_at=now, **values))
