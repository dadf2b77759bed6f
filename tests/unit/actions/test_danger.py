"""Danger, violence, self-harm, and the question that follows: through Rasa's dialogue, with care on loopback."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_care import FakeCare

DANGER = {"kind": "bleeding", "phase": "pregnancy"}
BABY = {"kind": "fever", "phase": "newborn"}


def test_the_number_comes_first_and_then_the_nearest_maternity_of_the_place_she_names(
    ana: Chat, shared_care: FakeCare
) -> None:
    said = ana.say("estoy sangrando, vivo en barracas", "danger_sign", danger_kind=DANGER, neighbourhood="barracas")
    assert said.startswith("*107*")
    assert "maternidad más cercana" in said and "Sardá" in said
    [asked] = shared_care.sent("/places/hospitals")
    assert asked == {"near": {"neighbourhood": "barracas"}, "maternity": True, "limit": 1}


def test_for_a_baby_any_hospital_counts(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say("mi bebe tiene fiebre, barracas", "danger_sign", danger_kind=BABY, neighbourhood="barracas")
    assert said.startswith("*107*") and "El hospital más cercano" in said and "maternidad" not in said
    assert shared_care.sent("/places/hospitals")[0]["maternity"] is None


def test_without_a_place_nothing_is_asked(ana: Chat, shared_care: FakeCare) -> None:
    said = ana.say("estoy sangrando", "danger_sign", danger_kind=DANGER)
    assert said.startswith("*107*") and "?" not in said
    assert shared_care.sent("/places/hospitals") == []


def test_while_care_is_down_the_number_is_told_all_the_same(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("hola", "greet")
    shared_care.fail(times=20)
    said = ana.say("estoy sangrando en barracas", "danger_sign", danger_kind=DANGER, neighbourhood="barracas")
    assert said.startswith("*107*") and "no puedo" not in said.lower()


def test_violence_is_answered_without_its_name_and_with_a_way_out(ana: Chat) -> None:
    said = ana.say("mi marido me pega", "report_violence")
    assert said.startswith("*144*") and "911" in said and "violencia" not in said.lower()
    assert ana.titles() == ["Borrar este chat", "Salir rápido"]
    hidden = ana.tap("Borrar este chat")
    assert "Eliminar" in hidden and "144" not in hidden


def test_afterwards_a_farewell_is_a_screen_like_any_other(ana: Chat) -> None:
    ana.say("mi marido me pega", "report_violence")
    assert "Los horarios de cada CeSAC" in ana.tap("Salir rápido")
    assert "Los horarios de cada CeSAC" in ana.say("chau", "goodbye")


def test_before_she_agreed_to_anything_too(stranger: Chat) -> None:
    stranger.say("mi marido me pega", "report_violence")
    assert "Los horarios de cada CeSAC" in stranger.tap("Salir rápido")
    assert "Los horarios de cada CeSAC" in stranger.say("chau", "goodbye") and len(stranger.replies) == 1


def test_self_harm_gets_the_city_line(ana: Chat) -> None:
    said = ana.say("me quiero morir", "report_self_harm")
    assert said.startswith("*0800-333-1665*") and "107" in said


@pytest.mark.parametrize(
    ("went", "words", "buttons"),
    [
        ("yes", "Gracias por contarme", ["Hablar con alguien"]),
        ("going", "contame si llegaste", ["Ya llegué", "No pude"]),
        ("no", "*107*", []),
    ],
)
def test_whether_she_could_go(ana: Chat, went: str, words: str, buttons: list[str]) -> None:
    said = ana.send_payload(f'/danger_follow_up{{"went": "{went}"}}')
    assert words in said and "107" in said
    assert ana.titles() == buttons
