"""Which vaccines on the record settle which lines of the calendar, and what the data file may hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from latido.reminders.record_data import RECORD_CODES, BadRecordCodes, load_record_codes
from latido.reminders.rules.recorded import Dose, settled_by_doses
from latido.reminders.rules.visits import planned_for

from .plan_cases import CALENDARS, child, pregnant

CODES = load_record_codes()
CVX, SCT = "http://hl7.org/fhir/sid/cvx", "http://snomed.info/sct"
BORN = date(2026, 6, 1)
TODAY = date(2026, 11, 23)


def dose(code: str, on: str, system: str = CVX) -> Dose:
    return Dose(frozenset([(system, code)]), date.fromisoformat(on))


def settled(*doses: Dose) -> frozenset[str]:
    """Of a child born on 1 June 2026."""
    return settled_by_doses(CODES, planned_for(child(BORN), CALENDARS["pediatric"], TODAY), doses)


def test_a_line_is_settled_when_all_of_it_was_given_in_its_window():
    two_months = [dose("133", "2026-08-05"), dose("198", "2026-08-05"), dose("10", "2026-08-20")]
    assert settled(*two_months) == {"vaccine-2m"}
    for left_out in two_months:
        assert settled(*(each for each in two_months if each is not left_out)) == frozenset()


def test_one_product_may_hold_several():
    assert settled(dose("133", "2026-08-05"), dose("146", "2026-08-05")) == {"vaccine-2m"}
    assert settled(dose("981000221107", "2026-08-05", SCT), dose("871895005", "2026-08-05", SCT)) == {"vaccine-2m"}


def test_a_dose_outside_the_window_settles_nothing():
    assert settled(dose("119", "2026-08-01")) == {"vaccine-rotavirus-1"}
    assert settled(dose("119", "2026-07-31")) == frozenset()
    assert settled(dose("119", "2026-09-15")) == {"vaccine-rotavirus-1"}
    assert settled(dose("119", "2026-09-16")) == frozenset()
    assert settled(dose("119", "2026-10-02")) == {"vaccine-rotavirus-2"}


def test_codes_nobody_knows_settle_nothing():
    assert settled(dose("119", "2026-08-05", "urn:other"), dose("9999", "2026-08-05")) == frozenset()
    assert CODES.vaccines_in(dose("9999", "2026-08-05")) == frozenset()


def test_in_a_pregnancy():
    items = planned_for(pregnant(24, on=TODAY), CALENDARS["prenatal"], TODAY)
    assert settled_by_doses(CODES, items, [dose("115", "2026-11-20")]) == {"vaccine-dtpa"}
    # Before the 20th week it was of another pregnancy, or too early.
    assert settled_by_doses(CODES, items, [dose("115", "2026-10-20")]) == frozenset()
    assert settled_by_doses(CODES, items, [dose("194", "2026-10-20")]) == {"vaccine-influenza"}


def test_visits_have_a_service():
    assert CODES.service_of([("urn:x", "1"), (SCT, "424619006")]) == "prenatal"
    assert CODES.service_of([(SCT, "410620009")]) == "pediatric"
    assert CODES.service_of([("urn:x", "424619006")]) is None


def test_the_file_is_dated_sourced_and_speaks_of_the_calendar():
    content = yaml.safe_load(RECORD_CODES.read_text(encoding="utf-8"))
    assert date.fromisoformat(content["as_of"]) and content["clinical_sign_off"] == "pending"
    assert all(each["name"] and each["as_of"] for each in content["sources"])
    vaccines = {item.code for each in CALENDARS.values() for item in each.items if item.kind == "vaccine"}
    # Of these several doses may be needed: no single one settles them.
    assert vaccines - set(CODES.settles) == {"vaccine-hepatitis-b", "vaccine-influenza-baby"}
    assert set(CODES.settles) <= vaccines and set(CODES.visits) == set(CALENDARS)


def _refused(tmp_path: Path, change: Callable[[Any], None], complaint: str) -> None:
    content = yaml.safe_load(RECORD_CODES.read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "codes.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(BadRecordCodes, match=complaint):
        load_record_codes(path)


def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path):
    _refused(tmp_path, lambda content: content["settles"].update({"vaccine-2m": ["salt"]}), "vaccine-2m .*salt")
    _refused(tmp_path, lambda content: content["settles"].update({"vaccine-2m": []}), "vaccine-2m must name")
    _refused(tmp_path, lambda content: content["vaccines"].update(bcg=["19"]), "'19' is no code")
    _refused(tmp_path, lambda content: content["visits"].update(prenatal=["loinc|1"]), "is no code")
