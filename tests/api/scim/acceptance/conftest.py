"""The scene of the acceptance checks: two tenants, one held to the letter, and Ann, a user of the first."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.scim.acceptance.ann import ANN
from tests.world import Client, World


@pytest.fixture
async def entra(world: World) -> Client:
    """Tenant A, in the mode for Entra."""
    return await world.client()


@pytest.fixture
async def strict(world: World) -> Client:
    """A tenant that is held to the letter of the RFCs."""
    return await world.client("strict", strict=True)


@pytest.fixture
async def other(world: World) -> Client:
    """Tenant B."""
    return await world.client("other")


@pytest.fixture
async def ann(entra: Client) -> dict[str, Any]:
    """Ann as tenant A has her."""
    return await created(entra)


@pytest.fixture
async def strict_ann(strict: Client) -> dict[str, Any]:
    """Ann as the strict tenant has her."""
    return await created(strict)


async def created(client: Client) -> dict[str, Any]:
    """The body of the 201 for Ann."""
    response = await client.post("/Users", ANN)
    assert response.status_code == 201, response.text
    return response.json()  # type: ignore[no-any-return]
