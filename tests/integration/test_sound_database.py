"""Postgres that is there and is of no use: somebody holds a row, it takes no writing, or the network falls silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import OperationalError

from latido.crypto import Vault
from latido.database import create_engine
from latido.messaging.inbox import store_all_inbound, store_inbound
from latido.messaging.messages import InboundMessage
from latido.messaging.tables import lane, resident
from latido.messaging.together import done_together
from latido.refusals import why_not_ready
from latido.schema import metadata
from tests.conftest import temporary_database

ANA, EVA = "whatsapp:+5491151234567", "whatsapp:+5491151234568"


@pytest.fixture
def own_url(postgres_url: str) -> Iterator[str]:
    with temporary_database(postgres_url) as url:
        yield url


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_a_row_that_somebody_holds_does_not_hold_up_who_is_stored_with_it(engine: Engine, vault: Vault) -> None:
    store_inbound(engine, vault, InboundMessage("SM0", ANA, "text", "hola"))
    hasty = create_engine(_url(engine), pool_size=1, lock_seconds=0.2)
    both = [InboundMessage("SM1", ANA, "text", "uno"), InboundMessage("SM2", EVA, "text", "dos")]
    with engine.begin() as held:
        held.execute(select(lane).where(lane.c.resident == vault.resident_key(ANA)).with_for_update())
        anas, evas = done_together(lambda some: store_all_inbound(hasty, vault, some), both)
    assert isinstance(anas, OperationalError)
    assert evas is True
    assert store_all_inbound(hasty, vault, both) == [True, False]
    hasty.dispose()


def test_who_refuses_to_write_is_not_ready_until_it_writes_again(own_url: str) -> None:
    engine = create_engine(own_url, pool_size=1)
    name = engine.url.database
    metadata.create_all(engine)
    assert why_not_ready(engine) is None
    with engine.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    engine.dispose()
    with pytest.raises(Exception, match="read-only"), engine.begin() as connection:
        connection.execute(insert(resident).values(key="a", address_sealed=b""))
    assert "takes no writing" in (why_not_ready(engine) or "")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
    engine.dispose()
    assert why_not_ready(engine) is None
    engine.dispose()


def test_a_silent_peer_is_noticed_as_told_or_as_the_url_says(own_url: str) -> None:
    engine = create_engine(own_url, pool_size=1, lock_seconds=1.5)
    with engine.connect() as connection:
        told = [
            connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("TimeZone", "idle_in_transaction_session_timeout", "lock_timeout")
        ]
        parameters = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    engine.dispose()
    assert told == ["UTC", "1min", "1500ms"]
    assert (parameters["keepalives_idle"], parameters["tcp_user_timeout"]) == ("10", "20000")
    more = "&" if "?" in own_url else "?"
    otherwise = create_engine(f"{own_url}{more}tcp_user_timeout=5000&options=-c%20lock_timeout%3D7s", pool_size=1)
    with otherwise.connect() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "7s"
        parameters = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    otherwise.dispose()
    assert (parameters["keepalives_idle"], parameters["tcp_user_timeout"]) == ("10", "5000")
