"""Everything the emulator knows, in memory, touched only from its one event loop."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from latido.emulator import views
from latido.emulator.addresses import address_of
from latido.emulator.clock import Clock
from latido.emulator.config import EmulatorConfig
from latido.emulator.errors import meaning
from latido.emulator.faults import Faults
from latido.emulator.feed import Feed
from latido.emulator.limits import Limits, Meters
from latido.emulator.model import Medium, Message, Phone
from latido.emulator.requests_log import RestRecord
from latido.emulator.shelf import Shelf
from latido.emulator.webhooks import WebhookCall, WebhookClient

KEPT = 50_000


class Emulator:
    """One Twilio account with one WhatsApp sender, and the phones that write to it."""

    def __init__(self, config: EmulatorConfig) -> None:
        self.config = config
        self.clock = Clock()
        self.feed = Feed()
        self.webhooks = WebhookClient(config.auth_token)
        self.contents = Shelf(config.contents_path)
        self._tasks: set[asyncio.Task[None]] = set()
        self.restart()

    def restart(self) -> None:
        """Forget phones, messages, logs, faults, limits and clock; contents stay, as nobody resets Twilio's."""
        for task in self._tasks:
            task.cancel()
        self.clock.reset()
        self.faults, self.limits, self.meters = Faults(), Limits(), Meters()
        self.phones: dict[str, Phone] = {}
        self.messages: dict[str, Message] = {}
        self.transcripts: dict[str, list[Message]] = defaultdict(list)
        self.lines: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.media: dict[str, Medium] = {}
        self.requests: deque[RestRecord] = deque(maxlen=KEPT)
        self.calls: deque[WebhookCall] = deque(maxlen=KEPT)
        self.debugger: deque[dict[str, Any]] = deque(maxlen=1_000)
        self.request_count = 0
        self._sequence = 0

    def now(self) -> datetime:
        """The emulator's time."""
        return self.clock.now()

    def phone(self, name: str) -> Phone:
        """The phone of this number or id, made on first sight; ValueError when it is neither."""
        address = address_of(name)
        if address not in self.phones:
            self.add_phone(Phone.at(address, name=f"Vecina {address[-4:]}"))
        return self.phones[address]

    def add_phone(self, phone: Phone) -> None:
        """Add a phone, or announce that it has changed."""
        self.phones[phone.address] = phone
        self.feed.publish({"type": "phone", "phone": views.phone(phone)})

    def remove_phone(self, phone: Phone) -> None:
        """Take a phone away with its transcript; the REST API keeps its messages."""
        self.phones.pop(phone.address, None)
        self.transcripts.pop(phone.address, None)
        self.feed.publish({"type": "phone_removed", "phone": phone.number})

    def add_message(self, message: Message) -> None:
        """Keep a message; it has no place in a transcript before it is shown."""
        self.messages[message.sid] = message

    def show(self, message: Message) -> None:
        """Put a message on its phone's screen, or repeat it there with what has changed."""
        if not message.visible:
            message.visible, message.sequence = True, self._next_sequence()
            self.transcripts[message.phone].append(message)
        self.feed.wake(message.phone)
        if self.feed.watched:
            self.feed.publish({"type": "message", "message": views.message(message)})

    def log_call(self, call: WebhookCall) -> None:
        """Keep a webhook; a failed one goes to the debugger, too."""
        self.calls.append(call)
        if call.error_code is not None:
            self.warn(call.error_code, call.sid, call.url)
        if self.feed.watched:
            self.feed.publish({"type": "webhook", "webhook": views.webhook(call)})

    def warn(self, code: int, sid: str, url: str) -> None:
        """An entry of Twilio's debugger."""
        entry = {"at": views.iso(self.now()), "code": code, "message": meaning(code), "sid": sid, "url": url}
        self.debugger.append(entry)
        self.feed.publish({"type": "debugger", "entry": entry})

    def log_request(self, record: RestRecord) -> None:
        """Keep a REST call."""
        self.request_count += 1
        self.requests.append(record)
        if self.feed.watched:
            self.feed.publish({"type": "request", "request": views.request(record, brief=True)})

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    @property
    def busy(self) -> bool:
        """Whether anything is still on its way: a message to a phone, or a webhook about one."""
        return bool(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background and keep hold of it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop what runs in the background."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.webhooks.close()
