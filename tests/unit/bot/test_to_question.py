"""What words mean right after "¿querés que te avise?", with the intents that the classifier gives them."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.to_question import QUESTIONS, to_question


def asked(question: str = "utter_ask_reminders", *since: Any) -> DialogueStateTracker:
    said = BotUttered("…", metadata={"utter_action": question})
    return DialogueStateTracker.from_events("ana", [UserUttered("hola"), said, *since], [])


def meant(text: str, intent: str, confidence: float = 0.95, tracker: DialogueStateTracker | None = None) -> str | None:
    named = {"name": intent, "confidence": confidence}
    message = {"text": text, "intent": named, "intent_ranking": [named], "entities": []}
    read = to_question(message, tracker or asked())
    if read is message:
        return None
    assert read["intent"]["name"] == "consent_answer" and read["intent_ranking"][1] == named
    return next(one["value"] for one in read["entities"] if one["entity"] == "answer")


@pytest.mark.parametrize(
    ("text", "intent", "answer"),
    [
        ("dale", "affirm", "yes"),
        ("sí avisame", "opt_in", "yes"),
        ("avisame por favor que me olvido", "opt_in", "yes"),
        ("estaria bueno", "give_feedback", "yes"),
        ("siii", "affirm", "yes"),
        ("no gracias", "deny", "no"),
        ("no quiero avisos", "opt_out", "no"),
        ("prefiero que no", "deny", "no"),
        ("ahora no", "deny", "later"),
        ("más adelante", "affirm", "later"),
        ("no se", "inform", "later"),
        ("para qué?", "ask_privacy", "why"),
        ("que avisos?", "opt_in", "why"),
        ("no entiendo", "help", "why"),
    ],
)
def test_an_answer(text: str, intent: str, answer: str) -> None:
    assert meant(text, intent, 0.7 if intent == "give_feedback" else 0.95) == answer


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("BAJA", "opt_out"),
        ("no me escriban mas", "opt_out"),
        ("estoy sangrando", "danger_sign"),
        ("perdi el embarazo", "report_loss"),
        ("quiero cambiar el turno", "reschedule_appointment"),
        ("cuanto sale?", "ask_cost"),
        ("quien ve eso?", "ask_privacy"),
        ("gracias", "thank"),
        ("mandame consejos", "opt_in"),
        ("si mi marido se entera quiero saber que pasa", "nlu_fallback"),
        ("mmm", "nlu_fallback"),
        ("si quiero que me avises pero antes quiero saber donde queda y como llego", "affirm"),
        ('/consent_answer{"answer": "yes"}', "affirm"),
    ],
)
def test_what_is_no_answer_to_it(text: str, intent: str) -> None:
    assert meant(text, intent) is None


def test_an_unsure_yes_is_none() -> None:
    assert meant("eh", "affirm", 0.4) is None


def test_the_question_about_content_is_another() -> None:
    content = asked("utter_ask_content")
    assert meant("mandame consejos", "opt_in", tracker=content) == "yes"
    assert meant("avisame de los turnos", "opt_in", tracker=content) is None


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_it_counts_after_each_way_of_asking(question: str) -> None:
    assert meant("si", "affirm", tracker=asked(question)) == "yes"


def test_it_counts_also_in_a_new_session() -> None:
    assert meant("si", "affirm", tracker=asked("utter_ask_reminders", SessionStarted())) == "yes"


@pytest.mark.parametrize(
    "since",
    [
        (ActiveLoop("prenatal_form"),),
        (BotUttered("otra cosa", metadata={"utter_action": "utter_help"}),),
        (UserUttered("gracias"), BotUttered("de nada", metadata={"utter_action": "utter_thank"})),
    ],
)
def test_it_counts_no_more_when_something_else_was_said_or_is_going_on(since: tuple[Any, ...]) -> None:
    assert meant("si", "affirm", tracker=asked("utter_ask_reminders", *since)) is None


def test_a_yes_of_the_next_day_is_not_taken_for_consent() -> None:
    tracker = asked()
    for event in tracker.events:
        event.timestamp -= 24 * 3600
    assert meant("si", "affirm", tracker=tracker) is None


def test_where_nothing_was_asked() -> None:
    assert meant("si", "affirm", tracker=DialogueStateTracker.from_events("ana", [], [])) is None
