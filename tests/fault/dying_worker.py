"""A worker of reminders and sending that kills itself (SIGKILL) at a given point of its work, for the fault tests.

Says "ready", reads one JSON object a line from its standard input, does one piece of work in a forked process, and
answers with a line: {"killed": bool, "commits": number}. `kill_at`: just before this commit, counted from 1;
`kill_before_send`: just before Twilio is called. Between two commits nothing is written, so these are all the points
there are.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, select

from latido.care.services import BUENOS_AIRES, create_care
from latido.crypto import Vault
from latido.database import create_engine
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.messaging.lanes import claim
from latido.messaging.notices import Notices
from latido.messaging.pacing import Pacer
from latido.messaging.provider import Accepted, Outgoing, TwilioProvider
from latido.messaging.sender import Sender
from latido.messaging.tables import message
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.last_moment import still_wanted
from latido.reminders.parts import Reminders
from latido.reminders.policy_data import load_policy
from latido.reminders.rounds import plan_all, send_round
from latido.reminders.rules.plan import plan
from latido.reminders.tables import reminder

PATIENCE_S = 120.0
READY = "ready"


@dataclass(frozen=True)
class Setting:
    """What the parent test says once, on the command line as JSON."""

    database: str
    secret: str
    emulator: str
    account: str
    token: str
    sender: str
    callback: str
    now: str


class Commits:
    """Counts commits, and dies just before one of them."""

    def __init__(self, engine: Engine, kill_at: int | None) -> None:
        self.count, self._kill_at = 0, kill_at
        event.listen(engine, "commit", self._before)

    def _before(self, _: object) -> None:
        self.count += 1
        if self.count == self._kill_at:
            die()


class DyingProvider(TwilioProvider):
    """Twilio's adapter that dies just before a message is handed over."""

    kill_before_send = False

    def send(self, outgoing: Outgoing) -> Accepted:
        if self.kill_before_send:
            die()
        return super().send(outgoing)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Worker:
    """The parts of one worker."""

    engine: Engine
    reminders: Reminders
    sender: Sender

    def works_once(self) -> None:
        plan_all(self.reminders)
        send_round(self.reminders)
        for lease in claim(self.engine, "send", 10, 30.0):
            self.sender.work(lease)
        send_round(self.reminders)

    def works_until_settled(self) -> None:
        give_up = time.monotonic() + PATIENCE_S
        self.works_once()
        while self._is_open() and time.monotonic() < give_up:
            time.sleep(0.1)
            self.works_once()

    def _is_open(self) -> bool:
        in_hand = select(message.c.id).where(message.c.state.in_(("queued", "sending", "unknown")))
        under_way = select(reminder.c.id).where(reminder.c.state.in_(("claimed", "queued")))
        with self.engine.connect() as connection:
            return any(connection.execute(each).first() is not None for each in (in_hand, under_way))


def worker_of(setting: Setting) -> Worker:
    engine, vault = create_engine(setting.database), Vault(setting.secret)
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault)))
    now = datetime.fromisoformat(setting.now)
    care = replace(create_care(engine, vault, fhir, "http://127.0.0.1:9", lambda: now), messenger=Notices(vault))
    policy = load_policy()
    reminders = Reminders(
        care,
        lambda known, moment: plan(known, care.calendars, policy, BUENOS_AIRES, moment),
        policy,
        reminder_reply,
    )
    provider = DyingProvider(setting.account, setting.token, setting.sender, base_url=setting.emulator, timeout=1.0)
    sender = Sender(
        engine,
        vault,
        provider,
        Pacer("redis://127.0.0.1:9"),
        setting.callback,
        30.0,
        timedelta(seconds=3),
        still_wanted=lambda reminder_id: still_wanted(reminders, reminder_id),
    )
    return Worker(engine, reminders, sender)


def work(worker: Worker, order: dict[str, Any], report: int) -> None:
    """The forked process: work as ordered, and say how many commits that took."""
    commits = Commits(worker.engine, order.get("kill_at"))
    DyingProvider.kill_before_send = bool(order.get("kill_before_send"))
    if order.get("settle"):
        worker.works_until_settled()
    else:
        worker.works_once()
    os.write(report, str(commits.count).encode())


def main() -> None:
    worker = worker_of(Setting(**json.loads(sys.argv[1])))
    worker.works_once()  # nothing is due yet: what is read and compiled once is so for every forked process
    worker.engine.dispose()
    print(READY, flush=True)
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()  # nothing is connected any more: the child has connections of its own
        if child == 0:
            try:
                work(worker, json.loads(line), writing)
            finally:
                sys.stderr.flush()
                os._exit(0)
        os.close(writing)
        status = os.waitpid(child, 0)[1]
        count = os.read(reading, 20)
        os.close(reading)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print(json.dumps({"killed": killed, "commits": int(count or 0)}), flush=True)


if __name__ == "__main__":
    main()
