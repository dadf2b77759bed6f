"""Of a resident who floods: the others do not stand behind her. Counted in turns, so that no machine is too slow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median

from tests.fault.audit.witnesses import Entry, Witnesses

# A quarter of the others may have waited for reasons of their own: their turns failed, or a process was killed.
MANY_OF_THEM = 0.25
# With eight residents served at once, one who floods has one place of eight: a wait of one turn, or of a few.
MUCH_OF_IT = 0.25
A_FEW = 8


def starved(heard: Witnesses) -> Iterator[str]:
    """Where more than a quarter of the others' messages waited through more than a quarter of the flood."""
    waits, flood = _waits(heard), len(_moments(heard))
    behind = [wait for wait in waits if wait > max(A_FEW, MUCH_OF_IT * flood)]
    if len(behind) > MANY_OF_THEM * len(waits):
        yield f"{len(behind)} of {len(waits)} messages waited while {min(behind)} or more of a flood were answered"


def most_overtaken(heard: Witnesses) -> int:
    """How many messages of the flood were answered, at most, while one of somebody else's waited."""
    return max(_waits(heard), default=0)


def usually_overtaken(heard: Witnesses) -> int:
    """The same for the middle one of the others' messages that came during the flood."""
    return int(median(_waits(heard) or [0]))


def _waits(heard: Witnesses) -> list[int]:
    """For each message of somebody else that was open during the flood: how much of it was answered before."""
    flood, key = _moments(heard), heard.phones.get(heard.flooder or "")
    if not flood:
        return []
    others = [row for row in heard.log if row.direction == "in" and row.resident != key]
    return [
        sum(came < moment < answered for moment in flood)
        for came, answered in _undisturbed(others)
        if came < max(flood) and answered > min(flood)
    ]


def _undisturbed(rows: Sequence[Entry]) -> Iterator[tuple[datetime, datetime]]:
    """When each came and was answered, but for those whose turn failed, and what stood behind these."""
    disturbed_until: dict[str, datetime] = {}
    for row in sorted(rows, key=lambda row: row.id):
        if row.answered_at is None:
            continue
        if row.attempts or row.turn < disturbed_until.get(row.resident, row.turn):
            disturbed_until[row.resident] = row.answered_at
        else:
            yield row.turn, row.answered_at


def _moments(heard: Witnesses) -> list[datetime]:
    key = heard.phones.get(heard.flooder or "")
    if key is None:
        return []
    hers = [row for row in heard.log if row.direction == "in" and row.resident == key]
    return [row.answered_at for row in hers if row.answered_at is not None]
