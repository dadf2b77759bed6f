"""A wording with its entities as one text that people can write: `vivo en [barracas](neighbourhood)`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from unicodedata import category

Span = tuple[str, int, int]
LONGEST = 600
_ENTITY = re.compile(r"\[([^\[\]()]+)\]\(([a-z_]+)\)")


class WordingRefused(ValueError):
    """The wording cannot be kept; `reason` names why, in labels.yml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def marked(text: str, entities: Sequence[Span]) -> str:
    """The wording as Rasa marks it; of entities that overlap the first and longest."""
    pieces, at = [], 0
    for kind, start, end in sorted(entities, key=lambda one: (one[1], -one[2])):
        if start >= at and not set("[]()") & set(text[start:end]):
            pieces += [text[at:start], f"[{text[start:end]}]({kind})"]
            at = end
    return "".join([*pieces, text[at:]])


def read_marked(words: str, known: Collection[str]) -> tuple[str, tuple[Span, ...]]:
    """The plain wording and its entities; WordingRefused when it is empty, too long, or marked in another way."""
    line = " ".join("".join(sign for sign in words if sign.isspace() or category(sign) != "Cc").split())
    plain, spans, at = "", list[Span](), 0
    for match in _ENTITY.finditer(line):
        if match[2] not in known:
            raise WordingRefused("entity")
        plain += line[at : match.start()]
        spans.append((match[2], len(plain), len(plain) + len(match[1])))
        plain, at = plain + match[1], match.end()
    plain += line[at:]
    if not plain:
        raise WordingRefused("empty")
    if len(plain) > LONGEST:
        raise WordingRefused("long")
    if set("[]{}") & set(plain):
        raise WordingRefused("brackets")
    return plain, tuple(spans)
