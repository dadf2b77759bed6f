"""Odd requests to the care API over HTTP: never a 5xx, never a hang, and what was booked before stays as it was.

LATIDO_FUZZ_EXAMPLES sets how many requests are tried (400 without it, and then the same ones every time).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latido.care.services import Care
from latido.messaging.notices import Notices
from tests.integration.care.conftest import (  # noqa: F401 - fixtures
    Api,
    bare_care,
    care,
    clock,
    fhir,
    served,
)

EXAMPLES = int(os.environ.get("LATIDO_FUZZ_EXAMPLES", "400"))
KEPT = "cesac-1-prenatal-20261124T0900"
SLOTS = [
    KEPT,
    "cesac-1-prenatal-20261124T0920",
    "cesac-16-prenatal-20261125T1400",
    "no-such-slot",
    "cesac-99999-prenatal-1",
]
NEAR = {"latitude": -34.64, "longitude": -58.38}
KEYED = {"idempotency_key": "SM1:x", "resident": "eva"}
PATIENT = {"for_whom": "other", "given_name": "Luz", "document": {"status": "dni", "number": "30.111.222"}}
AGE = {"weeks_min": 18, "weeks_max": 22, "source": "months"}
LAST_PERIOD = {"weeks_min": 20, "weeks_max": 20, "source": "lmp", "lmp": "2026-07-01"}
CHILD = {"person": "child-1"}
KEY = {"idempotency_key": "SM1:x"}
BODIES: dict[str, dict[str, Any]] = {
    "/places/search": {"resident": "eva", "near": NEAR, "service": "prenatal", "limit": 3},
    "/places/hospitals": {"near": NEAR, "maternity": True, "limit": 2},
    "/places/childhood-centres": {"near": NEAR, "age_days": 200, "limit": 3},
    "/residents/eva/consent": {"idempotency_key": "SM1:x", "version": "2026-11", "scope": "chat"},
    "/offers": {"resident": "eva", "service": "prenatal", "near": NEAR, "gestational_age": AGE, "limit": 3},
    "/holds": {**KEYED, "slot_id": SLOTS[1], "service": "prenatal", "patient": PATIENT, "gestational_age": AGE},
    "/appointments": {**KEYED, "slot_id": SLOTS[2], "service": "prenatal", "patient": PATIENT},
    "/holds/{id}/confirm": {**KEYED, "patient": PATIENT},
    "/holds/{id}/release": KEYED,
    "/appointments/{id}/cancel": KEYED,
    "/appointments/{id}/reschedule": {**KEYED, "slot_id": SLOTS[1]},
    "/appointments/{id}/attendance": {**KEYED, "answer": "accepted"},
    "/appointments/{id}/missed": KEYED,
    "/waiting-list": {**KEYED, "service": "prenatal", "near": NEAR, "patient": PATIENT, "gestational_age": AGE},
    "/waiting-list/{id}/accept": KEYED,
    "/waiting-list/{id}/decline": KEYED,
    "/waiting-list/{id}/leave": KEYED,
    "/residents/eva/pregnancies": {**KEY, "person": "self", "given_name": "Eva", "gestational_age": LAST_PERIOD},
    "/residents/eva/children": {**KEY, "child": None, "given_name": "Luca", "birth_date": "2026-09-01"},
    "/residents/eva/births": {**KEY, "mother": None, "born_on": "2026-11-20", "children": [{"given_name": "Mía"}]},
    "/residents/eva/losses": {**KEY, "of": "unknown", "person": None},
    "/residents/eva/losses/undo": KEY,
    "/residents/eva/people/{id}/forget": KEY,
    "/schedules": {"gestational_age": LAST_PERIOD, "birth_date": None},
}
DAMAGED = [b"[" * 5000, b'{"a":' * 3000, b"9" * 5000, b"NaN", b"{}", b""]
ids = st.sampled_from(["nobody", "self", "child-1", "x" * 65, "..", "%00", "a b", "ñandú", "1", "-1"])
texts = st.text(max_size=30) | st.sampled_from(
    ["", " ", "\x00", "' OR 1=1 --", "🤰" * 50, "x" * 5000, "2026-13-45", "\ud800"]
)
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | st.sampled_from(SLOTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn, body: Any) -> Any:
    """The body with some of its parts made odd, left out or added."""
    if not isinstance(body, dict):
        return draw(odd)
    found = dict(body)
    for name in draw(st.lists(st.sampled_from([*body, "unheard_of"]), max_size=2)):
        action = draw(st.sampled_from(["drop", "odd", "inside"]))
        if action == "drop":
            found.pop(name, None)
        else:
            found[name] = draw(odd) if action == "odd" else draw(mutated(found.get(name)))
    if "idempotency_key" in body and found.get("idempotency_key") == "SM1:x":
        found["idempotency_key"] = f"SM{draw(st.integers(0, 10**9))}"
    return found


@st.composite
def requests_(draw: st.DrawFn) -> tuple[str, bytes]:
    path = draw(st.sampled_from(list(BODIES)))
    kind = draw(st.sampled_from(["body"] * 8 + ["odd", "raw"]))
    whole = BODIES[path]
    if "patient" in whole and draw(st.booleans()):
        whole = {**whole, "service": "pediatric", "patient": CHILD}
    if kind == "raw":
        raw = draw(st.binary(max_size=60) | st.sampled_from(DAMAGED))
    else:
        content = draw(mutated(whole)) if kind == "body" else draw(odd)
        raw = json.dumps(content).encode(errors="surrogatepass")
    return path.replace("{id}", draw(ids)), raw


@pytest.fixture
def careful(care: Care) -> Iterator[Api]:  # noqa: F811
    """The API of a care that may write to residents, of whom Eva has consented."""
    with served(replace(care, messenger=Notices(care.vault))) as found:
        found.post("/residents/eva/consent", {"idempotency_key": "SM0:c", "version": "2026-11", "scope": "chat"})
        yield found


def test_odd_requests_are_answered_and_lose_nothing(careful: Api, care: Care) -> None:  # noqa: F811
    api = careful
    kept = {"idempotency_key": "SM0", "resident": "ana", "slot_id": KEPT}
    booked = api.post("/appointments", kept).json()["appointment"]
    stored = care.fhir.read("Appointment", booked["id"])

    @given(asked=requests_())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="LATIDO_FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    def try_it(asked: tuple[str, bytes]) -> None:
        path, raw = asked
        answer = api.post(path, None, raw=raw)
        assert answer.status_code < 500 or geocoder_is_away(answer), (path, raw, answer.text)
        if answer.status_code >= 400 and answer.headers.get("content-type", "").startswith("application/json"):
            assert answer.json()["error"]["code"] and "30111222" not in answer.text

    try_it()
    assert care.fhir.read("Appointment", booked["id"]) == stored
    assert api.get("/residents/ana/appointments").json()["appointments"] == [booked]
    assert care.fhir.read("Slot", KEPT)["status"] == "busy"
    assert api.post("/appointments", kept).json()["appointment"] == booked


def geocoder_is_away(answer) -> bool:
    """In these tests the address service is a closed port, and said to be."""
    return answer.status_code == 503 and answer.json()["error"]["code"] == "geocoder_unavailable"
