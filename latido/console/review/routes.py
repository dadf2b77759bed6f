"""The addresses of review, each with the right it needs."""

from __future__ import annotations

from latido.console.review import leaving, report, rooms
from latido.console.roles import Right
from latido.console.visits import Handler

REVIEW: tuple[tuple[str, str, Handler, Right], ...] = (
    ("/review", "GET", rooms.review_room, "review"),
    ("/review/report", "GET", report.report_room, "review"),
    ("/review/messages", "GET", report.messages_room, "review"),
    ("/review/export", "GET", leaving.export_room, "approve_review"),
    ("/review/export", "POST", leaving.download, "approve_review"),
    ("/review/{message}/decide", "POST", rooms.decide, "review"),
)
