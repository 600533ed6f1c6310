"""Why somebody changed something, in their own words: every mutation takes it, and the audit trail tells it."""

from __future__ import annotations

import pytest
from tests.api.graphql.every_mutation import input_type, mutations, required, run
from tests.api.graphql.people import Api, Community, new_community, viewer

from gatehouse.store import audit
from gatehouse.store.audit import NEWEST_FIRST, AuditEntry
from gatehouse.store.database import Database
from gatehouse.store.keyset import PageRequest

WHY = ("reason", "message", "comment")
RECORDED_AS = {"mappingRollback": "mappingPlanCreate"}  # what it makes is a plan
OWN = {"userOverrideSet", "unmappedValueIgnore"}  # theirs is shown with what they set, and may be longer


@pytest.fixture
def api() -> Api:
    return Api.of(viewer())


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Agent", userType="north")
    return community


def _word(mutation: str) -> str | None:
    """What a mutation calls the reason."""
    return next((word for word in WHY if word in input_type(mutation).fields), None)


async def _entries() -> tuple[AuditEntry, ...]:
    return (await audit.page(None, PageRequest(10, NEWEST_FIRST))).rows


@pytest.mark.parametrize("mutation", mutations())
async def test_the_audit_trail_tells_the_reason(acme: Community, api: Api, mutation: str) -> None:
    word = _word(mutation)
    assert word, "no mutation without a place to say why"
    given = await required(acme, api, mutation)

    result = await run(api, mutation, **{**given, word: " The board asked for it. "})
    entry = (await _entries())[0]

    assert result == {"userErrors": []}
    assert entry.action == RECORDED_AS.get(mutation, mutation)
    assert entry.reason and entry.reason.strip() == "The board asked for it."
    assert entry.changes


@pytest.mark.parametrize("mutation", [name for name in mutations() if _word(name) == "reason" and name not in OWN])
async def test_a_reason_that_cannot_be_kept_changes_nothing(
    acme: Community, api: Api, subtests: pytest.Subtests, mutation: str
) -> None:
    given = await required(acme, api, mutation)
    before = await _entries()

    for reason in (" ", "x" * 501, "two\nlines", "a\u202eb"):
        with subtests.test(reason=reason[:10]):
            result = await run(api, mutation, **{**given, "reason": reason})

            assert [(error["code"], error["path"][-1]) for error in result["userErrors"]] == [("INVALID", "reason")]
            assert await _entries() == before
