"""The map file of a city: read, and refused where it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from latido.care.mapping.map_file import MapUnusable, load_map


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "map.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_our_own_names_hold() -> None:
    names = load_map(None)
    assert names.identifier(15) == "urn:latido:center|15"
    assert names.codes("prenatal") == ["urn:latido:service|prenatal"]


def test_a_whole_file(tmp_path: Path) -> None:
    names = load_map(
        written(
            tmp_path,
            """
center_system: https://salud.example/cesac
centers:
  15: {location: Location/san-telmo}
  21: {identifier: "https://refes.example|14000212"}
  24: {schedules: {prenatal: [Schedule/77]}}
services:
  prenatal: ["http://snomed.info/sct|424441002"]
""",
        )
    )
    assert names.identifier(8) == "https://salud.example/cesac|8"
    assert names.identifier(21) == "https://refes.example|14000212"
    assert names.centers[15].location == "Location/san-telmo"
    assert names.centers[24].schedules == {"prenatal": ["Schedule/77"]}
    assert names.codes("prenatal") == ["http://snomed.info/sct|424441002", "urn:latido:service|prenatal"]


def test_an_empty_file_is_no_file(tmp_path: Path) -> None:
    assert load_map(written(tmp_path, "# nothing yet\n")) == load_map(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("centers: {quince: {location: Location/a}}", "centers.quince"),
        ("centers: {15: {location: a}}", "centers.15.location"),
        ("centers: {15: {identifier: 'only-a-value'}}", "system|value"),
        ("centers: {15: {schedules: {dental: [Schedule/1]}}}", "services are"),
        ("services: {prenatal: ['|x']}", "system|value"),
        ("centres: {}", "centres"),
        ("[1, 2]", "map.yml"),
        ("a: [", "not YAML"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(MapUnusable, match=r"LATIDO_FHIR_MAP: .*") as wrong:
        load_map(written(tmp_path, text))
    assert said in str(wrong.value)


def test_an_absent_file(tmp_path: Path) -> None:
    with pytest.raises(MapUnusable, match="cannot read"):
        load_map(tmp_path / "absent.yml")
