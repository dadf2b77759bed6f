"""The console over real HTTP, with a clock the test can move, and a browser's worth of log-in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.operators import create_operator
from latido.console.routes import Console, routes
from latido.crypto import Vault
from tests.integration.console.log import Log
from tests.serving import served

PASSWORD = "una contraseña larga"


@dataclass
class Clock:
    """The console's clock."""

    moved: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


class Visitor:
    """A browser without scripts: keeps cookies, reads forms, follows no redirect by itself."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = requests.Session()
        self.http.trust_env = False

    def opens(self, path: str, **headers: str) -> requests.Response:
        return self.http.get(self.base + path, headers=headers, allow_redirects=False, timeout=10)

    def sends(self, path: str, **fields: str) -> requests.Response:
        return self.http.post(self.base + path, data=fields, allow_redirects=False, timeout=10)

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.opens(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def logs_in(self, username: str, password: str = PASSWORD, **more: str) -> requests.Response:
        return self.sends("/login", username=username, password=password, csrf=self.csrf("/login"), **more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(engine: Engine, vault: Vault) -> Log:
    return Log(engine, vault)


@pytest.fixture
def base(engine: Engine, vault: Vault, clock: Clock) -> Iterator[str]:
    console = Console(engine, vault, secure_cookies=False, now=clock.now)
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def stranger(base: str) -> Visitor:
    return Visitor(base)


@pytest.fixture
def agent(base: str, engine: Engine) -> Visitor:
    """An operator who is inside and may attend to alerts."""
    create_operator(engine, "laura", PASSWORD, "agent")
    visitor = Visitor(base)
    assert visitor.logs_in("laura").status_code == 303
    return visitor


@pytest.fixture
def reader(base: str, engine: Engine) -> Visitor:
    """An operator who is inside and may only read."""
    create_operator(engine, "pablo", PASSWORD, "reader")
    visitor = Visitor(base)
    assert visitor.logs_in("pablo").status_code == 303
    return visitor
