"""What an answer to each question of the prenatal form is taken to mean."""

from __future__ import annotations

from typing import Any

import pytest

from actions import prenatal_answers
from actions.offers import chosen
from actions.turn import Turn

OFFERS = [
    {"slot_id": "a", "start": "2026-11-26T09:30:00-03:00", "center": {"number": 15}},
    {"slot_id": "b", "start": "2026-11-26T10:00:00-03:00", "center": {"number": 9}},
    {"slot_id": "c", "start": "2026-11-27T09:30:00-03:00", "center": {"number": 15}},
]


def turn(text: str, asked: str, intent: str = "inform", confidence: float = 0.9, **entities: Any) -> Turn:
    """A message that answers the question for this slot."""
    found = {name: (value,) for name, value in entities.items()}
    slots = {"requested_slot": asked, "offers": OFFERS}
    return Turn("r", intent, confidence, text, found, "SM1", "prenatal_form", slots, ())


@pytest.mark.parametrize(
    ("text", "asked", "filled"),
    [
        ("para mi", "for_whom", {"for_whom": "self"}),
        ("Para mí!", "for_whom", {"for_whom": "self"}),
        ("es para mi hermana", "for_whom", {"for_whom": "other"}),
        ("mi nuera", "for_whom", {"for_whom": "other"}),
        ("yesi", "patient_name", {"patient_name": "Yesi"}),
        ("no", "patient_name", {"patient_name": ""}),
        ("30.111.222", "document_status", {"document_status": "dni", "dni": "30111222"}),
        ("es 8 456 123", "document_status", {"document_status": "dni", "dni": "8456123"}),
        ("prefiero no decir", "document_status", {"document_status": "none", "dni": None}),
        ("no lo sé", "document_status", {"document_status": "none", "dni": None}),
        ("no sé", "gestational_age", {"gestational_age": {"source": "unknown"}}),
        ("la verdad no me acuerdo", "gestational_age", {"gestational_age": {"source": "unknown"}}),
        ("si", "prior_checkups", {"prior_checkups": "some"}),
        ("todavía no", "prior_checkups", {"prior_checkups": "none"}),
        ("Prefiero no decirlo", "history", {"history": "undisclosed"}),
        ("no sé", "conditions", {"conditions": "undisclosed"}),
        ("tengo 14 años", "age_band", {"age_band": "under_15"}),
        ("17", "age_band", {"age_band": "15_17"}),
        ("cumplí 35", "age_band", {"age_band": "18_35"}),
        ("36", "age_band", {"age_band": "over_35"}),
        ("María Fernanda", "patient_name", {"patient_name": "María Fernanda"}),
        ("lourdes", "patient_name", {"patient_name": "Lourdes"}),
        ("O'Higgins", "patient_name", {"patient_name": "O'Higgins"}),
    ],
)
def test_an_answer_is_understood(text: str, asked: str, filled: dict[str, Any]) -> None:
    assert prenatal_answers.answer(turn(text, asked)) == filled


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("hola", "for_whom"),
        ("123", "document_status"),
        ("1155551234", "document_status"),
        ("tengo 240", "age_band"),
        ("tengo 3", "age_band"),
        ("quien sos vos y por que preguntas", "patient_name"),
        ("30111222", "patient_name"),
        ("capaz", "history"),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(text: str, asked: str) -> None:
    assert prenatal_answers.answer(turn(text, asked)) is None


@pytest.mark.parametrize(("intent", "said"), [("affirm", "yes"), ("deny", "no")])
def test_a_sure_yes_or_no_in_other_words_counts(intent: str, said: str) -> None:
    assert prenatal_answers.answer(turn("seee de una", "history", intent)) == {"history": said}
    assert prenatal_answers.answer(turn("mmm", "history", intent, confidence=0.3)) is None


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("hola estoy embarazada de 5 meses y nunca me controle", "self"),
        ("quiero turno para mi hija que esta embarazada", "other"),
        ("mi hermana esta de 3 meses", "other"),
        ("estoy preocupada, mi hija esta embarazada", "other"),
        ("estoy embarazada, mi hermana me dijo que saque turno", "self"),
        ("quiero un turno", None),
    ],
)
def test_whose_pregnancy_it_is(text: str, whose: str | None) -> None:
    assert prenatal_answers.who_is_it_for(text) == whose


def test_what_is_told_unasked_fills_only_open_slots() -> None:
    told = prenatal_answers.told(
        turn("x", "history", dni="30111222", prior_checkups="none"), {"prior_checkups": "some"}
    )
    assert told == {"document_status": "dni", "dni": "30111222"}


def test_a_button_with_an_invented_value_is_ignored() -> None:
    assert prenatal_answers.told(turn("x", "age_band", age_band="200"), {}) == {}


@pytest.mark.parametrize(("weeks", "wrong"), [(0, False), (42, False), (43, True), (44, True)])
def test_a_gestational_age_beyond_term_is_asked_again(weeks: int, wrong: bool) -> None:
    assert prenatal_answers.implausible({"weeks_min": weeks, "weeks_max": weeks}) is wrong


@pytest.mark.parametrize(
    ("text", "entities", "slot_id"),
    [
        ("el primero", {}, "a"),
        ("2", {}, "b"),
        ("el de las 10", {"time_of_day": {"part": None, "time": "10:00"}}, "b"),
        ("el viernes", {"date": "2026-11-27"}, "c"),
        ("", {"offer": "c"}, "c"),
    ],
)
def test_an_offer_is_chosen(text: str, entities: dict[str, Any], slot_id: str) -> None:
    answer = chosen(turn(text, "chosen_offer", **entities))
    assert answer is not None and answer["chosen_offer"]["slot_id"] == slot_id


def test_a_day_with_two_times_is_no_choice_but_a_wish() -> None:
    wish = {"after": "2026-11-26T00:00:00-03:00", "day": "2026-11-26", "part": None}
    assert chosen(turn("el jueves", "chosen_offer", date="2026-11-26")) == {"offer_search": wish}


def test_more_times_start_after_the_last_one_shown() -> None:
    assert chosen(turn("mas horarios", "chosen_offer")) == {"offer_search": {"after": "2026-11-27T09:30:00-03:00"}}


def test_another_centre_leaves_out_those_shown() -> None:
    answer = chosen(turn("otro centro", "chosen_offer"))
    assert answer == {"offer_search": {"exclude_centers": [9, 15]}}


@pytest.mark.parametrize(
    ("text", "asked", "said"),
    [
        ("no me pude controlar todavía", "prior_checkups", "none"),
        ("fui una vez a la salita", "prior_checkups", "some"),
        ("tengo diabetes", "conditions", "yes"),
        ("soy hipertensa", "conditions", "yes"),
        ("no tengo nada", "conditions", "no"),
        ("no, ni diabetes ni presion", "conditions", "no"),
        ("tuve una cesárea", "history", "yes"),
        ("es mi primer embarazo", "history", "no"),
        ("no, nunca perdí uno", "history", "no"),
    ],
)
def test_naming_the_thing_answers_the_question(text: str, asked: str, said: str) -> None:
    assert prenatal_answers.answer(turn(text, asked)) == {asked: said}


@pytest.mark.parametrize(
    ("text", "asked", "earlier"),
    [
        ("perdí un embarazo hace 3 años", "history", True),
        ("perdí el embarazo ayer", "history", False),
        ("perdí un embarazo hace 3 años", "place", False),
    ],
)
def test_an_earlier_loss_is_an_answer_only_when_it_was_asked_for(text: str, asked: str, earlier: bool) -> None:
    assert prenatal_answers.tells_of_earlier_loss(turn(text, asked, "report_loss")) is earlier
