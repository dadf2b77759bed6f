"""What operators are told when reminders fail. The words are in data/reminders/alerts.yml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.messaging.tables import alert

FILE = Path(__file__).resolve().parents[2] / "data" / "reminders" / "alerts.yml"
PAUSED = "reminders_paused"
REFUSED = "reminder_refused"
STOPPED = "variant_stopped"
PROPOSED = "variant_proposed"


def tell_paused(connection: Connection, resident: str, hour: str, failed: int, judged: int) -> None:
    """Too many were refused: once an hour, on the conversation of the last one."""
    _tell(connection, PAUSED, resident, f"reminders:{hour}", _words()["paused"].format(failed=failed, judged=judged))


def tell_refused(connection: Connection, resident: str, reminder_id: int, why: str) -> None:
    """No message could be made of a reminder: once."""
    _tell(connection, REFUSED, resident, f"reminder:{reminder_id}", _words()["refused"].format(why=why))


def tell_stopped(connection: Connection, resident: str | None, experiment: str, arm: str, rule: str) -> None:
    """An arm does harm and is told to nobody else: once, on the conversation of who was told it last."""
    words = _words()["stopped"].format(experiment=experiment, arm=arm, why=_words()[f"stopped_{rule}"])
    _tell(connection, STOPPED, resident, f"experiment:{experiment}:{arm}", words)


def tell_proposed(connection: Connection, resident: str | None, experiment: str, arm: str) -> None:
    """An arm seems better and two persons should decide: once."""
    words = _words()["proposed"].format(experiment=experiment, arm=arm)
    _tell(connection, PROPOSED, resident, f"experiment:{experiment}:{arm}", words)


def _tell(connection: Connection, kind: str, resident: str | None, subject: str, detail: str) -> None:
    if resident is None:  # she was forgotten meanwhile: the audit log and the page of effects say it
        return
    values = {"kind": kind, "resident": resident, "subject": subject, "detail": detail}
    connection.execute(upsert(alert).values(values).on_conflict_do_nothing())


@cache
def _words() -> Mapping[str, str]:
    content: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content
