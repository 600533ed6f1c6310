"""What the service counts about itself, as Prometheus reads it. No label holds anything about a person.

The instruments belong to the process. Several workers of one ``serve`` keep theirs in files of a shared directory
(``metrics_directory``), so that any of them can answer for all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from gatehouse.logs import logger
from gatehouse.records import EventAction, EventOutcome, ProvisioningEvent, Tenant
from gatehouse.services import metrics_directory
from gatehouse.services.cycles import Cycles
from gatehouse.services.metrics_files import SharedNumbers

disable_created_metrics()  # type: ignore[no-untyped-call]

_LOG: Final = logger(__name__)
_BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_MAX_KNOWN: Final = 2_000
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SHOWN_BEFORE_THE_FIRST: Final = ("401", "429", "500", "503")  # Prometheus sees no increase from nothing to 1

_shared: Final = metrics_directory.current()
_numbers: Final = SharedNumbers() if _shared else None
if _shared is not None:
    metrics_directory.hold(_shared)  # for as long as this process lives

_REGISTRY: Final = CollectorRegistry()
_REQUESTS: Final = Counter(
    "gatehouse_requests", "Answered requests.", ("route", "method", "status"), registry=_REGISTRY
)
_DURATION: Final = Histogram(
    "gatehouse_request_duration_seconds",
    "From the start of a request to the end of its answer.",
    ("route", "method"),
    buckets=_BUCKETS,
    registry=_REGISTRY,
)
_EVENTS: Final = Counter(
    "gatehouse_events", "Entries of the provisioning history.", ("action", "outcome"), registry=_REGISTRY
)
_CYCLES: Final = Counter(
    "gatehouse_cycles", "Bursts of SCIM requests begun after silence.", ("tenant",), registry=_REGISTRY
)
REQUEST_LOG_DROPPED: Final = Counter(
    "gatehouse_request_log_dropped", "Request log entries given up.", registry=_REGISTRY
)


def _gauge(name: str, what: str) -> Gauge:
    return Gauge(f"gatehouse_{name}", what, registry=_REGISTRY, multiprocess_mode="livesum")


IN_FLIGHT: Final = _gauge("requests_in_flight", "Requests being worked on.")
QUEUED: Final = _gauge("requests_queued", "Requests that wait for their turn.")
REQUEST_LOG_WAITING: Final = _gauge("request_log_waiting", "Request log entries in memory.")
POOL_SIZE: Final = _gauge("database_pool_connections", "PostgreSQL connections allowed.")
POOL_IN_USE: Final = _gauge("database_pool_connections_in_use", "PostgreSQL connections in use.")
POOL_WAITING: Final = _gauge("database_pool_waiting", "Tasks that wait for a PostgreSQL connection.")


for _action in EventAction:
    for _outcome in EventOutcome:
        _EVENTS.labels(_action, _outcome)


_cycles: Final = Cycles(_shared)
_known: Final[dict[tuple[str, str, int], tuple[Counter, Histogram]]] = {}


def count_request(route: str, method: str, status: int, duration_s: float) -> None:
    """Count an answered request; costs a few microseconds.

    :param route: the template, never the path: there must be few of them.
    """
    key = (route, method, status)
    found = _known.get(key)
    if found is None:
        found = _known[key] = _instruments(route, method if method in _METHODS else "OTHER", status)
    counter, histogram = found
    counter.inc()
    histogram.observe(duration_s)


def _instruments(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    if len(_known) >= _MAX_KNOWN:  # methods that clients make up
        _known.clear()
    for shown in _SHOWN_BEFORE_THE_FIRST:
        _REQUESTS.labels(route, method, shown)
    return _REQUESTS.labels(route, method, str(status)), _DURATION.labels(route, method)


def count_event(event: ProvisioningEvent) -> None:
    """Count an event that has been stored."""
    _EVENTS.labels(event.action, event.outcome).inc()


def count_events(stored: Mapping[tuple[EventAction, EventOutcome], int]) -> None:
    """Count the events of a change that has been committed."""
    for kind, number in stored.items():
        _EVENTS.labels(*kind).inc(number)


def count_activity(tenant: Tenant, at: float) -> None:
    """Note a SCIM request of a tenant.

    :param at: seconds since 1970.
    """
    if _cycles.begins(tenant.id, at):
        _CYCLES.labels(tenant.slug).inc()


def collect() -> Iterable[Metric]:
    """All instruments, those of the other workers included while there is room for their files."""
    if _shared is None:
        return _REGISTRY.collect()
    if _is_alone(_shared):
        _tell_alone(_shared)
        return _REGISTRY.collect()
    _forget_the_dead(_shared)
    everybody = MultiProcessCollector(CollectorRegistry(), str(_shared))  # type: ignore[no-untyped-call]
    return cast("Iterable[Metric]", everybody.collect())  # type: ignore[no-untyped-call]


def _is_alone(directory: Path) -> bool:
    return (_numbers is not None and _numbers.full) or not directory.is_dir()


@cache
def _tell_alone(directory: Path) -> None:
    _LOG.warning("metrics are those of this worker alone: no room for its files", directory=str(directory))


def _forget_the_dead(directory: Path) -> None:
    """Take out the gauges of workers that have ended; what they counted stays."""
    for pid in {int(file.stem.rpartition("_")[2]) for file in directory.glob("gauge_live*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(directory))  # type: ignore[no-untyped-call]
