"""Where ``bulkId:x`` is a reference and where it is but a text; what is postponed of a resource with open references."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bodies import ENTERPRISE, USER

from gatehouse.scim.bulk_references import postpone, references, resolve


@pytest.mark.parametrize(
    ("_case", "data", "named", "resolved"),
    [
        ("nothing", None, [], None),
        ("numbers", {"a": 1, "b": [True, None]}, [], {"a": 1, "b": [True, None]}),
        ("a member", {"members": [{"value": "bulkId:a", "type": "User"}, {"value": "7"}]}, ["a"], {"members": [{"value": "1", "type": "User"}, {"value": "7"}]}),
        ("a bare member", {"members": ["bulkId:a"]}, ["a"], {"members": ["1"]}),
        ("in an extension", {ENTERPRISE: {"manager": {"value": "bulkId:a"}}}, ["a"], {ENTERPRISE: {"manager": {"value": "1"}}}),
        ("a relative URI", {"$ref": "../Users/bulkId:a"}, ["a"], {"$ref": "../Users/1"}),
        ("a bare URI", {"$ref": "Users/bulkId:a"}, ["a"], {"$ref": "Users/1"}),
        ("an absolute URI", {"$ref": "https://x.example/scim/v2/Groups/bulkId:a"}, ["a"], {"$ref": "https://x.example/scim/v2/Groups/1"}),
        ("a path of the request", "/Users/bulkId:a", ["a"], "/Users/1"),
        ("a path with a query", "/Groups/bulkId:a?attributes=id", ["a"], "/Groups/1?attributes=id"),
        ("a path of a PATCH", {"path": 'members[value eq "bulkId:a" or value eq "bulkId:b"]'}, ["a", "b"], {"path": 'members[value eq "1" or value eq "bulkId:b"]'}),
        ("a value of a PATCH", {"Path": "members", "value": [{"value": "bulkId:b"}]}, ["b"], {"Path": "members", "value": [{"value": "bulkId:b"}]}),
        ("odd bulkIds", {"x": ["bulkId:a b/c:d", "bulkId:bulkId:a"]}, ["a b/c:d", "bulkId:a"], {"x": ["bulkId:a b/c:d", "bulkId:bulkId:a"]}),
        ("a text", {"title": "see bulkId:a", "nickName": "bulkId:", "url": "https://x.example/bulkId:a"}, [], {"title": "see bulkId:a", "nickName": "bulkId:", "url": "https://x.example/bulkId:a"}),
        ("another case", {"value": "BULKID:a"}, [], {"value": "BULKID:a"}),
        ("a name", {"bulkId:a": 1}, [], {"bulkId:a": 1}),
    ],
)  # fmt: skip
def test_references(_case: str, data: Any, named: list[str], resolved: Any) -> None:
    assert sorted(references(data)) == named
    assert resolve(data, {"a": "1"}) == resolved
    assert resolve(data, {}) == data


def test_what_refers_to_the_unknown_waits() -> None:
    now, later = postpone(
        {
            "userName": "ada",
            "roles": [{"value": "bulkId:r"}, {"value": "agent"}, {"value": "bulkId:s"}],
            "entitlements": [{"value": "bulkId:e"}],
            "profileUrl": "/Users/bulkId:p",
            ENTERPRISE: {"department": "Sales", "manager": {"value": "bulkId:m"}},
            f"{ENTERPRISE}:MANAGER": {"value": "bulkId:n"},
            f"{ENTERPRISE}:manager.value": "bulkId:o",
            f"{USER}:roles": [{"value": "bulkId:q"}, {"value": "boss"}],
            USER.upper(): {"entitlements": "bulkId:f"},
            "urn:example:2.0:User": {"boss": "bulkId:b"},
            "urn:example:2.0:Bare": "bulkId:c",
        }
    )

    assert now == {
        "userName": "ada",
        "roles": [{"value": "agent"}],
        ENTERPRISE: {"department": "Sales"},
        f"{USER}:roles": [{"value": "boss"}],
    }
    assert [(operation["op"], operation["path"], operation["value"]) for operation in later] == [
        ("add", "roles", [{"value": "bulkId:r"}, {"value": "bulkId:s"}]),
        ("add", "entitlements", [{"value": "bulkId:e"}]),
        ("add", "profileUrl", "/Users/bulkId:p"),
        ("add", f"{ENTERPRISE}:manager", {"value": "bulkId:m"}),
        ("add", f"{ENTERPRISE}:MANAGER", {"value": "bulkId:n"}),
        ("add", f"{ENTERPRISE}:manager.value", "bulkId:o"),
        ("add", f"{USER}:roles", [{"value": "bulkId:q"}]),
        ("add", f"{USER.upper()}:entitlements", "bulkId:f"),
        ("add", "urn:example:2.0:User", {"boss": "bulkId:b"}),
        ("add", "urn:example:2.0:Bare", "bulkId:c"),
    ]
