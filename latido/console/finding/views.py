"""Saved views: filters that an operator keeps under a short name, for herself or for the whole team."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.finding.filters import Filters, read_filters
from latido.console.finding.tables import views
from latido.console.finding.words import fold
from latido.console.tables import operator

MOST = 40
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ViewRefused(ValueError):
    """It cannot be kept; the message is the name of the reason, of `view_refusals`."""


@dataclass(frozen=True)
class View:
    """Filters with a name; `owner` is set where they are of somebody else."""

    name: str
    query: str
    shared: bool
    owner: str | None


def views_of(connection: Connection, operator_id: int) -> Sequence[View]:
    """Her own and the team's, by name; of two with one name hers."""
    seen = or_(views.c.operator_id == operator_id, views.c.shared)
    everything = select(views, operator.c.username).join(operator, operator.c.id == views.c.operator_id).where(seen)
    found: dict[str, View] = {}
    for row in connection.execute(everything.order_by(views.c.operator_id == operator_id, views.c.id)):
        found[row.name] = _view(row, operator_id)
    return tuple(found[name] for name in sorted(found))


def view_named(connection: Connection, operator_id: int, name: str) -> View | None:
    """The view of this name that she sees, None where there is none."""
    return next((view for view in views_of(connection, operator_id) if view.name == name), None)


def keep_view(
    connection: Connection, operator_id: int, name: str, filters: Filters, shared: bool, was: str = ""
) -> str:
    """Keep it under a name, in place of hers of that name or of the one it had before; ViewRefused."""
    short = short_name(name)
    if not filters.query:
        raise ViewRefused("empty")
    _check_room(connection, operator_id, short, shared)
    if was and was != short:
        connection.execute(delete(views).where(_hers(operator_id, short)))
        connection.execute(update(views).where(_hers(operator_id, was)).values(name=short))
    kept = upsert(views).values(operator_id=operator_id, name=short, query=filters.query, shared=shared)
    again = {"query": filters.query, "shared": shared}
    connection.execute(kept.on_conflict_do_update(index_elements=["operator_id", "name"], set_=again))
    return short


def drop_view(connection: Connection, operator_id: int, name: str) -> bool:
    """Remove one of hers; False when she had none of that name."""
    return connection.execute(delete(views).where(_hers(operator_id, name))).rowcount > 0


def filters_in(query: str) -> Filters:
    """The filters of a query as it was kept or sent; WrongFilter."""
    return read_filters(dict(parse_qsl(query)))


def short_name(name: str) -> str:
    """As it stands in an address: `Sin turno` becomes `sin-turno`; ViewRefused."""
    short = "-".join(fold(name).split())
    if not _NAME.fullmatch(short) or len(short) > 24:
        raise ViewRefused("name")
    return short


def _check_room(connection: Connection, operator_id: int, name: str, shared: bool) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("saved_view"))))
    others = and_(views.c.shared, views.c.name == name, views.c.operator_id != operator_id)
    if shared and connection.execute(select(views.c.id).where(others)).first():
        raise ViewRefused("taken")
    count = select(func.count()).where(views.c.operator_id == operator_id)
    if connection.execute(count).scalar_one() >= MOST:
        raise ViewRefused("many")


def _hers(operator_id: int, name: str) -> ColumnElement[bool]:
    return and_(views.c.operator_id == operator_id, views.c.name == name)


def _view(row: Row[Any], operator_id: int) -> View:
    owner = None if row.operator_id == operator_id else str(row.username)
    return View(row.name, row.query, row.shared, owner)
