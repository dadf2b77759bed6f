"""Joining the waiting list, and what she is told of her place on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from latido.care.booking.appointments import appointment_view
from latido.care.booking.ledger import Entry as Row
from latido.care.booking.offers import priority_view
from latido.care.booking.patients import Person, find_patients
from latido.care.booking.standing import refuse_if_booked
from latido.care.booking.whose import patient_of, whose
from latido.care.errors import GeocoderDown, Invalid, Missing
from latido.care.idempotency import Write, once
from latido.care.places.geometry import Point, distance_m
from latido.care.places.locate import Near
from latido.care.residents import end_silence, remembered_place
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import Answers
from latido.care.services import Care, local
from latido.care.views import Json
from latido.care.waiting.candidates import candidates, position
from latido.care.waiting.entries import Entry, Wish, end_booked, live_entries, live_entries_of, put_on_list
from latido.care.waiting.exchange import show
from latido.care.waiting.offers_made import offer_of
from latido.fhir.resources import Resource


@dataclass(frozen=True)
class Joining:
    """A request to wait; `key` makes it harmless to repeat."""

    key: str
    resident: str
    service: str
    person: Person
    near: Near | None = None
    center_number: int | None = None
    age: GestationalAge | None = None
    answers: Answers = field(default_factory=Answers)

    def fingerprint(self) -> Json:
        """What makes two requests the same."""
        who = self.person.fingerprint()
        return {"resident": self.resident, "service": self.service, "person": who, "center": self.center_number}


def join(care: Care, joining: Joining) -> tuple[Json, bool]:
    """Her entry, and whether she was put on the list now. AlreadyBooked when she has an appointment in that window.

    A person waits once for a service: joining again brings her entry up to date, and she keeps her place.
    """
    write = Write(joining.key, "join", joining.fingerprint())
    answer, first = once(care.engine, care.vault, write, care.now, lambda _: _join(care, joining))
    is_new = answer.pop("new")
    return answer, first and is_new


def entries_of(care: Care, resident: str) -> Json:
    """What she waits for, longest first."""
    with care.engine.begin() as connection:
        end_booked(connection, care.rules, care.now(), resident)
        found = live_entries_of(connection, care.vault, resident)
    return {"entries": [entry_view(care, each) for each in found]}


def advice(care: Care, resident: str, service: str, nothing_fits: bool, role: str | None = None) -> Json:
    """What `POST /offers` says of the waiting list: her entry of this service, or whether to propose one.

    `role`: of this one of her people.
    """
    with care.engine.begin() as connection:
        end_booked(connection, care.rules, care.now(), resident)
        waiting = live_entries_of(connection, care.vault, resident, service)
    found = [each for each in waiting if role in (None, each.role)]
    return {"advised": nothing_fits and not found, "entry": entry_view(care, found[0]) if found else None}


def entry_view(care: Care, entry: Entry) -> Json:
    """An entry as the care API shows it; its priority is today's."""
    now = care.local_now()
    with care.engine.connect() as connection:
        waiting = live_entries(connection, care.vault, entry.service) if entry.is_live else []
        among = candidates(care, connection, waiting, now)
    priority = priority_view(entry.wish.priority_on(care.rules[entry.service], now.date()))
    return {
        "id": entry.id,
        "state": entry.state,
        "since": local(entry.since),
        "priority": {name: priority[name] for name in ("class", "reasons", "reason_text", "target_days")},
        "position": position(care, entry, among, now) if any(each.entry == entry.id for each in among) else None,
        "offer": _offer_view(care, entry),
    }


def _join(care: Care, joining: Joining) -> Json:
    place = _place(care, joining)
    patients = find_patients(care.fhir, joining.resident)
    who = whose(care, joining.resident, joining.service, joining.person, patients, joining.age)
    patient = patient_of(care, joining.resident, who, patients)
    known = replace(joining, person=who.person, age=who.facts.age)
    wanted = _entry(care, known, f"{joining.resident}:{who.role}", patient["id"], place)
    _refuse_if_booked(care, wanted, patient)
    with care.engine.begin() as connection:
        stored = put_on_list(connection, care.vault, wanted)
        end_silence(connection, joining.resident)  # to wait is to ask to be told
    show(care, stored)
    return {"entry": entry_view(care, stored), "new": stored.id == wanted.id}


def _place(care: Care, joining: Joining) -> Point | None:
    """Where she is, to about 100 m: as said now, else as remembered; a centre's number alone is enough."""
    if joining.center_number is not None and joining.center_number not in care.directory.centers:
        raise Missing("no centre has this number")
    if joining.near is None:
        with care.engine.connect() as connection:
            known = remembered_place(connection, joining.resident)
        if known is None and joining.center_number is None:
            raise Invalid("say near or center_number: no place is remembered for this resident")
        return known.point if known else None
    located = care.locator.locate(joining.near)
    if located.status == "geocoder_unavailable":
        raise GeocoderDown("the address service does not answer: use a pin, a neighbourhood or a centre's number")
    if located.place is None:
        raise Missing(f"near is {located.status}: search places first")
    return located.place.point.coarse()


def _entry(care: Care, joining: Joining, patient_key: str, patient_id: str, place: Point | None) -> Entry:
    now = care.local_now()
    area = _area(care, place, joining.center_number)
    wish = Wish(joining.person, joining.answers, joining.age, place, joining.center_number, area)
    return Entry(
        id=str(uuid.uuid4()),
        resident=joining.resident,
        patient_key=patient_key,
        patient_id=patient_id,
        service=joining.service,
        state="waiting",
        name=wish.priority_on(care.rules[joining.service], now.date()).name,
        wish=wish,
        since=now,
        ends_at=_ends_at(care, wish),
        shown_on_server="none",
        ended_why=None,
    )


def _ends_at(care: Care, wish: Wish) -> datetime:
    """After so many days, or a week after her pregnancy has come to the last week in which a slot is offered."""
    now, weeks = care.local_now(), wish.weeks_on(care.local_now().date())
    by_days = now + timedelta(days=care.waiting.entry_days)
    if weeks is None:
        return by_days
    return min(by_days, now + timedelta(weeks=max(0, care.waiting.latest_week - weeks) + 1))


def _area(care: Care, place: Point | None, center_number: int | None) -> str | None:
    """The neighbourhood whose point is nearest to her, or that of the centre she wants: all that operators see."""
    if place is None:
        center = care.directory.centers.get(center_number or 0)
        return care.directory.neighbourhoods[center.neighbourhood].name if center else None
    named = ((care.directory.point_of(slug), one.name) for slug, one in care.directory.neighbourhoods.items())
    near = [(distance_m(place, point), name) for point, name in named if point is not None]
    return min(near)[1]


def _refuse_if_booked(care: Care, wanted: Entry, patient: Resource) -> None:
    """AlreadyBooked when a slot within her target could not be booked for her anyway."""
    rules = care.rules[wanted.service]
    target = rules.waiting.classes[wanted.name].target_days
    then = care.local_now() + timedelta(days=target)
    window = rules.windows.window_of(wanted.wish.facts, then.date())
    row = Row("", wanted.resident, wanted.patient_key, wanted.service, window, "", then)
    refuse_if_booked(care, row, patient)


def _offer_view(care: Care, entry: Entry) -> Json | None:
    with care.engine.connect() as connection:
        offer = offer_of(connection, entry.id) if entry.state == "offered" else None
    if offer is None or offer.state != "open" or offer.hold_id is None or offer.expires_at is None:
        return None
    patient = care.fhir.read("Patient", entry.patient_id)
    appointment = appointment_view(care, care.fhir.read("Appointment", offer.hold_id), patient, entry.resident)
    return {"hold": {"id": offer.hold_id, "expires_at": local(offer.expires_at)}, "appointment": appointment}
