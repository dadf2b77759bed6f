"""Reads actions/texts.yml: the pieces of composed messages and the words our forms recognise."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FILE = Path(__file__).with_name("texts.yml")


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    return YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))


def names(key: str) -> list[str]:
    """A list at the top of the file, such as the days of the week."""
    return list(_texts()[key])


def piece(path: str, **values: Any) -> str:
    """A text by its path ("centers.walk"), with its values filled in."""
    node: Any = _texts()
    for key in path.split("."):
        node = node[key]
    return str(node).format(**values)


@cache
def words(kind: str) -> tuple[str, ...]:
    """The words of a kind ("yes"), plain as `plain` makes them."""
    return tuple(plain(word, keep_end=True) for word in _texts()["words"][kind])


def plain(text: str, keep_end: bool = False) -> str:
    """Lower case, without accents and punctuation, single spaces: for comparing words."""
    letters = unicodedata.normalize("NFD", text.lower())
    kept = "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    joined = " ".join(kept.split())
    return joined + " " if keep_end and text.endswith(" ") else joined


def is_one_of(text: str, kind: str) -> bool:
    """Whether the whole text is one of the words of this kind."""
    return plain(text) in words(kind)


def mentions(text: str, kind: str) -> bool:
    """Whether any of the words of this kind occurs in the text, at the start of a word."""
    padded = f" {plain(text)} "
    return any(f" {word}" in padded for word in words(kind))
