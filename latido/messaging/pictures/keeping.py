"""Keeping a picture, giving out its address, fetching it, and forgetting it.

Its address holds 32 random bytes. It opens when the message is tried and closes some minutes later, or after a handful
of fetches: Twilio fetches a picture once and keeps its own copy.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.crypto import Vault
from latido.messaging.pictures.tables import picture

OPEN_FOR = timedelta(minutes=15)
FETCHES = 5
KEPT_FOR = timedelta(hours=24)
LARGEST = 1024 * 1024


class PictureTooLarge(ValueError):
    """More bytes than a phone should load: draw it smaller."""


def keep_picture(connection: Connection, vault: Vault, resident: str, made_for: str, content: bytes) -> int:
    """Keep a PNG for a message to this resident and return its id; the same request gives the same one."""
    if len(content) > LARGEST:
        raise PictureTooLarge(f"{len(content)} bytes; at most {LARGEST}")
    token = secrets.token_urlsafe(32)
    row = {
        "resident": resident,
        "made_for": made_for,
        "content_sealed": vault.seal(base64.b64encode(content).decode()),
        "token_hash": _hash(token),
        "token_sealed": vault.seal(token),
    }
    # Written anew where it is there already: so that its id comes back in either case.
    same = {"made_for": made_for}
    statement = upsert(picture).values(row).on_conflict_do_update(index_elements=["resident", "made_for"], set_=same)
    return int(connection.execute(statement.returning(picture.c.id)).scalar_one())


def open_address(engine: Engine, vault: Vault, resident: str, picture_id: int) -> str | None:
    """The token of this resident's picture, good from now for some minutes; None when it is gone."""
    this = (picture.c.id == picture_id, picture.c.resident == resident)
    opened = update(picture).where(*this).values(expires_at=func.now() + OPEN_FOR).returning(picture.c.token_sealed)
    with engine.begin() as connection:
        sealed = connection.execute(opened).scalar()
    return vault.open(sealed) if sealed is not None else None


def fetch(engine: Engine, vault: Vault, token: str) -> bytes | None:
    """The PNG behind a token, counted; None when there is none, its time is over or it was fetched too often."""
    mine = (picture.c.token_hash == _hash(token), picture.c.expires_at > func.now(), picture.c.fetched < FETCHES)
    counted = update(picture).where(*mine).values(fetched=picture.c.fetched + 1).returning(picture.c.content_sealed)
    with engine.begin() as connection:
        sealed = connection.execute(counted).scalar()
    return base64.b64decode(vault.open(sealed)) if sealed is not None else None


def forget_pictures(connection: Connection, resident: str) -> None:
    """Keep none of hers, in the caller's transaction; one not yet sent is then not sent."""
    connection.execute(delete(picture).where(picture.c.resident == resident))


def forget_old_pictures(engine: Engine) -> int:
    """Delete those whose address has closed, and those that nobody sent for a day; returns how many."""
    closed = picture.c.expires_at < func.now()
    old = picture.c.created_at < func.now() - KEPT_FOR
    these = select(picture.c.id).where(closed | old).limit(500)
    with engine.begin() as connection:
        return connection.execute(delete(picture).where(picture.c.id.in_(these))).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
