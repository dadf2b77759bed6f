"""`GET /media/{token}.png`: where Twilio fetches a picture that a message carries."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Fetch = Callable[[str], bytes | None]

LONGEST_TOKEN = 64
HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Content-Disposition": 'inline; filename="imagen.png"',
}


def media_routes(fetch: Fetch) -> list[Route]:
    """The one route; `fetch` gives the bytes behind a token, or None. Whoever has the address may fetch."""

    async def picture(request: Request) -> Response:
        token = request.path_params["token"]
        content = await run_in_threadpool(fetch, token) if len(token) <= LONGEST_TOKEN else None
        if content is None:
            return PlainTextResponse("not found", 404, headers={"Cache-Control": "no-store"})
        return Response(content, media_type="image/png", headers=HEADERS)

    return [Route("/media/{token}.png", picture, methods=["GET"])]
