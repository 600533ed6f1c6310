"""Names in GraphQL are case-sensitive, those of variables too, by whatever way they come."""

from __future__ import annotations

import json

import pytest

from gatehouse.api.graphql.live_messages import parameters_of, parse_message
from gatehouse.api.graphql.parameters import Parameters, parse_parameters
from gatehouse.errors import InvalidSyntax
from gatehouse.limits import DEFAULT_LIMITS

_SENT = {"query": "query Q { a }", "variables": {"a": 1, "A": 2}, "operationName": "Q", "QUERY": 3}
_READ = Parameters("query Q { a }", None, {"a": 1, "A": 2}, "Q")


def test_by_post() -> None:
    assert parse_parameters(json.dumps(_SENT).encode()) == _READ


def test_by_web_socket() -> None:
    message = parse_message(json.dumps({"type": "subscribe", "id": "1", "payload": _SENT}), DEFAULT_LIMITS)

    assert parameters_of(message) == _READ


@pytest.mark.parametrize(
    "twice", ['"query": "{ a }", "query": "{ b }"', '"query": "{ a }", "variables": {"a": 1, "a": 2}']
)
def test_the_same_name_twice_is_refused(twice: str) -> None:
    with pytest.raises(InvalidSyntax, match="more than once"):
        parse_parameters(f"{{{twice}}}".encode())
