"""Whether Postgres takes what is written: on a full disk it goes on answering questions, and would pass for sound."""

from __future__ import annotations

from sqlalchemy import URL, Engine, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

AWAY = "Postgres does not answer"
# By SQLSTATE: what no writer can get around.
REFUSED = {
    "53100": "Postgres has no room left on its disk",
    "58030": "the disk of Postgres fails",
    "25006": "Postgres takes no writing: it is a standby, or was set to read only",
}
NO_RIGHT = "42501"
# Needs room in the files of the database and in its log, and leaves nothing behind.
_TRY = text("CREATE TEMPORARY TABLE room ON COMMIT DROP AS SELECT g, md5(g::text) FROM generate_series(1, 500) g")
# By database, whichever engine met it: webhooks have connections of their own.
_noted: dict[URL, str] = {}


def note_refusal(context: ExceptionContext) -> None:
    """For an engine's `handle_error`: remember when a write was refused for a reason that others will meet."""
    why = REFUSED.get(_state(context.original_exception))
    if why is not None and context.engine is not None:
        _noted[context.engine.url] = why


def why_not_ready(engine: Engine) -> str | None:
    """Why Postgres cannot be worked with, None when it can; it has to write again once it has refused to."""
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT 1"))
            if engine.url in _noted:
                connection.execute(_TRY)
    except DBAPIError as error:
        if _state(error.orig) != NO_RIGHT:
            return REFUSED.get(_state(error.orig), AWAY)
    except SQLAlchemyError:  # no connection is free: the pool's own word
        return AWAY
    _noted.pop(engine.url, None)
    return None


def _state(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or "")
