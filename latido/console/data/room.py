"""The page of a resident's data: what is kept, the file for her, and erasing in two steps."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from latido.console.audit.log import record
from latido.console.data.source import CopyKind
from latido.console.export.download import Outgoing, Sent
from latido.console.export.room import send_file
from latido.console.pages import page
from latido.console.reading import label
from latido.console.rooms import key_of
from latido.console.visits import Problem, Visit

LISTED, ERASED = "data_listed", "data_erased"
ASKED_BY = ("herself", "representative", "authority")
KINDS: tuple[CopyKind, ...] = ("json", "html")
CODE_LENGTH = 6
SHORTEST, LONGEST = 8, 200
_TOKEN = re.compile(r"[0-9a-f]{32}")


def data(visit: Visit) -> Response:
    """What is kept of her, table by table, in numbers; that somebody looked is in the audit log."""
    with visit.console.engine.begin() as connection:
        key = key_of(visit, connection)
        record(connection, visit.require_operator().operator_id, LISTED, key)
    return _shown(visit, key)


def copy(visit: Visit) -> Response:
    """The file for her, for a reason, noted before and after."""
    key = _key(visit)
    reason = _reason(visit)
    kind = next((each for each in KINDS if each == visit.form.get("kind")), None)
    if reason is None or kind is None:
        return _shown(visit, key, 400, notice=label("data_refusals", "no_reason"))
    pieces = _copied(visit, key, kind)
    facts = {"sheet": "resident_data", "file": kind, **reason}
    return send_file(visit, lambda: Outgoing(f"latido-datos-{key[:CODE_LENGTH]}", kind, pieces, facts, key))


def erase(visit: Visit) -> Response:
    """Ask once more what is to go; erase when her code was typed too."""
    key = _key(visit)
    reason = _reason(visit)
    if reason is None:
        return _shown(visit, key, 400, notice=label("data_refusals", "no_reason"))
    token = visit.form.get("token", "")
    if not _TOKEN.fullmatch(token):
        return _shown(visit, key, token=secrets.token_hex(16), reason=reason)
    if visit.form.get("code", "").strip().lower() != key[:CODE_LENGTH]:
        notice = label("data_refusals", "wrong_code")
        return _shown(visit, key, 400, notice=notice, token=token, reason=reason)
    with visit.console.engine.begin() as connection:
        record(connection, visit.require_operator().operator_id, ERASED, key, **reason)
    return _shown(visit, key, erased=visit.console.holdings.erase(key, token))


def _copied(visit: Visit, key: str, kind: CopyKind) -> Any:
    def pieces(sent: Sent) -> Iterator[str]:
        return visit.console.holdings.copy(key, kind)

    return pieces


def _key(visit: Visit) -> str:
    with visit.console.engine.connect() as connection:
        return key_of(visit, connection)


def _reason(visit: Visit) -> dict[str, str] | None:
    """Who asked, and how it was made sure that it is hers; None when it was not said."""
    asked_by, words = visit.form.get("asked_by", ""), visit.form.get("words", "").strip()
    if asked_by not in ASKED_BY or not SHORTEST <= len(words) <= LONGEST:
        return None
    return {"asked_by": asked_by, "words": words}


def _shown(visit: Visit, key: str, status: int = 200, **more: Any) -> Response:
    typed = {name: visit.form.get(name, "") for name in ("asked_by", "words")}
    values: dict[str, Any] = {"notice": "", "token": "", "reason": typed, "erased": None} | more
    held = visit.console.holdings.held(key)
    if not held:
        raise Problem(503, "Los datos no se pueden leer ahora. Probá de nuevo en un momento.")
    return page(visit, "data.html", status, resident=key, held=held, asked_by=ASKED_BY, **values)
