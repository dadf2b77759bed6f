"""An application with everything that stands before it, and how uvicorn serves it."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp

from latido.front.bodies import Hurried
from latido.front.headers import Headed
from latido.front.paces import Paced
from latido.front.protocol import BoundedProtocol
from latido.settings import Settings


def fronted(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application behind its headers, paces and the time a body may take."""
    return Headed(Paced(Hurried(app)), settings.hsts_seconds)


def bounds(settings: Settings) -> dict[str, Any]:
    """What uvicorn's configuration needs: bounded heads, no web sockets, and whose word counts of who is calling."""
    trusted = [name.strip() for name in settings.trusted_proxies.split(",") if name.strip()]
    heads = {"http": BoundedProtocol, "ws": "none", "server_header": False}
    return {**heads, "proxy_headers": True, "forwarded_allow_ips": trusted}
