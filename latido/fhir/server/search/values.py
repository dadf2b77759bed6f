"""What the values of a search mean: dates, tokens, references, words, as conditions on a column or an index's row."""

import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, and_, false, func, literal, not_, or_

from latido.fhir.server.answers import refuse
from latido.fhir.server.indexing import normal_string, reference_target, words_of
from latido.fhir.server.instants import Interval, interval_of
from latido.fhir.server.search import escapes
from latido.fhir.server.search.near import Near
from latido.fhir.server.search.request import Filter

_WHOLE_DAY = re.compile(r"(?:eq)?(\d{4}-\d\d-\d\d)", re.ASCII)
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(\d{4}.*)")


def near_of(each: Filter) -> Near:
    """The point and distance of a `near` filter."""
    if len(each.values) > 1:
        refuse(400, "not-supported", "near takes one point")
    return Near.parse(each.values[0])


def moment_condition(column: ColumnElement[datetime | None], value: str) -> ColumnElement[bool]:
    """A date filter on a point of time. Source: FHIR R4 search, "prefixes"."""
    prefix, asked = _read_date(value)
    return _MOMENT[prefix](column, asked)


_MOMENT: dict[str, Callable[[ColumnElement[datetime | None], Interval], ColumnElement[bool]]] = {
    "eq": lambda column, asked: and_(column >= asked.low, column < asked.high),
    "ne": lambda column, asked: or_(column < asked.low, column >= asked.high),
    "gt": lambda column, asked: column >= asked.high,
    "sa": lambda column, asked: column >= asked.high,
    "ge": lambda column, asked: column >= asked.low,
    "lt": lambda column, asked: column < asked.low,
    "eb": lambda column, asked: column < asked.low,
    "le": lambda column, asked: column < asked.high,
}


def interval_condition(found: FromClause, value: str) -> ColumnElement[bool]:
    """A date filter on a row of the date index."""
    prefix, asked = _read_date(value)
    return _INTERVAL[prefix](found.c.low, found.c.high, asked)


_INTERVAL: dict[str, Callable[[ColumnElement[datetime], ColumnElement[datetime], Interval], ColumnElement[bool]]] = {
    "eq": lambda low, high, asked: and_(low >= asked.low, high <= asked.high),
    "ne": lambda low, high, asked: not_(and_(low >= asked.low, high <= asked.high)),
    "gt": lambda low, high, asked: high > asked.high,
    "ge": lambda low, high, asked: high > asked.low,
    "lt": lambda low, high, asked: low < asked.low,
    "le": lambda low, high, asked: low < asked.high,
    "sa": lambda low, high, asked: low >= asked.high,
    "eb": lambda low, high, asked: high <= asked.low,
}


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


def split_token(value: str) -> tuple[str, bool, str]:
    """System, whether one was named, and code."""
    first, *rest = escapes.split(value, "|")
    if not rest:
        return "", False, escapes.plain(first)
    return escapes.plain(first), True, escapes.plain("|".join(rest))


def one_reference(reference: FromClause, each: Filter, value: str) -> ColumnElement[bool]:
    """Whether a row of the reference index leads to what a value names: `Type/id`, `id` alone, or a whole URL."""
    target = reference_target(escapes.plain(value))
    if target is not None:
        return and_(reference.c.target_type == target[0], reference.c.target_id == target[1])
    if "/" in value or not value:
        return false()
    targets = each.parameter.targets
    named = and_(reference.c.target_type.in_(targets)) if targets else literal(True)
    return and_(named, reference.c.target_id == value)


def one_string(found: FromClause, modifier: str | None, value: str) -> ColumnElement[bool]:
    """Whether a row of the string index begins with a value, is it, or contains it."""
    wanted = normal_string(escapes.plain(value))
    if modifier == "exact":
        return found.c.value == wanted
    if modifier == "contains":
        return func.strpos(found.c.value, wanted) > 0
    return found.c.value.startswith(wanted, autoescape=True)
