"""Filters as SQL conditions on one alias of the resource table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    exists,
    not_,
    or_,
    select,
    union_all,
)

from latido.fhir.server import tables
from latido.fhir.server.answers import refuse
from latido.fhir.server.definitions import Definition
from latido.fhir.server.indexing import (
    Blinder,
    reference_target,
    stands_beside,
    token_code,
    token_system,
)
from latido.fhir.server.search import escapes
from latido.fhir.server.search.near import distance_m, near_box
from latido.fhir.server.search.request import Filter
from latido.fhir.server.search.values import (
    asked_day,
    asked_words,
    interval_condition,
    moment_condition,
    near_of,
    one_reference,
    one_string,
    split_token,
)

Beside = Callable[[FromClause], ColumnElement[bool]]


@dataclass(frozen=True)
class Compiler:
    """Compiles the filters of one search; `beside` are its conditions on state and moment, which references carry.

    A look-up that holds no other takes the index's table itself: an alias of its own costs as much as the rest of it.
    """

    blinder: Blinder
    beside: tuple[Beside, ...] = ()

    def conditions(self, row: FromClause, kind: str, groups: Sequence[Sequence[Filter]]) -> list[ColumnElement[bool]]:
        """Whether the resource of this type in `row` fulfils one filter of every group."""
        return [self._any(row, kind, group) for group in groups]

    def _any(self, row: FromClause, kind: str, group: Sequence[Filter]) -> ColumnElement[bool]:
        if len(group) == 1:
            return self.condition(row, kind, group[0])
        # Chains that may lead to several types. Joined by OR, each would be looked up for every row.
        return row.c.key.in_(union_all(*(self._chained(kind, each) for each in group)))

    def condition(self, row: FromClause, kind: str, each: Filter) -> ColumnElement[bool]:
        """Whether the resource of this type in `row` fulfils a filter, through its chain of references."""
        if each.chain:
            return row.c.key.in_(self._chained(kind, each))
        if each.modifier == "missing":
            return self._missing(row, each)
        if each.modifier == "not":
            return self._not(row, each)
        return _BY_KIND[each.parameter.kind](self, row, each)

    def led(self, row: FromClause, reference: FromClause, each: Filter) -> list[ColumnElement[bool]]:
        """Whether `reference` is one of `row`, and refers to the one thing that the filter asks for."""
        refers = one_reference(reference, each, each.values[0])
        return [
            *self._where(each.owner.name, reference, each.parameter.name),
            refers,
            reference.c.resource_key == row.c.key,
        ]

    def _not(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Whether none of a token's values is there."""
        column = beside_column(row, each)
        if column is not None:
            return or_(column.is_(None), column.not_in(state_codes(each)))
        held = held_in(tables.token, each).where(or_(*self._alternatives(each)))
        return not_(held.where(tables.token.c.resource_key == row.c.key).exists())

    def _chained(self, kind: str, each: Filter) -> Select[Any]:
        """The keys of those of a type whose chain of references leads to what a filter asks for."""
        (parameter, target), *rest = each.chain
        inner = tables.resource.alias()
        further = Filter(each.owner, each.parameter, each.values, each.modifier, tuple(rest))
        fulfilled = Compiler(self.blinder).condition(inner, target, further)
        ids = select(inner.c.id).where(inner.c.type == target, fulfilled)
        reference = tables.reference.alias()
        query = self._referring(kind, reference, parameter.name)
        return query.where(reference.c.target_type == target, reference.c.target_id.in_(ids))

    def _referring(self, kind: str, reference: FromClause, parameter: str) -> Select[Any]:
        """The keys of those that refer by a parameter, narrowed by what is known of state and moment."""
        return select(reference.c.resource_key).where(*self._where(kind, reference, parameter))

    def _where(self, kind: str, reference: FromClause, parameter: str) -> list[ColumnElement[bool]]:
        known = (each(reference) for each in self.beside)
        return [reference.c.type == kind, reference.c.parameter == parameter, *known]

    def _missing(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        if each.values not in (("true",), ("false",)):
            refuse(400, "value", ":missing is true or false")
        column = beside_column(row, each)
        index = _INDEXES[each.parameter.kind].alias()
        where = (index.c.type == each.owner.name, index.c.parameter == each.parameter.name)
        there = exists().where(*where, index.c.resource_key == row.c.key) if column is None else column.is_not(None)
        return not_(there) if each.values == ("true",) else there

    def special(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """`_id` and `_lastUpdated`."""
        if each.parameter.name == "_id":
            return row.c.id.in_(each.values)
        return or_(*(moment_condition(row.c.last_updated, value) for value in each.values))

    def has(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Whether something that fulfils the inner filter refers to the row."""
        if each.has is None:
            raise AssertionError("a filter of this kind holds what must refer")
        kind, filters = each.has.referring.name, [list(each.has.filters)]
        known = besides(each.has.referring, filters)
        inner, reference = tables.resource.alias(), tables.reference.alias()
        fulfilled = Compiler(self.blinder, known).conditions(inner, kind, filters)
        refers = Compiler(self.blinder, known)._where(kind, reference, each.has.parameter.name)
        keys = select(inner.c.key).where(inner.c.type == kind, *fulfilled)
        query = select(reference.c.target_id).where(*refers, reference.c.target_type == each.owner.name)
        return row.c.id.in_(query.where(reference.c.resource_key.in_(keys)))

    def token(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of `system|code`, `code`, `|code`, `system|`."""
        column = beside_column(row, each)
        if column is not None:
            return column.in_(state_codes(each))
        return row.c.key.in_(held_in(tables.token, each).where(or_(*self._alternatives(each))))

    def _alternatives(self, each: Filter) -> Iterator[ColumnElement[bool]]:
        """The values as conditions on the token index, those of one system together: many cost little more than one."""
        found = tables.token
        by_system: dict[str | None, list[str]] = {}
        for value in each.values:
            system, bar, code = split_token(value)
            by_system.setdefault(system if bar else None, []).append(code)
        for named, codes in by_system.items():
            held = found.c.code.in_([token_code(each.owner, each.parameter.name, code, self.blinder) for code in codes])
            if named is None:
                yield held
                continue
            of_system = found.c.system == token_system(each.owner, named, self.blinder)
            yield and_(of_system, held) if all(codes) else of_system

    def words(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """All words of any of the values, whole, as a sealed type's index has them."""
        wanted = [asked_words(value) for value in each.values]
        if all(len(words) == 1 for words in wanted):
            # One look-up for all of them, which Postgres can join; alternatives it would each work out in full.
            return self._holds(row, each, [words[0] for words in wanted])
        return or_(*(and_(*(self._holds(row, each, [word]) for word in words)) for words in wanted))

    def day(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of the days, whole, as a sealed type's index has them."""
        return self._holds(row, each, [asked_day(value) for value in each.values])

    def _holds(self, row: FromClause, each: Filter, values: list[str]) -> ColumnElement[bool]:
        held = [token_code(each.owner, each.parameter.name, value, self.blinder) for value in values]
        return row.c.key.in_(held_in(tables.token, each).where(tables.token.c.code.in_(held)))

    def reference(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of `Type/id`, `id` alone, or a whole URL."""
        reference = tables.reference
        known = (beside(reference) for beside in self.beside)
        refers = or_(*(one_reference(reference, each, value) for value in each.values))
        return row.c.key.in_(held_in(reference, each).where(*known, refers))

    def date(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of the values, each with its prefix."""
        column = beside_column(row, each)
        if column is not None:
            return or_(*(moment_condition(column, value) for value in each.values))
        matching = or_(*(interval_condition(tables.date, value) for value in each.values))
        return row.c.key.in_(held_in(tables.date, each).where(matching))

    def string(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Any of the values, from the beginning, or whole, or anywhere."""
        matching = or_(*(one_string(tables.string, each.modifier, value) for value in each.values))
        return row.c.key.in_(held_in(tables.string, each).where(matching))

    def position(self, row: FromClause, each: Filter) -> ColumnElement[bool]:
        """Within the distance of a point."""
        near = near_of(each)
        found = tables.position.alias()
        query = select(found.c.resource_key).where(found.c.type == each.owner.name, near_box(found, near))
        if near.within_m is not None:
            query = query.where(distance_m(found, near) <= near.within_m)
        return row.c.key.in_(query)


def held_in(index: Table, each: Filter) -> Select[Any]:
    """The keys of the resources of a type that an index holds by a parameter: to be narrowed to the values."""
    return _held_in(index, each.owner.name, each.parameter.name)


@cache
def _held_in(index: Table, owner: str, parameter: str) -> Select[Any]:
    """Made once: building an expression takes longer than running it."""
    return select(index.c.resource_key).where(index.c.type == owner, index.c.parameter == parameter)


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
    "has": Compiler.has,
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


def leading(groups: Sequence[Sequence[Filter]]) -> Filter | None:
    """A filter that asks for references to one thing, if there is one: a search can go along these in their order."""
    plain = [group[0] for group in groups if len(group) == 1 and not group[0].chain and group[0].modifier is None]
    return next((each for each in plain if _refers_to_one(each)), None)


def _refers_to_one(each: Filter) -> bool:
    if each.parameter.kind != "reference" or len(each.values) > 1:
        return False
    return reference_target(escapes.plain(each.values[0])) is not None or len(each.parameter.targets) == 1


def state_codes(each: Filter) -> list[str]:
    """The codes asked for, without those of another system."""
    parts = [split_token(value) for value in each.values]
    return [code for system, bar, code in parts if not bar or system == each.owner.state_system]
