"""Turns over a real Postgres and a bot on loopback: in order, once, and patient."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select, update
from starlette.responses import JSONResponse

from latido.messaging.lanes import claim
from latido.messaging.outbox import button_id
from latido.messaging.tables import lane, message
from latido.messaging.turns import IN_A_ROW
from tests.integration.messaging.conftest import ANA, EVA, Inbox, LoopbackBot, echo, status


def test_four_messages_of_one_resident_are_answered_in_order_in_one_go(inbox: Inbox, bot: LoopbackBot) -> None:
    for text in ("uno", "dos", "tres", "cuatro"):
        inbox.receives(text)
    assert inbox.works() == 1
    assert inbox.replies() == ["eco: uno", "eco: dos", "eco: tres", "eco: cuatro"]
    assert [row.state for row in inbox.rows("in")] == ["answered"] * 4
    assert [row.answers_id for row in inbox.rows("out")] == [row.id for row in inbox.rows("in")]
    assert inbox.works() == 0


def test_whoever_writes_without_end_gives_her_place_to_those_who_wait(inbox: Inbox, bot: LoopbackBot) -> None:
    flood = [f"{n}" for n in range(3 * IN_A_ROW)]
    for text in flood:
        inbox.receives(text)
    inbox.receives("de eva", who=EVA)
    while leases := claim(inbox.engine, "turn", 1, 30.0):
        inbox.turns.work(leases[0])
    replies = inbox.replies()
    assert replies.index("eco: de eva") == IN_A_ROW
    assert [each for each in replies if each != "eco: de eva"] == [f"eco: {text}" for text in flood]


def test_a_resident_is_never_in_two_turns_at_once_and_two_residents_are(inbox: Inbox, bot: LoopbackBot) -> None:
    inbox.receives("de ana")
    inbox.receives("de eva", who=EVA)
    first = claim(inbox.engine, "turn", 1, 30.0)
    inbox.receives("otra de ana")
    second = claim(inbox.engine, "turn", 10, 30.0)
    assert len(first) == len(second) == 1
    assert first[0].resident != second[0].resident
    for lease in first + second:
        inbox.turns.work(lease)
    assert sorted(inbox.replies()) == ["eco: de ana", "eco: de eva", "eco: otra de ana"]


def test_work_that_arrives_while_the_lane_is_being_released_is_not_forgotten(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.pause = 0.002
    writer = threading.Thread(target=lambda: [inbox.receives(str(n)) for n in range(40)])
    writer.start()
    while writer.is_alive():
        inbox.works()
    inbox.works_until_done()
    assert inbox.replies() == [f"eco: {n}" for n in range(40)]


def test_a_worker_that_lost_its_lease_writes_nothing(inbox: Inbox, bot: LoopbackBot) -> None:
    inbox.receives("hola")
    [stale] = claim(inbox.engine, "turn", 1, 0.0)
    [fresh] = claim(inbox.engine, "turn", 1, 30.0)
    inbox.turns.work(stale)
    assert inbox.replies() == []
    inbox.turns.work(fresh)
    assert inbox.replies() == ["eco: hola"]


def test_while_the_bot_is_down_messages_wait_and_the_resident_is_told_once(inbox: Inbox, bot: LoopbackBot) -> None:
    inbox.receives("hola")
    with inbox.engine.begin() as connection:
        connection.execute(update(message).values(created_at=func.now() - func.make_interval(0, 0, 0, 0, 0, 0, 30)))
    bot.then = [status(503)] * 8
    for _ in range(8):
        _due_now(inbox)
        inbox.works()
    assert inbox.replies() == ["con demoras: 107"]
    assert [row.attempts for row in inbox.rows("in")] == [0]
    _due_now(inbox)
    inbox.works()
    assert inbox.replies() == ["con demoras: 107", "eco: hola"]


def test_a_bot_nobody_answers_for_is_waited_for(inbox: Inbox, bot: LoopbackBot) -> None:
    inbox.receives("hola")
    away = replace(inbox.turns.conversation, url="http://127.0.0.1:9")  # type: ignore[type-var]
    [lease] = claim(inbox.engine, "turn", 1, 30.0)
    replace(inbox.turns, conversation=away).work(lease)
    assert [row.state for row in inbox.rows("in")] == ["received"]
    inbox.works_until_done()
    assert inbox.replies() == ["eco: hola"]


def test_a_poison_message_is_set_aside_with_an_apology_and_an_alert(inbox: Inbox, bot: LoopbackBot) -> None:
    inbox.receives("veneno")
    inbox.receives("hola")
    bot.then = [status(500), status(400), lambda body: JSONResponse({"replies": []})]
    inbox.works_until_done()
    assert [row.state for row in inbox.rows("in")] == ["set_aside", "answered"]
    assert inbox.replies() == ["apartado: 107", "eco: hola"]
    assert inbox.alerts() == ["set_aside"]
    assert inbox.rows("in")[0].urgent


def test_what_was_understood_is_in_the_log_and_danger_is_urgent(inbox: Inbox, bot: LoopbackBot) -> None:
    understood: dict[str, Any] = {
        "nlu": {"intent": {"name": "danger_sign", "confidence": 1.0}, "entities": [{"entity": "danger_kind"}]},
        "slots": {"place": "barracas"},
        "flags": ["danger"],
        "actions": ["action_answer_danger"],
        "active_form": "prenatal_form",
    }
    understood["nlu"]["model"] = "65f91155512345678f9c7"  # it looks like a phone, and is ours
    bot.then = [lambda body: echo(body, **understood)]
    inbox.receives("estoy perdiendo sangre")
    inbox.works()
    [row] = inbox.rows("in")
    assert row.nlu["model"] == "65f91155512345678f9c7"
    assert row.nlu["intent"] == {"name": "danger_sign", "confidence": 1.0}
    assert (row.slots, row.actions, row.active_form) == (
        {"place": "barracas"},
        ["action_answer_danger"],
        "prenatal_form",
    )
    assert (row.urgent, row.flags, inbox.alerts()) == (True, ["danger"], ["danger"])


def test_what_identifies_a_person_does_not_reach_the_log_by_way_of_the_nlu_result(
    inbox: Inbox, bot: LoopbackBot
) -> None:
    entities = [{"entity": "dni", "value": "30111222"}, {"entity": "gestational_age", "value": {"weeks_min": 18}}]
    understood: dict[str, Any] = {
        "nlu": {"intent": {"name": "inform", "confidence": 0.9}, "entities": entities},
        "slots": {"patient_name": "Rosa", "note": "mi dni es 30.111.222", "place": None},
    }
    bot.then = [lambda body: echo(body, **understood)]
    inbox.receives("30111222")
    inbox.works()
    [row] = inbox.rows("in")
    assert row.nlu["entities"] == [{"entity": "dni", "value": "[reservado]"}, entities[1]]
    assert row.slots == {"patient_name": "[reservado]", "note": "mi dni es [documento]", "place": None}


def _offer(body: dict[str, Any]) -> JSONResponse:
    buttons = [{"title": "Sí, dale 👍", "payload": '/affirm{"slot_id": "7"}'}, {"title": "No", "payload": "/deny"}]
    return JSONResponse({"replies": [{"type": "quick_reply", "text": "¿Confirmás?", "buttons": buttons}]})


def test_a_button_brings_back_its_payload_to_whom_it_was_offered_and_to_nobody_else(
    inbox: Inbox, bot: LoopbackBot
) -> None:
    bot.then = [_offer]
    inbox.receives("hola")
    inbox.works()
    digest = inbox.rows("out")[0].choices_digest
    tapped = button_id(digest, 0)

    inbox.receives("Sí, dale 👍", kind="button", button_id=tapped)
    inbox.receives("Sí, dale 👍", kind="button", button_id='/affirm{"slot_id": "8"}')
    inbox.receives("Sí, dale 👍", who=EVA, kind="button", button_id=tapped)
    inbox.works_until_done()
    payloads = {(one["message_sid"]): one["payload"] for one in bot.requests}
    assert payloads == {"SM1": None, "SM2": '/affirm{"slot_id": "7"}', "SM3": None, "SM4": None}


def test_typing_a_buttons_title_is_as_good_as_tapping_it(inbox: Inbox, bot: LoopbackBot) -> None:
    bot.then = [_offer]
    inbox.receives("hola")
    inbox.works()
    inbox.receives("si dale")
    inbox.works()
    inbox.receives("no", who=EVA)
    inbox.works()
    assert [one["payload"] for one in bot.requests] == [None, '/affirm{"slot_id": "7"}', None]


def test_text_that_looks_like_a_command_is_passed_on_as_text(inbox: Inbox, bot: LoopbackBot) -> None:
    inbox.receives('/confirm{"id": 1}')
    inbox.works()
    assert (bot.requests[0]["text"], bot.requests[0]["payload"]) == ('/confirm{"id": 1}', None)


def _due_now(inbox: Inbox) -> None:
    with inbox.engine.begin() as connection:
        connection.execute(update(lane).values(due_at=func.now()))
        assert connection.execute(select(lane.c.resident)).first()


def test_residents_are_told_apart_by_their_key_alone(inbox: Inbox, bot: LoopbackBot) -> None:
    inbox.receives("hola", who=ANA)
    inbox.works()
    assert "5491151234567" not in str(bot.requests)
