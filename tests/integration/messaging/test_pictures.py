"""A picture on its way: kept sealed, fetched by Twilio at an address of its own, on the phone, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy import func, select, update
from starlette.applications import Starlette

from latido.bridge.media import media_routes
from latido.messaging.messages import Reply
from latido.messaging.pictures.keeping import (
    FETCHES,
    LARGEST,
    PictureTooLarge,
    fetch,
    forget_old_pictures,
    forget_pictures,
    keep_picture,
    open_address,
)
from latido.messaging.pictures.tables import picture
from tests.integration.messaging.post import Post
from tests.integration.messaging.post import post as post
from tests.serving import served

PNG = b"\x89PNG\r\n\x1a\n" + b"what a phone shows" * 20
CAPTION = "Tu calendario"


@dataclass
class Gallery:
    """Ana's phone, and the web process from which Twilio fetches pictures."""

    post: Post
    url: str

    def keeps(self, made_for: str = "SM1:calendar", content: bytes = PNG, whose: str | None = None) -> int:
        with self.post.engine.begin() as connection:
            return keep_picture(connection, self.post.vault, whose or self.post.key, made_for, content)

    def opens(self, number: int) -> str | None:
        token = open_address(self.post.engine, self.post.vault, self.post.key, number)
        return f"{self.url}/media/{token}.png" if token else None

    def sends(self, number: int) -> None:
        self.post.queues("Esto sigue:", Reply("picture", CAPTION, picture=number))
        sender = replace(self.post.sender, picture_address=lambda whose, which: self.opens(which))
        self.post = replace(self.post, sender=sender)
        self.post.works()

    def rows(self) -> list:
        with self.post.engine.connect() as connection:
            return list(connection.execute(select(picture)))

    def ages(self, by: timedelta) -> None:
        with self.post.engine.begin() as connection:
            older = {"created_at": picture.c.created_at - by, "expires_at": picture.c.expires_at - by}
            connection.execute(update(picture).values(older))


@contextmanager
def serving(post: Post) -> Iterator[Gallery]:
    app = Starlette(routes=media_routes(lambda token: fetch(post.engine, post.vault, token)))
    with served(app) as url:
        yield Gallery(post, url)


@pytest.fixture
def gallery(post: Post) -> Iterator[Gallery]:
    with serving(post) as ready:
        yield ready


def test_it_reaches_the_phone_after_its_text_and_twilio_keeps_the_copy(gallery: Gallery) -> None:
    number = gallery.keeps()
    gallery.sends(number)
    text, shown = gallery.post.ana.waits_for_reply(messages=2)
    assert (text.kind, text.body) == ("text", "Esto sigue:")
    assert (shown.kind, shown.body) == ("image", CAPTION)
    copy = gallery.post.emulator.base_url + shown.raw["media"]["url"]
    assert requests.get(copy, timeout=5).content == PNG
    assert shown.raw["media"]["content_type"] == "image/png"
    assert [row.fetched for row in gallery.rows()] == [1]
    gallery.post.works_until(lambda: [row.status for row in gallery.post.rows()] == ["read"] * 2)


def test_the_log_keeps_that_there_was_one_but_neither_bytes_nor_address(gallery: Gallery) -> None:
    gallery.sends(gallery.keeps())
    row = gallery.post.rows()[-1]
    sealed = gallery.post.vault.open(row.content_sealed)
    assert (row.kind, row.text) == ("picture", CAPTION)
    assert len(sealed) < 400
    assert "/media/" not in sealed
    assert PNG not in gallery.rows()[0].content_sealed


def test_nobody_fetches_it_before_it_is_sent_or_after_its_time(gallery: Gallery) -> None:
    number = gallery.keeps()
    token = gallery.post.vault.open(gallery.rows()[0].token_sealed)
    early = requests.get(f"{gallery.url}/media/{token}.png", timeout=5)
    address = gallery.opens(number)
    assert address is not None
    in_time = requests.get(address, timeout=5)
    gallery.ages(timedelta(hours=1))
    late = requests.get(address, timeout=5)
    assert [one.status_code for one in (early, in_time, late)] == [404, 200, 404]
    assert in_time.headers["Content-Type"] == "image/png"
    assert in_time.headers["Cache-Control"] == "no-store"
    assert "noindex" in in_time.headers["X-Robots-Tag"]


def test_it_is_fetched_a_handful_of_times_at_most(gallery: Gallery) -> None:
    address = gallery.opens(gallery.keeps())
    assert address is not None
    answers = [requests.get(address, timeout=5).status_code for _ in range(FETCHES + 1)]
    assert answers == [200] * FETCHES + [404]


@pytest.mark.parametrize("token", ["x", "../healthz", "a" * 43, "a" * 500, "%00", "'--"])
def test_a_token_that_is_none_finds_nothing(gallery: Gallery, token: str) -> None:
    gallery.opens(gallery.keeps())
    assert requests.get(f"{gallery.url}/media/{token}.png", timeout=5).status_code == 404


def test_the_same_request_keeps_one_and_another_residents_is_never_sent(gallery: Gallery) -> None:
    first, again = gallery.keeps(), gallery.keeps(content=PNG + b"2")
    assert first == again
    assert len(gallery.rows()) == 1
    with gallery.post.engine.connect():
        assert open_address(gallery.post.engine, gallery.post.vault, "f" * 32, first) is None


def test_a_large_one_is_refused(gallery: Gallery) -> None:
    with pytest.raises(PictureTooLarge, match="at most"):
        gallery.keeps(content=b"x" * (LARGEST + 1))


def forgotten(gallery: Gallery) -> None:
    with gallery.post.engine.begin() as connection:
        forget_pictures(connection, gallery.post.key)


def never_there(gallery: Gallery) -> None:
    gallery.ages(timedelta(days=2))
    assert forget_old_pictures(gallery.post.engine) == 1


@pytest.mark.parametrize("gone", [forgotten, never_there])
def test_one_that_is_gone_is_not_sent_and_its_text_is(gallery: Gallery, gone: Callable[[Gallery], None]) -> None:
    number = gallery.keeps()
    gone(gallery)
    gallery.sends(number)
    assert [one.body for one in gallery.post.ana.waits_for_reply(messages=1)] == ["Esto sigue:"]
    assert gallery.post.states() == ["handed_over", "failed"]
    assert "forgotten" in gallery.post.rows()[1].last_error
    assert gallery.post.alerts() == []


def test_what_twilio_cannot_fetch_fails_alone_and_asks_nobody_to_do_anything(gallery: Gallery) -> None:
    number = gallery.keeps()
    with gallery.post.engine.begin() as connection:
        connection.execute(update(picture).values(fetched=FETCHES))
    gallery.sends(number)
    gallery.post.works_until(lambda: gallery.post.states() == ["handed_over", "failed"])
    assert gallery.post.rows()[1].error_code == 63019
    assert [entry["code"] for entry in gallery.post.emulator.debugger()] == [11200]
    assert gallery.post.shown() == ["Esto sigue:"]
    assert gallery.post.alerts() == []


def test_old_ones_are_forgotten_and_fresh_ones_kept(gallery: Gallery) -> None:
    gallery.opens(gallery.keeps("SM1:calendar"))
    gallery.ages(timedelta(hours=1))
    fresh = gallery.keeps("SM2:calendar")
    assert forget_old_pictures(gallery.post.engine) == 1
    assert [row.id for row in gallery.rows()] == [fresh]
    with gallery.post.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(picture)).scalar_one() == 1
