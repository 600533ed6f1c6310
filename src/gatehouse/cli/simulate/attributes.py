"""Entra's default attribute mapping: a person of the source as SCIM paths with values, and those as a resource.

The paths are those of the mapping page in the portal: ``title``, ``name.givenName``,
``emails[type eq "work"].value``, ``urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from gatehouse.cli.simulate.source import Person

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER: Final = f"{ENTERPRISE}:manager"

Attributes: TypeAlias = Mapping[str, str | bool]  # by path; a value that is null in Entra has no entry

_FILTERED: Final = re.compile(r'(\w+)\[type eq "(\w+)"\]\.(\w+)')


def wanted(person: Person) -> Attributes:
    """What the target should hold; of somebody out of scope Entra tells no more than that (entra-client §5)."""
    return attributes(person) if person.in_scope else {"active": False}


def attributes(person: Person) -> Attributes:
    """Map everything; null values are not sent (entra-client §1)."""
    values: dict[str, str | bool | None] = {
        "userName": person.user_principal_name,
        "active": person.active,
        "displayName": person.display_name,
        "title": person.job_title,
        'emails[type eq "work"].value': person.mail,
        "preferredLanguage": person.preferred_language,
        "name.givenName": person.given_name,
        "name.familyName": person.surname,
        "name.formatted": _joined(" ", person.given_name, person.surname),
        'addresses[type eq "work"].formatted': _joined(", ", person.street_address, person.city, person.country),
        'addresses[type eq "work"].streetAddress': person.street_address,
        'addresses[type eq "work"].locality': person.city,
        'addresses[type eq "work"].region': person.state,
        'addresses[type eq "work"].postalCode': person.postal_code,
        'addresses[type eq "work"].country': person.country,
        'phoneNumbers[type eq "work"].value': person.business_phone,
        'phoneNumbers[type eq "mobile"].value': person.mobile_phone,
        'phoneNumbers[type eq "fax"].value': person.fax_number,
        "externalId": person.mail_nickname,
        "userType": person.user_type,
        f"{ENTERPRISE}:employeeNumber": person.employee_id,
        f"{ENTERPRISE}:department": person.department,
    }
    return {path: value for path, value in values.items() if value is not None}


def differences(desired: Attributes, known: Attributes) -> Attributes:
    """What has to be sent: new and changed values, never a removal."""
    return {path: value for path, value in desired.items() if known.get(path) != value}


def to_resource(values: Attributes) -> dict[str, Any]:
    """The values as a nested resource.

    >>> to_resource({"name.givenName": "Ana", 'emails[type eq "work"].value': "a@b.example"})
    {'name': {'givenName': 'Ana'}, 'emails': [{'primary': True, 'type': 'work', 'value': 'a@b.example'}]}
    """
    resource: dict[str, Any] = {}
    for path, value in values.items():
        holder, name = _place(resource, path)
        holder[name] = value
    return resource


def create_body(values: Attributes) -> dict[str, Any]:
    """The documented body of a create: ``meta.resourceType`` and an empty ``roles`` always, the extension if used."""
    nested = to_resource(values)
    schemas = [USER, ENTERPRISE] if ENTERPRISE in nested else [USER]
    return {"schemas": schemas, **nested, "meta": {"resourceType": "User"}, "roles": []}


def stored_value(resource: Mapping[str, Any], path: str) -> object:
    """What a resource of the server says at a path; None if it says nothing.

    ``manager`` is read in either form: an object with ``value``, or the bare id.
    """
    if path == MANAGER:
        manager = _part(resource.get(ENTERPRISE), "manager")
        return _part(manager, "value") if isinstance(manager, dict) else manager
    if path.startswith(ENTERPRISE):
        return _part(resource.get(ENTERPRISE), path[len(ENTERPRISE) + 1 :])
    if filtered := _FILTERED.fullmatch(path):
        attribute, kind, name = filtered.groups()
        elements = [e for e in resource.get(attribute) or () if str(_part(e, "type")).lower() == kind]
        return _part(elements[0], name) if elements else None
    attribute, _, name = path.partition(".")
    return _part(resource.get(attribute), name) if name else resource.get(attribute)


def known_values(resource: Mapping[str, Any], paths: Attributes) -> dict[str, str | bool]:
    """What a resource of the server says at those paths, as Entra reads it when it links an existing user."""
    found = {path: stored_value(resource, path) for path in paths}
    return {path: value for path, value in found.items() if isinstance(value, str | bool)}


def _place(resource: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The innermost object of a path, made on the way, and the name in it."""
    if path.startswith(ENTERPRISE):
        return resource.setdefault(ENTERPRISE, {}), path[len(ENTERPRISE) + 1 :]
    if filtered := _FILTERED.fullmatch(path):
        return _element(resource, filtered[1], filtered[2]), filtered[3]
    attribute, _, name = path.partition(".")
    return (resource.setdefault(attribute, {}), name) if name else (resource, attribute)


def _element(resource: dict[str, Any], attribute: str, kind: str) -> dict[str, Any]:
    elements: list[dict[str, Any]] = resource.setdefault(attribute, [])
    for element in elements:
        if element["type"] == kind:
            return element
    elements.append({"primary": True, "type": kind} if attribute == "emails" else {"type": kind})
    return elements[-1]


def _part(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None


def _joined(separator: str, *parts: str | None) -> str | None:
    return separator.join(part for part in parts if part) or None
