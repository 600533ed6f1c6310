"""What conditional headers name (RFC 9110 §8.8.3): lists of tags, ``*``, and headers that cannot be read."""

from __future__ import annotations

import pytest

from gatehouse.scim.entity_tags import EntityTags


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ('"1"', {"1"}),
        ('W/"1"', {"1"}),
        ('W/"1", "2"', {"1", "2"}),
        ('"1","2"\t,\tW/"3"', {"1", "2", "3"}),
        (' , "1" ,, "2", ', {"1", "2"}),
        ('W/"1,2"', {"1,2"}),
        ('"*"', {"*"}),
        ('""', {""}),
        ('"a b"', set()),
        ('"\xfc!~"', {"\xfc!~"}),
        ("1", set()),
        ("W/1", set()),
        ('w/"1"', set()),
        ('W/ "1"', set()),
        ('"1" "2"', set()),
        ('"1";"2"', set()),
        ('"1', set()),
        ('1"', set()),
        ('"1", 2', set()),
        ('"1", *', set()),
        ('*, "1"', set()),
        ("**", set()),
        ('"1"\n', set()),
        ("", set()),
        (" , ", set()),
    ],
)  # fmt: skip
def test_tags(header: str, tags: set[str]) -> None:
    read = EntityTags.parse(header)

    assert read == EntityTags(frozenset(tags))
    assert all(read.names(tag) for tag in tags)
    assert not read.names("7")


@pytest.mark.parametrize("header", ["*", " *\t"])
def test_whatever_there_is(header: str) -> None:
    assert EntityTags.parse(header) == EntityTags(every=True)
    assert EntityTags.parse(header).names("7")


def test_a_long_header_takes_no_longer_than_its_length() -> None:
    assert EntityTags.parse('"1"' + ", \t" * 20_000 + "x") == EntityTags()
    assert EntityTags.parse('"1",' * 20_000).opaque == {"1"}
