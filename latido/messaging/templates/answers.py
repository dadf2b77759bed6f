"""What a button of a template or reminder says, its payload for the bot, and the id that WhatsApp carries. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

# `see` shows the detail of a neutral notice, `other` the menu of everything else (a loss, BAJA, a person);
# `stop_content` ends the tips alone.
ANSWERS = frozenset(
    {
        *("see", "confirm", "move", "cancel", "went", "not_went", "book", "later"),
        *("stop_reminders", "stop_content", "other", "resume"),
    }
)
INTENT = "reminder_answer"
STATIC_ID_PREFIX = "latido:t:"
_STATIC_ID = re.compile(rf"{STATIC_ID_PREFIX}(?P<name>[a-z0-9_]{{1,80}}):(?P<answer>[a-z_]{{1,20}})")
# Without a reminder these are wishes like any other.
_PLAIN = {"resume": "/resume_flow", "other": "/help"}
# A campaign's notice is said once: "later" promises nothing. It may be of nobody's pregnancy: so is the menu.
_OF_NOTICE = {"later": "/goodbye", "other": "/help", "stop_reminders": "/opt_out"}
NOTICE_PREFIX = "c"


@dataclass(frozen=True)
class StaticId:
    """The parts of a template button's id."""

    name: str
    answer: str


def answer_payload(answer: str, reminder_id: int | None) -> str:
    """What the bot gets when she taps: `/reminder_answer{"answer": "confirm", "reminder": "123"}`."""
    if answer == "resume" or (reminder_id is None and answer in _PLAIN):
        return _PLAIN[answer]
    about = {} if reminder_id is None else {"reminder": str(reminder_id)}
    return f"/{INTENT}" + json.dumps({"answer": answer} | about)


def notice_payload(answer: str, recipient_id: int) -> str:
    """As `answer_payload`, for the notice of a campaign: `/reminder_answer{"answer": "see", "reminder": "c17"}`."""
    if answer in _OF_NOTICE:
        return _OF_NOTICE[answer]
    return f"/{INTENT}" + json.dumps({"answer": answer, "reminder": f"{NOTICE_PREFIX}{recipient_id}"})


def payload_about(answer: str, reminder_id: int | None, recipient_id: int | None) -> str:
    """What the bot gets for a button of a message that says a reminder, a campaign's notice, or neither."""
    if recipient_id is not None and answer != "resume":
        return notice_payload(answer, recipient_id)
    return answer_payload(answer, reminder_id)


def static_id(name: str, answer: str) -> str:
    """The id of a template's button: the same for everybody, for it is part of what WhatsApp approves."""
    return f"{STATIC_ID_PREFIX}{name}:{answer}"


def read_static_id(identifier: str) -> StaticId | None:
    """The parts of an id that came back; None for one that is no template's."""
    found = _STATIC_ID.fullmatch(identifier)
    if found is None or found["answer"] not in ANSWERS:
        return None
    return StaticId(found["name"], found["answer"])
