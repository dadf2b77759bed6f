"""Steps as OpenTelemetry spans, sent over OTLP/HTTP: imported only where a collector is named.

Both environments have OpenTelemetry, the bot's an older one that takes the protobuf of Rasa's TensorFlow.
"""

from __future__ import annotations

import atexit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from tracelog.steps import FinishedStep, tell_of_steps
from tracelog.traces import Trace


class Spans:
    """Sends each step that ends in this process to a collector; one that is away costs spans, never a turn."""

    def __init__(self, part: str, endpoint: str, version: str | None = None) -> None:
        named = {"service.name": f"latido-{part}"}
        self._resource = Resource({**named, "service.version": version} if version else named)
        self._processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
        self._forget = tell_of_steps(self._tell)
        atexit.register(self.close)

    def close(self) -> None:
        """Send what waits, and listen no more."""
        atexit.unregister(self.close)
        self._forget()
        self._processor.shutdown()  # type: ignore[no-untyped-call]

    def _tell(self, finished: FinishedStep) -> None:
        failed = Status(StatusCode.ERROR, finished.error) if finished.error else Status()
        self._processor.on_end(
            ReadableSpan(
                finished.name,
                context=_context(finished.trace),
                parent=_context(finished.parent) if finished.parent else None,
                resource=self._resource,
                attributes={f"latido.{name}": fact for name, fact in finished.facts.items() if fact is not None},
                kind=SpanKind.INTERNAL,
                status=failed,
                start_time=finished.began,
                end_time=finished.ended,
            )
        )


def _context(trace: Trace) -> SpanContext:
    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=False, trace_flags=sampled)
