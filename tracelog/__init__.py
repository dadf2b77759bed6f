"""One id through a whole turn, in the logs and traces of every process; the standard library alone."""

from tracelog.lines import Place, relay, set_up, set_up_from_environment
from tracelog.steps import FinishedStep, Step, note, step, tell_of_steps
from tracelog.traces import Trace, current, parsed, resume, resumed, trace_of, traceparent

__all__ = [
    "FinishedStep",
    "Place",
    "Step",
    "Trace",
    "current",
    "note",
    "parsed",
    "relay",
    "resume",
    "resumed",
    "set_up",
    "set_up_from_environment",
    "step",
    "tell_of_steps",
    "trace_of",
    "traceparent",
]
