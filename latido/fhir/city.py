"""The way to a city's own FHIR server: its session with authentication, patience and aliases, from the settings."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter

from latido.breaker import CircuitBreaker
from latido.fhir.client import FhirClient
from latido.fhir.keys import ClientKey, KeyUnusable, load_key
from latido.fhir.resilience import Resilience
from latido.fhir.smart import BackendServices, BearerAuth, Client, StaticToken, TokenSource, is_safe
from latido.settings import Settings
from latido.telemetry.counting import watch_breaker

TIMEOUT = (2.0, 10.0)
POOL = 20


class CityServerUnset(Exception):
    """The settings of the city's server do not fit together; the message says which one to change."""


def city_client(url: str, settings: Settings) -> FhirClient:
    """A client of the FHIR server at `url`, with what the settings say of it; CityServerUnset when they are wrong."""
    breaker, aliases = CircuitBreaker(), settings.fhir_base_url_aliases
    watch_breaker("health_service", lambda: breaker.is_open)
    return FhirClient(url, city_session(url, settings), TIMEOUT, resilience=Resilience(breaker), aliases=aliases)


def city_session(url: str, settings: Settings) -> requests.Session:
    """A session that logs in at the server at `url` as the settings say, and nowhere else."""
    session = _plain_session(settings)
    tokens = token_source(url, settings)
    if tokens is not None:
        session.auth = BearerAuth(url, tokens)
    return session


def token_source(url: str, settings: Settings) -> TokenSource | None:
    """Where tokens for the server come from: a signed assertion, a fixed token, or None (it asks for none)."""
    if not (settings.fhir_client_id or settings.fhir_token):
        return None
    if not is_safe(url):
        raise CityServerUnset("LATIDO_FHIR_URL has to be https: a token never goes over the network unencrypted")
    if settings.fhir_token:
        return StaticToken(settings.fhir_token)
    key = client_key(settings)
    if key is None:
        raise CityServerUnset("LATIDO_FHIR_CLIENT_ID needs LATIDO_FHIR_PRIVATE_KEY_FILE; `latido fhir keys` makes one")
    if settings.fhir_token_url and not is_safe(settings.fhir_token_url):
        raise CityServerUnset("LATIDO_FHIR_TOKEN_URL has to be https")
    client = Client(settings.fhir_client_id or "", key, settings.fhir_scopes, settings.fhir_token_url)
    return BackendServices(url, client, _plain_session(settings))


def client_key(settings: Settings) -> ClientKey | None:
    """Latido's key at the city's server; None when none is set, CityServerUnset when it cannot be used."""
    if settings.fhir_private_key_file is None:
        return None
    try:
        return load_key(settings.fhir_private_key_file, settings.fhir_key_id)
    except KeyUnusable as error:
        raise CityServerUnset(f"LATIDO_FHIR_PRIVATE_KEY_FILE: {error}") from error


def _plain_session(settings: Settings) -> requests.Session:
    """A session without proxies and .netrc of the environment: nothing but our own settings sends a secret."""
    session = requests.Session()
    session.trust_env = False
    if settings.fhir_ca_file is not None:
        if not settings.fhir_ca_file.is_file():
            raise CityServerUnset(f"LATIDO_FHIR_CA_FILE: there is no file {settings.fhir_ca_file}")
        session.verify = str(settings.fhir_ca_file)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=POOL))
    return session
