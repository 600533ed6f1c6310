"""Traces: what arrives at a collector that speaks OTLP/HTTP, and what must never arrive there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.bodies import person
from tests.world import World, running

from gatehouse import tracing

_TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
_PARENT = f"00-{_TRACE_ID}-b7ad6b7169203331-01"


@dataclass
class Collector:
    """A receiver of traces on a port of its own."""

    endpoint: str = ""
    requests: list[tuple[str, bytes]] = field(default_factory=list)

    def spans(self) -> list[dict[str, Any]]:
        """Every span received, attributes as a dictionary."""
        found = []
        for _, body in self.requests:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found += [_plain(span) for span in scope.spans]
        return found

    def named(self, name: str) -> list[dict[str, Any]]:
        """The spans of one name."""
        return [span for span in self.spans() if span["name"] == name]


def _plain(span: Any) -> dict[str, Any]:
    values = {a.key: a.value.string_value or a.value.int_value for a in span.attributes}
    return {
        "name": span.name,
        "trace_id": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
        "status": span.status.code,
        "events": len(span.events),
        **values,
    }


@pytest.fixture
def collector() -> Iterator[Collector]:
    received = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.requests.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield received
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_span_for_the_request_and_one_for_its_batch(
    database: object, migrated_url: str, collector: Collector
) -> None:
    async with running(migrated_url, otlp_endpoint=collector.endpoint) as world:
        acme = await world.client()
        body = await acme.create("ana@corp.example")
        answer = await acme.get(f"/Users/{body['id']}")

    assert {path for path, _ in collector.requests} == {"/v1/traces"}
    (created,) = collector.named("POST /scim/v2/Users")
    assert created["http.response.status_code"] == 201
    assert created["gatehouse.tenant_id"] == str(acme.tenant.id)
    batches = [span for span in collector.named("database batch") if span["parent"] == created["id"]]
    assert [span["gatehouse.statements"] > 1 for span in batches] == [True]
    (read,) = collector.named("GET /scim/v2/Users/{id}")
    assert read["gatehouse.request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_callers_trace_goes_on(database: object, migrated_url: str, collector: Collector) -> None:
    async with running(migrated_url, otlp_endpoint=collector.endpoint) as world:
        acme = await world.client()
        await acme.get("/Users", headers={"traceparent": _PARENT})
        await acme.get("/Users", headers={"traceparent": "not one"})

    first, second = collector.named("GET /scim/v2/Users")
    assert (first["trace_id"], first["parent"]) == (_TRACE_ID, "b7ad6b7169203331")
    assert second["trace_id"] != _TRACE_ID and second["parent"] == ""


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_nothing_about_people_is_in_it(database: object, migrated_url: str, collector: Collector) -> None:
    async with running(migrated_url, otlp_endpoint=collector.endpoint) as world:
        acme = await world.client()
        await acme.create("marked.person@corp.example", title="markedtitle")
        await acme.request("POST", "/Users", json={"userName": "marked.person@corp.example"})
        await acme.get('/Users?filter=userName eq "marked.person@corp.example"')
        await acme.get("/Users/markedpath")
        await acme.post("/Users", {"markedfield": 1})

    everything = b"".join(body for _, body in collector.requests).lower()
    assert len(collector.spans()) >= 5
    assert b"marked" not in everything
    assert acme.token.lower().encode() not in everything


async def test_a_refused_batch_leaves_no_words_of_the_database(
    database: object, migrated_url: str, collector: Collector
) -> None:
    async with running(migrated_url, otlp_endpoint=collector.endpoint) as world:
        acme = await world.client()
        await acme.create("marked.person@corp.example")
        answer = await acme.post("/Users", person("marked.person@corp.example"))

    assert answer.status_code == 409
    assert not [span for span in collector.spans() if span["events"] or span["status"]]
    assert b"marked" not in b"".join(body for _, body in collector.requests).lower()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_collector_that_is_away_disturbs_nobody(database: object, migrated_url: str) -> None:
    async with running(migrated_url, otlp_endpoint="http://127.0.0.1:1") as world:
        acme = await world.client()
        assert (await acme.get("/Users")).status_code == 200


async def test_off_by_default(world: World) -> None:
    await (await world.client()).create("ana@corp.example")

    assert tracing.batch(1) is tracing.batch(2), "no span is made"
