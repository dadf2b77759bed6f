"""One round of watching the desk: read what changed, settle what is due."""

from __future__ import annotations

import logging

from latido.care.desk.reading import read_changes
from latido.care.desk.telling import Listener, tell_due
from latido.care.desk.texts import DeskTexts
from latido.care.services import Care
from latido.fhir.errors import FhirError

log = logging.getLogger(__name__)


def watch_desk(care: Care, texts: DeskTexts, on_changed: Listener) -> None:
    """Do both; while the health service cannot be asked, what was found before is settled all the same."""
    try:
        read_changes(care)
    except FhirError as error:
        log.warning("changes at the desk could not be read now: %s", error)
    tell_due(care, texts, on_changed)
