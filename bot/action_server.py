"""The HTTP call to the action server: kept-alive, short, and with errors that carry no tracker.

Rasa opens a connection for each call, waits 300 s, and logs the body of an error answer, which is the whole tracker
of the resident.
"""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import Any

import aiohttp
import ujson
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.errors import ActionFailed
from bot.events import slim
from tracelog import traceparent

# The action server hangs up after five idle seconds: a connection that is used at just that moment would fail the turn.
IDLE_SECONDS = 2.0
TIMEOUT_SECONDS = 20.0
_REJECTED = 400


class ActionServer(EndpointConfig):
    """Rasa's `action_endpoint` with one connection pool and a short time-out."""

    @classmethod
    def adopt(cls, endpoint: EndpointConfig) -> ActionServer:
        """The same endpoint as configured in endpoints.yml."""
        adopted = cls.__new__(cls)
        adopted.__dict__.update(endpoint.__dict__)
        adopted._session = None
        return adopted

    _session: aiohttp.ClientSession | None

    def session(self) -> aiohttp.ClientSession:
        """The connection pool, opened on first use inside the event loop."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, connect=2)
            connections = aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS)
            # The tracker goes along with every call: to write it took as long as all else of the call together.
            self._session = aiohttp.ClientSession(
                connector=connections, headers=self.headers, timeout=timeout, json_serialize=written
            )
        return self._session

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any | None:
        """The JSON answer; a rejection as Rasa expects it, every other failure as ActionFailed."""
        kwargs.pop("timeout", None)
        body = lean(kwargs.pop("json", None))
        try:
            call = {"json": body, "compress": compress, "headers": traceparent()}
            async with self.session().request(method, self.url, **call) as response:
                if response.status == _REJECTED:
                    raise rejection(await response.json(content_type=None))
                if response.status >= _REJECTED:
                    raise ActionFailed(f"The action server answered {response.status}.")
                return await response.json()
        except ClientResponseError:
            raise
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise ActionFailed(f"The action server cannot be reached ({type(error).__name__}).") from None


def check_answers_quickly() -> None:
    """Lets Rasa check what actions answer with a schema that is itself checked once, not at each call (20 ms)."""
    RemoteAction._validate_action_result = _validate_result


def _validate_result(action: RemoteAction, result: Any) -> bool:
    error = best_match(_answer_validator().iter_errors(result))
    if error is not None:
        raise ActionFailed("The action server answered in another form than Rasa's.")
    return True


@lru_cache(maxsize=1)
def _answer_validator() -> Validator:
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)
    validator.check_schema(schema)
    return validator(schema)


def lean(body: dict[str, Any] | None) -> dict[str, Any] | None:
    """The call with each event as the tracker store would give it back, which is all that actions may count on."""
    tracker = (body or {}).get("tracker")
    if body is None or not tracker or tracker.get("events") is None:
        return body
    return {**body, "tracker": {**tracker, "events": [slim(event) for event in tracker["events"]]}}


def written(body: Any) -> str:
    """As compact JSON."""
    text: str = ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)
    return text


def rejection(answer: Any) -> Exception:
    """What Rasa expects of an action that rejects to run, by the action's name; ActionFailed without one."""
    name = answer.get("action_name") if isinstance(answer, dict) else None
    if not name:
        return ActionFailed("The action server refused the request.")
    text = json.dumps({"action_name": name, "error": f"{name} rejected to run"})
    return ClientResponseError(_REJECTED, "rejected", text)
