"""The control API: its switches, its manners, and that its page in the docs tells the whole of it."""

from dataclasses import fields
from itertools import islice
from pathlib import Path

import pytest
import requests
from starlette.routing import Route

from latido.emulator import create_app
from latido.emulator.faults import REST_FAULTS, Faults
from latido.emulator.limits import Limits
from tests.unit.emulator.stage import ANA, SENDER, Stage

DOCS = Path(__file__).resolve().parents[3] / "docs" / "emulator.md"


def test_every_control_call_fault_and_limit_is_documented(stage: Stage):
    routes = [route for route in create_app(stage.config).routes if isinstance(route, Route)]
    calls = {route.path for route in routes if route.path.startswith("/emulator")} - {"/emulator/storage/{sid}"}
    names = [*calls, *REST_FAULTS, *(item.name for kind in (Faults, Limits) for item in fields(kind))]
    page = DOCS.read_text()
    assert [name for name in names if f"{name}`" not in page and f"`{name}" not in page] == []


def test_a_page_of_another_origin_may_not_write(stage: Stage):
    url = f"{stage.config.base_url}/emulator/reset"
    assert requests.post(url, headers={"Origin": "https://elsewhere.example"}, timeout=5).status_code == 403
    assert requests.post(url, headers={"Origin": stage.config.base_url}, timeout=5).status_code == 204


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"kind": "dance"}, "kind is one of"),
        ({"kind": "text", "text": ""}, "1 to 1600"),
        ({"kind": "text", "text": "x" * 1601}, "1 to 1600"),
        ({"kind": "location", "latitude": "north"}, "as numbers"),
        ({"kind": "location", "latitude": 91, "longitude": 0}, "degrees"),
        ({"kind": "button", "message_sid": "SM0", "index": 0}, "that this phone has received"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_reason(stage: Stage, wanted, reason):
    url = f"{stage.config.base_url}/emulator/phones/{ANA}/messages"
    answer = requests.post(url, json=wanted, timeout=5)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]
    assert stage.bridge.at("/inbound") == []


def test_a_phone_can_change_and_go(stage: Stage):
    phone = f"{stage.config.base_url}/emulator/phones/{ANA}"
    assert requests.patch(phone, json={"name": "Rosa", "wa_id": ""}, timeout=5).json()["name"] == "Rosa"
    assert requests.patch(phone, json={"colour": "red"}, timeout=5).status_code == 400
    assert requests.delete(phone, timeout=5).status_code == 204
    assert stage.emulator.call("GET", "/emulator/phones")["phones"] == []


def test_new_phones_get_the_next_free_number(stage: Stage):
    numbers = [stage.emulator.call("POST", "/emulator/phones", {})["phone"] for _ in range(2)]
    assert numbers == ["+5491155550001", "+5491155550002"]


def test_the_clock_tells_where_it_stands(stage: Stage):
    told = stage.emulator.clock(now="2027-01-01T10:00:00-03:00", frozen=True)
    assert told == {"now": "2027-01-01T13:00:00+00:00", "frozen": True, "real": False}
    stage.emulator.phone(ANA).says("feliz año")
    assert stage.emulator.phone(ANA).transcript()[0].raw["at"] == "2027-01-01T13:00:00+00:00"
    with pytest.raises(AssertionError, match="with its zone"):
        stage.emulator.clock(now="2027-01-01T10:00:00")


def test_the_request_log_can_be_read_from_a_number_and_emptied(stage: Stage):
    stage.opens_window()
    stage.sends(body="uno")
    stage.sends(body="dos")
    (second,) = stage.emulator.requests(after=1)
    assert second["form"]["Body"] == ["dos"]
    assert second["response"]["body"] == "dos"
    assert "Authorization" not in str(second)
    stage.emulator.call("DELETE", "/emulator/requests")
    assert stage.emulator.requests() == []


def test_events_tell_the_page_of_a_message_and_its_ticks(stage: Stage):
    with requests.get(f"{stage.config.base_url}/emulator/events", stream=True, timeout=5) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(lines) == ": listo"
        stage.emulator.phone(ANA).says("hola")
        told = list(islice((each for each in lines if each.startswith("data:")), 4))
    assert '"type": "phone"' in told[0]
    assert '"tick": "sent"' in told[1]
    assert '"type": "webhook"' in told[2]
    assert '"tick": "delivered"' in told[3]


def test_an_audit_finds_every_message_that_was_taken_shown_or_not(stage: Stage):
    phone = stage.emulator.phone(ANA)
    asked = phone.says("hola")["sid"]
    stage.emulator.faults(fail_code=63012, fail_times=1)
    to = {"to": f"whatsapp:{ANA}", "from_": SENDER}
    never_shown = stage.twilio.messages.create(body="no llega", **to).sid
    shown = stage.twilio.messages.create(body="llega", **to).sid
    phone.waits_for("llega")
    taken = {each["sid"]: each for each in stage.emulator.messages()}
    assert list(taken) == [asked, never_shown, shown]
    assert {each["phone"] for each in taken.values()} == {ANA}
    assert taken[never_shown]["seq"] == 0 < taken[asked]["seq"] < taken[shown]["seq"]
