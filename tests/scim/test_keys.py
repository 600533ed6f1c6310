"""Keys: one notion of equality without case, for uniqueness and for filters."""

from __future__ import annotations

from unicodedata import is_normalized

import pytest
from hypothesis import given, strategies as st

from gatehouse.scim.keys import key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann.Lee@Contoso.example", "ANN.LEE@CONTOSO.EXAMPLE"),
        ("ÜNÏCODE", "ünïcode"),
        ("A\N{COMBINING DIAERESIS}", "ä"),
        ("\N{ANGSTROM SIGN}", "å"),
        ("ДМИТРИЙ", "дмитрий"),
    ],
)
def test_equal_without_case(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("straße", "STRASSE"), ("ann", "anne"), ("e", "é"), ("\N{LATIN SMALL LIGATURE FI}", "fi"), ("a", "a ")],
)
def test_different_people_stay_different(one: str, other: str) -> None:
    assert key(one) != key(other)


@given(st.text())
def test_a_key_is_normal_and_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)
    assert is_normalized("NFC", key(text))
