"""The JSON boundary: forty bodies that must be read or refused, and nothing else can come through."""

from __future__ import annotations

import json
from itertools import count

import pytest
from hypothesis import given, strategies as st

from gatehouse.errors import InvalidSyntax, InvalidValue
from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.scim.json_text import is_storable, parse_json

MAX_DEPTH, MAX_NODES = DEFAULT_LIMITS.json_depth, DEFAULT_LIMITS.json_nodes


def nested(depth: int) -> bytes:
    """Arrays around each other."""
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b' \t\r\n{"a" : 1 }\n', {"a": 1}),
        (b"null", None),
        (b'"x"', "x"),
        (b"true", True),
        (b"-0", 0),
        (b"-1.5e3", -1500.0),
        (b"999999999999999999", 999999999999999999),
        (b"-999999999999999999", -999999999999999999),
        ('{"ä":"東京😀"}'.encode(), {"ä": "東京😀"}),
        (rb'["\u6771\u4eac", "\ud83d\ude00", "\"\\\/\b\f\n\r\t"]', ["東京", "😀", '"\\/\b\f\n\r\t']),
        (rb'{"\u0061": 1, "b": 2}', {"a": 1, "b": 2}),
        (b'[{"a":1},{"A":2}]', [{"a": 1}, {"A": 2}]),
        (nested(MAX_DEPTH), json.loads(nested(MAX_DEPTH))),
        (b"[" + b"[]," * (MAX_NODES - 2) + b"[]]", [[]] * (MAX_NODES - 1)),
        (b'{"a":[' + b"{}," * 30 + b"{}]}", {"a": [{}] * 31}),
    ],
    ids=map(str, count(1)),
)
def test_reads(body: bytes, value: object) -> None:
    assert parse_json(body) == value


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"{", b"}", b"{]", b"[1,]", b'{"a":1,}', b'{"a"}', b"{a:1}", b"{'a':1}", b'"a', b"tru", b"TRUE"),
        *(b"01", b"1.", b".5", b"+1", b"0x1", b"1 2", b"{}{}", b"{} // c", b"/**/{}"),
        *(b"NaN", b"Infinity", b"-Infinity", b'{"a":NaN}'),
        *(b'"a\nb"', b'"a\x00b"', rb'"\x41"', rb'"\u12"', rb'"\a"'),
        *(b"\xff", b'"\xc3"', b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", "{}".encode("utf-16")),
        *(nested(MAX_DEPTH + 1), nested(100_000), b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
        *(b'{"a":1,"a":1}', b'{"userName":"a","USERNAME":"b"}', rb'{"a":1,"\u0041":1}', b'[{"b":{"a":1,"A":null}}]'),
    ],
    ids=map(str, count(1)),
)
def test_refuses_what_is_not_json(body: bytes) -> None:
    with pytest.raises(InvalidSyntax):
        parse_json(body)


@pytest.mark.parametrize(
    "body",
    [
        *(b"1000000000000000000", b"-1000000000000000000", b'{"a":' + b"9" * 5_000 + b"}", b"1e999", b"[-1e400]"),
        *(rb'"a\u0000b"', rb'{"\u0000":1}', rb'"\ud800"', rb'["\udc00x"]', rb'{"a":{"\ud800":1}}', rb'"\ude00\ud83d"'),
        *(b"[" + b"1," * MAX_NODES + b"1]", b"[" + b"[]," * (MAX_NODES - 1) + b"[]]"),
    ],
    ids=map(str, count(1)),
)
def test_refuses_values_that_nothing_can_store(body: bytes) -> None:
    with pytest.raises(InvalidValue):
        parse_json(body)


def test_the_message_names_the_repeated_attribute() -> None:
    with pytest.raises(InvalidSyntax, match="'userName' appears more than once") as caught:
        parse_json(b'{"id":1,"userName":"a","USERNAME":"b"}')

    assert caught.value.path == "userName"


def test_where_case_is_exact_names_may_differ_in_it() -> None:
    assert parse_json(b'{"a":1,"A":{"b":2,"B":3}}', case_exact=True) == {"a": 1, "A": {"b": 2, "B": 3}}
    with pytest.raises(InvalidSyntax, match="'b' appears more than once") as caught:
        parse_json(b'{"a":{"B":1,"b":2,"b":3}}', case_exact=True)

    assert caught.value.path == "b"


def test_the_message_says_where() -> None:
    with pytest.raises(InvalidSyntax, match=r"not UTF-8 \(byte 2\)"):
        parse_json(b'{"\xff')
    with pytest.raises(InvalidSyntax, match=r"Expecting value \(character 5\)"):
        parse_json(b'{"a":')


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0dDn1e', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = parse_json(body)
    except (InvalidSyntax, InvalidValue):
        return

    assert json.loads(json.dumps(value)) == value


@given(st.recursive(st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(), st.lists, max_leaves=30))
def test_what_can_be_stored_comes_through(value: object) -> None:
    body = json.dumps(value).encode()
    if "\\u0000" in body.decode():
        return

    assert parse_json(body) == value


@pytest.mark.parametrize(
    ("text", "expected"), [("", True), ("東京", True), ("a\0", False), ("\udfff", False), ("ä\ud800", False)]
)
def test_storable_text(text: str, expected: bool) -> None:
    assert is_storable(text) is expected
