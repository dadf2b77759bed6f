"""Contents (quick replies and lists) for Twilio's Content API, made once and used again."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.messaging.messages import Reply
from latido.messaging.outbox import button_id, choices_digest
from latido.messaging.tables import content_template

DEFAULT_LIST_BUTTON = "Ver opciones"
UNUSED_FOR = timedelta(days=2)
# Much shorter than what is unused is kept: what is remembered is not removed meanwhile.
REMEMBERED_FOR = timedelta(hours=1)
REMEMBERED = 2000


def content_types(reply: Reply) -> dict[str, object]:
    """The `types` of a content for this reply; each choice carries an opaque id instead of its payload."""
    digest = choices_digest(reply) or ""
    if reply.kind == "quick_reply":
        actions = [
            {"type": "QUICK_REPLY", "title": button.title, "id": button_id(digest, index)}
            for index, button in enumerate(reply.buttons)
        ]
        return {"twilio/quick-reply": {"body": reply.text, "actions": actions}}
    items = [
        {"item": button.title, "id": button_id(digest, index)}
        | ({"description": button.description} if button.description else {})
        for index, button in enumerate(reply.buttons)
    ]
    picker = {"body": reply.text, "button": reply.list_button or DEFAULT_LIST_BUTTON, "items": items}
    return {"twilio/list-picker": picker}


class Contents:
    """The contents at Twilio, each made once by `create`, whichever process needed it first.

    What was found is remembered for a while, so that a reply which is often said costs no look at the database.
    """

    def __init__(self, engine: Engine, create: Callable[[str, dict[str, object]], str]) -> None:
        self._engine, self._create = engine, create
        self._lock = threading.Lock()
        self._remembered: dict[str, tuple[str, float]] = {}

    def sid_for(self, types: dict[str, object]) -> str:
        """The sid of the content with this definition, made now if no try before this one already made it."""
        digest = hashlib.sha256(json.dumps(types, sort_keys=True).encode()).hexdigest()
        with self._lock:
            sid, until = self._remembered.get(digest, ("", 0.0))
        if time.monotonic() < until:
            return sid
        sid = _kept(self._engine, digest) or self._made(digest, types)
        with self._lock:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[digest] = (sid, time.monotonic() + REMEMBERED_FOR.total_seconds())
        return sid

    def forget(self, content_sid: str) -> None:
        """Forget a content that Twilio does not have any more: the next send makes it anew."""
        with self._lock:
            self._remembered = {key: kept for key, kept in self._remembered.items() if kept[0] != content_sid}
        with self._engine.begin() as connection:
            connection.execute(delete(content_template).where(content_template.c.content_sid == content_sid))

    def _made(self, digest: str, types: dict[str, object]) -> str:
        content_sid = self._create(f"latido_{digest[:24]}", types)
        made = upsert(content_template).values(digest=digest, content_sid=content_sid).on_conflict_do_nothing()
        with self._engine.begin() as connection:
            connection.execute(made)
        return content_sid


def _kept(engine: Engine, digest: str) -> str | None:
    known = (
        update(content_template)
        .where(content_template.c.digest == digest)
        .values(last_used_at=func.now())
        .returning(content_template.c.content_sid)
    )
    with engine.begin() as connection:
        return connection.execute(known).scalar()


def prune_contents(engine: Engine, remove: Callable[[str], None], limit: int = 50) -> int:
    """Remove contents unused for two days, here and at Twilio: they hold what was said. Returns how many."""
    old = (
        select(content_template.c.digest, content_template.c.content_sid)
        .where(content_template.c.last_used_at < func.now() - UNUSED_FOR)
        .order_by(content_template.c.last_used_at)
        .limit(limit)
    )
    with engine.begin() as connection:
        rows = connection.execute(old.with_for_update(skip_locked=True)).all()
        for row in rows:
            remove(row.content_sid)
            connection.execute(delete(content_template).where(content_template.c.digest == row.digest))
    return len(rows)
