"""Sending a file while it is read, and writing down what was sent: also when it was broken off."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import CancelScope
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from latido.console.audit.log import record
from latido.console.export.cells import BOM, csv_line, json_line
from latido.console.export.sheets import Row, Sheet, word
from latido.console.showing import BUENOS_AIRES
from latido.console.visits import Console

BEGUN, ENDED = "export_begun", "export_ended"
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
MEDIA_TYPES |= {"json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8"}
# Each holds a connection to the database for as long as the browser takes.
_places = threading.BoundedSemaphore(3)


class AllPlacesTaken(Exception):
    """So many downloads are on their way that another one would be in the way of the pages."""


@dataclass
class Sent:
    """What went out so far."""

    rows: int = 0
    complete: bool = False
    digest: Any = field(default_factory=hashlib.sha256)


@dataclass(frozen=True)
class Outgoing:
    """A file: its name without a day, its text piece by piece, and what the audit log keeps of it.

    `pieces` counts the rows in what it is given; `subject` is the resident it is about, if it is about one.
    """

    name: str
    ending: str
    pieces: Callable[[Sent], Iterator[str]]
    facts: Mapping[str, str]
    subject: str | None = None


class Download(StreamingResponse):
    """The file as an answer; what became of it stands in the audit log once it is over, however it ended."""

    def __init__(self, console: Console, file: Outgoing, operator_id: int) -> None:
        """Write down that it begins; AllPlacesTaken."""
        if not _places.acquire(blocking=False):
            raise AllPlacesTaken("wait until another download is over")
        try:
            with console.engine.begin() as connection:
                self._number = record(connection, operator_id, BEGUN, file.subject, **file.facts)
        except BaseException:
            _places.release()
            raise
        self._console, self._operator_id, self._sent, self._subject = console, operator_id, Sent(), file.subject
        self._pieces = _noted(file, self._sent)
        day = console.now().astimezone(BUENOS_AIRES).date()
        headers = {"Content-Disposition": f'attachment; filename="{file.name}-{day}.{file.ending}"'}
        super().__init__(self._pieces, media_type=MEDIA_TYPES[file.ending], headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._end)

    def _end(self) -> None:
        try:
            self._pieces.close()
            sent = self._sent
            facts = {"rows": sent.rows, "complete": sent.complete, "sha256": sent.digest.hexdigest()}
            with self._console.engine.begin() as connection:
                record(connection, self._operator_id, ENDED, self._subject, of=self._number, **facts)
        finally:
            _places.release()


def sheet_file(console: Console, sheet: Sheet, ending: str) -> Outgoing:
    """A sheet as a file."""
    facts = {"sheet": sheet.name, "file": ending, **sheet.wanted}
    return Outgoing(word("files", sheet.name), ending, lambda sent: _rows_of(console, sheet, ending, sent), facts)


def _rows_of(console: Console, sheet: Sheet, ending: str, sent: Sent) -> Iterator[str]:
    if ending == "csv":
        yield BOM + csv_line(sheet.headings)
    with _snapshot(console) as connection:
        for rows in sheet.batches(connection):
            sent.rows += len(rows)
            yield "".join(_line(sheet, row, ending) for row in rows)


def _noted(file: Outgoing, sent: Sent) -> Generator[bytes, None, None]:
    for text in file.pieces(sent):
        piece = text.encode()
        sent.digest.update(piece)
        yield piece
    sent.complete = True


def _line(sheet: Sheet, row: Row, ending: str) -> str:
    return csv_line(row) if ending == "csv" else json_line(sheet.columns, row)


def _snapshot(console: Console) -> Connection:
    """All batches see the database as it was at the first one."""
    return console.engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
