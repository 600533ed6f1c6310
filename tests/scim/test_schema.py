"""The attribute table is RFC 7643's, and every spelling of a path leads to the same place."""

from __future__ import annotations

from itertools import count

import pytest

from gatehouse.scim.attribute import AttributeType, Target
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, GROUP, GROUP_SCHEMA, USER, USER_SCHEMA, ResourceType

ENTERPRISE = USER.extensions[ENTERPRISE_SCHEMA.lower()]


def all_paths(resource_type: ResourceType) -> list[str]:
    return sorted({target.path for target in resource_type._index.values()})


def found(resource_type: ResourceType, path: str) -> Target:
    target = resource_type.resolve(path)
    assert target is not None
    return target


EVERY_TARGET = [found(resource_type, path) for resource_type in (USER, GROUP) for path in all_paths(resource_type)]


def test_user_has_the_attributes_of_rfc_7643_section_4_1() -> None:
    names = [attribute.name for attribute in USER.attributes.values()]

    assert names == [
        *("userName", "name", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage"),
        *("locale", "timezone", "active", "password", "emails", "phoneNumbers", "ims", "photos", "addresses", "groups"),
        *("entitlements", "roles", "x509Certificates"),
    ]


def test_enterprise_user_has_the_attributes_of_rfc_7643_section_4_3() -> None:
    names = [attribute.name for attribute in ENTERPRISE.attributes.values()]

    assert names == ["employeeNumber", "costCenter", "organization", "division", "department", "manager"]
    assert ENTERPRISE.urn == ENTERPRISE_SCHEMA


def test_group_has_the_attributes_of_rfc_7643_section_4_2() -> None:
    assert [attribute.name for attribute in GROUP.attributes.values()] == ["displayName", "members"]
    assert GROUP.schema == GROUP_SCHEMA


@pytest.mark.parametrize(
    ("path", "subs"),
    [
        ("meta", "resourceType created lastModified location version"),
        ("name", "formatted familyName givenName middleName honorificPrefix honorificSuffix"),
        ("emails", "value display type primary"),
        ("x509Certificates", "value display type primary"),
        ("addresses", "formatted streetAddress locality region postalCode country type primary"),
        ("groups", "value $ref display type"),
        ("manager", "value $ref displayName"),
    ],
)
def test_sub_attributes(path: str, subs: str) -> None:
    target = USER.resolve(path)

    assert target is not None
    assert [sub.name for sub in target.attribute.sub_attributes] == subs.split()


def test_required_attributes_are_those_that_entra_must_send() -> None:
    required = [path for path in all_paths(USER) if found(USER, path).leaf.required]

    assert required == [
        "active",
        "emails",
        "emails.value",
        "name",
        "name.familyName",
        "name.givenName",
        "schemas",
        "userName",
    ]


def test_unsupported_attributes_are_known_but_marked() -> None:
    unsupported = [path for path in all_paths(USER) if not found(USER, path).supported]

    assert unsupported == [
        "password",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
    ]


@pytest.mark.parametrize("target", EVERY_TARGET, ids=map(str, count(1)))
def test_every_attribute_obeys_the_rules_of_rfc_7643(target: Target) -> None:
    leaf = target.leaf

    assert leaf.description.endswith(".")
    assert (leaf.type is AttributeType.COMPLEX) == bool(leaf.sub_attributes)
    assert all(sub.type is not AttributeType.COMPLEX for sub in leaf.sub_attributes)  # §2.3.8
    assert bool(leaf.reference_types) == (leaf.type is AttributeType.REFERENCE)
    if leaf.type in {AttributeType.REFERENCE, AttributeType.BINARY}:
        assert leaf.case_exact  # §2.3.6, §2.3.7
    if leaf.type is AttributeType.COMPLEX:
        assert leaf.uniqueness == "none"  # erratum 6004


@pytest.mark.parametrize(
    ("spelling", "path"),
    [
        ("userName", "userName"),
        ("USERNAME", "userName"),
        ("name.FAMILYNAME", "name.familyName"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName"),
        ("URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:NAME.FAMILYNAME", "name.familyName"),
        ("urn:ietf:params:scim:schemas:core:2.0:User.title", "title"),
        ("id", "id"),
        ("externalid", "externalId"),
        ("schemas", "schemas"),
        ("Meta.Created", "meta.created"),
        ("meta.lastModified", "meta.lastModified"),
        ("meta.resourceType", "meta.resourceType"),
        ("meta.location", "meta.location"),
        ("meta.version", "meta.version"),
        ("emails.value", "emails.value"),
        ("department", f"{ENTERPRISE_SCHEMA}:department"),
        ("manager", f"{ENTERPRISE_SCHEMA}:manager"),
        ("manager.$ref", f"{ENTERPRISE_SCHEMA}:manager.$ref"),
        (f"{ENTERPRISE_SCHEMA}:manager.value", f"{ENTERPRISE_SCHEMA}:manager.value"),
        (f"{ENTERPRISE_SCHEMA}.manager", f"{ENTERPRISE_SCHEMA}:manager"),
        (f"{ENTERPRISE_SCHEMA}.employeeNumber".upper(), f"{ENTERPRISE_SCHEMA}:employeeNumber"),
    ],
)
def test_every_spelling_leads_to_the_same_target(spelling: str, path: str) -> None:
    target = found(USER, spelling)

    assert target.path == path
    assert target is found(USER, path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "nosuch",
            "name.",
            ".name",
            "name.nosuch",
            "userName.value",
            "name.familyName.x",
            "emails.value.x",
            "type",
        ),
        *(
            "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
            "urn:ietf:params:scim:schemas:core:2.0:User:department",
        ),
        *(USER_SCHEMA, ENTERPRISE_SCHEMA, f"{ENTERPRISE_SCHEMA}:userName", "members"),
    ],
)
def test_other_paths_lead_nowhere(path: str) -> None:
    assert USER.resolve(path) is None


def test_groups_have_paths_of_their_own() -> None:
    assert found(GROUP, "members.VALUE").path == "members.value"
    assert GROUP.resolve("userName") is None


def test_schema_urns_are_found_in_any_case() -> None:
    assert USER.resolve_schema(USER_SCHEMA.upper()) == USER_SCHEMA
    assert USER.resolve_schema(ENTERPRISE_SCHEMA.lower()) == ENTERPRISE_SCHEMA
    assert USER.resolve_schema(GROUP_SCHEMA) is None


def test_targets_know_where_their_value_is() -> None:
    work = found(USER, "emails.type")

    assert (work.attribute.name, work.leaf.name, work.urn) == ("emails", "type", None)
    assert found(USER, "manager").urn == ENTERPRISE_SCHEMA
    assert found(USER, "emails").leaf is found(USER, "emails").attribute


def test_an_attribute_finds_its_sub_attributes_in_any_case() -> None:
    emails = found(USER, "emails").attribute

    assert emails.sub("value") is emails.sub("VALUE")
    assert emails.sub("nosuch") is None
    assert (emails.sub("type") or emails).canonical_values == ("work", "home", "other")
