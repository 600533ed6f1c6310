"""What Entra ID did cycle by cycle, and how a connection is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.api.graphql.people import READER, Api, new_community, viewer
from tests.api.graphql.request_rows import entry, log
from tests.fixtures import NOW

from gatehouse.records import ScimOperation, iso_milliseconds
from gatehouse.services import connection_health as health
from gatehouse.services.clock import now
from gatehouse.services.connection_health import Facts, HealthState, reasons, state
from gatehouse.store import request_log
from gatehouse.store.connection_facts import TokenFacts
from gatehouse.store.database import Database
from gatehouse.store.insights import Writes
from gatehouse.store.scim_requests import Contact

WELL = Contact(NOW, NOW, NOW)
CASES = {
    "nothing was asked for": (Contact(), TokenFacts(live=1), Writes(), HealthState.NEVER_CONNECTED),
    "all is well": (WELL, TokenFacts(live=1), Writes(5, 0), HealthState.HEALTHY),
    "a write failed": (WELL, TokenFacts(live=1), Writes(5, 1), HealthState.DEGRADED),
    "the token ends soon": (WELL, TokenFacts(1, NOW + timedelta(days=29)), Writes(), HealthState.DEGRADED),
    "the token does not end soon": (WELL, TokenFacts(1, NOW + timedelta(days=31)), Writes(), HealthState.HEALTHY),
    "silence": (Contact(NOW - timedelta(hours=5), NOW, NOW), TokenFacts(1), Writes(), HealthState.STALE),
    "40 % failed": (WELL, TokenFacts(1), Writes(5_000, 2_000), HealthState.DEGRADED),
    "more than 40 % failed": (WELL, TokenFacts(1), Writes(5, 3), HealthState.FAILING),
    "4,999 failed": (WELL, TokenFacts(1), Writes(4_999, 4_999), HealthState.FAILING),
    "5,000 failed": (WELL, TokenFacts(1), Writes(5_000, 5_000), HealthState.LIKELY_QUARANTINED),
    "a token was refused": (
        WELL,
        TokenFacts(1, None, NOW + timedelta(seconds=1)),
        Writes(),
        HealthState.LIKELY_QUARANTINED,
    ),
    "a token was refused before": (WELL, TokenFacts(1, None, NOW - timedelta(1)), Writes(), HealthState.HEALTHY),
}


@pytest.mark.parametrize("case", CASES)
def test_state(case: str) -> None:
    contact, tokens, writes, expected = CASES[case]

    assert state(Facts(contact, tokens, writes), NOW) is expected


def test_reasons_are_told_worst_first() -> None:
    known = Facts(Contact(NOW - timedelta(hours=5)), TokenFacts(1, NOW + timedelta(days=3)), Writes(5_000, 5_000))

    found = reasons(known, NOW)

    assert [reason.state for reason in found] == [
        HealthState.LIKELY_QUARANTINED,
        HealthState.STALE,
        HealthState.DEGRADED,
    ]
    assert "in 3 days" in found[-1].message
    assert state(known, NOW) is health.HealthState.LIKELY_QUARANTINED


async def test_cycles_begin_after_silence(database: Database) -> None:
    acme, other = await new_community("acme"), await new_community("other")
    begin = (now() - NOW) // timedelta(minutes=1) - 100
    for minute, operation, status in (
        (0, ScimOperation.LIST_USERS, 200),
        (9.9, ScimOperation.CREATE_USER, 201),
        (19.9, ScimOperation.LIST_USERS, 200),  # ten minutes later
        (20, ScimOperation.CREATE_USER, 409),
        (21, ScimOperation.PATCH_USER, 503),
        (22, ScimOperation.DELETE_USER, 204),
    ):
        await log(acme.tenant, begin + minute, operation=operation, status=status)
    await log(other.tenant, begin + 15)
    query = """{ tenants { nodes { slug insights(range: DAY) { cycles {
        startedAt endedAt requests reads creates changes deletes refused failed } } connection { health { state } } } } }"""

    data = await Api.of(viewer((acme.tenant.id, READER))).data(query)

    [tenant] = data["tenants"]["nodes"]
    figures = ("requests", "reads", "creates", "changes", "deletes", "refused", "failed")
    cycles = tenant["insights"]["cycles"]
    assert [[cycle[figure] for figure in figures] for cycle in cycles] == [[4, 1, 1, 1, 1, 1, 1], [2, 1, 1, 0, 0, 0, 0]]
    assert cycles[0]["startedAt"] == iso_milliseconds(NOW + timedelta(minutes=begin + 19.9))
    assert cycles[0]["endedAt"] == iso_milliseconds(NOW + timedelta(minutes=begin + 22))
    assert tenant["connection"]["health"]["state"] == "FAILING"  # 2 of 4 writes


async def test_a_list_of_tenants_judges_each_as_if_alone(database: Database) -> None:
    """However many tenants share a page, and whatever else they asked for."""
    failing = await new_community("failing")
    for number in range(60):
        await new_community(f"quiet-{number}")
    begin = (now() - NOW) // timedelta(minutes=1) - 60
    refused = [
        entry(failing.tenant, begin + n / 1_000, operation=ScimOperation.CREATE_USER, status=409) for n in range(5_000)
    ]
    await request_log.add_many(refused)
    api = Api.of(viewer((None, READER)))

    one = await api.data('{ tenant(by: {slug: "failing"}) { connection { health { state reasons { message } } } } }')
    many = await api.data("{ tenants(first: 100) { nodes { slug connection { health { state } } } } }")

    assert one["tenant"]["connection"]["health"]["state"] == "LIKELY_QUARANTINED"
    assert "5,000 of the latest 5,000 writes" in one["tenant"]["connection"]["health"]["reasons"][0]["message"]
    states = {node["slug"]: node["connection"]["health"]["state"] for node in many["tenants"]["nodes"]}
    assert states == {"failing": "LIKELY_QUARANTINED"} | dict.fromkeys(states.keys() - {"failing"}, "NEVER_CONNECTED")
    assert len(states) == 61


async def test_tenants_are_found_by_their_health(database: Database) -> None:
    names = ("failing", "well", "quiet", "hidden")
    tenants = {name: (await new_community(name)).tenant for name in names}
    begin = (now() - NOW) // timedelta(minutes=1) - 5
    for name, status in (("failing", 409), ("well", 201), ("hidden", 409)):
        await log(tenants[name], begin, operation=ScimOperation.CREATE_USER, status=status)
    some = Api.of(viewer(*((tenants[name].id, READER) for name in names[:3])))
    every = Api.of(viewer((None, READER)))
    query = "query ($where: TenantWhere) { tenants(where: $where) { totalCount nodes { slug } } }"

    async def slugs(api: Api, where: dict[str, object]) -> list[str]:
        found = (await api.data(query, where=where))["tenants"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["slug"] for node in found["nodes"]]

    assert await slugs(every, {"health": ["FAILING"]}) == ["failing", "hidden"]
    assert await slugs(some, {"health": ["FAILING"]}) == ["failing"]
    assert await slugs(some, {"health": ["FAILING", "HEALTHY"]}) == ["failing", "well"]
    assert await slugs(some, {"not": {"health": ["FAILING"]}}) == ["quiet", "well"]
    assert await slugs(some, {"or": [{"health": ["HEALTHY"]}, {"slug": {"eq": "quiet"}}]}) == ["quiet", "well"]
    assert await slugs(some, {"health": ["NEVER_CONNECTED"], "slug": {"startsWith": "q"}}) == ["quiet"]
    assert await slugs(some, {"health": []}) == []
    assert await slugs(some, {"health": None}) == ["failing", "quiet", "well"]


async def test_what_comes_again_has_not_failed(database: Database) -> None:
    acme = await new_community("acme")
    begin = (now() - NOW) // timedelta(minutes=1) - 5
    for second, status in enumerate((201, 429, 429)):
        await log(acme.tenant, begin + second / 60, operation=ScimOperation.CREATE_USER, status=status)

    data = await Api.of(viewer((acme.tenant.id, READER))).data(
        "{ tenants { nodes { connection { health { state } } } } }"
    )

    assert data["tenants"]["nodes"] == [{"connection": {"health": {"state": "HEALTHY"}}}]
