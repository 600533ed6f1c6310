"""What a resource must have (RFC 7643 §7 ``required``), and what to do in Entra ID when it is not there.

A create or replace without it is refused. A PATCH may not take it away; but a resource that never had it, from before
a rule or from an import, can still be patched, deactivated above all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gatehouse.errors import ImmutableAttribute, InvalidValue
from gatehouse.scim.schema import GROUP, ResourceType

_WORK_EMAIL: Final = 'emails[type eq "work"].value'
_ENTRA_SOURCE: Final = {
    "userName": "userPrincipalName",
    "name.givenName": "givenName",
    "name.familyName": "surname",
    _WORK_EMAIL: "mail or userPrincipalName",
    "displayName": "displayName",
}


def check_complete(resource: Mapping[str, Any], resource_type: ResourceType) -> None:
    """:raises InvalidValue: naming each path that is missing and the Entra attribute to map it from."""
    gone = list(missing(resource, resource_type))
    if gone:
        hints = (f"{path} is missing: map it from {_ENTRA_SOURCE[path]} in Entra" for path in gone)
        raise InvalidValue("; ".join(hints), path=gone[0])


def check_kept(before: Mapping[str, Any], after: Mapping[str, Any], resource_type: ResourceType) -> None:
    """Check that a PATCH leaves what was there.

    The work e-mail is not taken away when the same address goes on under another type.

    :raises ImmutableAttribute: naming the first path that was there and no longer is (RFC 7644 §3.5.2.2).
    """
    gone = set(missing(after, resource_type))
    if not gone:
        return
    gone.difference_update(missing(before, resource_type))
    if _work_addresses(before) & {email.get("value") for email in after.get("emails", ())}:
        gone.discard(_WORK_EMAIL)
    if gone:
        path = min(gone)
        raise ImmutableAttribute(f"{path} is required and cannot be removed", path=path)


def missing(resource: Mapping[str, Any], resource_type: ResourceType) -> Iterator[str]:
    """The paths of required values that are not there; an e-mail without a type counts as the work one."""
    if resource_type is GROUP:
        if not resource.get("displayName"):
            yield "displayName"
        return
    if not resource.get("userName"):
        yield "userName"
    name = resource.get("name", {})
    for part in ("givenName", "familyName"):
        if not name.get(part):
            yield f"name.{part}"
    if not _work_addresses(resource):
        yield _WORK_EMAIL


def _work_addresses(resource: Mapping[str, Any]) -> set[str]:
    emails = resource.get("emails", ())
    return {e["value"] for e in emails if e.get("value") and e.get("type", "work").lower() == "work"}
