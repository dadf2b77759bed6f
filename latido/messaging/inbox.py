"""Storing what residents write: each message once, with its place in her lane."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.crypto import Vault
from latido.messaging.lanes import make_all_due
from latido.messaging.messages import InboundMessage
from latido.messaging.redaction import masked
from latido.messaging.tables import message, resident


def store_inbound(engine: Engine, vault: Vault, inbound: InboundMessage) -> bool:
    """Commit the message and its place in the resident's lane; False when this MessageSid is already stored."""
    return store_all_inbound(engine, vault, [inbound])[0]


def store_all_inbound(engine: Engine, vault: Vault, inbound: Sequence[InboundMessage]) -> list[bool]:
    """The same for several in one transaction, in their order; all are stored, or none and it raises."""
    keyed = [(vault.resident_key(one.address), one) for one in inbound]
    with engine.begin() as connection:
        known = _known_sids(connection, [one.sid for one in inbound])
        # A replayed webhook must not reopen the 24-hour window: it leaves its resident as she is.
        fresh = [(key, one) for key, one in keyed if one.sid not in known]
        stored: frozenset[str] = frozenset()
        if fresh:
            _remember_residents(connection, vault, dict(fresh))
            stored = _store(connection, vault, fresh)
            make_all_due(connection, {key for key, one in fresh if one.sid in stored}, "turn")
    return _first_of_each([one.sid for one in inbound], stored)


def _first_of_each(sids: Sequence[str], stored: frozenset[str]) -> list[bool]:
    """Whether each was stored; of two with the same MessageSid, the first was."""
    return [sid in stored and sid not in sids[:place] for place, sid in enumerate(sids)]


def _known_sids(connection: Connection, sids: list[str]) -> frozenset[str]:
    known = select(message.c.provider_sid).where(message.c.provider_sid == func.any(sids))
    return frozenset(connection.execute(known).scalars())


def _store(connection: Connection, vault: Vault, fresh: Sequence[tuple[str, InboundMessage]]) -> frozenset[str]:
    rows = [
        {
            "resident": key,
            "direction": "in",
            "kind": one.kind,
            "state": "received",
            "provider_sid": one.sid,
            "text": masked(one.text),
            "content_sealed": vault.seal(_content(one)),
        }
        for key, one in fresh
    ]
    new = upsert(message).on_conflict_do_nothing(index_elements=[message.c.provider_sid])
    return frozenset(connection.execute(new.returning(message.c.provider_sid), rows).scalars())


def _remember_residents(connection: Connection, vault: Vault, last_words: Mapping[str, InboundMessage]) -> None:
    """The address that wrote last is the one to answer; in the order of their keys, as all do who lock several."""
    rows = [
        {
            "key": key,
            "address_sealed": vault.seal(one.address),
            "profile_name_sealed": vault.seal(one.profile_name) if one.profile_name else None,
        }
        for key, one in sorted(last_words.items())
    ]
    statement = upsert(resident).values(last_inbound_at=func.now())
    changes: dict[str, Any] = {
        "address_sealed": statement.excluded.address_sealed,
        "profile_name_sealed": func.coalesce(statement.excluded.profile_name_sealed, resident.c.profile_name_sealed),
        "last_inbound_at": func.now(),
        "unreachable_since": None,
        "unreachable_code": None,
    }
    connection.execute(statement.on_conflict_do_update(index_elements=[resident.c.key], set_=changes), rows)


def _content(inbound: InboundMessage) -> str:
    return json.dumps(
        {
            "text": inbound.text,
            "button_id": inbound.button_id,
            "location": asdict(inbound.location) if inbound.location else None,
            "media": asdict(inbound.media) if inbound.media else None,
            "replies_to_sid": inbound.replies_to_sid,
        },
        ensure_ascii=False,
    )
