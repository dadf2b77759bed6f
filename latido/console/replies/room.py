"""The page of canned replies: the team's and her own."""

from __future__ import annotations

from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.audit.log import record
from latido.console.pages import page
from latido.console.reading import label
from latido.console.replies.rules import FACTS, ReplyRefused, day_facts, filled
from latido.console.replies.store import drop_reply, keep_reply, replies_of
from latido.console.roles import may
from latido.console.sessions import Session
from latido.console.visits import Problem, Visit


def replies_room(visit: Visit) -> Response:
    """What she has at hand, and the form to keep another one."""
    return _shown(visit)


def keep(visit: Visit) -> Response:
    """Keep a reply of hers, or of the team's."""
    session = visit.require_operator()
    word, text = visit.form.get("word", ""), visit.form.get("text", "")
    owner = _owner(visit, session)
    try:
        with visit.console.engine.begin() as connection:
            kept = keep_reply(connection, owner, word, text)
            if owner is None:
                record(connection, session.operator_id, "team_reply_kept", word=kept)
    except ReplyRefused as refusal:
        return _shown(visit, 400, label("reply_refusals", refusal.reason), word, text)
    return visit.redirect("/replies")


def drop(visit: Visit) -> Response:
    """Remove one; the team's or the file's under the same word serves again."""
    session = visit.require_operator()
    word, owner = visit.form.get("word", ""), _owner(visit, session)
    with visit.console.engine.begin() as connection:
        if drop_reply(connection, owner, word) and owner is None:
            record(connection, session.operator_id, "team_reply_dropped", word=word)
    return visit.redirect("/replies")


def _owner(visit: Visit, session: Session) -> int | None:
    if visit.form.get("whose") != "team":
        return session.operator_id
    if not may(session.role, "edit_team_replies"):
        raise Problem(403, label("forbidden", "edit_team_replies"))
    return None


def _shown(visit: Visit, status: int = 200, notice: str = "", word: str = "", text: str = "") -> Response:
    session, now = visit.require_operator(), visit.console.now()
    with visit.console.engine.connect() as connection:
        found = replies_of(connection, session.operator_id)
        alerts = open_alert_count(connection)
    shown = [(one, filled(one.text, now)) for one in found]
    facts = [(name, day_facts(now)[name]) for name in FACTS]
    values = {"shown": shown, "facts": facts, "notice": notice, "word": word, "text": text, "alerts": alerts}
    return page(visit, "replies.html", status, **values)
