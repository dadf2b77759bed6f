"""Which versions of our templates exist at Twilio, and what WhatsApp thinks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from latido.messaging.tables import message_template
from latido.messaging.templates.model import Approval, Definition, Template

GONE = "gone"
APPROVED = "approved"


@dataclass(frozen=True)
class Version:
    """One version of a template at Twilio; `content_name` is its name at WhatsApp, `checkup_book_v2`."""

    content_name: str
    name: str
    variant: str
    number: int
    definition: Definition
    content_sid: str
    approval: Approval
    checked_at: datetime


def versions(connection: Connection) -> list[Version]:
    """Every version we made, by name, the newest of each last."""
    each = (message_template.c.name, message_template.c.variant, message_template.c.version)
    return [_version(row) for row in connection.execute(select(message_template).order_by(*each))]


def version_called(connection: Connection, content_name: str) -> Version | None:
    """The version with this name at WhatsApp."""
    this = select(message_template).where(message_template.c.content_name == content_name)
    row = connection.execute(this).first()
    return _version(row) if row else None


def best_version(connection: Connection, name: str, variant: str) -> Version | None:
    """What to send: the newest approved version of the variant, else of the plain wording, else the newest there is."""
    mine = select(message_template).where(
        message_template.c.name == name, message_template.c.variant.in_({variant, ""})
    )
    best_last = sorted(
        (_version(row) for row in connection.execute(mine)),
        key=lambda each: (each.approval.status == APPROVED, each.variant == variant, each.number),
    )
    return best_last[-1] if best_last else None


def keep_version(connection: Connection, template: Template, made: Version) -> None:
    """Remember a version that was just made, in place of one with the same text that is gone."""
    same = (message_template.c.name == template.name, message_template.c.variant == template.variant)
    connection.execute(delete(message_template).where(*same, message_template.c.digest == made.definition.digest))
    connection.execute(
        insert(message_template).values(
            content_name=made.content_name,
            name=made.name,
            variant=made.variant,
            language=made.definition.language,
            version=made.number,
            digest=made.definition.digest,
            definition=made.definition.stored(),
            content_sid=made.content_sid,
            **_approval(made.approval, made.checked_at),
        )
    )


def note_approval(connection: Connection, content_name: str, approval: Approval, now: datetime) -> None:
    """Keep what WhatsApp says of a version."""
    this = update(message_template).where(message_template.c.content_name == content_name)
    connection.execute(this.values(**_approval(approval, now)))


def _approval(approval: Approval, now: datetime) -> Mapping[str, Any]:
    what = {"status": approval.status, "rejection_reason": approval.rejection_reason, "checked_at": now}
    return what | {"category": approval.category}


def _version(row: Row[Any]) -> Version:
    approval = Approval(row.status, row.category, row.rejection_reason)
    head = (row.content_name, row.name, row.variant, row.version, Definition.read(row.definition))
    return Version(*head, row.content_sid, approval, row.checked_at)
