"""What the address service answers."""

import pytest

from latido.care.places.geocoder import read_answer, readable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("CORRIENTES AV. 2500, CABA", "Av. Corrientes 2500"),
        ("JUSTO, JUAN B. AV. Y CORDOBA AV., CABA", "Av. Juan B. Justo y Av. Cordoba"),
        ("BALCARCE 1150, CABA", "Balcarce 1150"),
    ],
)
def test_an_address_is_written_as_people_read_it(written, read):
    assert readable(written) == read


def test_numbers_and_strings_are_read_and_the_same_address_twice_is_one():
    def option(x, y):
        return {"cod_partido": "caba", "direccion": "BALCARCE 1150, CABA", "coordenadas": {"x": x, "y": y}}

    found = read_answer({"direccionesNormalizadas": [option("-58.36", "-34.62"), option(-58.36, -34.62)]})
    assert [(each.point.latitude, each.point.longitude) for each in found] == [(-34.62, -58.36)]


@pytest.mark.parametrize("place", [None, {}, {"x": None, "y": None}, {"x": "", "y": ""}, "nowhere", [1, 2]])
def test_an_option_without_a_point_is_passed_over(place):
    option = {"cod_partido": "caba", "direccion": "CORRIENTES AV., CABA", "coordenadas": place}
    assert read_answer({"direccionesNormalizadas": [option, "text", None]}) == ()


@pytest.mark.parametrize("content", [None, [], {}, {"direccionesNormalizadas": None}, "x"])
def test_anything_else_is_no_answer(content):
    with pytest.raises(ValueError, match="normaliser"):
        read_answer(content)
