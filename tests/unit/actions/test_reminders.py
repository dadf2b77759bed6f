"""Talking back to a reminder: its buttons work days later and without context, whatever has happened meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from chat import Chat
from fake_care import FakeCare
from fake_reminders import payload

Json = dict[str, Any]


def reminded(chat: Chat, care: FakeCare, name: str = "confirm", **fields: Any) -> tuple[str, Json]:
    """A reminder of an appointment of hers, said days ago."""
    appointment = care.add(chat.resident)
    return care.reminders.add(chat.resident, name, appointment, **fields), appointment


def test_she_confirms(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care)
    assert "Anoté que vas el *jueves 26 de noviembre* a las *9:30*" in ana.send_payload(payload("confirm", number))
    assert appointment["attendance"] == "accepted"
    assert shared_care.reminders.answers == [(number, "confirm")]
    reads = [path for method, path, _ in shared_care.calls if method == "GET" and path.startswith("/reminders")]
    assert len(reads) == 1


def test_a_button_tapped_twice_is_harmless(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care)
    first = ana.send_payload(payload("confirm", number))
    assert ana.send_payload(payload("confirm", number)) == first
    assert appointment["attendance"] == "accepted"


def test_exactly_that_appointment_is_moved(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident, number=1)
    meant = shared_care.add(ana.resident, number=3, patient={"for_whom": "other", "given_name": "Rosa"})
    number = shared_care.reminders.add(ana.resident, "confirm", meant)
    ana.send_payload(payload("move", number))
    assert ana.form == "rebook_form"
    assert [one["replaces"] for one in shared_care.sent("/offers")] == [meant["id"]]


def test_exactly_that_appointment_is_cancelled_after_one_question(ana: Chat, shared_care: FakeCare) -> None:
    other = shared_care.add(ana.resident, number=1)
    meant = shared_care.add(ana.resident, number=3, patient={"for_whom": "other", "given_name": "Rosa"})
    number = shared_care.reminders.add(ana.resident, "remind", meant)
    assert "Rosa" in ana.send_payload(payload("cancel", number))
    assert meant["status"] == "booked"
    ana.say("sí", "affirm")
    assert (meant["status"], other["status"]) == ("cancelled", "booked")


def test_she_went(ana: Chat, shared_care: FakeCare) -> None:
    number, _ = reminded(ana, shared_care, "after", now="past")
    assert "no te escribo más por esto" in ana.send_payload(payload("went", number))
    assert shared_care.reminders.answers == [(number, "went")]


def test_nothing_is_said_to_be_noted_while_care_is_away(ana: Chat, shared_care: FakeCare) -> None:
    number, _ = reminded(ana, shared_care, "after", now="past")
    ana.say("hola", "greet")
    shared_care.fail(1)
    assert "Probá de nuevo en un ratito" in ana.send_payload(payload("went", number))
    assert shared_care.reminders.answers == []


def test_she_did_not_go_and_another_is_offered(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care, "after", now="past")
    appointment["past"] = True
    assert "¿Te busco otro turno?" in ana.send_payload(payload("not_went", number))
    assert appointment["status"] == "noshow"


def test_a_checkup_is_booked_for_her_without_asking_what_is_known(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    number = shared_care.reminders.add(ana.resident, "book")
    said = ana.send_payload(payload("book", number))
    assert ana.form == "prenatal_form"
    assert "¿De cuánto" not in said and "DNI" not in said and "¿El turno es" not in said
    assert ana.answer["slots"]["gestational_age"]["weeks_min"] == 20


def test_a_checkup_of_another_adult_is_booked_for_her(ana: Chat, shared_care: FakeCare) -> None:
    for role, name in (("self", None), ("other-1", "Rosa"), ("other-2", "Carla")):
        shared_care.people.add_pregnancy(ana.resident, role, name)
    number = shared_care.reminders.add(ana.resident, "book", role="other-2", given_name="Carla")
    ana.send_payload(payload("book", number))
    assert ana.form == "prenatal_form"
    assert ana.answer["slots"]["patient_person"] == "other-2"
    assert ana.answer["slots"]["patient_name"] == "Carla"


def test_what_was_told_of_herself_is_not_taken_for_another(ana: Chat, shared_care: FakeCare) -> None:
    for role, name in (("self", None), ("other-1", "Rosa")):
        shared_care.people.add_pregnancy(ana.resident, role, name)
    ana.say("quiero un turno para mí, nunca me controlé", "book_prenatal", for_whom="self", prior_checkups="none")
    number = shared_care.reminders.add(ana.resident, "book", role="other-1", given_name="Rosa")
    ana.send_payload(payload("book", number))
    assert ana.answer["slots"]["patient_person"] == "other-1" and ana.answer["slots"]["prior_checkups"] is None


def test_a_checkup_of_a_child_is_booked_for_it(ana: Chat, shared_care: FakeCare) -> None:
    for name in ("Luca", "Mora"):
        shared_care.people.add_child(ana.resident, name, "2026-09-01")
    number = shared_care.reminders.add(ana.resident, "book", service="pediatric", role="child-2", given_name="Mora")
    assert "¿Para quién" not in ana.send_payload(payload("book", number))
    assert ana.form == "pediatric_form" and ana.answer["slots"]["child"] == "child-2"


def test_later_asks_until_when_and_moves_the_step(ana: Chat, shared_care: FakeCare) -> None:
    number = shared_care.reminders.add(ana.resident, "book")
    assert "¿Cuándo te aviso de nuevo?" in ana.send_payload(payload("later", number))
    assert ana.titles() == ["Mañana", "En 3 días", "La semana que viene"]
    assert "te aviso el *jueves 26 de noviembre*" in ana.tap("En 3 días")
    assert shared_care.reminders.asked == [{"in_days": 3}]


@pytest.mark.parametrize(("refusal", "words"), [("too_late", "ya sería tarde"), ("no_reminders", "avisos apagados")])
def test_no_reminder_is_promised_that_would_not_come(
    ana: Chat, shared_care: FakeCare, refusal: str, words: str
) -> None:
    number = shared_care.reminders.add(ana.resident, "book")
    ana.send_payload(payload("later", number))
    shared_care.reminders.refusal = refusal
    assert words in ana.tap("La semana que viene")


def test_baja(ana: Chat, shared_care: FakeCare) -> None:
    number, _ = reminded(ana, shared_care, now="lost")
    ana.send_payload(payload("stop_reminders", number))
    assert [body["answer"] for _, body in shared_care.sent_to("/reminders")] == ["out"]
    assert shared_care.reminders.answers == [(number, "stop_reminders")]


def test_baja_while_the_reminder_cannot_be_read_or_kept(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("hola", "greet")
    shared_care.fail(1)
    ana.send_payload(payload("stop_reminders", "999"))
    assert [body["answer"] for _, body in shared_care.sent_to("/reminders")] == ["out"]


def test_baja_while_a_person_has_the_conversation_reaches_her(ana: Chat) -> None:
    ana.say("hola", "greet")
    ana.ticket = "taken"
    assert ana.send_payload(payload("stop_reminders", "101")) == ""
    assert ana.answer["flags"] == ["rights"]


def test_a_neutral_notice_shows_its_detail(ana: Chat, shared_care: FakeCare) -> None:
    number = shared_care.reminders.add(ana.resident, "book")
    assert "*Qué:* Control del embarazo" in ana.send_payload(payload("see", number))
    said = ana.tap("Otra cosa")
    assert "Decime qué necesitás" in said
    assert {"Ya nació", "Perdí el embarazo", "No quiero más avisos", "Hablar con una persona"} <= set(ana.titles())
    assert "Cambiar el turno" not in ana.titles()


def test_another_thing_about_an_appointment_that_stands(ana: Chat, shared_care: FakeCare) -> None:
    number, _ = reminded(ana, shared_care)
    ana.send_payload(payload("other", number))
    assert ana.titles()[:2] == ["Cambiar el turno", "Cancelar el turno"]
    ana.tap("Cambiar el turno")
    assert ana.form == "rebook_form"


def test_a_loss_told_in_the_menu_is_of_the_one_it_was_about(ana: Chat, shared_care: FakeCare) -> None:
    number = shared_care.reminders.add(ana.resident, "book")
    ana.send_payload(payload("other", number))
    assert "Lo siento mucho" in ana.tap("Perdí el embarazo")
    assert [(body["of"], body["person"]) for _, body in shared_care.sent_to("/losses")] == [("pregnancy", "self")]


def test_the_death_of_a_child_told_in_the_menu(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luz", "2026-09-01")
    number = shared_care.reminders.add(ana.resident, "book", service="pediatric", role="child-1", given_name="Luz")
    ana.send_payload(payload("other", number))
    assert "Perdí el embarazo" not in ana.titles()
    assert "Lo siento mucho" in ana.tap("Falleció")
    assert [(body["of"], body["person"]) for _, body in shared_care.sent_to("/losses")] == [("child", "child-1")]


@pytest.mark.parametrize("answer", ["see", "confirm", "move", "cancel", "went", "not_went", "book", "later", "other"])
def test_after_a_loss_no_button_says_anything_cheerful(ana: Chat, shared_care: FakeCare, answer: str) -> None:
    number, appointment = reminded(ana, shared_care, now="lost")
    said = ana.send_payload(payload(answer, number))
    assert said.startswith("Lo siento mucho") and "¡" not in said and "¿" not in said
    assert ana.form is None
    assert shared_care.reminders.answers == []
    assert appointment["status"] == "booked"


def test_after_a_birth_nothing_prenatal_is_booked(ana: Chat, shared_care: FakeCare) -> None:
    number = shared_care.reminders.add(ana.resident, "book", now="born")
    assert "cuando el embarazo seguía" in ana.send_payload(payload("book", number))
    assert ana.form is None and "Turno para mi bebé" in ana.titles()


@pytest.mark.parametrize("answer", ["see", "confirm", "move", "cancel", "went", "not_went", "later"])
def test_one_that_was_moved_is_told_as_it_stands_now(ana: Chat, shared_care: FakeCare, answer: str) -> None:
    shared_care.add(ana.resident, number=1)["status"] = "cancelled"
    stands = shared_care.add(ana.resident, number=3)
    number = shared_care.reminders.add(ana.resident, "confirm", stands, now="moved")
    said = ana.send_payload(payload(answer, number))
    assert "Ese turno cambió" in said and "Vie" in said.title()
    assert stands["attendance"] == "needs-action"
    assert ana.titles() == ["Sí, voy", "Cambiarlo", "Cancelarlo"]
    ana.tap("Sí, voy")
    assert stands["attendance"] == "accepted"


def test_one_that_was_cancelled_is_told_as_cancelled(ana: Chat, shared_care: FakeCare) -> None:
    number = shared_care.reminders.add(ana.resident, "confirm", kind="appointment", now="cancelled")
    assert "figura como cancelado" in ana.send_payload(payload("confirm", number))
    ana.tap("Sí, buscar turno")
    assert ana.form == "prenatal_form"


def test_one_whose_time_is_over_is_not_confirmed(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care, now="past")
    assert "Ese turno ya pasó, era el *jueves 26 de noviembre*" in ana.send_payload(payload("confirm", number))
    assert appointment["attendance"] == "needs-action"
    assert "Lo anoté" in ana.tap("Sí, fui")


def test_who_says_that_she_went_before_its_time(ana: Chat, shared_care: FakeCare) -> None:
    number, _ = reminded(ana, shared_care)
    assert "todavía no pasó" in ana.send_payload(payload("went", number))
    assert shared_care.reminders.answers == []


def test_an_appointment_made_meanwhile_is_told_and_no_second_one_is_booked(ana: Chat, shared_care: FakeCare) -> None:
    appointment = shared_care.add(ana.resident)
    number = shared_care.reminders.add(ana.resident, "book", appointment, kind="checkup", now="booked")
    assert "Ya tenés este turno" in ana.send_payload(payload("book", number))
    assert ana.form is None


def test_what_was_noted_by_mistake_is_taken_back(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care, "after", now="done", answered="went")
    appointment["past"] = True
    assert "Ya está anotado" in ana.send_payload(payload("see", number))
    assert "¿Te busco otro turno?" in ana.send_payload(payload("not_went", number))
    assert shared_care.reminders.answers == [(number, "not_went")]


def test_one_of_somebody_else_is_not_answered(ana: Chat, shared_care: FakeCare) -> None:
    number = shared_care.reminders.add("somebody", "confirm", shared_care.add("somebody"))
    assert "ya no lo encuentro" in ana.send_payload(payload("see", number))
    assert "No tenés turnos" in ana.send_payload(payload("confirm", number))


def test_a_form_goes_on_where_it_was(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care)
    appointment["patient"] = {"for_whom": "other", "given_name": "Rosa"}
    asked = ana.say("quiero un turno para mí", "book_prenatal", for_whom="self")
    said = ana.send_payload(payload("confirm", number))
    assert "Anoté que vas" in said and asked.splitlines()[-1] in said
    assert ana.form == "prenatal_form" and appointment["attendance"] == "accepted"
    ana.send_payload(payload("cancel", number))
    assert ana.form == "cancel_form"
    ana.say("no", "deny")
    assert "Seguir con el turno" in ana.titles() and appointment["status"] == "booked"


def test_a_person_has_the_conversation_and_latido_is_silent(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care)
    ana.say("hola", "greet")
    ana.ticket = "taken"
    assert ana.send_payload(payload("confirm", number)) == ""
    assert appointment["attendance"] == "needs-action"


def test_days_later_the_button_works_in_a_new_session(ana: Chat, shared_care: FakeCare) -> None:
    number, appointment = reminded(ana, shared_care)
    ana.say("hola", "greet")
    ana.wait(hours=72)
    assert "Anoté que vas" in ana.send_payload(payload("confirm", number))
    assert appointment["attendance"] == "accepted"


@pytest.mark.parametrize(
    ("words", "intent"),
    [("sí voy", "confirm_attendance"), ("si", "affirm"), ("dale, ahi vamos a estar", "nlu_fallback")],
)
def test_words_right_after_a_reminder_confirm_the_appointment_it_was_about(
    ana: Chat, shared_care: FakeCare, words: str, intent: str
) -> None:
    shared_care.add(ana.resident, number=1)
    meant = shared_care.add(ana.resident, number=3, patient={"for_whom": "other", "given_name": "Rosa"})
    ana.reminder = shared_care.reminders.add(ana.resident, "confirm", meant)
    assert "Anoté que vas el *viernes" in ana.say(words, intent)
    assert meant["attendance"] == "accepted"


@pytest.mark.parametrize(
    ("words", "intent", "confidence"),
    [
        ("no puedo ese día", "deny", 0.9),
        ("se puede otro dia?", "reschedule_appointment", 0.9),
        ("mejor más tarde, otro horario", "inform", 0.9),
    ],
)
def test_another_time_is_looked_for_after_words(
    ana: Chat, shared_care: FakeCare, words: str, intent: str, confidence: float
) -> None:
    shared_care.add(ana.resident, number=1)
    meant = shared_care.add(ana.resident, number=3, patient={"for_whom": "other", "given_name": "Rosa"})
    ana.reminder = shared_care.reminders.add(ana.resident, "confirm", meant)
    ana.say(words, intent, confidence)
    assert ana.form == "rebook_form"
    assert [one["replaces"] for one in shared_care.sent("/offers")] == [meant["id"]]


def test_who_cannot_come_is_asked_whether_to_move_or_to_cancel(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder, appointment = reminded(ana, shared_care)
    assert "¿Buscamos otro horario o lo cancelamos?" in ana.say("uy no puedo ir", "cancel_appointment")
    ana.tap("Cancelarlo")
    assert appointment["status"] == "booked" and ana.form == "cancel_form"


@pytest.mark.parametrize(
    ("words", "intent"),
    [("ya fui", "affirm"), ("sí", "affirm"), ("fui ayer", "missed_appointment"), ("ya la vacuné", "ask_vaccines")],
)
def test_words_that_it_was_done(ana: Chat, shared_care: FakeCare, words: str, intent: str) -> None:
    ana.reminder, _ = reminded(ana, shared_care, "after", now="past")
    assert "Lo anoté" in ana.say(words, intent, 0.95)


def test_words_that_it_was_not_done(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder, appointment = reminded(ana, shared_care, "after", now="past")
    appointment["past"] = True
    assert "¿Te busco otro turno?" in ana.say("no", "deny")
    assert appointment["status"] == "noshow"


def test_remind_me_on_thursday(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    assert "te aviso el *jueves 26" in ana.say("recordame el jueves", "opt_in", date="2026-11-26")
    assert shared_care.reminders.asked == [{"day": "2026-11-26"}]
    assert shared_care.sent_to("/reminders") == []


def test_the_day_is_told_in_words_after_the_question(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    assert "¿Cuándo te aviso de nuevo?" in ana.say("más tarde", "inform")
    assert "te aviso el *jueves 26" in ana.say("el jueves", "inform", date="2026-11-26")


def test_next_week_in_words(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    ana.say("recordamelo la semana que viene", "inform")
    assert shared_care.reminders.asked == [{"in_days": 7}]


def test_the_time_of_day_goes_along_and_what_is_said_is_when_it_will_be(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    afternoon = {"part": "afternoon", "time": None}
    said = ana.say("recordame mañana a la tarde", "opt_in", date="2026-11-24", time_of_day=afternoon)
    assert "te aviso el *martes 24 de noviembre* a las *16:00*" in said
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    ana.say("avisame a las 18", "opt_in", time_of_day={"part": "afternoon", "time": "18:00"})
    assert shared_care.reminders.asked == [
        {"day": "2026-11-24", "part": "afternoon"},
        {"part": "afternoon", "time": "18:00"},
    ]


def test_asked_when_a_part_of_the_day_is_an_answer(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    assert "¿Cuándo te aviso de nuevo?" in ana.say("más tarde", "inform")
    ana.reminder = None
    said = ana.say("a la tarde", "inform", time_of_day={"part": "afternoon", "time": None})
    assert "a las *16:00*" in said and shared_care.reminders.asked == [{"part": "afternoon"}]


@pytest.mark.parametrize("said", ["book", "yes"])
def test_whose_slot_was_given_away_books_anew(ana: Chat, shared_care: FakeCare, said: str) -> None:
    for name in ("Luca", "Mora"):
        shared_care.people.add_child(ana.resident, name, "2025-09-01")
    whose = {"service": "pediatric", "role": "child-2", "given_name": "Mora"}
    number = shared_care.reminders.add(ana.resident, "released", kind="appointment", now="cancelled", **whose)
    ana.send_payload(payload(said, number))
    assert ana.form == "pediatric_form" and ana.answer["slots"]["child"] == "child-2"


def test_another_day_is_no_yes_to_this_one(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder, appointment = reminded(ana, shared_care)
    assert "Ese turno sigue en pie" in ana.say("voy el lunes", "confirm_attendance", date="2026-11-30")
    assert appointment["attendance"] == "needs-action"


def test_an_appointment_asked_for_in_words_is_for_the_one_it_was_about(ana: Chat, shared_care: FakeCare) -> None:
    for name in ("Luca", "Mora"):
        shared_care.people.add_child(ana.resident, name, "2026-09-01")
    about = {"service": "pediatric", "role": "child-2", "given_name": "Mora"}
    ana.reminder = shared_care.reminders.add(ana.resident, "book", **about)
    ana.say("sí", "affirm")
    assert ana.form == "pediatric_form" and ana.answer["slots"]["child"] == "child-2"


def test_an_appointment_of_another_kind_asked_for_in_words_is_that_one(ana: Chat, shared_care: FakeCare) -> None:
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    ana.say("turno con el pediatra", "book_pediatric")
    assert ana.form == "pediatric_form"


def test_a_loss_and_a_birth_in_words_are_what_they_are(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    assert "Lo siento mucho" in ana.say("perdí el embarazo", "report_loss")
    assert [body["of"] for _, body in shared_care.sent_to("/losses")] == ["pregnancy"]
    ana.reminder = shared_care.reminders.add(ana.resident, "book")
    ana.say("ya nació", "report_birth")
    assert ana.form == "birth_form"


@pytest.mark.parametrize(
    ("words", "intent"),
    [("gracias por avisar", "thank"), ("no quiero mas avisos", "opt_out"), ("donde es?", "ask_center_details"),
     ("cuando es mi turno?", "list_appointments"), ("estoy sangrando", "danger_sign"),
     ("no puedo dormir", "nlu_fallback")],
)  # fmt: skip
def test_other_words_after_a_reminder_mean_what_they_say(
    ana: Chat, shared_care: FakeCare, words: str, intent: str
) -> None:
    ana.reminder, appointment = reminded(ana, shared_care)
    ana.say(words, intent)
    assert ana.answer["nlu"]["intent"]["name"] == intent
    assert appointment["attendance"] == "needs-action" and shared_care.reminders.answers == []


def test_words_in_a_form_are_the_forms(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.reminder, appointment = reminded(ana, shared_care)
    ana.say("sí", "affirm")
    assert ana.answer["nlu"]["intent"]["name"] == "affirm" and appointment["attendance"] == "needs-action"


def test_words_long_after_a_reminder_are_no_answer_to_it(ana: Chat, shared_care: FakeCare) -> None:
    number, _ = reminded(ana, shared_care)
    ana.send_payload(payload("confirm", number))
    assert "¿Te ayudo con algo más?" in ana.say("sí", "affirm")
