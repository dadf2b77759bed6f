"""Whatever valid resource goes in comes out the same, and is found by what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer

from .conftest import center

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300).filter(str.strip)
CODES = st.from_regex(r"[!-~]{1,30}", fullmatch=True)
SYSTEMS = st.sampled_from(["urn:latido:center", "http://www.renaper.gob.ar/dni", "urn:x|y,z\\", "urn:" + "l" * 500])
IDENTIFIERS = st.fixed_dictionaries({"system": SYSTEMS, "value": WORDS})
VALUES = st.one_of(
    st.fixed_dictionaries({"url": st.just("urn:t"), "valueString": WORDS}),
    st.fixed_dictionaries({"url": st.just("urn:b"), "valueBoolean": st.booleans()}),
    st.fixed_dictionaries({"url": st.just("urn:d"), "valueDecimal": st.floats(-1e9, 1e9, allow_nan=False)}),
    st.fixed_dictionaries({"url": st.just("urn:i"), "valueInteger": st.integers(-(2**31), 2**31 - 1)}),
)
EXTENSIONS = st.lists(
    st.recursive(
        VALUES,
        lambda inner: st.fixed_dictionaries(
            {"url": st.just("urn:n"), "extension": st.lists(inner, min_size=1, max_size=3)}
        ),
        max_leaves=5,
    ),
    min_size=1,
    max_size=3,
)
STARTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))


def optional(required: dict[str, Any], **others: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=others)


SLOTS = STARTS.flatmap(
    lambda start: optional(
        {
            "resourceType": st.just("Slot"),
            "status": st.sampled_from(["free", "busy", "busy-tentative"]),
            "schedule": st.just({"reference": "Schedule/cesac-15-prenatal"}),
            "start": st.just(start.isoformat(timespec="milliseconds")),
            "end": st.just((start + timedelta(minutes=20)).isoformat(timespec="seconds")),
        },
        identifier=st.lists(IDENTIFIERS, min_size=1, max_size=3),
        comment=WORDS,
        extension=EXTENSIONS,
        overbooked=st.booleans(),
        serviceType=st.lists(
            st.fixed_dictionaries({"coding": st.lists(st.fixed_dictionaries({"code": CODES}), min_size=1)}), min_size=1
        ),
    )
)
PATIENTS = optional(
    {"resourceType": st.just("Patient"), "identifier": st.lists(IDENTIFIERS, min_size=1, max_size=3)},
    name=st.lists(st.fixed_dictionaries({"family": WORDS, "given": st.lists(WORDS, min_size=1)}), min_size=1),
    birthDate=st.dates().map(str),
    extension=EXTENSIONS,
    active=st.booleans(),
)


def escaped(value: str) -> str:
    for sign in "\\,|$":
        value = value.replace(sign, f"\\{sign}")
    return value


def without_stamp(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in ("id", "meta")}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(resource=st.one_of(SLOTS, PATIENTS))
def test_round_trip(client: FhirClient, resource: dict[str, Any]):
    for each in center(15, -34.6, -58.4):
        client.update(each)
    stored = client.create(resource)
    assert without_stamp(stored) == resource
    assert client.read(stored["resourceType"], stored["id"]) == stored
    for identifier in resource.get("identifier", []):
        value = f"{escaped(identifier['system'])}|{escaped(identifier['value'])}"
        found = client.search(resource["resourceType"], [("identifier", value), ("_id", stored["id"])], post=True)
        assert found.matches == [stored]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "status",
                    "start",
                    "slot",
                    "reference",
                    "participant",
                    "actor",
                    "extension",
                    "url",
                    "_status",
                    "meta",
                    "contained",
                    "resourceType",
                    "position",
                    "identifier",
                    "value",
                    "coding",
                    "entry",
                    "request",
                    "method",
                    "resource",
                    "fullUrl",
                    "ifMatch",
                    "type",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["Slot", "Appointment", "Patient", "Location", "Bundle"]), content=JSON)
def test_nothing_sent_makes_the_server_fail(server: FhirServer, kind: str, content: object):
    head = {"resourceType": kind, "type": "transaction"} if kind == "Bundle" else {"resourceType": kind}
    body = json.dumps(head | content if isinstance(content, dict) else content).encode()
    answer = server.handle("POST", "/" if kind == "Bundle" else f"/{kind}", "", {}, body)
    assert answer.status in (200, 201, 400, 404, 412, 422)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["Slot", "Appointment", "Patient", "Location", "Schedule"]),
    name=st.sampled_from(
        [
            "status",
            "start",
            "date",
            "near",
            "identifier",
            "schedule.actor",
            "_sort",
            "_count",
            "name",
            "_include",
            "_id",
            "_lastUpdated",
            "_tag",
            "_page",
            "_offset",
            "patient.identifier",
        ]
    )
    | st.text("abc_:.*%&=-", max_size=10),
    value=st.text(max_size=30) | st.sampled_from(["|", ",", "a|b|c", "ge", "ge0001", "lt9999", "-", "\\", "Slot:*"]),
)
def test_nothing_asked_makes_the_server_fail(server: FhirServer, kind: str, name: str, value: str):
    answer = server.handle("GET", f"/{kind}", f"{name}={value}", {}, b"")
    assert answer.status in (200, 400)
