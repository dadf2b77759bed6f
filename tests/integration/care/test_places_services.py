"""The city's two place services over real HTTP: well, slow, dripping, down, or talking nonsense."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from latido.breaker import FAILURES_TO_OPEN, OPEN_SECONDS
from latido.care.places import lookup
from latido.care.places.directory import load_directory
from latido.care.places.geocoder import UsigGeocoder
from latido.care.places.geometry import Point, distance_m
from latido.care.places.locate import Locator, Near
from latido.care.places.lookup import CACHE_SECONDS, LookupUnavailable
from latido.care.places.settlements import SettlementSearch
from tests.webserver import WebServer

DIRECTORY = load_directory()
MUGICA = DIRECTORY.point_of("barrio-padre-mugica")
PATIENT_S, HASTY_S = 10.0, 0.4
SECRET = "perez galdos 777"


class CityService:
    """One loopback stand-in for both services; each request takes the next of `answers`, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = [(200, b"{}")]
        self.delay_s = 0.0
        self.drip = False
        self.packed = False
        self.paths: list[str] = []
        self.queries: list[dict[str, list[str]]] = []

    def give(self, *contents: object) -> None:
        self.answers = [(200, json.dumps(content).encode()) for content in contents]

    def next_answer(self, target: str) -> tuple[int, bytes]:
        self.paths.append(urlsplit(target).path)
        self.queries.append(parse_qs(urlsplit(target).query))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def city() -> Iterator[CityService]:
    state = CityService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            status, body = state.next_answer(self.path)
            time.sleep(state.delay_s)
            self.send_response(status)
            self.send_header("Connection", "close")
            if status == 302:
                self.send_header("Location", self.path)
            if state.packed:
                self.close_connection = True
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.send_chunks(gzip.compress(body))
                return
            self.end_headers()
            with suppress(OSError):
                for byte in body if state.drip else ():
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.05)
                if not state.drip:
                    self.wfile.write(body)

        def send_chunks(self, body: bytes) -> None:
            for start in range(0, len(body), 7):
                chunk = body[start : start + 7]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *args):
            pass

    server = WebServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def direct_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


class Ways:
    """Both adapters on the same stand-in, and the locator over them, on a clock that stands still."""

    def __init__(self, url: str, timeout_s: float = PATIENT_S) -> None:
        self.now = 1_000.0
        self.addresses = UsigGeocoder(url, direct_session(), timeout_s, lambda: self.now)
        self.blocks = SettlementSearch(url, direct_session(), timeout_s, lambda: self.now)
        self.locator = Locator(DIRECTORY, self.addresses, self.blocks)

    def ask(self, which: str, words: str = SECRET) -> object:
        if which == "addresses":
            return self.addresses.find(words)
        return self.blocks.find("Villa 31", words, MUGICA)


@pytest.fixture
def ways(city) -> Ways:
    return Ways(city.url)


def address(x: object = "-58.384275", y: object = "-34.646409") -> dict:
    option = {"cod_partido": "caba", "direccion": "PEREZ GALDOS 777, CABA", "coordenadas": {"x": x, "y": y}}
    return {"direccionesNormalizadas": [option]}


def block(*points: str) -> dict:
    return {
        "instancias": [
            {"nombre": "Manzana 8", "clase": "Manzanas", "ubicacion": {"centroide": f"SRID=4326;POINT ({point})"}}
            for point in points
        ]
    }


WELL = {"addresses": address(), "blocks": block("-58.37897 -34.58448")}
BOTH = pytest.mark.parametrize("which", ["addresses", "blocks"])


def test_a_block_is_asked_as_the_service_wants_it(city, ways):
    city.give(WELL["blocks"])
    assert ways.blocks.find("Villa 31", "8", MUGICA) == Point(-34.58448, -58.37897)
    assert city.paths == ["/deficithabitacional/buscarManzana/"]
    assert city.queries == [{"ubicacion": ["Villa 31, manzana 8"]}]


@pytest.mark.parametrize(
    "points",
    [
        [],
        ["-58.490240 -34.669180"],  # the block 8 of another settlement, which the service has been seen to answer
        ["-58.378970 -34.584480", "-58.384000 -34.580000"],  # two blocks of that number, 600 m apart
    ],
)
def test_a_block_that_is_not_sure_is_not_believed(city, ways, points):
    city.give(block(*points))
    found = ways.locator.locate(Near(text="manzana 8 de la villa 31"))
    assert found.status == "found" and found.place.approximate and found.place.point == MUGICA


def test_several_answers_for_one_block_are_one(city, ways):
    city.give(block("-58.378970 -34.584480", "-58.379100 -34.584600", "-58.490240 -34.669180"))
    found = ways.locator.locate(Near(text="manzana 8 de la villa 31"))
    assert not found.place.approximate and distance_m(found.place.point, Point(-34.58448, -58.37897)) < 1


BAD = {
    "an error": (500, b'{"direccionesNormalizadas": [], "instancias": []}'),
    "gone": (404, b"{}"),
    "moved": (302, b""),
    "an HTML page": (200, b"<html><head><title>Request Rejected</title></head></html>"),
    "nothing": (200, b""),
    "another list": (200, b"[]"),
    "another object": (200, b'{"error": "mantenimiento"}'),
    "another type": (200, b'{"direccionesNormalizadas": "x", "instancias": {"a": 1}}'),
    "no text": (200, b"\xff\xfe\x00"),
    "a deep one": (200, b"[" * 100_000),
    "a huge one": (200, b'{"x": "' + b"a" * 2_000_000 + b'"}'),
}


@BOTH
@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
def test_a_bad_answer_is_an_unavailable_service_and_is_not_kept(city, ways, which, answer, caplog):
    caplog.set_level(logging.INFO)
    city.answers = [answer, (200, json.dumps(WELL[which]).encode())]
    with pytest.raises(LookupUnavailable) as refused:
        ways.ask(which)
    assert "galdos" not in str(refused.value) and "galdos" not in caplog.text
    assert refused.value.__suppress_context__
    assert ways.ask(which)


@BOTH
def test_a_slow_and_a_dripping_service_are_not_waited_for(city, which):
    ways = Ways(city.url, HASTY_S)
    city.give(WELL[which])
    city.delay_s = 3 * HASTY_S
    with pytest.raises(LookupUnavailable):
        ways.ask(which)
    city.delay_s, city.drip = 0.0, True
    with pytest.raises(LookupUnavailable):
        ways.ask(which)


@BOTH
def test_a_packed_answer_in_pieces_is_read(city, ways, which):
    city.give(WELL[which])
    city.packed = True
    assert ways.ask(which)


@BOTH
def test_many_may_ask_at_once(city, ways, which):
    city.give(WELL[which])
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: ways.ask(which, f"calle {number % 5}"), range(60)))
    assert all(answers) and 5 <= len(city.paths) < 60


@BOTH
def test_an_answer_is_asked_for_once_a_day(city, ways, which):
    city.give(WELL[which])
    first = ways.ask(which)
    assert first and ways.ask(which, SECRET.upper() + " ") == first and len(city.paths) == 1
    ways.now += CACHE_SECONDS + 1
    ways.ask(which)
    assert len(city.paths) == 2


@BOTH
def test_that_nothing_was_found_is_remembered_too(city, ways, which):
    city.give({"direccionesNormalizadas": [], "instancias": [], "errorMessage": "Calle inexistente"})
    assert not ways.ask(which) and not ways.ask(which)
    assert len(city.paths) == 1


@BOTH
def test_only_so_many_answers_are_kept(city, ways, which, monkeypatch):
    monkeypatch.setattr(lookup, "CACHE_ENTRIES", 3)
    city.give(WELL[which])
    for number in range(4):
        ways.ask(which, f"calle {number}")
    ways.ask(which, "calle 3")
    assert len(city.paths) == 4
    ways.ask(which, "calle 0")
    assert len(city.paths) == 5


@BOTH
def test_a_service_that_keeps_failing_is_left_alone_and_tried_again(city, ways, which):
    city.answers = [(503, b"")]
    for number in range(FAILURES_TO_OPEN + 3):
        with pytest.raises(LookupUnavailable):
            ways.ask(which, f"calle {number}")
    assert len(city.paths) == FAILURES_TO_OPEN
    city.give(WELL[which])
    ways.now += OPEN_SECONDS + 1
    assert ways.ask(which) and ways.ask(which, "otra calle")


def test_one_service_down_leaves_the_other_alone(city, ways):
    city.answers = [(503, b"")]
    for number in range(FAILURES_TO_OPEN):
        with pytest.raises(LookupUnavailable):
            ways.ask("addresses", f"calle {number}")
    city.give(WELL["blocks"])
    assert ways.ask("blocks")


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
def test_whatever_the_services_do_a_named_neighbourhood_is_found(city, ways, answer):
    city.answers = [answer]
    told = ["perez galdos 777, la boca", "mz 12 casa 4 villa 31", "mza 3 de la 1-11-14", "villa 20"]
    found = [ways.locator.locate(Near(text=words)) for words in told]
    assert [each.status for each in found] == ["found"] * 4 and all(each.place.approximate for each in found)
    assert [each.place.label for each in found] == [
        "La Boca",
        "Barrio Padre Mugica",
        "Barrio Padre Ricciardelli",
        "Barrio 20",
    ]
