"""Hosts as network namespaces of this machine (root, Linux): Postgres is reached over one link, the rest over another.

A link that is cut swallows what is sent, both ways, and says nothing: as a cable does, or a firewall that forgets.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

LinkName = Literal["database", "world"]
# A neighbour who does not exist: the kernel sends to it, and nobody listens.
NOBODY = "02:00:00:00:00:99"
_NETWORK = f"10.{200 + os.getpid() % 50}"
WORLD, DATABASE = f"{_NETWORK}.0.1", f"{_NETWORK}.0.2"


class NotAllowed(Exception):
    """This user or this kernel makes no network namespaces."""


@dataclass(frozen=True)
class Link:
    """A cable between this machine's own namespace and a host's."""

    ours: str
    theirs: str
    our_address: str
    their_address: str


@dataclass(frozen=True)
class Host:
    """A namespace with its two links."""

    name: str
    links: dict[LinkName, Link]

    def command(self, *command: str) -> list[str]:
        """The same command, on this host."""
        return ["nsenter", f"--net=/run/netns/{self.name}", *command]

    def address(self, link: LinkName) -> str:
        """As whom others see this host over that link."""
        return self.links[link].their_address

    def cut(self, *names: LinkName) -> None:
        """From now on nothing passes these links."""
        for link in (self.links[name] for name in names):
            _ip("-n", self.name, "neigh", "replace", *_silent(link.our_address, link.theirs))
            _ip("neigh", "replace", *_silent(link.their_address, link.ours))

    def heal(self, *names: LinkName) -> None:
        """They work again; what was swallowed is sent again by whoever still wants to."""
        for link in (self.links[name] for name in names):
            _ip("-n", self.name, "neigh", "del", link.our_address, "dev", link.theirs)
            _ip("neigh", "del", link.their_address, "dev", link.ours)


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """So many hosts, which reach `WORLD` and `DATABASE` on this machine; raises NotAllowed."""
    made: list[Host] = []
    try:
        _allowed("addr", "add", f"{WORLD}/32", "dev", "lo")
        _ip("addr", "add", f"{DATABASE}/32", "dev", "lo")
        for number in range(1, count + 1):
            made.append(_host(number))
            _connect(made[-1])
        yield made
    finally:
        for host in made:
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", host.name)
        for address in (WORLD, DATABASE):
            with suppress(subprocess.CalledProcessError, OSError):
                _ip("addr", "del", f"{address}/32", "dev", "lo")


def _host(number: int) -> Host:
    name = f"latido-{os.getpid()}-{number}"
    device = f"l{os.getpid() % 100_000}{number}"
    links: dict[LinkName, Link] = {
        "database": Link(f"{device}d", f"{device}D", f"{_NETWORK}.{number}.1", f"{_NETWORK}.{number}.2"),
        "world": Link(f"{device}w", f"{device}W", f"{_NETWORK}.{number}.5", f"{_NETWORK}.{number}.6"),
    }
    return Host(name, links)


def _connect(host: Host) -> None:
    _allowed("netns", "add", host.name)
    inside = ("-n", host.name)
    _ip(*inside, "link", "set", "lo", "up")
    served: dict[LinkName, str] = {"database": DATABASE, "world": WORLD}
    for name, link in host.links.items():
        _allowed("link", "add", link.ours, "type", "veth", "peer", "name", link.theirs, "netns", host.name)
        _ip("addr", "add", f"{link.our_address}/30", "dev", link.ours)
        _ip("link", "set", link.ours, "up")
        _ip(*inside, "addr", "add", f"{link.their_address}/30", "dev", link.theirs)
        _ip(*inside, "link", "set", link.theirs, "up")
        _ip(*inside, "route", "add", f"{served[name]}/32", "via", link.our_address)


def _silent(address: str, device: str) -> Sequence[str]:
    return (address, "lladdr", NOBODY, "dev", device, "nud", "permanent")


def _allowed(*arguments: str) -> None:
    try:
        _ip(*arguments)
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", "") or str(error)
        raise NotAllowed(f"ip {' '.join(arguments[:2])}: {told.strip()}") from error


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, timeout=60)
