"""Of the FHIR server beside the ledger: no slot and nobody booked twice, no booking lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.fault.audit.witnesses import Witnesses


def booked_twice(heard: Witnesses) -> Iterator[str]:
    """Slots with more live appointments than they hold, people with two of one kind, one booking made twice."""
    if heard.agenda is None:
        return
    live = [each for each in heard.agenda.appointments if each.live]
    for slot, count in Counter(slot for each in live for slot in each.slots).items():
        if count > heard.agenda.capacity.get(slot, 1):
            yield f"{slot} has {count} live appointments"
    yield from (f"{count} live appointments of {who}" for who, count in _twice(each.who for each in live))
    made = (each.key for each in heard.agenda.appointments if each.key)
    yield from (f"booking {key} made {count} appointments" for key, count in _twice(made))


def lost(heard: Witnesses) -> Iterator[str]:
    """Where ledger and server differ; what she was told is booked, did not cancel, and does not have."""
    if heard.agenda is None:
        return
    known = {each.id: each for each in heard.agenda.appointments}
    standing = {row.appointment: row for row in heard.agenda.ledger if row.state in ("held", "booked")}
    for row in heard.agenda.ledger:
        if row.state == "placing":
            yield f"booking {row.key} is still being placed"
    for name, row in standing.items():
        if name not in known or not known[name].live:
            yield f"booking {row.key} is {row.state} in the ledger, and not live on the server"
    for each in known.values():
        if each.live and each.id not in standing:
            yield f"appointment {each.id} is live on the server, and the ledger does not know it"
    for name in heard.agenda.promised - heard.agenda.cancelled:
        if name not in known or not known[name].booked:
            yield f"appointment {name} was promised and is not booked"


def _twice(names: Iterator[str]) -> list[tuple[str, int]]:
    return [(name, count) for name, count in Counter(names).items() if count > 1]
