"""All tables of Latido on one metadata, for migrations and tests."""

from __future__ import annotations

import latido.campaigns.tables
import latido.care.desk.tables
import latido.care.people.tables
import latido.care.rights.tables
import latido.care.tables
import latido.care.waiting.tables
import latido.console.audit.tables
import latido.console.finding.tables
import latido.console.overdue.tables
import latido.console.review.tables
import latido.console.tables
import latido.experiments.tables
import latido.fhir.server.tables
import latido.indicators.tables
import latido.messaging.pictures.tables
import latido.messaging.remarks
import latido.messaging.tables
import latido.reminders.tables
import latido.retention.tables
import latido.sealing.tables  # noqa: F401 - importing a module declares its tables
from latido.database import metadata

__all__ = ["metadata"]
