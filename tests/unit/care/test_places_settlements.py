"""Blocks of informal settlements: what she writes, what the city's search answers, and what of it is believed."""

import pytest

from latido.care.places.directory import load_directory
from latido.care.places.geometry import Point
from latido.care.places.locate import Located, Locator, Near
from latido.care.places.lookup import LookupUnavailable
from latido.care.places.settlements import SettlementSearch, read_block, read_points

DIRECTORY = load_directory()
MUGICA = DIRECTORY.point_of("barrio-padre-mugica")


def instance(centre: object) -> dict:
    return {"nombre": "Manzana 12", "clase": "Manzanas", "ubicacion": {"centroide": centre}}


@pytest.mark.parametrize(
    ("said", "number", "beside"),
    [
        ("manzana 12 casa 4 de la 31", "12", "de la 31"),
        ("Mza. 12, casa 40, villa 20", "12", "villa 20"),
        ("mz12 c4 rodrigo bueno", "12", "rodrigo bueno"),
        ("vivo en la 1-11-14 manzana 5b", "5b", "vivo en la 1 11 14"),
        ("mnz 3", None, None),
        ("manzana 12", "12", ""),
        ("quiero una manzana", None, None),
        ("corrientes 2500", None, None),
    ],
)
def test_a_block_is_read(said, number, beside):
    block = read_block(said)
    assert (block.number, block.beside) == (number, beside) if number else block is None


@pytest.mark.parametrize(
    "centre",
    ["SRID=4326;POINT (-58.378970 -34.584480)", "POINT(-58.378970 -34.584480)", "point ( -58.378970  -34.584480 )"],
)
def test_the_longitude_comes_first(centre):
    assert read_points({"instancias": [instance(centre)]}) == (Point(-34.58448, -58.37897),)


def test_no_answer_is_an_answer_and_what_cannot_be_read_is_passed_over():
    assert read_points({"instancias": []}) == ()
    good = instance("POINT (-58.378970 -34.584480)")
    assert len(read_points({"instancias": [instance("SRID=22195;POINT (1.0 2.0)"), instance(None), "x", good]})) == 1


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"instancias": None},
        {"instancias": [instance("here")]},
        {"instancias": [{"ubicacion": "POINT (-58.3 -34.5)"}]},
        {"instancias": [7]},
    ],
)
def test_anything_else_is_no_answer(content):
    with pytest.raises(ValueError, match=r"block search|can be read"):
        read_points(content)


class Blocks:
    """A block search that knows one block of each settlement, or is down."""

    def __init__(self, point: Point | None, down: bool = False) -> None:
        self.point, self.down, self.asked = point, down, []

    def find(self, settlement: str, block: str, around: Point) -> Point | None:
        self.asked.append((settlement, block))
        if self.down:
            raise LookupUnavailable("down")
        return self.point


class NoAddresses:
    """An address service that must not be asked."""

    def find(self, address: str) -> tuple:
        raise AssertionError("asked for an address")


def locate(blocks: Blocks, **near: str) -> Located:
    return Locator(DIRECTORY, NoAddresses(), blocks).locate(Near(**near))


@pytest.mark.parametrize("way", ["text", "address"])
def test_a_block_is_exact_and_only_its_settlement_is_kept(way):
    blocks = Blocks(Point(-34.5835, -58.3795))
    found = locate(blocks, **{way: "manzana 12 casa 4 de la 31"})
    assert found.status == "found" and found.place.point == blocks.point
    assert (found.place.kind, found.place.approximate) == ("block", False)
    assert found.place.label == "Barrio Padre Mugica, manzana 12"
    assert found.place.kept_label == "Barrio Padre Mugica"
    assert blocks.asked == [("Villa 31", "12")]


@pytest.mark.parametrize("blocks", [Blocks(None), Blocks(None, down=True)])
def test_without_an_answer_the_settlement_serves(blocks):
    found = locate(blocks, text="mz 12 casa 4 villa 31")
    assert found.status == "found" and found.place.point == MUGICA
    assert (found.place.kind, found.place.approximate, found.place.label) == (
        "neighbourhood",
        True,
        "Barrio Padre Mugica",
    )


def test_an_estate_without_block_search_is_not_asked_for():
    blocks = Blocks(MUGICA)
    assert locate(blocks, text="manzana 3 barrio piedrabuena").place.label == "Barrio Piedrabuena"
    assert blocks.asked == []


def test_a_block_of_nowhere_is_not_found():
    assert locate(Blocks(MUGICA), text="manzana 12 casa 4").status == "not_found"


def test_two_settlements_are_asked_about():
    found = locate(Blocks(MUGICA), text="manzana 3 entre villa 20 y villa 15")
    assert found.status == "ambiguous" and len(found.candidates) == 2


def test_every_settlement_with_a_block_search_has_a_point_to_check_it_by():
    searched = [each for each in DIRECTORY.neighbourhoods.values() if each.block_search]
    assert len(searched) == 11 and all(each.kind == "popular" for each in searched)
    assert all(DIRECTORY.point_of(each.slug) for each in searched)


def test_an_address_that_is_no_url_is_unavailable():
    with pytest.raises(LookupUnavailable):
        SettlementSearch("http://127.0.0.1:9").find("Villa 31", "12", MUGICA)
