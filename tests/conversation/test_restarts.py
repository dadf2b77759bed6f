"""Whatever is killed, a message is answered: once, and in order."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from latido.embedded.postgres import EmbeddedPostgres
from latido.fhir.server.tables import resource
from tests.conversation.chat import Chat
from tests.conversation.running import Latido

pytestmark = pytest.mark.timeout(180)


def answered_once(latido: Latido, chat: Chat, text: str, patience: float = 60.0) -> bool:
    """Whether the inbound with this text has been answered, and nobody answered it twice."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        rows = latido.log_of(chat.number)
        inbound = next((row for row in rows if row.direction == "in" and row.text == text), None)
        answers = [row for row in rows if inbound and row.answers_id == inbound.id]
        if inbound and inbound.state == "answered" and answers and all(row.state == "handed_over" for row in answers):
            shown = [seen.sid for seen in chat.phone.transcript() if seen.direction != "inbound"]
            handed_over = [row.provider_sid for row in rows if row.direction == "out"]
            return shown == handed_over and len(set(shown)) == len(shown)
        time.sleep(0.2)
    raise AssertionError(f"{text!r} was not answered in {patience} s\n{latido.last_lines()}\n{chat.phone}")


def test_the_bot_killed_in_the_middle_of_a_turn_answers_once_after_its_return(latido: Latido, ana: Chat) -> None:
    ana.says("hola")
    ana.taps("Sí, acepto")
    engine = latido.engine
    with engine.begin() as connection:  # her action waits for care
        connection.execute(text(f"LOCK TABLE {resource.fullname} IN ACCESS EXCLUSIVE MODE"))
        ana.phone.says("mis turnos")
        assert ana.phone.hears_nothing(1.5)
        latido.kill("bot")
    engine.dispose()
    latido.waits_until_up("bot")
    assert answered_once(latido, ana, "mis turnos")


@pytest.mark.parametrize("part", ["worker", "web"])
def test_a_killed_part_comes_back_and_nothing_is_lost(latido: Latido, ana: Chat, part: str) -> None:
    ana.says("hola")
    latido.kill(part)
    ana.phone.says("¿sos un robot?")
    assert answered_once(latido, ana, "¿sos un robot?", patience=90)
    if part != "worker":
        latido.waits_until_up(part)


def test_postgres_killed_under_a_conversation_recovers_what_was_acknowledged(
    latido: Latido, new_resident: Callable[..., Chat]
) -> None:
    ana = new_resident()
    ana.says("hola")
    ana.phone.says("¿sos un robot?")
    os.kill(EmbeddedPostgres(latido.data_dir / "postgres").pid or 0, signal.SIGKILL)
    assert answered_once(latido, ana, "¿sos un robot?")


def test_without_valkey_messages_wait_and_are_answered_when_it_is_back(latido: Latido, ana: Chat) -> None:
    ana.says("hola")
    pid = int((latido.data_dir / "valkey" / "valkey.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    ana.phone.says("¿sos un robot?")
    assert answered_once(latido, ana, "¿sos un robot?")
