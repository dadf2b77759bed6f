"""What a message says of a child: which one, its name, its birthday, its document. Pure: it fills slots."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from actions.people import NEW, meant_child
from actions.prenatal_answers import NAME_LIMIT, is_name, told_name
from actions.replies import Json
from actions.texts import mentions, plain
from actions.turn import Turn

NO_NAME = ""
UNKNOWN = "unknown"
LOCAL = timezone(timedelta(hours=-3))
# Somebody who turns so many months on a day that is told was born that many months before it.
_TURNS = re.compile(r"\bcumpl\w* (?P<count>\d{1,2}|un|una|dos|tres|cuatro|cinco|seis) (?P<unit>mes|ano|anito)")
_COUNTS = {"un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6}
_SAID_NAMES = re.compile(r"\s*(?:,|\by\b|/)\s*")
MOST_AT_A_BIRTH = 4


def told_of_child(turn: Turn) -> Json:
    """What the message tells unasked of a child: which one, its name, its birthday."""
    found: Json = {}
    child = meant_child(turn)
    if child is not None:
        found["child"] = child
    if turn.entity("given_name") and child in (NEW, None):
        found["child_name"] = str(turn.entity("given_name"))
    born = birthday(turn)
    if born:
        found["birth_date"] = born
    return found


def birthday(turn: Turn) -> str | None:
    """The birthday told: by its date when birth is spoken of, or as "cumple 2 meses el martes"."""
    day, turns = turn.entity("date") or turn.entity("birth_date"), _TURNS.search(plain(turn.words))
    if turns and day is not None:
        return _months_before(_to_come(str(day), turns), turns)
    return str(turn.entity("birth_date")) if turn.entity("birth_date") else None


def _months_before(day: str, turns: re.Match[str]) -> str:
    said = turns["count"]
    count = int(said) if said.isdigit() else _COUNTS[said]
    months = count if turns["unit"] == "mes" else count * 12
    on = date.fromisoformat(day)
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, _last_day(year, month + 1))).isoformat()


def _to_come(day: str, turns: re.Match[str]) -> str:
    """ "Cumple el martes" is said of the next one, though a birthday that is asked for looks back."""
    said, today = date.fromisoformat(day), datetime.now(LOCAL).date()
    last_week = today - timedelta(days=7) <= said < today
    ahead = last_week and not turns.group().startswith("cumpli")
    return (said + timedelta(days=7) if ahead else said).isoformat()


def _last_day(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def answered_child(turn: Turn) -> Json | None:
    """The answer to which child."""
    child = meant_child(turn)
    return {"child": child, **told_of_child(turn)} if child is not None else None


def answered_name(turn: Turn) -> Json | None:
    """The answer to how it is called; a name that is not chosen yet is an answer too."""
    if turn.entity("detail") == "undisclosed" or mentions(turn.words, "no_name_yet"):
        return {"child_name": NO_NAME}
    if mentions(turn.words, "undisclosed") or mentions(turn.words, "unknown") or plain(turn.words) == "no":
        return {"child_name": NO_NAME}
    said = told_name(turn)
    return {"child_name": _titled(said)} if said else None


def answered_names(turn: Turn) -> Json | None:
    """As `answered_name`, for several born together: "Luca y Mora"."""
    parts = [part for part in _SAID_NAMES.split(turn.words) if part]
    if 1 < len(parts) <= MOST_AT_A_BIRTH and all(is_name(part) and len(part.split()) <= 2 for part in parts):
        return {"child_name": [_titled(part) for part in parts]}
    return answered_name(turn)


def answered_birthday(turn: Turn) -> Json | None:
    """The answer to when it was born: any single day that is not to come."""
    if turn.entity("detail") == UNKNOWN or mentions(turn.words, "unknown"):
        return {"birth_date": UNKNOWN}
    day = birthday(turn) or turn.entity("date")
    if day is None:
        return None
    return {"birth_date": str(day)}


def answered_document(turn: Turn) -> Json | None:
    """The answer to the child's document; nobody needs one."""
    if turn.entity("dni"):
        return {"child_document": "dni", "child_dni": str(turn.entity("dni"))}
    status = turn.entity("document_status")
    if status in ("in_process", "none", "foreign"):
        return {"child_document": status, "child_dni": None}
    without = any(mentions(turn.words, kind) for kind in ("undisclosed", "unknown", "no_document"))
    return {"child_document": "none", "child_dni": None} if without or turn.means({"deny"}) else None


def names_of(value: object) -> list[str]:
    """The names kept in the slot: several, one, or none told."""
    if isinstance(value, list):
        return [str(name) for name in value]
    return [str(value)] if value else []


def is_to_come(day: str, now: datetime | None = None) -> bool:
    """Whether a day lies in the future, on the city's calendar."""
    return date.fromisoformat(day) > (now or datetime.now(LOCAL)).date()


def _titled(name: str) -> str:
    cut = name.strip()[:NAME_LIMIT]
    return cut.title() if cut.islower() or cut.isupper() else cut
