"""Whatever a body holds, the quick way to read it and the strict one agree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from gatehouse.api.graphql.parameters import Parameters, parse_parameters, to_parameters
from gatehouse.errors import InvalidRequest
from gatehouse.scim.json_text import parse_json

_HASH = "a" * 64
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("{ viewer { name } }")
_VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))
_BODIES = st.dictionaries(
    st.sampled_from(["query", "variables", "operationName", "extensions", "documentId", "QUERY", "else"]),
    _VALUES | st.dictionaries(st.sampled_from(["a", "A", "query", "persistedQuery"]), _VALUES),
)


def _told(body: bytes, *, strictly: bool) -> Any:
    try:
        found = to_parameters(parse_json(body, case_exact=True)) if strictly else parse_parameters(body)
    except InvalidRequest as error:
        return type(error), error.message, error.path
    try:
        return found, found.document
    except InvalidRequest as error:
        return found, error.message


@given(_BODIES, st.booleans())
@settings(max_examples=500, deadline=None)
def test_any_object(body: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(body, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    assert _told(text, strictly=False) == _told(text, strictly=True)


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{ a }", "query": "{ b }"}',
        b'{"query": "{ a }", "variables": {}, "variables": {"a": 1}}',
        b'{"query": "{ a }", "documentId": 1, "documentId": null}',
        b'{"query": "{ a }", "operationName": "A", "operationName": "B"}',
        b'{"query": "{ a }", "extensions": {}, "extensions": null}',
        b'{"query": "{ a }", "variables": {"n": 1234567890123456789}}',
        b'{"query": "{ a }", "variables": {"n": 1e999}}',
        b'{"query": "{ a }", "variables": {"n": 0.12345678901234567890123}}',
        b'{"query": "{ a }", "variables": {"n": "\\u0000"}}',
        b'{"query": "{ a }", "variables": {"n": "\\ud83d\\ude00"}}',
        b'{"query": "{ a \xff }"}',
        b'{"query": " "}',
        b'{"query": "\xc2\xa0"}',
        b'{"query": "{ a }"} ',
        b'{"query": "{ a }"}x',
        b"[" * 5_000,
        b'{"documentId": "%s"}' % _HASH.encode(),
        b'{"query": null, "extensions": {"persistedQuery": {"sha256Hash": "%s"}}}' % _HASH.encode(),
        b"",
    ],
)
def test_what_is_odd(body: bytes) -> None:
    assert _told(body, strictly=False) == _told(body, strictly=True)


def test_variables_whose_names_differ_in_case() -> None:
    body = b'{"query": "query Q { a }", "variables": {"a": 1, "A": 2}, "operationName": "Q", "more": 1}'

    assert parse_parameters(body) == Parameters("query Q { a }", {"a": 1, "A": 2}, "Q")
