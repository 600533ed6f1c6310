"""From a cycle of Entra to what was done in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.api.graphql.people import READER, Api, Community, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.fixtures import NOW

from gatehouse.api.graphql.ids import cycle_id, global_id
from gatehouse.records import Actor, ActorKind, to_microseconds
from gatehouse.services.clock import now
from gatehouse.store.database import Database

CYCLES = "{ tenants { nodes { insights(range: DAY) { cycles { id requests } } } } }"
EVENTS = """query($where: ProvisioningEventWhere) { provisioningEvents(where: $where, orderBy: [{field: OCCURRED_AT, direction: ASC}]) {
    totalCount nodes { reason } } }"""
REQUESTS = """query($where: ScimRequestWhere) { scimRequests(where: $where, orderBy: [{field: OCCURRED_AT, direction: ASC}]) {
    totalCount nodes { requestId } } }"""
BEGIN = -120  # minutes from now
ADMIN = Actor(ActorKind.API_KEY, None, "script")


@pytest.fixture
async def acme(database: Database) -> Community:
    """Two cycles with events named after their minute; events come a little before their requests are noted."""
    community, other = await new_community("acme"), await new_community("other")
    await community.add("Ana", minute=-10_000)
    await other.add("Ben", minute=-10_000)
    begin = (now() - NOW) // timedelta(minutes=1) + BEGIN
    for minute in (0, 5, 9.9, 20, 29, 38.5, 47):
        await log(community.tenant, begin + minute)
        await community.happen(0, begin + minute - 0.01, reason=str(minute))
    await community.happen(0, begin + 30, reason="by hand", actor=ADMIN)
    await other.happen(0, begin + 21, reason="elsewhere")
    for minute in range(10, 60, 5):
        await log(other.tenant, begin + minute)  # no part of the silences of acme
    return community


def _reasons(data: dict) -> list[str]:
    page = data["provisioningEvents"]
    assert page["totalCount"] == len(page["nodes"])
    return [event["reason"] for event in page["nodes"]]


async def test_a_cycle_leads_to_what_was_done_in_it(acme: Community) -> None:
    api = Api.of(viewer((acme.tenant.id, frozenset({*READER, *viewer().grants[0].permissions}))))
    [tenant] = (await api.data(CYCLES))["tenants"]["nodes"]
    second, first = [cycle["id"] for cycle in tenant["insights"]["cycles"]]

    found = {name: _reasons(await api.data(EVENTS, where=where)) for name, where in {
        "first": {"cycleId": {"eq": first}},
        "second": {"cycleId": {"eq": second}},
        "both": {"cycleId": {"in": [first, second]}},
        "either": {"or": [{"cycleId": {"eq": first}}, {"cycleId": {"eq": second}}]},
        "with more": {"cycleId": {"eq": second}, "userId": {"eq": global_id("User", acme.tenant.id)}},
        "at once": {"and": [{"cycleId": {"eq": first}}, {"cycleId": {"eq": second}}]},
    }.items()}  # fmt: skip
    rest = _reasons(await api.data(EVENTS, where={"not": {"cycleId": {"in": [first, second]}}}))
    requests = (await api.data(REQUESTS, where={"cycleId": {"eq": first}}))["scimRequests"]

    of_first, of_second = ["0", "5", "9.9"], ["20", "29", "38.5", "47"]
    assert [cycle["requests"] for cycle in tenant["insights"]["cycles"]] == [4, 3]
    assert found == {
        "first": of_first,
        "second": of_second,
        "both": of_first + of_second,
        "either": of_first + of_second,
        "with more": [],
        "at once": [],
    }
    assert rest == [None, "by hand"]
    assert requests["totalCount"] == len(requests["nodes"]) == 3


async def test_cycles_out_of_sight_or_of_no_kind_name_nothing(acme: Community) -> None:
    everything, stranger = Api.of(viewer()), Api.of(viewer((acme.roles["agent"].id, READER)))
    cycle = cycle_id(acme.tenant.id, to_microseconds(NOW))
    [known] = [
        tenant["insights"]["cycles"][0]["id"]
        for tenant in (await everything.data(CYCLES))["tenants"]["nodes"]
        if tenant["insights"]["cycles"][0]["requests"] == 4
    ]

    assert len(_reasons(await everything.data(EVENTS, where={"cycleId": {"eq": known}}))) == 4
    assert _reasons(await stranger.data(EVENTS, where={"cycleId": {"eq": known}})) == []
    for wrong in (cycle, acme.id, "Cycle", "", cycle_id(acme.tenant.id, 10**16 - 1), known[:-1], known + "A"):
        assert _reasons(await everything.data(EVENTS, where={"cycleId": {"eq": wrong}})) == [], wrong
    error = await everything.error(EVENTS, where={"cycleId": {"eq": None}})
    assert error["extensions"]["code"] == "INVALID"


async def test_a_long_cycle_is_followed_to_its_end(database: Database) -> None:
    acme = await new_community("acme")
    await acme.add("Ana", minute=-10_000)
    for minute in range(0, 1_200, 9):  # never silent for ten minutes
        await log(acme.tenant, minute)
    await log(acme.tenant, 1_210)
    for minute, reason in ((1_197, "last"), (1_198, "after"), (1_210, "next")):
        await acme.happen(0, minute, reason=reason)

    where = {"cycleId": {"eq": cycle_id(acme.tenant.id, to_microseconds(NOW))}}

    assert _reasons(await Api.of(viewer()).data(EVENTS, where=where)) == ["last"]
