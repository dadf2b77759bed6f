"""Her rights in the dialogue: what is kept, erasing it, reminders in and out, opinions."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_care import FakeCare

from actions.rights import data_texts

ERASE = "delete_my_data"


def test_all_that_is_kept_is_shown_in_messages_that_fit(ana: Chat) -> None:
    ana.say("mis datos", "show_my_data")
    assert len(ana.replies) > 2 and all(len(reply["text"]) <= 1024 for reply in ana.replies)
    assert "*Tu permiso*\n• Aceptaste" in ana.replies[0]["text"] and "Mensaje 19" in ana.replies[-2]["text"]
    assert ana.titles() == ["Borrar mis datos", "Hay algo mal"]


def test_a_line_longer_than_a_message_is_cut() -> None:
    assert [len(text) <= 1024 for text in data_texts([{"title": "T", "lines": ["x" * 3000]}])] == [True, True]


def test_erasing_is_asked_once_and_done(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say("borrar", ERASE)
    assert "No se puede deshacer" in said and "servicio de salud" in said and shared_care.rights.erased == []
    assert "Listo, lo borré" in ana.tap("Sí, borrar todo")
    assert shared_care.rights.erased == [ana.resident]


@pytest.mark.parametrize("yes", ["sí", "dale", "borralo"])
def test_erasing_is_confirmed_in_words(ana: Chat, shared_care: FakeCare, yes: str) -> None:
    ana.say("borrar", ERASE)
    ana.say(yes, ERASE if yes == "borralo" else "affirm")
    assert shared_care.rights.erased == [ana.resident]


@pytest.mark.parametrize(("no", "intent"), [("no", "deny"), ("dejá, no importa", "stop_flow")])
def test_thinking_better_of_it_leaves_all_as_it_was(ana: Chat, shared_care: FakeCare, no: str, intent: str) -> None:
    ana.say("borrar", ERASE)
    assert "no borré nada" in ana.say(no, intent)
    assert shared_care.rights.erased == [] and ana.form is None
    assert (
        "¿En qué te ayudo?" in ana.say("hola", "greet") or "todavía no borré nada" in ana.answer["replies"][0]["text"]
    )


def test_who_was_forgotten_meets_the_question_of_consent(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("vivo en barracas", "find_cesac", neighbourhood="barracas")
    ana.say("borrar", ERASE)
    ana.tap("Sí, borrar todo")
    assert ana.form == "consent_form" and ana.answer["slots"]["place"] is None
    assert "permiso" in ana.say("quiero un turno", "book_prenatal")
    assert shared_care.sent_to("/consent") == []


def test_the_yes_that_erases_is_no_consent(stranger: Chat, shared_care: FakeCare) -> None:
    stranger.say("hola", "greet")
    stranger.say("borrar", ERASE)
    stranger.say("sí", "affirm")
    assert shared_care.rights.erased == [stranger.resident] and shared_care.sent_to("/consent") == []
    assert stranger.form == "consent_form"


def test_who_has_not_agreed_may_ask_for_it_as_the_first_thing(stranger: Chat, shared_care: FakeCare) -> None:
    assert "No se puede deshacer" in stranger.say("BORRAR", ERASE)
    stranger.tap("No, dejalo")
    assert shared_care.rights.erased == [] and stranger.form == "consent_form"
    assert "permiso" in stranger.say("qué cesac hay en flores", "find_cesac", neighbourhood="flores")


def test_a_stranger_who_asks_for_erasure_and_then_something_else_still_meets_the_door(stranger: Chat) -> None:
    stranger.say("BORRAR", ERASE)
    stranger.say("toy perdiendo sangre", "danger_sign")
    assert "permiso" in stranger.say("qué cesac hay en flores", "find_cesac", neighbourhood="flores")


@pytest.mark.parametrize(("button", "left"), [("Mantenerlo", 1), ("Cancelarlo", 0)])
def test_her_appointments_are_kept_or_cancelled_as_she_says(
    ana: Chat, shared_care: FakeCare, button: str, left: int
) -> None:
    shared_care.add(ana.resident)
    ana.say("borren todo", ERASE)
    assert "¿Lo mantengo?" in ana.tap("Sí, borrar todo") and shared_care.rights.erased == []
    said = ana.tap(button)
    assert ("sigue en pie" in said) == bool(left) and shared_care.rights.erased == [ana.resident]
    assert len([a for a in shared_care.appointments.values() if a["status"] == "booked"]) == left


@pytest.mark.parametrize(("words", "intent", "left"), [("dejalo", "deny", 1), ("cancelalo", "cancel_appointment", 0)])
def test_what_becomes_of_her_appointments_in_words(
    ana: Chat, shared_care: FakeCare, words: str, intent: str, left: int
) -> None:
    shared_care.add(ana.resident)
    ana.say("borren todo", ERASE)
    ana.tap("Sí, borrar todo")
    ana.say(words, intent)
    assert shared_care.rights.erased == [ana.resident]
    assert len([a for a in shared_care.appointments.values() if a["status"] == "booked"]) == left


def test_erasing_from_inside_a_booking_and_thinking_better_of_it(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    assert "No se puede deshacer" in ana.say("borren mis datos", ERASE)
    assert "turno quedó a medio sacar" in ana.tap("No, dejalo")


def test_while_care_is_away_nothing_is_said_to_be_erased(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("borrar", ERASE)
    shared_care.fail(1)
    said = ana.tap("Sí, borrar todo")
    assert "no pude borrarlo" in said and "5 días hábiles" in said and shared_care.rights.erased == []
    ana.tap("Probar de nuevo")
    ana.tap("Sí, borrar todo")
    assert shared_care.rights.erased == [ana.resident]


def test_an_old_button_of_erasing_only_asks_again(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("hola", "greet")
    assert "No se puede deshacer" in ana.send_payload('/delete_my_data{"erase": "yes"}')
    assert shared_care.rights.erased == []


# ------------------------------------------------------------ reminders


def test_wanting_reminders_is_kept_and_nothing_is_promised(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say("quiero recordatorios", "opt_in")
    assert "te voy a avisar" in said and shared_care.rights.reminders == {ana.resident: "in"}


@pytest.mark.parametrize("intent", ["opt_in", "opt_out", "show_my_data"])
def test_while_care_is_away_no_right_is_said_to_be_served(ana: Chat, shared_care: FakeCare, intent: str) -> None:
    ana.say("hola", "greet")
    shared_care.fail(2)
    assert "Ahora no pude hacerlo" in ana.say("…", intent)


def test_silence_is_at_once_and_leaves_a_form_without_a_word(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("BAJA", "opt_out")
    assert "No te voy a escribir más" in said and "para vos" not in said and ana.form is None
    assert shared_care.rights.reminders == {ana.resident: "out"}


def test_a_stranger_may_ask_for_silence(stranger: Chat, shared_care: FakeCare) -> None:
    stranger.say("hola", "greet")
    assert "No te voy a escribir más" in stranger.say("baja", "opt_out")
    assert shared_care.rights.reminders == {stranger.resident: "out"}


def test_who_waits_is_asked_once_and_silence_is_the_default(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.wait(ana.resident)
    assert "Si no me decís nada, no te escribo" in ana.say("no me manden más mensajes", "opt_out")
    assert shared_care.rights.reminders == {ana.resident: "out"}
    assert "solo si se libera un turno" in ana.tap("Sí, solo eso")
    assert shared_care.rights.reminders == {ana.resident: "waiting_list_only"}


def test_who_waits_may_leave_the_list_with_it(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.wait(ana.resident)
    ana.say("no me manden más mensajes", "opt_out")
    assert "¿Te saco?" in ana.tap("No, sacame")
    ana.tap("Salir de la lista")
    assert shared_care.entries["entry-1"]["state"] == "left"


# ------------------------------------------------------------ opinions


def test_praise_is_thanked_and_kept(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say("excelente atención en el cesac 15", "give_feedback", center_number=15)
    assert "¡Gracias por contarlo!" in said and ana.form is None and ana.answer["flags"] == ["feedback"]
    [opinion] = shared_care.rights.opinions
    assert (opinion["kind"], opinion["center_number"]) == ("praise", 15)


def test_a_complaint_is_taken_seriously_and_its_centre_asked(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say("me atendieron mal", "give_feedback")
    assert "Lamento" in said and "¿En qué CeSAC fue?" in said
    assert "147" in ana.say("el 9", "inform")
    [opinion] = shared_care.rights.opinions
    assert (opinion["kind"], opinion["center_number"], opinion["text"]) == ("complaint", 9, "me atendieron mal")


def test_a_day_is_no_centre(ana: Chat, shared_care: FakeCare) -> None:
    assert "¿En qué CeSAC fue?" in ana.say("fui el 15 y me atendieron mal", "give_feedback", date="2026-11-15")
    assert shared_care.rights.opinions[0]["center_number"] is None


def test_hope_is_no_complaint(ana: Chat) -> None:
    assert "¡Gracias por contarlo!" in ana.say("excelente todo, espero que sigan así", "give_feedback")


def test_the_centre_need_not_be_told(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("me trataron re mal", "give_feedback")
    assert "Anotado" in ana.tap("Prefiero no decir") and ana.form is None
    assert shared_care.rights.opinions[0]["center_number"] is None


def test_another_wish_leaves_the_question_of_the_centre(ana: Chat) -> None:
    ana.say("me trataron re mal", "give_feedback")
    assert "para vos" in ana.say("quiero un turno", "book_prenatal")


def test_anger_at_the_assistant_is_met_with_a_person(ana: Chat) -> None:
    said = ana.say("este bot no sirve para nada", "give_feedback")
    assert "bronca" in said and "Hablar con alguien" in ana.titles() and ana.form is None


def test_being_turned_away_reaches_a_person(ana: Chat) -> None:
    ana.say("no me quisieron atender por ser extranjera", "give_feedback")
    assert "wants_person" in ana.answer["flags"]


def test_before_consent_an_opinion_is_thanked_and_not_kept(stranger: Chat, shared_care: FakeCare) -> None:
    stranger.say("hola", "greet")
    assert "Lamento" in stranger.say("me atendieron mal", "give_feedback")
    assert shared_care.rights.opinions == []


def test_inside_a_form_it_is_kept_and_the_form_goes_on(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("me atendieron mal la otra vez", "give_feedback")
    assert "Lamento" in said and "para vos" in said and len(shared_care.rights.opinions) == 1
