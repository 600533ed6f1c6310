"""Bulk messages: what is read, what refuses the whole, what is noted at one operation, and what an answer holds."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bodies import PATCH_OP

from gatehouse.errors import InvalidSyntax, InvalidValue, PayloadTooLarge
from gatehouse.scim.bulk import MAX_BULK_ID, BulkOperation, BulkRequest, parse_bulk, result
from gatehouse.scim.messages import BULK_REQUEST

_POST = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ada"}}


def _parse(*operations: Any, lenient: bool = False, **fields: Any) -> BulkRequest:
    body = {"schemas": [BULK_REQUEST], "Operations": list(operations), **fields}
    return parse_bulk(body, max_operations=3, lenient=lenient)


def test_reads_operations_with_names_in_any_case() -> None:
    read = parse_bulk(
        {
            "SCHEMAS": [BULK_REQUEST.upper()],
            "FAILONERRORS": 2,
            "operations": [
                {"METHOD": "post", "PATH": " Users ", "BULKID": "a", "DATA": {"userName": "ada"}},
                {
                    "method": "PATCH",
                    "path": "/Users/1",
                    "version": 'W/"2"',
                    "data": [{"op": "remove", "path": "title"}],
                },
                {"method": "Delete", "path": "/Groups/bulkId:g", "data": {"ignored": True}},
            ],
        },
        max_operations=3,
        lenient=False,
    )

    patch = {"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "title"}]}
    assert read == BulkRequest(
        (
            BulkOperation("POST", "/Users", "a", None, {"userName": "ada"}),
            BulkOperation("PATCH", "/Users/1", None, 'W/"2"', patch),
            BulkOperation("DELETE", "/Groups/bulkId:g"),
        ),
        fail_on_errors=2,
    )


@pytest.mark.parametrize(
    ("_case", "body", "error", "message"),
    [
        ("no schemas", {"Operations": [_POST]}, InvalidSyntax, f"schemas must name {BULK_REQUEST}"),
        ("other schemas", {"schemas": [PATCH_OP], "Operations": [_POST]}, InvalidSyntax, f"schemas must name {BULK_REQUEST}"),
        ("schemas no list", {"schemas": BULK_REQUEST, "Operations": [_POST]}, InvalidSyntax, f"schemas must name {BULK_REQUEST}"),
        ("no operations", {"schemas": [BULK_REQUEST]}, InvalidSyntax, "Operations must be a list of at least one operation"),
        ("empty operations", {"schemas": [BULK_REQUEST], "Operations": []}, InvalidSyntax, "Operations must be a list of at least one operation"),
        ("operations no list", {"schemas": [BULK_REQUEST], "Operations": _POST}, InvalidSyntax, "Operations must be a list of at least one operation"),
    ],
)  # fmt: skip
def test_refuses_what_is_no_bulk_request(
    _case: str, body: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        parse_bulk(body, max_operations=3, lenient=False)


def test_a_lenient_reader_does_without_schemas_but_not_with_wrong_ones() -> None:
    assert len(parse_bulk({"Operations": [_POST]}, max_operations=1, lenient=True).operations) == 1
    with pytest.raises(InvalidSyntax):
        parse_bulk({"schemas": [PATCH_OP], "Operations": [_POST]}, max_operations=1, lenient=True)


@pytest.mark.parametrize(
    ("_case", "operation", "message"),
    [
        ("no object", "POST", "Operation 1 must be an object"),
        ("no method", {"path": "/Users"}, "Operation 1: method must be one of POST, PUT, PATCH, DELETE"),
        ("reading", {"method": "GET", "path": "/Users"}, "Operation 1: method must be one of POST, PUT, PATCH, DELETE"),
        ("method no text", {"method": 1, "path": "/Users"}, "Operation 1: method must be one of POST, PUT, PATCH, DELETE"),
        ("creation without bulkId", {"method": "POST", "path": "/Users", "data": {}}, "Operation 1: POST needs a bulkId"),
        ("bulkId no text", {**_POST, "bulkId": 1}, "Operation 1: a bulkId is a text of 1 to 256 characters"),
        ("bulkId empty", {**_POST, "bulkId": ""}, "Operation 1: a bulkId is a text of 1 to 256 characters"),
        ("bulkId too long", {**_POST, "bulkId": "x" * (MAX_BULK_ID + 1)}, "Operation 1: a bulkId is a text of 1 to 256 characters"),
    ],
)  # fmt: skip
def test_an_operation_that_no_answer_could_name_refuses_the_whole(_case: str, operation: Any, message: str) -> None:
    with pytest.raises(InvalidSyntax, match=message):
        _parse(operation)


def test_a_bulk_id_is_given_once() -> None:
    with pytest.raises(InvalidSyntax, match="The bulkId 'a' is given to more than one operation"):
        _parse(_POST, {"method": "DELETE", "path": "/Users/1"}, {**_POST, "path": "/Groups"})


def test_too_many_operations_name_the_limit() -> None:
    with pytest.raises(PayloadTooLarge, match=r"has 4 operations: more than maxOperations \(3\)"):
        _parse(*({**_POST, "bulkId": str(n)} for n in range(4)))


@pytest.mark.parametrize("value", [0, -1, True, "1", 1.5, []])
def test_fail_on_errors_is_a_positive_integer(value: object) -> None:
    with pytest.raises(InvalidValue, match="failOnErrors must be an integer of 1 or more"):
        _parse(_POST, failOnErrors=value)


@pytest.mark.parametrize("value", [None, 1, 10**9])
def test_fail_on_errors_may_be_left_out(value: object) -> None:
    assert _parse(_POST, failOnErrors=value).fail_on_errors == value


@pytest.mark.parametrize(
    ("_case", "operation", "message"),
    [
        ("no path", {"method": "DELETE"}, "path must name an endpoint, such as /Users"),
        ("blank path", {"method": "DELETE", "path": " "}, "path must name an endpoint, such as /Users"),
        ("path no text", {"method": "DELETE", "path": 1}, "path must name an endpoint, such as /Users"),
        ("version no text", {"method": "DELETE", "path": "/Users/1", "version": 3}, 'version must be a text, such as W/"3"'),
        ("creation without data", {"method": "POST", "path": "/Users", "bulkId": "a"}, "POST needs an object as data"),
        ("creation from a list", {**_POST, "data": []}, "POST needs an object as data"),
        ("replacement by a text", {"method": "PUT", "path": "/Users/1", "data": "x"}, "PUT needs an object as data"),
        ("patch without data", {"method": "PATCH", "path": "/Users/1"}, "PATCH needs an object as data"),
    ],
)  # fmt: skip
def test_a_flaw_stays_with_its_operation(_case: str, operation: dict[str, Any], message: str) -> None:
    flawed, sound = _parse(operation, {**_POST, "bulkId": "sound"}).operations

    assert flawed.flaw is not None
    assert flawed.flaw.message == message
    assert sound.flaw is None


def test_an_answer_leaves_out_what_there_is_not() -> None:
    created = result(BulkOperation("POST", "/Users", "a"), 201, location="L", version='W/"1"', response=None)
    refused = result(BulkOperation("POST", "/Users", "a"), 409, location=None, version=None, response={"status": "409"})

    assert created == {"method": "POST", "bulkId": "a", "version": 'W/"1"', "location": "L", "status": "201"}
    assert refused == {"method": "POST", "bulkId": "a", "status": "409", "response": {"status": "409"}}
