"""`_include` and `_revinclude`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select, tuple_

from latido.crypto import Vault
from latido.fhir.server import tables
from latido.fhir.server.search.request import MAX_COUNT, Include
from latido.fhir.server.storage import COLUMNS, Key, Stored, find_all, opened

# Enough for Slot -> Schedule -> HealthcareService -> Location -> Organization.
MAX_ROUNDS = 5


def included(
    connection: Connection, vault: Vault, matches: Sequence[Stored], includes: Sequence[Include]
) -> list[Stored]:
    """What the includes bring to these matches, each once, at most as many as one page may hold."""
    known = {(each.type, each.id): each for each in matches}
    brought: list[Stored] = []
    fresh = list(matches)
    for turn in range(MAX_ROUNDS):
        asked = [each for each in includes if turn == 0 or each.iterate]
        found = [each for include in asked for each in _bring(connection, vault, fresh, include)]
        fresh = _unknown(found, known)
        brought += fresh
        if not fresh or len(brought) >= MAX_COUNT:
            break
    return brought[:MAX_COUNT]


def _unknown(found: Iterable[Stored], known: dict[Key, Stored]) -> list[Stored]:
    fresh = []
    for each in found:
        if (each.type, each.id) not in known:
            known[each.type, each.id] = each
            fresh.append(each)
    return fresh


def _bring(connection: Connection, vault: Vault, sources: Sequence[Stored], include: Include) -> list[Stored]:
    if include.reverse:
        return _referring(connection, vault, sources, include)
    keys = [each.key for each in sources if each.type == include.source]
    if not keys:
        return []
    reference = tables.reference.c
    query = select(reference.target_type, reference.target_id).where(reference.resource_key.in_(keys)).distinct()
    if include.parameter:
        query = query.where(reference.parameter == include.parameter)
    if include.target:
        query = query.where(reference.target_type == include.target)
    targets = [(row.target_type, row.target_id) for row in connection.execute(query)]
    return list(find_all(connection, vault, targets).values())


def _referring(connection: Connection, vault: Vault, targets: Sequence[Stored], include: Include) -> list[Stored]:
    wanted = [(each.type, each.id) for each in targets if include.target in (None, each.type)]
    if not wanted:
        return []
    reference = tables.reference.c
    keys = select(reference.resource_key).where(
        reference.type == include.source, tuple_(reference.target_type, reference.target_id).in_(wanted)
    )
    if include.parameter:
        keys = keys.where(reference.parameter == include.parameter)
    query = select(*COLUMNS).where(tables.resource.c.key.in_(keys)).order_by(tables.resource.c.key).limit(MAX_COUNT)
    return [opened(row, vault) for row in connection.execute(query)]
