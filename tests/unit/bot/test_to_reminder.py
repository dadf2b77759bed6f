"""What words mean right after a reminder, with the intents that the classifier gives them."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.to_reminder import to_reminder


def tracker(*events: Any) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("ana", list(events), [])


def parsed(text: str, intent: str, confidence: float = 0.95, **entities: Any) -> dict[str, Any]:
    named = {"name": intent, "confidence": confidence}
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    return {"text": text, "intent": named, "intent_ranking": [named], "entities": found}


def answer(message: dict[str, Any], *events: Any, reminder: str | None = "7") -> dict[str, Any] | None:
    """The entities of the answer; None when the message means what it says."""
    read = to_reminder(message, tracker(*events), reminder)
    if read["intent"]["name"] != "reminder_answer":
        assert read is message
        return None
    return {one["entity"]: one["value"] for one in read["entities"]}


@pytest.mark.parametrize(
    ("text", "intent", "meant"),
    [
        ("sí", "affirm", "yes"),
        ("no", "deny", "no"),
        ("sí voy", "confirm_attendance", "confirm"),
        ("ahi vamos a estar", "nlu_fallback", "confirm"),
        ("ya fui", "affirm", "went"),
        ("fui ayer", "missed_appointment", "went"),
        ("ya la vacuné", "ask_vaccines", "went"),
        ("no fui", "missed_appointment", "not_went"),
        ("todavía no fui", "deny", "not_went"),
        ("no puedo ir", "cancel_appointment", "cannot"),
        ("no puedo ese día", "deny", "move"),
        ("no puedo ir ese dia, me lo cambias?", "reschedule_appointment", "move"),
        ("mejor el viernes", "inform", "move"),
        ("cancelalo", "cancel_appointment", "cancel"),
        ("recordame mas tarde", "opt_in", "later"),
        ("ahora no", "deny", "later"),
        ("quiero el turno", "cancel_appointment", "book"),
    ],
)
def test_an_answer(text: str, intent: str, meant: str) -> None:
    found = answer(parsed(text, intent))
    assert found is not None and (found["answer"], found["reminder"]) == (meant, "7")


def test_when_she_wants_to_be_told() -> None:
    thursday = answer(parsed("recordame el jueves", "opt_in", date="2026-11-26"))
    assert thursday == {"date": "2026-11-26", "answer": "later", "reminder": "7"}
    week = answer(parsed("avisame la semana que viene", "inform"))
    assert week == {"answer": "later", "reminder": "7", "when": "next_week"}


def test_an_appointment_she_asks_for() -> None:
    assert answer(parsed("sacame turno", "book_prenatal")) == {
        "answer": "book",
        "reminder": "7",
        "detail": "book_prenatal",
    }
    assert answer(parsed("sacame turno para luca", "book_pediatric", given_name="Luca")) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("no puedo respirar", "danger_sign"),
        ("no puedo mas", "report_self_harm"),
        ("perdí el embarazo", "report_loss"),
        ("ya nació", "report_birth"),
        ("no me mandes mas", "opt_out"),
        ("gracias por avisar", "thank"),
        ("cuando es mi turno?", "list_appointments"),
        ("recordame cuando es mi turno", "list_appointments"),
        ("ya la vacuno? a que edad", "ask_vaccines"),
        ("no me atendieron", "give_feedback"),
        ("no puedo dormir", "nlu_fallback"),
        ("donde queda?", "ask_center_details"),
        ("borrar mis datos", "delete_my_data"),
    ],
)
def test_another_matter(text: str, intent: str) -> None:
    assert answer(parsed(text, intent)) is None


def test_only_after_a_reminder_outside_a_form_and_in_words() -> None:
    assert answer(parsed("sí", "affirm"), reminder=None) is None
    assert answer(parsed("sí", "affirm"), ActiveLoop("prenatal_form")) is None
    assert answer(parsed("/affirm", "affirm")) is None


def button(said: str) -> UserUttered:
    entities = [{"entity": "answer", "value": said}, {"entity": "reminder", "value": "9"}]
    return UserUttered("/reminder_answer", {"name": "reminder_answer", "confidence": 1.0}, entities)


def test_what_follows_an_answer_that_left_it_open() -> None:
    friday = parsed("el viernes", "inform", date="2026-11-27")
    assert answer(friday, button("later"), reminder=None) == {
        "date": "2026-11-27",
        "answer": "later",
        "reminder": "9",
    }
    assert answer(parsed("no gracias", "deny"), button("later"), reminder=None) is None
    evening = {"part": "afternoon", "time": None}
    assert answer(parsed("a la tarde", "inform", time_of_day=evening), button("later"), reminder=None) == {
        "time_of_day": evening,
        "answer": "later",
        "reminder": "9",
    }
    assert answer(parsed("sí", "affirm"), button("see"), reminder=None) == {"answer": "yes", "reminder": "9"}
    assert answer(parsed("sí", "affirm"), button("confirm"), reminder=None) is None
    assert answer(parsed("sí", "affirm"), button("see"), SessionStarted(), reminder=None) is None
