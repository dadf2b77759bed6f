"""The addresses of tags and notes, and the right they need."""

from __future__ import annotations

from latido.console.remarks import room
from latido.console.roles import Right
from latido.console.visits import Handler

REMARKS: tuple[tuple[str, str, Handler, Right], ...] = (
    ("/conversations/{resident}/tags", "POST", room.tag, "annotate"),
    ("/conversations/{resident}/tags/drop", "POST", room.untag, "annotate"),
    ("/conversations/{resident}/notes", "POST", room.note, "annotate"),
)
