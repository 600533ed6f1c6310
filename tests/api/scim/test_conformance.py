"""What independent SCIM suites agree on, a row a fact, through HTTP on both engines."""

from __future__ import annotations

import pytest
from tests.api.scim.answers import check_error, filtered, names
from tests.api.scim.conformance import filters, groups, patches, resources
from tests.api.scim.conformance.fact import Fact
from tests.entra.story import Story
from tests.world import Client, World

_FACTS = [*resources.FACTS, *groups.FACTS, *patches.FACTS]


@pytest.mark.parametrize("fact", _FACTS, ids=lambda fact: fact.id)
async def test_fact(fact: Fact, world: World) -> None:
    story = Story(await world.client())
    await story.arrange(fact.given, world)
    for step in fact.steps:
        await story.play(step)


@pytest.fixture
async def entra(world: World) -> Client:
    """A tenant with the users whom filters look for, beside one that must stay out of sight."""
    other = await world.client("other")
    await other.create("nobody")
    client = await world.client()
    for body in filters.USERS:
        assert (await client.post("/Users", body)).status_code == 201
    return client


async def test_filters_find_whom_they_mean(entra: Client) -> None:
    found = {case: names(await entra.get(filtered(text))) for case, text, _ in filters.FOUND}

    assert found == {case: wanted for case, _, wanted in filters.FOUND}


async def test_what_is_no_filter_matches_nobody(entra: Client) -> None:
    for _case, text in filters.REFUSED:
        check_error(await entra.get(filtered(text)), 400, "invalidFilter")


async def test_a_body_20000_deep_is_refused(entra: Client) -> None:
    content = b'{"userName":"deep","x":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}"
    headers = {"Content-Type": "application/scim+json"}

    check_error(await entra.request("POST", "/Users", content=content, headers=headers), 400, "invalidSyntax")
    assert names(await entra.get("/Users")) == filters.EVERYBODY
