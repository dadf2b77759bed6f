"""The city's places on the FHIR server, as the systems of others find them."""

from __future__ import annotations

import pytest

from latido.care.places.geometry import Point, distance_m
from latido.care.seed import seed_places

BARRACAS = Point(-34.646409, -58.384275)
NEAR = ("near", "-34.646409|-58.384275|5|km")


@pytest.fixture
def seeded(bare_care):
    seed_places(bare_care.fhir, bare_care.directory)
    return bare_care


def near(care, kind: str) -> list[dict]:
    params = [NEAR, ("status", "active"), ("type", f"urn:latido:place-type|{kind}"), ("_count", "100")]
    return care.fhir.search("Location", params).matches


def position(resource: dict) -> Point:
    return Point(resource["position"]["latitude"], resource["position"]["longitude"])


@pytest.mark.parametrize("kind", ["health-center", "hospital", "maternity", "cpi", "cedi"])
def test_near_and_type_find_the_same_places_as_we_do(seeded, kind):
    directory = seeded.directory
    every = {
        "health-center": [center.point for center in directory.centers.values()],
        "hospital": [hospital.point for hospital in directory.hospitals.values()],
        "maternity": [hospital.point for hospital in directory.hospitals.values() if hospital.maternity],
        "cpi": [centre.point for centre in directory.childhood_centres if centre.kind == "CPI"],
        "cedi": [centre.point for centre in directory.childhood_centres if centre.kind == "CEDI"],
    }[kind]
    expected = sorted(distance_m(BARRACAS, point) for point in every if distance_m(BARRACAS, point) < 5_000)
    found = [distance_m(BARRACAS, position(each)) for each in near(seeded, kind)]
    assert found and found == pytest.approx(expected)


def test_a_hospital_says_what_it_is_in_both_codes_and_who_runs_it(seeded):
    sarda = seeded.fhir.read("Location", "hospital-sarda")
    codes = [(coding["system"], coding["code"]) for kind in sarda["type"] for coding in kind["coding"]]
    assert codes == [
        ("urn:latido:place-type", "hospital"),
        ("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "HOSP"),
        ("urn:latido:place-type", "maternity"),
    ]
    runs = seeded.fhir.read("Organization", "hospital-sarda")
    assert runs["telecom"][0]["value"] == "11 4943-3567"
    assert sarda["managingOrganization"] == {"reference": "Organization/hospital-sarda"}
    tornu = seeded.fhir.read("Location", "hospital-tornu")
    assert [kind["coding"][0]["code"] for kind in tornu["type"]] == ["hospital"]


def test_a_childhood_centre_claims_nothing_that_is_not_published(seeded):
    pamperito = seeded.fhir.read("Location", "cpi-pamperito")
    assert pamperito["telecom"] == [{"system": "phone", "value": "11 4976-0463"}]
    assert pamperito["name"] == "CPI Pamperito"
    assert {"managingOrganization", "hoursOfOperation"} & set(pamperito) == set()
    assert "telecom" not in seeded.fhir.read("Location", "cpi-apapachando")
    assert pamperito["identifier"] == [{"system": "urn:latido:childhood-centre", "value": "cpi-pamperito"}]


def test_no_other_place_is_taken_for_a_centre_that_gives_appointments(seeded):
    services = seeded.fhir.search("HealthcareService", [("_count", "200")]).matches
    assert {each["providedBy"]["reference"].split("/")[1].split("-")[0] for each in services} == {"cesac"}
