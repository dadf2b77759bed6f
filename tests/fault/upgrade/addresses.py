"""One address before several processes: new connections go to those that say they are ready, as Kubernetes does it."""

from __future__ import annotations

import itertools
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

LOOK_EVERY = 0.1
BLOCK = 64 * 1024


@dataclass
class Address:
    """The address, what stands behind it, and who of them may be sent something new."""

    ready_path: str
    port: int = 0
    ready: set[str] = field(default_factory=set)
    refused: int = 0
    _behind: list[str] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stands_before(self, url: str) -> None:
        """Lead to this process, too, from when it is ready on."""
        self._behind.append(url)

    def look(self) -> None:
        """Ask all of them whether they are ready."""
        self.ready = {url for url in list(self._behind) if self._is_ready(url)}

    def _is_ready(self, url: str) -> bool:
        try:
            return requests.get(url + self.ready_path, timeout=10).ok
        except requests.RequestException:
            return False

    def connects(self) -> socket.socket | None:
        """A connection to one of those that are ready, each in its turn; None when none takes it."""
        able = sorted(self.ready)
        for _ in able:
            chosen = urlsplit(able[next(self._turns) % len(able)])
            with suppress(OSError):
                return socket.create_connection((chosen.hostname, chosen.port), timeout=10)
        self.refused += 1
        return None


@contextmanager
def address(ready_path: str, port: int) -> Iterator[Address]:
    """An address on this port, looking who is ready, until the block ends."""
    led = Address(ready_path, port)

    class Leads(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            behind = led.connects()
            if behind is not None:
                behind.settimeout(None)
                _joined(self.request, behind)

    class Server(socketserver.ThreadingTCPServer):
        request_queue_size, daemon_threads, allow_reuse_address = 128, True, True

    over = threading.Event()
    with Server(("127.0.0.1", port), Leads) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        looking = threading.Thread(target=_look, args=(led, over), daemon=True)
        looking.start()
        yield led
        over.set()
        looking.join()
        server.shutdown()


def _look(led: Address, over: threading.Event) -> None:
    while not over.wait(LOOK_EVERY):
        led.look()


def _joined(caller: socket.socket, behind: socket.socket) -> None:
    """Hand on what either says until both have said all."""
    back = threading.Thread(target=_hand_on, args=(behind, caller), daemon=True)
    back.start()
    _hand_on(caller, behind)
    back.join()
    behind.close()


def _hand_on(said: socket.socket, heard: socket.socket) -> None:
    with suppress(OSError):
        while block := said.recv(BLOCK):
            heard.sendall(block)
    for end in (said, heard):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR if end is said else socket.SHUT_WR)
