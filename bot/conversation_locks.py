"""One turn at a time for each resident, in the order of arrival, without Rasa's polling once a second.

The lock lives in this process. Several bot processes are safe too: the worker calls for one message of a resident at
a time, and the tracker store refuses the second of two turns that began with the same session.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockStore
from rasa.utils.endpoints import EndpointConfig


class ConversationLocks(LockStore):
    """Rasa's lock store, first come, first served, woken at once."""

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        """Takes the `lock_store` section of endpoints.yml, which needs no more than the type."""
        super().__init__()
        self._waiting: dict[str, list[asyncio.Event]] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[TicketLock]:
        """Waits for the turns before this one; the two times are Rasa's and not needed here."""
        await self._enter(conversation_id)
        try:
            yield TicketLock(conversation_id)
        finally:
            self._leave(conversation_id)

    async def _enter(self, conversation_id: str) -> None:
        queue = self._waiting.setdefault(conversation_id, [])
        ticket = asyncio.Event()
        queue.append(ticket)
        if queue[0] is ticket:
            return
        try:
            await ticket.wait()
        except asyncio.CancelledError:
            self._give_up(conversation_id, ticket)
            raise

    def _give_up(self, conversation_id: str, ticket: asyncio.Event) -> None:
        queue = self._waiting[conversation_id]
        if queue[0] is ticket:
            self._leave(conversation_id)
        else:
            queue.remove(ticket)

    def _leave(self, conversation_id: str) -> None:
        queue = self._waiting[conversation_id]
        queue.pop(0)
        if queue:
            queue[0].set()
        else:
            del self._waiting[conversation_id]

    def waiting(self, conversation_id: str) -> int:
        """How many turns of this resident are under way or wait."""
        return len(self._waiting.get(conversation_id, ()))
