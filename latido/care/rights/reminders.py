"""Reminders in and out: what she asked for, kept at once and in one transaction with its key."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from latido.care.idempotency import begin, finish
from latido.care.residents import (
    CURRENT_CONSENT,
    REMINDERS,
    ask_for_silence,
    end_silence,
    give_consent,
    withdraw_consent,
)
from latido.care.services import Care

ReminderAnswer = Literal["in", "out", "waiting_list_only"]


def set_reminders(care: Care, resident: str, answer: ReminderAnswer, key: str) -> None:
    """`in`: she wants them. `out`: nothing is written to her but answers. `waiting_list_only`: free slots, no more."""
    request = {"resident": resident, "answer": answer}
    with care.engine.begin() as connection:
        begun = begin(connection, care.vault, key, "reminders", request, care.now())
        if begun.answer is None:
            _apply(connection, resident, answer, care.now())
            finish(connection, care.vault, key, {}, care.now())


def _apply(connection: Connection, resident: str, answer: ReminderAnswer, now: datetime) -> None:
    if answer == "in":
        give_consent(connection, resident, REMINDERS, CURRENT_CONSENT, now)
    else:
        withdraw_consent(connection, resident, REMINDERS, now)
    if answer == "out":
        ask_for_silence(connection, resident, now)
    else:
        end_silence(connection, resident)
