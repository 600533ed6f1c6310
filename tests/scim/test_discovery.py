"""Discovery says exactly what is supported (RFC 7643 §5-7; entra-client.md §7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.bodies import ENTERPRISE, GATEHOUSE, GROUP, USER

from gatehouse.limits import Limits
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.discovery import resource_types, schemas, service_provider_config
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import USER as USER_TYPE

_BASE = "https://gatehouse.example/scim/v2"


def _attributes(urn: str) -> dict[str, dict[str, Any]]:
    schema = next(schema for schema in schemas(_BASE) if schema["id"] == urn)
    return {attribute["name"]: attribute for attribute in schema["attributes"]}


def _type_values(name: str) -> list[str]:
    subs = _attributes(USER)[name]["subAttributes"]
    return next(sub["canonicalValues"] for sub in subs if sub["name"] == "type")  # type: ignore[no-any-return]


def _nodes(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _nodes(part)


def test_service_provider_config_says_what_there_is() -> None:
    config = service_provider_config(_BASE, Limits(bulk_operations=7, bulk_payload_bytes=900))

    supported = {
        name: part["supported"] for name, part in config.items() if isinstance(part, dict) and "supported" in part
    }
    assert supported == {
        "patch": True, "bulk": True, "filter": True, "changePassword": False, "sort": True, "etag": True
    }  # fmt: skip
    assert config["filter"]["maxResults"] == 200
    assert config["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 200,
        "cursorTimeout": 3_600,
    }
    assert [scheme["type"] for scheme in config["authenticationSchemes"]] == ["oauthbearertoken"]
    assert config["meta"] == {"resourceType": "ServiceProviderConfig", "location": f"{_BASE}/ServiceProviderConfig"}


def test_resource_types_name_published_schemas_user_first() -> None:
    user, group = resource_types(_BASE)

    assert (user["id"], user["endpoint"], user["schema"]) == ("User", "/Users", USER)
    assert user["schemaExtensions"] == [{"schema": urn, "required": False} for urn in (ENTERPRISE,)]
    assert (group["id"], group["endpoint"], group["schema"]) == ("Group", "/Groups", GROUP)
    assert user["meta"] == {"resourceType": "ResourceType", "location": f"{_BASE}/ResourceTypes/User"}
    assert [schema["id"] for schema in schemas(_BASE)] == [USER, ENTERPRISE, GROUP]


def test_schemas_hold_no_null_and_no_characteristic_of_a_complex_attribute_too_many() -> None:
    attributes = [node for node in _nodes(schemas(_BASE)) if isinstance(node, dict) and "multiValued" in node]

    assert None not in list(_nodes(schemas(_BASE)))
    for attribute in attributes:
        simple = attribute["type"] != "complex"
        assert ("caseExact" in attribute) is simple
        assert ("uniqueness" in attribute) is simple
        assert ("subAttributes" in attribute) is not simple
        assert ("referenceTypes" in attribute) is (attribute["type"] == "reference")


def test_what_is_not_stored_is_not_published() -> None:
    names = _attributes(USER).keys()

    assert not names & {"password", "id", "externalId", "meta", "schemas"}
    assert "displayName" not in [sub["name"] for sub in _attributes(ENTERPRISE)["manager"]["subAttributes"]]
    assert "display" not in [sub["name"] for sub in _attributes(GROUP)["members"]["subAttributes"]]


def test_what_can_change_without_a_new_version_is_only_returned_on_request() -> None:
    found = [attribute for urn in (USER, ENTERPRISE, GROUP) for attribute in _attributes(urn).values()]

    on_request = [
        (attribute["name"], attribute["mutability"]) for attribute in found if attribute["returned"] != "default"
    ]
    assert on_request == [("groups", "readOnly")]


def test_an_extension_that_nobody_can_write_is_not_advertised() -> None:
    hidden = USER_TYPE.extensions[GATEHOUSE.lower()]

    assert hidden.read_only
    assert [(a.mutability, a.returned) for a in hidden.attributes.values()] == [("readOnly", "request")] * 2
    assert GATEHOUSE not in {schema["id"] for schema in schemas(_BASE)}
    assert GATEHOUSE not in str(resource_types(_BASE))


def test_what_entra_needs_to_know() -> None:
    user = _attributes(USER)

    assert [name for name in user if user[name]["required"]] == ["userName", "name", "active", "emails"]
    assert _type_values("emails") == ["work"]
    assert _type_values("phoneNumbers") == ["work", "mobile"]
    assert _attributes(GROUP)["displayName"]["required"]


def test_what_is_published_round_trips() -> None:
    body: dict[str, Any] = {"schemas": [USER, ENTERPRISE]}
    for name, attribute in _attributes(USER).items():
        if attribute["mutability"] == "readWrite":
            body[name] = _sample(attribute)
    body["name"] = {sub["name"]: "n" for sub in _attributes(USER)["name"]["subAttributes"]}
    body[ENTERPRISE] = {name: _sample(attribute) for name, attribute in _attributes(ENTERPRISE).items()}

    for mode in ScimMode:
        assert read_resource(body, USER_TYPE, mode=mode, unknown=UnknownAttributes.REJECT).resource == body


def _sample(attribute: dict[str, Any]) -> Any:
    if attribute["type"] == "boolean":
        return True
    if attribute["type"] != "complex":
        return attribute.get("canonicalValues", ["QUJD"])[0]
    element = {sub["name"]: _sample(sub) for sub in attribute["subAttributes"]}
    return [element] if attribute["multiValued"] else element
