"""Asking for reminders and content: once, at the end of what she came for, and whatever she answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from chat import Chat
from fake_care import LOCAL, FakeCare
from fake_reminders import payload
from test_dialogue import to_offers

ASKS = "¿Querés que te avise por acá"
ASKS_CONTENT = "te mande un consejo corto"


def tomorrow(kind: str = "appointment") -> dict[str, str]:
    """The first reminder that the plan holds."""
    moment = datetime.now(LOCAL).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {"moment": moment.isoformat(), "kind": kind, "name": "remind"}


def books(chat: Chat, care: FakeCare, *scopes: str) -> str:
    """She books, and care lets these questions be put."""
    to_offers(chat)
    chat.tap_first_item()
    care.rights.may_ask = set(scopes)
    return chat.tap("Sí, confirmar")


def answered(chat: Chat, care: FakeCare) -> str | None:
    return care.rights.reminders.get(chat.resident)


def test_after_a_booking_she_is_asked_and_a_yes_says_when_the_first_one_comes(ana: Chat, shared_care: FakeCare) -> None:
    said = books(ana, shared_care, "reminders")
    assert said.index("¡Listo! Tenés turno") < said.index(ASKS) and "BAJA" in said
    shared_care.rights.next = {"reminders": tomorrow()}
    assert "El primero te llega mañana, por el turno." in ana.tap("Sí, avisame")
    assert answered(ana, shared_care) == "in"


def test_no_day_is_named_that_the_plan_does_not_hold(ana: Chat, shared_care: FakeCare) -> None:
    books(ana, shared_care, "reminders")
    said = ana.tap("Sí, avisame")
    assert "cuando se acerque un turno" in said and "te llega" not in said
    assert answered(ana, shared_care) == "in"


@pytest.mark.parametrize(("button", "kept"), [("No, gracias", "refused"), ("Después", "later")])
def test_a_no_and_another_time_are_kept(ana: Chat, shared_care: FakeCare, button: str, kept: str) -> None:
    books(ana, shared_care, "reminders")
    assert "ALTA" in ana.tap(button)
    assert answered(ana, shared_care) == kept


@pytest.mark.parametrize(
    ("text", "intent", "kept"),
    [
        ("dale", "affirm", "in"),
        ("sí avisame", "opt_in", "in"),
        ("si porfa", "nlu_fallback", "in"),
        ("no gracias", "thank", "refused"),
        ("no quiero avisos", "opt_out", "refused"),
        ("ahora no", "deny", "later"),
        ("lo pienso", "nlu_fallback", "later"),
    ],
)
def test_she_answers_in_her_own_words(ana: Chat, shared_care: FakeCare, text: str, intent: str, kept: str) -> None:
    books(ana, shared_care, "reminders")
    ana.say(text, intent)
    assert answered(ana, shared_care) == kept


def test_what_for_is_explained_and_asked_again(ana: Chat, shared_care: FakeCare) -> None:
    books(ana, shared_care, "reminders")
    assert "no se te pase la fecha" in ana.say("para que?", "help", 0.6)
    ana.say("bueno dale", "affirm")
    assert answered(ana, shared_care) == "in"


def test_baja_is_no_mere_no(ana: Chat, shared_care: FakeCare) -> None:
    books(ana, shared_care, "reminders")
    ana.say("BAJA", "opt_out")
    assert answered(ana, shared_care) == "out"


def test_a_wish_of_another_kind_means_what_it_says(ana: Chat, shared_care: FakeCare) -> None:
    books(ana, shared_care, "reminders")
    assert "107" in ana.say("me bajo sangre", "danger_sign", danger_kind={"kind": "bleeding", "phase": "pregnancy"})
    ana.say("sí", "affirm")
    assert answered(ana, shared_care) is None


def test_a_button_of_days_ago_still_counts_also_in_a_form(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.send_payload('/consent_answer{"detail": "reminders", "answer": "yes"}')
    assert answered(ana, shared_care) == "in"
    assert "te voy a avisar" in said and "para vos" in said and ana.form == "prenatal_form"


def test_after_a_child_is_on_record(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.rights.may_ask = {"reminders"}
    said = ana.say("anotar a mi hija Mora, nació el 3/10", "register_baby", given_name="Mora", birth_date="2026-10-03")
    assert "Mora" in said and said.endswith(ASKS) is False and ASKS in said


def test_a_question_that_is_open_is_left_to_stand(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    shared_care.add(ana.resident)
    shared_care.rights.may_ask = {"reminders"}
    ana.say("ya nacio mi bebe ayer!", "report_birth", birth_date="2026-11-22")
    said = ana.say("Luca", "inform", given_name="Luca")
    assert "Te queda este turno" in said and ASKS not in said
    assert not shared_care.sent_to("/ask")


def test_nothing_is_asked_after_danger_in_the_same_talk(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("me bajo sangre", "danger_sign", danger_kind={"kind": "bleeding", "phase": "pregnancy"})
    assert ASKS not in books(ana, shared_care, "reminders")


def test_nothing_is_asked_while_a_person_is_asked_for(ana: Chat, shared_care: FakeCare) -> None:
    ana.ticket = "open"
    assert ASKS not in books(ana, shared_care, "reminders")


def test_nothing_is_asked_where_somebody_may_read_along(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("mi marido me pega", "report_violence")
    assert ASKS not in books(ana, shared_care, "reminders")


def test_what_else_she_asked_for_comes_first(ana: Chat, shared_care: FakeCare) -> None:
    to_offers(ana)
    ana.say("y que vacunas le tocan", "inform", other_need="ask_vaccines")
    ana.tap_first_item()
    shared_care.rights.may_ask = {"reminders"}
    said = ana.tap("Sí, confirmar")
    assert "¿Lo vemos ahora?" in said and ASKS not in said


def test_a_booking_is_told_also_when_care_cannot_say_whether_to_ask(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.rights.answer = lambda *_: (503, {"error": {"code": "health_service_unavailable", "message": "away"}})  # type: ignore[method-assign]
    said = books(ana, shared_care)
    assert "¡Listo! Tenés turno" in said and ASKS not in said


@pytest.mark.parametrize(("text", "intent", "kept"), [("sí", "affirm", "in"), ("no gracias", "deny", "refused")])
def test_a_bare_answer_after_something_else_was_said_is_asked_again(
    ana: Chat, shared_care: FakeCare, text: str, intent: str, kept: str
) -> None:
    books(ana, shared_care, "reminders")
    ana.unasked = True  # a slot from the waiting list, say
    said = ana.say(text, intent)
    assert "no sé a cuál me contestás" in said and ASKS in said and answered(ana, shared_care) is None
    ana.say(text, intent)
    assert answered(ana, shared_care) == kept


def test_a_button_says_itself_which_question_it_answers(ana: Chat, shared_care: FakeCare) -> None:
    books(ana, shared_care, "reminders")
    ana.unasked = True
    ana.tap("Sí, avisame")
    assert answered(ana, shared_care) == "in"


def test_content_is_asked_for_once_reminders_are_agreed(ana: Chat, shared_care: FakeCare) -> None:
    said = books(ana, shared_care, "content")
    assert ASKS_CONTENT in said and ASKS not in said
    shared_care.rights.next = {"content": tomorrow("content")}
    assert "El primero te llega mañana" in ana.tap("Sí, mandame")
    assert shared_care.rights.content[ana.resident] == "in" and answered(ana, shared_care) is None


def test_alta_asks_for_content_as_well(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.rights.may_ask = {"content"}
    said = ana.say("ALTA", "opt_in")
    assert "te voy a avisar" in said and ASKS_CONTENT in said
    ana.say("no gracias", "deny")
    assert shared_care.rights.content[ana.resident] == "refused" and answered(ana, shared_care) == "in"


@pytest.mark.parametrize("intent", ["ask_parenting_tips", "opt_in"])
def test_content_on_request(ana: Chat, shared_care: FakeCare, intent: str) -> None:
    said = ana.say("quiero recibir consejos", intent)
    if intent == "ask_parenting_tips":
        assert ASKS_CONTENT in said
        said = ana.tap("Sí, mandame")
    assert "Cuando haya uno" in said and shared_care.rights.content[ana.resident] == "in"
    assert answered(ana, shared_care) is None


def test_no_more_content_leaves_the_reminders(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say("no quiero más consejos", "opt_out")
    assert "Los avisos de turnos y controles siguen igual" in said
    assert shared_care.rights.content[ana.resident] == "out" and answered(ana, shared_care) is None


@pytest.mark.parametrize(
    ("text", "taken_for"),
    [
        ("basta de consejos", "stop_flow"),
        ("basta con los consejitos!!", "stop_flow"),
        ("ya no quiero los consejos", "ask_parenting_tips"),
        ("no kiero mas concejos", "ask_parenting_tips"),
        ("no me mandes mas tips", "opt_out"),
        ("no me manden más mensajes de consejos", "opt_out"),
        ("no mandes mas consejos, los avisos si", "opt_out"),
        ("dejá de mandarme consejos", "opt_out"),
        ("cancelar los consejos", "cancel_appointment"),
        ("los consejos no los quiero mas", "ask_parenting_tips"),
        ("cortala con los consejos", "ask_parenting_tips"),
        ("no me interesan los consejos", "nlu_fallback"),
        ("me cansaron los consejos", "ask_parenting_tips"),
    ],
)
def test_enough_of_content_ends_that_alone_and_can_be_undone(
    ana: Chat, shared_care: FakeCare, text: str, taken_for: str
) -> None:
    shared_care.consented(ana.resident)
    said = ana.say(text, taken_for, 0.7)
    assert "no te mando más consejos" in said and ana.titles() == ["Recibirlos de nuevo"]
    assert shared_care.rights.content[ana.resident] == "out" and answered(ana, shared_care) is None
    ana.tap("Recibirlos de nuevo")
    assert shared_care.rights.content[ana.resident] == "in" and answered(ana, shared_care) is None


@pytest.mark.parametrize(
    "text", ["BAJA", "basta de mensajes", "no quiero mas avisos ni consejos", "basta de consejos y de avisos"]
)
def test_enough_of_everything_ends_everything(ana: Chat, shared_care: FakeCare, text: str) -> None:
    shared_care.consented(ana.resident)
    ana.say(text, "opt_out")
    assert answered(ana, shared_care) == "out" and ana.resident not in shared_care.rights.content


@pytest.mark.parametrize("text", ["consejos para dormir", "no duerme, consejos?", "quiero mas consejos de lactancia"])
def test_asking_for_advice_ends_nothing(ana: Chat, shared_care: FakeCare, text: str) -> None:
    shared_care.consented(ana.resident)
    ana.say(text, "ask_parenting_tips")
    assert ana.resident not in shared_care.rights.content


def test_enough_of_content_in_the_middle_of_a_form(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.consented(ana.resident)
    ana.say("quiero un turno", "book_prenatal")
    assert ana.form is not None
    assert "no te mando más consejos" in ana.say("basta de consejos", "stop_flow")
    assert shared_care.rights.content[ana.resident] == "out"


def test_neither_messages_nor_content_is_baja(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("no me manden mas mensajes ni consejos", "opt_out")
    assert answered(ana, shared_care) == "out"


def test_a_yes_that_could_not_be_kept_is_not_claimed(ana: Chat, shared_care: FakeCare) -> None:
    books(ana, shared_care, "reminders")
    shared_care.fail()
    said = ana.tap("Sí, avisame")
    assert "Ahora no pude anotarlo" in said and answered(ana, shared_care) is None


def sent_a_tip(chat: Chat, care: FakeCare, **fields: str) -> str:
    """A card of the content, sent days ago; returns its id."""
    return care.reminders.add(chat.resident, "tip", kind="content", **fields)


def test_a_tip_is_read_by_its_button(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.consented(ana.resident)
    assert "Qué:" in ana.send_payload(payload("see", sent_a_tip(ana, shared_care)))


def test_no_more_tips_by_button_keeps_the_reminders_also_when_care_knows_no_such_tip(
    ana: Chat, shared_care: FakeCare
) -> None:
    for number in (sent_a_tip(ana, shared_care), "999"):
        said = ana.send_payload(payload("stop_content", number))
        assert "Los avisos de turnos y controles siguen igual" in said
        assert shared_care.rights.content[ana.resident] == "out" and answered(ana, shared_care) is None


@pytest.mark.parametrize(
    ("service", "offered"), [("prenatal", "Perdí el embarazo"), ("pediatric", "Falleció"), ("prenatal", "Ya nació")]
)
def test_something_else_after_a_tip(ana: Chat, shared_care: FakeCare, service: str, offered: str) -> None:
    ana.send_payload(payload("other", sent_a_tip(ana, shared_care, service=service)))
    assert {offered, "No quiero más consejos", "No quiero más avisos", "Hablar con una persona"} <= set(ana.titles())
    assert not {"Ya fui", "Avisame otro día"} & set(ana.titles())


@pytest.mark.parametrize("answer", ["yes", "no", "later", "went"])
def test_a_tip_asks_for_nothing(ana: Chat, shared_care: FakeCare, answer: str) -> None:
    said = ana.send_payload(payload(answer, sent_a_tip(ana, shared_care)))
    assert "Eso era solo para leer" in said and shared_care.reminders.answers == []


def test_a_wish_about_her_appointment_right_after_a_tip(ana: Chat, shared_care: FakeCare) -> None:
    appointment = shared_care.add(ana.resident)
    ana.send_payload(payload("cancel", sent_a_tip(ana, shared_care)))
    ana.say("sí", "affirm")
    assert appointment["status"] == "cancelled"


def test_an_old_tip_after_a_loss(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.send_payload(payload("see", sent_a_tip(ana, shared_care, now="lost")))
    assert "Lo siento mucho" in said and "Qué:" not in said


def test_words_right_after_a_reminder_are_about_that(ana: Chat, shared_care: FakeCare) -> None:
    books(ana, shared_care, "reminders")
    [appointment] = [one for one in shared_care.appointments.values() if one["owner"] == ana.resident]
    ana.reminder = shared_care.reminders.add(ana.resident, "confirm", appointment)
    assert "Anoté que vas" in ana.say("sí", "affirm")
    assert answered(ana, shared_care) is None
