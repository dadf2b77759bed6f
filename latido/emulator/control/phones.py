"""`/emulator/phones`: who writes, what they do, what they see."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.emulator import views
from latido.emulator.addresses import address_of
from latido.emulator.control import speech
from latido.emulator.control.answers import BadRequest, emulator_of, guarded, json_object
from latido.emulator.inbound import post, webhook_form
from latido.emulator.model import Medium, Message, Phone
from latido.emulator.state import Emulator

CHANGEABLE = frozenset({"name", "wa_id", "external_user_id", "opted_out", "blocked", "on_whatsapp"})
FIRST_NUMBER = 5491155550001
LONGEST_WAIT = 60.0
LARGEST_FILE = 16 * 1024 * 1024


@guarded
async def list_phones(request: Request) -> Response:
    """Every phone, and the number they all write to."""
    emulator = emulator_of(request)
    phones = [views.phone(phone) for phone in emulator.phones.values()]
    return JSONResponse({"phones": phones, "sender": emulator.config.sender.removeprefix("whatsapp:")})


@guarded
async def add_phone(request: Request) -> Response:
    """A phone with the number asked for, or with the next free one."""
    emulator, wanted = emulator_of(request), await json_object(request)
    address = address_of(str(wanted.get("phone") or _free_number(emulator)))
    phone = emulator.phones.get(address) or Phone.at(address, f"Vecina {address[-4:]}")
    _change(phone, {key: value for key, value in wanted.items() if key != "phone"})
    emulator.add_phone(phone)
    return JSONResponse(views.phone(phone), 201)


@guarded
async def change_phone(request: Request) -> Response:
    """Rename it, or switch how it behaves."""
    emulator, wanted = emulator_of(request), await json_object(request)
    phone = emulator.phone(request.path_params["phone"])
    _change(phone, wanted)
    emulator.add_phone(phone)
    return JSONResponse(views.phone(phone))


@guarded
async def remove_phone(request: Request) -> Response:
    """Take it away with its transcript."""
    emulator = emulator_of(request)
    emulator.remove_phone(emulator.phone(request.path_params["phone"]))
    return Response(status_code=204)


@guarded
async def say(request: Request) -> Response:
    """Send as this phone; answers when the bridge has, unless `wait` is false."""
    emulator = emulator_of(request)
    phone = emulator.phone(request.path_params["phone"])
    wanted, upload = await _body(emulator, request)
    said = speech.understand(emulator, phone, wanted, upload)
    message = speech.message_from(emulator, phone, said)
    form = webhook_form(emulator, phone, message, said)
    copies = 1 + emulator.faults.inbound_duplicates + int(wanted.get("duplicates") or 0)
    posting = _post_all(emulator, message, form, copies, float(wanted.get("delay_ms") or 0) / 1000)
    if _yes(wanted.get("in_order")):
        posting = _in_order(emulator, phone, posting)
    if not _yes(wanted.get("wait", True)):
        emulator.spawn(posting)
        return JSONResponse({"sid": message.sid}, 202)
    await posting
    calls = [views.webhook(call) for call in emulator.calls if call.sid == message.sid]
    return JSONResponse({"sid": message.sid, "webhooks": calls, "message": views.message(message)}, 201)


@guarded
async def transcript(request: Request) -> Response:
    """The phone's messages after a cursor; `wait` seconds for one of a `direction`, when there is none yet."""
    emulator = emulator_of(request)
    address = emulator.phone(request.path_params["phone"]).address
    after, wait = int(request.query_params.get("after", 0)), float(request.query_params.get("wait", 0))
    direction = request.query_params.get("direction")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(wait, LONGEST_WAIT)
    while not (found := _seen(emulator, address, after, direction)) and (left := deadline - loop.time()) > 0:
        if not await emulator.feed.wait(address, left):
            break
    cursor = max((message.sequence for message in found), default=after)
    return JSONResponse({"messages": [views.message(message) for message in found], "cursor": cursor})


def _seen(emulator: Emulator, address: str, after: int, direction: str | None) -> list[Message]:
    found = []
    for message in reversed(emulator.transcripts.get(address, [])):
        if message.sequence <= after:
            break
        if direction is None or message.direction.startswith(direction):
            found.append(message)
    return found[::-1]


async def _in_order(emulator: Emulator, phone: Phone, posting: Coroutine[Any, Any, None]) -> None:
    """As a phone on a slow line: on the screen at once, on its way when the message before it has arrived."""
    async with emulator.lines[phone.address]:
        await posting


def _yes(value: object) -> bool:
    return value in (True, "true")


async def _post_all(
    emulator: Emulator, message: Message, form: dict[str, str], copies: int, delay_seconds: float
) -> None:
    if delay_seconds:
        await asyncio.sleep(delay_seconds)
    for _ in range(copies):
        await post(emulator, message, form)


async def _body(emulator: Emulator, request: Request) -> tuple[dict[str, Any], Medium | None]:
    if not request.headers.get("Content-Type", "").startswith("multipart/"):
        return await json_object(request), None
    async with request.form(max_part_size=LARGEST_FILE) as form:
        file = form.get("file")
        wanted = {key: str(value) for key, value in form.items() if key != "file"}
        if not isinstance(file, UploadFile):
            return wanted, None
        content = await file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise BadRequest("WhatsApp takes files of at most 16 MB")
    kind = (file.content_type or "application/octet-stream").partition(";")[0]
    return wanted, speech.uploaded(content, kind, file.filename or "", emulator)


def _change(phone: Phone, wanted: dict[str, Any]) -> None:
    if unknown := set(wanted) - CHANGEABLE:
        raise BadRequest(f"a phone has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(CHANGEABLE))}")
    checked = replace(phone, **wanted)
    vars(phone).update(vars(checked))


def _free_number(emulator: Emulator) -> str:
    number = FIRST_NUMBER
    while f"whatsapp:+{number}" in emulator.phones:
        number += 1
    return f"+{number}"


def routes() -> list[Route]:
    """The routes of this module."""
    one = "/emulator/phones/{phone}"
    return [
        Route("/emulator/phones", list_phones, methods=["GET"]),
        Route("/emulator/phones", add_phone, methods=["POST"]),
        Route(one, change_phone, methods=["PATCH"]),
        Route(one, remove_phone, methods=["DELETE"]),
        Route(one + "/messages", say, methods=["POST"]),
        Route(one + "/messages", transcript, methods=["GET"]),
    ]
