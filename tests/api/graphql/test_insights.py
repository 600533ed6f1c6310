"""Insights: figures of a tenant over time, held against what was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.api.graphql.people import OWNER, READER, Api, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.fixtures import NOW

from gatehouse.errors import InvalidValue
from gatehouse.records import ScimOperation, from_microseconds, iso_milliseconds
from gatehouse.services import insights
from gatehouse.services.clock import now
from gatehouse.services.insights import Bucket, TimeRange
from gatehouse.store.database import Database, execute
from gatehouse.store.ids import uuid7

UNTIL = datetime.fromisoformat("2026-11-25T12:15:00Z")


async def test_requests_and_latencies(database: Database) -> None:
    acme, other = await new_community("acme"), await new_community("other")
    for number in range(100):  # 9:30 to 9:46, of 1 ms to 100 ms
        await log(acme.tenant, number / 6, duration_us=(number + 1) * 1_000, status=409 if number < 10 else 200)
    await log(acme.tenant, 150, status=503)
    await log(acme.tenant, 24 * 60, status=500)  # after the window
    await log(other.tenant, 0)
    window = insights.window(TimeRange.DAY, Bucket.AUTO, until=UNTIL)
    ids = [acme.tenant.id, other.tenant.id]

    requests = await insights.requests(ids, window)
    latencies = await insights.latencies(ids, window)

    begun = {point.bucket for point in requests[acme.tenant.id]}
    counted = [(window.begin(p.bucket).hour, p.series, p.value) for p in requests[acme.tenant.id] if p.value]
    assert len(begun) == 25
    assert sorted(counted) == [(9, "refused", 10.0), (9, "succeeded", 90.0), (12, "failed", 1.0)]
    assert sum(point.value for point in requests[other.tenant.id]) == 1.0
    at_nine = sorted((p.series, p.value) for p in latencies[acme.tenant.id] if window.begin(p.bucket).hour == 9)
    assert at_nine == [("p50", 50.0), ("p95", 95.0), ("p99", 99.0)]
    assert sorted((p.series, p.value) for p in latencies[other.tenant.id]) == [("p50", 1.5), ("p95", 1.5), ("p99", 1.5)]


async def test_only_the_newest_requests_are_counted(database: Database) -> None:
    acme, other = await new_community("acme"), await new_community("other")
    for minute in range(10):
        await log(acme.tenant, minute)
    window = replace(insights.window(TimeRange.DAY, Bucket.HOUR, until=UNTIL), most_requests=8)

    alone = await insights.requests([acme.tenant.id], window)
    together = await insights.requests([acme.tenant.id, other.tenant.id], window)
    since = await insights.covered_since([acme.tenant.id, other.tenant.id], window)

    assert sum(point.value for point in alone[acme.tenant.id]) == 8.0
    assert sum(point.value for point in together[acme.tenant.id]) == 4.0
    assert since == {acme.tenant.id: NOW + timedelta(minutes=5), other.tenant.id: window.since}


async def test_active_users(database: Database) -> None:
    """Two from before the window, one of whom is disabled in it; one who comes and goes; one who comes and stays."""
    acme = await new_community("acme")
    window = insights.window(TimeRange.HOUR, Bucket.MINUTE, until=NOW)
    for name, access_since, active in (("Ana", -600, True), ("Bob", -30, False), ("Cy", -10, False), ("Di", -5, True)):
        user = await acme.add(name, active=active)
        moment = int((NOW + timedelta(minutes=access_since)).timestamp() * 1_000_000)
        await execute("UPDATE scim_user SET access_since = $2 WHERE id = $1", user.id, moment)
    for index, since, until in ((1, -600, -30), (2, -20, -10)):
        moments = [int((NOW + timedelta(minutes=minute)).timestamp() * 1_000_000) for minute in (since, until)]
        await execute(
            "INSERT INTO access_history (tenant_id, user_id, since, until, active, mapping_version, access)"
            " VALUES ($1, $2, $3, $4, TRUE, 1, '{}')",
            acme.tenant.id,
            acme.people[index].id,
            *moments,
        )

    points = (await insights.active_users([acme.tenant.id], window))[acme.tenant.id]

    by_minute = {(window.begin(p.bucket) - NOW) // timedelta(minutes=1) + 1: p.value for p in points}
    assert [by_minute[minute] for minute in (-60, -31, -30, -21, -20, -11, -10, -6, -5, 0)] == [
        2,
        2,
        1,
        1,
        2,
        2,
        1,
        1,
        2,
        2,
    ]


async def test_top_errors(database: Database) -> None:
    acme = await new_community("acme")
    ana = await acme.add("Ana")
    begin = (now() - NOW) // timedelta(minutes=1) - 60  # the window ends now
    create = {"status": 409, "scim_type": "uniqueness", "operation": ScimOperation.CREATE_USER}
    created = [await log(acme.tenant, begin + minute, **create) for minute in range(3)]
    patched = [
        await log(acme.tenant, begin + 5 + minute, status=400, operation=ScimOperation.PATCH_USER, resource_id=user_id)
        for minute, user_id in enumerate((ana.id, ana.id, uuid7(), None))
    ]
    await log(acme.tenant, begin + 9)
    query = """{ tenants { nodes { insights(range: DAY) { topErrors {
        status scimType operation count users firstSeenAt lastSeenAt
        explanation { entraCode } latestRequest { requestId } } } } } }"""

    [full] = (await Api.of(viewer()).data(query))["tenants"]["nodes"]
    [seen] = (await Api.of(viewer((acme.tenant.id, READER))).data(query))["tenants"]["nodes"]

    errors = full["insights"]["topErrors"]
    assert errors == [
        {
            "status": 400,
            "scimType": None,
            "operation": "PATCH_USER",
            "count": 4,
            "users": 2,
            "firstSeenAt": iso_milliseconds(from_microseconds(patched[0].received_at)),
            "lastSeenAt": iso_milliseconds(from_microseconds(patched[-1].received_at)),
            "explanation": {"entraCode": "SystemForCrossDomainIdentityManagementBadRequest"},
            "latestRequest": {"requestId": patched[-1].request_id},
        },
        {
            "status": 409,
            "scimType": "uniqueness",
            "operation": "CREATE_USER",
            "count": 3,
            "users": 0,
            "firstSeenAt": iso_milliseconds(from_microseconds(created[0].received_at)),
            "lastSeenAt": iso_milliseconds(from_microseconds(created[-1].received_at)),
            "explanation": {"entraCode": "EntryConflict"},
            "latestRequest": {"requestId": created[-1].request_id},
        },
    ]
    assert seen["insights"]["topErrors"] == [{**error, "latestRequest": None} for error in errors]


async def test_role_distribution(database: Database) -> None:
    acme, other = await new_community("acme"), await new_community("other")
    for name, title, active in (
        ("Ana", "Agent", True),
        ("Bob", "Agent", True),
        ("Cy", "x", True),
        ("Di", "Agent", False),
    ):
        await acme.add(name, title=title, active=active)
    await other.add("Zoe", title="Agent")
    query = "{ tenants { nodes { insights(range: DAY) { bucketSeconds roleDistribution { label count } } } } }"

    nodes = (await Api.of(viewer((acme.tenant.id, OWNER))).data(query))["tenants"]["nodes"]

    assert nodes == [
        {
            "insights": {
                "bucketSeconds": 3600,
                "roleDistribution": [{"label": "Leasing Agent", "count": 2}, {"label": None, "count": 1}],
            }
        }
    ]


@pytest.mark.parametrize(
    ("length", "bucket", "seconds", "parts"),
    [
        ("HOUR", "AUTO", 60, 61),
        ("DAY", "AUTO", 3_600, 25),
        ("DAY", "MINUTE", 60, 1_441),
        ("WEEK", "AUTO", 3_600, 169),
        ("MONTH", "AUTO", 86_400, 31),
        ("MONTH", "HOUR", 3_600, 721),
        ("QUARTER", "AUTO", 86_400, 91),
        ("HOUR", "DAY", 86_400, 1),
    ],
)
def test_windows(length: str, bucket: str, seconds: int, parts: int) -> None:
    window = insights.window(TimeRange(length), Bucket(bucket), until=UNTIL)

    assert (window.bucket_s, len(window.buckets)) == (seconds, parts)
    assert int(window.since.timestamp()) % seconds == 0
    assert window.begin(window.buckets[0]) == window.since
    assert window.begin(window.buckets[-1]) <= UNTIL


@pytest.mark.parametrize(("length", "bucket"), [("WEEK", "MINUTE"), ("QUARTER", "HOUR")])
def test_too_many_parts(length: str, bucket: str) -> None:
    with pytest.raises(InvalidValue, match="more than 1,500 parts"):
        insights.window(TimeRange(length), Bucket(bucket), until=UNTIL)
