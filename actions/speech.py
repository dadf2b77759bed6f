"""Dates, distances and places as they are said in Buenos Aires. Pure: no clock, no I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actions.texts import names, piece

TITLE_LIMIT = 24
DESCRIPTION_LIMIT = 72
BODY_LIMIT = 1024
WALKABLE_MINUTES = 60  # beyond this nobody is told to walk

SERVICES = ("prenatal", "pediatric")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as care names them; its hours are of consecutive days

Json = dict[str, Any]


def date_in_words(instant: str) -> str:
    """`2026-11-26T09:30:00-03:00` → "jueves 26 de noviembre"."""
    day = datetime.fromisoformat(instant)
    return piece("date", day=names("days")[day.weekday()], number=day.day, month=names("months")[day.month - 1])


def time_in_words(instant: str) -> str:
    """`2026-11-26T09:30:00-03:00` → "9:30"."""
    moment = datetime.fromisoformat(instant)
    return f"{moment.hour}:{moment.minute:02d}"


def date_title(instant: str) -> str:
    """`2026-11-26T09:30:00-03:00` → "Jue 26 nov, 9:30", short enough for a list item."""
    day = datetime.fromisoformat(instant)
    return piece(
        "date_short",
        day=names("days_short")[day.weekday()],
        number=day.day,
        month=names("months_short")[day.month - 1],
        time=time_in_words(instant),
    )


def distance_in_words(meters: float) -> str:
    """640 → "640 m", 1250 → "1,3 km": no false precision."""
    if meters < 995:  # 995 would be said as 1000 m
        return piece("meters", meters=round(meters / 10.0) * 10)
    return piece("kilometers", kilometers=f"{meters / 1000:.1f}".removesuffix(".0").replace(".", ","))


def shorten(text: str, limit: int) -> str:
    """Cut at `limit` characters, with an ellipsis when anything is lost."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def center_title(center: Json) -> str:
    """The name of a centre, or its number when the name is missing."""
    return center.get("name") or piece("centers.number_only", number=center.get("number"))


def center_block(center: Json, prenatal: bool = False) -> str:
    """One centre in a few lines: name, address, way, phone, and what we do not know of it."""
    lines = [*_way(center), _phone(center), *_hours(center), *_doubts(center, prenatal)]
    return piece("centers.item", name=center_title(center), address=center.get("address") or "", lines="\n".join(lines))


def centers_text(place: Json, centers: list[Json]) -> str:
    """The nearest centres in one message, with how the minutes were worked out."""
    intro = "centers.intro_approximate" if place.get("approximate") else "centers.intro"
    blocks = [center_block(center, prenatal=True) for center in centers]
    notes = [piece("centers.assumption")] if any(map(_is_walkable, centers)) else []
    if any("hours" in (c.get("unknown") or []) for c in centers):
        notes.append(piece("centers.hours_unknown"))
    parts = [piece(intro, place=place.get("label") or ""), *blocks, " ".join(notes)]
    return shorten("\n\n".join(part for part in parts if part), BODY_LIMIT)


def center_text(center: Json, place: Json | None = None) -> str:
    """All we know of one centre; with `travel` in it, the estimated times from this place."""
    parts = [piece("centers.intro_one"), center_block(center, prenatal=True)]
    parts += _travel_from(center, place)
    parts += _hospital(center)
    if "hours" in (center.get("unknown") or []):
        parts.append(piece("centers.hours_unknown"))
    return shorten("\n\n".join(parts), BODY_LIMIT)


def _travel_from(center: Json, place: Json | None) -> list[str]:
    """The estimated times to a centre from this place, by each way; nothing where either is unknown."""
    travel = center.get("travel")
    if not travel or place is None:
        return []
    times = {way: mode["minutes"] for way, mode in travel.items()}
    path = "centers.travel_from" if times["walking"] <= WALKABLE_MINUTES else "centers.travel_far_from"
    distance = distance_in_words(center["distance_m"])
    return [piece(path, place=place.get("label") or "", distance=distance, **times)]


def _hospital(center: Json) -> list[str]:
    """The hospital of its area and, where no maternity is known there, the nearest one that has one."""
    area = center.get("area_hospital")
    if not area:
        return [piece("centers.hospital", hospital=center["hospital"])] if center.get("hospital") else []
    lines = [piece("hospitals.area", hospital=area["short_name"], address=area["address"])]
    births = area.get("maternity_instead")
    if births:
        lines.append(piece("hospitals.area_birth", hospital=births["short_name"], address=births["address"]))
    return ["\n".join(lines)]


def _is_walkable(center: Json) -> bool:
    minutes = center.get("walking_minutes")
    return minutes is not None and minutes <= WALKABLE_MINUTES


def _way(center: Json) -> list[str]:
    minutes, meters = center.get("walking_minutes"), center.get("distance_m")
    if minutes is None or meters is None:
        return []
    bus = ((center.get("travel") or {}).get("bus") or {}).get("minutes")
    if minutes > WALKABLE_MINUTES and bus is not None:
        return [piece("centers.by_bus", minutes=bus, distance=distance_in_words(meters))]
    way = "centers.walk" if minutes <= WALKABLE_MINUTES else "centers.too_far_to_walk"
    return [piece(way, minutes=minutes, distance=distance_in_words(meters))]


def _phone(center: Json) -> str:
    phones = center.get("phones") or []
    return piece("centers.phone", phone=phones[0]) if phones else piece("centers.no_phone")


def _hours(center: Json) -> list[str]:
    hours = center.get("hours")
    if not hours:
        return []
    days = [names("days")[WEEK.index(day)] for day in hours["days"]]
    return [piece("centers.hours", first=days[0], last=days[-1], opens=hours["opens"], closes=hours["closes"])]


def _doubts(center: Json, prenatal: bool) -> list[str]:
    doubts = []
    if "address_unconfirmed" in (center.get("notes") or []):
        doubts.append(piece("centers.address_unconfirmed"))
    if prenatal and center.get("has_prenatal") is not True:
        doubts.append(piece("centers.no_prenatal"))
    return doubts


def offer_title(offer: Json) -> str:
    """The day and time of an offer, as the title of a list item."""
    return shorten(date_title(offer["start"]), TITLE_LIMIT)


def offer_description(offer: Json) -> str:
    """Where an offer is and how far, as the description of a list item."""
    center = offer["center"]
    minutes = center.get("walking_minutes")
    if minutes is None or not _is_walkable(center):
        away = piece("offers.far") if minutes is not None else ""
        return shorten(", ".join(filter(None, (center_title(center), away))), DESCRIPTION_LIMIT)
    walk = piece("offers.walk", minutes=minutes)
    name = shorten(center_title(center), DESCRIPTION_LIMIT - len(walk) - 2)
    return piece("offers.where", center=name, walk=walk)


def offers_intro(kind: str, place: str, answer: Json, for_other: bool) -> str:
    """What stands above the list of offers (`offers.intro`, `offers.intro_later` …): where, and why these."""
    days = [offer["start"] for offer in answer["slots"]]
    parts = [piece(kind, place=place, date=date_in_words(days[0]) if days else "")]
    if kind == "offers.intro":
        reason = reason_of(answer.get("priority"))
        parts += [reason] if reason and not for_other else []
        parts += _waiting_note(answer)
    return shorten(" ".join(parts), BODY_LIMIT)


def _waiting_note(answer: Json) -> list[str]:
    if (answer.get("waiting_list") or {}).get("entry"):
        return [piece("waiting.still_on")]
    return [piece("offers.beyond_target")] if answer.get("within_target") is False else []


def reason_of(priority: Json | None) -> str | None:
    """Why she goes first, as care words it for her; None when she does not."""
    if not priority or priority.get("class") == "routine":
        return None
    return priority.get("reason_text") or None


def booking_summary(
    offer: Json, priority: Json | None, other_name: str | None, until: str, of: str = "summary_prenatal"
) -> str:
    """What is about to be booked (`of`: a piece of `booking`), why it has priority, and until when it is kept."""
    lines = [_when_and_where(f"booking.{of}", offer)]
    reason = reason_of(priority)
    if other_name is not None:
        lines.append(piece("booking.for_other", name=other_name or piece("booking.someone")))
        lines += [piece("booking.priority_other")] if reason else []
    elif reason:
        lines.append(piece("booking.priority", reason=reason))
    return "\n".join([*lines, "", kept_until(until, offer["start"])])


def kept_until(until: str, like: str) -> str:
    """Until when a slot is kept, by the clock of the slot's own start (its offset)."""
    moment = datetime.fromisoformat(until).astimezone(datetime.fromisoformat(like).tzinfo)
    return piece("booking.kept", time=time_in_words(moment.isoformat()))


def change_summary(old: Json, offer: Json, until: str) -> str:
    """Which appointment gives way to which slot, and that the old one stands until she says yes."""
    before = piece("rebook.before", date=date_in_words(old["start"]), time=time_in_words(old["start"]))
    lines = [before, _when_and_where("rebook.after", offer), "", kept_until(until, offer["start"])]
    return "\n".join([*lines, piece("rebook.old_stands")])


def _when_and_where(path: str, one: Json) -> str:
    """A slot or an appointment in the words of this piece."""
    center, start = one["center"], one["start"]
    return piece(
        path,
        date=date_in_words(start),
        time=time_in_words(start),
        center=center_title(center),
        address=center.get("address") or "",
    )


def appointment_text(appointment: Json) -> str:
    """One appointment of hers in a few lines."""
    patient = appointment.get("patient") or {}
    service = appointment.get("service") if appointment.get("service") in SERVICES else "other"
    lines = [piece(f"appointments.service_{service}"), _when_and_where("appointments.item", appointment)]
    if patient.get("for_whom") not in (None, "self"):
        name = patient.get("given_name") or piece("booking.someone")
        lines.append(piece("appointments.for_other", name=name))
    return "\n".join(lines)


def appointments_text(appointments: list[Json], entries: list[Json]) -> str:
    """All her appointments, earliest first, each with whether she said that she comes; then the waiting list."""
    intro = "appointments.intro_one" if len(appointments) == 1 else "appointments.intro_many"
    parts = [piece(intro)] if appointments else []
    parts += [f"{appointment_text(one)}\n{_attendance(one)}" for one in appointments]
    return shorten("\n\n".join([*parts, *map(entry_text, entries)]), BODY_LIMIT)


def _attendance(appointment: Json) -> str:
    accepted = appointment.get("attendance") == "accepted"
    return piece("appointments.accepted" if accepted else "appointments.not_accepted")


def entry_text(entry: Json) -> str:
    """Her entry on the waiting list: her place, or the slot that is kept for her."""
    offer = entry.get("offer")
    if not offer:
        return piece("waiting.entry", place=waiting_place(entry))
    start = offer["appointment"]["start"]
    until = kept_until(offer["hold"]["expires_at"], start)
    return piece("waiting.offered", date=date_in_words(start), time=time_in_words(start), until=until)


def waiting_place(entry: Json) -> str:
    """How many are before her, said as it is; empty when care cannot say."""
    position = entry.get("position")
    if not position:
        return piece("waiting.place_unknown")
    if position == 1:
        return piece("waiting.place_first")
    return piece("waiting.place_second") if position == 2 else piece("waiting.place", before=position - 1)
