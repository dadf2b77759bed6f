"""axe-core finds no fault on any page of the console: every address that a link of it leads to, light and dark.

axe-core comes from npm (`.ci/run` brings it): name its file in LATIDO_AXE.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.operators import create_operator
from latido.console.routes import Console, routes
from latido.crypto import Vault
from tests.browser.test_console import PASSWORD
from tests.integration.console.log import Log
from tests.integration.console.story import tell
from tests.serving import served

AXE = Path(os.environ.get("LATIDO_AXE", ".tools/axe/node_modules/axe-core/axe.min.js"))
pytestmark = pytest.mark.skipif(
    not AXE.exists(), reason="no axe-core: npm install axe-core, and name its file in LATIDO_AXE"
)
LOOKS = {
    "desk, light": ({"width": 1300, "height": 900}, "light"),
    "phone, dark": ({"width": 390, "height": 844}, "dark"),
}
RULES = "{resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}"
MOST_PAGES = 45


@pytest.fixture
def base(engine: Engine, vault: Vault) -> Iterator[str]:
    tell(Log(engine, vault), datetime.now(UTC))
    create_operator(engine, "ada", PASSWORD, "admin")
    console = Console(engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_fault_of_accessibility(browser: Browser, base: str, look: str) -> None:
    viewport, scheme = LOOKS[look]
    page = browser.new_context(
        viewport=viewport, color_scheme=scheme, locale="es-AR", reduced_motion="reduce"
    ).new_page()
    page.goto(f"{base}/login")
    faults = _faults(page, "/login")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{base}/")
    seen, waiting = set[str](), ["/"]
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if _kind(path) in seen:
            continue
        seen.add(_kind(path))
        page.goto(base + path)
        faults += _faults(page, path)
        waiting += _links(page, base)
    assert len(seen) > 12, f"only {sorted(seen)} were found"
    assert faults == []


def _faults(page: Page, path: str) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run(document, {RULES}).then(result => result.violations)")
    return [
        f"{path}: {each['id']} ({each['help']}): {'; '.join(node['html'][:160] for node in each['nodes'][:3])}"
        for each in found
    ]


def _links(page: Page, base: str) -> list[str]:
    """The console's own addresses that the page leads to, files left out."""
    addresses = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    ours = [address.removeprefix(base).split("#")[0] for address in addresses if address.startswith(f"{base}/")]
    return [path for path in ours if not re.search(r"\.(csv|jsonl?|txt|ya?ml|svg|wav)|/static/|/export/", path)]


def _kind(path: str) -> str:
    """Pages that differ by whom they are about, or by what is looked for, are one kind."""
    return re.sub(r"[0-9a-f]{32}|\d+", "*", path.split("?")[0])


def test_a_fault_would_be_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang='es'><title>x</title><main><h1>x</h1><img src='x'></main></html>")
    assert [fault.split()[1] for fault in _faults(page, "/x")] == ["image-alt"]
