"""Steps of this process as metrics, and as spans where a collector is named."""

from __future__ import annotations

import os

from vitals.metrics import count_steps

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def tell_of_part(part: str) -> None:
    """Count this process's steps from now on, and send them to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names."""
    count_steps()
    endpoint = os.environ.get(ENDPOINT)
    if endpoint:
        from tracelog.spans import Spans  # a second of imports that nobody else needs

        Spans(part, endpoint)
