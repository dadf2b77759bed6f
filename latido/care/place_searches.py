"""Use cases: what is near the place she says. Centres, hospitals, early-childhood centres."""

from __future__ import annotations

from latido.care.places.locate import Located, Near
from latido.care.residents import remember_place
from latido.care.services import Care
from latido.care.views import (
    Json,
    candidate_view,
    center_view,
    childhood_centre_view,
    hospital_view,
    place_view,
)


def search_places(care: Care, near: Near, service: str | None, limit: int, key: str | None) -> Json:
    """Where `near` is and the nearest centres; the resident's place is remembered if she consented."""
    located = care.locator.locate(near)
    place = located.place
    if place is not None and key is not None and located.status == "found":
        remember_place(care.engine, key, place, care.now())
    nearest = care.directory.nearest(place.point, service, limit) if place else []
    return {
        **_where(located),
        "centers": [center_view(center, care.directory, metres) for center, metres in nearest],
    }


def search_hospitals(care: Care, near: Near, maternity: bool, limit: int) -> Json:
    """Where `near` is and the nearest hospitals; nothing is remembered."""
    located = care.locator.locate(near)
    found = care.directory.nearest_hospitals(located.place.point, maternity, limit) if located.place else []
    return {
        **_where(located),
        "hospitals": [hospital_view(hospital, care.directory, metres) for hospital, metres in found],
    }


def search_childhood_centres(care: Care, near: Near, age_days: int | None, limit: int) -> Json:
    """Where `near` is and the nearest early-childhood centres for a child of this age; nothing is remembered."""
    located = care.locator.locate(near)
    found = care.directory.nearest_childhood_centres(located.place.point, age_days, limit) if located.place else []
    views = [childhood_centre_view(centre, care.directory, metres, age_days) for centre, metres in found]
    return {**_where(located), "childhood_centres": views}


def _where(located: Located) -> Json:
    return {
        "status": located.status,
        "place": place_view(located.place),
        "candidates": [candidate_view(each) for each in located.candidates],
    }
