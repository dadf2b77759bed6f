"""The page of review: one message at a time, what was said around it, and what it meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.pages import page
from latido.console.reading import label
from latido.console.review import deciding
from latido.console.review.deciding import Reading, Reviewer, ReviewRefused
from latido.console.review.queue import COUNTED_TO, VIEWS, Wanted, around, counts, hold, next_one, one_before
from latido.console.review.rules.marked import WordingRefused, marked, read_marked
from latido.console.review.rules.teaching import REASONS
from latido.console.review.rules.wording import Wording, proposed, still_identifies
from latido.console.review.store import entity_kinds, intents, made_up
from latido.console.review.tables import review
from latido.console.visits import Problem, Visit
from latido.messaging.redaction import masked
from latido.messaging.tables import message

_NUMBER = re.compile(r"[0-9]{1,18}")
OUT_OF_SCOPE = "out_of_scope"
REVIEWS = ("confirm", "out_of_scope", "discard")


def review_room(visit: Visit) -> Response:
    """The queue at its next message; `queue`, `reason`, `at`, `after` and `before` in the address."""
    session, wanted = visit.require_operator(), wanted_of(visit.request.query_params)
    places = {name: _number(visit.request.query_params.get(name)) for name in ("at", "after", "before")}
    with visit.console.engine.begin() as connection:
        at = places["at"]
        if places["before"] is not None:
            at = one_before(connection, wanted, places["before"])
        if at is None:
            at = next_one(connection, wanted, session.operator_id, visit.console.now(), places["after"])
    return shown(visit, wanted, at)


def decide(visit: Visit) -> Response:
    """One decision, named by `do`; then the next message, or the same one where it is only marked."""
    session, wanted = visit.require_operator(), wanted_of(visit.form)
    at, do = _number(str(visit.request.path_params["message"])) or 0, visit.form.get("do", "")
    by = Reviewer(session.operator_id, visit.console.now(), _number(visit.form.get("seen", "0")) or 0)
    try:
        with visit.console.engine.begin() as connection:
            goes_on = _decided(visit, connection, at, do, by)
            if goes_on:
                deciding.release(connection, at, session.operator_id)
    except (ReviewRefused, WordingRefused) as refusal:
        return shown(visit, wanted, at, label("review_refusals", refusal.reason))
    return visit.redirect(address(wanted, after=at) if goes_on else address(wanted, at=at))


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """The part of the queue that an address or a form names."""
    wanted = Wanted(given.get("queue") or "new", given.get("reason", ""))
    if wanted.view not in VIEWS or (wanted.reason and wanted.reason not in REASONS):
        raise Problem(404, "Esa parte de la revisión no existe.")
    return wanted


def address(wanted: Wanted, **places: int | None) -> str:
    """The address of this part of the queue."""
    given = {"queue": wanted.view, "reason": wanted.reason, **places}
    plain = {name: value for name, value in given.items() if value and (name, value) != ("queue", "new")}
    return "/review?" + urlencode(plain) if plain else "/review"


def shown(visit: Visit, wanted: Wanted, at: int | None, notice: str = "") -> Response:
    """The page with one message, or with none left."""
    session, now = visit.require_operator(), visit.console.now()
    with visit.console.engine.begin() as connection:
        values: dict[str, Any] = {"counts": counts(connection), "alerts": open_alert_count(connection)}
        values["last"] = deciding.last_of(connection, session.operator_id)
        row = _row(connection, at) if at is not None else None
        if at is not None and row is None:
            raise Problem(404, "Ese mensaje no está en la revisión.")
        # What waits for somebody else is not kept from her.
        waits = row is not None and (row.state, row.annotated_by) == ("pending", session.operator_id)
        values["holder"] = None if row is None or waits else hold(connection, row.message_id, session.operator_id, now)
        values["one"] = _facts(visit, connection, row) if row else None
    values |= {
        "counted_to": COUNTED_TO,
        "wanted": wanted,
        "views": VIEWS,
        "reasons": REASONS,
        "address": address,
        "notice": notice,
    }
    values["view_address"] = lambda view, reason="": address(Wanted(view, reason))
    values |= {"intents": sorted(((name, label("intents", name)) for name in intents()), key=lambda one: one[1])}
    status = 409 if notice else 200
    return page(visit, "review.html", status, kinds=entity_kinds(), may_approve=visit.may("approve_review"), **values)


def _decided(visit: Visit, connection: Connection, at: int, do: str, by: Reviewer) -> bool:
    """Carry it out; True when the next message is to be shown."""
    if do in REVIEWS or do == "approve":
        _settle(visit, connection, at, do, by)
        return True
    if do == "undo":
        deciding.undo(connection, at, by)
    elif do == "flag":
        deciding.flag(connection, at, by)
    elif do == "tag":
        deciding.tag(connection, at, by, visit.form.get("tags", ""))
    elif do == "note":
        deciding.note(connection, visit.console.vault, at, by, visit.form.get("note", ""))
    else:
        raise Problem(400, "Ese botón no existe.")
    return False


def _settle(visit: Visit, connection: Connection, at: int, do: str, by: Reviewer) -> None:
    if do == "discard":
        deciding.discard(connection, at, by)
    elif do == "approve":
        if not visit.may("approve_review"):
            raise Problem(403, label("forbidden", "approve_review"))
        deciding.approve(connection, at, by, _reading(visit, visit.form.get("intent", "")))
    else:
        intent = OUT_OF_SCOPE if do == "out_of_scope" else visit.form.get("intent", "")
        deciding.annotate(connection, at, by, _reading(visit, intent))


def _reading(visit: Visit, intent: str) -> Reading:
    if intent not in intents():
        raise ReviewRefused("intent")
    wording, entities = read_marked(visit.form.get("wording", ""), entity_kinds())
    if still_identifies(wording, made_up()):
        raise WordingRefused("identifies")
    return Reading(intent, wording, entities)


def _row(connection: Connection, at: int) -> Row[Any] | None:
    columns = (review, message.c.resident, message.c.text, message.c.created_at.label("written_at"))
    joined = select(*columns).join(message, message.c.id == review.c.message_id)
    return connection.execute(joined.where(review.c.message_id == at)).first()


def _facts(visit: Visit, connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """What the page says of one message."""
    names = deciding.names_of(connection, row.annotated_by, row.approved_by)
    wording = _wording_of(row)
    newest = connection.execute(_NEWEST_MODEL).scalar() or row.model
    return {
        "row": row,
        "around": around(connection, row.resident, row.message_id),
        "chosen": visit.form.get("intent") or row.intent or row.predicted_intent,
        "wording": visit.form.get("wording") or marked(wording.text, wording.entities),
        "replaced": [label("review_replaced", kind) for kind in wording.replaced],
        "note": visit.console.vault.open(row.note_sealed) if row.note_sealed else "",
        "seen": deciding.seen_until(connection, row.message_id),
        "annotated_by": names.get(row.annotated_by),
        "approved_by": names.get(row.approved_by),
        "is_mine": row.annotated_by == visit.require_operator().operator_id,
        "older_model": bool(row.model) and row.model != newest,
        "newest_model": newest,
    }


_NEWEST_MODEL = (
    select(message.c.nlu["model"].astext)
    .where(message.c.direction == "in", message.c.nlu["model"].astext.is_not(None))
    .order_by(message.c.id.desc())
    .limit(1)
)


def _wording_of(row: Row[Any]) -> Wording:
    """What was written down, or else what is proposed."""
    if row.wording is not None:
        return Wording(row.wording, tuple((kind, start, end) for kind, start, end in row.entities or ()))
    known = entity_kinds()
    places = [(kind, start, end) for kind, start, end in row.predicted_entities if kind in known]
    return proposed(masked(row.text), places, made_up())


def _number(given: str | None) -> int | None:
    if not given:
        return None
    if not _NUMBER.fullmatch(given):
        raise Problem(400, "Esa dirección no está bien escrita.")
    return int(given)
