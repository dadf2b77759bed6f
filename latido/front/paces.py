"""How often one address may ask, where anybody may: so many requests a minute, or so many misses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from latido.front.pacing import Pace

NETWORK_BITS = 64  # what one customer has of IPv6
MISSED = 404


@dataclass(frozen=True)
class Allowed:
    """Requests a minute from one address; `misses`: only those that ask for what there is not are counted."""

    a_minute: int
    misses: bool = False


# By the beginning of the path. Twilio's webhooks are never among them: a right signature is never made to wait. The
# open data have a pace of their own, and guarded areas refuse a wrong token before anything else is done.
PACES: Mapping[str, Allowed] = {
    "/livez": Allowed(600),
    "/readyz": Allowed(600),
    "/healthz": Allowed(600),
    "/metrics": Allowed(600),
    "/.well-known": Allowed(120),
    "/media": Allowed(120, misses=True),
    "/console": Allowed(3000),
}


class Paced:
    """Answers 429 in place of the application to an address that asked too often."""

    def __init__(self, app: ASGIApp, paces: Mapping[str, Allowed] = PACES) -> None:
        self._app = app
        self._paces = [(prefix, allowed.misses, Pace(allowed.a_minute)) for prefix, allowed in paces.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its address may ask."""
        found = self._found(scope)
        caller = stranger(scope) if found else None
        if found is None or caller is None:
            return await self._app(scope, receive, send)
        misses, pace = found
        wait = pace.wait_until_free(caller) if misses else pace.wait_for(caller)
        if wait:
            refused = PlainTextResponse("too many requests", 429, {"Retry-After": str(wait)})
            return await refused(scope, receive, send)

        async def counting(message: Message) -> None:
            if message.get("status") == MISSED:
                pace.wait_for(caller)
            await send(message)

        return await self._app(scope, receive, counting if misses else send)

    def _found(self, scope: Scope) -> tuple[bool, Pace] | None:
        path = scope.get("path", "")
        return next(((misses, pace) for prefix, misses, pace in self._paces if path.startswith(prefix)), None)


def stranger(scope: Scope) -> str | None:
    """The address a request comes from, of IPv6 its network; None for this machine and private networks.

    There stand the other parts, and a proxy that LATIDO_TRUSTED_PROXIES does not name: who comes by it would be one.
    """
    client = scope.get("client")
    return _network_of(client[0]) if client else None


@lru_cache(maxsize=4096)
def _network_of(host: str) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not address.is_global:
        return None
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> NETWORK_BITS << NETWORK_BITS))
    return str(address)
