"""The addresses by which conversations are found, and the right each needs."""

from __future__ import annotations

from latido.console.finding import keeping, room
from latido.console.roles import Right
from latido.console.visits import Handler

FINDING: tuple[tuple[str, str, Handler, Right], ...] = (
    ("/", "GET", room.conversations, "read"),
    ("/views/{view}", "GET", keeping.open_view, "read"),
    ("/views", "POST", keeping.keep, "read"),
    ("/views/drop", "POST", keeping.drop, "read"),
)
