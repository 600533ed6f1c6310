"""Messages of the protocol (RFC 7644 §3.1, registered in §10.4): their URNs and bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gatehouse.errors import InvalidSyntax
from gatehouse.records import iso_of_microseconds

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"


def check_schemas(urns: object, message: str, *, lenient: bool) -> None:
    """Check that ``schemas`` of a request names the message that it should be, in whatever case.

    :param lenient: it may be missing, or name further schemas (lenient rule L17).
    :raises InvalidSyntax: it does not.
    """
    if urns is None and lenient:
        return
    named = [urn.lower() if isinstance(urn, str) else None for urn in urns] if isinstance(urns, list) else []
    if message.lower() not in named or not (lenient or len(named) == 1):
        raise InvalidSyntax(f"schemas must name {message}", path="schemas")


def meta(resource_type: str, *, created: int, last_modified: int, version: int) -> dict[str, str]:
    """What the server knows about a resource (RFC 7643 §3.1), but for its ``location``; times in microseconds."""
    return {
        "resourceType": resource_type,
        "created": iso_of_microseconds(created),
        "lastModified": iso_of_microseconds(last_modified),
        "version": f'W/"{version}"',
    }


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
