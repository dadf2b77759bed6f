"""Fetching the medium of an outbound message, as Twilio does before it hands it to WhatsApp, and keeping a copy."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from latido.emulator.model import Medium, Message
from latido.emulator.sids import new_sid
from latido.emulator.state import Emulator

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
# What Twilio takes for WhatsApp (source: Twilio, guidance-whatsapp-media-messages).
LARGEST = {"image": 5 * 1024 * 1024}
LARGEST_OTHER = 16 * 1024 * 1024
KINDS = ("image/jpeg", "image/png", "image/webp", "audio/", "video/mp4", "application/pdf", "text/vcard")
MEDIA_FAULT = 63019
RETRIEVAL, CONNECTION, CONTENT_TYPE = 11200, 11205, 12300


async def take_copy(emulator: Emulator, message: Message) -> int | None:
    """Fetch what the message carries and let the phone show our copy; the code it fails with when that cannot be."""
    url = message.bubble.media_url
    if not url or message.inbound or message.media_sids or not _is_near(url):
        return None
    fault, found = await _fetched(url)
    if found is None:
        emulator.warn(fault, message.sid, url)
        return MEDIA_FAULT
    content, content_type = found
    medium = Medium(new_sid("ME"), message.sid, content_type, content, emulator.now(), urlsplit(url).path[-12:])
    emulator.media[medium.sid] = medium
    message.media_sids = (medium.sid,)
    copy = f"/emulator/storage/{medium.sid}"
    message.bubble = replace(message.bubble, media_url=copy, content_type=content_type)
    return None


def _is_near(url: str) -> bool:
    """Whether it lies on this machine: the emulator never calls the world outside."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


async def _fetched(url: str) -> tuple[int, tuple[bytes, str] | None]:
    """The bytes with their content type, or the debugger's code."""
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.get(URL(url, encoded=True), allow_redirects=True) as answer,
        ):
            if answer.status != 200:
                return RETRIEVAL, None
            content_type = answer.content_type
            most = LARGEST.get(content_type.split("/")[0], LARGEST_OTHER)
            content = await answer.content.read(most + 1)
            while len(content) <= most and (more := await answer.content.read(most + 1 - len(content))):
                content += more
    except (TimeoutError, aiohttp.ClientError):
        return CONNECTION, None
    if not content_type.startswith(KINDS) or len(content) > most:
        return CONTENT_TYPE, None
    return 0, (content, content_type)
