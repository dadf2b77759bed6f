"""Early-childhood centres by age and place, and hospitals where children are born."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from chat import Chat
from fake_care import FakeCare
from fake_rights import childhood_centre, hospital

EIGHT_MONTHS = {"days_min": 240, "days_max": 270}
JARDIN = "find_early_childhood_centre"


def asked(care: FakeCare) -> list[int | None]:
    """The ages that care was asked for."""
    return [body["age_days"] for body in care.sent("/places/childhood-centres")]


def test_age_and_place_are_asked_and_the_centres_told_with_what_is_unknown(ana: Chat, shared_care: FakeCare) -> None:
    assert "¿Qué edad tiene?" in ana.say("busco jardín maternal", JARDIN)
    assert "¿Por dónde vivís?" in ana.say("8 meses", "inform", child_age=EIGHT_MONTHS)
    said = ana.say("barracas", "inform", neighbourhood="barracas")
    for expected in ("CPI Pamperito", "de 45 días a 3 años", "🚶 20 min (640 m)", "11 4361-3736", "si hay lugar",
                     "no publican las edades", "no tengo el teléfono"):  # fmt: skip
        assert expected in said
    assert asked(shared_care) == [240] and ana.form is None


def test_all_told_at_once_is_answered_at_once(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say(
        "jardín para mi bebé de 8 meses en barracas", JARDIN, child_age=EIGHT_MONTHS, neighbourhood="barracas"
    )
    assert "CPI Pamperito" in said and "¿" not in said and asked(shared_care) == [240]


def test_a_place_told_before_is_not_asked_again_and_another_zone_may_be_asked_for(ana: Chat) -> None:
    ana.say("vivo en barracas", "find_cesac", neighbourhood="barracas")
    assert "cercanos a Barracas" in ana.say("jardín para mi bebé", JARDIN, child_age=EIGHT_MONTHS)
    assert "¿Por dónde vivís?" in ana.tap("Otra zona")
    assert "cercanos a Flores" in ana.say("flores", "inform", neighbourhood="flores")


def test_the_only_small_child_on_record_needs_no_question(ana: Chat, shared_care: FakeCare) -> None:
    born = date.today() - timedelta(days=200)
    shared_care.people.add_child(ana.resident, "Luca", born.isoformat())
    ana.say("hola", "greet")
    assert "¿Por dónde vivís?" in ana.say("busco guardería", JARDIN)
    ana.say("barracas", "inform", neighbourhood="barracas")
    assert asked(shared_care)[0] in (199, 200, 201)


def test_of_two_children_the_age_is_asked(ana: Chat, shared_care: FakeCare) -> None:
    for days in (200, 700):
        shared_care.people.add_child(ana.resident, None, (date.today() - timedelta(days=days)).isoformat())
    ana.say("hola", "greet")
    assert "¿Qué edad tiene?" in ana.say("busco guardería", JARDIN)


def test_under_45_days_it_says_from_when(ana: Chat, shared_care: FakeCare) -> None:
    newborn = {"days_min": 12, "days_max": 12}
    said = ana.say("guardería", JARDIN, child_age=newborn, neighbourhood="barracas")
    assert "a partir de los *45 días*" in said and asked(shared_care) == [45]


def test_who_is_not_born_yet_counts_as_under_45_days(ana: Chat) -> None:
    ana.say("busco jardín", JARDIN)
    ana.tap("Todavía no nació")
    assert "45 días" in ana.say("barracas", "inform", neighbourhood="barracas")


@pytest.mark.parametrize("told_first", [True, False])
def test_a_child_of_school_age_is_sent_on(ana: Chat, shared_care: FakeCare, told_first: bool) -> None:
    five = {"days_min": 1826, "days_max": 2190}
    if told_first:
        said = ana.say("jardín para mi nene de 5", JARDIN, child_age=five)
    else:
        ana.say("busco jardín", JARDIN)
        said = ana.say("5 años", "inform", child_age=five)
    assert "jardín de la escuela" in said and "147" in said and ana.form is None
    assert asked(shared_care) == []


def test_an_unknown_age_shows_all_with_their_ages(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("busco jardín", JARDIN)
    ana.say("no sé", "nlu_fallback")
    assert "de 45 días" in ana.say("barracas", "inform", neighbourhood="barracas") and asked(shared_care) == [None]


def test_a_correction_before_the_list_is_taken(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("busco jardín", JARDIN, child_age=EIGHT_MONTHS)
    ana.say("no, perdón, tiene 2 años", "inform", child_age={"days_min": 730, "days_max": 1094})
    ana.say("barracas", "inform", neighbourhood="barracas")
    assert asked(shared_care) == [730]


def test_a_correction_after_the_list_looks_again(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("jardín", JARDIN, child_age=EIGHT_MONTHS, neighbourhood="barracas")
    ana.say("ah no, tiene 2 años", "inform", child_age={"days_min": 730, "days_max": 1094})
    assert asked(shared_care) == [240, 730]


def test_an_interruption_is_answered_and_the_question_comes_again(ana: Chat) -> None:
    ana.say("busco jardín", JARDIN)
    said = ana.say("es gratis?", "ask_cost")
    assert "CeSAC es pública" in said and "¿Qué edad tiene?" in said


def test_another_wish_leaves_it_and_comes_back(ana: Chat) -> None:
    ana.say("busco jardín", JARDIN, child_age=EIGHT_MONTHS)
    said = ana.say("telefono del cesac 15", "ask_center_details", center_number=15)
    assert "2821-3615" in said and "¿Por dónde vivís?" in said
    ana.say("qué turnos tengo", "list_appointments")
    assert "¿Por dónde vivís?" in ana.say("seguir", "resume_flow")


def test_from_a_booking_under_way_and_back(ana: Chat) -> None:
    ana.say("quiero un turno", "book_prenatal")
    said = ana.say("y hay jardín para mi nene de 8 meses en barracas", JARDIN, child_age=EIGHT_MONTHS,
                   neighbourhood="barracas")  # fmt: skip
    assert "CPI Pamperito" in said and "turno quedó a medio sacar" in said


def test_three_wrong_answers_get_another_way(ana: Chat) -> None:
    ana.say("busco jardín", JARDIN)
    ana.say("asdf", "nlu_fallback", 0.1)
    ana.say("asdf", "nlu_fallback", 0.1)
    assert "147" in ana.say("asdf", "nlu_fallback", 0.1)


def test_the_pins_of_what_was_shown(ana: Chat) -> None:
    ana.say("jardín", JARDIN, child_age=EIGHT_MONTHS, neighbourhood="barracas")
    ana.tap("Ver en el mapa")
    assert [reply["type"] for reply in ana.replies] == ["location", "location"]
    assert ana.replies[0]["text"] == "CPI Pamperito"


def test_while_care_is_away_it_is_said_and_taken_up_again(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("vivo en barracas", "find_cesac", neighbourhood="barracas")
    shared_care.fail(1)
    assert "disculpame" in ana.say("jardín", JARDIN, child_age=EIGHT_MONTHS)
    assert "CPI Pamperito" in ana.tap("Probar de nuevo")


def test_a_centre_that_does_not_take_the_age_says_so(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.childhood_centres = [childhood_centre("Un Año", False, 365), childhood_centre("Quizás", None)]
    said = ana.say("jardín", JARDIN, child_age=EIGHT_MONTHS, neighbourhood="barracas")
    assert "no recibe esa edad" in said and "no es seguro" in said and "de 1 año a 3 años" in said


# ------------------------------------------------------------ hospitals


@pytest.mark.parametrize(
    "words", ["qué hospital tiene maternidad", "donde nacen los bebes cerca", "a que maternidad voy"]
)
def test_a_maternity_is_told_with_what_that_rests_on(ana: Chat, shared_care: FakeCare, words: str) -> None:
    said = ana.say(words, "find_cesac", neighbourhood="barracas")
    for expected in ("con maternidad más cercanos a Barracas", "Hospital Sardá", "guardia: 11 4943-4250",
                     "Registro Civil", "confirmalo con tu equipo", "🚌 unos 12 min", "*107*"):  # fmt: skip
        assert expected in said
    assert shared_care.sent("/places/hospitals")[0]["maternity"] is True


def test_a_hospital_is_asked_where_first(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.hospitals = [hospital("Penna"), hospital("Tornú", maternity=False)]
    assert "¿Por dónde vivís?" in ana.say("qué hospital me queda cerca", "find_cesac")
    said = ana.say("barracas", "inform", neighbourhood="barracas")
    assert "Hospital Penna" in said and said.count("tiene maternidad") == 1 and "CeSAC N°" not in said
    assert shared_care.sent("/places/hospitals")[0]["maternity"] is None


def test_after_a_hospital_a_health_centre_is_a_health_centre_again(ana: Chat) -> None:
    ana.say("la maternidad más cercana", "ask_center_details", neighbourhood="barracas")
    assert "CeSAC N° 15" in ana.say("y una salita?", "find_cesac")


def test_a_centre_is_told_with_estimated_times_once_her_place_is_known(ana: Chat) -> None:
    assert "tiempos estimados" not in ana.say("dónde queda el cesac 15", "ask_center_details", center_number=15)
    ana.say("vivo en barracas", "find_cesac", neighbourhood="barracas")
    said = ana.say("cómo llego al cesac 15", "ask_center_details", center_number=15)
    assert "Desde Barracas son 640 m, tiempos estimados: 🚶 20 min · 🚌 12 min · 🚗 6 min" in said
    assert "tiempos estimados" not in ana.say("y el cesac 50?", "ask_center_details", center_number=50)


def test_another_zone_for_a_hospital_asks_for_a_hospital(ana: Chat) -> None:
    ana.say("la maternidad más cercana", "find_cesac", neighbourhood="barracas")
    ana.tap("Otra zona")
    assert "con maternidad más cercanos a Flores" in ana.say("flores", "inform", neighbourhood="flores")
