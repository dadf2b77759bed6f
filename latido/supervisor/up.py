"""Everything on one machine: embedded servers, migrations, seed data, all processes, until Ctrl-C."""

from __future__ import annotations

import fcntl
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from latido.database import migrate
from latido.embedded.postgres import EmbeddedPostgres
from latido.embedded.valkey import EmbeddedValkey
from latido.fhir.server.reindexing import refresh_indexes
from latido.fhir.server.tables import resource
from latido.messaging.tables import resident
from latido.sealing.lasting import begin_empty
from latido.settings import Settings
from latido.supervisor.parts import Part, own_parts, what_is_missing
from latido.supervisor.processes import Process, say
from latido.wiring import Wiring

logger = logging.getLogger(__name__)

READY_PATIENCE = 300.0  # a loaded machine of two cores needs minutes to read the bot's libraries
LOOK_EVERY = 0.2
LOCK_FILE = "up.lock"


class CannotStart(Exception):
    """`latido up` cannot go on; the message says what to do."""


@dataclass
class Servers:
    """The embedded servers that run here, and the URLs of whatever serves."""

    database_url: str
    redis_url: str
    watched: list[EmbeddedPostgres | EmbeddedValkey] = field(default_factory=list)

    def restart_dead(self) -> None:
        """Start again what was killed; its data is recovered from disk."""
        for server in self.watched:
            if not server.is_running():
                name = "postgres" if isinstance(server, EmbeddedPostgres) else "valkey"
                say(name, "ended, starting again")
                server.start()


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Hold the data dir: two `latido up` on one would end each other's servers. Released also when we are killed."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart("another `latido up` runs in this data dir: end it, or set LATIDO_DATA_DIR") from error
        yield


@contextmanager
def running_servers(settings: Settings) -> Iterator[Servers]:
    """The servers named by URL, or embedded ones for as long as the block lasts."""
    with ExitStack() as stack:
        servers = Servers(settings.database_url or "", settings.redis_url or "")
        if not settings.database_url:
            postgres = EmbeddedPostgres(settings.data_dir / "postgres")
            servers.database_url = postgres.start()
            stack.callback(postgres.stop)
            servers.watched.append(postgres)
            say("postgres", "embedded, in the data dir")
        if not settings.redis_url:
            valkey = EmbeddedValkey(settings.data_dir / "valkey")
            servers.redis_url = valkey.start()
            stack.callback(valkey.stop)
            servers.watched.append(valkey)
            say("valkey", f"embedded, at {servers.redis_url}")
        yield servers


def run(
    settings: Settings,
    project: Path,
    demo: bool,
    prepare: Callable[[Settings], None],
    announce: Callable[[Settings], None],
) -> None:
    """Start everything and keep it running until SIGINT or SIGTERM; raises CannotStart when a part is missing."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with alone_in(settings.data_dir):
        problem = what_is_missing(settings, project, demo)
        if problem:
            raise CannotStart(problem)
        _serve(settings, project, demo, prepare, announce, stop)


def _serve(
    settings: Settings,
    project: Path,
    demo: bool,
    prepare: Callable[[Settings], None],
    announce: Callable[[Settings], None],
    stop: threading.Event,
) -> None:
    with running_servers(settings) as servers:
        wired = settings.model_copy(update={"database_url": servers.database_url, "redis_url": servers.redis_url})
        bring_up_to_date(wired)
        processes = _started(own_parts(wired, project, demo), _environment(wired), project)
        try:
            prepare(wired)
            _await_ready(processes, stop)
            if not stop.is_set():
                announce(wired)
            _watch(processes, servers, stop)
        finally:
            say("latido", "stopping")
            _stop(processes)


def bring_up_to_date(settings: Settings) -> None:
    """Migrate the database that the settings name, and what older releases stored in it."""
    migrate(settings.database_url or "")
    _refresh_indexes(settings)


def _refresh_indexes(settings: Settings) -> None:
    """Before anybody asks: what an older Latido stored is to be found, and sealed, as this one does it."""
    wiring = Wiring(settings)
    begin_empty(wiring.engine, wiring.vault, (resident, resource))
    wiring.vault.lasting  # noqa: B018 - a wrong LATIDO_SECRET_KEY is said here, once
    for kind, count in refresh_indexes(wiring.engine, wiring.vault).items():
        say("latido", f"{count} resources of type {kind} indexed anew after an update")
    wiring.engine.dispose()


def _started(parts: list[Part], environment: Mapping[str, str], project: Path) -> list[Process]:
    processes = [Process(part, environment, project) for part in parts]
    for process in processes:
        process.start()
    return processes


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as every part, in either environment, reads them."""
    values = {
        "LATIDO_ACTIONS_PORT": settings.actions_port,
        "LATIDO_ACTIONS_URL": settings.actions_webhook_url,
        "LATIDO_BOT_URL": settings.bot_base_url,
        "LATIDO_CARE_URL": settings.care_base_url,
        "LATIDO_DATABASE_URL": settings.database_url,
        "LATIDO_DATA_DIR": settings.data_dir.resolve(),
        "LATIDO_DRAIN_SECONDS": settings.drain_seconds,
        "LATIDO_EMULATOR_PORT": settings.emulator_port,
        "LATIDO_INDICATORS_MINUTES": settings.indicators_minutes,
        "LATIDO_LOG_FORMAT": settings.log_format,
        "LATIDO_LOG_LEVEL": settings.log_level,
        "LATIDO_PORT": settings.port,
        "LATIDO_PUBLIC_URL": settings.webhook_base_url,
        "LATIDO_REDIS_URL": settings.redis_url,
        "LATIDO_SECRET_KEY": settings.secret_key,
        "LATIDO_OLD_SECRET_KEYS": settings.old_secret_keys or None,
        "LATIDO_SERVICE_TOKEN": settings.service_token,
        "OTEL_EXPORTER_OTLP_ENDPOINT": settings.otlp_endpoint,
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_WHATSAPP_FROM": settings.twilio_whatsapp_from,
        "TWILIO_API_BASE_URL": settings.twilio_api_base_url,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _await_ready(processes: list[Process], stop: threading.Event) -> None:
    deadline = time.monotonic() + READY_PATIENCE
    waiting = list(processes)
    say("latido", f"starting {', '.join(process.part.name for process in waiting)}; Rasa takes some ten seconds")
    while waiting and not stop.is_set():
        for process in [process for process in waiting if process.is_ready()]:
            waiting.remove(process)
            say(process.part.name, "is up")
        for process in waiting:
            process.restart_if_dead()
        if time.monotonic() > deadline:
            names = ", ".join(process.part.name for process in waiting)
            raise CannotStart(f"not ready after {READY_PATIENCE:.0f} s: {names}; its last lines above say why")
        stop.wait(LOOK_EVERY)


def _watch(processes: list[Process], servers: Servers, stop: threading.Event) -> None:
    while not stop.is_set():
        for process in processes:
            process.restart_if_dead()
        try:
            servers.restart_dead()
        except Exception as error:  # recovery is tried again at the next look
            say("latido", f"a server does not start yet: {type(error).__name__}")
        stop.wait(LOOK_EVERY)


def _stop(processes: list[Process]) -> None:
    for process in processes:
        process.ask_to_stop()
    for process in processes:
        process.wait_stopped()
