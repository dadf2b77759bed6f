"""Running a search: one page of matches, what is included, and the links."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, func, null, select

from latido.crypto import SealBroken, Vault
from latido.fhir.resources import LOCATION_DISTANCE, Resource
from latido.fhir.server import tables
from latido.fhir.server.answers import refuse
from latido.fhir.server.search.conditions import Compiler, besides, leading
from latido.fhir.server.search.includes import included
from latido.fhir.server.search.near import Near, distance_m
from latido.fhir.server.search.order import Cursor, Keyset, order_by, sorts_by_moment
from latido.fhir.server.search.request import CURSOR, Parameters, SearchRequest
from latido.fhir.server.search.values import near_of
from latido.fhir.server.storage import COLUMNS, Stored, opened

SEALED = "_page"
"""The parameter that holds all others, encrypted, where a link would name a person."""

UCUM = "http://unitsofmeasure.org"

# Made once, for they take long to make: the rows that are searched, and the references that a search goes along.
ROW = tables.resource.alias("r")
LED = tables.reference.alias("led")


@dataclass(frozen=True)
class Match:
    """A resource that matches, and its distance from the point of `near`, in metres."""

    stored: Stored
    distance_m: float | None = None


@dataclass(frozen=True)
class Page:
    """One page of a search; `following` and `preceding` are what leads to its neighbours, None where there is none."""

    matches: tuple[Match, ...] = ()
    included: tuple[Stored, ...] = ()
    total: int | None = None
    following: Parameters | None = None
    preceding: Parameters | None = None


def run_search(connection: Connection, vault: Vault, request: SearchRequest) -> Page:
    """The page that the request asks for."""
    row = ROW
    leader = _leader(request)
    conditions = _conditions(row, request, vault, leader)
    if request.only_count:
        return Page(total=_total(connection, row, conditions))
    keyset = None if _point(request) else Keyset.of(row, request, leader)
    if keyset is None or (request.offset and request.cursor is None):
        page = _page_by_number(connection, vault, request, conditions, row)
    else:
        page = _page_by_position(connection, vault, request, conditions, row, keyset)
    if request.with_total:
        page = replace(page, total=_total(connection, row, conditions))
    brought = included(connection, vault, [match.stored for match in page.matches], request.includes)
    return replace(page, included=tuple(brought))


def _page_by_number(
    connection: Connection,
    vault: Vault,
    request: SearchRequest,
    conditions: list[ColumnElement[bool]],
    row: FromClause,
) -> Page:
    """The page after so many rows: for orders in which a row's place is not a value of its own."""
    rows = list(connection.execute(_query(row, conditions, request)))
    matches = tuple(Match(opened(each, vault), each.distance) for each in rows[: request.count])
    more = len(rows) > request.count
    return Page(
        matches,
        total=request.offset + len(matches) if not more and (matches or not request.offset) else None,
        following=(("_offset", str(request.offset + request.count)),) if more else None,
        preceding=(("_offset", str(max(request.offset - request.count, 0))),) if request.offset else None,
    )


def _page_by_position(
    connection: Connection,
    vault: Vault,
    request: SearchRequest,
    conditions: list[ColumnElement[bool]],
    row: FromClause,
    keyset: Keyset,
) -> Page:
    """The page after or before a position."""
    cursor = keyset.cursor(request.cursor) if request.cursor is not None else None
    rows = _walk(connection, request, conditions, row, keyset, cursor)
    more, rows = len(rows) > request.count, rows[: request.count]
    back = cursor is not None and cursor.back
    if back:
        rows.reverse()
    preceding, following = _neighbours(keyset, cursor, rows)
    return Page(
        tuple(Match(opened(each, vault)) for each in rows),
        total=len(rows) if cursor is None and not more else None,
        following=following if more or back else None,
        preceding=preceding if (more if back else cursor is not None) else None,
    )


def _neighbours(
    keyset: Keyset, cursor: Cursor | None, rows: list[Row[Any]]
) -> tuple[Parameters | None, Parameters | None]:
    """What leads to the page before these rows and to the one after; from a page without rows, only back."""
    if rows:
        first, last = (Cursor(each.sorted_by, each.key) for each in (rows[0], rows[-1]))
        return ((CURSOR, keyset.token(replace(first, back=True))),), ((CURSOR, keyset.token(last)),)
    if cursor is None:
        return None, None
    there = ((CURSOR, keyset.token(keyset.turned(cursor))),)
    return there, there


def _walk(
    connection: Connection,
    request: SearchRequest,
    conditions: list[ColumnElement[bool]],
    row: FromClause,
    keyset: Keyset,
    cursor: Cursor | None,
) -> list[Row[Any]]:
    """The rows from a position on, one more than the page holds when there are more."""
    found: list[Row[Any]] = []
    chosen = _chosen(row, keyset.column)
    for segment in keyset.segments(cursor):
        query = chosen.where(*conditions, *segment.where).order_by(*segment.order)
        found += connection.execute(query.limit(request.count + 1 - len(found)))
        if len(found) > request.count:
            break
    return found


def matching(connection: Connection, vault: Vault, request: SearchRequest, limit: int) -> list[Stored]:
    """The first few matches, for a condition such as `If-None-Exist`."""
    row = ROW
    query = select(*_columns(row)).where(*_conditions(row, request, vault))
    return [opened(each, vault) for each in connection.execute(query.order_by(row.c.key).limit(limit))]


def _leader(request: SearchRequest) -> FromClause | None:
    """The references to go along, when these stand in the order that is asked for."""
    goes_along = sorts_by_moment(request) and not request.only_count and not _point(request)
    return LED if goes_along and leading(request.filters) else None


def _conditions(
    row: FromClause, request: SearchRequest, vault: Vault, leader: FromClause | None = None
) -> list[ColumnElement[bool]]:
    compiler = Compiler(vault, besides(request.definition, request.filters))
    kind = request.definition.name
    by = leading(request.filters) if leader is not None else None
    others = [group for group in request.filters if by is None or group[0] is not by]
    led = compiler.led(row, leader, by) if leader is not None and by is not None else []
    return [row.c.type == kind, *led, *compiler.conditions(row, kind, others)]


def _total(connection: Connection, row: FromClause, conditions: list[ColumnElement[bool]]) -> int:
    return connection.scalars(select(func.count()).select_from(row).where(*conditions)).one()


def _query(row: FromClause, conditions: list[ColumnElement[bool]], request: SearchRequest) -> Select[Any]:
    point = _point(request)
    position = tables.position.alias()
    distance = distance_m(position, point).label("distance") if point else None
    order = [order_by(row, request, key) for key in request.sort]
    if distance is not None and not order:
        order = [distance.asc()]
    query = select(*_columns(row), distance if distance is not None else null().label("distance")).where(*conditions)
    if point:
        query = query.join_from(row, position, position.c.resource_key == row.c.key)
    return query.order_by(*order, row.c.key).limit(request.count + 1).offset(request.offset)


@cache
def _chosen(row: FromClause, sorted_by: ColumnElement[Any] | None) -> Select[Any]:
    """What is read of each row and the value it is sorted by; made once for each order there is."""
    value = null() if sorted_by is None else sorted_by
    return select(*_columns(row), value.label("sorted_by"))


def _columns(row: FromClause) -> list[ColumnElement[Any]]:
    return [row.c[column.name] for column in COLUMNS]


def _point(request: SearchRequest) -> Near | None:
    plain = [each for group in request.filters for each in group if not each.chain]
    return next((near_of(each) for each in plain if each.parameter.kind == "position"), None)


def bundle(page: Page, request: SearchRequest, base_url: str, vault: Vault) -> Resource:
    """The searchset Bundle of a page."""
    found: Resource = {"resourceType": "Bundle", "type": "searchset"}
    if page.total is not None:
        found["total"] = page.total
    found["link"] = _links(page, request, base_url, vault)
    entries = [_match_entry(match, base_url) for match in page.matches]
    entries += [_entry(each, base_url, {"mode": "include"}) for each in page.included]
    return found | ({"entry": entries} if entries else {})


def _match_entry(match: Match, base_url: str) -> Resource:
    search: Resource = {"mode": "match"}
    if match.distance_m is not None:
        metres = {"value": round(match.distance_m, 1), "unit": "m", "system": UCUM, "code": "m"}
        search = {"extension": [{"url": LOCATION_DISTANCE, "valueDistance": metres}]} | search
    return _entry(match.stored, base_url, search)


def _entry(stored: Stored, base_url: str, search: Resource) -> Resource:
    return {"fullUrl": f"{base_url}/{stored.reference}", "resource": stored.resource, "search": search}


def _links(page: Page, request: SearchRequest, base_url: str, vault: Vault) -> list[Resource]:
    url = f"{base_url}/{request.definition.name}"
    links = [{"relation": "self", "url": _with(url, _shown(request))}]
    same = [pair for pair in request.honoured if pair[0] not in ("_offset", CURSOR)]
    others = {"first": (), "previous": page.preceding, "next": page.following}
    for relation, position in others.items():
        if position is not None and not request.only_count:
            links.append({"relation": relation, "url": _with(url, _concealed([*same, *position], request, vault))})
    return links


def _shown(request: SearchRequest) -> Parameters:
    """The honoured parameters; the values of a search for a person stay out of every URL."""
    if not request.personal:
        return request.honoured
    return [
        (name, value if name.startswith("_") and not name.startswith("_has:") else "***")
        for name, value in request.honoured
    ]


def _concealed(parameters: Parameters, request: SearchRequest, vault: Vault) -> Parameters:
    if not request.personal:
        return parameters
    return [(SEALED, vault.seal(json.dumps(list(parameters))).decode())]


def revealed(parameters: Parameters, vault: Vault) -> Parameters:
    """The parameters behind a sealed `_page`, or the parameters as they are."""
    token = next((value for name, value in parameters if name == SEALED), None)
    if token is None:
        return parameters
    try:
        return [(name, value) for name, value in json.loads(vault.open(token.encode()))]
    except (SealBroken, ValueError):
        refuse(400, "value", f"{SEALED} is not one that this server gave")


def _with(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(parameters))
    return f"{url}?{query}" if query else url
