"""The sections of the console, in the order of the header, and who sees each."""

from __future__ import annotations

from dataclasses import dataclass

from latido.console.roles import Right, may


@dataclass(frozen=True)
class Section:
    """A link of the header; `within` are the beginnings of the addresses that belong to it."""

    path: str
    words: str
    right: Right = "read"
    within: tuple[str, ...] = ()
    counts_alerts: bool = False

    def holds(self, path: str) -> bool:
        """Whether an address is of this section."""
        return path == self.path or path.startswith(self.within)


SECTIONS = (
    Section("/", "Conversaciones", within=("/conversations",)),
    Section("/requests", "Pedidos", within=("/replies",)),
    Section("/alerts", "Alertas", counts_alerts=True),
    Section("/waiting-list", "Lista de espera"),
    Section("/campaigns", "Campañas", right="plan_campaigns", within=("/campaigns/",)),
    Section("/overdue", "Búsqueda activa", within=("/overdue/",)),
    Section("/indicators", "Indicadores"),
    Section("/effects", "Efectos"),
    Section("/review", "Revisión", right="review", within=("/review/",)),
    Section("/audit", "Auditoría", right="read_audit"),
    Section("/operators", "Usuarios", right="manage_operators"),
)


def sections_for(role: str) -> tuple[Section, ...]:
    """The sections this role may open."""
    return tuple(section for section in SECTIONS if may(role, section.right))
