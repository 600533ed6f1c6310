"""SearchRequest messages and the parameters of lists (RFC 7644 §3.4.2, §3.4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from gatehouse.errors import InvalidSyntax, InvalidValue
from gatehouse.scim.list_query import ListQuery, parse_order, parse_sort, search_parameters
from gatehouse.scim.messages import SEARCH_REQUEST
from gatehouse.scim.schema import GROUP, USER

ENVELOPE = {"schemas": [SEARCH_REQUEST]}


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ({}, {}),
        ({"filter": None, "count": None, "attributes": None}, {}),
        ({"FILTER": 'title eq "x"', "SortBy": "title"}, {"filter": ['title eq "x"'], "sortby": ["title"]}),
        ({"startIndex": 2, "count": 0, "cursor": ""}, {"startindex": ["2"], "count": ["0"], "cursor": [""]}),
        ({"count": "7", "sortOrder": "descending"}, {"count": ["7"], "sortorder": ["descending"]}),
        ({"attributes": ["userName", "emails.value"]}, {"attributes": ["userName", "emails.value"]}),
        ({"attributes": "userName,emails", "excludedAttributes": []}, {"attributes": ["userName,emails"], "excludedattributes": []}),
        ({"nosuch": [1], "id": 5}, {}),
    ],
)  # fmt: skip
def test_search_request(body: dict[str, Any], parameters: dict[str, list[str]]) -> None:
    assert search_parameters({**ENVELOPE, **body}, lenient=False) == parameters
    assert search_parameters(body, lenient=True) == parameters


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"filter": ["x"]}, InvalidValue),
        ({"count": True}, InvalidValue),
        ({"count": 1.5}, InvalidValue),
        ({"startIndex": [1]}, InvalidValue),
        ({"attributes": [1]}, InvalidValue),
        ({"attributes": {"a": 1}}, InvalidValue),
        ({"sortBy": 1}, InvalidValue),
        ({"cursor": 1}, InvalidValue),
        ({"count": 1, "COUNT": 2}, InvalidSyntax),
        ({"schemas": "x"}, InvalidSyntax),
        ({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}, InvalidSyntax),
    ],
)
def test_search_request_refused(body: dict[str, Any], error: type[Exception]) -> None:
    for lenient in (True, False):
        with pytest.raises(error):
            search_parameters({**ENVELOPE, **body}, lenient=lenient)


def test_a_search_without_schemas_is_refused_in_strict_mode() -> None:
    with pytest.raises(InvalidSyntax):
        search_parameters({"count": 1}, lenient=False)


@pytest.mark.parametrize(
    ("text", "descending"), [(None, False), ("", False), ("Ascending", False), ("DESCENDING", True)]
)
def test_order(text: str | None, descending: bool) -> None:
    assert parse_order(text) is descending


@pytest.mark.parametrize("text", ["desc", "up", "ascending,descending", " descending"])
def test_order_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_order(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (" emails ", "emails.value"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:NAME.familyname", "name.familyName"),
        ("addresses.locality", "addresses.locality"),
        ("groups", "groups.value"),
        ("manager", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"),
    ],
)
def test_sort(text: str, path: str) -> None:
    assert parse_sort(text, USER).path == path


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("nosuch", "sortBy: there is no attribute 'nosuch' of a User", None),
        ("password", "sortBy: there is no attribute 'password' of a User", None),
        ("name", "sortBy: name has no order", "sort by one of its sub-attributes"),
        ("schemas", "sortBy: schemas has no order", None),
    ],
)
def test_sort_refused(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse_sort(text, USER)

    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_groups_sort_by_their_members() -> None:
    assert parse_sort("MEMBERS", GROUP).path == "members.value"


def test_queries_that_mean_the_same_share_their_cursors() -> None:
    one = ListQuery(filter="title pr", sort_by="Title", shown=(("a", "B"), ()), count=5, cursor="")
    same = ListQuery(filter="title pr", sort_by="title", shown=(("b", "A"), ()), count=6, cursor="x")
    others = [
        ListQuery(filter="title pr", sort_by="title", shown=((), ("a", "b"))),
        ListQuery(filter="title pr", sort_by="title", shown=(("a", "b"), ()), descending=True),
        ListQuery(filter="Title pr", sort_by="title", shown=(("a", "b"), ())),
        ListQuery(filter="title pr", shown=(("a", "b"), ())),
        ListQuery(),
    ]

    assert one.fingerprint == same.fingerprint
    assert len({query.fingerprint for query in (one, *others)}) == 6
