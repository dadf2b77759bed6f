"""Adding tags and notes to a conversation, and taking them back."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection
from starlette.responses import Response

from latido.console.reading import label
from latido.console.remarks.store import RemarkRefused, add_tag, drop_tag, write_note
from latido.console.rooms import key_of
from latido.console.visits import Problem, Visit


def tag(visit: Visit) -> Response:
    """Add a tag."""
    return _done(visit, lambda connection, key, who: add_tag(connection, key, who, visit.form.get("tag", "")))


def untag(visit: Visit) -> Response:
    """Remove a tag."""
    return _done(visit, lambda connection, key, who: drop_tag(connection, key, visit.form.get("tag", "")))


def note(visit: Visit) -> Response:
    """Add a note, or another wording of one's own."""
    text, number = visit.form.get("text", ""), visit.form.get("replaces", "")
    replaces = int(number) if number.isdecimal() and len(number) < 19 else None
    vault = visit.console.vault
    return _done(visit, lambda connection, key, who: write_note(connection, vault, key, who, text, replaces))


def _done(visit: Visit, deed: Callable[[Connection, str, int], None]) -> Response:
    session = visit.require_operator()
    try:
        with visit.console.engine.begin() as connection:
            key = key_of(visit, connection)
            deed(connection, key, session.operator_id)
    except RemarkRefused as refusal:
        raise Problem(400, label("remark_refusals", str(refusal))) from refusal
    return visit.redirect(f"/conversations/{key}#remarks")
