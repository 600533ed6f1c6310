"""Mappings with the most awkward texts, and what a document's keys stand for."""

from __future__ import annotations

from itertools import count
from uuid import UUID

from hypothesis import strategies as st
from tests.mapping.samples import GROUPS, ROLES

from gatehouse.errors import InvalidValue, NotFound
from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule, normalise

AWKWARD = [
    "no",
    "Yes",
    "1",
    "1e3",
    "0o7",
    "0x1F",
    "1:30",
    "~",
    "null",
    "2024-01-31",
    ".inf",
    "=",
    "<<",
    "- a",
    "a: b",
    "a #b",
    "# a",
    "{a}",
    "[a]",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    '"',
    "'",
    "\\",
    " lead",
    "trail ",
    "two\nlines",
    "a\r\nb",
    "\ttab",
    "a\x85b",
    "a\u2028b",
    "no\N{NO-BREAK SPACE}break",
    "soft\N{SOFT HYPHEN}",
    "\N{BYTE ORDER MARK}bom",
    "a\x07b",
    "\ufffe",
    "Ünïcode",
    "Größe",
    "東京",
    "مدير",
    "👩\N{ZERO WIDTH JOINER}💻",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil",
    "e\N{COMBINING ACUTE ACCENT}",
]
_TEXTS = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12),
)
_VALUES = st.lists(_TEXTS.filter(normalise), max_size=6, unique_by=normalise)
_NOTES = st.one_of(st.none(), st.just(""), _TEXTS)
_GROUP_IDS = st.lists(st.sampled_from(sorted(GROUPS)), max_size=3, unique=True).map(tuple)


@st.composite
def awkward_mappings(draw: st.DrawFn) -> Mapping:
    """Any mapping that can be stored: rules in order, groups without repeats, policies with what they give."""
    titles, segments = sorted(draw(_VALUES), key=normalise), sorted(draw(_VALUES), key=normalise)
    default_role_id, default_group_ids = draw(st.sampled_from([None, *ROLES])), draw(_GROUP_IDS)
    of_roles = st.sampled_from([p for p in Policy if default_role_id or p is not Policy.USE_DEFAULT])
    of_groups = st.sampled_from([p for p in Policy if default_group_ids or p is not Policy.USE_DEFAULT])
    return Mapping(
        version=draw(st.integers(1, 9)),
        settings=MappingSettings(
            delimiter=draw(_TEXTS)[:8],
            role_attribute=draw(st.sampled_from(["title", "name.givenName", ENTERPRISE_DEPARTMENT])),
            empty_title=draw(of_roles),
            unmapped_title=draw(of_roles),
            unmapped_group=draw(of_groups),
            default_role_id=default_role_id,
            default_group_ids=default_group_ids,
        ),
        role_rules=tuple(
            RoleRule(UUID(int=100 + n), value, draw(st.sampled_from(sorted(ROLES))), draw(_NOTES))
            for n, value in enumerate(titles)
        ),
        group_rules=tuple(
            GroupRule(UUID(int=200 + n), value, draw(_GROUP_IDS.filter(bool)), draw(_NOTES))
            for n, value in enumerate(segments)
        ),
        roles=ROLES,
        groups=GROUPS,
    )


ENTERPRISE_DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


class SampleVocabulary:
    """The catalogue of the samples; ``archived-role`` cannot be given."""

    def role(self, key: str) -> UUID:
        if key == "archived-role":
            raise InvalidValue('role "archived-role" is archived')
        return _find(ROLES, key, "role")

    def group(self, key: str) -> UUID:
        return _find(GROUPS, key, "employee group")

    def attribute(self, path: str) -> str:
        if path == "emails":
            raise InvalidValue('"emails" is not a single-valued string attribute of User')
        return path


def _find(known: dict[UUID, str], key: str, what: str) -> UUID:
    for entry_id, entry_key in known.items():
        if entry_key == key:
            return entry_id
    raise NotFound(f'no {what} has the key "{key}"', hint=f"Known keys: {', '.join(known.values())}.")


def new_ids():
    """Ids from 900 on."""
    numbers = count(900)
    return lambda: UUID(int=next(numbers))
