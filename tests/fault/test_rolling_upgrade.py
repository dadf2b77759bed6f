"""A new release comes while residents write: schema, bot with another model, actions, worker, web. Nobody notices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from latido.crypto import Vault
from latido.database import create_engine, migrate
from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient, Phone
from latido.messaging.tables import message
from latido.sealing.lasting import vault_of
from tests.conftest import temporary_database
from tests.fault.audit import audit, gather, remember
from tests.fault.upgrade.addresses import Address, address
from tests.fault.upgrade.parts import PATIENCE, Parts, Release, Running, migrates
from tests.fault.upgrade.releases import MODEL, REVISION, VERSION, model_id, newer_model, newer_release
from tests.fault.waiting import until
from tests.serving import free_port, served

ACCOUNT, TOKEN, SENDER = "AC" + "de" * 16, "emulator-for-tests", "whatsapp:+5491150500147"
NOBODY = "http://127.0.0.1:9"
TEXTS = ("hola", "¿es gratis?", "qué tengo que llevar?", "busco un cesac en barracas", "gracias")
ORDER = ("bot", "actions", "worker", "web")
PAUSE = 1.5
OPEN = ("received", "queued", "sending", "unknown")

pytestmark = pytest.mark.timeout(3600)


@dataclass
class Town:
    """All parts of one release, and three residents who write."""

    parts: Parts
    emulator: EmulatorClient
    engine: Engine
    vault: Vault
    phones: list[Phone]
    running: dict[str, Running]

    def answered(self, phone: Phone) -> int:
        """How many of her messages have been answered."""
        mine = message.c.resident == self.vault.resident_key(f"whatsapp:{phone.number}")
        with self.engine.connect() as connection:
            return len(connection.execute(select(message.c.id).where(mine, message.c.state == "answered")).all())

    def goes_on(self) -> None:
        """Everybody has been answered twice more than when this began."""
        so_far = [self.answered(phone) for phone in self.phones]
        until(
            lambda: all(self.answered(phone) >= n + 2 for phone, n in zip(self.phones, so_far, strict=True)),
            "everybody is answered",
            PATIENCE,
        )

    def replaces(self, name: str, release: Release) -> None:
        """One part by its next release: the new one is there before the old one leaves."""
        newer = self.parts.starts(name, release)
        newer.waits_until_ready()
        older, self.running[name] = self.running[name], newer
        assert older.leaves() == 0, older.last_lines()

    def settles(self) -> None:
        """Nothing is open any more."""

        def is_settled() -> bool:
            with self.engine.connect() as connection:
                return connection.execute(select(message.c.id).where(message.c.state.in_(OPEN))).first() is None

        until(is_settled, "all is answered and sent", PATIENCE)


@pytest.fixture
def town(postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Town]:
    if not MODEL.exists():
        pytest.skip("no trained model: run `make train`")
    with ExitStack() as stack:
        database = stack.enter_context(temporary_database(postgres_url))
        web, bot, actions = (
            stack.enter_context(address(path, free_port())) for path in ("/readyz", "/webhooks/latido/ready", "/ready")
        )
        emulator = stack.enter_context(_emulator(web))
        settings = _settings(database, redis_url, tmp_path, emulator, (web, bot, actions))
        parts = Parts(settings, {"web": web, "bot": bot, "actions": actions})
        stack.callback(parts.end)
        migrate(database)
        running = {name: parts.starts(name, Release()) for name in ORDER}
        for each in running.values():
            each.waits_until_ready()
        engine = create_engine(database, pool_size=4)
        stack.callback(engine.dispose)
        client = EmulatorClient(emulator)
        client.limits(pair=False)
        phones = [client.phone(f"+54911{60_000_000 + n}") for n in range(3)]
        yield Town(parts, client, engine, vault_of(engine, settings["LATIDO_SECRET_KEY"]), phones, running)


def _emulator(web: Address) -> AbstractContextManager[str]:
    port = free_port()
    config = EmulatorConfig(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        sender=SENDER,
        inbound_url=f"{web.url}/webhooks/twilio/inbound#rc=2&rp=5xx,ct,rt&rt=4000",
        port=port,
    )
    return served(create_app(config), port)


def _settings(
    database: str, redis: str, data_dir: Path, emulator: str, addresses: tuple[Address, Address, Address]
) -> dict[str, str]:
    web, bot, actions = addresses
    return {
        "LATIDO_DATABASE_URL": database,
        "LATIDO_REDIS_URL": redis,
        "LATIDO_DATA_DIR": str(data_dir),
        "LATIDO_SECRET_KEY": "a secret of the upgrade, for tests",
        "LATIDO_SERVICE_TOKEN": "service-token-of-the-upgrade",
        "LATIDO_PUBLIC_URL": web.url,
        "LATIDO_CARE_URL": f"{web.url}/care/v1",
        "LATIDO_BOT_URL": bot.url,
        "LATIDO_ACTIONS_URL": f"{actions.url}/webhook",
        "LATIDO_DRAIN_SECONDS": "600",
        "LATIDO_GEOCODER_URL": NOBODY,
        "LATIDO_SETTLEMENTS_URL": NOBODY,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": SENDER,
        "TWILIO_API_BASE_URL": emulator,
    }


def _writes(phone: Phone, over: threading.Event) -> int:
    written = 0
    while not over.wait(PAUSE):
        phone.says(TEXTS[written % len(TEXTS)])
        phone.waits_for_reply(timeout=PATIENCE, quiet=0)
        written += 1
    return written


def _is_asked_for_her_document(ana: Phone) -> None:
    ana.says("hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas")
    for button in ("Sí, acepto", "Sacar turno"):
        ana.waits_for(button, timeout=PATIENCE)
        ana.taps(button)
    ana.waits_for("DNI", timeout=PATIENCE)


def test_a_release_comes_and_nobody_notices(
    town: Town, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    ana = town.emulator.phone("+5491160009999")
    _is_asked_for_her_document(ana)
    release = Release(newer_release(tmp_path / "next"), tmp_path / "next.tar.gz")
    newer_id = newer_model(release.model)
    over = threading.Event()
    with ThreadPoolExecutor(len(town.phones)) as pool:
        writing = [pool.submit(_writes, phone, over) for phone in town.phones]
        try:
            town.goes_on()
            migrates(release.directory, town.parts.settings)
            for name in ORDER:
                town.replaces(name, release)
                town.goes_on()
        finally:
            over.set()
        assert sum(each.result() for each in writing) >= 2 * len(town.phones) * len(ORDER)
    ana.says("30.111.222")
    assert "¿Cuántos años tenés?" in ana.waits_for_reply(timeout=PATIENCE)[0].body, "she was still being asked"
    town.settles()
    _is_the_new_release(town, newer_id)
    _lost_nothing(town, [ana, *town.phones], record_property)


def _is_the_new_release(town: Town, newer_id: str) -> None:
    with town.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == REVISION
        models = [
            (row.nlu or {}).get("model")
            for row in connection.execute(select(message).where(message.c.direction == "in").order_by(message.c.id))
        ]
    assert {model_id(MODEL), newer_id} == {model for model in models if model}
    assert models[-1] == newer_id
    assert f'model_id="{newer_id}"' in town.running["bot"].metrics()
    for name in ("web", "worker"):
        assert f'latido_build_info{{version="{VERSION}"}}' in town.running[name].metrics()
    assert 'latido_step_seconds_count{outcome="done",step="action"}' in town.running["actions"].metrics()


def _lost_nothing(town: Town, phones: list[Phone], record_property: Callable[[str, object], None]) -> None:
    heard = gather(town.engine, town.vault, town.emulator, [phone.number for phone in phones])
    webhooks = town.emulator.webhooks()
    again = sum(len(each["attempts"]) > 1 for each in webhooks)
    done = {"schema migrated": 1, "parts replaced": len(ORDER), "webhooks tried again": again}
    report = remember(record_property, audit("rolling upgrade", heard, done))
    assert report.sound, "\n".join(report.lines())
    assert [each["sid"] for each in webhooks if not each["ok"]] == [], "what Twilio gave up"
    with town.engine.connect() as connection:
        said = " ".join(connection.execute(select(message.c.text).where(message.c.direction == "out")).scalars())
    assert "no puedo entrar" not in said, "care was away for somebody"
