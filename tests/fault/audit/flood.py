"""Of a resident who floods: the others do not stand behind her. Counted in turns, so that no machine is too slow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tests.fault.audit.witnesses import Witnesses

# With eight residents served at once, one who floods has one place of eight: a wait of one turn, or of a few.
MOST_OVERTAKEN = 0.25


def starved(heard: Witnesses) -> Iterator[str]:
    """Somebody who waited for her answer through more than a quarter of the flood."""
    most, flood = most_overtaken(heard), _moments(heard)
    if flood and most > max(8, MOST_OVERTAKEN * len(flood)):
        yield f"somebody waited while {most} of {len(flood)} messages of a flood were answered"


def most_overtaken(heard: Witnesses) -> int:
    """How many messages of the flood were answered, at most, while one of somebody else's waited."""
    flood, key = _moments(heard), heard.phones.get(heard.flooder or "")
    waits = [
        (row.turn, row.answered_at)
        for row in heard.log
        if flood and row.direction == "in" and row.resident != key and row.answered_at is not None
    ]
    return max((sum(came < moment < answered for moment in flood) for came, answered in waits), default=0)


def _moments(heard: Witnesses) -> list[datetime]:
    key = heard.phones.get(heard.flooder or "")
    if key is None:
        return []
    hers = [row for row in heard.log if row.direction == "in" and row.resident == key]
    return [row.answered_at for row in hers if row.answered_at is not None]
