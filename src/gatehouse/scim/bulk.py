"""Bulk messages (RFC 7644 §3.7): the request read, before anything is done; the parts of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gatehouse.errors import InvalidRequest, InvalidSyntax, InvalidValue, PayloadTooLarge
from gatehouse.scim.messages import BULK_REQUEST, PATCH_OP, check_schemas

METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
MAX_BULK_ID: Final = 256  # characters

_SHOWN: Final = 64  # characters of what the client invented
_WITH_DATA: Final = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One element of ``Operations``.

    :param path: begins with ``/``; may hold a query and a ``bulkId:`` in place of the id. Empty: the flaw tells why.
    :param version: as ``If-Match`` would have it, such as ``W/"3"``.
    :param data: the resource, or a whole PatchOp message; None for DELETE.
    :param flaw: what is wrong with it whatever the other operations do; it fails with this, the others go on.
    """

    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: dict[str, Any] | None = None
    flaw: InvalidRequest | None = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """A whole message.

    :param fail_on_errors: after how many errors to stop; None: never.
    """

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


def parse_bulk(body: Mapping[str, Any], *, max_operations: int, lenient: bool) -> BulkRequest:
    """Read a BulkRequest message, names in any case (RFC 7643 §2.1).

    What is wrong with one operation is noted at it (``flaw``). The message is refused as a whole when its answer could
    not be told apart: operations without a method, creations without a bulkId, a bulkId given twice.

    :param lenient: ``schemas`` may be missing or name more.
    :raises InvalidSyntax: no BulkRequest, no operations, or as said above.
    :raises InvalidValue: ``failOnErrors`` is no positive integer.
    :raises PayloadTooLarge: more than ``max_operations`` operations; the message names ``maxOperations`` (§3.7.4).

    >>> message = {"Operations": [{"method": "DELETE", "path": "/Users/1", "version": 'W/"3"'}]}
    >>> parse_bulk(message, max_operations=1, lenient=True).operations[0].version
    'W/"3"'
    """
    fields = {name.lower(): value for name, value in body.items()}
    check_schemas(fields.get("schemas"), BULK_REQUEST, lenient=lenient)
    operations = fields.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations must be a list of at least one operation", path="Operations")
    if len(operations) > max_operations:
        raise PayloadTooLarge(
            f"The bulk request has {len(operations):,} operations: more than maxOperations ({max_operations:,})",
            path="Operations",
        )
    found = tuple(_operation(raw, number) for number, raw in enumerate(operations, 1))
    _check_bulk_ids(found)
    return BulkRequest(found, _fail_on_errors(fields.get("failonerrors")))


def result(
    operation: BulkOperation, status: int, *, location: str | None, version: str | None, response: object
) -> dict[str, Any]:
    """One element of the answer's ``Operations`` (RFC 7644 §3.7.3): ``status`` is a string.

    :param location: None for a creation that failed, which has none.
    :param response: the Error message of an operation that failed; None otherwise.
    """
    parts = {
        "method": operation.method,
        "bulkId": operation.bulk_id,
        "version": version,
        "location": location,
        "status": str(status),
        "response": response,
    }
    return {name: part for name, part in parts.items() if part is not None}


def _operation(raw: object, number: int) -> BulkOperation:
    """:param number: 1-based, for messages."""
    if not isinstance(raw, dict):
        raise InvalidSyntax(f"Operation {number} must be an object", path="Operations")
    fields = {name.lower(): value for name, value in raw.items()}
    method, bulk_id = fields.get("method"), fields.get("bulkid")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise InvalidSyntax(f"Operation {number}: method must be one of {', '.join(METHODS)}", path="Operations.method")
    method = method.upper()
    if bulk_id is None and method == "POST":
        raise InvalidSyntax(f"Operation {number}: POST needs a bulkId", path="Operations.bulkId")
    if bulk_id is not None and not (isinstance(bulk_id, str) and 0 < len(bulk_id) <= MAX_BULK_ID):
        raise InvalidSyntax(
            f"Operation {number}: a bulkId is a text of 1 to {MAX_BULK_ID} characters", path="Operations.bulkId"
        )
    path, version, data = fields.get("path"), fields.get("version"), _data(method, fields.get("data"))
    return BulkOperation(
        method,
        path=f"/{path.strip().removeprefix('/')}" if isinstance(path, str) else "",
        bulk_id=bulk_id,
        version=version if isinstance(version, str) else None,
        data=data,
        flaw=_flaw(method, path, version, data),
    )


def _data(method: str, data: object) -> dict[str, Any] | None:
    """Erratum 5050: the data of a PATCH is a whole message; the RFC's own example has but the list of operations."""
    if method == "PATCH" and isinstance(data, list):
        return {"schemas": [PATCH_OP], "Operations": data}
    return data if isinstance(data, dict) and method in _WITH_DATA else None


def _flaw(method: str, path: object, version: object, data: object) -> InvalidRequest | None:
    if not isinstance(path, str) or not path.strip():
        return InvalidSyntax("path must name an endpoint, such as /Users", path="path")
    if version is not None and not isinstance(version, str):
        return InvalidSyntax('version must be a text, such as W/"3"', path="version")
    if method in _WITH_DATA and data is None:
        return InvalidSyntax(f"{method} needs an object as data", path="data")
    return None


def _check_bulk_ids(operations: tuple[BulkOperation, ...]) -> None:
    seen: set[str] = set()
    for operation in operations:
        if operation.bulk_id in seen:
            shown = operation.bulk_id[:_SHOWN]
            raise InvalidSyntax(f"The bulkId {shown!r} is given to more than one operation", path="Operations.bulkId")
        if operation.bulk_id is not None:
            seen.add(operation.bulk_id)


def _fail_on_errors(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidValue("failOnErrors must be an integer of 1 or more", path="failOnErrors")
    return value
