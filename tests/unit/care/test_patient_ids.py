"""Which Patients were hers last time: remembered by resident, as many as are set, the ones asked about longest."""

from __future__ import annotations

from latido.care.patient_ids import PatientIds


def test_what_was_found_last_is_remembered_and_nobody_is_nobody() -> None:
    known = PatientIds()
    assert known.of("ana") == frozenset()
    known.keep("ana", ["1", "2"])
    known.keep("eva", ["3"])
    assert (known.of("ana"), known.of("eva")) == ({"1", "2"}, {"3"})
    known.keep("ana", ["4"])
    known.keep("eva", [])
    assert (known.of("ana"), known.of("eva")) == ({"4"}, frozenset())


def test_whoever_was_not_asked_about_longest_is_forgotten_first() -> None:
    known = PatientIds(most=2)
    known.keep("ana", ["1"])
    known.keep("eva", ["2"])
    known.of("ana")
    known.keep("ida", ["3"])
    assert [known.of(each) for each in ("ana", "eva", "ida")] == [{"1"}, frozenset(), {"3"}]
