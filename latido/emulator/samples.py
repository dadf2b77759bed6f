"""Small valid files for tests and the voice-note gesture, made here so that none has to be shipped."""

import struct
import zlib
from collections.abc import Callable
from datetime import datetime

from latido.emulator.model import Medium
from latido.emulator.sids import new_sid

# One Opus frame of 20 ms of silence (RFC 6716: TOC byte of a CELT frame, then the shortest packet of silence).
_SILENCE = bytes.fromhex("f8fffe")
_SAMPLES_PER_FRAME = 960
# A lossless WebP of one transparent pixel.
_WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")


def medium(kind: str, now: datetime) -> Medium:
    """A sample of a kind; KeyError for a kind that has none."""
    content_type, filename, content = _MAKERS[kind]()
    return Medium(new_sid("ME"), "", content_type, content, now, filename)


def voice_note(seconds: int = 3) -> bytes:
    """An Ogg Opus file of silence."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 6) + b"latido" + struct.pack("<I", 0)
    pages = [_ogg_page([head], 0, 0, flags=2), _ogg_page([tags], 1, 0)]
    for second in range(seconds):
        last = 4 if second == seconds - 1 else 0
        pages.append(_ogg_page([_SILENCE] * 50, second + 2, (second + 1) * 50 * _SAMPLES_PER_FRAME, last))
    return b"".join(pages)


def _ogg_page(packets: list[bytes], number: int, position: int, flags: int = 0) -> bytes:
    lacing = bytes(len(packet) for packet in packets)
    head = b"OggS" + struct.pack("<BBqIII", 0, flags, position, 0x1A71D0, number, 0)
    page = head + bytes([len(lacing)]) + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_crc(page)) + page[26:]


def _ogg_crc(page: bytes) -> int:
    """CRC-32 of Ogg: polynomial 04c11db7, nothing reflected, starting from zero."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1
        crc &= 0xFFFFFFFF
    return crc


def picture(size: int = 48) -> bytes:
    """A PNG of a soft gradient."""
    rows = b"".join(b"\0" + b"".join(bytes((233 - y, 120 + x, 140 + y)) for x in range(size)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in chunks)


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def document() -> bytes:
    """A PDF of one empty page."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 4\n0000000000 65535 f \n%strailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )


def video() -> bytes:
    """The head of an MP4 without a frame: enough for a content type, not for a player."""
    return struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp41") + struct.pack(">I4s", 8, b"mdat")


def contact() -> bytes:
    """A vCard."""
    lines = ("BEGIN:VCARD", "VERSION:3.0", "FN:Centro de Salud", "TEL;TYPE=WORK:+541100000000", "END:VCARD", "")
    return "\r\n".join(lines).encode()


_MAKERS: dict[str, Callable[[], tuple[str, str, bytes]]] = {
    "image": lambda: ("image/png", "foto.png", picture()),
    "audio": lambda: ("audio/ogg", "nota-de-voz.ogg", voice_note()),
    "video": lambda: ("video/mp4", "video.mp4", video()),
    "document": lambda: ("application/pdf", "estudio.pdf", document()),
    "sticker": lambda: ("image/webp", "sticker.webp", _WEBP),
    "contact": lambda: ("text/vcard", "contacto.vcf", contact()),
}
