"""The index of a user: columns and rows, as the attribute table asks for them."""

from __future__ import annotations

import pytest

from gatehouse.scim.keys import MAX_KEY_BYTES
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, USER_SCHEMA
from gatehouse.store.value_index import columns, index_key, rows

ENTERPRISE = ENTERPRISE_SCHEMA.lower()


def test_columns() -> None:
    resource = {
        "schemas": [USER_SCHEMA],
        "userName": "Ann@Contoso.example",
        "externalId": "E-100",
        "active": False,
        "title": "Leasing Manager",
        "name": {"givenName": "Ann", "formatted": "Ann Lee"},
    }

    assert columns(resource) == {
        "user_name": "Ann@Contoso.example",
        "user_name_key": "ann@contoso.example",
        "external_id": "E-100",
        "active": False,
        "display_name": None,
        "display_name_key": None,
        "given_name": "Ann",
        "given_name_key": "ann",
        "family_name": None,
        "family_name_key": None,
        "title": "Leasing Manager",
        "title_key": "leasing manager",
        "user_type": None,
        "user_type_key": None,
    }


def test_a_user_is_active_unless_told_otherwise() -> None:
    assert columns({"userName": "ann"})["active"] is True


@pytest.mark.parametrize(
    ("_case", "resource", "expected"),
    [
        ("columns of their own", {"userName": "a", "title": "b", "active": True, "name": {"givenName": "c"}}, []),
        ("a simple attribute", {"nickName": "Annie"}, [("nickname", 0, "Annie", "annie", None, None, None, False)]),
        ("caseExact", {"profileUrl": "http://A"}, [("profileurl", 0, "http://A", "http://A", None, None, None, False)]),
        (
            "a part of a complex attribute",
            {"name": {"middleName": "Eve", "familyName": "Lee"}},
            [("name.middlename", 0, "Eve", "eve", None, None, None, False)],
        ),
        (
            "elements",
            {
                "emails": [
                    {"value": "A@x", "type": "Work", "primary": True, "display": "Ann"},
                    {"type": "home"},
                ]
            },
            [
                ("emails", 0, "A@x", "a@x", "work", "Ann", "ann", True),
                ("emails", 1, None, None, "home", None, None, False),
            ],
        ),
        (
            "further sub-attributes",
            {"addresses": [{"type": "work", "locality": "Oslo"}, {"postalCode": "0150"}]},
            [
                ("addresses", 0, None, None, "work", None, None, False),
                ("addresses.locality", 0, "Oslo", "oslo", None, None, None, False),
                ("addresses", 1, None, None, None, None, None, False),
                ("addresses.postalcode", 1, "0150", "0150", None, None, None, False),
            ],
        ),
        (
            "an extension",
            {ENTERPRISE_SCHEMA: {"department": "IT", "manager": {"value": "26-A", "displayName": "dropped"}}},
            [
                (f"{ENTERPRISE}:department", 0, "IT", "it", None, None, None, False),
                (f"{ENTERPRISE}:manager.value", 0, "26-A", "26-A", None, None, None, False),
            ],
        ),
        ("what is not stored", {"schemas": [USER_SCHEMA], "password": "x", "groups": [{"value": "x"}]}, []),
    ],
)
def test_rows(_case: str, resource: dict[str, object], expected: list[object]) -> None:
    assert rows(resource) == expected


@pytest.mark.parametrize(
    ("one", "other"), [("x" * 3_000, "x" * 3_000 + "y"), ("東" * 700, "東" * 701), ("x" * 2_049, "x" * 2_048)]
)
def test_long_keys_fit_an_index_and_stay_different(one: str, other: str) -> None:
    assert index_key(one) != index_key(other)
    assert index_key(one) == index_key(str(one))
    assert max(len(index_key(text).encode()) for text in (one, other)) <= MAX_KEY_BYTES


@pytest.mark.parametrize("text", ["", "ann", "x" * 2_048, "東" * 682])
def test_other_keys_are_themselves(text: str) -> None:
    assert index_key(text) == text
