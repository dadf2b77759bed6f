"""The question that follows a danger sign, over a real Postgres: once an episode, and not when it would hurt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from latido.crypto import Vault
from latido.messaging.erasing import forget_log
from latido.messaging.follow_ups import FollowUps
from latido.messaging.notices import Notices
from latido.messaging.tables import danger_follow_up, resident
from latido.messaging.takeover import Takeover
from tests.integration.console.insiders import works_here
from tests.integration.messaging.conftest import ANA, Inbox, LoopbackBot, echo

TEXTS = {
    "follow_up": "¿Pudiste ir?",
    "follow_up_yes": "Sí",
    "follow_up_going": "Voy",
    "follow_up_no": "No",
    "follow_up_call": "llamar",
}
LATER = datetime.now(UTC) + timedelta(hours=16)


def telling(intent: str, *flags: str) -> Callable[[dict[str, Any]], Any]:
    return lambda body: echo(body, flags=list(flags), nlu={"intent": {"name": intent, "confidence": 1.0}})


def asking(inbox: Inbox, vault: Vault, now: datetime = LATER, silent: bool = False) -> FollowUps:
    def is_silent(connection: Connection, key: str) -> bool:
        return silent

    return FollowUps(inbox.engine, Notices(vault), TEXTS, is_silent, lambda: now)


def hears(inbox: Inbox, bot: LoopbackBot, intent: str, *flags: str) -> None:
    bot.then = [telling(intent, *flags)]
    inbox.receives("algo")
    inbox.works_until_done()


def states(inbox: Inbox) -> list[str]:
    with inbox.engine.connect() as connection:
        return list(connection.execute(select(danger_follow_up.c.state).order_by(danger_follow_up.c.id)).scalars())


@pytest.fixture
def told(inbox: Inbox, bot: LoopbackBot) -> Inbox:
    """She told of danger, and it was answered."""
    hears(inbox, bot, "danger_sign", "danger")
    return inbox


def test_she_is_asked_once_when_it_is_due(told: Inbox, vault: Vault) -> None:
    assert asking(told, vault, datetime.now(UTC)).ask_due() == 0
    assert asking(told, vault).ask_due() == 1
    assert asking(told, vault).ask_due() == 0
    assert told.replies()[-1] == "¿Pudiste ir?"
    assert told.rows("out")[-1].kind == "quick_reply"
    assert states(told) == ["asked"]


def test_several_workers_ask_once(told: Inbox, vault: Vault) -> None:
    workers = [Thread(target=asking(told, vault).ask_due) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert told.replies().count("¿Pudiste ir?") == 1


def test_what_dies_half_way_is_asked_later(told: Inbox, vault: Vault) -> None:
    broken = FollowUps(told.engine, Notices(vault), {}, lambda connection, key: False, lambda: LATER)
    with pytest.raises(KeyError):
        broken.ask_due()
    assert states(told) == ["waiting"]
    assert asking(told, vault).ask_due() == 1


def test_a_second_message_of_danger_moves_the_question(told: Inbox, bot: LoopbackBot, vault: Vault) -> None:
    with told.engine.begin() as connection:
        connection.execute(update(danger_follow_up).values(due_at=datetime.now(UTC) - timedelta(hours=1)))
    hears(told, bot, "danger_sign", "danger")
    assert asking(told, vault, datetime.now(UTC)).ask_due() == 0
    assert asking(told, vault).ask_due() == 1
    assert states(told) == ["asked"]


def test_her_answer_is_no_new_episode(told: Inbox, bot: LoopbackBot, vault: Vault) -> None:
    asking(told, vault).ask_due()
    hears(told, bot, "danger_follow_up", "danger")
    assert states(told) == ["asked"]


@pytest.mark.parametrize("flag", ["violence", "self_harm"])
def test_violence_and_self_harm_are_never_asked_after(inbox: Inbox, bot: LoopbackBot, flag: str) -> None:
    hears(inbox, bot, f"report_{flag}", flag)
    assert states(inbox) == []


@pytest.mark.parametrize("intent", ["report_loss", "report_violence", "report_self_harm"])
def test_a_loss_or_violence_meanwhile_ends_it(told: Inbox, bot: LoopbackBot, vault: Vault, intent: str) -> None:
    hears(told, bot, intent)
    assert asking(told, vault).ask_due() == 0
    assert states(told) == ["dropped"]


def test_one_who_asked_for_silence_is_not_asked(told: Inbox, vault: Vault) -> None:
    asking(told, vault, silent=True).ask_due()
    assert "¿Pudiste ir?" not in told.replies()
    assert states(told) == ["dropped"]


def test_a_person_who_has_the_conversation_asks_herself(told: Inbox, vault: Vault) -> None:
    operator = works_here(told.engine, "laura", "agent")
    with told.engine.begin() as connection:
        Takeover(connection, vault, datetime.now(UTC)).take(vault.resident_key(ANA), operator)
    asking(told, vault).ask_due()
    assert states(told) == ["dropped"]


def test_after_a_day_of_silence_a_person_calls(told: Inbox, vault: Vault) -> None:
    with told.engine.begin() as connection:
        connection.execute(update(resident).values(last_inbound_at=LATER - timedelta(hours=25)))
    asking(told, vault).ask_due()
    assert states(told) == ["called"]
    assert "danger_call" in told.alerts()
    assert "¿Pudiste ir?" not in told.replies()


def test_one_who_is_forgotten_is_not_asked(told: Inbox, vault: Vault) -> None:
    with told.engine.begin() as connection:
        forget_log(connection, vault, told.rows("in")[0].resident)
    assert states(told) == []
