"""Acceptance checks 1 to 7: who may come in, and what the server says of itself."""

from __future__ import annotations

from tests.api.scim.answers import check_error, resources
from tests.bodies import USER
from tests.world import SCIM, Client, World


async def test_check_01(world: World) -> None:
    """Without a token: 401, and a challenge that accuses nobody."""
    response = await world.http.get(f"{SCIM}/Users")

    check_error(response, 401)
    assert response.headers["www-authenticate"] == 'Bearer realm="scim"'


async def test_check_02(world: World) -> None:
    """With a token that is none: 401 invalid_token."""
    response = await world.http.get(f"{SCIM}/Users", headers={"Authorization": "Bearer garbage"})

    check_error(response, 401)
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


async def test_check_03(world: World) -> None:
    """ServiceProviderConfig needs no token and says what there is."""
    response = await world.http.get(f"{SCIM}/ServiceProviderConfig")
    config = response.json()

    assert response.status_code == 200
    assert config["patch"] == {"supported": True}
    assert config["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    assert (config["pagination"]["index"], config["pagination"]["defaultPaginationMethod"]) == (True, "index")


async def test_check_04(world: World) -> None:
    """/Schemas is a list of schemas, none of them a message; each attribute says the least it must."""
    found = resources(await world.http.get(f"{SCIM}/Schemas"))
    attributes = [attribute for schema in found for attribute in schema["attributes"]]
    attributes += [sub for attribute in attributes for sub in attribute.get("subAttributes", ())]

    assert USER in {schema["id"] for schema in found}
    assert not [schema["id"] for schema in found if "api:messages" in schema["id"]]
    assert not [attribute for attribute in attributes if not {"name", "type", "multiValued"} <= attribute.keys()]


async def test_check_05(world: World) -> None:
    """One schema by its URN in any case; an unknown one is 404."""
    found = await world.http.get(f"{SCIM}/Schemas/URN:ietf:params:scim:schemas:core:2.0:USER")

    assert (found.status_code, found.json()["id"]) == (200, USER)
    check_error(await world.http.get(f"{SCIM}/Schemas/urn:x"), 404)


async def test_check_06(world: World) -> None:
    """Discovery takes no filter (RFC 7644 §4)."""
    check_error(await world.http.get(f'{SCIM}/ResourceTypes?filter=name%20eq%20"User"'), 403)


async def test_check_07(entra: Client) -> None:
    """Discovery is read-only: 405 with Allow."""
    response = await entra.post("/Schemas", {})

    check_error(response, 405)
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
