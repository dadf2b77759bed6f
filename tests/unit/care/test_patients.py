"""Which person of a shared phone an appointment is for."""

import pytest

from latido.care.booking.patients import Person, choose_role
from latido.care.errors import Invalid


def patient(name: str | None = None, dni: str | None = None) -> dict:
    identifiers = [{"system": "http://www.renaper.gob.ar/dni", "value": dni}] if dni else []
    return {"identifier": identifiers, "name": [{"given": [name]}] if name else []}


@pytest.mark.parametrize(
    ("known", "person", "role"),
    [
        ({}, Person("self"), "self"),
        ({"self": patient()}, Person("self", None, "30111222"), "self"),
        ({"self": patient(None, "30111222")}, Person("self"), "self"),
        ({"self": patient(None, "30111222")}, Person("self", None, "30111222"), "self"),
        ({"self": patient(None, "30111222")}, Person("self", None, "40222333"), "self-2"),
        ({"self": patient("Ana")}, Person("self", "Anita"), "self"),
        ({"self": patient("Ana", "1"), "self-2": patient("Eva", "2")}, Person("self", None, "2"), "self-2"),
        ({}, Person("other", "Luz"), "other-1"),
        ({"other-1": patient("Luz")}, Person("other", "luz"), "other-1"),
        ({"other-1": patient("Luz")}, Person("other", "Sol"), "other-2"),
        ({"other-1": patient("Luz", "1")}, Person("other", "Lucía", "1"), "other-1"),
        ({"other-1": patient("Luz")}, Person("other"), "other-1"),
        ({"self": patient("Luz")}, Person("other", "Luz"), "other-1"),
    ],
)
def test_the_person_is_found_or_new(known, person, role):
    assert choose_role(known, person) == role


def test_more_people_than_a_phone_can_serve_are_left_to_a_person():
    known = {f"other-{number}": patient(f"N{number}") for number in range(1, 9)}
    with pytest.raises(Invalid, match="hand over"):
        choose_role(known, Person("other", "Otra"))


@pytest.mark.parametrize("system", ["http://www.renaper.gob.ar/dni", "http://renaper.gob.ar/dni"])
@pytest.mark.parametrize("written", ["30111222", "30.111.222"])
def test_the_same_dni_under_an_equal_system_is_the_same_person(system, written):
    known = {"self": {"identifier": [{"system": system, "value": written}]}}
    assert choose_role(known, Person("self", dni="30111222")) == "self"
    assert choose_role(known, Person("self", dni="30999888")) == "self-2"


def test_a_city_says_which_systems_are_equal():
    known = {"self": {"identifier": [{"system": "urn:city:dni", "value": "30111222"}]}}
    assert choose_role(known, Person("self", dni="30999888")) == "self"
    assert choose_role(known, Person("self", dni="30999888"), ("urn:city:dni",)) == "self-2"
