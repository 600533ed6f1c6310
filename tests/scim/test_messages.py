"""Messages of the protocol (RFC 7644 §3.4.2, §3.12)."""

from __future__ import annotations

from gatehouse.scim.messages import ERROR, LIST_RESPONSE, error_body, list_response


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
