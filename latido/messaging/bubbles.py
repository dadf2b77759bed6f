"""From the replies of one turn to as few WhatsApp messages as they fit in, within WhatsApp's lengths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from latido.messaging.messages import Reply

LONGEST_TEXT = 1600
LONGEST_BODY = 1024
SEPARATOR = "\n\n"
_BREAKS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))


def merge_bubbles(replies: Sequence[Reply]) -> list[Reply]:
    """The same replies in the same order with neighbouring texts joined, also into the body of buttons after them.

    WhatsApp allows one message to one person each six seconds on average: a bubble saved is an answer that arrives.
    """
    merged: list[Reply] = []
    for reply in (part for whole in replies for part in _fitting(whole)):
        if merged and _joins(merged[-1], reply):
            merged[-1] = replace(reply, text=merged[-1].text + SEPARATOR + reply.text)
        else:
            merged.append(reply)
    return merged


def _joins(first: Reply, second: Reply) -> bool:
    if first.kind != "text" or second.kind in ("location", "picture"):
        return False
    return len(first.text) + len(SEPARATOR) + len(second.text) <= _longest(second)


def _longest(reply: Reply) -> int:
    return LONGEST_TEXT if reply.kind == "text" else LONGEST_BODY


def _fitting(reply: Reply) -> list[Reply]:
    """The reply cut so that each part fits; what is too long for the body of buttons goes before as text."""
    if reply.kind == "location" or len(reply.text) <= _longest(reply):
        return [reply]
    parts = split_text(reply.text, _longest(reply))
    return [Reply("text", part) for part in parts[:-1]] + [replace(reply, text=parts[-1])]


def split_text(text: str, longest: int) -> list[str]:
    """`text` in parts of at most `longest` characters, cut at paragraphs, lines, sentences or words, in that order."""
    parts, rest = [], text.strip()
    while len(rest) > longest:
        cut = _cut(rest, longest)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def _cut(text: str, longest: int) -> int:
    for pattern in _BREAKS:
        ends = [found.start() for found in pattern.finditer(text, longest // 3, longest)]
        if ends:
            return ends[-1] or longest
    return longest
