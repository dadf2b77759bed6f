"""What the filters ask of the reminders, which the console does not know by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Select, false, select

from latido.console.finding.tables import conversation

FollowedUp = Callable[[str, datetime | None, datetime | None], Select[tuple[str]]]
"""The keys of residents who answered (`answered`) or came after (`attended`) a reminder sent between two moments."""


def nobody_followed(step: str, since: datetime | None, until: datetime | None) -> Select[tuple[str]]:
    """Where there are no reminders: nobody."""
    return select(conversation.c.resident).where(false())
