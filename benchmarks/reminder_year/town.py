"""The real parts around a simulated year: Postgres, care, FHIR, reminders, sender, and the stand-in for Twilio."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import requests
import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import ASGIApp

from benchmarks.reminder_year.clock import FastClock, with_fast_clock
from latido.bridge.routes import Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.care.agenda.slots import AgendaSlot, store_agenda
from latido.care.seed import center_resources, write_changed
from latido.care.services import BUENOS_AIRES, Care, create_care
from latido.crypto import Vault
from latido.database import analyze
from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient
from latido.emulator.clock import Clock
from latido.emulator.state import Emulator
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, InProcessAdapter
from latido.messaging.notices import Notices
from latido.messaging.pacing import Limit, Pacer
from latido.messaging.provider import TwilioProvider
from latido.messaging.sender import Sender
from latido.messaging.templates.command import approve_all
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.content_data import load_content
from latido.reminders.forgetting import KeptReminders
from latido.reminders.last_moment import still_wanted
from latido.reminders.parts import Limits, Reminders
from latido.reminders.policy_data import load_policy
from latido.reminders.rules.content import plan_with_content
from latido.schema import metadata

ACCOUNT, TOKEN, LATIDO = "AC" + "de" * 16, "emulator-for-a-simulated-year", "whatsapp:+5491150500147"
SECRET = "a secret of the simulated year, of some length"
CENTERS = (1, 9, 15, 46)
SERVICES = ("prenatal", "pediatric")
SLOT = timedelta(minutes=20)
NO_LIMIT = Limit(1e9, 1e9)
TIMEOUT_S = 2.0


class SwitchableFhir(InProcessAdapter):
    """The way to the embedded FHIR server, which may be cut."""

    is_away = False

    def send(self, request: requests.PreparedRequest, *args: object, **more: object) -> requests.Response:
        """As in one process, unless it is away."""
        if self.is_away:
            raise requests.ConnectTimeout("the health service is away")
        return super().send(request)


@dataclass
class Town:
    """Everything that a resident's message or a reminder meets on its way."""

    clock: FastClock
    engine: Engine
    care: Care
    reminders: Reminders
    sender: Sender
    emulator: Emulator
    phones: EmulatorClient
    fhir: SwitchableFhir
    free: dict[tuple[int, str], dict[date, list[datetime]]] = field(default_factory=dict)

    def opens_agendas(self, first: date, days: int, hours: int) -> None:
        """Free times in every centre for so many days, `hours` a day, in each service."""
        for center in CENTERS:
            for service in SERVICES:
                slots = [slot for day in range(days) for slot in _times(center, service, first, day, hours)]
                store_agenda(self.care.fhir, self.care.directory, slots, per_transaction=4000)
                by_day = self.free.setdefault((center, service), {})
                for slot in slots:
                    by_day.setdefault(slot.start.date(), []).append(slot.start)
        analyze(self.engine)

    def quiet(self) -> None:
        """Return once nothing is on its way to a phone, or back to us."""
        while self.emulator.busy:
            time.sleep(0.002)


def _times(center: int, service: str, first: date, day: int, hours: int) -> Iterator[AgendaSlot]:
    on = first + timedelta(days=day)
    if on.weekday() >= 5:
        return
    opens = datetime(on.year, on.month, on.day, 8 + (center + on.day) % 6, tzinfo=BUENOS_AIRES)
    for number in range(hours * 3):
        start = opens + number * SLOT
        yield AgendaSlot(center, service, start, start + SLOT)


@contextmanager
def town(url: str, start: datetime, plan_every: timedelta) -> Iterator[Town]:
    """A town on the empty database at `url`, its clock at `start`; plans are made anew so often at the least."""
    engine, clock = with_fast_clock(url, start)
    metadata.create_all(engine)
    vault = Vault(SECRET)
    fhir = SwitchableFhir(FhirServer(engine, vault, clock))
    care = _care(engine, vault, fhir, clock)
    at_bridge, at_twilio = _listening(), _listening()
    base = _base_of(at_bridge)
    bridge = Bridge(SignatureCheck([TOKEN], base), ACCOUNT, engine, vault, lambda name: None)
    app = create_app(_config(base, at_twilio.getsockname()[1]))
    emulator: Emulator = app.state.emulator
    emulator.clock, emulator.limits.sender_per_second = Clock(clock), None
    emulator.faults.read_receipts = False
    with _served(Starlette(routes=routes(bridge)), at_bridge), _served(app, at_twilio) as twilio:
        reminders = _reminders(care, plan_every)
        sender = _sender(engine, vault, reminders, twilio, f"{base}/webhooks/twilio/status", clock)
        approve_all(engine, sender.provider)  # type: ignore[arg-type]
        yield Town(clock, engine, care, reminders, sender, emulator, EmulatorClient(twilio), fhir)
    engine.dispose()


def _config(bridge: str, port: int) -> EmulatorConfig:
    inbound = f"{bridge}/webhooks/twilio/inbound"
    return EmulatorConfig(account_sid=ACCOUNT, auth_token=TOKEN, sender=LATIDO, inbound_url=inbound, port=port)


def _care(engine: Engine, vault: Vault, fhir: SwitchableFhir, clock: FastClock) -> Care:
    session = requests.Session()
    session.trust_env = False
    session.mount(IN_PROCESS_BASE, fhir)
    care = create_care(engine, vault, FhirClient(IN_PROCESS_BASE, session), "http://127.0.0.1:9", clock)
    directory = care.directory
    centers = [each for number in CENTERS for each in center_resources(directory.centers[number], directory)]
    write_changed(care.fhir, centers)
    return replace(care, messenger=Notices(vault), reminders=KeptReminders())


def _reminders(care: Care, plan_every: timedelta) -> Reminders:
    policy, content = load_policy(), load_content()
    return Reminders(
        care,
        lambda known, now: plan_with_content(known, care.calendars, policy, content, BUENOS_AIRES, now),
        policy,
        reminder_reply,
        Limits(plan_every=plan_every, checked_at_once=1),
    )


def _sender(engine: Engine, vault: Vault, reminders: Reminders, twilio: str, callback: str, clock: FastClock) -> Sender:
    return Sender(
        engine,
        vault,
        TwilioProvider(ACCOUNT, TOKEN, LATIDO, base_url=twilio, timeout=TIMEOUT_S),
        Pacer("redis://127.0.0.1:9", NO_LIMIT, NO_LIMIT, NO_LIMIT),
        callback,
        30.0,
        still_wanted=lambda reminder_id: still_wanted(reminders, reminder_id),
        now=clock,
    )


def _listening() -> socket.socket:
    """A port of this machine that is ours from now on."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


def _base_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _served(app: ASGIApp, listener: socket.socket) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield _base_of(listener)
    server.should_exit = True
    thread.join(10)
