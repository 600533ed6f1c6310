"""A walk over fifty thousand events, page by page, while others are written among them: each is seen exactly once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from tests.api.graphql.people import ENTRA, OWNER, Api, Community, new_community, viewer
from tests.fixtures import NOW

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import EventAction, EventOutcome, Origin, ProvisioningEvent, ResourceKind
from gatehouse.store import history
from gatehouse.store.database import Database, write
from gatehouse.store.ids import uuid7

EVENTS, BATCH = 50_000, 4  # a batch with every page of a hundred: 2,000 in all
WRITTEN = 2_000
SPAN_S = 3_600
QUERY = """query($after: Cursor, $orderBy: [EventOrder!]) {
    provisioningEvents(first: 100, after: $after, orderBy: $orderBy) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""


def _event(community: Community, second: int) -> ProvisioningEvent:
    return ProvisioningEvent(
        id=uuid7(),
        tenant_id=community.tenant.id,
        occurred_at=NOW + timedelta(seconds=second),
        resource_kind=ResourceKind.USER,
        resource_id=UUID(int=second),
        resource_name="somebody",
        action=EventAction.UPDATE,
        outcome=EventOutcome.SUCCESS,
        actor=ENTRA,
        origin=Origin(f"request-{second}"),
    )


async def _write_among_them(communities: list[Community], random: Random) -> None:
    """A few new events; half of them carry an earlier time, as those do whose transaction took long to commit."""
    seconds = [random.randrange(SPAN_S) if n % 2 else SPAN_S + n for n in range(BATCH)]
    await write([history.add_many([_event(random.choice(communities), second) for second in seconds])])


@pytest.mark.heavy
@pytest.mark.timeout(300)
@pytest.mark.parametrize("direction", ["DESC", "ASC"])
async def test_each_event_is_seen_exactly_once(database: Database, direction: str) -> None:
    """Many events share a moment: the id decides between them. Two tenants: their lists are merged."""
    communities = [await new_community("acme"), await new_community("other")]
    random = Random(20)  # noqa: S311 - a test
    before = [_event(communities[number % 2], random.randrange(SPAN_S)) for number in range(EVENTS)]
    for start in range(0, EVENTS, 1_000):
        await write([history.add_many(before[start : start + 1_000])])
    api = Api.of(viewer(*((community.tenant.id, OWNER) for community in communities)))

    seen: list[str] = []
    after, more, written = None, True, 0
    while more:
        order = [{"field": "OCCURRED_AT", "direction": direction}]
        data, _ = await asyncio.gather(
            api.data(QUERY, after=after, orderBy=order), _write_among_them(communities, random)
        )
        events, written = data["provisioningEvents"], written + BATCH
        seen += [node["id"] for node in events["nodes"]]
        after, more = events["pageInfo"]["endCursor"], events["pageInfo"]["hasNextPage"]

    known = {global_id("ProvisioningEvent", event.id) for event in before}
    assert len(seen) == len(set(seen))
    assert known <= set(seen)
    assert EVENTS < len(seen) < EVENTS + written  # some of the new ones were met on the way
    assert written >= WRITTEN
