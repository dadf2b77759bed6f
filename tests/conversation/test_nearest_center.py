"""Where to be seen: by pin, neighbourhood, number or address; with what is assumed and what is not known."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat


@pytest.fixture
def ana(ana: Chat) -> Chat:
    ana.says("hola").taps("Sí, acepto")
    return ana


def test_by_location(ana: Chat) -> None:
    ana.says("qué salita me queda cerca?").sees("¿Por dónde vivís?")
    ana.shares_location(-34.6213, -58.3698)
    ana.sees("CeSAC N° 15 - San Telmo", "Balcarce 1150", "min", "línea recta", "2821-3615", "horario")
    ana.taps("Ver en el mapa")
    ana.sees_a_pin_near(-34.6213, -58.36976)


def test_a_location_out_of_the_blue_finds_the_nearest_too(ana: Chat) -> None:
    ana.shares_location(-34.6213, -58.3698).sees("CeSAC N° 15 - San Telmo")


@pytest.mark.parametrize(
    ("place", "center"),
    [
        ("barracas", "CeSAC N° 1 - Barracas 1"),
        ("en baracas", "CeSAC N° 1 - Barracas 1"),
        ("la 1 11 14", "CeSAC N° 20 - Flores 2"),
        ("villa 31", "CeSAC N° 21"),
        ("san telmo", "CeSAC N° 15"),
    ],
)
def test_by_neighbourhood_official_popular_and_misspelt(ana: Chat, place: str, center: str) -> None:
    ana.says("busco un centro de salud").says(place).sees(center)


def test_where_there_is_no_center_the_nearest_ones_across_the_border_are_offered(ana: Chat) -> None:
    ana.says("busco un centro de salud").says("caballito").sees("CeSAC N°", "min")


@pytest.mark.parametrize("number", ["el 15", "cesac 15", "15"])
def test_by_number(ana: Chat, number: str) -> None:
    ana.says("busco mi cesac").says(number).sees("CeSAC N° 15", "Balcarce 1150")


def test_an_address_when_the_citys_geocoder_cannot_be_reached(ana: Chat) -> None:
    ana.says("busco mi cesac").says("corrientes 2500").sees("no puedo buscar direcciones", "ubicación", "barrio")
    ana.says("almagro").sees("CeSAC N° 38")


def test_a_place_outside_the_city_and_one_that_does_not_exist(ana: Chat) -> None:
    ana.says("busco mi cesac")
    ana.shares_location(-31.42, -64.18).sees("fuera de la Ciudad")
    ana.says("flores").sees("CeSAC N°")


def test_what_is_not_known_is_said(ana: Chat) -> None:
    ana.says("telefono del cesac 42").sees("147").does_not_see("2821-3642")


def test_another_zone(ana: Chat) -> None:
    ana.says("qué cesac hay en palermo").sees("CeSAC N° 26")
    ana.taps("Otra zona").says("la boca").sees("CeSAC N° 9")
