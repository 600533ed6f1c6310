"""PATCH paths: where an operation applies (RFC 7644 §3.5.2)."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from random import Random

import pytest
from hypothesis import assume, given, strategies as st
from tests.scim.mutations import mutated
from tests.scim.random_filters import random_selector

from gatehouse.errors import InvalidFilter, InvalidPath
from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.scim.attribute import Target
from gatehouse.scim.filter import ValuePath, print_filter
from gatehouse.scim.path import MAX_LENGTH, Path, SchemaPath, parse_path
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, GROUP, USER, USER_SCHEMA, ResourceType


@pytest.mark.parametrize(
    ("text", "target", "selector", "sub"),
    [
        ("title", "title", None, None),
        (" TITLE ", "title", None, None),
        ("name", "name", None, None),
        ("name.familyName", "name.familyName", None, "familyName"),
        ("emails.value", "emails.value", None, "value"),
        ("password", "password", None, None),
        ("meta.created", "meta.created", None, "created"),
        (f"{USER_SCHEMA.upper()}:Name.FAMILYNAME", "name.familyName", None, "familyName"),
        (f"{ENTERPRISE_SCHEMA}:department", f"{ENTERPRISE_SCHEMA}:department", None, None),
        (f"{ENTERPRISE_SCHEMA}.manager", f"{ENTERPRISE_SCHEMA}:manager", None, None),
        ("manager.value", f"{ENTERPRISE_SCHEMA}:manager.value", None, "value"),
        ('emails[type eq "work"]', "emails", 'type eq "work"', None),
        ('emails[type eq "work"].value', "emails", 'type eq "work"', "value"),
        (' Emails[ TYPE EQ "work" ].VALUE ', "emails", 'type eq "work"', "value"),
        ('emails[type eq "work" and value ew "]"].value', "emails", 'type eq "work" and value ew "]"', "value"),
        ('emails[primary eq "True"].value', "emails", "primary eq true", "value"),
        ('addresses[type eq "work"].streetAddress', "addresses", 'type eq "work"', "streetAddress"),
        (f'{USER_SCHEMA}:emails[not (type eq "x")].display', "emails", 'not (type eq "x")', "display"),
        ('schemas[value eq "x"]', "schemas", 'value eq "x"', None),
        ('schemas eq "x"', "schemas", 'value eq "x"', None),
    ],
    ids=map(str, count(1)),
)
def test_reads(text: str, target: str, selector: str | None, sub: str | None) -> None:
    path = parse_path(text, USER)

    assert isinstance(path, Path)
    assert path.target.path == target
    assert path.sub is (path.target.attribute.sub(sub) if sub else None)
    assert (path.selector and inside(path)) == selector


def test_entra_removes_members_by_reference() -> None:
    path = parse_path('members[$ref eq null and value eq "26"]', GROUP)

    assert isinstance(path, Path)
    assert inside(path) == '$ref eq null and value eq "26"'


@pytest.mark.parametrize(
    ("text", "urn"), [(USER_SCHEMA, USER_SCHEMA), (f" {ENTERPRISE_SCHEMA.upper()} ", ENTERPRISE_SCHEMA)]
)
def test_reads_the_urn_of_a_schema(text: str, urn: str) -> None:
    assert parse_path(text, USER) == SchemaPath(urn)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "nosuch",
            "nosuch[",
            "name.nosuch",
            "title.value",
            "1",
            '"title"',
            "title x",
            "title]",
            "[type]",
            ".",
        ),
        *(
            'title[value eq "x"]',
            'name[familyName eq "x"]',
            'emails.value[type eq "x"]',
            'title eq "x"',
            'userName eq "x"',
        ),
        *('emails eq "x"', "emails pr", "emails value", "emails]", 'emails.type eq "x"'),
        *(
            'emails[type eq "work"].nosuch',
            'emails[type eq "work"].value.x',
            'emails[type eq "work"]value',
            "emails[value pr] x",
        ),
        *('emails[type eq "work"].value eq "x"', 'emails[type eq "work"][value eq "x"]', "emails[value pr]."),
        *('schemas[value eq "x"].value', "x" * (MAX_LENGTH + 1), GROUP.schema, "members"),
    ],
    ids=map(str, count(1)),
)
def test_refuses(text: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(text, USER)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "emails[]",
            "emails[nosuch eq 1]",
            'emails[type eq "work"',
            "emails[type]",
            'emails[type eq "work].value',
            "emails[",
        ),
        *('emails[type[value eq "x"]]', "emails[primary gt true]", 'emails[userName eq "x"]', "emails[type eq work]"),
        f"emails[{' or '.join(['type pr'] * (DEFAULT_LIMITS.filter_comparisons + 1))}]",
        *("schemas gt", "schemas eq 5", 'schemas eq "x" and schemas eq "y"'),
    ],
    ids=map(str, count(1)),
)
def test_refuses_what_is_between_the_brackets(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_path(text, USER)


@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(["emails", "title", "[", "]", ".", "type", "eq", '"work"', "value", "not", "(", ")", "and"])
    ).map(" ".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        path = parse_path(text, USER)
    except (InvalidPath, InvalidFilter):
        return

    assert isinstance(path, Path | SchemaPath)
    if isinstance(path, Path):
        assert parse_path(printed(path), USER) == path


@given(st.randoms(), st.sampled_from([USER, GROUP]))
def test_printing_and_parsing_gives_the_same_path(random: Random, resource_type: ResourceType) -> None:
    every = [*resource_type.common.values(), *resource_type.attributes.values()]
    target = Target(random.choice([attribute for attribute in every if attribute.supported]))
    sub = random.choice((None, *target.attribute.sub_attributes))
    if target.attribute.multi_valued:
        path = Path(target, random_selector(random, target, 3), sub)
    else:
        path = Path(Target(target.attribute, sub), None, sub)
    assume(len(printed(path)) <= MAX_LENGTH)

    assert parse_path(printed(path), resource_type) == path


@pytest.mark.seeded
def test_a_path_with_something_wrong_is_read_or_refused() -> None:
    refused = 0
    for seed in range(3_000):
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        attribute = random.choice([a for a in USER.attributes.values() if a.multi_valued and a.supported])
        sub = random.choice((None, *attribute.sub_attributes))
        text = mutated(random, printed(Path(Target(attribute), random_selector(random, Target(attribute), 1), sub)))
        try:
            path = parse_path(text, USER)
        except (InvalidPath, InvalidFilter):
            refused += 1
        else:
            assert isinstance(path, SchemaPath) or parse_path(printed(path), USER) == path, seed
    assert 1_000 < refused < 2_900


def printed(path: Path) -> str:
    """The path as canonical text."""
    if path.selector is None:
        return path.target.path
    return print_filter(ValuePath(path.target, path.selector)) + (f".{path.sub.name}" if path.sub else "")


def inside(path: Path) -> str:
    """The selector as it is written between brackets."""
    return printed(replace(path, sub=None)).removeprefix(f"{path.target.path}[").removesuffix("]")
