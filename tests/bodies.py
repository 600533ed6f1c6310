"""Request bodies as Entra ID sends them."""

from __future__ import annotations

from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GATEHOUSE = "urn:ietf:params:scim:schemas:extension:gatehouse:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def person(user_name: str, **attributes: Any) -> dict[str, Any]:
    """A POST body as Entra sends it."""
    given = user_name.split("@", maxsplit=1)[0].split(".", maxsplit=1)[0].title()
    return {
        "schemas": [USER],
        "userName": user_name,
        "externalId": f"ext-{user_name}",
        "active": True,
        "name": {"givenName": given, "familyName": "Okafor"},
        "emails": [{"type": "work", "value": user_name, "primary": True}],
        **attributes,
    }


def patch_op(*operations: dict[str, Any]) -> dict[str, Any]:
    """A PatchOp message."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
