"""Neighbourhood names as residents write them."""

import pytest

from latido.care.places.directory import load_directory
from latido.care.places.names import NameIndex

INDEX = NameIndex(load_directory().neighbourhoods.values())


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("Barracas", "barracas"),
        ("vivo en baraccas", "barracas"),
        ("por la 1 11 14", "barrio-padre-ricciardelli"),
        ("la 1-11-14", "barrio-padre-ricciardelli"),
        ("villa 31 bis", "barrio-padre-mugica"),
        ("padre mujica", "barrio-padre-mugica"),
        ("ciudad oculta", "barrio-15"),
        ("lugano 1 y 2", "barrio-general-savio"),
        ("bajo flores", "bajo-flores"),
        ("flores", "flores"),
        ("floresta", "floresta"),
        ("montserat", "monserrat"),
        ("constitusion", "constitucion"),
        ("parque patrisios", "parque-patricios"),
        ("saabedra", "saavedra"),
        ("NUÑEZ", "nunez"),
        ("nuñes", "nunez"),
        ("vila crespo", "villa-crespo"),
        ("La Paternal", "la-paternal"),
        ("estoy en la zona de villa del parque", "villa-del-parque"),
        ("pompeya cerca del puente", "nueva-pompeya"),
    ],
)
def test_a_name_is_found(said, slug):
    assert INDEX.match(said).only == slug


@pytest.mark.parametrize("said", ["", "hola", "villa", "villa 22", "quiero un turno", "🙂", "15"])
def test_what_is_no_name_is_not_guessed(said):
    assert INDEX.match(said).slugs == ()


def test_two_places_in_one_sentence_are_asked_about():
    assert set(INDEX.match("entre flores y floresta").slugs) == {"flores", "floresta"}


def test_numbers_are_never_slips():
    assert INDEX.match("villa 20").only == "barrio-20"
    assert INDEX.match("villa 21").only == "barrio-21-24"
    assert INDEX.match("villa 24").slugs == ()


def test_every_name_and_alias_leads_to_its_own_place():
    for place in load_directory().neighbourhoods.values():
        for name in (place.name, place.slug, *place.aliases):
            assert INDEX.match(name).only == place.slug, name
