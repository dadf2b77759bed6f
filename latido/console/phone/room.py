"""The page that shows a phone once: for alerts and conversations that ask for a call."""

from __future__ import annotations

from starlette.responses import Response

from latido.console.overdue.rules import load_call_rules
from latido.console.pages import page
from latido.console.phone.seeing import NoReason, TooMany, note_refusal, see_phone
from latido.console.reading import label
from latido.console.rooms import key_of
from latido.console.visits import Visit


def ask(visit: Visit) -> Response:
    """The form that asks why."""
    return _shown(visit)


def show(visit: Visit) -> Response:
    """The phone on this one answer, once why and by whom stands in the audit log."""
    console, session = visit.console, visit.require_operator()
    reason, words = visit.form.get("reason", ""), visit.form.get("words", "")
    try:
        with console.engine.begin() as connection:
            key = key_of(visit, connection)
            rules = load_call_rules()
            phone = see_phone(connection, console.vault, key, session.operator_id, reason, words, rules)
    except NoReason:
        return _shown(visit, 400, notice=label("overdue_refusals", "no_reason"))
    except TooMany:
        with console.engine.begin() as connection:
            note_refusal(connection, key, session.operator_id, session.username, console.now())
        return _shown(visit, 429, notice=label("overdue_refusals", "too_many"))
    return _shown(visit, phone=phone or label("overdue_refusals", "no_phone"))


def _shown(visit: Visit, status: int = 200, notice: str = "", phone: str | None = None) -> Response:
    with visit.console.engine.connect() as connection:
        key = key_of(visit, connection)
    reasons = load_call_rules().reveal_reasons
    return page(visit, "phone.html", status, resident=key, notice=notice, phone=phone, reasons=reasons)
