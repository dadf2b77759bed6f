"""The console's pages over a million messages of fifty thousand residents, asked over HTTP as a browser does.

The messages are made up from the training phrases and loaded in bulk; the index of conversations is then made from them
as `latido console reindex` makes it. Each page is opened many times, with other residents, words and days.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import requests
import uvicorn
import yaml
from sqlalchemy import Engine, insert, select
from starlette.applications import Starlette
from starlette.routing import Mount

from benchmarks.ports import free_port
from latido.console.finding.index import reindex
from latido.console.routes import Console, routes
from latido.console.sessions import open_session
from latido.console.tables import operator
from latido.console.visits import SESSION_COOKIE
from latido.crypto import Vault
from latido.database import analyze, create_engine
from latido.embedded.postgres import EmbeddedPostgres
from latido.messaging.tables import alert, message, resident
from latido.schema import metadata

PHRASES = Path(__file__).resolve().parent.parent / "data" / "nlu"
ENDS = datetime(2026, 11, 23, 18, tzinfo=UTC)
DAYS = 180
TURNS_OF_A_TALK = 5
STEPS = ("gestational_age", "for_whom", "place", "chosen_offer", "booking_confirmed")
COLUMNS = (
    *("resident", "direction", "kind", "state", "status", "text", "content_sealed", "answers_id", "created_at"),
    *("nlu", "slots", "actions", "active_form", "flags"),
)

Ask = Callable[[Random, Sequence[str]], str]


def _since(random: Random) -> str:
    return (ENDS - timedelta(days=random.randint(1, DAYS))).date().isoformat()


PAGES: Mapping[str, Ask] = {
    "conversations": lambda r, k: "/",
    "… an older page": lambda r, k: f"/?before={r.randrange(10_000, 900_000)}",
    "… a week": lambda r, k: f"/?since={(day := _since(r))}&until={day[:8]}28",
    "… urgent": lambda r, k: "/?filter=urgent",
    "… not understood": lambda r, k: "/?filter=not_understood",
    "… set aside": lambda r, k: "/?filter=set_aside",
    "… booked": lambda r, k: "/?journey=prenatal_form&outcome=booked",
    "… left at a step": lambda r, k: f"/?journey=prenatal_form&step={r.choice(STEPS)}",
    "… an intent, unsure": lambda r, k: f"/?intent={r.choice(('inform', 'ask_cost'))}&sure_from=0&sure_to=50",
    "… any intent, unsure": lambda r, k: "/?sure_from=0&sure_to=40",
    "… a centre in a month": lambda r, k: f"/?center={r.randint(1, 50)}&since=2026-10-01",
    "… a model": lambda r, k: "/?model=20260901-000000",
    "… a model that answered nothing": lambda r, k: "/?model=20250101-000000",
    "… with a reminder (none)": lambda r, k: "/?reminder=yes",
    "… a common word": lambda r, k: "/?q=turno",
    "… two words, one mistyped": lambda r, k: "/?q=embarasada+kontrol",
    "… a rare word": lambda r, k: f"/?q=rara{r.randrange(2000)}",
    "… a word nobody wrote": lambda r, k: "/?q=zanahoria",
    "… words, journey, outcome and days": lambda r, k: (
        f"/?q=turno&journey=prenatal_form&outcome=left&since={_since(r)}"
    ),
    "a conversation": lambda r, k: f"/conversations/{r.choice(k)}",
    "alerts": lambda r, k: "/alerts",
    "requests": lambda r, k: "/requests",
    "waiting list": lambda r, k: "/waiting-list",
    "overdue": lambda r, k: "/overdue",
    "indicators": lambda r, k: "/indicators",
    "effects": lambda r, k: "/effects",
    "audit": lambda r, k: "/audit",
    "review": lambda r, k: "/review",
    "… its report": lambda r, k: "/review/report",
    "campaigns": lambda r, k: "/campaigns",
    "retention": lambda r, k: "/retention",
    "account": lambda r, k: "/account",
}


def main() -> None:
    """Load, ask, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--residents", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=40, help="times that each page is opened")
    parser.add_argument("--url", help="a database loaded before (kept); default: a new one, removed afterwards")
    options = parser.parse_args()
    if options.url:
        _measure(create_engine(options.url), options.rounds)
        return
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name:
        postgres = EmbeddedPostgres(Path(name) / "postgres")
        try:
            engine = create_engine(postgres.start())
            load(engine, options.messages, options.residents)
            _measure(engine, options.rounds)
        finally:
            postgres.stop()


def load(engine: Engine, messages: int, residents: int) -> None:
    """Fill an empty database and index it; says how long both took."""
    metadata.create_all(engine)
    vault, random = Vault("benchmark"), Random(7)
    keys = [f"{number:032x}" for number in random.sample(range(16**8, 16**12), residents)]
    started = time.perf_counter()
    _copy(engine, "resident", ("key", "address_sealed"), ((key, b"x") for key in keys))
    _copy(engine, "message", COLUMNS, _messages(random, vault, keys, messages))
    _raise_alerts(engine)
    analyze(engine)
    print(f"console: {messages:,} messages of {residents:,} residents loaded in {time.perf_counter() - started:.0f} s")
    started = time.perf_counter()
    days = reindex(engine)
    print(f"{days:,} days of conversations indexed in {time.perf_counter() - started:.0f} s\n")
    analyze(engine)


def _copy(engine: Engine, table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """Without foreign keys and triggers, which would be asked for every row."""
    raw = engine.raw_connection()
    try:
        with raw.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("RESET session_replication_role")
        raw.commit()
    finally:
        raw.close()


def _messages(random: Random, vault: Vault, keys: Sequence[str], count: int) -> Iterator[tuple[Any, ...]]:
    """Talks of about five turns on one day, one after the other; each turn is a message and its answer."""
    phrases, sealed = _phrases(), vault.seal("{}")
    talks = count // 2 // TURNS_OF_A_TALK
    number = 0
    for talk in range(talks):
        began = ENDS - timedelta(days=DAYS) * (1 - talk / talks)
        key, form, turns = random.choice(keys), random.choice(("prenatal_form", "place_form", None)), TURNS_OF_A_TALK
        for turn in range(turns):
            moment = began + timedelta(seconds=30 * turn)
            number += 2
            asked = (key, "in", "text", "answered", None, *_said(random, phrases, sealed, moment, form, turn))
            yield asked
            said = "Estos son los primeros turnos cerca tuyo."
            yield (key, "out", "text", "handed_over", "read", said, sealed, number - 1, moment, *(None,) * 4, [])


def _said(
    random: Random, phrases: Sequence[tuple[str, str]], sealed: bytes, at: datetime, form: str | None, turn: int
) -> tuple[Any, ...]:
    """The columns of an inbound message from its text on: what she wrote and how it was understood."""
    intent, text = random.choice(phrases)
    if random.random() < 0.01:
        text += f" rara{random.randrange(2000)}"
    sure = round(random.triangular(0.2, 1.0, 1.0), 2)
    model = "20260901-000000" if at.month < 10 else "20261001-000000"
    nlu = {"intent": {"name": intent, "confidence": sure}, "ranking": [], "entities": [], "model": model}
    stays = form if turn < TURNS_OF_A_TALK - 1 or random.random() < 0.4 else None
    slots: dict[str, Any] = {"requested_slot": STEPS[turn % len(STEPS)] if stays else None}
    if form == "prenatal_form" and turn == 2:
        slots["chosen_offer"] = {"center": {"number": random.randint(1, 50)}}
    booked = form == "prenatal_form" and stays is None
    if booked:
        slots["booked_appointment"] = "a1"
    actions = ["action_book_prenatal"] if booked else ["action_listen"]
    flags = ["not_understood"] if random.random() < 0.03 else ["danger"] if random.random() < 0.005 else []
    return text, sealed, None, at, json.dumps(nlu), json.dumps(slots), actions, stays, flags


def _phrases() -> Sequence[tuple[str, str]]:
    """Every training phrase with its intent, without the marks of entities."""
    found = []
    for path in sorted(PHRASES.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in str(block.get("examples", "")).splitlines() if "intent" in block else ():
                text = line.removeprefix("- ").translate(str.maketrans("", "", "[]"))
                found.append((str(block["intent"]), text))
    return found


def _raise_alerts(engine: Engine) -> None:
    """One in two hundred who told of danger still waits to be seen to."""
    told = select(message.c.id, message.c.resident).where(message.c.flags.contains(["danger"])).limit(60)
    with engine.begin() as connection:
        rows = connection.execute(told).all()
        if rows:
            new = [{"kind": "danger", "resident": row.resident, "message_id": row.id} for row in rows]
            connection.execute(insert(alert), new)


def _measure(engine: Engine, rounds: int) -> None:
    random = Random(11)
    with engine.connect() as connection:
        keys = connection.execute(select(resident.c.key).limit(5000)).scalars().all()
    with Served(engine) as served:
        print("| page | p50, ms | p95, ms |\n|---|---|---|")
        for name, ask in PAGES.items():
            session = served.browser()  # one operator a page: searches are counted
            spent = [_open(session, served.base + ask(random, keys)) for _ in range(rounds + 1)][1:]
            points = statistics.quantiles(spent, n=20, method="inclusive")
            print(f"| {name} | {points[9]:.0f} | {points[18]:.0f} |", flush=True)


def _open(session: requests.Session, url: str) -> float:
    started = time.perf_counter()
    answer = session.get(url, timeout=120)
    spent = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{url} answers {answer.status_code}")
    return spent


class Served:
    """The console on a port of its own, and browsers that are inside as a supervisor."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        console = Console(engine, Vault("benchmark"), secure_cookies=False, now=lambda: datetime.now(UTC))
        app = Starlette(routes=[Mount("/console", routes=routes(console))])
        self._port = free_port()
        self._server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=self._port, log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.05)
        return self

    @property
    def base(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self._port}/console"

    def browser(self) -> requests.Session:
        """A browser in which a new operator is inside."""
        session = requests.Session()
        session.trust_env = False
        session.cookies.set(SESSION_COOKIE, open_session(self._engine, self._operator(), datetime.now(UTC)))
        return session

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=30)

    def _operator(self) -> int:
        new = {"username": f"bench-{time.time_ns()}", "password_hash": "none", "role": "supervisor"}
        with self._engine.begin() as connection:
            return int(connection.execute(insert(operator).values(new).returning(operator.c.id)).scalar_one())


if __name__ == "__main__":
    main()
