"""A copy made under traffic and put back: nothing is lost, nobody is answered or written to twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, insert, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.backup.command import settle
from latido.backup.dumping import BackupFailed, dump, put_back
from latido.crypto import Vault
from latido.database import create_engine
from latido.messaging.conversation import RasaConversation
from latido.messaging.doubt import SETTING
from latido.messaging.lanes import claim
from latido.messaging.messages import Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.provider import TwilioProvider
from latido.messaging.reconciliation import Reconciliation
from latido.messaging.turns import Turns
from latido.reminders.tables import reminder
from tests.conftest import temporary_database
from tests.integration.messaging.post import Post, post
from tests.serving import served

__all__ = ["post"]

TEXTS = {"set_aside": "apartado: 107", "delayed": "con demoras: 107"}
PATIENCE_S = 60.0


@pytest.fixture
def bot() -> Iterator[str]:
    """Gives the same answer to the same message, as the bot does whose sessions were not lost."""

    async def turn(request: Request) -> Response:
        asked = await request.json()
        return JSONResponse({"replies": [{"type": "text", "text": f"eco {asked['text']}"}]})

    with served(Starlette(routes=[Route("/webhooks/latido/turn", turn, methods=["POST"])])) as url:
        yield url


def turns_of(engine: Engine, vault: Vault, bot: str) -> Turns:
    conversation = RasaConversation(bot, "service-token", 20.0, requests.Session())
    return Turns(engine, vault, conversation, lambda name: None, TEXTS, attempts=3, lease_seconds=30.0)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def work_on(post: Post, turns: Turns) -> None:
    for lease in claim(post.engine, "turn", 10, 30.0):
        turns.work(lease)
    post.works()


@pytest.fixture
def copy_of(post: Post, tmp_path: Path, postgres_url: str, vault: Vault) -> Iterator[Callable[[Path], Post]]:
    """Puts a copy back into a new database, as the command does, and goes on there with the same phone and Twilio."""
    engines: list[Engine] = []
    with temporary_database(postgres_url) as url:

        def restored(file: Path) -> Post:
            put_back(url, file)
            engines.append(create_engine(url))
            provider = post.sender.provider
            assert isinstance(provider, TwilioProvider)
            settle(engines[0], Reconciliation(engines[0], vault, provider, lambda name: None))
            engines[0].dispose()  # the parts start afterwards, with sessions of their own
            return replace(post, engine=engines[0], sender=replace(post.sender, engine=engines[0]))

        yield restored
        for engine in engines:
            engine.dispose()


def test_what_was_said_after_the_copy_is_neither_lost_nor_said_again(
    post: Post, bot: str, vault: Vault, tmp_path: Path, copy_of: Callable[[Path], Post]
) -> None:
    turns = turns_of(post.engine, vault, bot)
    work_on(post, turns)  # "hola" is answered before
    post.queues("un aviso")  # stands queued in the copy, and goes out after it
    post.ana.says("abierto")  # stands open in the copy, and is answered after it
    dump(url_of(post.engine), tmp_path / "copy")
    post.ana.says("después")  # is in no copy at all
    wanted = ["eco abierto", "eco después", "eco hola", "un aviso"]
    works_until(post, turns, lambda: sorted(post.shown()) == wanted)
    sent = post.sent_posts()

    again = copy_of(tmp_path / "copy")
    there = turns_of(again.engine, vault, bot)
    works_until(again, there, lambda: again.states() == ["handed_over"] * 4)
    assert again.sent_posts() == sent
    assert len(again.rows()) == len({row.provider_sid for row in again.rows()}) == 4

    again.ana.says("y ahora")  # life goes on: what is new is answered at once
    provider = post.sender.provider
    assert isinstance(provider, TwilioProvider)
    looking = Reconciliation(again.engine, vault, provider, lambda name: None, timedelta(0))
    works_until(again, there, lambda: bool(looking.look()) or "eco y ahora" in again.shown())
    works_until(again, there, lambda: again.states() == ["handed_over"] * 5)
    assert (again.sent_posts(), again.shown().count("eco y ahora")) == (sent + 1, 1)


def test_a_reminder_that_went_after_the_copy_does_not_go_again(
    post: Post, vault: Vault, tmp_path: Path, copy_of: Callable[[Path], Post]
) -> None:
    said, coming = due_reminder(post, "one"), due_reminder(post, "two")
    dump(url_of(post.engine), tmp_path / "copy")
    post.queues("Mañana a las 9 tenés turno", reminder_id=said)
    post.works_until(lambda: "Mañana a las 9 tenés turno" in post.shown(), PATIENCE_S)

    again = copy_of(tmp_path / "copy")
    again.queues("Mañana a las 9 tenés turno", reminder_id=said)
    again.queues("El jueves a las 10 tenés turno", reminder_id=coming)
    again.works_until(lambda: again.states() == ["handed_over"] * 2, PATIENCE_S)
    assert sorted(again.shown()) == ["El jueves a las 10 tenés turno", "Mañana a las 9 tenés turno"]


def test_after_two_days_there_is_no_doubt_any_more(post: Post, tmp_path: Path, copy_of: Callable[[Path], Post]) -> None:
    dump(url_of(post.engine), tmp_path / "copy")
    again = copy_of(tmp_path / "copy")
    again.queues("uno")
    long_ago = datetime.now(UTC) - timedelta(days=3)
    with again.engine.begin() as connection:
        connection.execute(text(f"SET LOCAL {SETTING} = '{long_ago.isoformat()} {long_ago.isoformat()}'"))
        queue_replies(connection, again.vault, again.key, None, [Reply("text", "dos")])
    assert again.states() == ["unknown", "queued"]


def test_a_database_that_holds_something_is_not_overwritten(post: Post, tmp_path: Path) -> None:
    dump(url_of(post.engine), tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    with pytest.raises(BackupFailed, match="not empty"):
        put_back(url_of(post.engine), tmp_path / "copy")


def test_a_copy_that_cannot_be_made_leaves_no_file_behind_that_looks_like_one(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="pg_dump"):
        dump("postgresql://nobody:secret-word@127.0.0.1:9/none", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def due_reminder(post: Post, key: str) -> int:
    now = datetime.now(UTC)
    values = {"key": key, "resident": post.key, "role": "self", "group_key": key, "kind": "remind", "name": key}
    values |= {"service": "prenatal", "due_at": now, "not_after": now + timedelta(days=1), "template": "t"}
    values |= {"variables_sealed": b"", "codes": [], "state": "pending", "created_at": now, "changed_at": now}
    with post.engine.begin() as connection:
        return int(connection.execute(insert(reminder).values(values).returning(reminder.c.id)).scalar_one())


def works_until(post: Post, turns: Turns, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, [(row.state, row.text, row.last_error) for row in post.rows()]
        work_on(post, turns)
        time.sleep(0.05)
