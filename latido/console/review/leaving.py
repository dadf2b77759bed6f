"""The page of what is exported: the diff as it would be committed, and its download."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.audit.log import record
from latido.console.pages import page
from latido.console.review.exporting import agreed, export_of
from latido.console.visits import Visit


def export_room(visit: Visit) -> Response:
    """What would be added, what is left out and why."""
    with visit.console.engine.connect() as connection:
        made = export_of(agreed(connection))
        values: dict[str, Any] = {"plan": made.plan, "diff": made.diff}
        return page(visit, "review_export.html", alerts=open_alert_count(connection), **values)


def download(visit: Visit) -> Response:
    """The diff as a file, noted in the audit log with its digest."""
    session = visit.require_operator()
    with visit.console.engine.begin() as connection:
        made = export_of(agreed(connection))
        count = len(made.plan.trained) + len(made.plan.kept_for_tests)
        digest = hashlib.sha256(made.diff.encode()).hexdigest()
        record(connection, session.operator_id, "review_exported", count=count, sha256=digest)
    headers = {"Content-Disposition": 'attachment; filename="review.diff"'}
    return Response(made.diff, media_type="text/x-diff; charset=utf-8", headers=headers)
