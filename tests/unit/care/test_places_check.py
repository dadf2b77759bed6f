"""Comparing the seed with a fresh open-data file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from latido.care.places.command import places
from latido.care.places.open_data.check import Report, check
from latido.care.places.open_data.entries import Maker
from latido.care.places.open_data.report import as_text
from latido.care.places.open_data.spelling import Speller, address, phones
from latido.care.places.open_data.tables import Table
from latido.care.places.seed_files import PLACES, dated_rows, read_seed

FIXES = read_seed(PLACES / "corrections.yml")
RULES = read_seed(PLACES / "open_data.yml")
PUBLISHED_SERVICE = {code: name for name, code in RULES["services"].items()}
HOSPITAL_KEY = {fix["slug"]: key for key, fix in FIXES["hospitals"].items()}
NAMES = {row["slug"]: row["name"] for row in dated_rows(PLACES, "neighbourhoods")[0]}
PHONES_15 = ["11 2821-3615", "11 4361-4938"]
Rows = list[dict[str, object]]


def centers() -> Rows:
    return [
        {
            "number": row["number"],
            "name": row["name"],
            "address": row["address"],
            **where(row),
            "hospital_area": "Hosp. " + HOSPITAL_KEY[row["hospital"]],
            "services": ",".join(PUBLISHED_SERVICE[code] for code in row["services"] or ()),
            "confidence": row["confidence"],
        }
        for row in dated_rows(PLACES, "centers")[0]
    ]


def hospitals() -> Rows:
    return [
        {
            "name": "Hospital " + HOSPITAL_KEY[row["slug"]] if "name" in fix(row) else row["name"],
            "address": row["address"],
            **where(row),
            "has_maternity": "yes" if row["maternity"] else "no",
            "maternity_note": "paediatric hospital" if row["kind"] == "paediatric" else "",
        }
        for row in dated_rows(PLACES, "hospitals")[0]
    ]


def childhood() -> Rows:
    return [
        {
            "kind": row["kind"],
            "name": row["name"],
            "address": row["address"],
            **where(row),
            "min_age_days": row["min_age_days"],
            "max_age_months": row["max_age_months"],
        }
        for row in dated_rows(PLACES, "early_childhood_centres")[0]
    ]


def fix(row: dict) -> dict:
    return FIXES["hospitals"][HOSPITAL_KEY[row["slug"]]]


def where(row: dict) -> dict[str, object]:
    emergency = row.get("emergency_phones")
    return {
        "barrio": NAMES[row["neighbourhood"]],
        "comuna": row["commune"],
        "phone": " / ".join(row["phones"]) + (" | Guardia: " + " / ".join(emergency) if emergency else ""),
        "lat": row["latitude"],
        "lon": row["longitude"],
    }


def published(path: Path, rows: Rows) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def told(report: Report) -> list[tuple]:
    return [(change.place, change.what, change.before, change.after) for change in report.changes]


def check_centers(tmp_path: Path, rows: Rows) -> Report:
    return check(published(tmp_path / "fresh.csv", rows))


def test_what_has_not_changed_is_quiet(tmp_path):
    published(tmp_path / "a.csv", centers())
    published(tmp_path / "b.csv", childhood())
    published(tmp_path / "c.csv", hospitals())
    (tmp_path / "notes.txt").write_text("no table")
    report = check(tmp_path)
    assert told(report) == [] and report.doubts == [] and report.faults == [] and report.exit_code == 0
    assert report.compared == {"centers": 50, "early_childhood_centres": 94, "hospitals": 18}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "CeSAC N° 15 - La Salita", ("renamed", "CeSAC N° 15 - San Telmo", "CeSAC N° 15 - La Salita")),
        ("address", "Perú 1000", ("address", "Balcarce 1150 (ex Padelai)", "Perú 1000")),
        ("phone", "2821-9999", ("phones", PHONES_15, ["11 2821-9999"])),
        ("phone", "no tiene", ("phones", PHONES_15, [])),
        ("hospital_area", "Hosp. P. Piñero", ("hospital", "argerich", "pinero")),
    ],
)
def test_a_changed_field_is_told(tmp_path, field, value, expected):
    rows = centers()
    rows[14][field] = value
    report = check_centers(tmp_path, rows)
    assert told(report) == [("CeSAC 15", *expected)] and report.exit_code == 1


def test_services_are_compared_without_their_order_and_new_ones_are_shown(tmp_path):
    rows = centers()
    rows[0]["services"] = ",".join(reversed(str(rows[0]["services"]).split(",")))
    rows[1]["services"] = "Obstetricia,Odontología"
    rows[2]["services"] = ""
    changed = {change.place: change for change in check_centers(tmp_path, rows).changes}
    assert set(changed) == {"CeSAC 2", "CeSAC 3"}
    assert changed["CeSAC 2"].after == ["obstetrics", "?Odontología"] and changed["CeSAC 3"].after is None


def test_a_move_is_told_in_metres_and_rounding_is_none(tmp_path):
    rows = centers()
    rows[14]["lat"] = float(str(rows[14]["lat"])) - 0.002
    rows[0]["lat"] = float(str(rows[0]["lat"])) + 0.00002
    (moved,) = check_centers(tmp_path, rows).changes
    assert (moved.place, moved.what) == ("CeSAC 15", "moved") and 220 <= moved.metres <= 225


def test_one_that_is_gone_and_one_that_is_new(tmp_path):
    rows = centers()
    rows[9] = {**rows[9], "number": 51, "name": "CeSAC N° 51"}
    report = check_centers(tmp_path, rows)
    assert [(change.place, change.what) for change in report.changes] == [("CeSAC 10", "gone"), ("CeSAC 51", "added")]
    assert report.doubts == []
    assert "51 centers read, about 50 expected" in check_centers(tmp_path, [*centers(), rows[9]]).doubts[0]


def test_a_childhood_centre_called_otherwise_is_the_same_one(tmp_path):
    rows = childhood()
    rows[3] = {**rows[3], "name": "El Bien Soñado", "max_age_months": 24}
    report = check_centers(tmp_path, rows)
    assert told(report) == [
        ("El Soñado", "renamed", "El Soñado", "El Bien Soñado"),
        ("El Soñado", "max_age_months", 36, 24),
    ]


def test_a_hospital_that_gets_a_maternity(tmp_path):
    rows = hospitals()
    tornu = next(row for row in rows if "Tornu" in str(row["name"]) or "Tornú" in str(row["name"]))
    tornu["has_maternity"] = "yes"
    (change,) = check_centers(tmp_path, rows).changes
    assert (change.what, change.before, change.after) == ("maternity", False, True)


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"lat": "-34.9", "lon": "-56.2"}, "CeSAC 1 lies outside the city"),
        ({"lat": "-34.5600", "lon": "-58.4600"}, "where it is said to be"),
        ({"comuna": "9"}, "CeSAC 1 is said to be in comuna 9, Barracas is in 4"),
        ({"number": "2"}, "2 stands there 2 times"),
    ],
)
def test_what_cannot_be_right_is_doubted(tmp_path, change, doubt):
    rows = centers()
    rows[0] = {**rows[0], **change}
    report = check_centers(tmp_path, rows)
    assert any(doubt in each for each in report.doubts) and report.exit_code == 1


def test_a_file_with_half_of_its_rows_is_doubted(tmp_path):
    report = check_centers(tmp_path, childhood()[:40])
    assert any("CPI read, about 74 expected" in doubt for doubt in report.doubts)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"lat": "aquí"}, "no point"),
        ({"lat": "nan"}, "no point on earth"),
        ({"number": "quince"}, "no whole number"),
        ({"barrio": "Springfield"}, "no neighbourhood is called"),
        ({"hospital_area": "Hosp. X"}, "no hospital is called"),
        ({"name": ""}, "name is empty"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line_and_stops_no_other(tmp_path, change, fault):
    rows = centers()
    rows[14] = {**rows[14], **change}
    report = check_centers(tmp_path, rows)
    (found,) = report.faults
    assert found.line == 16 and fault in found.what and report.compared == {"centers": 49} and report.exit_code == 2


def test_a_row_that_cannot_be_read_is_not_said_to_be_gone(tmp_path):
    broken = {"centers": centers(), "hospitals": hospitals(), "childhood": childhood()}
    for name, rows in broken.items():
        rows[2]["lat"] = "?"
        report = check(published(tmp_path / f"{name}.csv", rows))
        assert report.changes == [] and len(report.faults) == 1, name


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x01", b"a,b\n1,2\n", b"<html></html>"])
def test_a_file_that_is_no_table_says_what_it_lacks(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    report = check(path)
    assert report.exit_code == 2 and len(report.unreadable) == 1 and report.unreadable[0].startswith("x.csv: ")


@given(
    row=st.integers(0, 17),
    column=st.sampled_from(["name", "address", "barrio", "comuna", "phone", "lat", "lon", "has_maternity"]),
    value=st.text(max_size=40) | st.sampled_from(["nan", "1e400", "-34.6", "٣", "½", "\0", '"', "\n"]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_stands_in_a_cell_there_is_a_report(tmp_path, row, column, value):
    rows = hospitals()
    rows[row][column] = value
    try:
        path = published(tmp_path / "fresh.csv", rows)
    except (csv.Error, UnicodeEncodeError):
        reject()
    assert as_text(check(path)).endswith("Nothing was written.")


def test_a_folder_without_tables_is_unreadable(tmp_path):
    assert check(tmp_path).exit_code == 2


def test_other_headers_are_known_and_a_byte_order_mark_is_no_letter(tmp_path):
    theirs = {"number": "Numero", "name": "Nombre", "phone": "Telefono", "lat": "Latitud", "lon": "Longitud"}
    rows = [{theirs.get(name, name): value for name, value in row.items()} for row in centers()]
    path = published(tmp_path / "fresh.csv", rows)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check(path).exit_code == 0


def test_the_command_prints_a_table_writes_nothing_and_ends_as_it_says(tmp_path):
    before = {path.name: path.read_bytes() for path in PLACES.iterdir()}
    rows = centers()
    rows[14]["phone"] = "2821-9999"
    path = published(tmp_path / "fresh.csv", rows)
    run = CliRunner().invoke(places, ["check", str(path)])
    assert run.exit_code == 1
    lines = run.output.splitlines()
    assert lines[0].split() == ["table", "place", "what", "before", "after"]
    assert lines[1].split("  ")[1:3] == ["CeSAC 15", "phones"] and "11 2821-9999" in lines[1]
    assert lines[-1].endswith("changes: 1, doubts: 0, unreadable rows: 0. Nothing was written.")
    assert {path.name: path.read_bytes() for path in PLACES.iterdir()} == before


def test_the_command_speaks_json(tmp_path):
    path = published(tmp_path / "fresh.csv", centers())
    run = CliRunner().invoke(places, ["check", "--json", str(path)])
    answer = json.loads(run.output)
    assert (
        run.exit_code == answer["exit_code"] == 0 and answer["compared"] == {"centers": 50} and answer["changes"] == []
    )


@pytest.mark.parametrize(
    ("published_as", "dialled"),
    [
        ("4605-0458", ["11 4605-0458"]),
        ("4303-2634/5005", ["11 4303-2634", "11 4303-5005"]),
        ("15-3241-4331 / 4631-7429", ["11 3241-4331", "11 4631-7429"]),
        ("4301-1155 (Intr. 218)", ["11 4301-1155"]),
        ("11-3866103", []),
        ("353-44206", []),
        ("", []),
    ],
)
def test_only_a_well_formed_phone_is_kept(published_as, dialled):
    assert phones(published_as) == dialled


def test_a_street_reads_as_people_say_it():
    speller = Speller(FIXES["accents"])
    assert address("Fernandez De La Cruz, F., Gral. Av. 6022", speller) == "Av. Gral. F. Fernández de la Cruz 6022"


def test_an_empty_table_has_no_entries():
    maker = Maker(FIXES, RULES["services"], {})
    assert maker.entries(Table("centers", "x.csv", ())) == ([], [])
