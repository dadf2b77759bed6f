"""Taking things back, telling them in odd places, and asking what a question means."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_care import FakeCare

from actions import corrections, prenatal_answers
from actions.turn import Turn

EIGHT_MONTHS = {"weeks_min": 32, "weeks_max": 35, "source": "months", "lmp": None}
FOUR_MONTHS = {"weeks_min": 14, "weeks_max": 17, "source": "months", "lmp": None}


def to_checkups(phone: Chat) -> str:
    """From the wish to the question about earlier checkups, with a slip about the months."""
    phone.say("quiero un turno", "book_prenatal")
    phone.tap("Para mí")
    phone.tap("En trámite")
    return phone.say("estoy de 8 meses", "inform", gestational_age=EIGHT_MONTHS)


def told_to_care(care: FakeCare, phone: Chat) -> dict[str, object]:
    """The last offers request of this resident."""
    return [body for body in care.sent("/offers") if body["resident"] == phone.resident][-1]


def to_offers(phone: Chat) -> str:
    phone.tap("Todavía no")
    phone.tap("De 18 a 35")
    phone.tap("No")
    phone.tap("No")
    return phone.say("barracas", "inform", neighbourhood="barracas")


def test_a_corrected_answer_replaces_the_first_and_answers_nothing_else(ana: Chat, shared_care: FakeCare) -> None:
    to_checkups(ana)
    said = ana.say("no, perdón, son 4 meses", "inform", gestational_age=FOUR_MONTHS)
    assert "14 a 17 semanas" in said and "¿Ya tuviste algún control" in said
    to_offers(ana)
    assert told_to_care(shared_care, ana)["gestational_age"] == FOUR_MONTHS


def test_a_correction_at_the_summary_brings_fresh_offers(ana: Chat, shared_care: FakeCare) -> None:
    to_checkups(ana)
    to_offers(ana)
    ana.tap_first_item()
    before = len(shared_care.sent("/offers"))
    assert "14 a 17 semanas" in ana.say("perdón, estoy de 4 meses", "inform", gestational_age=FOUR_MONTHS)
    assert len(shared_care.sent("/offers")) == before + 1
    assert ana.replies[-1]["type"] == "list"


def test_another_neighbourhood_after_a_slip(ana: Chat) -> None:
    to_checkups(ana)
    assert "cerca de Barracas" in to_offers(ana)
    said = ana.say("me equivoqué, vivo en flores", "inform", neighbourhood="flores")
    assert "cerca de Flores" in said


def test_what_is_wrong_is_asked_again_when_she_only_says_that_it_is(ana: Chat) -> None:
    to_checkups(ana)
    assert "¿De cuánto estás?" in ana.say("me equivoqué en los meses", "inform")
    assert "¿Me pasás tu número de DNI?" in ana.say("puse mal el dni", "inform")


def test_a_slip_without_more_is_met_with_how_to_correct_it(ana: Chat) -> None:
    to_checkups(ana)
    said = ana.say("uy me equivoqué", "inform")
    assert "lo cambiamos" in said and "¿Ya tuviste algún control" in said


def test_a_number_that_is_a_dni_replaces_the_one_given(ana: Chat, shared_care: FakeCare) -> None:
    to_checkups(ana)
    assert "¿Ya tuviste algún control" in ana.say("encontré el dni: 30111222", "inform", dni="30111222")
    to_offers(ana)
    ana.tap_first_item()
    ana.tap("Sí, confirmar")
    [(_, booked)] = shared_care.sent_to("/confirm")
    assert booked["patient"]["document"] == {"status": "dni", "number": "30111222"}


def test_a_number_of_weeks_in_an_answer_about_the_past_changes_nothing(ana: Chat, shared_care: FakeCare) -> None:
    to_checkups(ana)
    weeks = {"weeks_min": 12, "weeks_max": 12, "source": "weeks", "lmp": None}
    assert "¿Cuántos años tenés?" in ana.say("si, fui a las 12 semanas", "inform", gestational_age=weeks)
    ana.tap("De 18 a 35")
    ana.tap("No")
    ana.tap("No")
    ana.say("barracas", "inform", neighbourhood="barracas")
    assert told_to_care(shared_care, ana)["gestational_age"] == EIGHT_MONTHS


def test_saying_again_what_is_known_is_no_wrong_answer(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    assert ana.say("si, para mi", "inform").startswith("¿Me pasás tu número de DNI?")


def test_somebody_else_after_all(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    assert "¿Cómo se llama?" in ana.say("no, perdón, es para mi hermana", "inform")


def test_the_age_of_a_girl_is_not_asked_again(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("tengo 15 y creo que estoy embarazada, mi mamá no sabe", "report_pregnancy")
    ana.tap("Sacar turno")
    ana.tap("En trámite")
    ana.tap("No sé")
    assert "presión alta" in ana.tap("Todavía no")
    ana.tap("No")
    ana.tap("No")
    ana.say("flores", "inform", neighbourhood="flores")
    assert told_to_care(shared_care, ana)["answers"]["age_band"] == "15_17"


@pytest.mark.parametrize(
    "words", ["no lo tengo, lo tiene mi mamá", "no lo encuentro", "me lo robaron", "lo deje en casa de mi tia"]
)
def test_a_document_out_of_reach_holds_nobody_up(ana: Chat, words: str) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    assert "¿De cuánto estás?" in ana.say(words, "inform")


def test_a_dni_of_the_wrong_length_is_said_to_be_one(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    assert "7 u 8 cifras" in ana.say("40.123.45", "inform")


def test_weeks_that_cannot_be_are_said_to_be_so(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    ana.tap("En trámite")
    assert "no me cierran" in ana.say("50 semanas", "inform")


def test_what_a_question_means_is_explained_and_counts_as_no_miss(ana: Chat) -> None:
    to_checkups(ana)
    for _ in range(4):
        said = ana.say("qué es eso?", "help")
        assert "Un control es una consulta" in said and "SALIR" not in said


def test_a_day_and_a_half_of_the_day_narrow_the_list(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    said = ana.say("el viernes", "confirm_attendance", date="2026-11-27")
    assert "turnos del viernes 27 de noviembre" in said and "sigue en pie" not in said
    assert [title for title in ana.titles() if title[0].isupper() and ":" in title] == [
        "Vie 27 nov, 9:30",
        "Vie 27 nov, 10:00",
    ]
    said = ana.say("mejor a la tarde", "inform", time_of_day={"part": "afternoon", "time": None})
    assert "no encontré turnos libres" in said and "Jue 26 nov, 9:30" in ana.titles()


def test_another_day_or_an_older_item_at_the_summary(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    listed = ana.replies[-1]["items"]
    ana.tap(listed[0]["title"])
    assert "10:00" in ana.send_payload(listed[1]["payload"])
    assert "turnos del viernes" in ana.say("mejor el viernes", "inform", date="2026-11-27")
    assert "¿Lo confirmo?" in ana.say("1", "inform")


def test_a_yes_with_the_day_confirms_it(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    ana.tap_first_item()
    assert "¡Listo!" in ana.say("si, el jueves", "affirm", date="2026-11-26")


def test_correcting_a_number_keeps_the_time_she_chose(ana: Chat, shared_care: FakeCare) -> None:
    to_checkups(ana)
    to_offers(ana)
    ana.tap_first_item()
    assert "¿Lo confirmo?" in ana.say("perdón, mi dni es 30.111.222", "inform", dni="30111222")
    ana.tap("Sí, confirmar")
    [(_, booked)] = shared_care.sent_to("/confirm")
    assert booked["patient"]["document"]["number"] == "30111222"


def test_it_is_for_me_in_any_words(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    assert "¿Me pasás tu número de DNI?" in ana.say("es para mi", "inform")


def test_it_is_not_for_me(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    assert "¿Cómo se llama?" in ana.say("no es para mi", "deny")


def test_not_knowing_her_age_is_an_answer(ana: Chat) -> None:
    to_checkups(ana)
    ana.tap("Todavía no")
    assert "presión alta" in ana.say("no sé", "inform")


def test_the_place_is_asked_after_not_knowing_something_else(ana: Chat) -> None:
    to_checkups(ana)
    ana.tap("Todavía no")
    ana.tap("De 18 a 35")
    ana.tap("No")
    assert "¿Por dónde vivís?" in ana.say("no sé", "inform")
    said = ana.say("me equivoqué de barrio", "inform")
    assert "No encontré" not in said and "¿Por dónde vivís?" in said


def test_goodbye_in_the_middle_asks_nothing_more(ana: Chat) -> None:
    to_checkups(ana)
    said = ana.say("chau", "goodbye")
    assert "¡Chau!" in said and "a medio sacar" in said and "¿Ya tuviste" not in said
    assert ana.form is None
    assert "¿Ya tuviste algún control" in ana.tap("Seguir con el turno")


def test_a_wrong_day_is_taken_back_at_the_summary(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    ana.tap_first_item()
    said = ana.say("no, me equivoque, es el viernes", "inform", date="2026-11-27")
    assert "viernes 27 de noviembre" in said
    assert all("27 nov" in title for title in ana.titles() if "nov" in title)


def test_a_refusal_with_another_day_looks_for_that_day(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    said = ana.say("no puedo ese dia, algo el viernes?", "inform", date="2026-11-27")
    assert "viernes 27 de noviembre" in said


def test_the_earliest_is_the_first_and_not_the_morning(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    said = ana.say("el mas temprano que tengas", "inform", time_of_day={"part": "morning", "time": None})
    assert "¿Lo confirmo?" in said and "jueves 26 de noviembre, 9:30" in said


def test_who_sent_her_is_not_whom_it_is_for(ana: Chat) -> None:
    said = ana.say("mi cuñada me dijo que ustedes dan turno", "book_prenatal")
    assert "¿El turno es para vos" in said


def test_for_me_is_no_name(ana: Chat) -> None:
    ana.say("turno para mi hermana", "book_prenatal", person_cue={"who": "other_adult", "relation": "hermana"})
    assert "tu número de DNI" in ana.say("es para mi", "inform")


def test_moving_in_place_of_cancelling_leaves_nothing_half_done(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    assert "¿Lo cancelo?" in ana.say("no puedo ir", "cancel_appointment")
    ana.say("mejor cambialo", "reschedule_appointment")
    ana.tap_first_item()
    assert "No cancelé" not in ana.tap("Sí, cambiarlo")
    assert "a medio" not in ana.say("hola", "greet") and "cancelar un turno. ¿Seguimos" not in ana.say("hola", "greet")


def test_not_understanding_a_question_is_no_answer_to_it(ana: Chat) -> None:
    to_checkups(ana)
    ana.tap("Todavía no")
    ana.tap("De 18 a 35")
    for words in ("no entiendo", "q es eso de presion alta?"):
        said = ana.say(words)
        assert "¿Tenés presión alta" in said and "cesárea" not in said


def test_an_answer_that_also_asks_is_answered(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    told = {"document_status": "foreign"}
    said = ana.say("no tengo dni tengo la precaria me atienden igual?", "ask_documents", **told)
    assert "Andá igual" in said and "¿De cuánto estás?" in said


def test_half_a_day_is_taken_back_at_the_summary(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    ana.tap_first_item()
    said = ana.say("no, me equivoque, a la tarde", "inform", time_of_day={"part": "afternoon", "time": None})
    assert "Decime cómo es" not in said


def test_a_place_that_is_not_found_three_times_leads_to_another_way(ana: Chat) -> None:
    ana.say("busco un centro de salud", "find_cesac")
    for nonsense in ("blorp", "xkcd qwerty", "fnord fnord"):
        said = ana.say(nonsense)
    assert "147" in said


def test_a_centre_asked_about_while_cancelling_is_told(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    ana.say("no puedo ir", "cancel_appointment")
    said = ana.say("que telefono tiene el cesac 9?", "ask_center_details", center_number=9)
    assert "11 2821-3609" in said and "¿Lo cancelo?" in said


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("no esperá, es para mi hermana, no para mi", "other"),
        ("no esperá, es para mi, no para mi hermana", "self"),
        ("perdón, no es para mi", "other"),
        ("perdon es para mi hija", "other"),
        ("no, mejor dicho para mí", "self"),
        ("perdón, no es para mi hermana", None),
        ("perdon, son 4 meses", None),
    ],
)
def test_whom_a_correction_names(text: str, whom: str | None) -> None:
    assert corrections._for_whom(text) == whom


def test_another_relative_is_another_person(ana: Chat) -> None:
    ana.say("turno para mi mujer", "book_prenatal", person_cue={"who": "other_adult", "relation": "mujer"})
    ana.say("Yesi", "affirm", given_name="Yesi")
    ana.tap("En trámite")
    said = ana.say("no esperá, es para mi hermana, no para mi mujer", "inform")
    assert "¿Cómo se llama?" in said
    assert "¿De cuánto está?" not in ana.say("Rosa", "inform", given_name="Rosa")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("no, espera, tiene gemelos", "yes"),
        ("no, solo anemia", "yes"),
        ("no, pero tengo la presion alta", "yes"),
        ("no tengo presion alta", "no"),
        ("no, no tengo diabetes", "no"),
    ],
)
def test_a_no_with_an_exception_is_a_yes(text: str, kept: str) -> None:
    asked = {"requested_slot": "conditions"}
    turn = Turn("r", "deny", 0.9, text, {}, "SM1", "prenatal_form", asked, ())
    assert prenatal_answers.answer(turn) == {"conditions": kept}


def test_an_age_taken_back_at_the_next_question_is_no_answer_to_it(ana: Chat, shared_care: FakeCare) -> None:
    to_checkups(ana)
    ana.tap("Todavía no")
    ana.say("28", "inform")
    said = ana.say("no perdon tengo 36", "deny")
    assert "presión alta" in said and "otro embarazo" not in said
    ana.tap("No")
    ana.tap("No")
    ana.say("barracas", "inform", neighbourhood="barracas")
    told = told_to_care(shared_care, ana)["answers"]
    assert (told["age_band"], told["conditions"]) == ("over_35", "no")


def test_the_time_that_is_chosen_said_again_is_no_mistake(ana: Chat) -> None:
    to_checkups(ana)
    to_offers(ana)
    ana.tap_first_item()
    said = ana.say("me equivoque, es a la mañana", "inform", time_of_day={"part": "morning", "time": None})
    assert "Decime cómo es" not in said and "¿Lo confirmo?" in said


def test_who_does_not_want_to_say_how_far_she_is_goes_on(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    ana.tap("En trámite")
    assert "lo van a calcular" in ana.say("que te importa", "give_feedback", 0.4)


def test_to_have_been_turned_away_is_heard_beside_an_answer(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    ana.tap("Para mí")
    text = "no tengo dni, fui a la salita y no me quisieron atender"
    said = ana.say(text, "ask_documents", 0.4, document_status="none")
    assert "Lamento que te haya pasado" in said and "¿De cuánto estás?" in said
