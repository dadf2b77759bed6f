"""Running a search: one page of matches, what is included, and the links."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, null, or_, select

from latido.crypto import SealBroken, Vault
from latido.fhir.resources import LOCATION_DISTANCE, Resource
from latido.fhir.server import tables
from latido.fhir.server.answers import refuse
from latido.fhir.server.search.conditions import Compiler, besides, near_of
from latido.fhir.server.search.includes import included
from latido.fhir.server.search.near import Near, distance_m
from latido.fhir.server.search.request import Parameters, SearchRequest, SortKey
from latido.fhir.server.storage import COLUMNS, Stored, opened

CURSOR = "_page"
UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Match:
    """A resource that matches, and its distance from the point of `near`, in metres."""

    stored: Stored
    distance_m: float | None = None


@dataclass(frozen=True)
class Page:
    """One page of a search."""

    matches: tuple[Match, ...]
    included: tuple[Stored, ...]
    more: bool
    total: int | None


def run_search(connection: Connection, vault: Vault, request: SearchRequest) -> Page:
    """The page that the request asks for."""
    row = tables.resource.alias("r")
    conditions = _conditions(row, request, vault)
    if request.only_count:
        return Page((), (), False, _total(connection, row, conditions))
    rows = list(connection.execute(_query(row, conditions, request)))
    matches = tuple(Match(opened(each, vault), each.distance) for each in rows[: request.count])
    more = len(rows) > request.count
    total = _total(connection, row, conditions) if request.with_total else None
    if total is None and not more and (matches or not request.offset):
        total = request.offset + len(matches)
    brought = included(connection, vault, [match.stored for match in matches], request.includes)
    return Page(matches, tuple(brought), more, total)


def matching(connection: Connection, vault: Vault, request: SearchRequest, limit: int) -> list[Stored]:
    """The first few matches, for a condition such as `If-None-Exist`."""
    row = tables.resource.alias("r")
    query = select(*_columns(row)).where(*_conditions(row, request, vault))
    return [opened(each, vault) for each in connection.execute(query.order_by(row.c.key).limit(limit))]


def _conditions(row: FromClause, request: SearchRequest, vault: Vault) -> list[ColumnElement[bool]]:
    compiler = Compiler(vault, besides(request.definition, request.filters))
    kind = request.definition.name
    groups = (or_(*(compiler.condition(row, kind, each) for each in group)) for group in request.filters)
    return [row.c.type == kind, *groups]


def _total(connection: Connection, row: FromClause, conditions: list[ColumnElement[bool]]) -> int:
    return connection.scalars(select(func.count()).select_from(row).where(*conditions)).one()


def _query(row: FromClause, conditions: list[ColumnElement[bool]], request: SearchRequest) -> Select[Any]:
    point = _point(request)
    position = tables.position.alias()
    distance = distance_m(position, point).label("distance") if point else None
    order = [_order(row, request, key) for key in request.sort]
    if distance is not None and not order:
        order = [distance.asc()]
    query = select(*_columns(row), distance if distance is not None else null().label("distance")).where(*conditions)
    if point:
        query = query.join_from(row, position, position.c.resource_key == row.c.key)
    return query.order_by(*order, row.c.key).limit(request.count + 1).offset(request.offset)


def _columns(row: FromClause) -> list[ColumnElement[Any]]:
    return [row.c[column.name] for column in COLUMNS]


def _point(request: SearchRequest) -> Near | None:
    plain = [each for group in request.filters for each in group if not each.chain]
    return next((near_of(each) for each in plain if each.parameter.kind == "position"), None)


def _order(row: FromClause, request: SearchRequest, key: SortKey) -> ColumnElement[Any]:
    column = _sort_column(row, request, key)
    return (column.desc() if key.descending else column.asc()).nulls_last()


def _sort_column(row: FromClause, request: SearchRequest, key: SortKey) -> ColumnElement[Any]:
    if key.name in ("_id", "_lastUpdated"):
        return row.c.id if key.name == "_id" else row.c.last_updated
    parameter = request.definition.search[key.name]
    if parameter.looks_at(request.definition.state):
        return row.c.state
    if parameter.looks_at(request.definition.moment):
        return row.c.moment
    index = tables.string if parameter.kind == "string" else tables.date
    value = index.c.value if parameter.kind == "string" else index.c.low
    first = select(func.min(value)).where(index.c.resource_key == row.c.key, index.c.parameter == key.name)
    return first.scalar_subquery()


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
    following = [pair for pair in request.honoured if pair[0] != "_offset"]
    following.append(("_offset", str(request.offset + request.count)))
    if page.more:
        links.append({"relation": "next", "url": _with(url, _concealed(following, request, vault))})
    return links


def _shown(request: SearchRequest) -> Parameters:
    """The honoured parameters; the values of a search for a person stay out of every URL."""
    if not request.personal:
        return request.honoured
    return [(name, value if name.startswith("_") else "***") for name, value in request.honoured]


def _concealed(parameters: Parameters, request: SearchRequest, vault: Vault) -> Parameters:
    if not request.personal:
        return parameters
    return [(CURSOR, vault.seal(json.dumps(list(parameters))).decode())]


def revealed(parameters: Parameters, vault: Vault) -> Parameters:
    """The parameters behind a sealed `_page`, or the parameters as they are."""
    token = next((value for name, value in parameters if name == CURSOR), None)
    if token is None:
        return parameters
    try:
        return [(name, value) for name, value in json.loads(vault.open(token.encode()))]
    except (SealBroken, ValueError):
        refuse(400, "value", f"{CURSOR} is not one that this server gave")


def _with(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(parameters))
    return f"{url}?{query}" if query else url
