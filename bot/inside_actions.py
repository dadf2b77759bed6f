"""The actions in the bot's own process: the same call as over HTTP, without HTTP (docs/adr/0027).

An action is synchronous and runs in a thread, so that one which waits for care holds up nobody else's turn.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ujson
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.action_server import TIMEOUT_SECONDS, ActionServer, lean, rejection, written
from bot.errors import ActionFailed

SCHEME = "inside:"
THREADS = 32  # as many as the connections of the client of care


class InsideActions(ActionServer):
    """Rasa's `action_endpoint` for the actions of a package of ours, `inside:actions` in the place of a URL."""

    @classmethod
    def adopt(cls, endpoint: EndpointConfig) -> InsideActions:
        """The same endpoint as configured in endpoints.yml, its actions imported."""
        adopted = super().adopt(endpoint)
        adopted._executor = ActionExecutor()
        adopted._executor.register_package(endpoint.url.removeprefix(SCHEME))
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "actions"))
        return adopted

    _executor: ActionExecutor

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any | None:
        """What the action answers; a rejection as Rasa expects it, every other failure as ActionFailed."""
        # By way of JSON, so that no action can change the tracker's own events.
        call = ujson.loads(written(lean(kwargs.get("json"))))
        try:
            answer = await asyncio.wait_for(self._executor.run(call), TIMEOUT_SECONDS)
        except ActionExecutionRejection as error:
            raise rejection({"action_name": error.action_name}) from None
        except ActionNotFoundException:
            raise ActionFailed("The domain names an action that the package has not.") from None
        except Exception as error:  # its message could quote what the resident wrote
            raise ActionFailed(f"An action failed ({type(error).__name__}).") from None
        return ujson.loads(written(answer))
