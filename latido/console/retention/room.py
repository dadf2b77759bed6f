"""The page of the periods."""

from __future__ import annotations

from starlette.responses import Response

from latido.console.pages import page
from latido.console.visits import Visit

_YEAR = 365


def retention(visit: Visit) -> Response:
    """What is kept for how long, what is over, what was removed when."""
    return page(visit, "retention.html", retention=visit.console.retention_of(), lasting=lasting)


def lasting(days: int) -> str:
    """`90 días`, `1 año`, `3 años`."""
    if days < _YEAR or days % _YEAR:
        return f"{days} días"
    return "1 año" if days == _YEAR else f"{days // _YEAR} años"
