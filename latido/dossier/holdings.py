"""What the console's page of a resident's data asks for (`latido.console.data.source.Holdings`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from latido.care.rights.erasing import erase
from latido.care.services import Care
from latido.console.data.source import CopyKind, Erased, Held
from latido.dossier.copying import counts_of, json_copy, page_copy


@dataclass(frozen=True)
class CareHoldings:
    """`care` is asked for when somebody opens the page."""

    care: Callable[[], Care]

    def held(self, resident: str) -> tuple[Held, ...]:
        """Every kind, in the order of the data file."""
        return tuple(Held(kind.words, count, kind.erased) for kind, count in counts_of(self.care(), resident))

    def copy(self, resident: str, kind: CopyKind) -> Iterator[str]:
        """The file for her, piece by piece."""
        return json_copy(self.care(), resident) if kind == "json" else page_copy(self.care(), resident)

    def erase(self, resident: str, token: str) -> Erased:
        """As if she had written BORRAR; a worker does the rest."""
        told = erase(self.care(), resident, f"console:{token}")
        standing = told["appointments"]
        return Erased(tuple(told["erased"]), tuple(told["kept"]), None if standing is None else len(standing))
