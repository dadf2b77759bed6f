"""Centres and places as the care API shows them (docs/wires.md)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from latido.care.places.directory import Center, Directory
from latido.care.places.geometry import TRAVEL_ASSUMPTION, walking_minutes
from latido.care.places.locate import Place
from latido.care.residents import RememberedPlace

Json = dict[str, Any]


def center_view(center: Center, directory: Directory, distance_m: float | None = None) -> Json:
    """A centre; `distance_m` and `walking_minutes` are null when nobody said from where."""
    return {
        "number": center.number,
        "name": center.name,
        "address": center.address,
        "neighbourhood": directory.neighbourhoods[center.neighbourhood].name,
        "commune": center.commune,
        "phones": list(center.phones),
        "latitude": center.point.latitude,
        "longitude": center.point.longitude,
        "distance_m": None if distance_m is None else round(distance_m),
        "walking_minutes": None if distance_m is None else walking_minutes(distance_m),
        "travel_assumption": TRAVEL_ASSUMPTION,
        "services": None if center.services is None else list(center.services),
        "has_prenatal": center.has_prenatal,
        "hospital": directory.hospitals[center.hospital].short_name,
        "hours": asdict(center.hours) if center.hours else None,
        "unknown": list(center.unknown),
        "notes": list(center.notes),
        "as_of": center.as_of,
    }


def place_view(place: Place | None) -> Json | None:
    """A located place."""
    if place is None:
        return None
    return {
        "label": place.label,
        "latitude": place.point.latitude,
        "longitude": place.point.longitude,
        "approximate": place.approximate,
        "kind": place.kind,
    }


def remembered_view(place: RememberedPlace | None) -> Json | None:
    """A remembered place: always approximate."""
    if place is None:
        return None
    point = place.point
    return {"label": place.label, "latitude": point.latitude, "longitude": point.longitude, "approximate": True}
