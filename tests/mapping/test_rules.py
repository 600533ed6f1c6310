"""How values are compared, split and read from a resource."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st
from tests.mapping.samples import VALUES

from gatehouse.mapping.rules import MappingSettings, mapping_inputs, normalise, segments

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("_case", "value", "normalised"),
    [
        ("lower case", "Property Manager", "property manager"),
        ("trimmed", "\t Agent \n", "agent"),
        ("inner blanks collapse", "Property \t  Manager", "property manager"),
        ("no-break space is a blank", "Property\N{NO-BREAK SPACE}Manager", "property manager"),
        ("decomposed equals composed", "Cafe\N{COMBINING ACUTE ACCENT}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("Unicode lower case", "ÉLAN", "élan"),
        ("sharp s stays", "Straße", "straße"),
        ("blank", " \t ", ""),
        ("empty", "", ""),
        ("punctuation counts", "Agent.", "agent."),
    ],
)
def test_normalise(_case: str, value: str, normalised: str) -> None:
    assert normalise(value) == normalised


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_normalise_twice_is_once(value: str) -> None:
    once = normalise(value)

    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("_case", "user_type", "delimiter", "expected"),
    [
        ("order kept", "vip-north", "-", ("vip", "north")),
        ("trimmed, as typed", " VIP -  North ", "-", ("VIP", "North")),
        ("empties dropped", "--vip---north-", "-", ("vip", "north")),
        ("repeats dropped, first spelling kept", "VIP-north-vip-NORTH", "-", ("VIP", "north")),
        ("inner blanks do not make another segment", "north  west-North West", "-", ("north  west",)),
        ("a dot is a dot", "a.b", ".", ("a", "b")),
        ("no dot, no split", "axb", ".", ("axb",)),
        ("a star is a star", "a*b.*c", ".*", ("a*b", "c")),
        ("a class is literal", "a[-]b-c", "[-]", ("a", "b-c")),
        ("a pipe is a pipe", "a|b", "|", ("a", "b")),
        ("eight characters", "a<=AND=>b", "<=AND=>", ("a", "b")),
        ("case counts in a delimiter", "aXbxc", "X", ("a", "bxc")),
        ("a blank delimiter", "north  vip", " ", ("north", "vip")),
        ("only delimiters", "---", "-", ()),
    ],
)
def test_segments(_case: str, user_type: str, delimiter: str, expected: tuple[str, ...]) -> None:
    assert segments(user_type, delimiter) == expected


@given(VALUES, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
def test_segments_of_anything(user_type: str | None, delimiter: str) -> None:
    found = segments(user_type or "", delimiter)

    keys = [normalise(segment) for segment in found]
    assert len(set(keys)) == len(keys)
    assert all(keys)
    positions = [(user_type or "").index(segment) for segment in found]
    assert positions == sorted(positions) or len(set(found)) == len(found)
    assert all(delimiter not in segment for segment in found)


@pytest.mark.parametrize(
    ("_case", "path", "expected"),
    [
        ("core", "title", "Agent"),
        ("any case", "TITLE", "Agent"),
        ("sub-attribute", "name.familyName", "Okafor"),
        ("sub-attribute in any case", "NAME.familyname", "Okafor"),
        ("core URN", "urn:ietf:params:scim:schemas:core:2.0:User:title", "Agent"),
        ("extension", f"{ENTERPRISE}:department", "Leasing"),
        ("extension in any case", f"{ENTERPRISE.upper()}:DEPARTMENT", "Leasing"),
        ("extension's sub-attribute", f"{ENTERPRISE}:manager.displayName", "Ben"),
        ("absent", "nickName", None),
        ("absent inside", "name.nothing", None),
        ("absent extension", "urn:example:2.0:User:department", None),
        ("below a string", "title.value", None),
        ("not a string", "active", None),
        ("multi-valued", "emails.value", None),
        ("complex", "name", None),
    ],
)
def test_inputs(_case: str, path: str, expected: str | None) -> None:
    resource = {
        "title": "Agent",
        "userType": "north",
        "active": True,
        "name": {"familyName": "Okafor"},
        "emails": [{"value": "a@example.com"}],
        ENTERPRISE: {"department": "Leasing", "manager": {"displayName": "Ben"}},
    }

    assert mapping_inputs(resource, MappingSettings(role_attribute=path)) == (expected, "north")
    assert mapping_inputs(resource, MappingSettings(group_attribute=path)) == ("Agent", expected)
