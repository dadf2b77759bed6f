"""Paging links: to and fro, while others write, and with no person in them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer

from .conftest import appointment, patient, slot
from .test_interactions import call

SORTS = ["", "_id", "-_id", "_lastUpdated", "-_lastUpdated", "date", "-date", "status", "-status", "status,-date"]


@pytest.fixture
def bookings(agenda: FhirClient) -> FhirClient:
    """Eleven appointments, three of them waiting without a time, two at the same time."""
    for number in range(8):
        time = {
            "start": f"2026-11-{24 + number % 7}T09:30:00-03:00",
            "end": f"2026-11-{24 + number % 7}T10:00:00-03:00",
        }
        state = ["cancelled", "noshow", "fulfilled"][number % 3]
        agenda.create(appointment("s1", key=f"k{number}", status=state) | time)
    for number in range(3):
        waiting = appointment("s1", key=f"w{number}", status="waitlist")
        agenda.create({name: value for name, value in waiting.items() if name not in ("start", "end", "slot")})
    return agenda


def get(server: FhirServer, kind: str, query: str) -> dict[str, Any]:
    answer, body = call(server, "GET", f"/{kind}", query=query)
    assert answer.status == 200, body
    return body


def ids(page: dict[str, Any]) -> list[str]:
    return [each["resource"]["id"] for each in page.get("entry", [])]


def link(page: dict[str, Any], relation: str) -> str | None:
    """The query of a link."""
    return next((urlsplit(each["url"]).query for each in page["link"] if each["relation"] == relation), None)


def follow(server: FhirServer, kind: str, page: dict[str, Any], relation: str) -> list[dict[str, Any]]:
    """The page and all that follow by one relation."""
    found = [page]
    while (query := link(found[-1], relation)) is not None:
        found.append(get(server, kind, query))
    return found


@pytest.mark.parametrize("sort", SORTS)
def test_next_and_previous_lead_to_and_fro(bookings: FhirClient, server: FhirServer, sort: str):
    order = f"&_sort={sort}" if sort else ""
    whole = ids(get(server, "Appointment", f"_count=100{order}"))
    assert len(set(whole)) == 11
    there = follow(server, "Appointment", get(server, "Appointment", f"_count=3{order}"), "next")
    assert [each for page in there for each in ids(page)] == whole
    back = follow(server, "Appointment", there[-1], "previous")
    assert [each for page in reversed(back) for each in ids(page)] == whole
    assert ids(follow(server, "Appointment", back[-1], "next")[-1]) == ids(there[-1])
    assert ids(get(server, "Appointment", link(there[2], "first") or "")) == whole[:3]


@pytest.mark.parametrize("sort", ["", "_id", "start", "-start", "_lastUpdated"])
def test_what_stays_is_seen_once_while_others_write(agenda: FhirClient, server: FhirServer, sort: str):
    """Rows come and go before the position and behind it; offset paging would skip or repeat."""
    page = get(server, "Slot", f"status=free&schedule=Schedule/cesac-15-prenatal&_count=3&_sort={sort}")
    first = ids(page)
    agenda.update(slot(first[0], index=int(first[0][1:]), status="busy"))
    agenda.update(slot("a-new", index=-1))
    agenda.update(slot("z-new", index=99))
    rest = [each for other in follow(server, "Slot", page, "next")[1:] for each in ids(other)]
    assert not set(first) & set(rest)
    assert {*first, *rest} >= {f"s{number}" for number in range(8)}


def test_an_emptied_page_still_leads_on(agenda: FhirClient, server: FhirServer):
    page = get(server, "Slot", "status=free&schedule=Schedule/cesac-15-prenatal&_count=4")
    for number in range(4, 8):
        agenda.update(slot(f"s{number}", index=number, status="busy"))
    after = get(server, "Slot", link(page, "next") or "")
    assert (ids(after), link(after, "next")) == ([], None)
    assert ids(get(server, "Slot", link(after, "previous") or "")) == ids(page)


def test_near_pages_by_number(agenda: FhirClient, server: FhirServer):
    page = get(server, "Location", "near=-34.6195|-58.3712&_count=1")
    found = follow(server, "Location", page, "next")
    assert [ids(each) for each in found] == [["cesac-15"], ["cesac-41"]]
    assert ids(get(server, "Location", link(found[-1], "previous") or "")) == ["cesac-15"]


def test_no_person_in_any_link(bookings: FhirClient, server: FhirServer):
    bookings.update(patient())
    asked = "patient.identifier=http://www.renaper.gob.ar/dni|30111222&_count=2&_sort=-date"
    pages = follow(server, "Appointment", get(server, "Appointment", asked), "next")
    assert [each for page in pages for each in ids(page)] == ids(get(server, "Appointment", "_sort=-date"))
    for page in pages:
        assert "30111222" not in str(page["link"])
        assert {"self", "first"} <= {each["relation"] for each in page["link"]}
    assert parse_qs(link(pages[1], "previous") or "").keys() == {"_page"}
    assert ids(get(server, "Appointment", link(pages[1], "previous") or "")) == ids(pages[0])


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "",
        "WyIiLG51bGwsMSxmYWxzZV0x",
        "WyJzdGFydCIsbnVsbCwxLGZhbHNlXQ",
        "WyIiLG51bGwsMWU5OSxmYWxzZV0",
        "%C3%B1",
        "W1tb",
    ],
)
def test_a_forged_cursor_is_refused(agenda: FhirClient, server: FhirServer, token: str):
    answer, body = call(server, "GET", "/Slot", query=f"_cursor={token}")
    assert answer.status == (400 if token else 200), body
    assert "entry" not in body or not token
