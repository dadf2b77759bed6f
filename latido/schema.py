"""All tables of Latido on one metadata, for migrations and tests."""

from __future__ import annotations

import importlib
from contextlib import suppress

from latido.database import metadata

TABLE_MODULES = ("latido.messaging.tables", "latido.fhir.server.tables", "latido.care.tables", "latido.console.tables")

for _name in TABLE_MODULES:
    with suppress(ModuleNotFoundError):
        importlib.import_module(_name)

__all__ = ["metadata"]
