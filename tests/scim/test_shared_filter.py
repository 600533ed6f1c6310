"""One filter over users and groups: what a type lacks has no value there (RFC 7644 §3.4.2.1)."""

from __future__ import annotations

import pytest

from gatehouse.errors import InvalidFilter
from gatehouse.scim.evaluate import matches
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, GROUP, GROUP_SCHEMA, USER, USER_SCHEMA
from gatehouse.scim.shared_filter import parse_shared_filter

ANN = {
    "schemas": [USER_SCHEMA, ENTERPRISE_SCHEMA],
    "id": "1",
    "displayName": "Ann",
    "userName": "ann",
    "active": True,
    "emails": [{"type": "work", "value": "ann@x"}],
    ENTERPRISE_SCHEMA: {"manager": {"value": "9"}},
    "meta": {"resourceType": "User"},
}
CREW = {
    "schemas": [GROUP_SCHEMA],
    "id": "2",
    "displayName": "Crew",
    "members": [{"value": "1", "type": "User"}],
    "meta": {"resourceType": "Group"},
}


@pytest.mark.parametrize(
    ("text", "user", "group"),
    [
        ('displayName sw "a"', True, False),
        ("displayName pr", True, True),
        ('userName eq "ann"', True, False),
        ('userName ne "bo"', True, True),
        ("userName eq null", False, True),
        ('not (userName eq "bo")', True, True),
        ('members.value eq "1"', False, True),
        ('members[value eq "1" and type eq "user"]', False, True),
        ("not (members pr)", True, False),
        ('emails[type eq "work"].value eq "ann@x"', True, False),
        ('emails[type eq "work"].value ne "ann@x"', False, True),
        (f'{GROUP_SCHEMA}:displayName sw ""', False, True),
        (f'{USER_SCHEMA}:displayName eq "crew"', False, False),
        (f'{ENTERPRISE_SCHEMA}:manager eq "9"', True, False),
        ('manager eq "9" or members eq "1"', True, True),
        ('meta.resourceType eq "Group"', False, True),
        (f'schemas eq "{GROUP_SCHEMA}"', False, True),
        ('name[givenName eq "x"] or id eq "2"', False, True),
    ],
)
def test_each_type_reads_it_its_own_way(text: str, user: bool, group: bool) -> None:
    of_users, of_groups = parse_shared_filter(text, [USER, GROUP])

    assert (matches(of_users, ANN), matches(of_groups, CREW)) == (user, group)


@pytest.mark.parametrize(
    "text", ["nosuch pr", "password pr", 'members eq "1" and nosuch eq 1', "active gt true", "emails[members pr]"]
)
def test_what_no_type_has_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_shared_filter(text, [USER, GROUP])
