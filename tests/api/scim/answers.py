"""What tests of the SCIM edge ask of an answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def check_error(response: httpx.Response, status: int, scim_type: str | None = None) -> None:
    """Check that it is an error in SCIM form (RFC 7644 §3.12)."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/scim+json"
    body = response.json()
    assert body["schemas"] == [ERROR]
    assert (body["status"], body.get("scimType")) == (str(status), scim_type), response.text
    assert isinstance(body["detail"], str)
    assert len(response.content) < 16_384


def resources(response: httpx.Response) -> list[dict[str, Any]]:
    """The resources of a ListResponse that holds them all."""
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["schemas"] == [LIST_RESPONSE]
    assert body["totalResults"] == body["itemsPerPage"] == len(body["Resources"])
    found: list[dict[str, Any]] = body["Resources"]
    return found


def names(response: httpx.Response) -> list[str]:
    """The userName, or displayName of a group, of each resource of a ListResponse that holds them all."""
    return [found.get("userName") or found["displayName"] for found in resources(response)]


def filtered(text: str, path: str = "/Users") -> str:
    """The path and query for a filter."""
    return f"{path}?filter={quote(text, safe='')}"
