"""Every surface that faces a network, served as in production, and raw connections to it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

TOKEN = "service-token"
ACCOUNT = "AC" + "0" * 32
LARGEST_CARE = LARGEST_WEBHOOK = 64 * 1024
LARGEST_FORM = 16 * 1024
LARGEST_RESOURCE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Surface:
    """One address; what it says to nobody in particular, and how large a body may be there (None: it takes none)."""

    method: str
    path: str
    to_strangers: int
    largest: int | None = None
    too_large: int = 413
    public: bool = True
    html: bool = False
    # Besides the service token: what a body has to be called.
    kind: str = "application/json"


SURFACES = (
    Surface("POST", "/webhooks/twilio/inbound", 403, LARGEST_WEBHOOK, kind="application/x-www-form-urlencoded"),
    Surface("POST", "/webhooks/twilio/status", 403, LARGEST_WEBHOOK, kind="application/x-www-form-urlencoded"),
    Surface("GET", "/media/nobody.png", 404),
    Surface("POST", "/care/v1/places/search", 401, LARGEST_CARE, too_large=400, public=False),
    Surface("GET", "/care/v1/residents/ana", 401, public=False),
    Surface("POST", "/fhir/R4/Patient", 401, LARGEST_RESOURCE, public=False),
    Surface("GET", "/fhir/R4/metadata", 401, public=False),
    Surface("GET", "/console/login", 200, html=True),
    Surface("GET", "/console/", 303),
    Surface("POST", "/console/login", 403, LARGEST_FORM, kind="application/x-www-form-urlencoded", html=True),
    Surface("GET", "/console/static/console.css", 200),
    Surface("GET", "/open-data", 200, html=True),
    Surface("GET", "/open-data/indicators.csv", 200),
    Surface("GET", "/.well-known/jwks.json", 200),
    Surface("GET", "/livez", 200),
    Surface("GET", "/readyz", 200),
    Surface("GET", "/healthz", 401, public=False),
    Surface("GET", "/metrics", 401, public=False),
    Surface("GET", "/nowhere", 404),
)


def named(surface: Surface) -> str:
    return f"{surface.method} {surface.path}"


@contextmanager
def connection_to(url: str) -> Iterator[socket.socket]:
    """A raw connection; whoever is not answered in a minute waits for nothing."""
    with socket.create_connection((urlsplit(url).hostname or "", urlsplit(url).port or 80), timeout=60) as opened:
        yield opened


def rest_of(opened: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    read = b""
    try:
        while part := opened.recv(65536):
            read += part
    except ConnectionResetError:
        pass
    return read
