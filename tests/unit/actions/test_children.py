"""A child's journeys: put on record, born, its appointment; asked for only when it is not clear which."""

from __future__ import annotations

from chat import Chat
from fake_care import FakeCare

LUCA = {"given_name": "Luca", "birth_date": "2026-09-20"}


def test_a_child_is_put_on_record_and_what_comes_next_is_told(ana: Chat, shared_care: FakeCare) -> None:
    assert "¿Cómo se llama?" in ana.say("quiero anotar a mi bebe", "register_baby", person_cue={"who": "child"})
    assert "¿Qué día nació?" in ana.say("luca", "nlu_fallback", 0.2)
    said = ana.say("el 20 de septiembre", "inform", birth_date="2026-09-20")
    assert "anoté a *Luca*" in said and "20 de septiembre de 2026" in said and "Control de los 2 meses" in said
    [child] = shared_care.people.of(ana.resident)
    assert (child["given_name"], child["birth_date"]) == ("Luca", "2026-09-20")
    assert ana.form is None


def test_all_told_at_once_is_not_asked_again(ana: Chat, shared_care: FakeCare) -> None:
    told = {"given_name": "Mora", "birth_date": "2026-10-03"}
    said = ana.say("quiero anotar a mi hija Mora, nació el 3 de octubre", "register_baby", **told)
    assert "anoté a *Mora*" in said
    assert shared_care.people.of(ana.resident)[0]["birth_date"] == "2026-10-03"


def test_who_turns_two_months_on_tuesday_was_born_two_months_before(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("soy la abuela, anotame al nene", "register_baby", person_cue={"who": "child"})
    ana.say("Bruno", "inform", given_name="Bruno")
    ana.say("cumple 2 meses el martes", "inform", date="2026-11-24")
    assert shared_care.people.of(ana.resident)[0]["birth_date"] == "2026-09-24"


def test_a_birthday_that_cannot_be_is_asked_again(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("anotar a mi bebe", "register_baby")
    ana.say("Luca", "inform", given_name="Luca")
    assert "todavía no llegó" in ana.say("el 3 de marzo de 2031", "inform", date="2031-03-03")
    assert "no me cierra" in ana.say("1/1/1990", "inform", birth_date="1990-01-01")
    assert "anoté a *Luca*" in ana.say("el 20/9/2026", "inform", birth_date="2026-09-20")
    assert len(shared_care.people.of(ana.resident)) == 1


def test_a_wrong_answer_is_taken_back(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("turno para mi bebe", "book_pediatric", person_cue={"who": "child"})
    ana.say("Luca", "inform", given_name="Luca")
    ana.say("nacio el 20 de septiembre", "inform", birth_date="2026-09-20")
    ana.say("no, me equivoque, nacio el 21", "inform", birth_date="2026-09-21")
    assert shared_care.people.of(ana.resident)[0]["birth_date"] == "2026-09-21"
    assert len(shared_care.people.of(ana.resident)) == 1


def test_the_appointment_of_a_child_from_the_first_word_to_the_booking(ana: Chat, shared_care: FakeCare) -> None:
    assert "¿Cómo se llama?" in ana.say("necesito un turno para mi beba", "book_pediatric", person_cue={"who": "child"})
    assert "¿Qué día nació?" in ana.say("Mora", "inform", given_name="Mora")
    assert "DNI" in ana.say("el 20 de septiembre", "inform", birth_date="2026-09-20")
    assert "¿Por dónde vivís?" in ana.tap("En trámite")
    assert "Barracas" in ana.say("barracas", "inform", neighbourhood="barracas")
    said = ana.tap_first_item()
    assert "Control pediátrico" in said and "Para Mora" in said
    assert "Mora tiene turno el *jueves 26 de noviembre*" in ana.tap("Sí, confirmar")

    [offers] = shared_care.sent("/offers")
    assert offers["service"] == "pediatric" and offers["patient"] == {"person": "child-1"}
    [held] = shared_care.sent("/holds")
    assert held["patient"] == {"person": "child-1", "document": {"status": "in_process", "number": None}}
    assert ana.answer["slots"]["child"] is None


def test_a_child_on_record_is_not_asked_about(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    said = ana.say("turno para el pediatra en barracas", "book_pediatric", neighbourhood="barracas")
    assert "Jue 26 nov, 9:30" in ana.titles() and "¿" not in said


def test_between_two_children_the_name_or_the_age_decides_else_she_is_asked(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    shared_care.people.add_child(ana.resident, "Mora", "2023-01-05")
    ana.say("turno para mora en barracas", "book_pediatric", neighbourhood="barracas")
    assert shared_care.sent("/offers")[-1]["patient"] == {"person": "child-2"}
    ana.say("turno para el mas chiquito", "book_pediatric", person_cue={"who": "child", "which": "younger"})
    assert shared_care.sent("/offers")[-1]["patient"] == {"person": "child-1"}
    ana.say("empezar de nuevo", "stop_flow", restart="yes")
    assert "¿Para quién es?" in ana.say("necesito un turno de pediatra", "book_pediatric")
    assert ana.titles() == ["Luca", "Mora", "Otro hijo o hija"]
    ana.tap("Mora")
    assert shared_care.sent("/offers")[-1]["patient"] == {"person": "child-2"}


def test_a_question_about_money_is_answered_and_the_form_goes_on(ana: Chat) -> None:
    ana.say("turno para mi bebe", "book_pediatric")
    said = ana.say("es gratis?", "ask_cost")
    assert "pública" in said and said.endswith("alcanza.")
    assert ana.form == "pediatric_form"


def test_a_childs_appointment_leaves_the_other_form_which_waits(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    ana.say("quiero un turno, estoy embarazada", "book_prenatal")
    ana.say("mejor primero uno para mi hijo en barracas", "book_pediatric", neighbourhood="barracas")
    assert ana.form == "pediatric_form"
    ana.tap_first_item()
    ana.tap("Sí, confirmar")
    assert ana.form is None


def test_a_birth_closes_the_pregnancy_and_asks_about_the_appointment_left(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    shared_care.add(ana.resident)
    said = ana.say("ya nacio mi bebe ayer!", "report_birth", birth_date="2026-11-22")
    assert "no te voy a hablar del embarazo" in said and "¿Cómo se llama?" in said
    said = ana.say("Luca y Mora", "inform", given_name="Luca")
    assert "nacimiento de *Luca y Mora*" in said and "Te queda este turno" in said
    names = [one["given_name"] for one in shared_care.people.of(ana.resident) if one["kind"] == "child"]
    assert names == ["Luca", "Mora"]
    assert "¿Lo cancelo?" in ana.tap("Cancelar el turno")


def test_a_loss_stops_everything_and_asks_nothing(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("perdi el embarazo no me manden mas", "report_loss")
    assert "Lo siento mucho" in said and "¿" not in said
    assert shared_care.sent_to("/losses")[0][1]["of"] == "pregnancy"
    assert shared_care.people.of(ana.resident)[0]["pregnancy"] is None
    assert "a medio" not in ana.say("hola", "greet")


def test_a_loss_that_was_none_is_undone(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    ana.say("lo perdi", "report_loss")
    assert "como estaba" in ana.tap("No fue eso")
    assert shared_care.people.of(ana.resident)[0]["pregnancy"]


def test_a_loss_that_care_cannot_note_reaches_a_person(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("hola", "greet")
    shared_care.fail()
    said = ana.say("perdi el embarazo", "report_loss")
    assert "Lo siento mucho" in said and "wants_person" in ana.answer["flags"]


def test_the_loss_of_a_child_leaves_the_other_one(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    shared_care.people.add_child(ana.resident, "Mora", "2023-01-05")
    ana.say("se murio mi bebe luca", "report_loss")
    assert [one["given_name"] for one in shared_care.people.of(ana.resident)] == ["Mora"]


# ------------------------------------------------------------------ what is due


def test_the_schedule_of_a_child_on_record(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    said = ana.say("que vacunas le tocan?", "ask_vaccines")
    assert "*Vacunas* de Luca" in said and "Neumococo, 1.ª dosis: el 30 de noviembre" in said
    assert "Quíntuple" not in said and "miran el carnet" in said
    assert "Control de los 2 meses: ahora, hasta el 5 de diciembre" in ana.tap("Ver controles")


def test_the_schedule_of_weeks_that_are_told_keeps_nothing(ana: Chat, shared_care: FakeCare) -> None:
    assert "¿De cuánto estás?" in ana.say("cuantos controles tengo que hacerme", "ask_prenatal_schedule")
    age = {"weeks_min": 18, "weeks_max": 22, "source": "months", "lmp": None}
    said = ana.say("5 meses", "inform", gestational_age=age)
    assert "*Controles del embarazo*" in said and "aproximadas" in said and "Ecografía morfológica" in said
    assert shared_care.sent("/schedules") == [{"gestational_age": age}]
    assert shared_care.people.of(ana.resident) == []


def test_vaccines_of_nobody_in_particular_are_asked_about(ana: Chat) -> None:
    assert "¿De quién" in ana.say("que vacunas hay que darse", "ask_vaccines")
    assert "¿Qué día nació?" in ana.tap("De un bebé o nene")
    assert "*Vacunas*" in ana.say("el 20/9/2026", "inform", birth_date="2026-09-20")


def test_not_knowing_gives_the_plain_rule(ana: Chat) -> None:
    ana.say("cuando le toca control al bebe", "ask_pediatric_schedule", child_age=None)
    assert "primeros días de vida" in ana.tap("No la sé ahora")
    assert ana.form is None


# ------------------------------------------------------------------ several needs


def test_what_else_she_asked_for_is_offered_when_the_first_is_done(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    said = ana.say(
        "turno para luca en barracas y de paso que vacunas le tocan",
        "book_pediatric",
        neighbourhood="barracas",
        other_need="ask_vaccines",
    )
    assert "Después vemos las vacunas" in said
    ana.tap_first_item()
    said = ana.tap("Sí, confirmar")
    assert said.endswith("¿Lo vemos ahora?")
    assert "*Vacunas* de Luca" in ana.say("dale", "affirm")
    assert "¿Lo vemos" not in ana.say("gracias", "thank")


def test_a_no_drops_what_was_put_off(ana: Chat) -> None:
    said = ana.say(
        "donde atienden en barracas y es gratis?", "find_cesac", neighbourhood="barracas", other_need="ask_cost"
    )
    assert "¿Lo vemos ahora?" in said
    assert "lo dejamos" in ana.say("no", "deny")
    assert "¿Lo vemos" not in ana.say("en barracas", "find_cesac", neighbourhood="barracas")


def test_an_urgent_message_puts_nothing_off(ana: Chat) -> None:
    said = ana.say("estoy sangrando y queria un turno", "danger_sign", other_need="book_prenatal")
    assert said.startswith("*107*") and "Después" not in said


# ------------------------------------------------------------------ a pregnancy on record


def test_what_is_on_record_of_her_pregnancy_is_not_asked_again(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    said = ana.say("quiero otro turno", "book_prenatal")
    assert "20 semanas" in said and "¿Ya tuviste algún control" in said
    for answer in ("Sí", "De 18 a 35", "No", "No"):
        ana.tap(answer)
    ana.say("barracas", "inform", neighbourhood="barracas")
    ana.tap_first_item()
    ana.tap("Sí, confirmar")
    [held] = shared_care.sent("/holds")
    assert held["patient"] == {"for_whom": "self", "given_name": None, "person": "self"}


def test_the_pregnancy_of_somebody_else_is_that_of_the_one_on_record(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident, "other-1", "Rosa")
    shared_care.people.add_pregnancy(ana.resident)
    said = ana.say("necesito turno para mi hija que esta embarazada", "book_prenatal")
    assert "¿Ya tuvo algún control" in said
    assert ana.answer["slots"]["patient_person"] == "other-1"


def test_all_of_a_child_told_with_the_wish_leads_to_its_appointment(ana: Chat, shared_care: FakeCare) -> None:
    told = {"given_name": "Bruno", "birth_date": "2026-09-24", "neighbourhood": "barracas"}
    assert "DNI" in ana.say("turno para mi bebe Bruno que nacio el 24/9, en barracas", "book_pediatric", **told)
    assert "Jue 26 nov, 9:30" in (ana.tap("No tiene DNI"), *ana.titles())
    assert shared_care.sent("/offers")[0]["patient"] == {"person": "child-1"}


# ------------------------------------------------------------------ what real chats taught


def test_a_birthday_told_as_a_birth_is_the_answer_that_was_asked(ana: Chat) -> None:
    ana.say("turno para mi bebe", "book_pediatric", person_cue={"who": "child"})
    ana.say("Luca", "inform", given_name="Luca")
    said = ana.say("nació el 20 de septiembre", "report_birth", birth_date="2026-09-20")
    assert "DNI" in said and "embarazo" not in said


def test_a_greeting_is_no_name(ana: Chat) -> None:
    ana.say("turno para mi bebe", "book_pediatric", person_cue={"who": "child"})
    assert "¿Cómo se llama?" in ana.say("hola", "greet")


def test_a_birth_form_answers_what_is_asked_in_between_and_knows_another_way(ana: Chat) -> None:
    ana.say("ya nacio mi bebe!!", "report_birth")
    assert "*Tus datos*" in ana.say("quien ve mis datos?", "ask_privacy")
    for nonsense in ("blorp", "xkcd", "fnord"):
        said = ana.say(nonsense)
    assert "147" in said


def test_a_wish_for_a_visit_said_as_a_wish_to_be_noted_is_booked(ana: Chat) -> None:
    told = {"given_name": "Luca", "birth_date": "2026-09-20", "neighbourhood": "barracas"}
    ana.say("y un turno para mi hijo Luca que nacio el 20 de septiembre", "register_baby", **told)
    assert ana.form == "pediatric_form"


def test_somebody_who_only_tells_of_a_child_is_asked_what_for(ana: Chat) -> None:
    cue = {"who": "child", "relation": "nene", "which": None}
    said = ana.say("soy la abuela el nene cumple 2 meses el martes", person_cue=cue, date="2026-11-24")
    assert "¿Qué necesitás para tu bebé" in said


def test_a_schedule_left_half_way_is_taken_up_in_a_new_session(ana: Chat) -> None:
    ana.say("cuantos controles tengo que hacerme", "ask_prenatal_schedule")
    ana.wait(hours=3)
    ana.say("buenas", "greet")
    assert "¿De cuánto estás?" in ana.tap("Sí, seguimos")


def test_another_child_in_the_middle_of_a_booking_is_another_child(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    assert "¿Por dónde vivís?" in ana.say("turno para luca", "book_pediatric")
    told = {"given_name": "Mora", "child_age": {"days_min": 1096, "days_max": 1460}}
    said = ana.say("mi otra hija Mora tiene 3 años y necesita turno", "book_pediatric", **told)
    assert "¿Qué día nació?" in said
    ana.say("5/1/2023", "inform", birth_date="2023-01-05")
    assert [one["given_name"] for one in shared_care.people.of(ana.resident)] == ["Luca", "Mora"]


def test_a_half_of_the_day_is_no_place(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, "Luca", "2026-09-20")
    ana.say("turno para luca", "book_pediatric")
    said = ana.say("a la tarde", "inform", time_of_day={"part": "afternoon", "time": None})
    assert "No encontré ese lugar" not in said and "¿Por dónde vivís?" in said


def test_no_is_an_answer_to_how_it_is_called(ana: Chat) -> None:
    ana.say("turno para mi bebe", "book_pediatric", person_cue={"who": "child"})
    assert "¿Qué día nació?" in ana.say("no", "deny")


def test_how_an_older_child_was_born_ends_no_pregnancy(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    said = ana.say("el mas grande nacio por cesarea", "report_birth", person_cue={"who": None, "which": "older"})
    assert "Ya no te voy a hablar" not in said and ana.form is None
    assert "Ya no te voy a hablar" in ana.say("ya nacio mi bebe", "report_birth", person_cue={"who": "child"})
