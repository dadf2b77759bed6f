"""The addresses of the overdue list, each with the right it needs."""

from __future__ import annotations

from latido.console.overdue import doing, rooms
from latido.console.roles import Right
from latido.console.visits import Handler

_CARD = "/overdue/{resident}/{role}/{service}"

OVERDUE: tuple[tuple[str, str, Handler, Right], ...] = (
    ("/overdue", "GET", rooms.overdue_list, "read"),
    (_CARD, "GET", rooms.card, "read"),
    (f"{_CARD}/take", "POST", doing.take, "call"),
    (f"{_CARD}/leave", "POST", doing.leave, "call"),
    (f"{_CARD}/phone", "POST", doing.phone, "reveal"),
    (f"{_CARD}/result", "POST", doing.result, "call"),
    (f"{_CARD}/undo", "POST", doing.undo, "call"),
    (f"{_CARD}/book", "POST", doing.book, "call"),
)
