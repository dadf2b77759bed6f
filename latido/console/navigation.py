"""The sections of the console, in the order of the header, and who sees each."""

from __future__ import annotations

from dataclasses import dataclass

from latido.console.roles import Right, may


@dataclass(frozen=True)
class Section:
    """A link of the header; `within` are the beginnings of the addresses that belong to it.

    What is not for every day (`daily`) stands behind "Más".
    """

    path: str
    words: str
    right: Right = "read"
    within: tuple[str, ...] = ()
    counts_alerts: bool = False
    daily: bool = False

    def holds(self, path: str) -> bool:
        """Whether an address is of this section."""
        return path == self.path or path.startswith(self.within)


SECTIONS = (
    Section("/", "Conversaciones", within=("/conversations",), daily=True),
    Section("/requests", "Pedidos", within=("/replies",), daily=True),
    Section("/alerts", "Alertas", counts_alerts=True, daily=True),
    Section("/overdue", "Búsqueda activa", within=("/overdue/",), daily=True),
    Section("/waiting-list", "Lista de espera", daily=True),
    Section("/review", "Revisión", right="review", within=("/review/",), daily=True),
    Section("/campaigns", "Campañas", right="plan_campaigns", within=("/campaigns/",)),
    Section("/indicators", "Indicadores"),
    Section("/effects", "Efectos"),
    Section("/audit", "Auditoría", right="read_audit", within=("/retention",)),
    Section("/operators", "Usuarios", right="manage_operators"),
)


def sections_for(role: str) -> tuple[Section, ...]:
    """The sections this role may open."""
    return tuple(section for section in SECTIONS if may(role, section.right))
