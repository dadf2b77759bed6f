"""The list of conversations as a file: one line each, in times, counts and labels; nothing that anybody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, distinct, func, select

from latido.console.conversations import Conversation, conversation_batches
from latido.console.export.sheets import BATCH, Sheet, links_of, wanted_of, word
from latido.console.export.sheets import Row as Line
from latido.console.finding.filters import Filters
from latido.console.finding.index import catch_up
from latido.console.finding.room import filters_of
from latido.console.finding.source import FollowedUp, nobody_followed
from latido.console.reading import delivery, label
from latido.console.visits import Visit
from latido.messaging.tables import message, ticket

COLUMNS = (
    *("link", "first_at", "last_at", "received", "sent", "last_from", "delivery", "waiting_since"),
    *("form", "intents", "flags", "open_alerts", "request"),
)


def conversations(visit: Visit) -> Sheet:
    """The sheet for the filter of the address; Problem when there is no such filter."""
    filters = filters_of(visit)
    catch_up(visit.console.engine)  # a file holds everybody, also while the index is behind
    batches = lines_of(links_of(visit), filters, visit.console.followed_up)
    return Sheet("conversations", COLUMNS, batches, wanted_of(visit, tuple(filters.given)))


def lines_of(
    links: str, filters: Filters | None = None, followed_up: FollowedUp = nobody_followed
) -> Callable[[Connection], Iterator[Sequence[Line]]]:
    """What reads the lines, newest activity first; `links` is what the address of a page begins with."""

    def batches(connection: Connection) -> Iterator[Sequence[Line]]:
        for found in conversation_batches(connection, filters or Filters(), BATCH, followed_up):
            yield _lines(connection, found, links)

    return batches


def _lines(connection: Connection, found: Sequence[Conversation], links: str) -> list[Line]:
    keys = [each.resident for each in found]
    counted = {row.resident: row for row in connection.execute(_counted(keys))}
    flags = _flags(connection, keys)
    asked = select(ticket.c.resident, ticket.c.state).where(ticket.c.resident.in_(keys)).order_by(ticket.c.id)
    requests = {row.resident: str(row.state) for row in connection.execute(asked)}  # the newest one counts
    return [_line(each, counted[each.resident], flags, requests, links) for each in found]


def _counted(keys: Sequence[str]) -> Any:
    inbound = message.c.direction == "in"
    return (
        select(
            message.c.resident,
            func.min(message.c.created_at).label("first_at"),
            func.count().filter(inbound).label("received"),
            func.count().filter(~inbound).label("sent"),
            func.array_agg(distinct(message.c.nlu["intent"]["name"].astext)).label("intents"),
        )
        .where(message.c.resident.in_(keys))
        .group_by(message.c.resident)
    )


def _flags(connection: Connection, keys: Sequence[str]) -> dict[str, list[str]]:
    flag = func.unnest(message.c.flags).label("flag")
    found: dict[str, list[str]] = {}
    hers = select(message.c.resident, flag).distinct().where(message.c.resident.in_(keys), message.c.flags != [])
    for row in connection.execute(hers.order_by(message.c.resident, flag)):
        found.setdefault(row.resident, []).append(label("flags", row.flag))
    return found


def _line(
    one: Conversation, counted: Row[Any], flags: dict[str, list[str]], requests: dict[str, str], links: str
) -> Line:
    last, request = one.last, requests.get(one.resident)
    sent = last.direction == "out"
    return (
        f"{links}/conversations/{one.resident}",
        counted.first_at,
        last.created_at,
        counted.received,
        counted.sent,
        word("who", last.direction),
        delivery(last.state, last.status, last.error_code).words if sent else None,
        one.waiting_since,
        label("forms", one.active_form) if one.active_form else None,
        [label("intents", name) for name in counted.intents if name],
        flags.get(one.resident, []),
        [label("alerts", kind) for kind in one.open_alerts],
        word("requests", request) if request else None,
    )
