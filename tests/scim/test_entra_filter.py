"""Filters as Entra writes them: values without quotes, or with quotes and backslashes that are not escaped."""

from __future__ import annotations

import pytest

from gatehouse.errors import InvalidFilter
from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.scim.entra_filter import unescaped_eq
from gatehouse.scim.filter import parse_filter
from gatehouse.scim.filter_tree import Compare
from gatehouse.scim.schema import USER


def eq(path: str, value: str) -> Compare:
    target = USER.resolve(path)
    assert target is not None
    return Compare(target, "eq", value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("externalId eq jyoung", "jyoung"),
        (" externalId  EQ  jyoung ", "jyoung"),
        ("externalId eq ann.lee+x@contoso.example", "ann.lee+x@contoso.example"),
        ("externalId eq 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("externalId eq Müller", "Müller"),
        ('externalId eq "50% off "VIP""', '50% off "VIP"'),
        ('externalId eq ""VIP" Smith"', '"VIP" Smith'),
        ('externalId eq "Ann ("the boss") Lee"', 'Ann ("the boss") Lee'),
        (r'externalId eq "E\300"', r"E\300"),
        (r'externalId eq "CONTOSO\jyoung"', r"CONTOSO\jyoung"),
    ],
)
def test_reads_values_as_entra_writes_them(text: str, value: str) -> None:
    assert parse_filter(text, USER) == eq("externalId", value)


def test_tells_whether_the_value_was_quoted() -> None:
    assert unescaped_eq(r'externalId eq "CONTOSO\jyoung"') == ("externalId", r"CONTOSO\jyoung", True)
    assert unescaped_eq("externalId eq jyoung") == ("externalId", "jyoung", False)


def test_a_quoted_value_may_be_the_name_of_an_attribute_and_as_long_as_any() -> None:
    assert parse_filter('externalId eq "a "b" c"', USER) == eq("externalId", 'a "b" c')
    longest = f'a "b" {"c" * (DEFAULT_LIMITS.text - 6)}'

    assert parse_filter(f'externalId eq "{longest}"', USER) == eq("externalId", longest)
    with pytest.raises(InvalidFilter):
        parse_filter(f'externalId eq "{longest}c"', USER)


def test_entra_may_leave_quotes_out_for_a_complex_attribute() -> None:
    assert parse_filter("manager eq 26-b", USER) == eq("manager.value", "26-b")


@pytest.mark.parametrize(
    "text",
    [
        *('externalId eq "a" "b"', 'externalId eq "a" or "b"', 'externalId eq "a"and"b"', 'externalId eq "6" pipe"'),
        *(r'externalId eq "\x41"', r'externalId eq "\u12"', r'externalId eq "a\\b\c"', 'externalId eq "abc\\"'),
        *(
            'externalId ne "a "b" c"',
            'externalId eq "a "b" c" and title pr',
            "externalId sw jyoung",
            "(externalId eq jyoung)",
        ),
        *(
            "externalId eq 42",
            "externalId eq title",
            "externalId eq or",
            "active eq yes",
            'nosuch eq "a "b" c"',
            "password eq x",
        ),
    ],
)
def test_what_might_be_meant_otherwise_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text, USER)


@pytest.mark.parametrize(
    "text",
    ["externalId eq jyoung", r'userName eq "CONTOSO\jyoung"', 'title eq "a "b""', 'active eq "True"', 'emails[primary eq "false"]'],
)  # fmt: skip
def test_to_the_letter_none_of_it_is_read(text: str) -> None:
    parse_filter(text, USER)

    with pytest.raises(InvalidFilter):
        parse_filter(text, USER, lenient=False)
