"""Filters as SQL conditions on one alias of the resource table."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, literal, not_, or_, select

from latido.fhir.server import tables
from latido.fhir.server.answers import refuse
from latido.fhir.server.definitions import Definition
from latido.fhir.server.indexing import (
    Blinder,
    normal_string,
    reference_target,
    stands_beside,
    token_code,
    token_system,
    words_of,
)
from latido.fhir.server.instants import Interval, interval_of
from latido.fhir.server.search import escapes
from latido.fhir.server.search.near import Near, distance_m, near_box
from latido.fhir.server.search.request import Filter

_WHOLE_DAY = re.compile(r"(?:eq)?(\d{4}-\d\d-\d\d)", re.ASCII)
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(\d{4}.*)")

Beside = Callable[[FromClause], ColumnElement[bool]]


@dataclass(frozen=True)
class Compiler:
    """Compiles the filters of one search; `beside` are its conditions on state and moment, which references carry."""

    blinder: Blinder
    beside: tuple[Beside, ...] = ()

    def condition(self, row: FromClause, kind: str, each: Filter) -> ColumnElement[bool]:
        """Whether the resource of this type in `row` fulfils a filter, through its chain of references."""
        if each.chain:
            return self._chained(row, kind, each)
        if each.modifier == "missing":
            return self._missing(row, each)
        found = _BY_KIND[each.parameter.kind](self, row, each)
        return not_(func.coalesce(found, false())) if each.modifier == "not" else found

    def _chained(self, row: FromClause, kind: str, each: Filter) -> ColumnElement[bool]:
        (parameter, target), *rest = each.chain
        inner = tables.resource.alias()
        further = Filter(each.owner, each.parameter, each.values, each.modifier, tuple(rest))
        fulfilled = Compiler(self.blinder).condition(inner, target, further)
        ids = select(inner.c.id).where(inner.c.type == target, fulfilled)
        reference = tables.reference.alias()
        query = self._referring(kind, reference, parameter.name)
        return row.c.key.in_(query.where(reference.c.target_type == target, reference.c.target_id.in_(ids)))

    def _referring(self, kind: str, reference: FromClause, parameter: str) -> Select[Any]:
        """The keys of those that refer by a parameter, narrowed by what is known of state and moment."""
        where = [reference.c.type == kind, reference.c.parameter == parameter]
        return select(reference.c.resource_key).where(*where, *(each(reference) for each in self.beside))

    def _missing(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        if each.values not in (("true",), ("false",)):
            refuse(400, "value", ":missing is true or false")
        column = beside_column(row, each)
        if column is not None:
            found = column.is_not(None)
        else:
            index = _INDEXES[each.parameter.kind]
            where = (index.c.type == each.owner.name, index.c.parameter == each.parameter.name)
            found = row.c.key.in_(select(index.c.resource_key).where(*where))
        return not_(found) if each.values == ("true",) else found

    def special(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """`_id` and `_lastUpdated`."""
        if each.parameter.name == "_id":
            return row.c.id.in_(each.values)
        return or_(*(moment_condition(row.c.last_updated, value) for value in each.values))

    def token(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of `system|code`, `code`, `|code`, `system|`."""
        column = beside_column(row, each)
        if column is not None:
            return column.in_(state_codes(each))
        found = tables.token.alias()
        matching = or_(*(self._one_token(found, each, value) for value in each.values))
        query = select(found.c.resource_key).where(
            found.c.type == each.owner.name, found.c.parameter == each.parameter.name, matching
        )
        return row.c.key.in_(query)

    def _one_token(self, found: FromClause, each: Filter, value: str) -> ColumnElement[bool]:
        system, bar, code = _split_token(value)
        held = token_code(each.owner, each.parameter.name, code, self.blinder)
        if not bar:
            return found.c.code == held
        held_system = token_system(each.owner, system, self.blinder)
        if not code:
            return found.c.system == held_system
        return and_(found.c.system == held_system, found.c.code == held)

    def words(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """All words of any of the values, whole, as a sealed type's index has them."""
        return or_(*(and_(*(self._holds(row, each, word) for word in asked_words(value))) for value in each.values))

    def day(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of the days, whole, as a sealed type's index has them."""
        return or_(*(self._holds(row, each, asked_day(value)) for value in each.values))

    def _holds(self, row: FromClause, each: Filter, value: str) -> ColumnElement[bool]:
        found = tables.token.alias()
        held = token_code(each.owner, each.parameter.name, value, self.blinder)
        where = (found.c.type == each.owner.name, found.c.parameter == each.parameter.name, found.c.code == held)
        return row.c.key.in_(select(found.c.resource_key).where(*where))

    def reference(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of `Type/id`, `id` alone, or a whole URL."""
        reference = tables.reference.alias()
        query = self._referring(each.owner.name, reference, each.parameter.name)
        return row.c.key.in_(query.where(or_(*(_one_reference(reference, each, value) for value in each.values))))

    def date(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of the values, each with its prefix."""
        column = beside_column(row, each)
        if column is not None:
            return or_(*(moment_condition(column, value) for value in each.values))
        found = tables.date.alias()
        matching = or_(*(_interval_condition(found, value) for value in each.values))
        query = select(found.c.resource_key).where(
            found.c.type == each.owner.name, found.c.parameter == each.parameter.name, matching
        )
        return row.c.key.in_(query)

    def string(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of the values, from the beginning, or whole, or anywhere."""
        found = tables.string.alias()
        matching = or_(*(_one_string(found, each.modifier, value) for value in each.values))
        query = select(found.c.resource_key).where(
            found.c.type == each.owner.name, found.c.parameter == each.parameter.name, matching
        )
        return row.c.key.in_(query)

    def position(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Within the distance of a point."""
        near = near_of(each)
        found = tables.position.alias()
        query = select(found.c.resource_key).where(found.c.type == each.owner.name, near_box(found, near))
        if near.within_m is not None:
            query = query.where(distance_m(found, near) <= near.within_m)
        return row.c.key.in_(query)


_INDEXES = {
    "token": tables.token,
    "reference": tables.reference,
    "date": tables.date,
    "string": tables.string,
    "words": tables.token,
    "day": tables.token,
}

_BY_KIND: dict[str, Callable[[Compiler, FromClause, Filter], ColumnElement[bool]]] = {
    "special": Compiler.special,
    "token": Compiler.token,
    "reference": Compiler.reference,
    "date": Compiler.date,
    "string": Compiler.string,
    "words": Compiler.words,
    "day": Compiler.day,
    "position": Compiler.position,
}


def beside_column(row: FromClause, each: Filter) -> ColumnElement[Any] | None:
    """The column of `row` that a filter on state or moment looks at, if it is such a filter."""
    if not stands_beside(each.parameter, each.owner):
        return None
    return row.c.state if each.parameter.looks_at(each.owner.state) else row.c.moment


def besides(definition: Definition, groups: list[list[Filter]]) -> tuple[Beside, ...]:
    """The conditions on the state and moment of the searched type itself, for its references to carry."""
    plain = [group[0] for group in groups if len(group) == 1 and not group[0].chain and group[0].modifier is None]
    return tuple(_beside(each) for each in plain if stands_beside(each.parameter, definition))


def _beside(each: Filter) -> Beside:
    def condition(row: FromClause) -> ColumnElement[bool]:
        if each.parameter.looks_at(each.owner.state):
            return row.c.state.in_(state_codes(each))
        return or_(*(moment_condition(row.c.moment, value) for value in each.values))

    return condition


def state_codes(each: Filter) -> list[str]:
    """The codes asked for, without those of another system."""
    parts = [_split_token(value) for value in each.values]
    return [code for system, bar, code in parts if not bar or system == each.owner.state_system]


def near_of(each: Filter) -> Near:
    """The point and distance of a `near` filter."""
    if len(each.values) > 1:
        refuse(400, "not-supported", "near takes one point")
    return Near.parse(each.values[0])


def moment_condition(column: ColumnElement[datetime | None], value: str) -> ColumnElement[bool]:
    """A date filter on a point of time. Source: FHIR R4 search, "prefixes"."""
    prefix, asked = _read_date(value)
    within = and_(column >= asked.low, column < asked.high)
    return {
        "eq": within,
        "ne": or_(column < asked.low, column >= asked.high),
        "gt": column >= asked.high,
        "sa": column >= asked.high,
        "ge": column >= asked.low,
        "lt": column < asked.low,
        "eb": column < asked.low,
        "le": column < asked.high,
    }[prefix]


def _interval_condition(found: FromClause, value: str) -> ColumnElement[bool]:
    prefix, asked = _read_date(value)
    contained = and_(found.c.low >= asked.low, found.c.high <= asked.high)
    return {
        "eq": contained,
        "ne": not_(contained),
        "gt": found.c.high > asked.high,
        "ge": found.c.high > asked.low,
        "lt": found.c.low < asked.low,
        "le": found.c.low < asked.high,
        "sa": found.c.low >= asked.high,
        "eb": found.c.high <= asked.low,
    }[prefix]


def _read_date(value: str) -> tuple[str, Interval]:
    # An unencoded "+" of an offset arrives as a blank.
    found = _PREFIXED.fullmatch(value.replace(" ", "+"))
    interval = interval_of(found[2]) if found else None
    if found is None or interval is None:
        refuse(400, "value", "a date is [eq|ne|gt|lt|ge|le|sa|eb] and YYYY[-MM[-DD[Thh:mm[:ss](Z|+hh:mm)]]]")
    return found[1] or "eq", interval


def asked_words(value: str) -> list[str]:
    """The words that a sealed string must hold; 400 for a value without one."""
    found = words_of(escapes.plain(value))
    if not found:
        refuse(400, "value", "this is searched by whole words: give at least one")
    return found


def asked_day(value: str) -> str:
    """The day that a sealed date must be; 400 for a range or a part of a date, which a keyed hash cannot find."""
    found = _WHOLE_DAY.fullmatch(value)
    if found is None or interval_of(found[1]) is None:
        refuse(400, "not-supported", "this is searched by the whole day only: [eq]YYYY-MM-DD")
    return found[1]


def _split_token(value: str) -> tuple[str, bool, str]:
    """System, whether one was named, and code."""
    first, *rest = escapes.split(value, "|")
    if not rest:
        return "", False, escapes.plain(first)
    return escapes.plain(first), True, escapes.plain("|".join(rest))


def _one_reference(reference: FromClause, each: Filter, value: str) -> ColumnElement[bool]:
    target = reference_target(escapes.plain(value))
    if target is not None:
        return and_(reference.c.target_type == target[0], reference.c.target_id == target[1])
    if "/" in value or not value:
        return false()
    targets = each.parameter.targets
    named = and_(reference.c.target_type.in_(targets)) if targets else literal(True)
    return and_(named, reference.c.target_id == value)


def _one_string(found: FromClause, modifier: str | None, value: str) -> ColumnElement[bool]:
    wanted = normal_string(escapes.plain(value))
    if modifier == "exact":
        return found.c.value == wanted
    if modifier == "contains":
        return func.strpos(found.c.value, wanted) > 0
    return found.c.value.startswith(wanted, autoescape=True)
