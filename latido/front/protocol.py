"""HTTP as uvicorn reads it, with an end to a head: nothing beneath bounds its size or its time (ADR 31)."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 16 * 1024
HEAD_SECONDS = 10.0
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)


class HeadTooLarge(Exception):
    """More fields than a request of anybody has; the parser ends and uvicorn refuses."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection: an address with its fields has LARGEST_HEAD bytes, and HEAD_SECONDS to come."""

    head_seconds = HEAD_SECONDS
    _fields = 0  # bytes of the address and the fields that were read
    _unread = 0  # bytes that came since something was read: of a field, or behind a body, without an end
    _in_head = False
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._begin_watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end_watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless there is no end to it."""
        if self.transport.is_closing():
            return
        self._unread += len(data)
        super().data_received(data)
        if self._unread > LARGEST_HEAD and not self.transport.is_closing():
            self._refuse()
        elif self._watch is None and (self.cycle is None or self.cycle.response_complete):
            self._begin_watch()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._fields = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """The address, or a part of it."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head; those behind a body are dropped."""
        if self._in_head:
            self._count(len(name) + len(value))
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head, self._unread = False, 0
        self._end_watch()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body: how large it may be, each area says."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._unread = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read."""
        if self._fields > LARGEST_HEAD:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._fields += size
        if self._fields > LARGEST_HEAD:
            raise HeadTooLarge

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:  # else an answer is being written
            self.transport.write(TOO_LARGE)
        self.transport.close()

    def _begin_watch(self) -> None:
        self._watch = self.loop.call_later(self.head_seconds, self._too_slow)

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _too_slow(self) -> None:
        self._watch = None
        if not self.transport.is_closing():
            self.transport.close()
