"""Consent, and what may be remembered after it."""

from datetime import timedelta

from latido.care.places.geometry import Point
from latido.care.places.locate import Place
from latido.care.residents import (
    RememberedPlace,
    give_consent,
    remember_place,
    remembered_place,
    withdraw_consent,
)
from tests.integration.care.conftest import NOW

CONSENT = {"idempotency_key": "SM1:consent", "version": "2026-11", "scope": "chat"}


def test_a_resident_never_seen_is_nobody_in_particular(api):
    assert api.get("/residents/ana").json() == {
        "resident": "ana",
        "consent": None,
        "current_consent_version": "2026-11",
        "place": None,
        "open_appointments": 0,
        "people": [],
        "reminders": {"consent": None},
        "content": {"consent": None},
    }


def test_consent_is_recorded_once(api, care, clock):
    first = api.post("/residents/ana/consent", CONSENT)
    assert first.json()["consent"] == {"version": "2026-11", "given_at": "2026-11-23T10:15:00-03:00"}
    clock.now += timedelta(hours=1)
    assert api.post("/residents/ana/consent", CONSENT).json() == first.json()
    assert api.post("/residents/ana/consent", CONSENT | {"idempotency_key": "SM2:consent"}).json() == first.json()
    other = api.post("/residents/ana/consent", CONSENT | {"version": "2027-01"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    with care.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM care_consent").scalar() == 1


def test_a_place_is_remembered_only_after_consent_and_only_roughly(api):
    search = {"resident": "ana", "near": {"latitude": -34.646409, "longitude": -58.384275}}
    api.post("/places/search", search)
    assert api.get("/residents/ana").json()["place"] is None
    api.post("/residents/ana/consent", CONSENT)
    api.post("/places/search", search)
    assert api.get("/residents/ana").json()["place"] == {
        "label": "tu ubicación",
        "latitude": -34.646,
        "longitude": -58.384,
        "approximate": True,
    }
    api.post("/places/search", {"resident": "ana", "near": {"neighbourhood": "barracas"}})
    assert api.get("/residents/ana").json()["place"]["label"] == "Barracas"


def test_a_remembered_place_is_enough_for_offers(api):
    nowhere = api.post("/offers", {"resident": "ana"})
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (400, "invalid")
    api.post("/residents/ana/consent", CONSENT)
    api.post("/places/search", {"resident": "ana", "near": {"neighbourhood": "barracas"}})
    assert len(api.post("/offers", {"resident": "ana"}).json()["slots"]) == 3


def test_withdrawing_forgets_the_place_and_allows_a_new_consent(api, care, clock):
    api.post("/residents/ana/consent", CONSENT)
    api.post("/places/search", {"resident": "ana", "near": {"neighbourhood": "barracas"}})
    with care.engine.begin() as connection:
        withdraw_consent(connection, "ana", "chat", clock.now)
    seen = api.get("/residents/ana").json()
    assert (seen["consent"], seen["place"]) == (None, None)
    again = api.post("/residents/ana/consent", CONSENT | {"idempotency_key": "SM3:consent"})
    assert again.json()["consent"]["version"] == "2026-11"


def test_a_remembered_address_has_no_door_number(engine):
    with engine.begin() as connection:
        give_consent(connection, "ana", "chat", "2026-11", NOW)
    place = Place("Av. Corrientes 2500", Point(-34.604792, -58.401981), approximate=False, kind="address")
    remember_place(engine, "ana", place, NOW)
    with engine.begin() as connection:
        kept = remembered_place(connection, "ana")
    assert kept == RememberedPlace("Av. Corrientes", Point(-34.605, -58.402))
