"""An alert that is about no message: a change at the desk that she could not be written of."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from latido.crypto import Vault
from latido.messaging.notices import Notices
from latido.messaging.tables import alert
from tests.integration.console.conftest import Visitor
from tests.integration.console.log import Log

ANA = "whatsapp:+5491150000001"
WORDS = "No se le pudo avisar por WhatsApp. Llamala: hubo un cambio"


def raise_one(engine: Engine, vault: Vault, resident: str, subject: str = "desk:1") -> bool:
    with engine.begin() as connection:
        return Notices(vault).alert(connection, resident, "desk_change", subject, WORDS)


def test_it_stands_in_the_queue_and_leads_to_the_conversation(
    agent: Visitor, log: Log, engine: Engine, vault: Vault
) -> None:
    log.receives(ANA, "hola")
    key = log.key(ANA)
    assert raise_one(engine, vault, key)
    text = agent.opens("/alerts").text
    assert "Cambio en el centro" in text and "Llamala" in text
    assert f'href="/console/conversations/{key}"' in text
    assert "Cambio en el centro" in agent.opens("/").text
    with engine.connect() as connection:
        number = connection.execute(select(alert.c.id)).scalar_one()
    assert agent.sends(f"/alerts/{number}/seen", csrf=agent.csrf("/alerts")).status_code == 303
    assert "No hay alertas sin ver" in agent.opens("/alerts").text


def test_the_same_subject_twice_is_one_alert(log: Log, engine: Engine, vault: Vault) -> None:
    log.receives(ANA, "hola")
    for subject in ("desk:1", "desk:1", "desk:2"):
        assert raise_one(engine, vault, log.key(ANA), subject)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(alert)).scalar_one() == 2


def test_nobody_is_alerted_of_one_who_never_wrote(engine: Engine, vault: Vault) -> None:
    assert not raise_one(engine, vault, "f" * 32)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(alert)).scalar_one() == 0
