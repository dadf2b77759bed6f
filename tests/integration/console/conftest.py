"""The console over real HTTP, with a clock the test can move, and who comes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console import operators
from latido.console.account import codes
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.reminders.followed import followed_up
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log
from tests.integration.console.visitor import PASSWORD as PASSWORD
from tests.integration.console.visitor import Visitor
from tests.serving import served


@dataclass
class Clock:
    """The console's clock."""

    moved: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


@pytest.fixture(scope="package", autouse=True)
def shipped_hashers() -> Iterator[dict[str, PasswordHasher]]:
    """What passwords and codes are really hashed with; the tests take a hundredth of its time for each."""
    shipped = {"password": operators._hasher, "code": codes._hasher}
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operators, "_hasher", quick)
        patch.setattr(codes, "_hasher", quick)
        operators._nobody.cache_clear()
        yield shipped
    operators._nobody.cache_clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(engine: Engine, vault: Vault) -> Log:
    return Log(engine, vault)


@pytest.fixture
def base(engine: Engine, vault: Vault, clock: Clock) -> Iterator[str]:
    console = Console(engine, vault, secure_cookies=False, now=clock.now, followed_up=followed_up)
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def stranger(base: str) -> Visitor:
    return Visitor(base)


@pytest.fixture
def agent(base: str, engine: Engine) -> Visitor:
    """An operator who is inside and may attend to alerts."""
    works_here(engine, "laura", "agent")
    return inside(base, engine, "laura")


@pytest.fixture
def reader(base: str, engine: Engine) -> Visitor:
    """An operator who is inside and may only read."""
    works_here(engine, "pablo", "reader")
    return inside(base, engine, "pablo")
