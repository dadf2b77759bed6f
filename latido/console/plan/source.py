"""Where the plan comes from: the console itself reads neither calendars nor the health service."""

from __future__ import annotations

from collections.abc import Callable

from latido.timeline import Timeline


class PlanUnavailable(Exception):
    """The plan cannot be read now: the health service does not answer, or nothing is connected."""


TimelineOf = Callable[[str], Timeline]
"""The timeline of a resident, by key; PlanUnavailable."""


def not_connected(resident: str) -> Timeline:
    """In place of the plan where the console stands alone."""
    raise PlanUnavailable("nothing is connected that knows plans")
