"""Odd answers to "where": here, I don't know, two places, another city, a centre that does not exist."""

from __future__ import annotations

import pytest
from chat import Chat
from fake_care import FakeCare, center

SUBURB = {"label": "tu ubicación", "latitude": -34.7, "longitude": -58.6, "approximate": False, "kind": "pin"}


@pytest.mark.parametrize("words", ["acá", "en mi casa", "por acá"])
def test_here_is_answered_with_how_to_share_it(ana: Chat, shared_care: FakeCare, words: str) -> None:
    ana.say("busco una salita", "find_cesac")
    assert "tocá el clip" in ana.say(words, "inform")
    assert ana.form == "place_form"
    assert not [body for body in shared_care.sent("/places/search") if body["near"] == {"text": words}]


def test_here_inside_the_appointment_too(ana: Chat) -> None:
    for step in ("Para mí", "En trámite", "No sé", "Todavía no", "De 18 a 35", "No", "No"):
        if step == "Para mí":
            ana.say("quiero un turno", "book_prenatal")
        ana.tap(step)
    assert "tocá el clip" in ana.say("acá", "inform")


def test_not_knowing_where_is_helped_with_examples(ana: Chat) -> None:
    ana.say("busco una salita", "find_cesac")
    assert "más o menos dónde" in ana.say("no sé", "inform")


@pytest.mark.parametrize("words", ["vivo en la manzana 12 casa 4 de la 31", "mza 12 de la villa 31", "mz.12, villa 31"])
def test_a_block_of_a_settlement_goes_to_care_in_her_words(ana: Chat, shared_care: FakeCare, words: str) -> None:
    ana.say(words, "find_cesac", neighbourhood="barrio-padre-mugica")
    assert [body["near"] for body in shared_care.sent("/places/search")] == [{"text": words}]


def test_a_settlement_without_a_block_goes_by_its_name(ana: Chat, shared_care: FakeCare) -> None:
    ana.say("vivo en la villa 31", "find_cesac", neighbourhood="barrio-padre-mugica")
    assert [body["near"] for body in shared_care.sent("/places/search")] == [{"neighbourhood": "barrio-padre-mugica"}]


def test_two_places_are_a_choice(ana: Chat) -> None:
    said = ana.say("vivo en flores o barracas", "find_cesac", neighbourhood=["flores", "barracas"])
    assert "más de un lugar" in said and ana.titles() == ["Flores", "Barracas"]
    assert "cercanos a Barracas" in ana.tap("Barracas")


def test_a_place_in_the_suburbs_gets_the_nearest_centres_all_the_same(ana: Chat, shared_care: FakeCare) -> None:
    answer = {"status": "outside_city", "place": SUBURB, "candidates": [], "centers": [center(23, 9000)]}
    shared_care.places["san justo"] = (200, answer)
    ana.say("busco una salita", "find_cesac")
    said = ana.say("san justo", "inform")
    assert "fuera de la Ciudad" in said and "CeSAC N° 23" in said and "lejos para ir a pie" in said
    assert "caminando" not in said and ana.form is None


def test_a_place_in_another_province_gets_none(ana: Chat, shared_care: FakeCare) -> None:
    answer = {"status": "outside_city", "place": SUBURB, "candidates": [], "centers": [center(23, 640_000)]}
    shared_care.places["cordoba capital"] = (200, answer)
    ana.say("busco una salita", "find_cesac")
    said = ana.say("cordoba capital", "inform")
    assert "fuera de la Ciudad" in said and "CeSAC N° 23" not in said and ana.form == "place_form"


@pytest.mark.parametrize("intent", ["inform", "find_cesac", "ask_center_details"])
def test_a_centre_that_does_not_exist_is_said_not_to(ana: Chat, intent: str) -> None:
    assert "van del 1 al 50" in ana.say("cesac 51", intent)
    ana.say("busco una salita", "find_cesac")
    assert "van del 1 al 50" in ana.say("cesac 60", "inform")


def test_a_centre_asked_about_by_its_bare_number(ana: Chat) -> None:
    assert "11 2821-3615" in ana.say("y el telefono del 15?", "ask_center_details")
