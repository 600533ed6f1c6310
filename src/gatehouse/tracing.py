"""OpenTelemetry spans, when somebody wants them: one per request and one per batch written to the database.

A span holds route template, status, ids and counts; never a query text, filter, name or body. OpenTelemetry is imported
only when tracing is configured, and is an optional part of the installation (``gatehouse[tracing]``).
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_FLUSH_MS: Final = 3_000
_SERVER_ERROR: Final = 500


class Request(Protocol):
    """What is known of a request when it has been answered."""

    def attributes(self) -> Mapping[str, str | int]:
        """``http.request.method``, ``http.route``, ``http.response.status_code`` and our own."""


class _Tracing:
    """The tracer of this process; None: tracing is off."""

    provider: TracerProvider | None = None
    tracer: Tracer | None = None


_NOTHING: Final = nullcontext()


def check_installed() -> None:
    """:raises ValueError: the optional packages are not there."""
    try:
        importlib.import_module("opentelemetry.exporter.otlp.proto.http")
    except ModuleNotFoundError:
        raise ValueError("GATEHOUSE_OTLP_ENDPOINT needs more packages: pip install 'gatehouse[tracing]'") from None


def configure(endpoint: str) -> None:
    """Send the spans of this process to a collector.

    :param endpoint: base address of an OTLP/HTTP receiver, without ``/v1/traces``.
    :raises ValueError: the optional packages are not installed.
    """
    check_installed()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - optional
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME", "gatehouse")
    provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_FLUSH_MS / 1_000)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _Tracing.provider = provider
    _Tracing.tracer = provider.get_tracer("gatehouse")


def shut_down() -> None:
    """Send what waits, for a few seconds at most, and stop; takes the thread it is called in."""
    provider, _Tracing.provider, _Tracing.tracer = _Tracing.provider, None, None
    if provider is not None:
        provider.force_flush(_FLUSH_MS)
        provider.shutdown()


def batch(statements: int) -> AbstractContextManager[object]:
    """The span of one batch, around its writing; nothing when tracing is off."""
    tracer = _Tracing.tracer
    if tracer is None:
        return _NOTHING
    return tracer.start_as_current_span(
        "database batch",
        attributes={"gatehouse.statements": statements},
        record_exception=False,  # its text may hold values
        set_status_on_exception=False,
    )


@contextmanager
def request(traceparent: str | None, answered: Request) -> Iterator[None]:
    """The span of one request, continuing the caller's trace.

    :param answered: is asked at the end.
    """
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - optional
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    tracer = _Tracing.tracer
    if tracer is None:
        yield
        return
    parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent} if traceparent else {})
    with tracer.start_as_current_span(
        "request", parent, kind=SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        finally:
            attributes = answered.attributes()
            span.update_name(f"{attributes['http.request.method']} {attributes['http.route']}")
            span.set_attributes(attributes)
            if int(attributes["http.response.status_code"]) >= _SERVER_ERROR:
                span.set_status(StatusCode.ERROR)
