"""The log's lines: for people, or one JSON object a line for whoever collects them."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType

from tracelog.steps import FinishedStep, tell_of_steps
from tracelog.traces import current, resumed

FORMATS = ("text", "json")
STEPS = logging.getLogger("latido.steps")
_forget_steps: list[Callable[[], None]] = []
_output = threading.Lock()


@dataclass(frozen=True)
class Place:
    """Which part writes, in which form, from which level on."""

    part: str
    form: str = "text"
    level: str = "INFO"

    @property
    def is_json(self) -> bool:
        """Whether each line is a JSON object."""
        return self.form == "json"


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, part, logger, message, trace_id, and the facts of a step."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        trace = current()
        line: dict[str, object] = {
            "at": _moment(record.created),
            "level": record.levelname,
            "part": self._part,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace is not None:
            line |= {"trace_id": trace.trace_id, "span_id": trace.span_id}
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    """`LEVEL logger: message`, and the turn it belongs to."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's own name)
        """The line with the facts of a step and the id of the turn, where there are any."""
        facts: dict[str, object] = getattr(record, "facts", {})
        trace = current()
        parts = [super().formatMessage(record), *(f"{name}={value}" for name, value in facts.items())]
        return " ".join([*parts, f"trace={trace.trace_id}"] if trace else parts)


_place = Place("latido")


def relay(part: str, line: str) -> None:
    """Write what another process said to our standard output: prefixed, or as an object of its own in JSON.

    A line for which there is no room is lost: whoever stopped reading because of it would have the process stand still.
    """
    if not _place.is_json:
        line = f"{part:<9}| {line}"
    elif not line.startswith("{"):
        line = json.dumps({"at": _moment(time.time()), "level": "INFO", "part": part, "message": line})
    with _output, contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def set_up(place: Place) -> None:
    """Write this process's log to its standard error in one form; a second call replaces the first.

    A line for each step of a turn is written in JSON, and at DEBUG; at INFO a person reads what needs an eye.
    """
    global _place
    _place = place
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(place.part) if place.is_json else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(place.level)
    shown = place.is_json or root.level <= logging.DEBUG
    STEPS.setLevel(max(root.level, logging.INFO) if shown else logging.WARNING)
    while _forget_steps:
        _forget_steps.pop()()
    if STEPS.isEnabledFor(logging.INFO):
        _forget_steps.append(tell_of_steps(_tell))
    if place.is_json:
        _log_what_nobody_caught()


def set_up_from_environment(part: str) -> Place:
    """As `set_up`, from LATIDO_LOG_FORMAT and LATIDO_LOG_LEVEL."""
    form = os.environ.get("LATIDO_LOG_FORMAT", "text").lower()
    level = os.environ.get("LATIDO_LOG_LEVEL", "INFO").upper()
    place = Place(part, form if form in FORMATS else "text", level)
    set_up(place)
    return place


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")


def _tell(finished: FinishedStep) -> None:
    facts = {"seconds": round(finished.seconds, 6), **finished.facts}
    if finished.error:
        facts["raised"] = finished.error
    with resumed(finished.trace):
        STEPS.info(finished.name, extra={"facts": facts})


def _log_what_nobody_caught() -> None:
    """The end of a process or thread is a line like any other, not a traceback over many."""

    def of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logging.getLogger("latido").critical("ended by an error", exc_info=(kind, error, trace))

    def of_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None:
            of_process(ended.exc_type, ended.exc_value, ended.exc_traceback)

    sys.excepthook = of_process
    threading.excepthook = of_thread
