"""The one place where settings become parts: each is built when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import yaml
from sqlalchemy import Engine

from latido.bridge.routes import Bridge
from latido.bridge.signature import SignatureCheck
from latido.campaigns.desk import Desk
from latido.campaigns.drafts import filled
from latido.campaigns.forgetting import KeptNotices
from latido.campaigns.last_moment import still_invited
from latido.campaigns.parts import Campaigns
from latido.campaigns.parts import Limits as CampaignLimits
from latido.campaigns.policy_data import load_campaign_policy
from latido.campaigns.rounds import campaign_round
from latido.care.booking.settling import sweep
from latido.care.desk.ledger_entry import correct_ledger
from latido.care.desk.round import watch_desk
from latido.care.desk.texts import load_texts
from latido.care.errors import HealthServiceUnavailable
from latido.care.idempotency import purge
from latido.care.mapping.agenda_map import AgendaMap
from latido.care.mapping.found_names import FoundNames
from latido.care.mapping.map_file import MapUnusable, load_map
from latido.care.mapping.own_names import OwnNames
from latido.care.residents import is_silent
from latido.care.rights.erasing import finish_erasures
from latido.care.services import BUENOS_AIRES, Care, create_care
from latido.care.waiting.free_slots import note_release
from latido.care.waiting.offering import offer_released
from latido.care.waiting.settling import forget_old
from latido.clock import SharedClock
from latido.console.finding.index import catch_up
from latido.console.plan.source import PlanUnavailable
from latido.console.review.queue import collect_all
from latido.console.visits import Console
from latido.crypto import LastingKeys, SealBroken, Vault
from latido.database import create_engine
from latido.dossier.holdings import CareHoldings
from latido.embedded.postgres import EmbeddedPostgres
from latido.embedded.valkey import EmbeddedValkey
from latido.experiments.data import load_experiments
from latido.fhir.city import CityServerUnset, city_client, client_key
from latido.fhir.client import FhirClient
from latido.fhir.keys import ClientKey
from latido.fhir.server.core import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.indicators.open_data.publisher import Publisher
from latido.indicators.rounds import count_if_due
from latido.messaging.brought_back import BroughtBack
from latido.messaging.contents import prune_contents
from latido.messaging.conversation import RasaConversation
from latido.messaging.dialogue_memory import DialogueMemory
from latido.messaging.follow_ups import FollowUps
from latido.messaging.notices import Notices
from latido.messaging.pacing import Pacer
from latido.messaging.pictures.keeping import fetch, forget_old_pictures, open_address
from latido.messaging.provider import TwilioProvider
from latido.messaging.reconciliation import Reconciliation
from latido.messaging.sender import Sender
from latido.messaging.straight_on import Places, StraightOn
from latido.messaging.takeover import let_go_of_idle
from latido.messaging.templates.command import approve_all, refresh_statuses
from latido.messaging.templates.replies import reminder_reply
from latido.messaging.turns import Turns
from latido.messaging.wakeups import Wakeups
from latido.reminders.callers import CareForCallers
from latido.reminders.content_data import load_content
from latido.reminders.followed import followed_up
from latido.reminders.judging import learn
from latido.reminders.last_moment import still_wanted
from latido.reminders.noticing import Noticing
from latido.reminders.parts import Limits, Reminders
from latido.reminders.policy_data import POLICY_FILE, load_policy
from latido.reminders.rounds import plan_all, send_round
from latido.reminders.rules.content import plan_with_content
from latido.reminders.timelines import timeline_for
from latido.retention.periods import load_periods
from latido.retention.rounds import retain
from latido.retention.seen import retention_seen
from latido.sealing.lasting import kept_keys
from latido.sessions import pooled_session
from latido.settings import Settings
from latido.timeline import Timeline
from latido.worker import Chore, LaneWork

TEXTS = Path(__file__).parent / "messaging" / "texts" / "es_AR.yml"
FHIR_TIMEOUT = (2.0, 10.0)
MISSED_EVERY = 20.0
TEMPLATES_EVERY = 900.0
DESK_EVERY = 20.0
RECORD_EVERY = 60.0
WAITING_EVERY = 10.0
BOOKINGS_EVERY = 3.0
HANDOVER_EVERY = 15.0
ERASURES_EVERY = 5.0
FOLLOW_UPS_EVERY = 20.0
PLANS_EVERY = 2.0
REMINDERS_EVERY = 1.0
CAMPAIGNS_EVERY = 2.0
EFFECTS_EVERY = 300.0
PICTURES_EVERY = 60.0
RETENTION_EVERY = 3600.0
FINDING_EVERY = 3.0
REVIEW_EVERY = 5.0
INDICATORS_EVERY = 600.0
# Twilio waits 15 seconds for a webhook: the group waits once for the row, and then the one message alone.
WEBHOOK_LOCK_SECONDS = 4.0
CLOCK_EVERY = 5.0
KEPT_ANSWERS = timedelta(days=14)
KEPT_DECISIONS = timedelta(days=180)


class MissingSetting(Exception):
    """A part cannot be built; the message says which setting to give."""


class Wiring:
    """The parts of one process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.with_secrets()

    @cached_property
    def vault(self) -> Vault:
        """Seals with LATIDO_SECRET_KEY, and names residents by the keys that the database keeps."""
        return Vault(self.settings.secret_key or "", self.settings.replaced_secret_keys, self._lasting_keys)

    def _lasting_keys(self, vault: Vault) -> LastingKeys:
        try:
            return kept_keys(self.engine, vault)
        except SealBroken as error:
            raise MissingSetting(f"this database is {error}") from error

    @cached_property
    def database_url(self) -> str:
        """LATIDO_DATABASE_URL, or the embedded Postgres that `latido up` runs in the data dir."""
        if self.settings.database_url:
            return self.settings.database_url
        url = EmbeddedPostgres.url_of_running(self.settings.data_dir / "postgres")
        if url is None:
            raise MissingSetting("no database: set LATIDO_DATABASE_URL, or start `latido up`, which brings one")
        return url

    @cached_property
    def redis_url(self) -> str:
        """LATIDO_REDIS_URL, or the embedded Valkey that `latido up` runs in the data dir."""
        if self.settings.redis_url:
            return self.settings.redis_url
        url = EmbeddedValkey.url_of_running(self.settings.data_dir / "valkey")
        if url is None:
            raise MissingSetting("no Redis: set LATIDO_REDIS_URL, or start `latido up`, which brings a Valkey")
        return url

    @cached_property
    def engine(self) -> Engine:
        """Connections to Postgres, enough for this process's threads."""
        return create_engine(self.database_url, pool_size=20)

    @cached_property
    def clock(self) -> SharedClock:
        """What time it is; its connection is its own, since it is asked by who holds all others."""
        return SharedClock(create_engine(self.database_url, pool_size=1))

    @cached_property
    def clock_chore(self) -> Chore:
        """Looks at Postgres' clock, and brings lanes back that are put off to a time it was set back from."""
        longest_lease = max(self.settings.turn_lease_seconds, self.settings.send_lease_seconds)
        return Chore("clock", CLOCK_EVERY, BroughtBack(self.clock, self.engine, longest_lease).look)

    @cached_property
    def wakeups(self) -> Wakeups:
        """Wake-ups between processes."""
        return Wakeups(self.redis_url)

    @cached_property
    def bridge(self) -> Bridge:
        """What Twilio's webhooks need."""
        settings = self.settings
        check = SignatureCheck(self._auth_tokens(), settings.webhook_base_url)
        # Connections of its own: webhooks are stored together, so none may wait long for a row that somebody holds.
        engine = create_engine(self.database_url, pool_size=2, lock_seconds=WEBHOOK_LOCK_SECONDS)
        return Bridge(check, self._account_sid(), engine, self.vault, self.wakeups.notify)

    @cached_property
    def provider(self) -> TwilioProvider:
        """Twilio, or what TWILIO_API_BASE_URL puts in its place."""
        settings = self.settings
        if not (settings.twilio_whatsapp_from or settings.twilio_messaging_service_sid):
            raise MissingSetting("set TWILIO_WHATSAPP_FROM or TWILIO_MESSAGING_SERVICE_SID")
        return TwilioProvider(
            self._account_sid(),
            self._auth_tokens()[0],
            settings.twilio_whatsapp_from,
            settings.twilio_messaging_service_sid,
            settings.twilio_api_base_url,
            settings.twilio_timeout,
        )

    @cached_property
    def leaving(self) -> threading.Event:
        """Set once this process is told to stop: it begins nothing more."""
        return threading.Event()

    @cached_property
    def turn_work(self) -> LaneWork:
        """Turns: inbound messages through the bot."""
        settings = self.settings
        conversation = RasaConversation(
            settings.bot_base_url,
            settings.service_token or "",
            settings.turn_timeout,
            pooled_session(settings.turn_concurrency),
        )
        texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
        turns = Turns(
            self.engine,
            self.vault,
            conversation,
            self.wakeups.notify,
            texts,
            settings.turn_attempts,
            settings.turn_lease_seconds,
            timedelta(hours=settings.follow_up_hours),
            self.leaving,
            self.straight_on,
            settings.send_lease_seconds,
            now=self.clock.now,
        )
        lease_seconds = settings.turn_lease_seconds
        return LaneWork("turn", self.engine, settings.turn_concurrency, lease_seconds, turns.work, turns.find)

    @cached_property
    def send_work(self) -> LaneWork:
        """The sender: queued messages to Twilio."""
        settings = self.settings
        callback = f"{settings.webhook_base_url}/webhooks/twilio/status"
        sender = Sender(
            self.engine,
            self.vault,
            self.provider,
            Pacer(self.redis_url),
            callback,
            settings.send_lease_seconds,
            still_wanted=lambda one: "wait" if self.clock.in_doubt() else still_wanted(self.reminders, one),
            still_invited=lambda one: "wait" if self.clock.in_doubt() else still_invited(self.campaigns, one),
            now=self.clock.now,
            steady_for=self.clock.steady_for,
            picture_address=self._picture_address,
            leaving=self.leaving,
        )

        def opens(places: Places) -> None:
            self.straight_on.open(places, sender.goes_now)

        lease_seconds = settings.send_lease_seconds
        return LaneWork("send", self.engine, settings.send_concurrency, lease_seconds, sender.work, sender.find, opens)

    @cached_property
    def straight_on(self) -> StraightOn:
        """The way from a turn to the sender of the same process."""
        return StraightOn()

    def _picture_address(self, resident: str, picture: int) -> str | None:
        """The public address of a picture, open from now on for some minutes."""
        token = open_address(self.engine, self.vault, resident, picture)
        return f"{self.settings.webhook_base_url}/media/{token}.png" if token else None

    def picture_behind(self, token: str) -> bytes | None:
        """The picture whose address holds this token, while it may be fetched."""
        return fetch(self.engine, self.vault, token)

    @cached_property
    def picture_chore(self) -> Chore:
        """Forgets pictures once they were fetched, or are too old."""
        return Chore("pictures", PICTURES_EVERY, lambda: forget_old_pictures(self.engine))

    @cached_property
    def send_chore(self) -> Chore:
        """Removes contents nobody uses any more, here and at Twilio."""
        return Chore("contents", 3600.0, lambda: prune_contents(self.engine, self.provider.delete_content))

    @cached_property
    def template_chore(self) -> Chore:
        """Asks WhatsApp which templates are approved: it may pause one at any time."""
        return Chore("templates", TEMPLATES_EVERY, lambda: refresh_statuses(self.engine, self.provider))

    def approve_templates(self) -> str:
        """Submit the templates and say how many are approved: a demo's stand-in for Twilio approves at once."""
        return approve_all(self.engine, self.provider)

    @cached_property
    def missed_chore(self) -> Chore:
        """Finds messages that Twilio could not deliver while the webhooks were down."""
        return Chore("missed", MISSED_EVERY, self.reconciliation.look)

    @cached_property
    def reconciliation(self) -> Reconciliation:
        """What residents wrote, as Twilio has it, beside what the log has."""
        return Reconciliation(self.engine, self.vault, self.provider, self.wakeups.notify)

    @cached_property
    def turn_chore(self) -> Chore:
        """Forgets answers kept for repeated writes once no repeat can come any more."""

        def forget() -> None:
            with self.engine.begin() as connection:
                purge(connection, self.clock.now() - KEPT_ANSWERS)
            forget_old(self.engine, self.clock.now() - KEPT_DECISIONS)

        return Chore("answers", 3600.0, forget)

    @cached_property
    def handover_chore(self) -> Chore:
        """Gives back conversations whose operator has fallen silent."""
        idle, now = timedelta(minutes=self.settings.handover_idle_minutes), self.clock.now
        return Chore("hand-over", HANDOVER_EVERY, lambda: let_go_of_idle(self.engine, self.vault, idle, now()))

    @cached_property
    def follow_up_chore(self) -> Chore:
        """Asks those who told of danger hours ago whether they could go."""
        texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
        asked = FollowUps(self.engine, Notices(self.vault), texts, is_silent, self.clock.now)
        return Chore("follow-ups", FOLLOW_UPS_EVERY, asked.ask_due, when_sure=True)

    @cached_property
    def reminders(self) -> Reminders:
        """The rows of reminders: planned, checked and queued."""
        care, policy = self.care, load_policy(self.settings.reminders_policy or POLICY_FILE)
        limits = Limits(in_log=self.settings.reminders_in_log)
        content = load_content()
        return Reminders(
            care,
            lambda known, now: plan_with_content(known, care.calendars, policy, content, BUENOS_AIRES, now),
            policy,
            reminder_reply,
            limits,
            load_experiments(),
        )

    @cached_property
    def reminder_chores(self) -> list[Chore]:
        """Plans whoever is stale or due, and queues what is due."""
        wake = self.wakeups.notify
        return [
            Chore("reminder plans", PLANS_EVERY, lambda: plan_all(self.reminders)),
            Chore("reminders", REMINDERS_EVERY, lambda: send_round(self.reminders, wake), when_sure=True),
            Chore("visits written down", RECORD_EVERY, Noticing(self.reminders).round),
            Chore("reminder effects", EFFECTS_EVERY, lambda: learn(self.reminders)),
        ]

    @cached_property
    def indicator_chore(self) -> Chore:
        """Counts the indicators again and again."""
        every = timedelta(minutes=self.settings.indicators_minutes)
        look = min(INDICATORS_EVERY, every.total_seconds())
        return Chore("indicators", look, lambda: count_if_due(self.care, every))

    @cached_property
    def publisher(self) -> Publisher:
        """What /open-data publishes."""
        return Publisher(self.engine, self.clock.now)

    @cached_property
    def finding_chore(self) -> Chore:
        """Keeps what the console finds conversations by up to date."""
        return Chore("conversation index", FINDING_EVERY, lambda: catch_up(self.engine))

    @cached_property
    def review_chore(self) -> Chore:
        """Searches the log for messages worth a review."""
        return Chore("review queue", REVIEW_EVERY, lambda: collect_all(self.engine))

    @cached_property
    def retention_chore(self) -> Chore:
        """Removes what is kept no longer (data/retention.yml)."""
        return Chore("retention", RETENTION_EVERY, lambda: retain(self.care, load_periods()), when_sure=True)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Campaigns: half of what reminders may have in the message log, and only what they leave."""
        limits = CampaignLimits(in_log=max(1, self.settings.reminders_in_log // 2))
        return Campaigns(self.reminders, load_campaign_policy(), filled, limits)

    @cached_property
    def campaign_chore(self) -> Chore:
        """Begins, sends and ends campaigns."""
        wake = self.wakeups.notify
        return Chore("campaigns", CAMPAIGNS_EVERY, lambda: campaign_round(self.campaigns, wake), when_sure=True)

    @cached_property
    def booking_chore(self) -> Chore:
        """Lets go of holds that ran out, and finishes bookings whose process died."""
        return Chore("bookings", BOOKINGS_EVERY, lambda: sweep(self.care))

    @cached_property
    def waiting_chore(self) -> Chore:
        """Offers free slots to those who wait for one."""
        return Chore("waiting list", WAITING_EVERY, lambda: offer_released(self.care))

    @cached_property
    def erasing_chore(self) -> Chore:
        """Forgets whom asked for it: messages and the dialogue's memory, once the answer has been sent."""
        settings, session = self.settings, pooled_session(1)
        memory = DialogueMemory(settings.bot_base_url, settings.service_token or "", settings.turn_timeout, session)
        return Chore("erasures", ERASURES_EVERY, lambda: finish_erasures(self.care, memory.forget))

    @cached_property
    def desk_chore(self) -> Chore:
        """Finds what the centres' desks changed, and lets the residents know."""
        texts = load_texts()
        return Chore("desk", DESK_EVERY, lambda: watch_desk(self.care, texts, correct_ledger))

    @cached_property
    def fhir_server(self) -> FhirServer:
        """The embedded FHIR R4 server's core."""
        return FhirServer(self.engine, self.vault, clock=self.clock.now)

    @cached_property
    def fhir_client(self) -> FhirClient:
        """The city's FHIR server when LATIDO_FHIR_URL is set, else the embedded one in this very process."""
        if self.settings.fhir_url:
            try:
                return city_client(self.settings.fhir_url, self.settings)
            except CityServerUnset as error:
                raise MissingSetting(str(error)) from error
        return FhirClient(IN_PROCESS_BASE, in_process_session(self.fhir_server), FHIR_TIMEOUT)

    @cached_property
    def fhir_keys(self) -> tuple[ClientKey, ...]:
        """The keys whose public halves we publish for the city's server."""
        try:
            key = client_key(self.settings)
        except CityServerUnset as error:
            raise MissingSetting(str(error)) from error
        return (key,) if key else ()

    @cached_property
    def care(self) -> Care:
        """The use cases' dependencies."""
        settings = self.settings
        care = create_care(
            self.engine,
            self.vault,
            self.fhir_client,
            settings.geocoder_url,
            self.clock.now,
            settlements_url=settings.settlements_url,
        )
        return replace(
            care,
            hold_minutes=settings.hold_minutes,
            foreign=settings.fhir_url is not None,
            agendas=self._agendas(care.directory.centers),
            dni_systems=settings.equal_dni_systems,
            messenger=Notices(self.vault),
            released=lambda slot_id: note_release(self.engine, slot_id, self.clock.now()),
            reminders=KeptNotices(),
        )

    def _agendas(self, numbers: Iterable[int]) -> AgendaMap:
        """Our own ids on the embedded server; on the city's, what is found there and what LATIDO_FHIR_MAP says."""
        if self.settings.fhir_url is None:
            return OwnNames()
        try:
            return FoundNames(self.fhir_client, load_map(self.settings.fhir_map), numbers)
        except MapUnusable as error:
            raise MissingSetting(str(error)) from error

    @cached_property
    def console(self) -> Console:
        """What the operators' pages need."""
        secure = self.settings.webhook_base_url.startswith("https://")
        # Asked for when somebody opens the overdue list: the rest of the console needs no health service.
        callers = CareForCallers(lambda: self.care, lambda: self.reminders.policy)
        desk = Desk(lambda: self.campaigns)
        return Console(
            self.engine,
            self.vault,
            secure,
            self.clock.now,
            callers,
            desk,
            self._timeline_of,
            lambda connection, resident: not is_silent(connection, resident),
            CareHoldings(lambda: self.care),
            lambda: retention_seen(self.care),
            followed_up,
        )

    def _timeline_of(self, resident: str) -> Timeline:
        """A resident's plan for the console; PlanUnavailable while the health service does not answer."""
        try:
            return timeline_for(self.reminders, resident)
        except HealthServiceUnavailable as error:
            raise PlanUnavailable(str(error)) from error

    def _auth_tokens(self) -> tuple[str, ...]:
        if not self.settings.auth_tokens:
            raise MissingSetting("set TWILIO_AUTH_TOKEN, or try `latido up --demo`, which brings a stand-in for Twilio")
        return self.settings.auth_tokens

    def _account_sid(self) -> str:
        if not self.settings.twilio_account_sid:
            raise MissingSetting("set TWILIO_ACCOUNT_SID")
        return self.settings.twilio_account_sid
