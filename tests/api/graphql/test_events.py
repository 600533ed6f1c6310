"""Provisioning events: what they tell, how they are found, and the timeline of a user."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.graphql.people import ENTRA, Api, Community, new_community, viewer
from tests.fixtures import NOW

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import Actor, ActorKind, Change, EventAction, EventOutcome, ResourceKind
from gatehouse.store.database import Database

EVERYTHING = """
query($where: ProvisioningEventWhere) { provisioningEvents(where: $where) { totalCount nodes {
  id occurredAt action outcome resourceKind resourceId resourceName reason errorCode httpStatus requestId correlationId
  mappingVersion actor { kind id display } changes { path before after redacted } user { id } tenant { slug } } } }
"""
REASONS = "query($where: ProvisioningEventWhere) { provisioningEvents(where: $where) { totalCount nodes { reason } } }"


@pytest.fixture
def api() -> Api:
    return Api.of(viewer())


@pytest.fixture
async def acme(database: Database) -> Community:
    """Ana's creation at minute 0, then events ``one`` to ``five``."""
    community = await new_community("acme")
    await community.add("Ana", "Silva", title="Agent")
    await community.happen(
        0, 1, reason="one", action=EventAction.DISABLE, changes=(Change("active", before=True, after=False),)
    )
    work = Change('emails[type eq "work"].value', "a@x.example", "b@x.example")
    await community.happen(0, 2, reason="two", changes=(work, Change("title", "Agent", "Manager")), mapping_version=7)
    await community.happen(
        0, 3, reason="three", outcome=EventOutcome.FAILURE, error_code="EntryConflict", http_status=409
    )
    await community.happen(
        0, 4, reason="four", resource_kind=ResourceKind.GROUP, resource_id=None, resource_name="VIPs"
    )
    system = Actor(ActorKind.SYSTEM, None, "Gatehouse")
    await community.happen(0, 5, reason="five", actor=system, changes=(Change("emailsX", None, 1),))
    return community


async def test_everything_about_an_event(acme: Community, api: Api) -> None:
    data = await api.data(EVERYTHING, where={"mappingVersion": {"eq": 7}})

    [event] = data["provisioningEvents"]["nodes"]
    assert (
        event.pop("id")
        == (await api.data("{ provisioningEvents { nodes { id reason } } }"))["provisioningEvents"]["nodes"][3]["id"]
    )
    assert event == {
        "occurredAt": "2026-11-25T09:32:00.123Z",
        "action": "UPDATE",
        "outcome": "SUCCESS",
        "resourceKind": "USER",
        "resourceId": str(acme.people[0].id),
        "resourceName": "ana@contoso.example",
        "reason": "two",
        "errorCode": None,
        "httpStatus": None,
        "requestId": "request-2",
        "correlationId": "entra-2",
        "mappingVersion": 7,
        "actor": {"kind": "SCIM_TOKEN", "id": global_id("Credential", ENTRA.id), "display": "Entra ID"},
        "changes": [
            {
                "path": 'emails[type eq "work"].value',
                "before": "a@x.example",
                "after": "b@x.example",
                "redacted": False,
            },
            {"path": "title", "before": "Agent", "after": "Manager", "redacted": False},
        ],
        "user": {"id": acme.person_id(0)},
        "tenant": {"slug": "acme"},
    }


FILTERS: list[tuple[dict[str, Any], list[str | None]]] = [
    ({}, ["five", "four", "three", "two", "one", None]),
    ({"action": ["DISABLE", "CREATE"]}, ["one", None]),
    ({"outcome": ["FAILURE"]}, ["three"]),
    ({"resourceKind": ["GROUP"]}, ["four"]),
    ({"resourceName": {"startsWith": "VIP"}}, ["four"]),
    ({"resourceName": {"eq": "vips"}}, []),
    ({"errorCode": {"eq": "EntryConflict"}}, ["three"]),
    ({"errorCode": {"isNull": False}}, ["three"]),
    ({"requestId": {"eq": "request-1"}}, ["one"]),
    ({"correlationId": {"in": ["entra-2", "entra-3"]}}, ["three", "two"]),
    ({"changedPath": ["title"]}, ["two", None]),
    ({"changedPath": ["emails"]}, ["two", None]),
    ({"changedPath": ['emails[type eq "work"].value', "active"]}, ["two", "one", None]),
    ({"changedPath": ["Title"]}, []),
    ({"changedPath": []}, []),
    ({"mappingVersion": {"gte": 1, "lt": 8}}, ["two", None]),
    ({"occurredAt": {"gte": "2026-11-25T09:33:00.123456Z", "lt": "2026-11-25T09:35:00Z"}}, ["four", "three"]),
    ({"not": {"outcome": ["SUCCESS"]}}, ["three"]),
    ({"or": [{"mappingVersion": {"eq": 7}}, {"action": ["DISABLE"]}]}, ["two", "one"]),
]


async def test_filters(acme: Community, api: Api, subtests: pytest.Subtests) -> None:
    for where, found in FILTERS:
        with subtests.test(where=where):
            events = (await api.data(REASONS, where=where))["provisioningEvents"]

            assert ([node["reason"] for node in events["nodes"]], events["totalCount"]) == (found, len(found))


async def test_filters_by_id(acme: Community, api: Api) -> None:
    await acme.add("Bob", minute=9)

    by_user = await api.data(REASONS, where={"userId": {"eq": acme.person_id(1)}})
    by_actor = await api.data(REASONS, where={"actorId": {"eq": global_id("Credential", ENTRA.id)}})
    by_other_type = await api.data(REASONS, where={"userId": {"eq": acme.id}})
    by_tenant = await api.data(REASONS, where={"tenantId": {"in": [acme.id]}})

    counts = [found["provisioningEvents"]["totalCount"] for found in (by_user, by_actor, by_other_type, by_tenant)]
    assert counts == [1, 6, 0, 7]


async def test_oldest_first(acme: Community, api: Api) -> None:
    data = await api.data(
        "{ provisioningEvents(first: 2, orderBy: {field: OCCURRED_AT, direction: ASC}) { nodes { reason } } }"
    )

    assert data["provisioningEvents"]["nodes"] == [{"reason": None}, {"reason": "one"}]


TIMELINE = """
query($by: UserBy!, $first: Int, $after: Cursor, $where: ProvisioningEventWhere) { user(by: $by) {
  timeline(first: $first, after: $after, where: $where) {
    totalCount nodes { reason } pageInfo { hasNextPage hasPreviousPage endCursor } } } }
"""


async def test_timeline_walks_the_events_of_one_user(acme: Community, api: Api) -> None:
    await acme.add("Bob", minute=2)
    reasons: list[str | None] = []
    cursor: str | None = None

    while len(reasons) < 5:
        variables = {"by": {"id": acme.person_id(0)}, "first": 2, "after": cursor}
        timeline = (await api.data(TIMELINE, **variables))["user"]["timeline"]
        assert timeline["totalCount"] == 5
        assert timeline["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        reasons += [node["reason"] for node in timeline["nodes"]]
        assert timeline["pageInfo"]["hasNextPage"] is (len(reasons) < 5)
        cursor = timeline["pageInfo"]["endCursor"]

    assert reasons == ["five", "three", "two", "one", None]  # "four" is about a group


async def test_timeline_filtered(acme: Community, api: Api) -> None:
    data = await api.data(TIMELINE, by={"id": acme.person_id(0)}, where={"changedPath": ["title"]})

    assert [node["reason"] for node in data["user"]["timeline"]["nodes"]] == ["two", None]


async def test_events_of_a_deleted_user_still_lead_to_it(acme: Community, api: Api) -> None:
    await acme.delete(0)

    data = await api.data("{ provisioningEvents(first: 1) { nodes { user { status } } } }")

    assert data["provisioningEvents"]["nodes"] == [{"user": {"status": "DELETED"}}]


async def test_default_page_is_fifty(acme: Community, api: Api) -> None:
    for minute in range(6, 60):
        await acme.happen(0, minute)

    data = await api.data("{ provisioningEvents { totalCount nodes { occurredAt } } }")

    times = [node["occurredAt"] for node in data["provisioningEvents"]["nodes"]]
    assert (len(times), data["provisioningEvents"]["totalCount"]) == (50, 60)
    assert times == sorted(times, reverse=True)
    assert NOW.isoformat()[:10] == times[0][:10]
