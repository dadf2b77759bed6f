"""The seed files of data/places hold together."""

import csv
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from latido.care.places.directory import DATA, Directory, load_directory
from latido.care.places.geometry import Point, distance_m
from latido.care.places.open_data.check import check
from latido.care.places.open_data.plausible import doubts

REPO = Path(__file__).resolve().parents[3]
TABLES = Path(os.environ.get("LATIDO_SHARED_DIR", REPO.parent / "shared")) / "facts"
SERVICES = {
    "obstetrics",
    "tocogynecology",
    "gynecology",
    "pediatrics",
    "general_medicine",
    "family_medicine",
    "nursing",
}


@pytest.fixture(scope="module")
def directory() -> Directory:
    return load_directory()


def raw(name: str) -> dict:
    return yaml.safe_load((DATA / "places" / f"{name}.yml").read_text(encoding="utf-8"))


def test_there_are_fifty_centres_with_their_numbers(directory):
    rows = raw("centers")["centers"]
    assert sorted(row["number"] for row in rows) == list(range(1, 51))
    assert set(directory.centers) == set(range(1, 51))


@pytest.mark.parametrize("name", ["centers", "neighbourhoods", "hospitals", "early_childhood_centres"])
def test_every_file_names_its_source_date_and_licence(name):
    source = raw(name)["source"]
    assert source["publisher"] and source["licence"] and source["as_of"]


def test_every_point_lies_in_the_city(directory):
    points = [center.point for center in directory.centers.values()]
    points += [place.point for place in directory.neighbourhoods.values() if place.point]
    points += [hospital.point for hospital in directory.hospitals.values()]
    points += [
        Point(row["latitude"], row["longitude"]) for row in raw("early_childhood_centres")["early_childhood_centres"]
    ]
    assert len(points) == 50 + 59 + 18 + 94
    assert all(directory.in_city(point) for point in points)


def test_what_is_kept_by_hand_is_dated_and_every_correction_has_its_source():
    for name in ("travel", "open_data", "corrections"):
        assert raw(name)["as_of"], name
    assert raw("city_outline")["source"]["as_of"]
    assert all(fix["source"] and fix["as_of"] for fix in raw("corrections")["centers"].values())
    assert all(row["as_of"] and row["source"] for row in raw("centers")["centers"])


def test_every_centre_belongs_to_a_hospital_that_can_be_called(directory):
    for center in directory.centers.values():
        hospital = directory.hospitals[center.hospital]
        assert hospital.phones and hospital.address, center.name
        assert distance_m(center.point, hospital.point) < 8_000, center.name


@pytest.mark.parametrize("name", ["centers", "neighbourhoods", "hospitals", "early_childhood_centres"])
def test_nothing_in_the_seed_is_doubtful(directory, name):
    """Counts, comunas, ages, and every place near the middle of the neighbourhood it is said to be in."""
    assert doubts(name, raw(name)[name], directory, raw("open_data")["expected"]) == []


def test_childhood_centres_have_sane_ages(directory):
    known = [each for each in directory.childhood_centres if each.age_from_days is not None]
    assert len(known) == 93
    assert {each.age_from_days for each in known} == {45, 365}
    assert {each.age_to_months for each in known} == {24, 36, 120}
    slugs = [each.slug for each in directory.childhood_centres]
    assert len(set(slugs)) == 94 and all(len(slug) <= 57 for slug in slugs)


def test_the_outline_holds_the_city_and_a_third_more_at_most(directory):
    """The official neighbourhoods add up to 205 km²; the outline adds the river in front and a strip by the border."""
    city = sum(math.pi * (place.radius_m / 1000) ** 2 for place in official(directory))
    outline = area_km2(directory.outline)
    assert 195 < city < 215
    assert 1.0 < outline / city < 1.34, (outline, city)


def official(directory):
    return [place for place in directory.neighbourhoods.values() if place.kind == "official"]


def area_km2(outline):
    north, east = 111.195, 111.195 * math.cos(math.radians(-34.61))
    pairs = zip(outline, [*outline[1:], outline[0]], strict=True)
    return abs(sum(a.longitude * b.latitude - b.longitude * a.latitude for a, b in pairs)) / 2 * north * east


def test_neighbours_of_the_city_lie_outside(directory):
    outside = {
        "Avellaneda": Point(-34.6650, -58.3640),
        "Lanús": Point(-34.7070, -58.3900),
        "Valentín Alsina": Point(-34.6720, -58.4140),
        "Vicente López": Point(-34.5265, -58.4796),
        "Ciudadela": Point(-34.6385, -58.5395),
        "San Martín": Point(-34.5755, -58.5370),
        "Montevideo": Point(-34.9, -56.2),
        "latitude and longitude exchanged": Point(-58.38, -34.6),
    }
    assert [name for name, point in outside.items() if directory.in_city(point)] == []


def test_every_reference_between_the_files_resolves(directory):
    slugs = directory.neighbourhoods
    assert len(slugs) == 63
    for center in directory.centers.values():
        assert center.neighbourhood in slugs
        assert center.hospital in directory.hospitals
    for place in slugs.values():
        assert place.inside in slugs
        assert directory.point_of(place.slug) is not None, place.slug


def test_an_unpublished_service_list_is_unknown_and_never_no(directory):
    unknown = {number for number, center in directory.centers.items() if center.services is None}
    assert unknown == {42, 46, 47, 49, 50}
    assert all(directory.centers[number].has_prenatal is None for number in unknown)
    unlisted = {number for number, center in directory.centers.items() if center.has_prenatal is False}
    assert unlisted == {28, 37, 45}
    assert all("obstetrics_not_listed" in directory.centers[number].notes for number in unlisted)
    assert all(set(center.services or ()) <= SERVICES for center in directory.centers.values())


def test_gaps_are_named(directory):
    assert directory.centers[49].unknown == ("hours", "phone", "services")
    assert directory.centers[15].unknown == ("hours",)
    assert directory.centers[42].hours is not None


def test_phones_can_be_dialled(directory):
    for center in directory.centers.values():
        for phone in center.phones:
            assert phone[:3] == "11 " and len(phone.replace(" ", "").replace("-", "")) == 10, phone
    assert directory.centers[1].phones == ("11 2821-3601", "11 4302-0059", "11 4303-2634", "11 4303-5005")


def test_addresses_read_as_people_say_them(directory):
    assert directory.centers[10].address == "Av. Amancio Alcorta 1402"
    assert directory.centers[31].address == "Agustín de Vedia y Ana María Janer"
    assert directory.centers[48].address == "Av. Gral. F. Fernández de la Cruz 1753"
    assert not [center.address for center in directory.centers.values() if center.address.endswith("Av.")]


def test_the_three_hospitals_without_maternity_say_so(directory):
    general = {slug for slug, each in directory.hospitals.items() if each.kind == "general" and not each.maternity}
    assert general == {"grierson", "zubizarreta", "tornu"}


def test_centres_stand_near_their_neighbourhood(directory):
    for center in directory.centers.values():
        place = directory.neighbourhoods[center.neighbourhood]
        assert distance_m(center.point, place.point) < 2.5 * place.radius_m, center.name


def test_the_seed_is_what_the_script_makes_of_the_tables(tmp_path):
    if not (TABLES / "cesac.csv").exists():
        pytest.skip(f"the open-data tables are not at {TABLES}")
    subprocess.run([sys.executable, REPO / "scripts" / "build_places.py", TABLES, tmp_path], check=True)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.yml")}
    assert len(made) == 4
    for name, text in made.items():
        assert text == (DATA / "places" / name).read_text(encoding="utf-8"), name


def test_checking_the_tables_it_was_made_of_finds_no_change():
    if not (TABLES / "cesac.csv").exists():
        pytest.skip(f"the open-data tables are not at {TABLES}")
    report = check(TABLES)
    assert report.exit_code == 0 and report.changes == [] and report.doubts == []
    assert report.compared == {"centers": 50, "hospitals": 18, "early_childhood_centres": 94, "neighbourhoods": 63}


def test_points_agree_with_the_tables(directory):
    if not (TABLES / "cesac.csv").exists():
        pytest.skip(f"the open-data tables are not at {TABLES}")
    with (TABLES / "cesac.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 50
    for row in rows:
        center = directory.centers[int(row["number"])]
        assert center.point == Point(float(row["lat"]), float(row["lon"]))
