"""Acceptance checks 18 to 24: GET /Users/{id}, versions and projections."""

from __future__ import annotations

from typing import Any

from tests.api.scim.acceptance.ann import ANN
from tests.api.scim.answers import check_error
from tests.world import Client


async def test_check_18(entra: Client, ann: dict[str, Any]) -> None:
    """Everything comes back as it was sent."""
    response = await entra.get(f"/Users/{ann['id']}")

    assert response.status_code == 200
    assert response.json() == ann
    assert {name: ann[name] for name in ANN} == ANN


async def test_check_19(other: Client, ann: dict[str, Any]) -> None:
    """Another tenant's user is not there."""
    check_error(await other.get(f"/Users/{ann['id']}"), 404)


async def test_check_20(entra: Client, ann: dict[str, Any]) -> None:
    """What the client has is not sent again."""
    response = await entra.get(f"/Users/{ann['id']}", headers={"If-None-Match": ann["meta"]["version"]})

    assert (response.status_code, response.content) == (304, b"")


async def test_check_21(entra: Client, ann: dict[str, Any]) -> None:
    """One attribute, named in another case."""
    response = await entra.get(f"/Users/{ann['id']}?attributes=USERNAME")

    assert response.json() == {name: ann[name] for name in ("schemas", "id", "userName")}


async def test_check_22(entra: Client, ann: dict[str, Any]) -> None:
    """A part of each element; a name that nothing has is passed over."""
    response = await entra.get(f"/Users/{ann['id']}?attributes=emails.value,nosuch")

    assert response.status_code == 200
    assert response.json() == {"schemas": ann["schemas"], "id": ann["id"], "emails": [{"value": "Ann@x.com"}]}


async def test_check_23(entra: Client, ann: dict[str, Any]) -> None:
    """What is always returned cannot be left out."""
    response = await entra.get(f"/Users/{ann['id']}?excludedAttributes=emails,id")

    assert response.json() == {name: value for name, value in ann.items() if name != "emails"}


async def test_check_24(entra: Client, ann: dict[str, Any]) -> None:
    """Both projections at once."""
    for path in ("/Users", f"/Users/{ann['id']}"):
        check_error(await entra.get(f"{path}?attributes=a&excludedAttributes=b"), 400, "invalidValue")
