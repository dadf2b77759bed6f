"""The order of a search, and the positions in it where pages begin and end.

A page that begins after a position, not after a number of rows, neither skips nor repeats what stays where it is while
others write, and costs the same however deep it lies.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, literal, select, tuple_

from latido.fhir.server import tables
from latido.fhir.server.answers import refuse
from latido.fhir.server.definitions import Definition
from latido.fhir.server.search.request import CURSOR, SearchRequest, SortKey


@dataclass(frozen=True)
class Cursor:
    """A position: the value that is sorted by and the row's key; `back` asks for what lies before it.

    The value is None where it is missing, and in the order of storage.
    """

    value: datetime | str | None
    key: int
    back: bool = False


@dataclass(frozen=True)
class Segment:
    """A part of the order that one query can walk along: its conditions, and what to sort by."""

    where: tuple[ColumnElement[bool], ...]
    order: tuple[ColumnElement[Any], ...]


@dataclass(frozen=True)
class Keyset:
    """An order by one column of the resource table and then by key; by key alone when `column` is None.

    Rows without a value come last, in a segment of their own: so an index serves both directions.
    """

    name: str
    key: ColumnElement[int]
    column: ColumnElement[Any] | None
    descending: bool = False
    nullable: bool = False

    @classmethod
    def of(cls, row: FromClause, request: SearchRequest, leader: FromClause | None) -> "Keyset | None":
        """The keyset that a search is sorted by, along its leading reference if it has one; None for another order."""
        if not request.sort:
            return cls("", row.c.key, None)
        column = _own_column(row, request.definition, request.sort[0])
        if len(request.sort) > 1 or column is None:
            return None
        (sort,) = request.sort
        name = f"{'-' if sort.descending else ''}{sort.name}"
        key = row.c.key
        if leader is not None and sorts_by_moment(request):
            key, column = leader.c.resource_key, leader.c.moment
        return cls(name, key, column, sort.descending, _may_lack(request, sort))

    def segments(self, cursor: Cursor | None) -> Iterator[Segment]:
        """The queries that lead from the cursor on, or from the beginning, in their order."""
        back = cursor is not None and cursor.back
        known = self._known(cursor, back)
        unknown = self._unknown(cursor, back) if self.nullable else None
        for each in (unknown, known) if back else (known, unknown):
            if each is not None:
                yield each

    def _known(self, cursor: Cursor | None, back: bool) -> Segment | None:
        """Along the rows with a value; None when they all lie behind the cursor."""
        down = self.descending != back
        if self.column is None:
            return self._by_key((), cursor, down)
        order = tuple(each.desc() if down else each.asc() for each in (self.column, self.key))
        there = (self.column.is_not(None),) if self.nullable else ()
        if cursor is None or (cursor.value is None and back):
            return Segment(there, order)
        if cursor.value is None:
            return None
        here, mark = tuple_(self.column, self.key), tuple_(literal(cursor.value), literal(cursor.key))
        return Segment((*there, here < mark if down else here > mark), order)

    def _unknown(self, cursor: Cursor | None, back: bool) -> Segment | None:
        """Along the rows without a value; None when they all lie behind the cursor."""
        lacks = () if self.column is None else (self.column.is_(None),)
        inside = cursor is not None and cursor.value is None
        if back and not inside:
            return None
        return self._by_key(lacks, cursor if inside else None, back)

    def _by_key(self, where: tuple[ColumnElement[bool], ...], cursor: Cursor | None, down: bool) -> Segment:
        order = (self.key.desc() if down else self.key.asc(),)
        if cursor is None:
            return Segment(where, order)
        return Segment((*where, self.key < cursor.key if down else self.key > cursor.key), order)

    def turned(self, cursor: Cursor) -> Cursor:
        """The cursor looking the other way, with the row it stands on in sight."""
        falls = self.descending and cursor.value is not None
        return replace(cursor, key=cursor.key + (1 if falls == cursor.back else -1), back=not cursor.back)

    def token(self, cursor: Cursor) -> str:
        """A cursor as it stands in a link."""
        value = cursor.value.isoformat() if isinstance(cursor.value, datetime) else cursor.value
        text = json.dumps([self.name, value, cursor.key, cursor.back], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def cursor(self, token: str) -> Cursor:
        """The cursor of a link; 400 when it is not one of this order."""
        try:
            name, value, key, back = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            found = Cursor(self._value(value), key, back)
        except (ValueError, TypeError, RecursionError):
            return _foreign()
        if name != self.name or type(key) is not int or not -1 < key < 2**63 or type(back) is not bool:
            return _foreign()
        return found

    def _value(self, value: object) -> datetime | str | None:
        if self.column is None or value is None:
            return None
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError("no value of a cursor")
        if self.column.type.python_type is not datetime:
            return value
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment


def _foreign() -> Cursor:
    return refuse(400, "value", f"{CURSOR} is not one that this server gave for this order")


def _own_column(row: FromClause, definition: Definition, sort: SortKey) -> ColumnElement[Any] | None:
    """The column of the resource table that a key sorts by; None when its values stand in another table."""
    if sort.name in ("_id", "_lastUpdated"):
        return row.c.id if sort.name == "_id" else row.c.last_updated
    parameter = definition.search[sort.name]
    if parameter.looks_at(definition.state):
        return row.c.state
    return row.c.moment if parameter.looks_at(definition.moment) else None


def sorts_by_moment(request: SearchRequest) -> bool:
    """Whether a search is sorted by the start that stands beside its references."""
    if len(request.sort) != 1 or request.sort[0].name not in request.definition.search:
        return False
    return request.definition.search[request.sort[0].name].looks_at(request.definition.moment)


def _may_lack(request: SearchRequest, sort: SortKey) -> bool:
    """Whether a match may have no value for this key: an optional element that no filter asks for."""
    if sort.name in ("_id", "_lastUpdated"):
        return False
    parameter = request.definition.search[sort.name]
    filters = [group[0] for group in request.filters if len(group) == 1]
    if any(each.parameter is parameter and not each.chain and each.modifier is None for each in filters):
        return False
    return request.definition.table.properties[parameter.paths[0].steps[0]].element.minimum == 0


def order_by(row: FromClause, request: SearchRequest, key: SortKey) -> ColumnElement[Any]:
    """One key of any order; rows without a value last."""
    column = _own_column(row, request.definition, key)
    column = _first_value(row, request.definition, key) if column is None else column
    return (column.desc() if key.descending else column.asc()).nulls_last()


def _first_value(row: FromClause, definition: Definition, key: SortKey) -> ColumnElement[Any]:
    kind = definition.search[key.name].kind
    index = tables.string if kind == "string" else tables.date
    value = index.c.value if kind == "string" else index.c.low
    first = select(func.min(value)).where(index.c.resource_key == row.c.key, index.c.parameter == key.name)
    return first.scalar_subquery()
