"""The calendar as a picture for a phone: a leaf for each thing that comes, in large type. Pure but for the typeface.

No name and no number stands in it. States differ in their words and shapes as well as in their colours.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import fontpkg
from PIL import Image, ImageDraw, ImageFont

from latido.reminders.calendar.lines import Line, Section

WIDTH = 1080
MARGIN, PADDING, GAP = 56, 34, 26
LEAF, LEAF_TOP = 176, 54
COLOURS = 96  # a palette: a third of the bytes, and nobody sees a difference
PAPER, CARD, INK, SOFT, BRAND, ON_BRAND = "#fdf4ef", "#ffffff", "#2a1a22", "#5c4a52", "#7d1845", "#ffffff"
EDGE, PALE = "#ead7cd", "#f7dfe8"
STRIPS = {"booked": "#7d1845", "due": "#8a4b00", "future": "#2f5f6b"}
TYPEFACE, WEIGHTS = "Nunito", {"text": 500, "strong": 800}


@dataclass(frozen=True)
class Page:
    """What is drawn: the title and the day above, a section for each person with `done`, the small print below."""

    title: str
    today: str
    sections: tuple[Section, ...]
    done: tuple[str, ...]
    footer: tuple[str, ...]


@dataclass(frozen=True)
class _Text:
    """Lines of one size and weight; `top` is how far below the one before it stands."""

    lines: tuple[str, ...]
    size: int
    weight: str
    colour: str
    top: int = 0

    @property
    def step(self) -> int:
        return round(self.size * 1.24)

    @property
    def height(self) -> int:
        return self.top + self.step * len(self.lines)


def draw(page: Page) -> bytes:
    """The picture as PNG: as wide as a phone's screen, as high as it takes. The same page gives the same bytes."""
    header = [_text(page.title, 74, "strong", ON_BRAND), _text(page.today, 38, "text", PALE, 2)]
    blocks = [_section(section, done) for section, done in zip(page.sections, page.done, strict=True)]
    footer = [_text(words, 34, "text", SOFT, 12) for words in page.footer]
    head = 2 * 44 + sum(one.height for one in header)
    height = head + sum(_height(block) for block in blocks) + GAP * 2 + sum(one.height for one in footer) + MARGIN
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, head), fill=BRAND)
    _write(pen, header, MARGIN, 40)
    _heart(image, WIDTH - MARGIN - 96, head // 2 - 44)
    top = head
    for block in blocks:
        top = _draw_section(pen, block, top)
    _write(pen, footer, MARGIN, top + GAP * 2)
    return _png(image)


@dataclass(frozen=True)
class _Card:
    line: Line
    texts: tuple[_Text, ...]

    @property
    def height(self) -> int:
        return max(LEAF, sum(one.height for one in self.texts)) + 2 * PADDING


@dataclass(frozen=True)
class _Block:
    head: tuple[_Text, ...]
    cards: tuple[_Card, ...]
    notes: tuple[_Text, ...]


def _section(section: Section, done: str) -> _Block:
    head = [_text(section.heading, 52, "strong", INK)]
    if done:
        head.append(_text(done, 36, "text", SOFT, 2))
    notes = [_text(section.note, 36, "text", SOFT)] if section.note else []
    return _Block(tuple(head), tuple(_card(line) for line in section.lines), tuple(notes))


def _card(line: Line) -> _Card:
    room = WIDTH - 2 * MARGIN - LEAF - 3 * PADDING
    texts = [_text(line.what, 44, "strong", INK, room=room), _text(_capital(line.when), 38, "text", INK, 4, room)]
    if line.where:
        texts.append(_text(line.where, 34, "text", SOFT, 8, room))
    return _Card(line, tuple(texts))


def _height(block: _Block) -> int:
    """Of a section, with the space above it."""
    texts = sum(one.height for one in (*block.head, *block.notes))
    notes = GAP if block.notes else 0
    return GAP * 2 + texts + GAP + sum(card.height + GAP for card in block.cards) - GAP + notes


def _draw_section(pen: ImageDraw.ImageDraw, block: _Block, top: int) -> int:
    """Draw it below `top`; returns where it ends."""
    at = _write(pen, block.head, MARGIN, top + GAP * 2) + GAP
    for card in block.cards:
        _draw_card(pen, card, at)
        at += card.height + GAP
    at -= GAP
    return _write(pen, block.notes, MARGIN, at + GAP) if block.notes else at


def _draw_card(pen: ImageDraw.ImageDraw, card: _Card, top: int) -> None:
    pen.rounded_rectangle((MARGIN, top, WIDTH - MARGIN, top + card.height), 30, fill=CARD, outline=EDGE, width=3)
    _draw_leaf(pen, card.line, MARGIN + PADDING, top + (card.height - LEAF) // 2)
    height = sum(one.height for one in card.texts)
    _write(pen, card.texts, MARGIN + LEAF + 2 * PADDING, top + (card.height - height) // 2)


def _draw_leaf(pen: ImageDraw.ImageDraw, line: Line, left: int, top: int) -> None:
    """A leaf of a calendar: for an appointment filled, for days that are not fixed only framed."""
    colour, (above, day, month) = STRIPS[line.state], line.leaf
    is_fixed = line.state == "booked"
    box = (left, top, left + LEAF, top + LEAF)
    pen.rounded_rectangle(box, 22, fill=colour if is_fixed else CARD, outline=colour, width=5)
    if not is_fixed:
        pen.rounded_rectangle((left, top, left + LEAF, top + LEAF_TOP), 22, fill=colour)
        pen.rectangle((left, top + LEAF_TOP - 22, left + LEAF, top + LEAF_TOP), fill=colour)
    ink = ON_BRAND if is_fixed else colour
    middle = left + LEAF // 2
    pen.text((middle, top + LEAF_TOP // 2 + 1), above, ON_BRAND, _font(32, "strong"), anchor="mm")
    pen.text((middle, top + LEAF_TOP + 40), day, ink, _font(76, "strong"), anchor="mm")
    pen.text((middle, top + LEAF - 27), month, ink, _font(32, "strong"), anchor="mm")


def _heart(image: Image.Image, left: int, top: int) -> None:
    """Latido's mark: a heart, drawn four times as large so that its edges are smooth."""
    mask = Image.new("L", (384, 352))
    pen = ImageDraw.Draw(mask)
    pen.ellipse((0, 0, 204, 204), fill=255)
    pen.ellipse((180, 0, 384, 204), fill=255)
    pen.polygon([(26, 166), (192, 90), (358, 166), (192, 352)], fill=255)
    small = mask.resize((96, 88), Image.Resampling.LANCZOS)
    image.paste(ON_BRAND, (left, top), small)


def _write(pen: ImageDraw.ImageDraw, texts: Sequence[_Text], left: int, top: int) -> int:
    """Write them one below the other; returns where they end."""
    for text in texts:
        top += text.top
        for line in text.lines:
            pen.text((left, top), line, text.colour, _font(text.size, text.weight))
            top += text.step
    return top


def _text(words: str, size: int, weight: str, colour: str, top: int = 0, room: int = WIDTH - 2 * MARGIN) -> _Text:
    return _Text(tuple(_wrapped(words, _font(size, weight), room)), size, weight, colour, top)


def _wrapped(words: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """The words in lines that fit; a word longer than a line is cut."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return [_fitted(line, font, room) for line in lines]


def _fitted(line: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(line) <= room:
        return line
    while line and font.getlength(f"{line}…") > room:
        line = line[:-1]
    return f"{line}…"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@cache
def _font(size: int, weight: str) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(fontpkg.path(TYPEFACE), size)
    font.set_variation_by_axes([WEIGHTS[weight]])
    return font


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()
