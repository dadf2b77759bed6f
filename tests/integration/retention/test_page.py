"""The page of the periods: in words, with what is over and what went, for who reads the audit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from sqlalchemy import Engine, insert
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.care.services import Care
from latido.console.roles import ROLES, may
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.messaging.tables import receipt
from latido.retention import seen
from latido.retention.periods import load_periods
from latido.retention.rounds import retain
from tests.integration.care.conftest import NOW
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.serving import served


@pytest.fixture
def base(care: Care, vault: Vault) -> Iterator[str]:
    console = Console(care.engine, vault, False, care.now, retention_of=lambda: seen.retention_seen(care))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


def enters(base: str, engine: Engine, role: str) -> Visitor:
    works_here(engine, f"una-{role}", role)
    return inside(base, engine, f"una-{role}", NOW)


def came(care: Care, count: int) -> None:
    """So many receipts, each a day younger than the one before it, the last one 85 days old."""
    rows = [
        {"provider_sid": f"SM{n}", "status": "read", "created_at": NOW - timedelta(days=84 + count - n)}
        for n in range(count)
    ]
    with care.engine.begin() as connection:
        connection.execute(insert(receipt), rows)


def numbers(text: str, words: str) -> list[int]:
    row = text[text.index(words) :].partition("</tr>")[0]
    return [int(found) for found in re.findall(r'retention__number">(\d+)<', row)]


def test_the_page_tells_each_period_in_words_what_is_over_and_what_went(base: str, care: Care, engine: Engine) -> None:
    came(care, 12)
    visitor = enters(base, engine, "supervisor")
    before = visitor.opens("/retention").text
    assert numbers(before, "Los avisos de entrega") == [6, 0]
    assert "90 días" in before and "1 año" in before and "3 años" in before
    assert all(period.words in before for period in load_periods().periods.values())
    retain(care, load_periods())
    after = visitor.opens("/retention").text
    assert numbers(after, "Los avisos de entrega") == [0, 6]
    assert f'datetime="{NOW.astimezone(UTC).isoformat()}"' in after


def test_many_are_not_counted_to_the_end(care: Care, monkeypatch: pytest.MonkeyPatch) -> None:
    came(care, 12)
    monkeypatch.setattr(seen, "MOST_OVER", 3)
    told = seen.retention_seen(care)
    assert max(period.over for period in told.periods) == 4 > told.most_over


def test_it_says_that_nobody_signed_the_periods(base: str, engine: Engine) -> None:
    visitor = enters(base, engine, "admin")
    assert ("no los confirmó nadie" in visitor.opens("/retention").text) == (not load_periods().is_signed)
    assert "/console/retention" in visitor.opens("/audit").text


@pytest.mark.parametrize("role", ROLES)
def test_who_may_read_the_audit_may_read_this(base: str, engine: Engine, role: str) -> None:
    allowed = may(role, "read_audit")
    assert enters(base, engine, role).opens("/retention").status_code == (200 if allowed else 403)
