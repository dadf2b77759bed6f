"""Reminders and content in and out: what she asked for, kept at once and in one transaction with its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from latido.care.idempotency import begin, finish
from latido.care.residents import (
    CONTENT,
    CURRENT_CONSENT,
    REMINDERS,
    ask_for_silence,
    end_silence,
    give_consent,
    withdraw_consent,
)
from latido.care.rights.asking import Scope, forget_notes, note
from latido.care.services import Care

ReminderAnswer = Literal["in", "out", "waiting_list_only", "later", "refused"]


def set_reminders(care: Care, resident: str, answer: ReminderAnswer, key: str, scope: Scope = "reminders") -> None:
    """`in`: she wants them. `out`: no more; of reminders it is BAJA: nothing is written to her but answers.

    `waiting_list_only`: free slots, no more. `later`, `refused`: what she said when asked; nothing else changes.
    """
    request = {"resident": resident, "scope": scope, "answer": answer}
    with care.engine.begin() as connection:
        begun = begin(connection, care.vault, key, "reminders", request, care.now())
        if begun.answer is None:
            _APPLY[answer](connection, resident, scope, care.now())
            finish(connection, care.vault, key, {}, care.now())


def _in(connection: Connection, resident: str, scope: Scope, now: datetime) -> None:
    give_consent(connection, resident, scope, CURRENT_CONSENT, now)
    forget_notes(connection, resident, scope)
    end_silence(connection, resident)


def _out(connection: Connection, resident: str, scope: Scope, now: datetime) -> None:
    if scope == CONTENT:
        withdraw_consent(connection, resident, CONTENT, now)
        note(connection, resident, CONTENT, "refused", now)
        return
    _withdraw_both(connection, resident, now)
    ask_for_silence(connection, resident, now)


def _waiting_list_only(connection: Connection, resident: str, scope: Scope, now: datetime) -> None:
    _withdraw_both(connection, resident, now)
    end_silence(connection, resident)


def _withdraw_both(connection: Connection, resident: str, now: datetime) -> None:
    for scope in (REMINDERS, CONTENT):
        withdraw_consent(connection, resident, scope, now)
        note(connection, resident, scope, "refused", now)


def _later(connection: Connection, resident: str, scope: Scope, now: datetime) -> None:
    note(connection, resident, scope, "later", now)


def _refused(connection: Connection, resident: str, scope: Scope, now: datetime) -> None:
    note(connection, resident, scope, "refused", now)


_APPLY: Mapping[ReminderAnswer, Callable[[Connection, str, Scope, datetime], None]] = {
    "in": _in,
    "out": _out,
    "waiting_list_only": _waiting_list_only,
    "later": _later,
    "refused": _refused,
}
