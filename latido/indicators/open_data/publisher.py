"""Keeps what is published at hand: many may ask, the database is asked now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from latido.care.services import BUENOS_AIRES
from latido.indicators.open_data.publication import Publication, publication
from latido.indicators.registry import load_registry

FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class _Kept:
    publication: Publication
    since: datetime


class Publisher:
    """What is published now. While the database is away, what it said last."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def current(self) -> Publication:
        """What is published, at most five minutes old; SQLAlchemyError when nothing can be had."""
        with self._lock:
            kept, now = self._kept, self._now()
            if kept and now - kept.since < FRESH:
                return kept.publication
            try:
                found = self._read(now)
            except SQLAlchemyError:
                if kept is None:
                    raise
                return kept.publication
            self._kept = _Kept(found, now)
            return found

    def _read(self, now: datetime) -> Publication:
        today = now.astimezone(BUENOS_AIRES).date()
        with self._engine.connect() as connection:
            return publication(connection, load_registry(), today)
