"""Which processes Latido has on one machine, how each is started, and how one sees that it is ready."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from latido.settings import Settings

MODEL = Path("models") / "latido.tar.gz"
BOT_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
    # Rasa's pinned libraries warn of their own age at every start.
    "PYTHONWARNINGS": "ignore",
}


# Rasa's old pins are kept away from what they do not need: the database, its keys, and our account at Twilio.
NOT_FOR_THE_BOT = frozenset(
    {
        *("LATIDO_DATABASE_URL", "LATIDO_SECRET_KEY", "LATIDO_OLD_SECRET_KEYS", "LATIDO_FHIR_TOKEN"),
        *("LATIDO_FHIR_PRIVATE_KEY_FILE", "TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID"),
    }
)


@dataclass(frozen=True)
class Part:
    """One process: its command, what it adds to the environment and what is kept from it, and where it is ready."""

    name: str
    command: tuple[str, ...]
    ready_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()


def service_parts(settings: Settings, demo: bool) -> list[Part]:
    """The processes of the service environment: web, worker, and for a demo the emulator."""
    latido = (sys.executable, "-m", "latido.cli")
    parts = [
        Part("web", (*latido, "web"), f"http://127.0.0.1:{settings.port}/healthz"),
        Part("worker", (*latido, "worker")),
    ]
    if demo:
        ready = f"http://127.0.0.1:{settings.emulator_port}/"
        parts.append(Part("emulator", (*latido, "emulator"), ready))
    return parts


def bot_parts(settings: Settings, project: Path) -> list[Part]:
    """The processes of the Rasa environment: the action server and the bot, both on loopback."""
    python = str(project / ".venv-bot" / "bin" / "python")
    actions_port = settings.actions_port
    actions = Part(
        "actions",
        (python, "-m", "actions", "--port", str(actions_port)),
        f"http://127.0.0.1:{actions_port}/health",
        {**BOT_ENVIRONMENT, "PYTHONPATH": str(project)},
        NOT_FOR_THE_BOT,
    )
    rasa = (
        *(python, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(settings.bot_port)),
        *("--credentials", "credentials.yml", "--endpoints", "endpoints.yml", "--model", str(MODEL)),
    )
    bot = Part(
        "bot",
        rasa,
        f"http://127.0.0.1:{settings.bot_port}/webhooks/latido/ready",
        {**BOT_ENVIRONMENT, "PYTHONPATH": str(project)},
        NOT_FOR_THE_BOT,
    )
    return [actions, bot]


def own_parts(settings: Settings, project: Path, demo: bool) -> list[Part]:
    """All processes of one machine; the action server among them where it is apart from Rasa."""
    rasas = [part for part in bot_parts(settings, project) if part.name != "actions" or settings.actions_apart]
    return [*rasas, *service_parts(settings, demo)]


def what_is_missing(settings: Settings, project: Path, demo: bool) -> str | None:
    """What keeps Latido from starting, as a sentence that says what to do; None when all is there."""
    if not (project / ".venv-bot" / "bin" / "python").exists():
        return "the bot's environment is missing: run `make setup`"
    if not (project / MODEL).exists():
        return "there is no trained model: run `make train`"
    if not demo and not _knows_twilio(settings):
        return (
            "it is not said how to reach WhatsApp: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_FROM, "
            "or try `latido up --demo`, which brings a stand-in for Twilio"
        )
    for name in ("port", "bot_port", "actions_port", *(["emulator_port"] if demo else [])):
        if not _is_free(getattr(settings, name)):
            variable = Settings.model_fields[name].validation_alias
            return (
                f"port {getattr(settings, name)} is taken by another program: end it, or set {variable} to a free one"
            )
    return None


def _knows_twilio(settings: Settings) -> bool:
    sender = settings.twilio_whatsapp_from or settings.twilio_messaging_service_sid
    return bool(settings.twilio_account_sid and settings.auth_tokens and sender)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
