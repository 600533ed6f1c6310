"""``/metrics`` for Prometheus, and the counting of requests."""

from __future__ import annotations

import asyncio
import hmac
import platform
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatehouse.api.front.admission import Admission
from gatehouse.api.ops.route import template
from gatehouse.services import metrics
from gatehouse.services.request_log import RequestLog
from gatehouse.services.vitals import Vitals, VitalsReader, database_kind, pool_use

_SAMPLE_EVERY_S: Final = 1.0


class Measured:
    """Counts every answer by route template, method and status, and how long it took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        except Exception:
            status = status or 500
            raise
        finally:
            if status:  # else nobody waited for the answer
                _count(scope, status, time.perf_counter() - started)


def _count(scope: Scope, status: int, duration_s: float) -> None:
    metrics.count_request(template(scope), scope["method"], status, duration_s)
    tenant = scope["state"].get("tenant")
    if tenant is not None:
        metrics.count_activity(tenant, time.time())


class Sampler:
    """Keeps the gauges of this process up to date, so that another worker may answer for it."""

    def __init__(self, admission: Admission, request_log: RequestLog) -> None:
        self._admission = admission
        self._request_log = request_log

    async def run(self) -> None:
        """Sample again and again, until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(_SAMPLE_EVERY_S)

    def sample(self) -> None:
        """Take the values of this moment."""
        metrics.IN_FLIGHT.set(self._admission.in_flight)
        metrics.QUEUED.set(self._admission.waiting)
        metrics.REQUEST_LOG_WAITING.set(self._request_log.waiting)
        use = pool_use()
        if use is not None:
            metrics.POOL_SIZE.set(use.size)
            metrics.POOL_IN_USE.set(use.in_use)
            metrics.POOL_WAITING.set(use.waiting)


class MetricsEndpoint:
    """Answers ``GET /metrics``.

    :param token: who scrapes must send it as a bearer token; None: anybody may.
    """

    def __init__(self, sampler: Sampler, *, token: str | None) -> None:
        self._sampler = sampler
        self._expected = token and f"Bearer {token}".encode()
        self._vitals = VitalsReader()

    async def get(self, request: Request) -> Response:
        """All metrics, as OpenMetrics where the client asks for it."""
        sent = request.headers.get("authorization", "").encode("latin-1")
        if self._expected and not hmac.compare_digest(sent, self._expected):
            return PlainTextResponse("Unauthorized\n", status_code=401, headers={"WWW-Authenticate": "Bearer"})
        self._sampler.sample()
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Everything(await self._vitals.read()))
        return Response(encode(registry), headers={"Content-Type": media_type})


class _Everything(Collector):
    """What was counted, and what the database tells."""

    def __init__(self, vitals: Vitals | None) -> None:
        self._vitals = vitals

    def collect(self) -> Iterable[Metric]:
        """Every metric."""
        yield from metrics.collect()
        build = {"version": version("gatehouse"), "python": platform.python_version(), "database": database_kind()}
        yield _family("build_info", "What is running.", (build, 1))
        yield _family("database_up", "Whether the database answered.", ({}, self._vitals is not None))
        if self._vitals is not None:
            yield from _of_database(self._vitals)


def _of_database(vitals: Vitals) -> Iterator[Metric]:
    yield _family("outbox_oldest_seconds", "Age of the oldest side effect not done.", ({}, vitals.outbox_oldest_s))
    yield _family(
        "token_expiry_seconds",
        "Until the first live bearer token expires; below 0: none lives.",
        *(
            ({"tenant": token.slug}, (token.expires_at - vitals.at).total_seconds())
            for token in vitals.tokens
            if token.expires_at
        ),
    )
    yield _family(
        "token_last_used_timestamp_seconds",
        "When a bearer token of the tenant was used last.",
        *(({"tenant": token.slug}, token.last_used_at.timestamp()) for token in vitals.tokens if token.last_used_at),
    )


def _family(name: str, what: str, *samples: tuple[dict[str, str], float]) -> Metric:
    labels = list(samples[0][0]) if samples else []
    family = GaugeMetricFamily(f"gatehouse_{name}", what, labels=labels)
    for values, value in samples:
        family.add_metric([values[label] for label in labels], value)
    return family
