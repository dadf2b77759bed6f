"""The sender: a resident's queued messages to Twilio, in order, each accepted once."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Engine, Row, func, select, update

from latido.crypto import Vault
from latido.messaging.alerts import raise_alert
from latido.messaging.contents import Contents, content_types
from latido.messaging.lanes import Lease, LeaseLost, hold, hold_all, release
from latido.messaging.messages import Reply
from latido.messaging.next_messages import IN_HAND, next_outbound
from latido.messaging.outbox import opened_reply
from latido.messaging.pacing import Pacer
from latido.messaging.provider import Accepted, NeverAccepted, OutcomeUnknown, Outgoing, Rejected, SendProblem
from latido.messaging.reachability import note_unreachable
from latido.messaging.receipts import OUT_OF_WINDOW, after_failure
from latido.messaging.send_records import Taken, Try, note_taken, note_tries
from latido.messaging.straight_on import Tried
from latido.messaging.tables import message
from latido.messaging.templates.sending import NoWayOutside, TemplateForm, form_outside, listed_texts
from latido.messaging.together import ThreadsTogether
from latido.telemetry.counting import ANSWERS
from tracelog import Trace, note, step, trace_of

logger = logging.getLogger(__name__)

WINDOW = timedelta(hours=24)
# A session message has to arrive before the window closes; what has a template does not try its luck.
WINDOW_MARGIN = timedelta(minutes=2)
UNKNOWN_CONTENT = 21655
TRIES_WITH_NEW_CONTENT = 3
# Twilio may list a message some seconds after it took it: we look several times before we believe it never came.
BELIEVE_ABSENT_AFTER = timedelta(seconds=20)
LOOK_AGAIN = 2.0
LONGEST_BACKOFF = 30.0
PUT_OFF = timedelta(seconds=5)
WITHDRAWN = "withdrawn before it was sent"
# What it shows was said in words as well: nobody has to do anything when it does not arrive.
PICTURE = "picture"

# What becomes of a message nobody asked for just before its attempt; None, too, means that it goes.
Verdict = Literal["send", "wait", "withdraw"] | None
# As it was found in the log, or as the turn that wrote it hands it on.
AnyOutbound = Row[Any] | Tried


class _Later(Exception):
    """Nothing of hers may be sent now: her lane is to be given back for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class PictureGone(Exception):
    """What the message would show is kept no more; its text went on its own."""


class Provider(Protocol):
    """Whoever carries messages to WhatsApp; each call raises a SendProblem."""

    sender: str

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one message over."""
        ...

    def create_content(self, friendly_name: str, types: dict[str, object]) -> str:
        """Make a content and return its sid."""
        ...

    def sent_to(self, address: str, since: datetime) -> list[tuple[str, str, str]]:
        """(sid, status, body) of what was accepted for an address since then, oldest first."""
        ...


@dataclass(frozen=True)
class Sender:
    """What sending needs; `callback_url` is the public address of the status webhook.

    `still_wanted` is asked with a reminder's id just before its message is tried, `still_invited` with that of a
    campaign's recipient. `picture_address`: where a resident's picture may be fetched from now on; None: it is gone.
    `now` is Postgres' time, and `steady_for` the seconds for which its clock is known not to have been set.
    """

    engine: Engine
    vault: Vault
    provider: Provider
    pacer: Pacer
    callback_url: str
    lease_seconds: float
    believe_absent_after: timedelta = BELIEVE_ABSENT_AFTER
    still_wanted: Callable[[int], Verdict] = lambda reminder_id: "send"
    still_invited: Callable[[int], Verdict] = lambda recipient_id: "send"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    picture_address: Callable[[str, int], str | None] = lambda resident, picture: None
    steady_for: Callable[[], float] = lambda: math.inf
    leaving: threading.Event = field(default_factory=threading.Event)

    def work(self, lease: Lease, first: Any = None) -> float | None:
        """Send the resident's open messages in order, then give the lane back; returns a delay in seconds.

        `first` is the one to begin with where it is known: as `find` gave it, or `Tried`.
        """
        try:
            outbound = self._straight_on(lease, first) if isinstance(first, Tried) else first or self._next(lease)
            while outbound is not None:
                outbound = self._advance(lease, outbound)
                if outbound is not None and self.leaving.is_set():
                    release(self.engine, lease)  # another worker goes on with her
                    break
        except LeaseLost:
            logger.warning("a send took longer than its lease; another worker has it")
        except _Later as later:
            release(self.engine, lease, later.seconds)
            return later.seconds
        return None

    def _next(self, lease: Lease) -> Row[Any] | None:
        """What may be sent now; None when there is nothing, and then the lane is given back."""
        outbound = self.find([lease]).get(lease.resident)
        if outbound is None:
            release(self.engine, lease)
        return outbound

    def find(self, leases: Sequence[Lease]) -> dict[str, Row[Any]]:
        """What may be sent now to each resident, by her key."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return next_outbound(connection, [lease.resident for lease in leases])

    def goes_now(self, inbound: Any, reply: Reply) -> bool:
        """Whether the answer to this message may be sent as it is, and at once; then its tokens are taken."""
        if not _window_is_open(inbound, reply, self.now()):
            return False
        return self.pacer.wait(self.provider.sender, inbound.resident) <= 0

    def _straight_on(self, lease: Lease, tried: Tried) -> Row[Any] | None:
        """Send an answer that stands in the log as tried; then what may be sent next."""
        with step("send", _trace_of(tried), message_id=tried.id, attempt=1):
            try:
                return self._attempt(lease, tried, tried.reply, None)
            except _Later as put_off:
                later = put_off
        raise later

    def _advance(self, lease: Lease, outbound: Row[Any]) -> Row[Any] | None:
        """One message one step further; then what may be sent next, or None when the lane was given back."""
        name = "settle" if outbound.state in ("sending", "unknown") else "send"
        with step(name, _trace_of(outbound), message_id=outbound.id, attempt=outbound.attempts + 1):
            try:
                return self._settle(lease, outbound) if name == "settle" else self._send(lease, outbound)
            except _Later as put_off:
                later = put_off
        raise later

    def _send(self, lease: Lease, outbound: Row[Any]) -> Row[Any] | None:
        reply = opened_reply(self.vault, outbound.content_sealed)
        try:
            template = None if _window_is_open(outbound, reply, self.now()) else form_outside(self.engine, reply)
        except NoWayOutside as problem:
            tells = outbound.campaign_recipient_id is None
            self._note(lease, outbound, "failed", tells, error_code=OUT_OF_WINDOW, last_error=str(problem))
            return self._next(lease)
        wait = self.pacer.wait(self.provider.sender, outbound.resident, _is_unasked(outbound))
        if wait > 0:
            raise _Later(wait)
        return self._attempt(lease, outbound, reply, template)

    def _may_go(self, lease: Lease, outbound: Row[Any]) -> bool:
        """Whether what nobody asked for may be sent; else it is settled or put off, and what comes after it goes on."""
        if outbound.unreachable_code is not None:
            # The operators know of it since the message that told us; what may still be said waits until she writes.
            reason = f"WhatsApp does not deliver to her (code {outbound.unreachable_code})"
            self._note(lease, outbound, "failed", alert=False, last_error=reason, error_code=outbound.unreachable_code)
            return False
        verdict = self._verdict(outbound)
        if verdict == "withdraw":
            self._note(lease, outbound, "failed", alert=False, last_error=WITHDRAWN)
        elif verdict == "wait":
            self._note(lease, outbound, "queued", not_before=func.now() + PUT_OFF)
        return verdict not in ("wait", "withdraw")

    def _verdict(self, outbound: Row[Any]) -> Verdict:
        if outbound.reminder_id is not None:
            return self.still_wanted(outbound.reminder_id)
        return self.still_invited(outbound.campaign_recipient_id)

    def _attempt(
        self, lease: Lease, outbound: AnyOutbound, reply: Reply, template: TemplateForm | None
    ) -> Row[Any] | None:
        """Send it: that we try is committed before the call, what came of it after."""
        try:
            outgoing = self._outgoing(outbound, reply, template)
            # Asked last of all, with everything else made: between the answer and the call nothing takes time.
            if not isinstance(outbound, Tried) and _is_unasked(outbound) and not self._may_go(lease, outbound):
                return self._next(lease)
            if not isinstance(outbound, Tried) and not self._trying(lease, outbound, template):
                return self._next(lease)
            accepted = self.provider.send(outgoing)
        except NeverAccepted as problem:
            self._note(lease, outbound, "queued", last_error=str(problem), attempts=outbound.attempts + 1)
            raise _Later(_backoff(outbound.attempts)) from problem
        except OutcomeUnknown as problem:
            self._note(lease, outbound, "unknown", last_error=str(problem))
            raise _Later(LOOK_AGAIN) from problem
        except PictureGone as problem:
            self._note(lease, outbound, "failed", alert=False, last_error=str(problem))
            return self._next(lease)
        except Rejected as problem:
            if problem.code == UNKNOWN_CONTENT and template is None and outbound.attempts < TRIES_WITH_NEW_CONTENT:
                raise _Later(self._with_new_content(lease, outbound, outgoing)) from problem
            self._refused(lease, outbound, problem)
            return self._next(lease)
        return self._write_down(outbound, Taken(lease, outbound.id, accepted.sid, accepted.status))

    def _trying(self, lease: Lease, outbound: Row[Any], template: TemplateForm | None) -> bool:
        """Commit that we try, and in which form; False when it was withdrawn in the meantime."""
        sent_as = template.version.content_name if template else None
        return self._tried.do(Try(lease, outbound.id, outbound.attempts + 1, sent_as))

    @cached_property
    def _tried(self) -> ThreadsTogether[Try, bool]:
        return ThreadsTogether(self._write_tries)

    def _write_tries(self, tries: Sequence[Try]) -> list[bool | Exception]:
        with self.engine.begin() as connection:
            held = hold_all(connection, [one.lease for one in tries], self.lease_seconds)
            moved = note_tries(connection, [one for one in tries if one.lease.resident in held])
        return [one.message_id in moved if one.lease.resident in held else LeaseLost("send") for one in tries]

    def _refused(self, lease: Lease, outbound: AnyOutbound, problem: Rejected) -> None:
        # A campaign counts its refusals by itself; nobody can do anything about one of them.
        tells = outbound.campaign_recipient_id is None and outbound.kind != PICTURE
        self._note(lease, outbound, "failed", tells, last_error=str(problem), error_code=problem.code)
        if problem.code is not None and after_failure(problem.code) == "stop":
            with self.engine.begin() as connection:
                note_unreachable(connection, outbound.resident, problem.code)

    def _with_new_content(self, lease: Lease, outbound: AnyOutbound, outgoing: Outgoing) -> float:
        self._contents.forget(outgoing.content_sid or "")
        self._note(lease, outbound, "queued", last_error="the content was gone", attempts=outbound.attempts + 1)
        return _backoff(outbound.attempts)

    @cached_property
    def _contents(self) -> Contents:
        return Contents(self.engine, self.provider.create_content)

    def _outgoing(self, outbound: AnyOutbound, reply: Reply, template: TemplateForm | None) -> Outgoing:
        content_sid = template.version.content_sid if template else None
        if template is None and reply.kind in ("quick_reply", "list"):
            content_sid = self._contents.sid_for(content_types(reply))
        return Outgoing(
            to=self.vault.open(outbound.address_sealed),
            body=reply.text,
            callback=f"{self.callback_url}?ref={outbound.id}",
            content_sid=content_sid,
            location=None if template else reply.location,
            content_variables=template.values if template else {},
            media_url=self._media_url(outbound, reply),
        )

    def _media_url(self, outbound: AnyOutbound, reply: Reply) -> str | None:
        """Where Twilio fetches its picture from now on; PictureGone."""
        if reply.picture is None:
            return None
        address = self.picture_address(outbound.resident, reply.picture)
        if address is None:
            raise PictureGone("the picture was forgotten before it could be sent")
        return address

    def _settle(self, lease: Lease, outbound: Row[Any]) -> Row[Any] | None:
        """Ask Twilio whether it took the message; only one that it never took is queued again."""
        try:
            sid_and_status = self._listed(outbound)
        except SendProblem as problem:
            logger.warning("message %s is not settled yet: %s", outbound.id, problem)
            raise _Later(LOOK_AGAIN) from problem
        if sid_and_status is not None:
            return self._write_down(outbound, Taken(lease, outbound.id, *sid_and_status))
        if not self._is_absent_for_good(outbound):
            raise _Later(LOOK_AGAIN)
        self._note(lease, outbound, "queued", last_error="Twilio never took it")
        return self._next(lease)

    def _is_absent_for_good(self, outbound: Row[Any]) -> bool:
        """Whether the call is so long ago that Twilio would list it: by a clock that nobody has set meanwhile."""
        if timedelta(0) <= self.now() - outbound.attempted_at < self.believe_absent_after:
            return False
        return self.steady_for() >= self.believe_absent_after.total_seconds()

    def _listed(self, outbound: Row[Any]) -> tuple[str, str] | None:
        reply = opened_reply(self.vault, outbound.content_sealed)
        bodies = listed_texts(self.engine, reply, outbound.sent_as, was_tried=outbound.attempts > 0)
        listed = self.provider.sent_to(self.vault.open(outbound.address_sealed), outbound.attempted_at)
        with self.engine.connect() as connection:
            taken = set(
                connection.execute(
                    select(message.c.provider_sid).where(message.c.provider_sid.in_([sid for sid, _, _ in listed]))
                ).scalars()
            )
        matching = [(sid, status) for sid, status, text in listed if text.strip() in bodies and sid not in taken]
        return matching[0] if matching else None

    def _write_down(self, outbound: AnyOutbound, taken: Taken) -> Row[Any] | None:
        following = self._accepted.do(taken)
        note(outcome="handed_over")
        if outbound.asked_at is not None:
            ANSWERS.observe(max(0.0, (self.now() - outbound.asked_at).total_seconds()))
        return following

    @cached_property
    def _accepted(self) -> ThreadsTogether[Taken, Row[Any] | None]:
        return ThreadsTogether(self._write_taken)

    def _write_taken(self, taken: Sequence[Taken]) -> list[Row[Any] | Exception | None]:
        """What Twilio took, of several residents, in one transaction; it gives back the lanes that are done."""
        more: dict[str, Row[Any]] = {}
        with self.engine.begin() as connection:
            noted = note_taken(connection, taken, self.lease_seconds)
            if noted.going_on:
                more = next_outbound(connection, sorted(noted.going_on))
        lost = LeaseLost("send")
        return [more.get(one.lease.resident) if one.lease.resident in noted.held else lost for one in taken]

    def _note(self, lease: Lease, outbound: AnyOutbound, state: str, alert: bool = True, **values: Any) -> bool:
        """Change its state; a failure is put before the operators. False when it was settled in the meantime."""
        with self.engine.begin() as connection:
            hold(connection, lease, self.lease_seconds)
            moved = _move(connection, outbound, state, values)
            if moved and state == "failed" and alert:
                raise_alert(connection, "undelivered", outbound.resident, outbound.id, str(values["last_error"]))
        note(outcome=state)
        return moved


def _move(connection: Connection, outbound: AnyOutbound, state: str, values: dict[str, Any]) -> bool:
    """Change the state unless a receipt or a withdrawal has settled the message in the meantime."""
    moment = {"failed_at": func.now()} if state == "failed" else {}
    this = update(message).where(message.c.id == outbound.id, message.c.state.in_(IN_HAND))
    return connection.execute(this.values(state=state, **moment, **values)).rowcount == 1


def _trace_of(outbound: AnyOutbound) -> Trace:
    """The trace of the turn it answers; what nobody asked for has one of its own."""
    return trace_of(outbound.answers_sid or f"outbound {outbound.id}")


def _is_unasked(outbound: AnyOutbound) -> bool:
    """Whether it is a reminder or a campaign's notice: nobody waits for it."""
    return outbound.reminder_id is not None or outbound.campaign_recipient_id is not None


def _window_is_open(hers: Row[Any], reply: Reply, now: datetime) -> bool:
    """Whether the resident wrote in the last 24 hours: outside, WhatsApp takes approved templates only."""
    last, margin = hers.last_inbound_at, WINDOW_MARGIN if reply.template else timedelta(0)
    if last is None or (hers.window_shut_at is not None and hers.window_shut_at >= last):
        return False
    return bool(now - last < WINDOW - margin)


def _backoff(attempts: int) -> float:
    return float(min(0.25 * 2.0**attempts, LONGEST_BACKOFF))
