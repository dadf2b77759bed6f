"""What one who waits reads when a slot is held for her. The words are in data/care/waiting_list.yml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from latido.care.rules.waiting import Candidate, is_quiet
from latido.care.services import BUENOS_AIRES, Care
from latido.care.waiting.offers_made import Offer

# The kind of the operators' alert: somebody who waits is to be called.
CALL = "waiting_call"


def about(entry_id: str) -> str:
    """How the subject of an alert about an entry begins."""
    return f"waiting:{entry_id}:"


def offer_text(care: Care, offer: Offer, expires_at: datetime) -> str:
    """Day, time, place and until when it is held; no word of health, for it may show on a locked screen."""
    texts = care.waiting.texts
    center = care.directory.centers[offer.center_number]
    start, until = (each.astimezone(BUENOS_AIRES) for each in (offer.slot_start, expires_at))
    words: str = texts["offer"]
    return words.format(
        day=_day(texts, start), time=_clock(start), center=center.name, address=center.address, until=_clock(until)
    )


def offer_buttons(care: Care, offer: Offer) -> list[tuple[str, str]]:
    """The three answers; each carries the entry with this very offer (docs/wires.md)."""
    return [(care.waiting.texts[answer], _payload(answer, offer)) for answer in ("accept", "decline", "leave")]


def may_be_told(care: Care, one: Candidate) -> bool:
    """Whether she may be written to now: with her consent, in WhatsApp's window, at night only when she is awake."""
    now = care.local_now()
    if not one.consents or one.last_wrote is None or now - one.last_wrote > care.waiting.window:
        return False
    return not is_quiet(care.waiting, now) or now - one.last_wrote <= care.waiting.awake


def _payload(answer: str, offer: Offer) -> str:
    return "/waiting_list_answer" + json.dumps({"waiting_answer": answer, "waiting_entry": offer.answer_id})


def _day(texts: Mapping[str, Any], moment: datetime) -> str:
    weekday, month = texts["weekdays"][moment.weekday()], texts["months"][moment.month - 1]
    words: str = texts["day"]
    return words.format(weekday=weekday, day=moment.day, month=month)


def _clock(moment: datetime) -> str:
    return f"{moment.hour}:{moment.minute:02}"
