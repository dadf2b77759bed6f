"""The history of one resource or of one type: every version, newest first."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, Select, Table, literal, select, tuple_, union_all

from latido.crypto import Vault
from latido.fhir.resources import Resource, etag
from latido.fhir.server import tables
from latido.fhir.server.answers import refuse
from latido.fhir.server.instants import instant_text, interval_of
from latido.fhir.server.search.request import DEFAULT_COUNT, MAX_COUNT, read_number, read_parameters
from latido.fhir.server.storage import Stored, opened

_COLUMNS = ("type", "id", "version", "last_updated", "content", "sealed")
_CURSOR = "_page"

Position = tuple[datetime, str, int]
"""Where a page ends: time, id and version of its last entry."""


@dataclass(frozen=True)
class HistoryRequest:
    """A page of a history: of one resource, or of a type when `identity` is None."""

    kind: str
    identity: str | None
    since: datetime | None = None
    count: int = DEFAULT_COUNT
    after: Position | None = None


def read_history(kind: str, identity: str | None, query: str, strict: bool) -> HistoryRequest:
    """The history that a query string asks for; an unknown parameter is refused under `strict`."""
    since, count, after = None, DEFAULT_COUNT, None
    for name, value in read_parameters(query):
        if name == "_count":
            count = min(read_number("_count", value), MAX_COUNT)
        elif name == "_since":
            since = _moment(value)
        elif name == _CURSOR:
            after = _position(value)
        elif strict and name != "_format":
            refuse(400, "not-supported", "a history takes _count and _since")
    return HistoryRequest(kind, identity, since, count, after)


def _moment(value: str) -> datetime:
    # An unencoded "+" of an offset arrives as a blank.
    interval = interval_of(value.replace(" ", "+"))
    if interval is None:
        refuse(400, "value", "_since is an instant such as 2026-11-26T09:30:00-03:00")
    return interval.low


def _position(token: str) -> Position:
    try:
        moment, identity, version = json.loads(base64.urlsafe_b64decode(token.encode()))
        found = (datetime.fromisoformat(str(moment)), str(identity), int(version))
    except (ValueError, TypeError, OverflowError, RecursionError):
        refuse(400, "value", f"{_CURSOR} is not one that this server gave")
    if found[0].tzinfo is None or not 0 <= found[2] < 2**31 or not found[1].isprintable():
        refuse(400, "value", f"{_CURSOR} is not one that this server gave")
    return found


def history(connection: Connection, vault: Vault, request: HistoryRequest) -> list[Stored]:
    """The versions of the page, and one more when another page follows."""
    parts = [_part(table, request).subquery() for table in (tables.resource, tables.version)]
    both = union_all(*(select(part) for part in parts)).subquery()
    order = (both.c.last_updated.desc(), both.c.id.desc(), both.c.version.desc())
    query = select(both).order_by(*order).limit(request.count + 1)
    return [opened(row, vault) for row in connection.execute(query)]


def _part(table: Table, request: HistoryRequest) -> Select[Any]:
    found = table.c
    where: list[ColumnElement[bool]] = [found.type == request.kind]
    if request.identity is not None:
        where.append(found.id == request.identity)
    if request.since is not None:
        where.append(found.last_updated >= request.since)
    if request.after is not None:
        where.append(tuple_(found.last_updated, found.id, found.version) < tuple_(*map(literal, request.after)))
    order = (found.last_updated.desc(), found.id.desc(), found.version.desc())
    columns = [found[name] for name in _COLUMNS]
    return select(*columns, literal(0).label("key")).where(*where).order_by(*order).limit(request.count + 1)


def history_bundle(found: Sequence[Stored], request: HistoryRequest, base_url: str) -> Resource:
    """The history Bundle of a page, with the link to the next."""
    page = found[: request.count]
    path = request.kind if request.identity is None else f"{request.kind}/{request.identity}"
    url = f"{base_url}/{path}/_history"
    links = [{"relation": "self", "url": _with(url, request, request.after)}]
    links.append({"relation": "first", "url": _with(url, request, None)})
    if len(found) > len(page) and page:
        last = page[-1]
        links.append({"relation": "next", "url": _with(url, request, (last.last_updated, last.id, last.version))})
    bundle: Resource = {"resourceType": "Bundle", "type": "history"}
    if request.after is None and len(found) <= request.count:
        bundle["total"] = len(found)
    entries = [_entry(each, base_url) for each in page]
    return bundle | {"link": links} | ({"entry": entries} if entries else {})


def _with(url: str, request: HistoryRequest, after: Position | None) -> str:
    parameters = [("_count", str(request.count))]
    if request.since is not None:
        parameters.append(("_since", instant_text(request.since)))
    if after is not None:
        token = json.dumps([after[0].isoformat(), after[1], after[2]]).encode()
        parameters.append((_CURSOR, base64.urlsafe_b64encode(token).decode()))
    return f"{url}?{urlencode(parameters)}"


def _entry(stored: Stored, base_url: str) -> Resource:
    # What made the first version, POST or PUT, is not kept; both made it.
    first = stored.version == 1
    return {
        "fullUrl": f"{base_url}/{stored.reference}",
        "resource": stored.resource,
        "request": {"method": "POST", "url": stored.type} if first else {"method": "PUT", "url": stored.reference},
        "response": {
            "status": "201 Created" if first else "200 OK",
            "etag": etag(stored.version),
            "lastModified": instant_text(stored.last_updated),
        },
    }
