"""What the web process serves, by the names of `latido web --only`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.routing import Mount, Route

from latido.bridge.media import media_routes
from latido.bridge.routes import routes as bridge_routes
from latido.campaigns.api import notice_routes
from latido.care.api.routes import routes as care_routes
from latido.console.routes import routes as console_routes
from latido.fhir.keys import jwks_routes
from latido.fhir.server.web import routes as fhir_routes
from latido.indicators.open_data.routes import open_data_routes
from latido.reminders.api import reminder_routes
from latido.reminders.calendar.api import calendar_routes
from latido.web import Area
from latido.wiring import Wiring

AREAS: dict[str, Callable[[Wiring], Area]] = {
    "bridge": lambda wiring: Area("bridge", "/webhooks", bridge_routes(wiring.bridge), direct=True),
    "media": lambda wiring: Area("media", "/media", media_routes(wiring.picture_behind)),
    "care": lambda wiring: Area("care", "/care/v1", [Mount("/care/v1", routes=_care(wiring))], guarded=True),
    "fhir": lambda wiring: Area("fhir", "/fhir/R4", fhir_routes(wiring.fhir_server, "/fhir/R4"), guarded=True),
    "keys": lambda wiring: Area("keys", "/.well-known", jwks_routes(wiring.fhir_keys)),
    "open-data": lambda wiring: Area("open-data", "/open-data", open_data_routes(wiring.publisher)),
    "console": lambda wiring: Area("console", "/console", [Mount("/console", routes=console_routes(wiring.console))]),
}


def _care(wiring: Wiring) -> list[Route]:
    """Care's own routes and, above it, those of the reminders and notices she answers."""
    above = [*notice_routes(wiring.campaigns), *reminder_routes(wiring.reminders)]
    above += calendar_routes(wiring.reminders)
    return [*above, *care_routes(wiring.care)]


def chosen_areas(wiring: Wiring, only: Iterable[str]) -> list[Area]:
    """The areas named, or all."""
    names = set(only) or set(AREAS)
    return [make(wiring) for name, make in AREAS.items() if name in names]
