"""Operators inside the console, each with a browser of her own; whatever their browsers complain of is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from playwright.sync_api import Browser, BrowserContext, Page, Response
from sqlalchemy import Engine

from latido.console.operators import add_operator
from latido.console.sessions import open_session
from latido.console.visits import SESSION_COOKIE
from tests.browser.conftest import PATIENCE

DESK, PHONE = (1300, 900), (390, 844)
Enters = Callable[..., Page]


def let_in(context: BrowserContext, base: str, engine: Engine, operator: int, now: datetime) -> None:
    """This operator is inside the console at `base`, as if she had just logged in: a form and a slow hash less."""
    token = open_session(engine, operator, now)
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": base}])
    context.set_default_timeout(PATIENCE)


def press(page: Page, key: str) -> None:
    """Press a key once the page's scripts have run: before, it would be lost."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def write(page: Page, words: str) -> None:
    """Type words where the cursor is, once the page's scripts have run."""
    page.wait_for_load_state()
    page.keyboard.type(words)


class Inside:
    """A console at `base`, and the pages that its operators have open."""

    def __init__(self, browser: Browser, base: str, engine: Engine, now: Callable[[], datetime]) -> None:
        self.browser, self.base, self.engine, self.now = browser, base, engine, now
        self.complaints: list[str] = []

    def enter(self, name: str, role: str = "agent", size: tuple[int, int] = DESK) -> Page:
        """A page of an operator of this name, who is new and inside already; scripts and policy are listened to."""
        with self.engine.begin() as connection:
            number = add_operator(connection, name, role)
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="es-AR")
        let_in(context, self.base, self.engine, number, self.now())
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("response", self._listen)
        return page

    def _listen(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")


@contextmanager
def inside(
    browser: Browser, base: str, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Inside]:
    """Operators come in; at the end their browsers are closed, and none of them may have complained."""
    them = Inside(browser, base, engine, now)
    yield them
    for context in browser.contexts:
        context.close()
    assert them.complaints == []
