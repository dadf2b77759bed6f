"""Which Patients a resident's people were when they were last looked for: a hint that saves a call, never believed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection

MOST = 20_000
"""Residents that are remembered; whoever was not asked about longest is forgotten first."""


class PatientIds:
    """By resident's key, in this process's memory only."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._ids: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, resident: str) -> frozenset[str]:
        """Their ids as last seen; empty for who was not looked for."""
        with self._lock:
            found = self._ids.get(resident)
            if found is None:
                return frozenset()
            self._ids.move_to_end(resident)
            return found

    def keep(self, resident: str, ids: Collection[str]) -> None:
        """What was found just now; nobody found is nobody remembered."""
        with self._lock:
            self._ids.pop(resident, None)
            if ids:
                self._ids[resident] = frozenset(ids)
            while len(self._ids) > self._most:
                self._ids.popitem(last=False)
