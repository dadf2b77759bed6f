"""The emulator as a test sees it: phones that say, tap, pick and wait.

ana = EmulatorClient("http://127.0.0.1:8001").phone("+5491155550001", name="Ana")
ana.says("hola")
ana.waits_for_reply()
ana.taps("Sí")
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

Json = dict[str, Any]


class NoReply(AssertionError):
    """The reply that a test waits for did not come; the message holds the transcript."""


class NothingToTap(AssertionError):
    """No message on the screen has such a button or item; the message lists what there is."""


@dataclass(frozen=True)
class Seen:
    """A message on a phone's screen; `raw` is all that the control API tells of it."""

    sid: str
    direction: str
    kind: str
    body: str
    buttons: tuple[str, ...]
    items: tuple[str, ...]
    location: Mapping[str, Any] | None
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be tapped, whether buttons or items."""
        return self.buttons + self.items

    @staticmethod
    def of(raw: Json) -> "Seen":
        """Read one message of the control API."""
        buttons = tuple(each["title"] for each in raw["buttons"])
        items = tuple(each["title"] for each in raw["items"])
        return Seen(raw["sid"], raw["direction"], raw["kind"], raw["body"], buttons, items, raw["location"], raw)


class EmulatorClient:
    """The control API of one emulator. Without `keep_alive` it may stand still between two calls: none is reset."""

    def __init__(self, base_url: str, timeout: float = 30.0, keep_alive: bool = True) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._http = requests.Session()
        self._http.trust_env = False
        if not keep_alive:
            self._http.headers["Connection"] = "close"

    def phone(self, number: str, name: str = "Ana", **switches: object) -> "Phone":
        """A phone with this number, new or known."""
        self.call("POST", "/emulator/phones", {"phone": number, "name": name, **switches})
        return Phone(self, number, name)

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """One call of the control API; AssertionError with its reason when it is refused."""
        params = {key: str(value) for key, value in query.items() if value is not None}
        patience = self._timeout + float(str(query.get("wait") or 0))
        answer = self._http.request(method, self.base_url + path, json=body, params=params, timeout=patience)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"  # noqa: S101
        return answer.json() if answer.content else None

    def clock(self, **wanted: object) -> Json:
        """Set `now`, `advance_seconds`, `frozen`; without any of them, only read."""
        clock: Json = self.call("PUT" if wanted else "GET", "/emulator/clock", wanted or None)
        return clock

    def faults(self, **wanted: object) -> Json:
        """Switch faults on or off by name."""
        faults: Json = self.call("PUT" if wanted else "GET", "/emulator/faults", wanted or None)
        return faults

    def limits(self, **wanted: object) -> Json:
        """Change limits by name; None takes one away."""
        limits: Json = self.call("PUT" if wanted else "GET", "/emulator/limits", wanted or None)
        return limits

    def no_faults(self) -> None:
        """Switch every fault off."""
        self.call("DELETE", "/emulator/faults")

    def requests(self, after: int = 0) -> list[Json]:
        """Every REST request that the emulator got, oldest first."""
        log: list[Json] = self.call("GET", "/emulator/requests", after=after)["requests"]
        return log

    def messages(self) -> list[Json]:
        """Every message that Twilio took in either direction, in brief, oldest first."""
        taken: list[Json] = self.call("GET", "/emulator/messages")["messages"]
        return taken

    def webhooks(self, sid: str | None = None, kind: str | None = None) -> list[Json]:
        """Every webhook that the emulator sent, oldest first."""
        log: list[Json] = self.call("GET", "/emulator/webhooks", sid=sid, kind=kind)["webhooks"]
        return log

    def debugger(self) -> list[Json]:
        """What Twilio's debugger would show."""
        entries: list[Json] = self.call("GET", "/emulator/debugger")["entries"]
        return entries

    def forge(self, kind: str, **wanted: object) -> Json:
        """Send a webhook that Twilio would not send; `status` is what the bridge answered."""
        answer: Json = self.call("POST", "/emulator/forge", {"kind": kind, **wanted})
        return answer

    def reset(self, contents: bool = False) -> None:
        """Forget everything that happened, and the contents too where asked: a running Latido counts on them."""
        self.call("POST", "/emulator/reset", {"contents": contents})


class Phone:
    """A resident's phone."""

    def __init__(self, client: EmulatorClient, number: str, name: str) -> None:
        self.client, self.number, self.name = client, number, name
        self._path = f"/emulator/phones/{quote(number, safe='')}/messages"
        self._cursor = 0

    def says(self, text: str, **options: object) -> Json:
        """Write something; returns once the bridge has answered the webhook."""
        return self._send(kind="text", text=text, **options)

    def taps(self, title: str) -> Json:
        """Press the newest button of this title."""
        message = self._newest(title, lambda seen: seen.buttons)
        return self._send(kind="button", message_sid=message.sid, title=title)

    def picks(self, item: str) -> Json:
        """Choose the newest list item of this title."""
        message = self._newest(item, lambda seen: seen.items)
        return self._send(kind="list", message_sid=message.sid, title=item)

    def shares_location(self, latitude: float, longitude: float, **named: object) -> Json:
        """Share a point in degrees, with `label` and `address` where given."""
        return self._send(kind="location", latitude=latitude, longitude=longitude, **named)

    def sends_media(self, kind: str, caption: str = "") -> Json:
        """Send a sample image, audio, video, document, sticker or contact."""
        return self._send(kind=kind, caption=caption)

    def sends_something_unknown(self) -> Json:
        """Send what WhatsApp cannot hand on, such as a poll."""
        return self._send(kind="unknown")

    def waits_for_reply(self, timeout: float = 15.0, messages: int = 1, quiet: float = 0.2) -> list[Seen]:
        """The new messages from Latido: at least `messages`, and all that follow with no gap of `quiet` seconds."""
        deadline, found = time.monotonic() + timeout, self._next(timeout)
        while len(found) < messages and time.monotonic() < deadline:
            found += self._next(deadline - time.monotonic())
        if len(found) < messages:
            raise NoReply(f"{self.name} waited {timeout} s for {messages} message(s), got {len(found)}\n{self}")
        while quiet and (more := self._next(quiet)):
            found += more
        return found

    def waits_for(self, text: str, timeout: float = 15.0) -> list[Seen]:
        """The new messages from Latido up to the first that holds `text` in its words or choices."""
        deadline, found = time.monotonic() + timeout, list[Seen]()
        while not any(_holds(seen, text) for seen in found):
            if time.monotonic() >= deadline:
                raise NoReply(f"{self.name} waited {timeout} s for {text!r}\n{self}")
            found += self._next(max(deadline - time.monotonic(), 0.01))
        return found

    def hears_nothing(self, seconds: float) -> bool:
        """True when no message comes for this long."""
        return not self._next(seconds)

    def transcript(self) -> list[Seen]:
        """Everything on the screen, oldest first."""
        return [Seen.of(raw) for raw in self.client.call("GET", self._path)["messages"]]

    def __str__(self) -> str:
        """The transcript as lines of a chat."""
        return "\n".join(f"  {self._who(seen)}: {_line(seen)}" for seen in self.transcript())

    def _who(self, seen: Seen) -> str:
        return self.name if seen.direction == "inbound" else "Latido"

    def _send(self, **wanted: object) -> Json:
        answer: Json = self.client.call("POST", self._path, wanted)
        return answer

    def _next(self, wait: float) -> list[Seen]:
        """What has come since the last look, waiting for it when there is nothing yet."""
        query = {"after": self._cursor, "wait": round(max(wait, 0.0), 3), "direction": "outbound"}
        answer = self.client.call("GET", self._path, **query)
        self._cursor = answer["cursor"]
        return [Seen.of(raw) for raw in answer["messages"]]

    def _newest(self, title: str, choices: Callable[[Seen], Sequence[str]]) -> Seen:
        seen = [each for each in self.transcript() if each.direction != "inbound"]
        for message in reversed(seen):
            if title in choices(message):
                return message
        there = sorted({choice for message in seen for choice in message.choices})
        raise NothingToTap(f"nothing called {title!r}; there is: {', '.join(there) or 'nothing'}\n{self}")


def _holds(seen: Seen, text: str) -> bool:
    return any(text in words for words in (seen.body, *seen.choices))


def _line(seen: Seen) -> str:
    choices = "".join(f" [{choice}]" for choice in seen.choices)
    return f"{seen.body or '(' + seen.kind + ')'}{choices}"
