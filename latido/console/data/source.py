"""Where it comes from: the console itself knows neither the tables of the other parts nor how she is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

CopyKind = Literal["json", "html"]


@dataclass(frozen=True)
class Held:
    """One kind of thing that is kept of her, in words: how many, and what becomes of it when she is erased."""

    words: str
    count: int
    erased: str


@dataclass(frozen=True)
class Erased:
    """What was erased and what stays, in words; how many of her appointments stand, None: it is not known now."""

    erased: tuple[str, ...]
    kept: tuple[str, ...]
    appointments: int | None


class Holdings(Protocol):
    """What the page needs of the other parts."""

    def held(self, resident: str) -> tuple[Held, ...]:
        """Every kind, also those of which there is nothing."""
        ...

    def copy(self, resident: str, kind: CopyKind) -> Iterator[str]:
        """The file for her, piece by piece."""
        ...

    def erase(self, resident: str, token: str) -> Erased:
        """As if she had written BORRAR; the same token twice is once."""
        ...


class NoHoldings:
    """In place of them where the console stands alone."""

    def held(self, resident: str) -> tuple[Held, ...]:
        """Nothing is known."""
        return ()

    def copy(self, resident: str, kind: CopyKind) -> Iterator[str]:
        """Nothing to give."""
        return iter(())

    def erase(self, resident: str, token: str) -> Erased:
        """Nothing to erase."""
        return Erased((), (), None)
