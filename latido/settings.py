"""Every setting of Latido, read from the environment and from `.env`; `latido settings` lists them."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICE_TOKEN_FILE = "service-token"
SECRET_KEY_FILE = "secret-key"


class Settings(BaseSettings):
    """Settings by their environment name; a field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True, frozen=True
    )

    database_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_DATABASE_URL",
        description="Postgres 14 or newer. Unset: an embedded one in the data dir.",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_REDIS_URL",
        description="Redis 6.2 or newer, or Valkey. Unset: an embedded Valkey.",
    )
    data_dir: Path = Field(
        default=Path(".latido"),
        validation_alias="LATIDO_DATA_DIR",
        description="Where embedded servers and generated secrets are kept.",
    )
    port: int = Field(default=8000, validation_alias="LATIDO_PORT", description="Port of the web process.")
    host: str = Field(
        default="127.0.0.1", validation_alias="LATIDO_HOST", description="Address the web process listens on."
    )
    public_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_PUBLIC_URL",
        description="What Twilio calls, part of every signature. Unset: http://127.0.0.1:<port>.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1",
        validation_alias="LATIDO_TRUSTED_PROXIES",
        description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed, comma-separated.",
    )
    hsts_seconds: int = Field(
        default=0,
        ge=0,
        validation_alias="LATIDO_HSTS_SECONDS",
        description="Seconds for which browsers are told to come by https alone; 31536000: a year. 0: not told.",
    )
    fhir_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_URL",
        description="The city's FHIR R4 server. Unset: the embedded one at /fhir/R4.",
    )
    fhir_token: str | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_TOKEN",
        description="A fixed bearer token for the city's FHIR server, where it does not speak SMART Backend Services.",
    )
    fhir_client_id: str | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_CLIENT_ID",
        description="Latido's client id at the city's server (SMART Backend Services).",
    )
    fhir_private_key_file: Path | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_PRIVATE_KEY_FILE",
        description="PEM file of the key Latido signs with there: P-384 or RSA. `latido fhir keys` makes one.",
    )
    fhir_key_id: str | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_KEY_ID",
        description="The key's id in our JWKS. Unset: its thumbprint.",
    )
    fhir_scopes: str = Field(
        default=(
            "system/Organization.read system/Location.read system/HealthcareService.read system/Schedule.read "
            "system/Slot.read system/Slot.write system/Appointment.read system/Appointment.write "
            "system/AppointmentResponse.write system/Patient.read system/Patient.write"
        ),
        validation_alias="LATIDO_FHIR_SCOPES",
        description="What Latido asks to do at the city's server, separated by spaces.",
    )
    fhir_token_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_TOKEN_URL",
        description="The city's token endpoint. Unset: as its .well-known/smart-configuration says.",
    )
    fhir_ca_file: Path | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_CA_FILE",
        description="PEM file of the authorities the city's TLS certificates are verified by. Unset: the public ones.",
    )
    fhir_aliases: str = Field(
        default="",
        validation_alias="LATIDO_FHIR_ALIASES",
        description="Other base URLs the city's server uses for itself in links, comma-separated (behind a proxy).",
    )
    fhir_map: Path | None = Field(
        default=None,
        validation_alias="LATIDO_FHIR_MAP",
        description="YAML file: which of the city's resources are which centre and service. docs/city-server.md",
    )
    dni_systems: str = Field(
        default="http://www.renaper.gob.ar/dni,http://renaper.gob.ar/dni",
        validation_alias="LATIDO_DNI_SYSTEMS",
        pattern=r"[^,\s]",
        description="Equal identifier systems of the DNI, comma-separated. The first is written, all are searched.",
    )
    service_token: str | None = Field(
        default=None,
        validation_alias="LATIDO_SERVICE_TOKEN",
        description="Bearer token between the parts. Unset: generated into the data dir; `latido token` prints it.",
    )
    secret_key: str | None = Field(
        default=None,
        validation_alias="LATIDO_SECRET_KEY",
        description="Encrypts phones and documents, keys residents, signs sessions. Unset: generated. Never lose it.",
    )
    old_secret_keys: str = Field(
        default="",
        validation_alias="LATIDO_OLD_SECRET_KEYS",
        description="Comma-separated: what they sealed is opened, too, until `latido secrets rotate` is done.",
    )
    bot_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_BOT_URL",
        description="Where the worker finds Rasa. Unset: its port on this machine.",
    )
    actions_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_ACTIONS_URL",
        description="Where Rasa finds the action server, or `inside:actions`: in its own process.",
    )
    actions_apart: bool = Field(
        default=False,
        validation_alias="LATIDO_ACTIONS_APART",
        description="Whether `latido up` gives the actions a process of their own; else Rasa's runs them.",
    )
    care_url: str | None = Field(
        default=None,
        validation_alias="LATIDO_CARE_URL",
        description="Where the actions find care. Unset: /care/v1 of the web process.",
    )
    geocoder_url: str = Field(
        default="https://servicios.usig.buenosaires.gob.ar",
        validation_alias="LATIDO_GEOCODER_URL",
        description="The city's address normaliser (USIG).",
    )
    hold_minutes: float = Field(
        default=10.0,
        gt=0,
        le=60,
        validation_alias="LATIDO_HOLD_MINUTES",
        description="For how many minutes a slot is kept while a resident decides.",
    )
    handover_idle_minutes: float = Field(
        default=60.0,
        gt=0,
        validation_alias="LATIDO_HANDOVER_IDLE_MINUTES",
        description="After how many minutes without a word of the operator a taken conversation goes back to Latido.",
    )
    indicators_minutes: float = Field(
        default=60.0,
        gt=0,
        validation_alias="LATIDO_INDICATORS_MINUTES",
        description="After how many minutes the indicators of the running month are counted again.",
    )
    follow_up_hours: float = Field(
        default=3.0,
        gt=0,
        le=12,
        validation_alias="LATIDO_FOLLOW_UP_HOURS",
        description="Hours after a danger sign until Latido asks whether she could go; never at night.",
    )
    reminders_in_log: int = Field(
        default=40,
        ge=1,
        validation_alias="LATIDO_REMINDERS_IN_LOG",
        description="How many reminders may wait to be sent at a time: replies never stand behind more.",
    )
    reminders_policy: Path | None = Field(
        default=None,
        validation_alias="LATIDO_REMINDERS_POLICY",
        description="YAML file instead of data/reminders/policy.yml: when reminders are said. docs/reminders.md",
    )
    settlements_url: str = Field(
        default="https://epok.buenosaires.gob.ar",
        validation_alias="LATIDO_SETTLEMENTS_URL",
        description="The city's search for blocks of informal settlements (epok).",
    )
    worker_port: int = Field(
        default=8002,
        validation_alias="LATIDO_WORKER_PORT",
        ge=0,
        description="Where the worker serves its health and metrics, on LATIDO_HOST. 0: nowhere.",
    )
    bot_port: int = Field(
        default=5005, validation_alias="LATIDO_BOT_PORT", description="Port `latido up` gives Rasa, on loopback."
    )
    actions_port: int = Field(
        default=5055,
        validation_alias="LATIDO_ACTIONS_PORT",
        description="Port `latido up` gives the action server, on loopback.",
    )
    emulator_port: int = Field(
        default=8001, validation_alias="LATIDO_EMULATOR_PORT", description="Port of the Twilio emulator."
    )
    log_level: str = Field(
        default="INFO", validation_alias="LATIDO_LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        validation_alias="LATIDO_LOG_FORMAT",
        description="text for people; json: one object a line, one for each step of a turn, with the turn's trace_id.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="Base URL of an OpenTelemetry collector (OTLP over HTTP). Unset: no traces are sent.",
    )
    drain_seconds: float = Field(
        default=0.0,
        ge=0,
        le=600,
        validation_alias="LATIDO_DRAIN_SECONDS",
        description="Seconds a part that was told to stop goes on answering, not ready any more. Behind a proxy: 10.",
    )
    turn_concurrency: int = Field(
        default=8, validation_alias="LATIDO_TURN_CONCURRENCY", ge=1, description="Residents one worker serves at once."
    )
    send_concurrency: int = Field(
        default=8,
        validation_alias="LATIDO_SEND_CONCURRENCY",
        ge=1,
        description="Residents one worker sends to at once, and as many again straight from a turn.",
    )
    turn_attempts: int = Field(
        default=6,
        validation_alias="LATIDO_TURN_ATTEMPTS",
        ge=1,
        description="Tries before a message is set aside for a person.",
    )
    turn_timeout: float = Field(
        default=20.0,
        validation_alias="LATIDO_TURN_TIMEOUT",
        gt=0,
        description="Seconds to wait for one turn of the bot.",
    )
    twilio_timeout: float = Field(
        default=10.0,
        validation_alias="LATIDO_TWILIO_TIMEOUT",
        gt=0,
        description="Seconds to wait for one answer of Twilio.",
    )
    twilio_account_sid: str | None = Field(
        default=None, validation_alias="TWILIO_ACCOUNT_SID", description="AC followed by 32 digits."
    )
    twilio_auth_token: str | None = Field(
        default=None,
        validation_alias="TWILIO_AUTH_TOKEN",
        description="Primary auth token; two, comma-separated, while rotating.",
    )
    twilio_whatsapp_from: str | None = Field(
        default=None, validation_alias="TWILIO_WHATSAPP_FROM", description="The sender, as whatsapp:+54…"
    )
    twilio_messaging_service_sid: str | None = Field(
        default=None,
        validation_alias="TWILIO_MESSAGING_SERVICE_SID",
        description="MG…, used instead of the sender when set.",
    )
    twilio_api_base_url: str | None = Field(
        default=None,
        validation_alias="TWILIO_API_BASE_URL",
        description="Replaces Twilio's API and Content hosts: tests and demos point it at the emulator.",
    )

    @property
    def webhook_base_url(self) -> str:
        """The public base URL without a trailing slash; part of what Twilio signs."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def turn_lease_seconds(self) -> float:
        """For how long a worker has one resident's turns to itself: two tries of the bot, and the writing."""
        return self.turn_timeout * 2 + 10

    @property
    def send_lease_seconds(self) -> float:
        """For how long a worker has the sending to one resident to itself."""
        return self.twilio_timeout * 3 + 10

    @property
    def bot_base_url(self) -> str:
        """Base URL of the bot for the worker."""
        return (self.bot_url or f"http://127.0.0.1:{self.bot_port}").rstrip("/")

    @property
    def actions_webhook_url(self) -> str:
        """Where Rasa calls the action server."""
        there = f"http://127.0.0.1:{self.actions_port}/webhook" if self.actions_apart else "inside:actions"
        return self.actions_url or there

    @property
    def care_base_url(self) -> str:
        """Base URL of the care API for the actions."""
        return (self.care_url or f"http://127.0.0.1:{self.port}/care/v1").rstrip("/")

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """Accepted Twilio auth tokens: the first one signs and logs in, the others are still verified."""
        return _listed(self.twilio_auth_token or "")

    @property
    def replaced_secret_keys(self) -> tuple[str, ...]:
        """Secrets that still open what they sealed; the present one is not among them."""
        return _listed(self.old_secret_keys)

    @property
    def fhir_base_url_aliases(self) -> tuple[str, ...]:
        """Base URLs that stand for LATIDO_FHIR_URL in the city's links."""
        return _listed(self.fhir_aliases)

    @property
    def equal_dni_systems(self) -> tuple[str, ...]:
        """Identifier systems of the DNI that mean the same; the first is the one we write."""
        return _listed(self.dni_systems)

    def with_secrets(self) -> Settings:
        """The same settings with a service token and a secret key, generated into the data dir when unset."""
        return self.model_copy(
            update={
                "service_token": self.service_token or _kept_secret(self.data_dir / SERVICE_TOKEN_FILE),
                "secret_key": self.secret_key or _kept_secret(self.data_dir / SECRET_KEY_FILE),
            }
        )


def _listed(joined: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in joined.split(",") if part.strip())


def _kept_secret(path: Path) -> str:
    """A random secret in a file only its owner may read; of several processes the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name, encoding="ascii") as draft:
            draft.write(secrets.token_urlsafe(32))
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text(encoding="ascii").strip()
