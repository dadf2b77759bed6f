"""How the model does on what was reviewed: the report, and the messages behind each of its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, Row, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.pages import page
from latido.console.reading import label
from latido.console.review.rules.score import EMERGENCIES, LEAST_SHARE, Judged, Report, Share, report_on
from latido.console.review.rules.wording import places_that_hold
from latido.console.review.store import entity_kinds
from latido.console.review.tables import review
from latido.console.showing import BUENOS_AIRES
from latido.console.visits import Problem, Visit
from latido.messaging.redaction import masked
from latido.messaging.tables import message

MOST, PAGE = 5_000, 50
# Names of columns in the address of the messages behind a figure.
_SIEVE = {"intent": review.c.intent, "predicted": review.c.predicted_intent, "reason": review.c.reason}
_ZONE = "America/Argentina/Buenos_Aires"
_NONE = cast([], JSONB)
_DAY = func.date(func.timezone(_ZONE, message.c.created_at))


@dataclass(frozen=True)
class Figures:
    """A report, of one model's messages or of all, and the models there are, newest first."""

    report: Report
    model: str
    models: tuple[str, ...]


def figures(connection: Connection, model: str | None) -> Figures:
    """The report on a model; None: the newest one that understood something reviewed, empty: all of them."""
    everything = judged(connection)
    models = tuple(sorted({one.model for one in everything}, reverse=True))
    chosen = model if model is not None else next(iter(models), "")
    report = report_on([one for one in everything if not chosen or one.model == chosen])
    return Figures(report, chosen, models)


def judged(connection: Connection) -> list[Judged]:
    """The newest reviewed messages that two people agreed on, at most MOST."""
    told = (review.c[name] for name in ("predicted_intent", "intent", "alarmed", "reason", "model"))
    # Most messages hold no datum: nothing is read for these, for thousands are read at once.
    entities = (
        func.nullif(review.c[name], _NONE, type_=JSONB).label(name) for name in ("predicted_entities", "entities")
    )
    columns = (*told, *entities, message.c.text, _DAY.label("day"))
    query = select(*columns).join(message, message.c.id == review.c.message_id).where(review.c.state == "applied")
    rows = connection.execute(query.order_by(review.c.message_id.desc()).limit(MOST)).all()
    return [_judged(row) for row in rows]


def report_room(visit: Visit) -> Response:
    """The report; `model` in the address, empty for all."""
    with visit.console.engine.connect() as connection:
        found = figures(connection, visit.request.query_params.get("model"))
        alerts = open_alert_count(connection)
    values: dict[str, Any] = {"found": found, "report": found.report, "in_words": in_words, "least": LEAST_SHARE}

    def behind(**sieve: str) -> str:
        kept = {name: value for name, value in {"model": found.model, **sieve}.items() if value}
        return f"{visit.base}/review/messages?" + urlencode(kept)

    return page(visit, "review_report.html", alerts=alerts, behind=behind, **values)


def messages_room(visit: Visit) -> Response:
    """The messages behind a figure, newest first; what to look for in the address."""
    given = visit.request.query_params
    with visit.console.engine.connect() as connection:
        rows = _behind(connection, given)
        alerts = open_alert_count(connection)
    older = None
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        older = "/review/messages?" + urlencode({**given, "before": rows[-1].message_id})
    return page(visit, "review_messages.html", alerts=alerts, rows=rows, older=older)


def in_words(one: Share) -> str:
    """`82 % (entre 74 y 88), de 120`, or that there are too few."""
    if one.shown is None:
        return label("review_report", "few") if one.of else label("review_report", "none")
    point, low, high = (round(100 * figure) for figure in (one.shown.point, one.shown.low, one.shown.high))
    return label("review_report", "share").format(point=point, low=low, high=high, of=one.of)


def _judged(row: Row[Any]) -> Judged:
    return Judged(
        predicted=row.predicted_intent,
        intent=row.intent,
        alarmed=row.alarmed,
        reason=row.reason,
        model=row.model,
        week=row.day - timedelta(days=row.day.weekday()),
        entities_told=_offered(row) if row.text else None,
        entities_true=tuple(kind for kind, _, _ in row.entities or ()),
    )


def _offered(row: Row[Any]) -> tuple[str, ...]:
    """What was found; without what stands behind a mask, for it was never offered to who reviewed it."""
    if not row.predicted_entities:
        return ()
    known = entity_kinds()
    held = places_that_hold(masked(row.text), [(kind, a, b) for kind, a, b in row.predicted_entities])
    return tuple(kind for kind, _, _ in held if kind in known)


def _behind(connection: Connection, given: Mapping[str, str]) -> list[Row[Any]]:
    columns = (review, message.c.text, message.c.resident, message.c.created_at.label("written_at"))
    query = select(*columns).join(message, message.c.id == review.c.message_id).where(review.c.state == "applied")
    try:
        query = query.where(*_wanted(given))
    except ValueError as error:
        raise Problem(400, "Esa dirección no está bien escrita.") from error
    return list(connection.execute(query.order_by(review.c.message_id.desc()).limit(PAGE + 1)).all())


def _wanted(given: Mapping[str, str]) -> list[ColumnElement[bool]]:
    wanted = [column == given[name] for name, column in _SIEVE.items() if given.get(name)]
    if "model" in given:
        wanted.append(review.c.model == given["model"])
    if given.get("wrong"):
        wanted.append(review.c.predicted_intent != review.c.intent)
    if given.get("alarmed"):
        wanted.append(review.c.alarmed == (given["alarmed"] == "1"))
    if given.get("emergency"):
        is_one = review.c.intent.in_(EMERGENCIES)
        wanted.append(is_one if given["emergency"] == "1" else ~is_one)
    if given.get("entity"):
        holds = [[given["entity"]]]
        wanted.append(or_(review.c.entities.contains(holds), review.c.predicted_entities.contains(holds)))
    if given.get("week"):
        first = datetime.combine(date.fromisoformat(given["week"]), time(), BUENOS_AIRES)
        wanted += [message.c.created_at >= first, message.c.created_at < first + timedelta(days=7)]
    if given.get("before"):
        wanted.append(review.c.message_id < int(given["before"]))
    return wanted
