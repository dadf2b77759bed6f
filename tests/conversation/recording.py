"""Keeps the chats of a test while LATIDO_WRITE_JOURNEYS names a folder, and writes them as GitHub shows chats well."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import requests

from latido.emulator.client import Phone, Seen

FOLDER = os.environ.get("LATIDO_WRITE_JOURNEYS")
INTRODUCTION = "¡Hola! Soy *Latido*, un asistente automático"
SHOWN_IN = "first_contact"
MEDIA = {"image": "a photo", "audio": "a voice message", "video": "a video", "document": "a document",
         "sticker": "a sticker", "contact": "a contact", "unknown": "what WhatsApp cannot hand on"}  # fmt: skip

_chats: dict[int, tuple[Phone, list[Seen]]] = {}


def meet(phone: Phone) -> None:
    """A phone takes part in this test."""
    _chats[id(phone)] = (phone, [])


def keep(phone: Phone) -> None:
    """Look at a phone's whole screen again; without a recording this costs nothing."""
    if FOLDER:
        _chats[id(phone)] = (phone, phone.transcript())


def forget() -> None:
    """A new test begins."""
    _chats.clear()


def write(module: str, test: str, case: int) -> None:
    """Put the chats of the test that just passed where the page is composed from."""
    if not FOLDER:
        return
    for phone, _ in list(_chats.values()):
        with suppress(requests.RequestException):  # its Latido may be gone: what it last showed is kept
            keep(phone)
    chats = [_told(phone.name, seen, module) for phone, seen in _chats.values() if seen]
    target = Path(FOLDER) / module / f"{test}.{case:03d}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n\n---\n\n".join(chats) or "*Nothing is said here.*", encoding="utf-8")


def read(folder: Path, most_cases: int = 2) -> dict[tuple[str, str], str]:
    """(module, test) → its chats; of a test with many cases the first ones, and how many more there are."""
    cases: dict[tuple[str, str], list[str]] = {}
    for path in sorted(folder.glob("*/*.md")):
        key = (path.parent.name, path.name.split(".")[0])
        cases.setdefault(key, []).append(path.read_text(encoding="utf-8"))
    return {key: _joined(told, most_cases) for key, told in cases.items()}


def _joined(told: list[str], most: int) -> str:
    more = [f"*{len(told) - most} more like these.*"] if len(told) > most else []
    return "\n\n---\n\n".join([*told[:most], *more])


def _told(name: str, seen: list[Seen], module: str) -> str:
    blocks = [_block(name, one, module) for one in seen]
    return "\n>\n".join("\n".join(f"> {line}" for line in block) for block in blocks)


def _block(name: str, one: Seen, module: str) -> list[str]:
    """One message as lines of a paragraph."""
    if one.direction == "inbound":
        return _lines(f"**{name}:** {_hers(one)}")
    if one.body.startswith(INTRODUCTION) and module != SHOWN_IN:
        return ["**Latido:** *introduces itself and asks for permission*"]
    return _lines("\n".join([f"**Latido:** {_styled(one.body)}", *_below(one)]))


def _lines(text: str) -> list[str]:
    """The lines of a text, each but the last with Markdown's hard break."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [*(f"{line}\\" for line in lines[:-1]), *lines[-1:]]


def _hers(one: Seen) -> str:
    if one.location is not None:
        return "*shares her location*"
    if one.kind in MEDIA:
        return " ".join(filter(None, (f"*sends {MEDIA[one.kind]}*", _styled(one.body))))
    return f"▸ {one.body}" if one.raw.get("reply_to") else _styled(one.body)


def _below(one: Seen) -> Iterator[str]:
    """What can be tapped, or the pin of a place."""
    if one.location is not None:
        yield f"*pin:* {one.location.get('label') or ''}".strip()
    if one.kind == "image":
        yield "*a picture*"
    if one.buttons:
        yield " ".join(f"`{title}`" for title in one.buttons)
    for item in one.raw["items"]:
        yield f"`{item['title']}` {_described(item)}".strip()


def _described(item: Mapping[str, str]) -> str:
    return item.get("description") or ""


def _styled(body: str) -> str:
    """WhatsApp's bold as Markdown's; what Markdown would take for a mark stays a sign."""
    escaped = re.sub(r"([\\`_#|<>\[\]])", r"\\\1", body)
    return re.sub(r"\*([^*\n]+)\*", r"**\1**", escaped)
