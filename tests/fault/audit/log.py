"""Of the message log beside Twilio: nothing lost, nothing answered or sent twice, nothing forged in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.fault.audit.witnesses import Entry, Witnesses

IN_HAND = ("queued", "sending", "unknown")


def lost(heard: Witnesses) -> Iterator[str]:
    """What a resident wrote and the log does not have, whatever became of its webhook."""
    known = {row.sid for row in heard.log if row.direction == "in"}
    for each in heard.written:
        if each.sid not in known:
            delivery = heard.deliveries.get(each.sid)
            taken = delivery is not None and delivery.acknowledged is not None
            yield f"{each.sid} {'was acknowledged and ' if taken else ''}is not in the log"


def unanswered(heard: Witnesses) -> Iterator[str]:
    """What is open, or was closed without an answer or, set aside, without an alert."""
    answered = {row.answers_id for row in heard.log if row.direction == "out" and not row.own_words}
    for row in heard.log:
        if row.direction != "in":
            continue
        if row.state == "received":
            yield f"message {row.id} is still open ({row.last_error})"
        elif row.id not in answered:
            yield f"message {row.id} is {row.state} without any answer"
        elif row.state == "set_aside" and ("set_aside", row.id) not in heard.alerts:
            yield f"message {row.id} was set aside and nobody was told ({row.last_error})"


def answered_twice(heard: Witnesses) -> Iterator[str]:
    """What was answered by more than one turn; Latido's own "it takes longer" is no answer."""
    turns: dict[int, set[object]] = defaultdict(set)
    for row in heard.log:
        if row.answers_id is not None and not row.own_words:
            turns[row.answers_id].add(row.turn)
    for inbound, moments in turns.items():
        if len(moments) > 1:
            yield f"message {inbound} was answered by {len(moments)} turns"
    stored = Counter(row.sid for row in heard.log if row.direction == "in")
    yield from (f"{sid} is in the log {count} times" for sid, count in stored.items() if count > 1)


def not_sent(heard: Witnesses) -> Iterator[str]:
    """Answers that Twilio does not have, or of which nobody knows; a failure counts unless operators were told."""
    accepted = {each.sid for each in heard.accepted}
    for row in _outbound(heard):
        if row.state in IN_HAND:
            yield f"answer {row.id} is still {row.state} ({row.last_error})"
        elif row.state == "failed" and ("undelivered", row.id) not in heard.alerts:
            yield f"answer {row.id} failed and nobody was told ({row.last_error})"
        elif row.state == "handed_over" and row.sid not in accepted:
            yield f"answer {row.id}: the log says that Twilio has it, Twilio does not"


def sent_twice(heard: Witnesses) -> Iterator[str]:
    """What Twilio took and no row accounts for: most of all, an answer that was sent again."""
    known = Counter(row.sid for row in _outbound(heard))
    for each in heard.accepted:
        if known[each.sid] != 1:
            yield f"{each.sid} was taken by Twilio and stands in {known[each.sid]} rows of the log"


def entered(heard: Witnesses) -> Iterator[str]:
    """Webhooks that Twilio did not sign, or too large for one, that were taken or left a trace."""
    inside = {row.sid for row in heard.log if row.direction == "in"}
    for each in heard.refused:
        if each.status is not None and each.status < 400:
            yield f"{each.kind} {each.sid} was answered {each.status}"
        if each.kind.endswith("status") and (each.sid, "failed") in heard.receipts:
            yield f"{each.kind} {each.sid} is among the receipts"
        elif not each.kind.endswith("status") and each.sid in inside:
            yield f"{each.kind} {each.sid} is in the log"


def _outbound(heard: Witnesses) -> list[Entry]:
    return [row for row in heard.log if row.direction == "out"]
