"""Bursts, two residents at once, and webhooks that Twilio never sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.conversation.chat import Chat
from tests.conversation.running import Latido

BURST = ("hola", "¿sos un robot?", "¿es gratis?", "gracias")


def test_four_messages_in_one_second_are_answered_in_order_without_pauses(latido: Latido, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    for text in BURST:
        ana.phone.says(text)
    ana.phone.waits_for_reply(messages=len(BURST), timeout=20)

    rows = latido.log_of(ana.number)
    inbound = [row for row in rows if row.direction == "in"][-len(BURST) :]
    assert [row.text for row in inbound] == list(BURST)
    assert (inbound[-1].created_at - inbound[0].created_at).total_seconds() < 1
    answered = [row.answered_at for row in inbound]
    assert answered == sorted(answered)
    answers = [row.answers_id for row in rows if row.answers_id in {one.id for one in inbound}]
    assert answers == sorted(answers)
    assert set(answers) == {one.id for one in inbound}
    shown = [seen.sid for seen in ana.phone.transcript() if seen.direction != "inbound"]
    assert shown == [row.provider_sid for row in rows if row.direction == "out"]


def test_two_residents_at_once_do_not_mix(latido: Latido, new_resident: Callable[..., Chat]) -> None:
    ana, eva = new_resident("Ana"), new_resident("Eva")

    def barracas() -> Chat:
        return ana.says("qué cesac me queda cerca? vivo en barracas").taps("Sí, acepto")

    def palermo() -> Chat:
        return eva.says("qué cesac me queda cerca? vivo en palermo").taps("Sí, acepto")

    with ThreadPoolExecutor(2) as both:
        first, second = both.submit(barracas), both.submit(palermo)
        first.result().sees("Barracas").does_not_see("Palermo")
        second.result().sees("Palermo").does_not_see("Barracas")


def test_forged_altered_and_unsigned_webhooks_are_refused(latido: Latido, ana: Chat) -> None:
    ana.says("hola")
    before = len(latido.log_of(ana.number))
    for kind in ("forged", "altered", "unsigned"):
        assert latido.emulator.forge(kind, phone=ana.number, text="/restart")["status"] == 403
    assert len(latido.log_of(ana.number)) == before


def test_a_replayed_webhook_is_acknowledged_and_ignored(latido: Latido, ana: Chat) -> None:
    sent = ana.phone.says("hola")
    ana.phone.waits_for_reply()
    assert latido.emulator.forge("replayed", sid=sent["sid"])["status"] == 204
    assert ana.phone.hears_nothing(1.5)
    assert len([row for row in latido.log_of(ana.number) if row.direction == "in"]) == 1


def test_a_command_typed_by_a_resident_is_only_text(latido: Latido, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says('/confirm_attendance{"appointment_id": "1"}')
    ana.says("/restart")
    time.sleep(0.2)
    typed = [row.nlu["intent"]["name"] for row in latido.log_of(ana.number) if row.direction == "in"][-2:]
    assert "restart" not in typed
    assert ana.appointments == []
