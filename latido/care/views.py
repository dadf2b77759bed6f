"""Places as the care API shows them (docs/wires.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from latido.care.places.childhood import ChildhoodCentre
from latido.care.places.directory import Center, Directory, Hospital
from latido.care.places.geometry import Point
from latido.care.places.locate import Candidate, Place
from latido.care.places.travel import Travel
from latido.care.residents import RememberedPlace

Json = dict[str, Any]
# What `maternity` of a hospital rests on: the Civil Registry registers births there. The city publishes no list.
MATERNITY_BASIS = "birth_registration_desk"


def center_view(center: Center, directory: Directory, distance_m: float | None = None) -> Json:
    """A centre; `distance_m`, `walking_minutes` and `travel` are null when nobody said from where."""
    walking = directory.travel.walking
    return {
        "number": center.number,
        "name": center.name,
        "address": center.address,
        "neighbourhood": directory.neighbourhoods[center.neighbourhood].name,
        "commune": center.commune,
        "phones": list(center.phones),
        **_position(center.point),
        "distance_m": None if distance_m is None else round(distance_m),
        "walking_minutes": None if distance_m is None else walking.minutes(distance_m),
        "travel_assumption": walking.assumption,
        "travel": None if distance_m is None else travel_view(directory.travel, distance_m),
        "services": None if center.services is None else list(center.services),
        "has_prenatal": center.has_prenatal,
        "hospital": directory.hospitals[center.hospital].short_name,
        "area_hospital": _area_hospital(center, directory),
        "hours": asdict(center.hours) if center.hours else None,
        "unknown": list(center.unknown),
        "notes": list(center.notes),
        "as_of": center.as_of,
    }


def hospital_view(hospital: Hospital, directory: Directory, distance_m: float) -> Json:
    """A hospital at a distance; `maternity` is a proxy, and `maternity_basis` says which."""
    return {
        **_hospital_contact(hospital),
        "name": hospital.name,
        "kind": hospital.kind,
        "commune": hospital.commune,
        **_position(hospital.point),
        "maternity_basis": MATERNITY_BASIS,
        "distance_m": round(distance_m),
        "travel": travel_view(directory.travel, distance_m),
        "notes": list(hospital.notes),
        "as_of": hospital.as_of,
    }


def childhood_centre_view(
    centre: ChildhoodCentre, directory: Directory, distance_m: float, age_days: int | None
) -> Json:
    """An early-childhood centre at a distance; `takes_the_age` is null when no age was asked or none is published."""
    return {
        "slug": centre.slug,
        "kind": centre.kind,
        "name": centre.name,
        "address": centre.address,
        "neighbourhood": directory.neighbourhoods[centre.neighbourhood].name,
        "commune": centre.commune,
        "phones": list(centre.phones),
        **_position(centre.point),
        "age_from_days": centre.age_from_days,
        "age_to_months": centre.age_to_months,
        "takes_the_age": None if age_days is None else centre.takes(age_days),
        "distance_m": round(distance_m),
        "travel": travel_view(directory.travel, distance_m),
        "unknown": list(centre.unknown),
        "notes": list(centre.notes),
        "as_of": centre.as_of,
    }


def travel_view(travel: Travel, distance_m: float) -> Json:
    """Estimated minutes for a straight line in metres, by each way to travel, with what the estimate rests on."""
    return {
        name: {"minutes": mode.minutes(distance_m), "assumption": mode.assumption}
        for name, mode in travel.modes.items()
    }


def place_view(place: Place | None) -> Json | None:
    """A located place."""
    if place is None:
        return None
    return {"label": place.label, **_position(place.point), "approximate": place.approximate, "kind": place.kind}


def candidate_view(candidate: Candidate) -> Json:
    """One of several places she may have meant."""
    if candidate.neighbourhood is not None:
        return {"label": candidate.label, "neighbourhood": candidate.neighbourhood}
    return {"label": candidate.label, "address": candidate.address}


def remembered_view(place: RememberedPlace | None) -> Json | None:
    """A remembered place: always approximate."""
    if place is None:
        return None
    return {"label": place.label, **_position(place.point), "approximate": True}


def _area_hospital(center: Center, directory: Directory) -> Json:
    """The hospital a centre belongs to; where no child is born there, also the nearest one where children are."""
    own = directory.hospitals[center.hospital]
    births = None if own.maternity else directory.nearest_hospitals(center.point, maternity=True, limit=1)[0][0]
    return {**_hospital_contact(own), "maternity_instead": _hospital_contact(births) if births else None}


def _hospital_contact(hospital: Hospital) -> Json:
    return {
        "slug": hospital.slug,
        "short_name": hospital.short_name,
        "address": hospital.address,
        "phones": list(hospital.phones),
        "emergency_phones": list(hospital.emergency_phones),
        "maternity": hospital.maternity,
    }


def _position(point: Point) -> Json:
    return {"latitude": point.latitude, "longitude": point.longitude}
