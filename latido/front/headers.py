"""Headers that every answer of web and worker carries, unless its area says otherwise."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BASELINE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class Headed:
    """Adds what is missing; `hsts_seconds`: for so long browsers come by https alone, 0 says nothing of it."""

    def __init__(self, app: ASGIApp, hsts_seconds: int = 0) -> None:
        headers = BASELINE | ({"Strict-Transport-Security": f"max-age={hsts_seconds}"} if hsts_seconds else {})
        self._app = app
        self._pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._completed(message["headers"])}
            await send(message)

        return await self._app(scope, receive, headed)

    def _completed(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        known = {name.lower() for name, _ in given}
        return [*given, *(pair for pair in self._pairs if pair[0] not in known)]
