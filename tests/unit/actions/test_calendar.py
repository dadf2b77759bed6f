"""Her calendar: by its name, by a button, for what is left; the words first, then the picture."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_calendar import BOOKED, DUE, line
from fake_care import FakeCare

BUTTON = '/list_appointments{"detail": "calendar"}'


def test_by_its_name_she_gets_words_and_then_the_picture(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.shows(BOOKED)
    said = ana.say("mi calendario", "list_appointments")
    assert "*Embarazo, semana 24*" in said
    assert "📅 Control de la semana 24: el jueves 26 de noviembre, a las 9:30" in said
    assert "📍 CeSAC N° 15 - San Telmo, Balcarce 1150" in said
    assert [reply["type"] for reply in ana.replies] == ["quick_reply", "picture"]
    assert ana.replies[1] == {"type": "picture", "text": "Tu calendario", "picture": 7}
    assert "Sacar turno" not in ana.titles()


def test_what_is_due_and_has_no_appointment_can_be_booked(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.shows(DUE)
    ana.send_payload(BUTTON)
    assert ana.titles() == ["Sacar turno", "Mis turnos", "Ver vacunas"]
    ana.tap("Sacar turno")
    assert ana.form == "prenatal_form"


def test_the_same_message_asks_for_one_picture(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.shows(DUE)
    ana.send_payload(BUTTON)
    ((_, asked),) = shared_care.sent_to("/calendar")
    assert asked["idempotency_key"].endswith(":calendar")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("mi calendario", "ask_pediatric_schedule"),
        ("que controles me faltan", "ask_prenatal_schedule"),
        ("cuando me toca", "ask_prenatal_schedule"),
        ("qué me falta?", "ask_pediatric_schedule"),
        ("quiero ver mi calendario", "ask_vaccines"),
    ],
)
def test_other_ways_to_ask_for_it(ana: Chat, shared_care: FakeCare, text: str, intent: str) -> None:
    shared_care.calendar.shows(DUE)
    assert "Esto es lo que sigue" in ana.say(text, intent)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("calendario de vacunas", "ask_vaccines"), ("cuantos controles tengo que hacerme", "ask_prenatal_schedule")],
)
def test_a_question_about_something_else_is_answered_as_before(
    ana: Chat, shared_care: FakeCare, text: str, intent: str
) -> None:
    shared_care.calendar.shows(DUE)
    assert "Esto es lo que sigue" not in ana.say(text, intent)


def test_who_has_nothing_is_asked_of_which_one_and_goes_on_from_there(ana: Chat, shared_care: FakeCare) -> None:
    assert "¿De qué calendario" in ana.say("mi calendario", "list_appointments")
    assert "¿De cuánto estás?" in ana.tap("De un embarazo")
    assert not [reply for reply in ana.replies if reply["type"] == "picture"]


def test_what_is_left_is_asked_for_as_before_where_nothing_is_known(ana: Chat) -> None:
    assert "¿De cuánto estás?" in ana.say("que controles me faltan", "ask_prenatal_schedule")


def test_after_a_loss_she_gets_careful_words_and_no_dates(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.after_loss = True
    said = ana.say("mi calendario", "list_appointments")
    assert said.startswith("Lo siento mucho.")
    assert ana.titles() == ["Hablar con alguien", "Ver mis turnos"]
    assert "Lo siento mucho" in ana.say("que controles me faltan", "ask_prenatal_schedule")


def test_after_a_loss_the_other_child_is_shown_all_the_same(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.after_loss = True
    shared_care.calendar.shows(DUE, person="child-1", service="pediatric", heading="Bebé de 2 meses")
    assert "Bebé de 2 meses" in ana.say("mi calendario", "list_appointments")


def test_a_child_is_named_in_the_words_and_only_there(ana: Chat, shared_care: FakeCare) -> None:
    child = shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")["id"]
    shared_care.calendar.shows(DUE, person=child, service="pediatric", heading="Bebé de 2 meses")
    ana.say("hola", "greet")
    assert "*Luca* (Bebé de 2 meses)" in ana.say("mi calendario", "list_appointments")
    assert "Luca" not in ana.replies[-1]["text"]


def test_without_messages_it_says_so_and_still_shows_it(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.shows(DUE)
    shared_care.calendar.reminders = "off"
    assert "escribí ALTA" in ana.say("mi calendario", "list_appointments")


def test_a_picture_that_could_not_be_drawn_costs_nothing(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.shows(DUE)
    shared_care.calendar.picture = None
    assert "Esto es lo que sigue" in ana.say("mi calendario", "list_appointments")
    assert len(ana.replies) == 1


def test_while_the_health_service_is_away_it_is_said(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("hola", "greet")
    shared_care.fail(times=5)
    said = ana.say("mi calendario", "list_appointments")
    assert "Esto es lo que sigue" not in said
    assert said


def test_in_the_middle_of_a_form_it_is_shown_and_the_form_asks_again(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.shows(DUE)
    ana.say("quiero un turno, estoy embarazada", "book_prenatal")
    form = ana.form
    assert form is not None
    assert "Esto es lo que sigue" in ana.say("que controles me faltan", "ask_prenatal_schedule")
    assert ana.form == form
    assert "Mis turnos" not in ana.titles()


def test_its_text_fits_whatsapp_however_much_there_is(ana: Chat, shared_care: FakeCare) -> None:
    long = line("booked", "Control " * 12, "el jueves 26 de noviembre, a las 9:30", "Centro " * 14)
    for number in range(3):
        shared_care.calendar.shows(long, long, person=f"child-{number}", service="pediatric")
    ana.say("mi calendario", "list_appointments")
    assert len(ana.replies[0]["text"]) <= 1024


def test_where_she_has_no_appointments_the_calendar_is_one_tap_away(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.calendar.shows(DUE)
    ana.say("mis turnos", "list_appointments")
    assert "Esto es lo que sigue" in ana.tap("Ver mi calendario")
    ana.say("que podes hacer", "help")
    assert "Esto es lo que sigue" in ana.tap("Controles y vacunas")
