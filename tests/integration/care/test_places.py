"""Searching places over HTTP, with address services that are well, slow, down or talk nonsense."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from latido.care.places.geocoder import UsigGeocoder
from latido.care.places.locate import Locator
from latido.care.places.settlements import SettlementSearch
from tests.integration.care.conftest import served
from tests.webserver import WebServer


class AddressService:
    """A loopback stand-in for the city's normaliser."""

    def __init__(self) -> None:
        self.answer: bytes = b"{}"
        self.status = 200
        self.delay_s = 0.0
        self.requests: list[tuple[dict[str, list[str]], str]] = []

    def give(self, *options: dict) -> None:
        content = {"direccionesNormalizadas": list(options)}
        self.answer = json.dumps(content if options else content | {"errorMessage": "Calle inexistente"}).encode()


def option(direction: str, x: object, y: object, district: str = "caba") -> dict:
    return {
        "cod_partido": district,
        "direccion": direction,
        "tipo": "calle_altura",
        "coordenadas": {"srid": 4326, "x": x, "y": y},
    }


CORRIENTES = option("CORRIENTES AV. 2500, CABA", "-58.401981", "-34.604792")


@pytest.fixture
def service() -> Iterator[AddressService]:
    state = AddressService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.requests.append((parse_qs(urlsplit(self.path).query), self.headers["User-Agent"]))
            time.sleep(state.delay_s)
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(state.answer)

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


@pytest.fixture
def city(with_geocoder, service):
    with served(with_geocoder(service.url, timeout_s=10.0)) as api:
        yield api


def search(api, near, **more):
    answer = api.post("/places/search", {"near": near, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_by_neighbourhood(api):
    found = search(api, {"neighbourhood": "barracas"}, service="prenatal", limit=2)
    assert found["status"] == "found"
    assert found["place"] == {
        "label": "Barracas",
        "latitude": -34.646409,
        "longitude": -58.384275,
        "approximate": True,
        "kind": "neighbourhood",
    }
    nearest = found["centers"][0]
    assert [center["number"] for center in found["centers"]] == [1, 16]
    assert nearest["travel_assumption"] == "straight_line_x1.4_at_80_m_per_min"
    assert (
        nearest["unknown"] == ["hours"]
        and nearest["has_prenatal"] is True
        and nearest["hospital"] == "Hosp. J. A. Penna"
    )
    assert nearest["phones"][0] == "11 2821-3601" and nearest["as_of"] == "2026-08"


def test_by_pin_by_centre_number_and_by_words(api):
    pin = search(api, {"latitude": -34.6213, "longitude": -58.3698})
    assert (pin["place"]["kind"], pin["place"]["label"], pin["centers"][0]["number"]) == ("pin", "tu ubicación", 15)
    assert search(api, {"center_number": 15})["place"]["label"] == "CeSAC N° 15 - San Telmo"
    assert search(api, {"center_number": 51})["status"] == "not_found"
    assert search(api, {"text": "vivo por la 1 11 14"})["place"]["label"] == "Barrio Padre Ricciardelli"
    asked = search(api, {"text": "entre flores y floresta"})
    assert asked["status"] == "ambiguous" and {each["neighbourhood"] for each in asked["candidates"]} == {
        "flores",
        "floresta",
    }
    assert search(api, {"text": "quien sabe"})["status"] == "not_found"


def test_a_pin_outside_the_city_is_told_with_the_nearest_all_the_same(api):
    found = search(api, {"latitude": -34.665, "longitude": -58.364})
    assert found["status"] == "outside_city" and len(found["centers"]) == 3


def test_a_settlement_without_a_point_is_served_by_its_stand_in(api):
    found = search(api, {"neighbourhood": "zavaleta"})
    assert found["place"]["label"] == "Zavaleta" and found["place"]["approximate"]
    assert {center["number"] for center in found["centers"]} <= {8, 30, 35, 49}


def test_one_centre(api):
    assert api.get("/centers/46").json()["services"] is None
    assert api.get("/centers/15").json()["distance_m"] is None
    assert [api.get(f"/centers/{number}").status_code for number in ("51", "x", "-1")] == [404] * 3


def ask(api, what, near, **more):
    answer = api.post(f"/places/{what}", {"near": near, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_centre_shows_its_ways_to_travel_as_estimates(api):
    nearest = search(api, {"neighbourhood": "barracas"})["centers"][0]
    assert set(nearest["travel"]) == {"walking", "bus", "car"}
    assert all(way["minutes"] > 0 and way["assumption"] for way in nearest["travel"].values())
    assert nearest["travel"]["walking"] == {
        "minutes": nearest["walking_minutes"],
        "assumption": nearest["travel_assumption"],
    }
    assert nearest["travel"]["bus"]["assumption"].startswith("latido_assumption_")
    assert api.get("/centers/15").json()["travel"] is None


def test_a_centre_names_the_hospital_it_belongs_to_and_where_children_are_born(api):
    argerich = api.get("/centers/15").json()["area_hospital"]
    assert argerich["slug"] == "argerich" and argerich["maternity"] and argerich["maternity_instead"] is None
    assert argerich["address"] == "Pi y Margall 750" and argerich["emergency_phones"] == ["11 4121-0683"]
    grierson = api.get("/centers/3").json()["area_hospital"]
    assert (grierson["slug"], grierson["maternity"]) == ("grierson", False)
    assert grierson["maternity_instead"]["maternity"] is True and grierson["maternity_instead"]["phones"]


def test_hospitals_with_a_maternity(api):
    found = ask(api, "hospitals", {"neighbourhood": "barracas"}, maternity=True, limit=3)
    assert found["status"] == "found" and found["place"]["label"] == "Barracas" and found["candidates"] == []
    assert len(found["hospitals"]) == 3
    for hospital in found["hospitals"]:
        assert hospital["maternity"] is True and hospital["maternity_basis"] == "birth_registration_desk"
        assert hospital["travel"]["car"]["minutes"] > 0 and hospital["as_of"] == "2025-01"
    distances = [hospital["distance_m"] for hospital in found["hospitals"]]
    assert distances == sorted(distances)


def test_without_the_wish_every_hospital_counts(api):
    at_tornu = {"latitude": -34.5866, "longitude": -58.4700}
    assert ask(api, "hospitals", at_tornu)["hospitals"][0]["slug"] == "tornu"
    assert "tornu" not in [each["slug"] for each in ask(api, "hospitals", at_tornu, maternity=True)["hospitals"]]


def test_childhood_centres_for_a_baby(api):
    found = ask(api, "childhood-centres", {"neighbourhood": "villa-lugano"}, age_days=60)
    assert found["status"] == "found" and len(found["childhood_centres"]) == 3
    for centre in found["childhood_centres"]:
        assert centre["takes_the_age"] in (True, None) and {"hours", "places"} <= set(centre["unknown"])
        assert centre["kind"] in ("CPI", "CEDI") and centre["travel"]["walking"]["minutes"] > 0
    unasked = ask(api, "childhood-centres", {"neighbourhood": "villa-lugano"}, limit=1)["childhood_centres"]
    assert unasked[0]["takes_the_age"] is None and unasked[0]["age_from_days"]


def test_a_place_that_is_not_found_has_nothing_near(api):
    assert ask(api, "hospitals", {"text": "quien sabe"}) == {
        "status": "not_found",
        "place": None,
        "candidates": [],
        "hospitals": [],
    }
    assert ask(api, "childhood-centres", {"center_number": 51})["childhood_centres"] == []


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("hospitals", {"maternity": False}),
        ("hospitals", {"limit": 0}),
        ("hospitals", {"resident": "ana"}),
        ("childhood-centres", {"age_days": -1}),
        ("childhood-centres", {"age_days": "two"}),
    ],
)
def test_a_request_with_a_wrong_field_is_refused(api, what, more):
    answer = api.post(f"/places/{what}", {"near": {"center_number": 15}, **more})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "near",
    [
        {},
        {"latitude": -34.6},
        {"latitude": 1, "longitude": 1, "text": "x"},
        {"text": ""},
        {"latitude": "NaN", "longitude": 0},
    ],
)
def test_a_place_must_be_said_in_exactly_one_way(api, near):
    assert api.post("/places/search", {"near": near}).status_code == 400


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b"null"])
def test_a_body_that_is_no_request_is_refused(api, raw):
    answer = api.post("/places/search", None, raw)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


def test_an_address_is_asked_of_the_city_as_it_wants_to_be_asked(city, service):
    service.give(CORRIENTES)
    found = search(city, {"address": "corrientes 2500"})
    assert found["place"] == {
        "label": "Av. Corrientes 2500",
        "latitude": -34.604792,
        "longitude": -58.401981,
        "approximate": False,
        "kind": "address",
    }
    asked, agent = service.requests[0]
    assert asked == {"direccion": ["corrientes 2500, caba"], "geocodificar": ["true"], "maxOptions": ["3"]}
    assert agent.startswith("Mozilla/5.0")
    search(city, {"address": "Corrientes  2500"})
    assert len(service.requests) == 1


def test_only_the_city_counts_and_several_streets_are_asked_about(city, service):
    service.give(option("CORRIENTES 2500, Lanús", -58.39, -34.7, "lanus"), CORRIENTES)
    assert search(city, {"address": "corrientes 2500"})["status"] == "found"
    service.give(CORRIENTES, option("CORRIENTES Y PASTEUR, CABA", "-58.4", "-34.6"))
    asked = search(city, {"text": "corrientes 2501"})
    assert [each["address"] for each in asked["candidates"]] == ["Av. Corrientes 2500", "Corrientes y Pasteur"]


def test_a_street_without_a_number_and_an_unknown_street_are_not_found(city, service):
    service.give({"cod_partido": "caba", "direccion": "CORRIENTES AV., CABA", "tipo": "calle"})
    assert search(city, {"address": "corrientes"})["status"] == "not_found"
    service.give()
    assert search(city, {"address": "calle que no existe 1"})["status"] == "not_found"


@pytest.mark.parametrize(
    "answer", [b"<html>Request Rejected</html>", b"[]", b'{"direccionesNormalizadas": 3}', b"\xff"]
)
def test_nonsense_is_an_unavailable_service(city, service, answer):
    service.answer = answer
    assert search(city, {"address": "corrientes 2500"})["status"] == "geocoder_unavailable"


def test_an_outage_is_said_and_soon_costs_nothing(city, service):
    service.status = 500
    for number in range(6):
        assert search(city, {"address": f"corrientes {number}00"})["status"] == "geocoder_unavailable"
    assert len(service.requests) == 3
    assert search(city, {"neighbourhood": "barracas"})["status"] == "found"


def test_a_slow_service_is_not_waited_for(with_geocoder, service):
    service.give(CORRIENTES)
    service.delay_s = 1.0
    with served(with_geocoder(service.url, timeout_s=0.3)) as api:
        assert search(api, {"address": "corrientes 2500"})["status"] == "geocoder_unavailable"


def test_with_the_service_down_words_that_name_a_place_still_find_it(api):
    assert search(api, {"address": "corrientes 2500"})["status"] == "geocoder_unavailable"
    assert search(api, {"text": "caseros 2500 barracas"})["place"]["label"] == "Barracas"
    offer = api.post("/offers", {"resident": "ana", "near": {"address": "corrientes 2500"}})
    assert (offer.status_code, offer.json()["error"]["code"]) == (503, "geocoder_unavailable")


def test_of_a_block_only_the_settlement_is_kept(care, service):
    service.answer = b'{"instancias": [{"ubicacion": {"centroide": "SRID=4326;POINT (-58.37897 -34.58448)"}}]}'
    locator = Locator(care.directory, UsigGeocoder("http://127.0.0.1:9"), SettlementSearch(service.url))
    with served(replace(care, locator=locator)) as api:
        api.post("/residents/ana/consent", {"idempotency_key": "SM1:c", "version": "2026-11", "scope": "chat"})
        found = search(api, {"text": "manzana 8 casa 3 de la 31"}, resident="ana")
        assert found["place"]["kind"] == "block" and found["place"]["label"] == "Barrio Padre Mugica, manzana 8"
        kept = api.get("/residents/ana").json()["place"]
    assert (kept["label"], kept["latitude"], kept["longitude"]) == ("Barrio Padre Mugica", -34.584, -58.379)
