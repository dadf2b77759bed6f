"""What she came with is not lost while she is asked for her consent."""

from __future__ import annotations

from chat import Chat


def test_a_question_that_the_welcome_left_unanswered_is_answered_afterwards(stranger: Chat) -> None:
    assert "permiso" in stranger.say("hola, cuanto sale atenderse?", "ask_cost")
    said = stranger.tap("Sí, acepto")
    assert "Sigo con lo tuyo" in said and "pública" in said


def test_what_else_she_asked_for_is_offered_after_it(stranger: Chat) -> None:
    stranger.say("cuanto sale? y donde me queda una salita", "ask_cost", other_need="find_cesac")
    said = stranger.tap("Sí, acepto")
    assert "pública" in said and "centro de salud. ¿Lo vemos ahora?" in said
    assert "¿Por dónde vivís?" in stranger.tap("Sí, dale")


def test_a_question_that_was_answered_is_not_answered_twice(stranger: Chat) -> None:
    stranger.say("hola", "greet")
    assert "pública" in stranger.say("es gratis?", "ask_cost")
    said = stranger.tap("Sí, acepto")
    assert "pública" not in said and "¿Con qué te ayudo?" in said
