"""Which words are a street, and which names beside it may stand in for it when it cannot be found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.care.places.addresses import street_address
from latido.care.places.directory import load_directory
from latido.care.places.geocoder import Address
from latido.care.places.geometry import Point
from latido.care.places.locate import Locator, Near
from latido.care.places.lookup import LookupUnavailable

DIRECTORY = load_directory()


class Addresses:
    """An address service that is down, or knows what it is given."""

    def __init__(self, *found: Address, down: bool = False) -> None:
        self.found, self.down, self.asked = found, down, []

    def find(self, address: str) -> tuple[Address, ...]:
        self.asked.append(address)
        if self.down:
            raise LookupUnavailable("down")
        return self.found


@pytest.mark.parametrize(
    ("said", "street"),
    [
        ("corrientes 2500", "corrientes 2500"),
        ("vivo en Juan B. Justo y Córdoba", "Juan B. Justo y Córdoba"),
        ("av. san martín 50", "av. san martín 50"),
        ("corrientes al 2500", "corrientes 2500"),
        ("caseros a la altura del 1700", "caseros 1700"),
        ("av. 25 de mayo 500 piso 12", "av. 25 de mayo 500"),
        ("por la calle 15 de noviembre 1500", "15 de noviembre 1500"),
        ("caseros 2500, estoy de 20 semanas", "caseros 2500"),
        ("boedo 700 estoy sangrando mucho", "boedo 700"),
        ("independencia esquina boedo", "independencia y boedo"),
        ("entre juan b justo y la rioja", "juan b justo y la rioja"),
        ("soy ana perez y vivo en caseros 2500", "caseros 2500"),
    ],
)
def test_of_what_she_writes_only_the_street_is_asked_for(said, street):
    assert street_address(said) == street
    service = Addresses(Address("Av. Caseros 2500", Point(-34.636, -58.399)))
    assert Locator(DIRECTORY, service).locate(Near(text=said)).status == "found"
    assert service.asked == [street]


@pytest.mark.parametrize(
    "text", ["barracas", "la 31", "el 15", "barracas y tengo 20 semanas", "estoy de 20 semanas", "tengo 25 años", ""]
)
def test_what_is_no_address_is_not_taken_for_one(text):
    assert street_address(text) is None


@pytest.mark.parametrize("service", [Addresses(), Addresses(down=True)])
@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("caseros 2500 barracas", "Barracas"),
        ("vivo en boedo, carlos calvo 3500", "Boedo"),
        ("juan b justo y cordoba en villa crespo", "Villa Crespo"),
        ("calle que no existe 1200 (parque patricios)", "Parque Patricios"),
    ],
)
@pytest.mark.parametrize("way", ["text", "address"])
def test_a_name_beside_the_address_serves_when_it_cannot_be_found(service, said, label, way):
    found = Locator(DIRECTORY, service).locate(Near(**{way: said}))
    assert found.status == "found" and found.place.label == label and found.place.approximate


@pytest.mark.parametrize("street", ["belgrano 1200", "av. chacabuco 500", "flores 80", "cordoba y boedo"])
def test_a_street_called_as_a_neighbourhood_is_never_taken_for_it(street):
    assert Locator(DIRECTORY, Addresses(down=True)).locate(Near(text=street)).status == "geocoder_unavailable"
    assert Locator(DIRECTORY, Addresses()).locate(Near(text=street)).status == "not_found"


def test_two_neighbourhoods_joined_by_and_are_asked_about():
    found = Locator(DIRECTORY, Addresses(down=True)).locate(Near(text="entre flores y floresta"))
    assert found.status == "ambiguous"
    assert {each.neighbourhood for each in found.candidates} == {"flores", "floresta"}


def test_a_name_with_a_number_is_no_address():
    service = Addresses(down=True)
    found = Locator(DIRECTORY, service).locate(Near(text="vivo en la villa 31 por la terminal"))
    assert found.place.label == "Barrio Padre Mugica" and service.asked == []


def test_a_street_that_is_found_comes_before_a_name():
    exact = Address("Av. Caseros 2500", Point(-34.636, -58.399))
    found = Locator(DIRECTORY, Addresses(exact)).locate(Near(text="caseros 2500 barracas"))
    assert (found.place.kind, found.place.approximate) == ("address", False)


def test_the_street_beside_a_block_of_no_settlement_is_asked_for():
    service = Addresses(Address("Av. Riestra 1500", Point(-34.65, -58.43)))
    found = Locator(DIRECTORY, service).locate(Near(text="av riestra 1500 mz 28 casa 47"))
    assert found.status == "found" and service.asked == ["av riestra 1500"]


@pytest.mark.parametrize(
    ("said", "number"),
    [("cesac 15", 15), ("voy al sesak nro 7", 7), ("cerca de la salita 21", 21), ("centro de salud n 3", 3)],
)
def test_a_centre_named_by_its_number_stands_in_for_a_place(said, number):
    service = Addresses(down=True)
    found = Locator(DIRECTORY, service).locate(Near(text=said))
    assert (found.status, found.place.kind) == ("found", "center") and found.place.point == DIRECTORY.centers[
        number
    ].point
    assert service.asked == []


def test_an_address_or_a_name_says_more_than_the_centre_beside_it():
    exact = Address("Av. Caseros 2500", Point(-34.636, -58.399))
    assert (
        Locator(DIRECTORY, Addresses(exact)).locate(Near(text="caseros 2500 cerca del cesac 10")).place.kind
        == "address"
    )
    assert (
        Locator(DIRECTORY, Addresses(down=True)).locate(Near(text="caseros 2500 cerca del cesac 10")).place.kind
        == "center"
    )
    assert Locator(DIRECTORY, Addresses()).locate(Near(text="barracas, el cesac 1")).place.label == "Barracas"
    assert Locator(DIRECTORY, Addresses()).locate(Near(text="cesac 99")).status == "not_found"
    lost = Locator(DIRECTORY, Addresses(down=True)).locate(Near(text="caseros 2500 cerca del cesac 99"))
    assert lost.status == "geocoder_unavailable"


PIECES = """barracas flores villa 31 la 1-11-14 manzana mz 12 casa 4 corrientes 2500 y esq en , ( cesac 15 tengo semanas
av. juan b justo padre mugica ñandú 🙂 | \\ %s {x} barrio 20"""
said = st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join)


@given(said | st.text(max_size=200), st.sampled_from(["text", "address", "neighbourhood"]), st.booleans())
def test_whatever_she_writes_has_an_answer(words, way, down):
    found = Locator(DIRECTORY, Addresses(down=down)).locate(Near(**{way: words}))
    assert (found.place is not None) == (found.status in ("found", "outside_city"))
    assert bool(found.candidates) == (found.status == "ambiguous")
    assert found.status != "geocoder_unavailable" or down
