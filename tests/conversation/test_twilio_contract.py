"""Every call that whole conversations made to Twilio is valid under Twilio's own description."""

from __future__ import annotations

from tests.contract.twilio_openapi import TwilioJudge
from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_prenatal_appointment import up_to_offers


def test_texts_buttons_lists_and_pins_are_valid(latido: Latido, ana: Chat) -> None:
    judge = TwilioJudge.or_skip()
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar").taps("Ver en el mapa")
    requests = latido.emulator.requests()
    assert {request["path"].rsplit("/", 1)[-1] for request in requests} >= {"Messages.json", "Content"}
    assert judge.problems(requests) == []
