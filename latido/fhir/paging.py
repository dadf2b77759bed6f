"""Where a server's `next` link may lead: back to the server that was asked, by whatever name it calls itself."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from latido.fhir.errors import NotFhir

MOST_PAGES = 1000
"""Pages of one search that are read at most; one that goes on longer has lost its way."""


def next_url(base_url: str, link: str, aliases: Iterable[str] = ()) -> str:
    """The URL of the next page on `base_url`'s host; NotFhir when the link leads elsewhere, for our token's sake.

    A server behind a proxy often writes its inner address into links: give that base as an alias, and the link is
    rewritten. One that only lost the proxy's https is recognised by itself.
    """
    url = urljoin(f"{base_url}/", link)
    for alias in (base_url, *aliases):
        rest = _below(alias.rstrip("/"), url)
        if rest is not None:
            return base_url + rest
    here, there = urlsplit(base_url), urlsplit(url)
    if there[:2] == here[:2]:
        return url
    if there.scheme == "http" and here.scheme == "https" and _host(there.netloc, "80") == _host(here.netloc, "443"):
        return there._replace(scheme="https", netloc=here.netloc).geturl()
    raise NotFhir(
        "the server's next link leads to another host; if that is the same server by its inner address, "
        "name its base URL in LATIDO_FHIR_ALIASES"
    )


def _below(base: str, url: str) -> str | None:
    """What follows `base` in `url`; None when it is not below it."""
    rest = url.removeprefix(base)
    return rest if rest != url and (not rest or rest[0] in "/?") else None


def _host(netloc: str, default_port: str) -> str:
    return netloc.lower().removesuffix(f":{default_port}")
