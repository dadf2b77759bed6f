"""The first message: who we are, consent once, and then straight to what she asked."""

from __future__ import annotations

from collections.abc import Callable

from tests.conversation.chat import Chat
from tests.conversation.running import Latido


def test_consent_is_asked_once_and_then_her_question_is_answered(latido: Latido, ana: Chat) -> None:
    ana.says("hola! qué cesac me queda cerca? vivo en barracas")
    ana.sees("Soy Latido", "PRIVACIDAD", "Sí, acepto", "No, gracias")
    ana.taps("Sí, acepto").sees("CeSAC N° 1 - Barracas 1", "min")
    ana.says("hola").does_not_see("acepto").sees("¿En qué te ayudo?")


def test_more_about_privacy_on_a_keyword_and_the_way_back(ana: Chat) -> None:
    ana.says("hola")
    ana.says("PRIVACIDAD").sees("datos").sees("Sí, acepto")
    ana.taps("Sí, acepto").does_not_see("acepto")


def test_consent_can_be_given_in_words(ana: Chat) -> None:
    ana.says("quiero saber donde queda el cesac 15")
    ana.says("dale, acepto").sees("Balcarce 1150")


def test_without_consent_nothing_is_stored_and_the_way_back_is_open(latido: Latido, ana: Chat) -> None:
    ana.says("quiero un turno, estoy embarazada")
    ana.taps("No, gracias").sees("147", "107")
    assert ana.appointments == []
    ana.taps("Cambié de idea")
    ana.does_not_see("acepto")


def test_danger_comes_before_consent(latido: Latido, ana: Chat) -> None:
    ana.says("toy perdiendo sangre y tengo 8 semanas").sees("107")
    assert "danger" in latido.alerts_of(ana.number)


def test_a_resident_known_from_before_is_not_asked_again_after_the_sessions_are_lost(
    latido: Latido, new_resident: Callable[..., Chat]
) -> None:
    ana = new_resident()
    ana.says("hola").taps("Sí, acepto")
    latido.forget_sessions()
    ana.says("hola").does_not_see("acepto")
