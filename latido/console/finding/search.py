"""Free text: each word as asked for, its beginnings, and known words that somebody may have written for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from latido.console.finding.passage import Meant
from latido.console.finding.tables import known_words
from latido.console.finding.words import FORGIVING_FROM, may_be_meant, sounds_of, words_of

MOST_WORDS = 8
MOST_NEAR = 60
LOOKED_AT = 400


def meant_by(connection: Connection, asked: str) -> tuple[Meant, ...]:
    """Each word of the text, with those near it that somebody wrote."""
    words = list(dict.fromkeys(words_of(asked)))[:MOST_WORDS]
    return tuple(Meant(word, frozenset(near_words(connection, word))) for word in words)


def words_wanted(wanted: Sequence[Meant]) -> ColumnElement[Any]:
    """A tsquery: every one of the words, or one near it. No words find nothing."""
    return cast(literal(" & ".join(f"({_one_of(one)})" for one in wanted)), TSQUERY)


def near_words(connection: Connection, word: str) -> list[str]:
    """Known words that are written nearly as this folded one, or sound like it."""
    if len(word) < FORGIVING_FROM or not word.isalpha():
        return []
    sounds = cast(sorted(sounds_of(word)), ARRAY(Text))
    known = select(known_words.c.word).where(known_words.c.sounds.overlap(sounds)).limit(LOOKED_AT)
    found = connection.execute(known).scalars()
    return [one for one in found if one != word and may_be_meant(word, one)][:MOST_NEAR]


def _one_of(wanted: Meant) -> str:
    """Folded words hold letters and digits only, so nothing in them can end the quotes."""
    return " | ".join([f"'{wanted.word}':*", *(f"'{near}'" for near in sorted(wanted.near))])
