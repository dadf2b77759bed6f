"""Pages of the same few letters, and a watch that stops what would read them for ever."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# No message takes a thousandth of it: what is stopped here would never have ended.
CPU_SECONDS = 60
PIECES = (
    *("a", "a ", "1", "1 ", "12 ", "a1", "Ab ", "y ", "a y ", "ñ", "n\u0303", "\u0301", "º", "\u3000", "\t", "\n"),
    *("@", "a@", "a.", "-", "1-", "1.", "1/", "(", "[", "[a](", "[documento]", "{", "}", "{a", "{{1}}", '{"a":'),
    *("corrientes 25 ", "av a ", "calle ", "vivo en ", "de ", "a la altura ", "20 semanas ", "y ya me no tengo "),
    *("manzana 1 casa ", "1-11-14 ", "me llamo Ana ", "soy Ana ", "la mama de ", "+54 9 11 ", "30.111.222 "),
)


@contextmanager
def for_minutes_at_most() -> Iterator[None]:
    """Fails after CPU_SECONDS of the processor; regular expressions are stopped, too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still reading after {CPU_SECONDS} s of processor")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def pages(length: int) -> Iterator[str]:
    """Texts of so many characters: each of the pieces again and again, with another sign behind that fits nothing."""
    for piece in PIECES:
        yield (piece * length)[: length - 2] + " @"
