"""Making the dialogue forget, over a bot on loopback that may be away, starting or strange to us."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.messaging.dialogue_memory import DialogueMemory
from tests.serving import served


def memory(url: str) -> DialogueMemory:
    return DialogueMemory(url, "service-token", 2.0, requests.Session())


def answering(status: int, heard: list[Any]) -> Starlette:
    async def forget(request: Request) -> JSONResponse:
        heard.append((request.headers["Authorization"], await request.json()))
        return JSONResponse({}, status)

    return Starlette(routes=[Route("/webhooks/latido/forget", forget, methods=["POST"])])


@pytest.mark.parametrize(("status", "forgotten"), [(200, True), (503, False), (401, False), (500, False)])
def test_only_a_bot_that_says_so_has_forgotten(status: int, forgotten: bool) -> None:
    heard: list[Any] = []
    with served(answering(status, heard)) as url:
        assert memory(url).forget("ana") is forgotten
    assert heard == [("Bearer service-token", {"resident": "ana"})]


def test_a_bot_that_cannot_be_reached_has_not() -> None:
    assert memory("http://127.0.0.1:9").forget("ana") is False
