"""What counts as a change at the desk, and what of several changes is left to tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.care.desk.judging import Seen, Standing, Step, is_told, read_appointment, taken_together, what_changed

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
START = NOW + timedelta(days=3)
LATER = START + timedelta(days=1)


def seen(status: str = "booked", start: datetime | None = START, key: str | None = None, **more: object) -> Seen:
    standing = Standing(str(more.pop("version", "2")), status, start, more.pop("place", "Location/a"))
    return Seen("a1", standing, key, more.pop("created", None), bool(more.pop("by_her", False)))


def known(status: str = "booked", start: datetime | None = START, place: str | None = "Location/a") -> Standing:
    return Standing("1", status, start, place)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (known(), seen(), None),
        (known(), seen("arrived"), None),
        (known("pending"), seen("booked"), None),
        (known(), seen("cancelled"), "cancelled"),
        (known(), seen("entered-in-error"), "cancelled"),
        (known("cancelled"), seen("cancelled"), None),
        (known("cancelled"), seen("booked"), "booked"),
        (known(), seen(start=LATER), "moved"),
        (known(), seen(place="Location/b"), "moved"),
        (known(place=None), seen(place="Location/b"), None),
        (known(), seen(place=None), None),
        (known(), seen("noshow"), "noshow"),
        (known("noshow"), seen("noshow"), None),
        (known("arrived"), seen("fulfilled"), "fulfilled"),
        (known("waitlist", None), seen("waitlist", None), None),
        (known("waitlist", None), seen("cancelled", None), None),
        (known("waitlist", None), seen("booked"), "booked"),
        (known("waitlist", None), seen("booked", key="SM1:book"), None),
        (None, seen(version="1"), "booked"),
        (None, seen(version="1", key="SM1:book"), None),
        (None, seen(created=NOW), "booked"),
        (None, seen(created=NOW - timedelta(days=9)), None),
        (None, seen(), None),
        (None, seen("cancelled"), "cancelled"),
        (None, seen("waitlist", None, version="1"), None),
        (None, seen("proposed", version="1"), None),
    ],
)
def test_what_changed(before: Standing | None, after: Seen, kind: str | None) -> None:
    assert what_changed(before, after, NOW - timedelta(minutes=2)) == kind


@pytest.mark.parametrize(
    ("kind", "before", "after", "told"),
    [
        ("cancelled", known(), seen("cancelled"), True),
        ("cancelled", known(), seen("cancelled", by_her=True), False),
        ("cancelled", known("pending"), seen("cancelled"), False),
        ("cancelled", known(start=NOW - timedelta(hours=1)), seen("cancelled", start=NOW - timedelta(hours=1)), False),
        ("moved", known(start=NOW - timedelta(hours=1)), seen(start=START), True),
        ("moved", known(), seen(start=NOW - timedelta(days=1)), True),
        ("noshow", known(), seen("noshow"), False),
        ("fulfilled", known(), seen("fulfilled"), False),
        ("cancelled", None, seen("cancelled", start=None), False),
    ],
)
def test_what_is_told(kind: str, before: Standing | None, after: Seen, told: bool) -> None:
    assert is_told(kind, before, after, NOW) is told


def test_an_appointment_is_read_whoever_wrote_it() -> None:
    system = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
    found = read_appointment(
        {
            "resourceType": "Appointment",
            "id": "a1",
            "status": "cancelled",
            "start": "2026-11-26T09:00:00-03:00",
            "created": "2026-11-01",
            "cancelationReason": {"coding": [{"system": system, "code": "pat-crs"}]},
            "identifier": [{"value": "x"}, {"system": "urn:latido:booking", "value": "SM1:book"}],
            "participant": [{}, {"actor": {"reference": "https://x/R4/Location/b"}}, {"actor": {"display": "Dra."}}],
        }
    )
    assert found.booking_key == "SM1:book"
    assert found.created_at is None
    assert found.called_off_by_her
    assert (found.now.place, found.now.starts_at) == ("Location/b", datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert found.now.version


def test_without_a_version_the_content_is_one() -> None:
    appointment = {"resourceType": "Appointment", "id": "a1", "status": "booked"}
    first = read_appointment(appointment).now.version
    assert read_appointment(dict(appointment)).now.version == first
    assert read_appointment({**appointment, "status": "arrived"}).now.version != first


PLACES = ("Location/a", "Location/b")
starts = st.sampled_from([START, LATER, LATER + timedelta(days=1)])
places = st.sampled_from(PLACES)


@given(
    st.lists(st.tuples(st.sampled_from(["moved", "cancelled", "booked"]), starts, places), min_size=1, max_size=6),
    st.booleans(),
)
def test_several_changes_are_told_as_the_difference(done: list[tuple[str, datetime, str]], had_one: bool) -> None:
    """Whatever the desk did in between, she is told what it was and what it is; nothing when these are the same."""
    steps, standing = [], (START, PLACES[0]) if had_one else None
    began, place = (START, PLACES[0])
    for kind, start, where in done:
        if kind == "cancelled":
            if standing is None:
                continue
            steps.append(Step("cancelled", began, began, place, place))
            standing = None
            continue
        if (standing is None) != (kind == "booked") or (kind == "moved" and (start, where) == standing):
            continue
        steps.append(
            Step(kind, began if had_one or steps else start, start, place if had_one or steps else where, where)
        )
        began, place = start, where
        standing = (start, where)

    whole = taken_together(steps)

    if standing == ((START, PLACES[0]) if had_one else None):
        assert whole is None
    elif standing is None:
        assert whole is not None and whole.kind == "cancelled" and whole.before_at == START
    elif had_one:
        assert whole is not None and whole.kind == "moved"
        assert (whole.before_at, whole.starts_at, whole.place) == (START, *standing)
    else:
        assert whole is not None and whole.kind == "booked"
        assert (whole.starts_at, whole.place) == standing
