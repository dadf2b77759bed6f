"""HTTP sessions whose connections are kept."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter


def pooled_session(size: int) -> requests.Session:
    """A session that keeps up to `size` connections to a host."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=size))
    return session
