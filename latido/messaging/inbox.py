"""Storing what residents write: each message once, with its place in her lane."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Engine, text

from latido.crypto import Vault
from latido.messaging.messages import InboundMessage
from latido.messaging.redaction import masked


def store_inbound(engine: Engine, vault: Vault, inbound: InboundMessage) -> bool:
    """Commit the message and its place in the resident's lane; False when this MessageSid is already stored."""
    return store_all_inbound(engine, vault, [inbound])[0]


def store_all_inbound(engine: Engine, vault: Vault, inbound: Sequence[InboundMessage]) -> list[bool]:
    """The same for several in one transaction, in their order; all are stored, or none and it raises."""
    columns: dict[str, list[object]] = {name: [] for name in _GIVEN}
    for one in inbound:
        for name, value in _given(vault, one).items():
            columns[name].append(value)
    # One statement is one transaction: it needs no words around it, and no way to the server and back for each.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        stored = frozenset(connection.execute(_STORE, columns).scalars())
    return _first_of_each([one.sid for one in inbound], stored)


def _given(vault: Vault, one: InboundMessage) -> dict[str, object]:
    return {
        "sid": one.sid,
        "resident": vault.resident_key(one.address),
        "kind": one.kind,
        "words": masked(one.text),
        "content": vault.seal(_content(one)),
        "address": vault.seal(one.address),
        "profile_name": vault.seal(one.profile_name) if one.profile_name else None,
    }


_GIVEN = ("sid", "resident", "kind", "words", "content", "address", "profile_name")
# A replayed webhook must not reopen the 24-hour window: what is known already leaves its resident as she is. The
# address that wrote last is the one to answer. Residents and lanes in the order of their keys, as all do who lock
# several.
_STORE = text("""
WITH given AS (
    SELECT * FROM unnest(
        CAST(:sid AS text[]), CAST(:resident AS text[]), CAST(:kind AS text[]), CAST(:words AS text[]),
        CAST(:content AS bytea[]), CAST(:address AS bytea[]), CAST(:profile_name AS bytea[])
    ) WITH ORDINALITY AS given (sid, resident, kind, words, content, address, profile_name, place)
), fresh AS (
    SELECT * FROM given WHERE NOT EXISTS (SELECT FROM message WHERE message.provider_sid = given.sid)
), writer AS (
    INSERT INTO resident AS known (key, address_sealed, profile_name_sealed, last_inbound_at)
    SELECT DISTINCT ON (resident) resident, address, profile_name, now() FROM fresh ORDER BY resident, place DESC
    ON CONFLICT (key) DO UPDATE SET address_sealed = excluded.address_sealed, last_inbound_at = now(),
        profile_name_sealed = coalesce(excluded.profile_name_sealed, known.profile_name_sealed),
        unreachable_since = NULL, unreachable_code = NULL
    RETURNING key
), stored AS (
    INSERT INTO message (resident, direction, kind, state, provider_sid, text, content_sealed)
    SELECT resident, 'in', kind, 'received', sid, words, content FROM fresh
    WHERE (SELECT count(*) FROM writer) > 0 ORDER BY place
    ON CONFLICT (provider_sid) DO NOTHING
    RETURNING resident, provider_sid
), due AS (
    INSERT INTO lane AS known (resident, name, due_at)
    SELECT DISTINCT resident, 'turn', now() FROM stored ORDER BY resident
    ON CONFLICT (resident, name) DO UPDATE SET due_at = least(coalesce(known.due_at, now()), now())
)
SELECT provider_sid FROM stored
""")


def _first_of_each(sids: Sequence[str], stored: frozenset[str]) -> list[bool]:
    """Whether each was stored; of two with the same MessageSid, the first was."""
    return [sid in stored and sid not in sids[:place] for place, sid in enumerate(sids)]


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
