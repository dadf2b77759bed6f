"""What a message means by what was said just before it: after a danger sign, for another child, after a sick baby."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_care import FakeCare

LUCA = ("Luca", "2026-09-20")
BABY = {"kind": "jaundice", "phase": "newborn"}
PREGNANT = {"kind": "waters", "phase": "pregnancy"}


def in_danger(ana: Chat, of: dict[str, str] = PREGNANT) -> None:
    assert "107" in ana.say("se me rompio la fuente que hago", "danger_sign", danger_kind=of)


@pytest.mark.parametrize(
    ("text", "taken_for"),
    [
        ("llamo a la ambulancia?", "ask_center_details"),
        ("a que numero llamo", "ask_center_details"),
        ("espero o voy ya?", "confirm_attendance"),
        ("espero o voy ya", "confirm_attendance"),
        ("puedo esperar al turno?", "list_appointments"),
        ("a q hospital voy", "find_cesac"),
        ("que hago", "help"),
        ("me tomo un taxi?", "out_of_scope"),
    ],
)
def test_a_question_after_a_danger_sign_gets_the_number_again(ana: Chat, text: str, taken_for: str) -> None:
    in_danger(ana)
    said = ana.say(text, taken_for)
    assert said.startswith("*107*") and "No esperes" in said
    assert len(ana.replies) == 1 and ana.titles() == []


def test_where_she_is_brings_the_nearest_maternity_and_no_centres(ana: Chat, shared_care: FakeCare) -> None:
    in_danger(ana)
    said = ana.say("estoy en barracas", "inform", neighbourhood="barracas")
    assert said.startswith("*107*") and "maternidad más cercana" in said and "CeSAC" not in said
    assert "maternidad más cercana" in ana.send_location(-34.64, -58.38)


def test_of_a_baby_any_hospital_counts(ana: Chat) -> None:
    in_danger(ana, BABY)
    assert "hospital más cercano" in ana.say("vivo en barracas, adonde voy", "find_cesac", neighbourhood="barracas")


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("ok", "affirm", "contame si llegaste"),
        ("gracias ya voy", "confirm_attendance", "contame si llegaste"),
        ("ya llame al 107", "inform", "contame si llegaste"),
        ("ya me vieron en la guardia", "inform", "Gracias por contarme"),
        ("no tengo como ir", "cancel_appointment", "pueden ir adonde estés"),
        ("no viene la ambulancia", "nlu_fallback", "pueden ir adonde estés"),
    ],
)
def test_what_she_does_about_it_is_heard(ana: Chat, text: str, intent: str, words: str) -> None:
    ana.say("quiero un turno", "book_prenatal")
    in_danger(ana)
    said = ana.say(text, intent)
    assert words in said and "107" in said and "¿" not in said


def test_before_consent_too(stranger: Chat) -> None:
    stranger.say("mi bb no quiere la teta y esta amarillito", "danger_sign", danger_kind=BABY)
    said = stranger.say("llamo a la ambulancia?", "ask_center_details")
    assert said.startswith("*107*") and "permiso" not in said


def test_another_matter_is_another_matter(ana: Chat) -> None:
    in_danger(ana)
    assert "107" not in ana.say("quiero ver mis turnos", "list_appointments")
    assert "107" not in ana.say("que hago", "help")


def test_the_same_question_for_another_child(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, *LUCA)
    shared_care.people.add_child(ana.resident, "Mora", "2023-01-05")
    assert "de Luca" in ana.say("que vacunas le tocan a luca?", "ask_vaccines")
    assert "*Vacunas* de Mora" in ana.say("y a mora?", "greet", 0.27)
    assert "*Vacunas* de Luca" in ana.say("y al otro?", "nlu_fallback", 0.6)


def test_a_child_who_is_not_on_record_is_asked_about(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, *LUCA)
    assert "de Luca" in ana.say("que vacunas le tocan a luca?", "ask_vaccines")
    assert "¿Qué día nació?" in ana.say("y a mora?", "nlu_fallback", 0.7)


def test_a_check_up_after_a_sick_baby_is_pediatric(ana: Chat) -> None:
    in_danger(ana, BABY)
    said = ana.say("ya lo vieron, esta mejor. quiero sacarle turno de control", "book_prenatal", 0.9)
    assert ana.form == "pediatric_form" and "¿Cómo se llama?" in said


def test_a_check_up_of_hers_stays_prenatal(ana: Chat) -> None:
    in_danger(ana, BABY)
    ana.say("ahora quiero un turno para mi, estoy embarazada", "book_prenatal", 0.9)
    assert ana.form == "prenatal_form"


def test_for_a_child_on_record_a_turn_for_him_is_pediatric(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, *LUCA)
    ana.say("necesito sacarle un turno para que lo vean", "book_prenatal", 0.8)
    assert ana.form == "pediatric_form"


def test_a_loss_told_by_mistake_is_taken_back_in_words(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_pregnancy(ana.resident)
    assert "Lo siento" in ana.say("perdi el embarazo", "report_loss")
    ana.say("que controles me tocan", "ask_prenatal_schedule")
    assert "entendí mal" in ana.say("perdon me equivoque, no perdi nada", "report_loss", 0.6)
    assert "entendí mal" not in ana.say("me equivoque", "inform", 0.6)


def test_what_else_is_due_is_asked_of_the_same_child(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.people.add_child(ana.resident, *LUCA)
    shared_care.people.add_child(ana.resident, "Mora", "2023-01-05")
    assert "*Controles* de Mora" in ana.say("que controles le tocan a mora", "ask_pediatric_schedule")
    assert "*Vacunas* de Mora" in ana.say("y vacunas?", "ask_vaccines")
    assert "*Controles* de Luca" in ana.say("y a luca que le toca?", "nlu_fallback", 0.5)


def test_to_leave_it_is_a_no_to_cancelling(ana: Chat, shared_care: FakeCare) -> None:
    shared_care.add(ana.resident)
    assert "¿Lo cancelo?" in ana.say("quiero cancelarlo", "cancel_appointment")
    said = ana.say("que telefono tiene ese centro?", "ask_center_details")
    assert "CeSAC N° 15" in said and "¿De qué CeSAC" not in said and "¿Lo cancelo?" in said
    assert "sigue en pie" in ana.say("no, dejalo", "stop_flow")
    assert ana.form is None


def test_a_nursery_for_another_age(ana: Chat) -> None:
    ana.say("busco jardin en barracas", "find_early_childhood_centre", neighbourhood="barracas")
    ana.tap("Prefiero no decir")
    told = {"person_cue": {"who": "child", "relation": "bebe"}, "child_age": {"days_min": 50, "days_max": 50}}
    assert "primera infancia" in ana.say("y para mi bebe de 50 dias?", "inform", 0.5, **told)


def test_to_be_told_of_workshops(ana: Chat) -> None:
    ana.say("hay talleres?", "ask_workshops")
    assert "talleres" in ana.say("avisame", "opt_in")


def test_however_long_she_asks_it_stays_about_the_danger_sign(ana: Chat) -> None:
    in_danger(ana)
    for text in (
        "llamo a la ambulancia?",
        "a que numero llamo",
        "espero o voy ya",
        "y si no viene?",
        "adonde voy?",
        "que hago?",
    ):
        assert "*107*" in ana.say(text, "ask_center_details")
    assert "contame si llegaste" in ana.say("ok ya voy", "confirm_attendance")
    ana.say("ya me vieron", "inform")
    assert "De nada" in ana.say("ok", "affirm")
