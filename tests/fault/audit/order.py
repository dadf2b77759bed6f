"""Order, phone by phone: as she wrote, so it is stored, answered and shown."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.fault.audit.witnesses import Entry, Witnesses


def out_of_order(heard: Witnesses) -> Iterator[str]:
    """Where an order was not kept. What she wrote before an earlier message was acknowledged may come in any order."""
    rows: dict[str, list[Entry]] = defaultdict(list)
    for row in sorted(heard.log, key=lambda row: row.id):
        rows[row.resident].append(row)
    for phone, resident in heard.phones.items():
        hers = rows[resident]
        inbound = [row for row in hers if row.direction == "in"]
        yield from (f"{phone}: {problem}" for problem in _stored(heard, inbound))
        yield from (f"{phone}: {problem}" for problem in _answered(inbound))
        yield from (f"{phone}: {problem}" for problem in _shown(heard, phone, hers))


def _stored(heard: Witnesses, inbound: Sequence[Entry]) -> Iterator[str]:
    """A message that was acknowledged before another was begun stands before it in the log."""
    first_of_those_behind = math.inf
    for row in reversed(inbound):
        delivery = heard.deliveries.get(row.sid or "")
        if delivery is None or delivery.acknowledged is None:
            continue
        if first_of_those_behind < delivery.began:
            yield f"{row.sid} was written after what stands behind it in the log"
        first_of_those_behind = min(first_of_those_behind, delivery.acknowledged)


def _answered(inbound: Sequence[Entry]) -> Iterator[str]:
    moments = [(row.id, row.answered_at) for row in inbound if row.answered_at is not None]
    for (first, before), (second, after) in pairwise(moments):
        if after < before:
            yield f"message {second} was answered before message {first}"


def _shown(heard: Witnesses, phone: str, rows: Sequence[Entry]) -> Iterator[str]:
    """On her screen the answers stand in the order of her messages, and of one turn in the order it gave them."""
    places = {each.sid: each.seq for each in heard.accepted if each.phone == phone and each.seq}
    answers = [row for row in rows if row.answers_id is not None and row.sid in places]
    answers.sort(key=lambda row: places[row.sid or ""])
    for before, after in pairwise(answers):
        if (after.answers_id, after.id) < (before.answers_id, before.id):
            yield f"{_told(after)} was shown after {_told(before)}"


def _told(row: Entry) -> str:
    taken = f"{row.handed_over_at:%H:%M:%S.%f}"[:-3] if row.handed_over_at else "never"
    return f"answer {row.id} (written {row.turn:%H:%M:%S}, {row.attempts} tries, known as taken {taken})"
