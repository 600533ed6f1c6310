"""Messages of the protocol (RFC 7644 §3.4.2, §3.12)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatehouse.errors import InvalidSyntax
from gatehouse.records import to_microseconds
from gatehouse.scim.messages import ERROR, LIST_RESPONSE, PATCH_OP, check_schemas, error_body, list_response, meta


def test_error_status_is_a_string() -> None:
    body = error_body(409, "userName is taken", "uniqueness")

    assert body == {"schemas": [ERROR], "status": "409", "detail": "userName is taken", "scimType": "uniqueness"}


def test_error_without_a_type_has_no_null() -> None:
    assert error_body(404, "gone", None) == {"schemas": [ERROR], "status": "404", "detail": "gone"}


def test_list_response_counts_what_it_returns() -> None:
    body = list_response([{"id": "1"}], total=7, start_index=3)

    assert body == {
        "schemas": [LIST_RESPONSE],
        "totalResults": 7,
        "startIndex": 3,
        "itemsPerPage": 1,
        "Resources": [{"id": "1"}],
    }


def test_empty_list_response_has_resources() -> None:
    assert list_response([], total=0, start_index=1)["Resources"] == []


@pytest.mark.parametrize(
    ("urns", "entra", "strict"),
    [
        ([PATCH_OP], True, True),
        ([PATCH_OP.upper()], True, True),
        ([ERROR, PATCH_OP], True, False),
        ([PATCH_OP, 5], True, False),
        (None, True, False),
        ([], False, False),
        ([ERROR], False, False),
        (PATCH_OP, False, False),
        ({PATCH_OP: 1}, False, False),
    ],
    ids=str,
)
def test_schemas_of_a_request(urns: object, entra: bool, strict: bool) -> None:
    for lenient, passes in ((True, entra), (False, strict)):
        if passes:
            check_schemas(urns, PATCH_OP, lenient=lenient)
            continue
        with pytest.raises(InvalidSyntax, match="schemas must name"):
            check_schemas(urns, PATCH_OP, lenient=lenient)


def test_meta_has_times_in_milliseconds_and_a_weak_tag() -> None:
    created = datetime(2026, 11, 25, 9, 30, 0, 123456, tzinfo=UTC)
    modified = created.replace(microsecond=0)
    times = {"created": to_microseconds(created), "last_modified": to_microseconds(modified)}

    assert meta("User", **times, version=3) == {
        "resourceType": "User",
        "created": "2026-11-25T09:30:00.123Z",
        "lastModified": "2026-11-25T09:30:00.000Z",
        "version": 'W/"3"',
    }
