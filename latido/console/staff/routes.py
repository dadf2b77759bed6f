"""The addresses of the operators' page, each with the right it needs."""

from __future__ import annotations

from latido.console.roles import Right
from latido.console.staff import room
from latido.console.visits import Handler

STAFF: tuple[tuple[str, str, Handler, Right | None], ...] = (
    ("/operators", "GET", room.staff, "manage_operators"),
    ("/operators", "POST", room.add, "manage_operators"),
    ("/operators/{username}", "POST", room.change, "manage_operators"),
)
