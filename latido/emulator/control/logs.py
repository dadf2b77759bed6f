"""What happened: REST requests, webhooks, the debugger, the event stream, stored media."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from latido.emulator import views
from latido.emulator.control.answers import emulator_of, guarded
from latido.emulator.state import Emulator

HEARTBEAT_SECONDS = 15


@guarded
async def requests(request: Request) -> Response:
    """Every REST call after a number, oldest first; DELETE empties the log."""
    emulator = emulator_of(request)
    if request.method == "DELETE":
        emulator.requests.clear()
    after = int(request.query_params.get("after", 0))
    found = [views.request(record) for record in emulator.requests if record.number > after]
    return JSONResponse({"requests": found})


@guarded
async def messages(request: Request) -> Response:
    """Every message that Twilio took in either direction, shown or not, oldest first."""
    return JSONResponse({"messages": [views.message_in_brief(each) for each in emulator_of(request).messages.values()]})


@guarded
async def webhooks(request: Request) -> Response:
    """Webhooks as they went out, oldest first, of one message or of one kind where asked."""
    emulator, query = emulator_of(request), request.query_params
    found = [
        views.webhook(call)
        for call in emulator.calls
        if query.get("sid", call.sid) == call.sid and query.get("kind", call.kind) == call.kind
    ]
    return JSONResponse({"webhooks": found[-int(query.get("last", 1000)) :]})


@guarded
async def debugger(request: Request) -> Response:
    """What Twilio's debugger would show, oldest first."""
    return JSONResponse({"entries": list(emulator_of(request).debugger)})


async def events(request: Request) -> Response:
    """Server-sent events: messages, ticks, typing, webhooks, switches, as they happen."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(emulator_of(request)), media_type="text/event-stream", headers=headers)


async def _events(emulator: Emulator) -> AsyncIterator[str]:
    with emulator.feed.subscribed() as queue:
        yield ": listo\n\n"
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield ": sigo\n\n"
                continue
            if event is None:
                return
            yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n"


async def storage(request: Request) -> Response:
    """The bytes of a medium, as the storage behind Twilio gives them: no credentials asked."""
    medium = emulator_of(request).media.get(request.path_params["sid"])
    if medium is None:
        return Response(status_code=404)
    # What somebody uploads is shown, never run.
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return Response(medium.content, media_type=medium.content_type, headers=headers)


def routes() -> list[Route]:
    """The routes of this module."""
    return [
        Route("/emulator/requests", requests, methods=["GET", "DELETE"]),
        Route("/emulator/messages", messages, methods=["GET"]),
        Route("/emulator/webhooks", webhooks, methods=["GET"]),
        Route("/emulator/debugger", debugger, methods=["GET"]),
        Route("/emulator/events", events, methods=["GET"]),
        Route("/emulator/storage/{sid}", storage, methods=["GET"]),
    ]
