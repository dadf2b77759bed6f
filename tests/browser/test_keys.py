"""Every key that the handbook names does on the page what it says there; the page's own help names the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.review.tables import review
from latido.console.routes import Console, routes
from latido.crypto import Vault
from tests.browser.inside import Inside, inside, press, write
from tests.integration.console.log import Log
from tests.integration.console.story import ANA, EVA, GABI, tell
from tests.integration.console.test_review import told as told
from tests.serving import served

pytestmark = pytest.mark.timeout(300)
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def base(schema_engine: Engine, vault: Vault) -> Iterator[str]:
    """One console for these tests."""
    console = Console(schema_engine, vault, secure_cookies=False, now=lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def log(engine: Engine, vault: Vault) -> Log:
    return Log(engine, vault)


@pytest.fixture
def them(browser: Browser, base: str, engine: Engine) -> Iterator[Inside]:
    with inside(browser, base, engine) as operators:
        yield operators


def keys_of_console() -> set[str]:
    """The keys of lists and threads, as the handbook has them."""
    [words] = re.findall(r"Keys: ([^\n]*)", (DOCS / "console.md").read_text("utf-8"))
    return set(re.findall(r"`(\S)`", words))


def keys_of_review() -> set[str]:
    """The keys of review, as the handbook's table has them."""
    table = (DOCS / "review.md").read_text("utf-8").split("| key | does | key | does |")[1].split("\n\n")[0]
    cells = [cell for row in table.splitlines() for cell in row.split("|")]
    return {key for cell in cells for key in re.findall(r"`(\S)`", cell) if re.fullmatch(r"(`\S`,? ?)+", cell.strip())}


def helped(page: Page, box: str) -> set[str]:
    """The keys that the page's own help names."""
    return set(page.locator(f"{box} dt kbd").all_text_contents())


def types_at(page: Page, key: str, box: str, words: str) -> None:
    """The key leads into a box in which other keys are letters; Escape or leaving it leads out."""
    press(page, key)
    expect(page.locator(box)).to_be_focused()
    press(page, "ControlOrMeta+a")
    write(page, words)
    expect(page.locator(box)).to_have_value(words)


def test_each_key_of_the_list_and_of_a_thread(them: Inside, log: Log) -> None:
    tell(log, datetime.now(UTC))
    page = them.enter("laura")
    page.goto(f"{them.base}/")
    row = {who: page.locator(f"#c-{log.key(who)}") for who in (GABI, EVA)}

    def next_one() -> None:
        for who in (GABI, EVA):
            press(page, "j")
            expect(row[who]).to_be_focused()

    def one_before() -> None:
        press(page, "k")
        expect(row[GABI]).to_be_focused()

    def search() -> None:
        types_at(page, "/", "#find", "jkn?/")
        page.locator("#find").blur()

    def shown() -> None:
        press(page, "?")
        expect(page.get_by_role("dialog")).to_be_visible()
        press(page, "?")
        expect(page.get_by_role("dialog")).to_be_hidden()

    does = {"j": next_one, "k": one_before, "/": search, "?": shown}
    for deed in does.values():
        deed()
    in_list = helped(page, "#keys")
    assert in_list == set(does)

    page.goto(f"{them.base}/conversations/{log.key(ANA)}")
    turns = page.locator(".turn")
    for key, at in (("k", 3), ("k", 2), ("j", 3)):
        press(page, key)
        expect(turns.nth(at)).to_contain_class("at")
        expect(turns.nth(at)).to_be_in_viewport()
    shown()
    types_at(page, "n", "#new-note", "jk/?")
    page.locator("#new-note").blur()
    press(page, "Control+k")
    expect(turns.nth(3)).to_contain_class("at")
    assert helped(page, "#keys") == in_list | {"n"} == keys_of_console()
    press(page, "/")
    expect(page.locator("#find")).to_be_focused()


class Reviewing:
    """A reviewer at her first message; one method a key."""

    def __init__(self, page: Page, engine: Engine) -> None:
        self.page, self.engine = page, engine

    def number(self) -> int:
        """The message in question."""
        found = re.search(r"/review/(\d+)/", self.page.locator(".review__form").get_attribute("action") or "")
        assert found
        return int(found[1])

    def goes_on(self, key: str) -> int:
        """Press a key that sends; returns the message that was in question."""
        before = self.number()
        with self.page.expect_navigation():
            press(self.page, key)
        return before

    def row(self, number: int) -> Any:
        """A message as it stands in review."""
        with self.engine.connect() as connection:
            return connection.execute(select(review).where(review.c.message_id == number)).one()

    def settles(self, key: str, state: str) -> int:
        """The key decides and leads on."""
        decided = self.goes_on(key)
        assert self.row(decided).state == state
        assert self.number() != decided
        return decided

    def opens_box(self, key: str, box: str, words: str) -> None:
        """The key leads to a box; Escape leads out of it."""
        types_at(self.page, key, box, words)
        press(self.page, "Escape")
        expect(self.page.locator(box)).not_to_be_focused()

    def confirm(self) -> None:
        self.settles("e", "pending")

    def out_of_scope(self) -> None:
        assert self.row(self.settles("o", "pending")).intent == "out_of_scope"

    def discard(self) -> None:
        self.settles("x", "discarded")

    def undo(self) -> None:
        decided = self.settles("x", "discarded")
        with self.page.expect_navigation():
            press(self.page, "u")
        assert self.row(decided).state == "new" and self.number() == decided

    def flag(self) -> None:
        number = self.goes_on("f")
        assert self.number() == number and self.row(number).flagged
        self.goes_on("f")
        assert not self.row(number).flagged

    def tag(self) -> None:
        types_at(self.page, "t", "[name=tags]", "jerga, exo")
        number = self.goes_on("Enter")
        assert self.row(number).tags == ["jerga", "exo"]

    def note(self) -> None:
        self.opens_box("n", "[name=note]", "exo jk")

    def find_intent(self) -> None:
        self.opens_box("i", "#review-search", "turno")
        expect(self.page.locator("#review-intent option").first).to_contain_text("urno")

    def wording(self) -> None:
        self.opens_box("w", "#review-wording", "vivo en once")

    def mark(self) -> None:
        press(self.page, "w")
        press(self.page, "ControlOrMeta+a")
        press(self.page, "Escape")
        press(self.page, "a")
        expect(self.page.locator("#review-kind")).to_be_focused()
        press(self.page, "Escape")

    def next_one(self) -> None:
        before = self.goes_on("j")
        assert self.number() != before

    def one_before(self) -> None:
        before = self.goes_on("k")
        assert self.number() != before

    def help(self) -> None:
        for _ in range(2):
            is_open = self.page.locator("#review-help[open]").count()
            press(self.page, "?")
            expect(self.page.locator("#review-help[open]")).to_have_count(1 - is_open)


def test_each_key_of_review(them: Inside, told: Log, engine: Engine) -> None:
    page = them.enter("rita", "reviewer")
    page.goto(f"{them.base}/review")
    rita = Reviewing(page, engine)
    # In an order in which there is always a message left to look at.
    does = {
        "?": rita.help,
        "j": rita.next_one,
        "k": rita.one_before,
        "i": rita.find_intent,
        "w": rita.wording,
        "a": rita.mark,
        "n": rita.note,
        "t": rita.tag,
        "f": rita.flag,
        "u": rita.undo,
        "e": rita.confirm,
        "x": rita.discard,
        "o": rita.out_of_scope,
    }
    assert set(does) == keys_of_review() == helped(page, "#review-help") - {"Esc"} | {"?"}
    for deed in does.values():
        deed()
