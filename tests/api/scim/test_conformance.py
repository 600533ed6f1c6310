"""What independent SCIM suites agree on, a row a fact, through HTTP on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.api.scim.answers import check_error, filtered, names, resources as resources_of
from tests.api.scim.conformance import bulk, filters, groups, patches, resources
from tests.api.scim.conformance.fact import Fact
from tests.entra.advertised import targets
from tests.entra.story import Story
from tests.world import SCIM, Client, World

_VALUES = {"boolean": True, "binary": "TUlJQ2Vy", "reference": "https://x.example/y"}


# A service for those of a kind, in which each has a tenant of its own
@pytest.mark.parametrize(
    "facts", [resources.FACTS, groups.FACTS, patches.FACTS, bulk.FACTS], ids=["resources", "groups", "patches", "bulk"]
)
async def test_facts(facts: Sequence[Fact], world: World, subtests: pytest.Subtests) -> None:
    for number, fact in enumerate(facts):
        with subtests.test(fact.id):
            story = Story(await world.client(f"tenant-{number}"))
            await story.arrange(fact.given, world)
            for step in fact.steps:
                await story.play(step)


@pytest.mark.parametrize("strict", [False, True], ids=["entra", "strict"])
async def test_what_is_published_is_stored_and_returned(world: World, strict: bool) -> None:
    client = await world.client(strict=strict)
    schemas = resources_of(await client.get("/Schemas"))
    for resource_type in resources_of(await client.get("/ResourceTypes")):
        places = targets(schemas, resource_type["schema"])
        body: dict[str, Any] = {"schemas": [resource_type["schema"]]}
        for place in places:
            place.write(body, _VALUES.get(place.kind, f"text {place.path}"))
        body["schemas"] += [urn for urn in body if urn.startswith("urn:")]

        created = await client.post(resource_type["endpoint"], body)
        location = created.headers["location"].removeprefix(SCIM)
        for answer in (created, await client.get(location), await client.put(location, body)):
            assert {place.path: place.read(answer.json()) for place in places} == {
                place.path: place.read(body) for place in places
            }


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
