"""SCIM responses: representations with ``id`` and ``meta``, lists, and the error table of this edge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse import errors
from gatehouse.records import GroupRecord, ShownUser, iso_of_microseconds, to_microseconds
from gatehouse.scim.messages import LIST_RESPONSE, error_body, meta
from gatehouse.scim.project import Projection
from gatehouse.scim.schema import GATEHOUSE_SCHEMA, GROUP_SCHEMA
from gatehouse.services.users import Affiliations

STATUS: Final[dict[type, tuple[int, str | None]]] = {
    errors.GatehouseError: (500, None),
    errors.NotFound: (404, None),
    errors.AlreadyExists: (409, "uniqueness"),
    errors.StaleVersion: (412, None),
    errors.PreconditionFailed: (412, None),
    errors.InUse: (409, None),
    errors.ImpactLimitExceeded: (409, None),
    errors.StalePlan: (409, None),
    errors.IdempotencyMismatch: (409, None),
    errors.InvalidRequest: (400, "invalidValue"),
    errors.InvalidSyntax: (400, "invalidSyntax"),
    errors.UnsupportedGrantType: (400, None),
    errors.InvalidFilter: (400, "invalidFilter"),
    errors.InvalidPath: (400, "invalidPath"),
    errors.InvalidValue: (400, "invalidValue"),
    errors.NoTarget: (400, "noTarget"),
    errors.ImmutableAttribute: (400, "mutability"),
    errors.UnresolvedReference: (409, None),
    errors.TooMany: (400, "tooMany"),
    errors.InvalidCursor: (400, "invalidCursor"),
    errors.ExpiredCursor: (400, "expiredCursor"),
    errors.InvalidCount: (400, "invalidCount"),
    errors.Unauthorized: (401, None),
    errors.Forbidden: (403, None),
    errors.DocumentNotTrusted: (403, None),
    errors.MethodNotAllowed: (405, None),
    errors.PayloadTooLarge: (413, None),
    errors.RequestTimeout: (408, None),
    errors.UnsupportedMediaType: (415, None),
    errors.NotImplementedHere: (501, None),
    errors.TooManyRequests: (429, None),
    errors.Unavailable: (503, None),
}
"""HTTP status and scimType (RFC 7644 §3.12, tables 8 and 9; RFC 9865 §2.1) of each business error."""

_MAX_DETAIL: Final = 2_000  # characters: an error body stays far below 16 KiB

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class ScimResponse:
    """Status, body (None: no body and no content type) and the headers beside the usual ones."""

    status: int
    body: bytes | None
    headers: Headers
    scim_type: str | None = None
    detail: str | None = None


def no_content(version: int | None = None) -> ScimResponse:
    """204; with the version of what was changed, if it is still there."""
    return ScimResponse(204, None, [] if version is None else [(b"etag", _etag(version))])


def failure(error: errors.GatehouseError) -> ScimResponse:
    """The SCIM error for a business error; ``detail`` is written for the Entra administrator, who sees it verbatim."""
    status, scim_type = _status(error)
    detail = error.advice[:_MAX_DETAIL]
    body = orjson.dumps(error_body(status, detail, scim_type))
    return ScimResponse(status, body, _error_headers(error), scim_type, detail)


def _status(error: errors.GatehouseError) -> tuple[int, str | None]:
    """Credentials that are malformed are not refused but a bad request (RFC 6750 §3.1)."""
    if isinstance(error, errors.Unauthorized) and error.code == "invalid_request":
        return 400, None
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def internal_error(request_id: str) -> ScimResponse:
    """500: nothing but the id under which the log has the rest."""
    detail = f"Internal error; the log has it under request id {request_id}"
    return ScimResponse(500, orjson.dumps(error_body(500, detail, None)), [], None, detail)


def resource(body: bytes, location: str, version: int, *, status: int = 200) -> ScimResponse:
    """One resource, with Location, Content-Location and ETag (RFC 7644 §3.1, §3.14)."""
    url = location.encode()
    headers = [(b"location", url), (b"content-location", url), (b"etag", _etag(version))]
    return ScimResponse(status, body, headers)


def whole_users(records: Iterable[ShownUser], base_url: str) -> bytes:
    """The representations of users with all that is returned by default, one after the other with commas between.

    The stored text is used as it is.
    """
    start = f"{base_url}/Users/"
    shown = []
    for user_id, version, document, created_at, last_modified_at in records:
        created = iso_of_microseconds(created_at)
        last_modified = created if last_modified_at == created_at else iso_of_microseconds(last_modified_at)
        shown.append(
            f'{{"id":"{user_id}",{document[1:-1]},"meta":{{"resourceType":"User",'
            f'"created":"{created}","lastModified":"{last_modified}",'
            f'"location":"{start}{user_id}","version":"W/\\"{version}\\""}}}}'
        )
    return ",".join(shown).encode()


def user_bytes(
    record: ShownUser, base_url: str, projection: Projection, affiliations: Affiliations | None = None
) -> bytes:
    """The representation of a user with what a projection shows.

    :param affiliations: what the user belongs to, when the projection shows any of it.
    """
    user_id, version, document, created_at, last_modified_at = record
    known = meta("User", created=created_at, last_modified=last_modified_at, version=version)
    location = f"{base_url}/Users/{user_id}"
    user = {"id": user_id, **orjson.loads(document), "meta": {**known, "location": location}}
    if affiliations is not None:
        _add_affiliations(user, affiliations, base_url)
    return orjson.dumps(projection.apply(user))


def _add_affiliations(user: dict[str, Any], affiliations: Affiliations, base_url: str) -> None:
    user["groups"] = [
        {"value": str(group_id), "$ref": f"{base_url}/Groups/{group_id}", "display": name, "type": "direct"}
        for group_id, name in affiliations.groups
    ]
    access = {
        **({"role": affiliations.role[0]} if affiliations.role else {}),
        **({"employeeGroups": affiliations.employee_groups} if affiliations.employee_groups else {}),
    }
    if access:
        user["schemas"] = [*user["schemas"], GATEHOUSE_SCHEMA]
        user[GATEHOUSE_SCHEMA] = access


def group_bytes(record: GroupRecord, members: Sequence[UUID], base_url: str, projection: Projection) -> bytes:
    """The representation of a group; without members the attribute is left out (entra-client.md §3.5)."""
    times = to_microseconds(record.created_at), to_microseconds(record.last_modified_at)
    known = meta("Group", created=times[0], last_modified=times[1], version=record.version)
    shown: dict[str, Any] = {
        "schemas": [GROUP_SCHEMA],
        "id": str(record.id),
        "externalId": record.external_id,
        "displayName": record.display_name,
        "members": [{"value": str(member), "$ref": f"{base_url}/Users/{member}", "type": "User"} for member in members],
        "meta": {**known, "location": f"{base_url}/Groups/{record.id}"},
    }
    assigned = {name: value for name, value in shown.items() if value}
    return orjson.dumps(assigned if projection.everything else projection.apply(assigned))


def list_response(
    total: int | None,
    start_index: int | None,
    number: int,
    resources: Sequence[bytes],
    *,
    next_cursor: str | None = None,
) -> ScimResponse:
    """A ListResponse (RFC 7644 §3.4.2, RFC 9865 §2).

    :param number: of the resources, as ``itemsPerPage``.
    :param resources: the text of each, or of several with commas between.
    :param total: None to leave it out.
    :param start_index: None for a page by cursor.
    """
    head = f'{{"schemas":["{LIST_RESPONSE}"],'
    if total is not None:
        head += f'"totalResults":{total},'
    if start_index is not None:
        head += f'"startIndex":{start_index},'
    if next_cursor is not None:
        head += f'"nextCursor":"{next_cursor}",'
    head += f'"itemsPerPage":{number},"Resources":['
    return ScimResponse(200, b"".join((head.encode(), b",".join(resources), b"]}")), [])


def not_modified(location: str, version: int) -> ScimResponse:
    """304, with the headers of the 200 that tell of the representation (RFC 9110 §15.4.5)."""
    return ScimResponse(304, None, [(b"content-location", location.encode()), (b"etag", _etag(version))])


def _etag(version: int) -> bytes:
    return b'W/"%d"' % version


def _error_headers(error: errors.GatehouseError) -> Headers:
    if isinstance(error, errors.Unauthorized):
        challenge = 'Bearer realm="scim"'
        if error.code:
            challenge += f', error="{error.code}"'
        return [(b"www-authenticate", challenge.encode())]
    if isinstance(error, errors.MethodNotAllowed):
        return [(b"allow", ", ".join(error.allow).encode())]
    if isinstance(error, errors.Unavailable | errors.TooManyRequests):
        return [(b"retry-after", str(error.retry_after_s).encode())]
    return []
