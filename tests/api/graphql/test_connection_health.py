"""What Entra ID did cycle by cycle, and how a connection is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.api.graphql.people import READER, Api, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.fixtures import NOW

from gatehouse.records import ScimOperation, iso_milliseconds
from gatehouse.services import connection_health as health
from gatehouse.services.clock import now
from gatehouse.services.connection_health import Facts, HealthState, reasons, state
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


async def test_what_comes_again_has_not_failed(database: Database) -> None:
    acme = await new_community("acme")
    begin = (now() - NOW) // timedelta(minutes=1) - 5
    for second, status in enumerate((201, 429, 429)):
        await log(acme.tenant, begin + second / 60, operation=ScimOperation.CREATE_USER, status=status)

    data = await Api.of(viewer((acme.tenant.id, READER))).data(
        "{ tenants { nodes { connection { health { state } } } } }"
    )

    assert data["tenants"]["nodes"] == [{"connection": {"health": {"state": "HEALTHY"}}}]
