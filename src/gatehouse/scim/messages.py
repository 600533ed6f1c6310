"""Messages of the protocol (RFC 7644 §3.1, registered in §10.4): their URNs and bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"


def error_body(status: int, detail: str, scim_type: str | None) -> dict[str, Any]:
    """An Error message (RFC 7644 §3.12): ``status`` is a string, ``scimType`` only where table 9 has one.

    >>> error_body(404, "Gone", None)["status"]
    '404'
    """
    body: dict[str, Any] = {"schemas": [ERROR], "status": str(status), "detail": detail}
    if scim_type is not None:
        body["scimType"] = scim_type
    return body


def list_response(resources: Sequence[dict[str, Any]], *, total: int, start_index: int) -> dict[str, Any]:
    """A ListResponse message (RFC 7644 §3.4.2): ``Resources`` even when empty, ``itemsPerPage`` the number returned.

    :param total: of all results, not of this page.
    :param start_index: 1-based, of the first resource (RFC 7644 §3.4.2.4).
    """
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }
