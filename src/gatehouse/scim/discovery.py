"""Discovery documents (RFC 7644 §4, RFC 7643 §5 to §7), made from the attribute table: they say exactly what is supported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from gatehouse.limits import Limits
from gatehouse.scim.attribute import Attribute, AttributeType
from gatehouse.scim.cursor import TIMEOUT_S
from gatehouse.scim.schema import GROUP, USER, Extension, ResourceType

SERVICE_PROVIDER_CONFIG: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"

DEFAULT_PAGE_SIZE: Final = 100

_RESOURCE_TYPES: Final = (USER, GROUP)

# Entra and Microsoft's validators make one target attribute of each canonical value (entra-client.md §7): only those
# that customers map are published. Any other type is accepted all the same (RFC 7643 §7: they are suggestions).
_MAPPED_TYPES: Final = {"emails": ("work",), "phoneNumbers": ("work", "mobile")}


def service_provider_config(base_url: str, limits: Limits) -> dict[str, Any]:
    """What this server offers (RFC 7643 §5; ``pagination``: RFC 9865 §4)."""
    return {
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": limits.bulk_operations,
            "maxPayloadSize": limits.bulk_payload_bytes,
        },
        "filter": {"supported": True, "maxResults": limits.page_size},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": min(DEFAULT_PAGE_SIZE, limits.page_size),
            "maxPageSize": limits.page_size,
            "cursorTimeout": TIMEOUT_S,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A bearer token of the tenant, sent in the Authorization header.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


def resource_types(base_url: str) -> list[dict[str, Any]]:
    """The resource types (RFC 7643 §6), User first."""
    return [_resource_type(resource_type, base_url) for resource_type in _RESOURCE_TYPES]


def schemas(base_url: str) -> list[dict[str, Any]]:
    """The schemas (RFC 7643 §7): every attribute that is stored and returned, and no other.

    An extension that can only be read is left out here and in the resource types: clients write what they find here.
    """
    found = []
    for resource_type in _RESOURCE_TYPES:
        attributes = resource_type.attributes.values()
        found.append(_schema(resource_type.schema, resource_type.name, resource_type.description, attributes, base_url))
        for extension in _advertised(resource_type):
            attributes = extension.attributes.values()
            found.append(_schema(extension.urn, extension.name, extension.description, attributes, base_url))
    return found


def _resource_type(resource_type: ResourceType, base_url: str) -> dict[str, Any]:
    return {
        "schemas": [RESOURCE_TYPE],
        "id": resource_type.name,
        "name": resource_type.name,
        "description": resource_type.description,
        "endpoint": resource_type.endpoint,
        "schema": resource_type.schema,
        "schemaExtensions": [{"schema": extension.urn, "required": False} for extension in _advertised(resource_type)],
        "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{resource_type.name}"},
    }


def _advertised(resource_type: ResourceType) -> list[Extension]:
    return [extension for extension in resource_type.extensions.values() if not extension.read_only]


def _schema(urn: str, name: str, description: str, attributes: Iterable[Attribute], base_url: str) -> dict[str, Any]:
    return {
        "schemas": [SCHEMA],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": [_attribute(attribute) for attribute in attributes if attribute.supported],
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{urn}"},
    }


def _attribute(attribute: Attribute, parent: str = "") -> dict[str, Any]:
    """One attribute (RFC 7643 §7); erratum 6004: complex attributes have neither caseExact nor uniqueness."""
    document: dict[str, Any] = {
        "name": attribute.name,
        "type": str(attribute.type),
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
    }
    if attribute.type is not AttributeType.COMPLEX:
        document |= {"caseExact": attribute.case_exact, "uniqueness": attribute.uniqueness}
    types = _MAPPED_TYPES.get(parent) if attribute.name == "type" else None
    if attribute.canonical_values:
        document["canonicalValues"] = list(types or attribute.canonical_values)
    if attribute.reference_types:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        document["subAttributes"] = [
            _attribute(sub, attribute.name) for sub in attribute.sub_attributes if sub.supported
        ]
    return document
