"""Filters: what is read, as what, and what is refused (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from random import Random

import pytest
from hypothesis import given, strategies as st
from tests.scim.mutations import mutated
from tests.scim.random_filters import random_filter

from gatehouse.errors import InvalidFilter
from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.scim.attribute import Target
from gatehouse.scim.filter import parse_filter, print_filter
from gatehouse.scim.filter_tree import And, Compare, Filter, Not, Or, Present, ValuePath
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, GROUP, USER, USER_SCHEMA


def target(path: str) -> Target:
    found = USER.resolve(path)
    assert found is not None
    return found


def eq(path: str, value: object) -> Compare:
    return Compare(target(path), "eq", value)  # type: ignore[arg-type]  # any literal


WORK = eq("emails.type", "work")
ACTIVE = eq("active", True)
MAX_LENGTH, MAX_DEPTH = DEFAULT_LIMITS.filter_characters, DEFAULT_LIMITS.filter_depth
MAX_COMPARISONS = DEFAULT_LIMITS.filter_comparisons
TITLE = Present(target("title"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        # comparisons
        ('userName eq "ann"', eq("userName", "ann")),
        ('USERNAME EQ "ann"', eq("userName", "ann")),
        ('\t userName\r\n eq   "ann" ', eq("userName", "ann")),
        ('userName eq"ann"', eq("userName", "ann")),
        ('userName ne "ann"', Compare(target("userName"), "ne", "ann")),
        ('title co ""', Compare(target("title"), "co", "")),
        ("title PR", TITLE),
        ("title eq null", eq("title", None)),
        ("title ne NULL", Compare(target("title"), "ne", None)),
        ("active eq true", ACTIVE),
        ("active eq True", ACTIVE),
        ('active eq "TRUE"', ACTIVE),
        ("active ne false", Compare(target("active"), "ne", False)),
        (r'title eq "a\"b\\c\/\b\f\n\r\té😀"', eq("title", 'a"b\\c/\b\f\n\r\té😀')),
        ('title eq "O\'Neil [x] (y) and or not %_"', eq("title", "O'Neil [x] (y) and or not %_")),
        (f'{USER_SCHEMA.upper()}:NAME.familyName sw "L"', Compare(target("name.familyName"), "sw", "L")),
        (f'{ENTERPRISE_SCHEMA}:employeeNumber eq "7"', eq("employeeNumber", "7")),
        ('externalId eq "42"', eq("externalId", "42")),
        ('id eq "x"', eq("id", "x")),
        (f'schemas eq "{USER_SCHEMA}"', eq("schemas", USER_SCHEMA)),
        # a complex attribute stands for its value
        ('emails co "x"', Compare(target("emails.value"), "co", "x")),
        ('manager eq "26"', eq("manager.value", "26")),
        ("emails pr", Present(target("emails"))),
        # dateTime
        (
            'meta.created gt "2026-11-25T09:30:00Z"',
            Compare(target("meta.created"), "gt", datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
        ),
        (
            'meta.created eq "2026-11-25t11:30:00.5+02:00"',
            eq("meta.created", datetime(2026, 11, 25, 9, 30, 0, 500000, tzinfo=UTC)),
        ),
        (
            'meta.created eq "2026-11-25T09:30:00.1234567"',
            eq("meta.created", datetime(2026, 11, 25, 9, 30, 0, 123456, tzinfo=UTC)),
        ),
        (
            'meta.created ge "0001-01-01T00:00:00+14:00"',
            parse_filter('meta.created ge "0001-01-01T00:00:00+14:00"', USER),
        ),
        # logic
        ("active eq true and title pr", And((ACTIVE, TITLE))),
        ("active eq true AND title pr And title pr", And((ACTIVE, TITLE, TITLE))),
        ("active eq true or title pr", Or((ACTIVE, TITLE))),
        ("title pr or active eq true and title pr", Or((TITLE, And((ACTIVE, TITLE))))),
        ("(title pr or active eq true) and title pr", And((Or((TITLE, ACTIVE)), TITLE))),
        ("( ( title pr ) )", TITLE),
        ("not(title pr)", Not(TITLE)),
        ("NOT (not (title pr))", Not(Not(TITLE))),
        ("title pr and not (active eq true)", And((TITLE, Not(ACTIVE)))),
        # value paths
        ('emails[type eq "work"]', ValuePath(target("emails"), WORK)),
        ('EMAILS [ TYPE eq "work" ]', ValuePath(target("emails"), WORK)),
        (
            'emails[not (type eq "work") or primary eq "True"]',
            ValuePath(target("emails"), Or((Not(WORK), eq("emails.primary", True)))),
        ),
        ('emails[type eq "work"] and title pr', And((ValuePath(target("emails"), WORK), TITLE))),
        ('name[familyName eq "Lee"]', ValuePath(target("name"), eq("name.familyName", "Lee"))),
        ('addresses[locality eq "x"]', ValuePath(target("addresses"), eq("addresses.locality", "x"))),
        (f'emails[{USER_SCHEMA}:emails.type eq "work"]', ValuePath(target("emails"), WORK)),
        (f'{ENTERPRISE_SCHEMA}:manager[value eq "26"]', ValuePath(target("manager"), eq("manager.value", "26"))),
        ('schemas[value eq "x"]', ValuePath(target("schemas"), eq("schemas", "x"))),
        # a value path with a sub-attribute, as Microsoft sends it
        ('emails[type eq "work"].value eq "x"', ValuePath(target("emails"), And((WORK, eq("emails.value", "x"))))),
        ('emails[type eq "work"].value pr', ValuePath(target("emails"), And((WORK, Present(target("emails.value")))))),
        ('emails[type eq "work"].value ne "x"', Not(ValuePath(target("emails"), And((WORK, eq("emails.value", "x")))))),
        (
            'emails[type eq "work"].value eq null',
            Not(ValuePath(target("emails"), And((WORK, Compare(target("emails.value"), "ne", None))))),
        ),
        (
            'emails[type eq "work"].value ne null',
            ValuePath(target("emails"), And((WORK, Compare(target("emails.value"), "ne", None)))),
        ),
        (
            'emails[type eq "work" and primary eq true].value sw "x"',
            ValuePath(
                target("emails"), And((WORK, eq("emails.primary", True), Compare(target("emails.value"), "sw", "x")))
            ),
        ),
    ],
    ids=map(str, count(1)),
)
def test_reads(text: str, tree: Filter) -> None:
    assert parse_filter(text, USER) == tree


@pytest.mark.parametrize(
    "text",
    [
        # nothing, or not a filter
        *("", "   ", "%", "()", "(", ")", "[", "]", '"', '"x"', "true", "userName", "and", "not", "not ()"),
        # operands
        *(
            "userName eq",
            "eq",
            'eq "x"',
            "userName pr pr",
            'userName pr "x"',
            'userName equals "x"',
            'userName regex "x"',
        ),
        *("userName eq 'eve'", 'userName eq "eve', 'userName eq eve"', 'userName eq "a" "b"', 'userName eq ["a"]'),
        *(
            'userName eq {"a":1}',
            "userName eq userName",
            'externalId eq "eve";',
            '(userName) eq "x"',
            'userName. eq "x"',
        ),
        *(
            '1userName eq "x"',
            r'userName eq "\x41"',
            r'userName eq "\u12"',
            'userName eq "eve\\"',
            'userName eq "a\nb"',
        ),
        *(
            "externalId eq 01",
            "externalId eq 1.",
            "externalId eq 42",
            "externalId eq 1e5",
            "externalId eq -1",
            "externalId eq +1",
        ),
        *("userName eq and", "userName eq pr", "userName eq or", "userName eq not"),
        # logic
        *(
            'userName eq "eve" and',
            'and userName eq "eve"',
            'userName eq "eve" xor title pr',
            'userName eq "eve" title pr',
        ),
        *(
            '(userName eq "eve"',
            'userName eq "eve")',
            'not userName eq "eve"',
            "not title pr",
            "title pr and or title pr",
        ),
        # value paths
        *(
            'emails[type eq "work"',
            'emails type eq "work"]',
            "emails[]",
            'emails[type eq "work"]]',
            'title[value eq "x"]',
        ),
        *(
            'emails.value[type eq "work"]',
            'emails[value[type eq "x"]]',
            'emails[emails[type eq "x"]]',
            'schemas[value[value eq "x"]]',
            'emails[nosuch eq "x"]',
        ),
        *('emails[userName eq "x"]', 'emails[emails.type eq "x"]', f'emails[{USER_SCHEMA}:type eq "x"]'),
        *(
            f"emails[{USER_SCHEMA}:emails pr]",
            f'emails[{USER_SCHEMA}:phoneNumbers.type eq "x"]',
            'schemas[type eq "x"]',
        ),
        *(
            'emails[type eq "work"].nosuch eq "x"',
            'emails[type eq "work"].value',
            'emails[type eq "work"] value eq "x"',
        ),
        *(
            'emails[type eq "work"].',
            "groups[primary eq true]",
            f'{ENTERPRISE_SCHEMA}:manager[value eq "x"].displayName eq "x"',
        ),
        # unknown or not filterable
        *(
            'nosuch eq "x"',
            'name.nosuch eq "x"',
            'urn:example:nope:2.0:Thing:foo eq "x"',
            '$ref eq "x"',
            'members eq "x"',
        ),
        *("password pr", 'password eq "x"', "role pr", 'employeeGroups eq "x"', f"{USER_SCHEMA} pr"),
        # types
        *(
            "userName eq 5",
            "userName eq true",
            "userName eq FALSE",
            'active eq "banana"',
            "active eq 1",
            "active gt true",
        ),
        *(
            'active co "t"',
            'active sw "t"',
            "emails.primary ge false",
            "title co null",
            "title gt null",
            "active lt null",
        ),
        *(
            'meta.created co "2026"',
            'meta.created gt "not a date"',
            'meta.created gt "2026-11-25"',
            "meta.created gt 1",
        ),
        *('meta.created gt "2026-13-25T09:30:00Z"', 'meta.created gt "0000-01-01T00:00:00Z"', "meta.created gt true"),
        *(
            'x509Certificates.value co "x"',
            'x509Certificates gt "x"',
            'addresses eq "x"',
            "addresses eq null",
            'name eq "x"',
        ),
        *('meta eq "x"', "meta.created eq 2026-11-25T09:30:00Z", "active eq banana"),
        # text that no database stores
        *(r'title eq "a\u0000b"', r'title eq "\ud800"', 'title eq "\ud800"', "title eq a\ud800", 'title eq "a\x00"'),
        # limits
        f'title eq "{"x" * 1025}"',
        f"title eq {'x' * 1025}",
        f"title pr{' ' * MAX_LENGTH}",
        f"{'(' * (MAX_DEPTH + 1)}title pr{')' * (MAX_DEPTH + 1)}",
        "(" * 5_000,
        "not (" * 1_500,
        " or ".join(["title pr"] * (MAX_COMPARISONS + 1)),
        " and ".join(['title eq "x"'] * (MAX_COMPARISONS + 1)),
        " or ".join(['emails[type eq "work"].value pr'] * (MAX_COMPARISONS // 2) + ["title pr"]),
        f"emails[{' or '.join(['value pr'] * (MAX_COMPARISONS + 1))}]",
        "title eq " + "9" * 5_000,
        'title eq "' + r"\"" * 4_000,  # once took quadratic time
    ],
    ids=map(str, count(1)),
)
def test_refuses(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text, USER)


def test_limits_can_be_reached() -> None:
    assert parse_filter(f"{'(' * MAX_DEPTH}title pr{')' * MAX_DEPTH}", USER) == TITLE
    assert parse_filter(" or ".join(["title pr"] * MAX_COMPARISONS), USER) == Or((TITLE,) * MAX_COMPARISONS)
    assert parse_filter(" or ".join(["(emails[type pr].value pr)"] * (MAX_COMPARISONS // 2)), USER)
    assert parse_filter(f"emails[{' and '.join(['not (value pr)'] * MAX_COMPARISONS)}]", USER)
    assert parse_filter(f'title eq "{"x" * 1024}"', USER) == eq("title", "x" * 1024)
    assert parse_filter("title pr".ljust(MAX_LENGTH), USER) == TITLE


def test_depth_is_counted_where_it_is() -> None:
    deepest = f"{'(' * MAX_DEPTH}title pr{')' * MAX_DEPTH}"

    assert parse_filter(f"((title pr)) and {deepest}", USER) == And((TITLE, TITLE))
    with pytest.raises(InvalidFilter, match=r"nested deeper than 32 levels\.$"):
        parse_filter(f"(title pr) and ({deepest})", USER)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('nosuch eq "x"', "not valid at character 0: there is no attribute 'nosuch'."),
        ('userName eqq "x"', "character 9: an operator is expected: eq, ne, co, sw, ew, gt, ge, lt, le or pr."),
        ("userName eq", "character 11: a value must be a JSON string, number, true, false or null."),
        ('title pr and  active eq "x"', "character 24: the value does not fit active, which is of type boolean."),
        ("active gt true", "character 10: active is of type boolean, to which gt does not apply."),
        ("(title pr", r"character 9: \) is expected."),
        ("not title pr", r"character 4: \( is expected after not."),
        ("title pr title pr", "character 9: and, or, or the end of the filter is expected."),
        ("password pr", "character 0: password cannot be filtered."),
        ('title[value eq "x"]', r"character 5: title has no elements to select."),
        ('emails[value[type eq "x"]]', "character 12: emails.value has no elements to select."),
        ('emails[type eq "x"].nosuch pr', "character 19: emails has no sub-attribute 'nosuch'."),
        (f"{'n' * 64}xx pr", f"character 0: there is no attribute '{'n' * 64}'."),
        (f'emails[type eq "x"].{"n" * 64}xx pr', f"character 19: emails has no sub-attribute '{'n' * 64}'."),
        ('emails[addresses[type eq "x"]]', "character 7: there is no attribute 'addresses'."),
        ('schemas[value[value eq "x"]]', r"character 13: brackets inside brackets are not allowed\."),
        ("title pr and", "character 12: an attribute is expected."),
        ("x" * 9_000, "longer than 8,192 characters"),
        (" or ".join(["title pr"] * 129), "character 1542: there are more than 128 comparisons."),
        ("title eq 1" + "0" * 18, "character 9: a number has more than 18 digits."),
        ("title eq 1e999", "character 9: a number is too large."),
    ],
    ids=map(str, count(1)),
)
def test_the_message_says_what_and_where(text: str, message: str) -> None:
    with pytest.raises(InvalidFilter, match=message):
        parse_filter(text, USER)


def test_groups_have_their_own_attributes() -> None:
    assert (
        print_filter(parse_filter('DISPLAYNAME eq "x" and MEMBERS eq "y"', GROUP))
        == 'displayName eq "x" and members.value eq "y"'
    )
    with pytest.raises(InvalidFilter):
        parse_filter('userName eq "x"', GROUP)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (
            '(TITLE pr or active eq True) and not(userName eq "\\u0061\\"")',
            '(title pr or active eq true) and not (userName eq "a\\"")',
        ),
        ('emails[type eq "work"].value eq "x"', 'emails[type eq "work" and value eq "x"]'),
        ("title pr or title pr and (title pr and title pr)", "title pr or title pr and (title pr and title pr)"),
        ("title pr or (title pr or title pr)", "title pr or (title pr or title pr)"),
        ("manager eq null", f"{ENTERPRISE_SCHEMA}:manager.value eq null"),
        ('meta.created gt "2026-11-25T09:30:00Z"', 'meta.created gt "2026-11-25T09:30:00+00:00"'),
        ('schemas[value eq "x"]', 'schemas[value eq "x"]'),
        ('title eq "東京 ü"', 'title eq "東京 ü"'),
    ],
)
def test_prints_canonically(text: str, canonical: str) -> None:
    assert print_filter(parse_filter(text, USER)) == canonical


@given(st.randoms(), st.sampled_from([USER, GROUP]))
def test_printing_and_parsing_gives_the_same_tree(random: Random, resource_type: object) -> None:
    tree = random_filter(random, resource_type, 4)  # type: ignore[arg-type]  # sampled

    assert parse_filter(print_filter(tree), resource_type) == tree  # type: ignore[arg-type]  # sampled


@pytest.mark.seeded
def test_a_filter_with_something_wrong_is_read_or_refused() -> None:
    refused = 0
    for seed in range(3_000):
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        resource_type = random.choice((USER, GROUP))
        text = mutated(random, print_filter(random_filter(random, resource_type, 2)))
        try:
            tree = parse_filter(text, resource_type)
        except InvalidFilter:
            refused += 1
        else:
            assert parse_filter(print_filter(tree), resource_type) == tree, seed
    assert 1_000 < refused < 2_900


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "userName",
            "emails",
            "title",
            "active",
            "meta.created",
            "not",
            "and",
            "or",
            "eq",
            "ne",
            "co",
            "pr",
            "gt",
            "(",
            ")",
            "[",
            "]",
            ".",
            '"',
            "\\",
            "null",
            "true",
            "1",
            "1.5",
            '"x"',
            '"2026-11-25T09:30:00Z"',
            "type",
            "value",
        ]
    ),
    max_size=14,
)


@given(st.text(max_size=80) | FRAGMENTS.map(" ".join) | FRAGMENTS.map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = parse_filter(text, USER)
    except InvalidFilter:
        return

    assert parse_filter(print_filter(tree), USER) == tree
